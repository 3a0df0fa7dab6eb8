"""`trialrules outcome`: every outcome at its times, the evidence of chosen ones, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from jsonschema import Draft202012Validator

from .study import SCHEMAS, ends, golden, put, subject, write

DAY = "2026-03-16"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def outcome(*args, rules="knees.rules", file="k.json"):
    return ends("outcome", rules, "--subject", file, "--on", DAY, *args)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_has_value_baseline_and_change(folder, lang):
    code, out, err = outcome("--lang", lang)
    assert (code, err) == (0, "")
    golden(f"outcome_{lang}.txt", re.sub(r"(rules|规则) [0-9a-f]{12}", r"\1 …", out))


def test_a_chosen_outcome_comes_with_its_evidence(folder):
    _, out, _ = outcome("--outcome", "relief")
    assert "Less pain, week 1, 2026-03-09: yes" in out
    assert "▸ ✓ Pain improved by ≥ 20 %" in out
    assert "at baseline: 60 mm" in out
    assert "pain_change" not in out


def test_json_is_valid_and_holds_what_was_chosen(folder):
    schema = json.loads((SCHEMAS / "outcomes.schema.json").read_text(encoding="utf-8"))
    value = json.loads(outcome("--format", "json")[1])
    assert list(Draft202012Validator(schema).iter_errors(value)) == []
    chosen = json.loads(outcome("--format", "json", "--outcome", "relief")[1])
    assert {one["outcome"] for one in chosen["outcomes"]} == {"relief"}
    assert list(Draft202012Validator(schema).iter_errors(chosen)) == []


def test_csv_has_a_row_for_each_time(folder):
    rows = list(csv.DictReader(io.StringIO(outcome("--format", "csv")[1])))
    assert [(row["outcome"], row["key"], row["status"]) for row in rows] == [
        ("relief", "w1", "known"), ("relief", "d28", "not due yet"),
        ("pain_change", "pre", "known"), ("pain_change", "w1", "known"), ("pain_change", "d28", "not due yet"),
    ]  # fmt: skip


def test_one_bad_subject_does_not_stop_the_others(folder):
    put(folder / "k.json", [{"subject": "K-00"}, subject()])
    code, out, err = outcome("--format", "json")
    assert code == 2
    assert "needs its `patient`" in err
    assert [one["schema"] for one in json.loads(out)] == ["trialrules/error/1", "trialrules/outcomes/1"]


def test_an_unknown_outcome_is_told_with_the_nearest(folder):
    assert outcome("--outcome", "releif") == (2, "", "knees has no outcome `releif`; did you mean `relief`?\n")
