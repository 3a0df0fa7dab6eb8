"""`trialrules/outcomes/1`: valid against its schema, exact, the same bytes every time; languages differ in words alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from trialrules.canonical import canonical_bytes
from trialrules.engine.outcomes_json import outcomes_to_json
from trialrules.engine.subject import End

from .builder import DOSE_DAY, WEEK_4, day, done, fact, protocol, report, subject

ROOT = Path(__file__).resolve().parents[2]
FIRST = done("inf1", DOSE_DAY)
CRP = [fact("crp", 12, "2026-03-01", "mg/L"), fact("crp", 8, WEEK_4, "mg/L")]
CASES = {
    "empty": ("spondylitis", subject(), "2026-04-30"),
    "values": ("spondylitis", subject(CRP, (FIRST, done("w4", WEEK_4))), "2026-04-30"),
    "bounds": ("spondylitis", subject([CRP[0], fact("crp", 5, WEEK_4, "mg/L", comparator="<")], (FIRST, done("w4", WEEK_4))), "2026-03-31"),
    "ties": ("spondylitis", subject([*CRP, fact("crp", 9, WEEK_4, "mg/L")], (FIRST,)), "2026-04-30"),
    "ended": ("liver", subject([], (FIRST,), end=End("died", day("2026-03-12"), "sepsis")), "2026-04-30"),
    "coarse": ("liver", subject([fact("death", True, "2026-03")], (FIRST,)), "2026-04-30"),
    "undeclared": ("liver", subject([fact("shoe_size", 42, WEEK_4)], (FIRST,)), "2026-04-30"),
}


def made(case, lang="en"):
    name, someone, now = CASES[case]
    return outcomes_to_json(report(protocol(name), someone, now), lang)


def validator():
    schema = json.loads((ROOT / "schemas" / "outcomes.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", CASES)
def test_the_json_is_valid(case, lang):
    assert [error.message for error in validator().iter_errors(json.loads(canonical_bytes(made(case, lang))))] == []


def test_the_schema_refuses_what_it_does_not_know():
    whole = json.loads(canonical_bytes(made("values")))
    assert not validator().is_valid({**whole, "extra": 1})
    whole["outcomes"][0]["status"] = "perhaps"
    assert not validator().is_valid(whole)


@pytest.mark.parametrize("case", CASES)
def test_equal_reports_are_equal_bytes(case):
    assert canonical_bytes(made(case)) == canonical_bytes(made(case))


def without_words(value):
    if isinstance(value, dict):
        return {key: without_words(part) for key, part in value.items() if key not in ("words", "text", "title", "lang")}
    return [without_words(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES)
def test_languages_differ_in_words_alone(case):
    assert canonical_bytes(without_words(made(case))) == canonical_bytes(without_words(made(case, "zh")))


def test_a_number_is_reported_with_value_baseline_and_change():
    found = json.loads(canonical_bytes(made("values")))
    state = next(one for one in found["outcomes"] if (one["outcome"], one["key"]) == ("crp_level", "w4"))
    assert (state["status"], state["day"], state["reads"]) == ("known", WEEK_4, {"first": "2026-03-27", "last": "2026-04-02"})
    assert (state["value"]["amounts"], state["baseline"]["amounts"], state["change"]) == ([8], [12], [-4])
    assert state["percent"] == [-33.3333333333]
    assert state["value"]["evidence"]["records"][0]["date"] == WEEK_4
    assert "evidence" not in state


def test_a_truth_carries_its_evidence_with_value_baseline_and_change_by_name():
    found = json.loads(canonical_bytes(made("values")))
    state = next(one for one in found["outcomes"] if (one["outcome"], one["key"]) == ("asas20", "w4"))
    first = state["evidence"]["children"][0]["children"][0]
    assert (first["node"], first["label"], [child["label"] for child in first["children"]]) == ("improved", "global", ["value", "baseline"])
    assert (state["truth"], state["value"], state["baseline"]) == (None, None, None)


def test_the_baseline_says_how_it_is_known():
    assert made("values")["baseline"] == {"moment": "first_infusion", "status": "given", "date": DOSE_DAY, "assumed": None}
    assert made("empty")["baseline"] == {"moment": "first_infusion", "status": "unset", "date": None, "assumed": None}
