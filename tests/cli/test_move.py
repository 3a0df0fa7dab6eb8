"""`trialrules move`: the plan first; written only with a reason, and then nothing but the move."""

from __future__ import annotations

import json
import re

import pytest

from .study import SUBJECT, ends, golden, put, subject, write

DAY = "2026-03-03"
VISITS = [{"visit": "t1", "date": "2026-03-02"}, {"visit": "d28", "status": "booked", "date": "2026-03-31T08:00+02:00"}]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    put(tmp_path / "k.json", subject(visits=VISITS))
    return tmp_path


def move(*args, file="k.json", on=DAY):
    return ends("move", "knees.rules", *args, "--subject", file, "--on", on)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_plan_says_what_shifts_leaves_its_window_and_parts(folder, lang):
    before = (folder / "k.json").read_bytes()
    code, out, err = move("t2", "2026-03-13", "--lang", lang)
    assert (code, err) == (0, "nothing is written yet: say --apply --reason TEXT\n")
    golden(f"move_{lang}.txt", out)
    assert (folder / "k.json").read_bytes() == before


def test_applied_it_is_in_the_file_and_nothing_else_changed(folder):
    text = (folder / "k.json").read_text(encoding="utf-8")
    odd = text.replace('"subject": "K-01"', '"subject":   "K-01"').replace("\n", "\r\n")
    (folder / "k.json").write_bytes(b"\xef\xbb\xbf" + odd.encode())
    code, _, err = move("t2", "2026-03-10", "--apply", "--reason", "a holiday", "--by", "Dr Lin")
    after = (folder / "k.json").read_bytes()
    assert (code, err) == (0, "k.json written\n")
    assert after.startswith(b"\xef\xbb\xbf")
    visits = json.loads(after.decode("utf-8-sig"))["visits"]
    assert visits[-1] == {"visit": "t2", "status": "moved", "date": "2026-03-10", "reason": "a holiday", "by": "Dr Lin"}
    assert re.sub(r',\s*\{"visit": "t2".*?\}', "", after.decode("utf-8-sig"), flags=re.DOTALL) == odd


def test_an_appointment_keeps_its_time_of_day(folder):
    move("d28", "2026-03-30", "--apply", "--reason", "train strike")
    assert json.loads((folder / "k.json").read_text(encoding="utf-8"))["visits"][1]["date"] == "2026-03-30T08:00+02:00"


def test_without_a_reason_nothing_is_written(folder):
    before = (folder / "k.json").read_bytes()
    for reason in ((), ("--reason", "  ")):
        code, out, err = move("t2", "2026-03-10", "--apply", *reason)
        assert (code, out, err) == (2, "", "--apply: a move needs a reason; say --reason TEXT.\n")
    assert (folder / "k.json").read_bytes() == before


@pytest.mark.parametrize(
    ("visit", "day", "message"),
    [
        ("d29", "2026-03-10", "d29: the schedule of this subject has no such visit.\nThe visits of K-01: pre, t1, t2"),
        ("t1", "2026-03-10", "t1: it can't be moved, because it has taken place."),
        ("t2", "2026-02-30", "2026-02-30: there is no such day"),
        ("t2", "2026-03", "2026-03: there is no such day"),
        ("t2", "2026-03-01", "t2: 2026-03-01 is before 2026-03-03"),
    ],
)
def test_what_cannot_be_moved_is_refused_with_the_cause(folder, visit, day, message):
    code, out, err = move(visit, day)
    assert (code, out) == (2, "")
    assert err.startswith(message)


def test_of_several_subjects_one_is_named(folder):
    other = {**subject(visits=VISITS), "subject": "K-02", "patient": {**SUBJECT["patient"], "id": "P-02"}}
    put(folder / "k.json", [subject(visits=VISITS), other])
    code, _, err = move("t2", "2026-03-10")
    assert (code, err) == (2, "there are several subjects: K-01, K-02; say which with --number.\n")
    assert move("t2", "2026-03-10", "--number", "K-02", "--apply", "--reason", "holiday")[0] == 0
    first, second = json.loads((folder / "k.json").read_text(encoding="utf-8"))
    assert (len(first["visits"]), len(second["visits"])) == (2, 3)


def test_calendar_events_are_compared_with_what_was_told(folder):
    ends("ics", "knees.rules", "--subject", "k.json", "--on", DAY, "--state", "s.json", "-o", "k.ics")
    state = (folder / "s.json").read_bytes()
    _, out, _ = move("t2", "2026-03-10", "--state", "s.json")
    assert "against what calendars were told last\n  Treatment 2: " in out
    assert (folder / "s.json").read_bytes() == state
    assert move("t2", "2026-03-10", "--state", "none.json")[0] == 2


def test_a_closed_day_is_pointed_out(folder):
    (folder / "closed.csv").write_text("date,site,name\n2026-03-10,,Strike\n", encoding="utf-8")
    assert "it falls on a closed day: Strike" in move("t2", "2026-03-10", "--closed", "closed.csv")[1]
