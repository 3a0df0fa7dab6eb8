"""`trialrules escalation`: where it stands, what may happen next; register or subjects' own records; JSON by its schema."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from .study import CLIMBER, SCHEMAS, ends, golden, put, write

REGISTER = {
    "schema": "trialrules/escalation/1",
    "part": "early_part",
    "subjects": [
        {"subject": "C-11", "level": "low", "dosed": "2026-01-05", "clear_until": "2026-02-02"},
        {"subject": "C-12", "level": "low", "dosed": "2026-01-06", "clear_until": "2026-02-03"},
        {"subject": "C-13", "level": "low", "dosed": "2026-02-10"},
    ],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    put(tmp_path / "r.json", REGISTER)
    return tmp_path


def escalation(*args, on="2026-03-09"):
    return ends("escalation", "climb.rules", "--on", on, *args)


def schema(name):
    return Draft202012Validator(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_names_the_level_its_subjects_and_what_is_next(folder, lang):
    code, out, err = escalation("--register", "r.json", "--lang", lang)
    assert (code, err) == (0, "")
    golden(f"escalation_{lang}.txt", out)


def test_json_and_register_keep_to_their_schemas(folder):
    value = json.loads(escalation("--register", "r.json", "--format", "json")[1])
    assert list(schema("escalation-state.schema.json").iter_errors(value)) == []
    assert list(schema("escalation.schema.json").iter_errors(REGISTER)) == []
    assert [one["action"] for one in value["next"]] == ["observe"]


def test_departures_from_the_rules_are_findings(folder):
    put(folder / "r.json", {**REGISTER, "subjects": [*REGISTER["subjects"], {"subject": "C-14", "level": "high", "dosed": "2026-02-11"}]})
    code, out, _ = escalation("--register", "r.json", "--format", "json")
    assert code == 1
    assert list(schema("escalation-state.schema.json").iter_errors(json.loads(out))) == []
    assert "Against the rules\n  C-14 was dosed at high on 2026-02-11" in escalation("--register", "r.json")[1]


def test_subjects_own_records_serve_as_well(folder):
    code, out, _ = escalation("--subject", "c.json")
    assert code == 0
    assert "C-01  observed until 2026-03-30" in out


def test_a_subject_in_both_is_refused(folder):
    put(folder / "c.json", {**CLIMBER, "subject": "C-11"})
    code, _, err = escalation("--register", "r.json", "--subject", "c.json")
    assert (code, err) == (2, "subject C-11 stands in the register and has a record of its own: keep one.\n")


def test_all_mistakes_of_the_register_are_told_at_once(folder):
    put(folder / "r.json", {"subjects": [{"subject": "C-11", "level": "lwo", "dosed": "2026-13-01"}], "review": []})
    code, out, err = escalation("--register", "r.json")
    assert (code, out) == (2, "")
    assert err.count("error: ") == 3
    assert "Did you mean `low`?" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--register", "none.json"), "It can't be read"),
        (("--part", "nowhere"), "climb has no such part"),
        (("--part", "late_part"), "climb has escalations in: early_part; say which with --part."),
        (("--register", "-", "--subject", "-"), "standard input can be read once"),
    ],
)
def test_mistakes_of_the_call_are_told(folder, args, message):
    code, out, err = escalation(*args)
    assert (code, out) == (2, "")
    assert message in err


def test_a_file_without_escalation_is_told(folder):
    assert ends("escalation", "knees.rules", "--on", "2026-03-09") == (2, "", "knees has no escalation.\n")
