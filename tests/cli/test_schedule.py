"""`trialrules schedule`: what is late, what comes next, every visit; masked arms; bad records stop nobody."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from jsonschema import Draft202012Validator

from .study import CLIMBER, SCHEMAS, SUBJECT, ends, golden, put, subject, write

DAY = "2026-03-16"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def shown(*args, file="k.json", rules="knees.rules", on=DAY):
    return ends("schedule", rules, "--subject", file, "--on", on, *args)


def plain(text: str) -> str:
    return re.sub(r"(rules|规则) [0-9a-f]{12}", r"\1 …", text)


# ---------------------------------------------------------------- the text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_late_and_next_comes_first_then_every_visit(folder, lang):
    code, out, err = shown("--lang", lang)
    assert (code, err) == (0, "")
    golden(f"schedule_{lang}.txt", plain(out))


def test_an_open_dose_is_shown_with_what_it_was_computed_from(folder):
    _, out, _ = shown(file="c.json", rules="climb.rules")
    assert (
        "● Cells 70,000,000 cells, IV (1.0e6 cells/kg × 71.3 kg, Weight of 2026-02-25), capped at the stated maximum, given as planned"
        in out
    )
    assert "arm: Low dose" in out


def test_a_missing_weight_is_named_with_what_needs_it(folder):
    put(folder / "c.json", {**CLIMBER, "patient": {"id": "P-02", "moments": {"first_infusion": "2026-03-02"}}, "visits": []})
    _, out, _ = shown(file="c.json", rules="climb.rules", on="2026-03-01")
    assert "● Cells 1.0e6 cells/kg (amount not known yet), IV" in out
    assert re.search(r"Not known, and needed\n  .*Weight.* — for Infusion", out)


def test_details_list_assessments_of_every_visit(folder):
    assert shown()[1].count("to assess:") < shown("--details")[1].count("to assess:")


def test_a_subject_without_an_anchor_says_what_is_needed(folder):
    put(folder / "k.json", {"subject": "K-02", "patient": {"id": "P"}})
    code, out, _ = shown()
    assert code == 0
    assert "No day is known yet; what is needed stands at the end." in out
    assert "the day of: First treatment" in out


def test_a_closed_day_moves_a_planned_visit_and_says_so(folder):
    put(folder / "k.json", subject(visits=[{"visit": "t1", "date": "2026-03-02"}]))
    (folder / "closed.csv").write_text("date,site,name\n2026-03-09,BER,Strike\n", encoding="utf-8")
    _, out, _ = shown("--closed", "closed.csv", on="2026-03-03")
    assert re.search(r"Tue 2026-03-10 +Treatment 2 ", out)
    assert "moved off a closed day: Strike" in out


def test_the_end_cancels_what_is_left_and_opens_the_early_visit(folder):
    put(folder / "k.json", subject(end={"status": "withdrawn", "date": "2026-03-14", "reason": "moved away"}))
    _, out, _ = shown()
    assert "Early end: Sat 2026-03-14, window until Sat 2026-03-21, in 5 days" in out
    assert re.search(r"– .*=Day 28 +cancelled", out)


# ---------------------------------------------------------------- blinding


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize("flag", [(), ("--public",), ("--details",)])
def test_without_unblinded_the_allocation_changes_not_a_byte(folder, form, flag):
    found = set()
    for arm in ("salve", "control"):
        put(folder / "k.json", subject(arm=arm))
        found.add(shown("--format", form, *flag))
    assert len(found) == 1


def test_a_missing_weight_does_not_betray_the_arm(folder):
    found = set()
    for arm in ("salve", "control"):
        put(folder / "k.json", subject(arm=arm, facts=[{"fact": "consent", "date": "2026-02-20"}]))
        found.add(shown("--format", "json"))
    assert len(found) == 1


def test_unblinded_shows_arm_and_amount_and_says_so(folder):
    _, out, _ = shown("--unblinded")
    assert "arm: Salve (UNBLINDED)" in out
    assert "● Salve 14.26 mg, by patch (0.2 mg/kg × 71.3 kg, Weight of 2026-02-25), given as planned" in out


def test_public_leaves_reasons_and_open_amounts_out(folder):
    for told in ("snow", "Fever"):
        assert told in shown()[1]
        assert told not in shown("--public")[1]
    _, out, _ = shown("--public", file="c.json", rules="climb.rules")
    assert "Low dose" not in out
    assert "● Cells, given" in out
    assert shown("--public", "--unblinded")[0] == 2


# ---------------------------------------------------------------- JSON, CSV


def test_json_is_valid_and_complete(folder):
    code, out, _ = shown("--format", "json")
    value = json.loads(out)
    schema = json.loads((SCHEMAS / "schedule.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert code == 0
    assert list(Draft202012Validator(schema).iter_errors(value)) == []
    visits = {visit["key"]: visit for visit in value["visits"]}
    assert (visits["t2"]["status"], visits["t2"]["deviation_days"], visits["t2"]["window"]) == (
        "done", 1, {"start": "2026-03-09", "end": "2026-03-11"},
    )  # fmt: skip
    assert visits["t1"]["actual"] == "2026-03-02T09:30+01:00"
    assert [purpose["kind"] for purpose in visits["t1"]["purposes"]] == ["dose", "assessment", "assessment"]
    assert (value["arm"], value["arm_shown"], value["masked"]) == (None, "Salve or placebo", True)
    assert value["next_due"] == "hcg"
    assert {"fu.1", "fu.2", "fu.3"} <= visits.keys()
    assert value["series"][0]["left_out"] == ["2026-03-10", "2026-03-11", "2026-03-12"]


def test_unblinded_json_has_exact_amounts_as_numbers(folder):
    value = json.loads(shown("--format", "json", "--unblinded")[1])
    schema = json.loads((SCHEMAS / "schedule.schema.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(value)) == []
    dose = next(p for visit in value["visits"] if visit["key"] == "t1" for p in visit["purposes"] if p["kind"] == "dose")
    assert (dose["amount"], dose["unit"], dose["basis"]["date"]) == (14.26, "mg", "2026-02-25")


def test_csv_has_a_row_a_visit_and_no_formula(folder):
    _, out, _ = shown("--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    by_key = {row["key"]: row for row in rows}
    assert by_key["d28"]["visit"] == "'=Day 28"
    assert (by_key["t2"]["status"], by_key["t2"]["deviation_days"], by_key["t2"]["actual"]) == ("done", "1", "2026-03-12")
    assert {row["subject"] for row in rows} == {"K-01"}


# ---------------------------------------------------------------- several subjects, bad input


def test_one_bad_subject_gets_its_lines_and_the_rest_goes_on(folder):
    bad = {"subject": "K-09", "arm": "slave", "patient": {"id": "P-9"}, "visits": [{"visit": "d29", "date": "2026-02-31"}]}
    put(folder / "k.json", [bad, SUBJECT])
    code, out, err = shown("--format", "json")
    assert code == 2
    assert "no arm `slave`. Did you mean `salve`?" in err
    assert "no visit `d29`. Did you mean `d28`?" in err
    assert "`2026-02-31` is no date" in err
    assert [one["schema"] for one in json.loads(out)] == ["trialrules/error/1", "trialrules/schedule/1"]


def test_a_visit_done_after_now_is_told_and_not_counted(folder):
    put(folder / "k.json", subject(visits=[{"visit": "t1", "status": "done", "date": "2026-04-02"}]))
    code, out, err = shown()
    assert code == 2
    assert err == "error: K-01: t1: recorded as done on 2026-04-02, which is after 2026-03-16.\n"
    assert "Problems of the record" in out


def test_several_files_are_shown_one_after_the_other(folder):
    put(folder / "l.json", subject(subject="K-02"))
    code, out, _ = ends("schedule", "knees.rules", "--subject", "k.json", "--subject", "l.json", "--on", DAY)
    assert code == 0
    assert re.findall(r"(?m)^K-0\d", out) == ["K-01", "K-02"]


def test_a_patient_file_is_a_subject_without_an_arm(folder):
    put(folder / "p.json", SUBJECT["patient"])
    code, out, _ = shown(file="p.json")
    assert code == 0
    assert out.startswith("P-01  ")


def test_a_part_can_be_said_for_records_that_name_none(folder):
    put(folder / "c.json", {key: value for key, value in CLIMBER.items() if key not in ("part", "arm")})
    assert shown(file="c.json", rules="climb.rules")[0] == 2
    code, out, _ = shown("--part", "late_part", file="c.json", rules="climb.rules")
    assert code == 0
    assert "Day 90" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--on", "2026-02-30"), "--on 2026-02-30: there is no such day"),
        (("--part", "x"), "--part x: knees has no parts."),
        (("--closed", "none.csv"), "It can't be read"),
    ],
)
def test_mistakes_of_the_call_are_told(folder, args, message):
    code, out, err = shown(*args)
    assert (code, out) == (2, "")
    assert message in err


def test_a_subject_that_cannot_be_read_is_no_crash(folder):
    (folder / "k.json").write_text('{"subject": "K-01", "patient": {"id": ', encoding="utf-8")
    code, out, err = shown()
    assert (code, out) == (2, "")
    assert err.startswith("error: TR202 k.json")


def test_what_somebody_wrote_stays_on_its_line_and_moves_no_cursor(folder):
    put(folder / "k.json", subject(unscheduled=[{"date": "2026-03-05", "title": "Fever\r\n  forged line\x1b[2J", "reason": "a\nb"}]))
    _, out, _ = shown()
    assert "\x1b" not in out
    assert "\r" not in out
    assert re.search(r"✓ +Thu 2026-03-05 +Fever forged line", out)
    assert "reason: a b" in out
