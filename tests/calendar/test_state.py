"""The stored state: exact there and back, and never lost to a fault in the file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st
from trialrules.canonical import canonical_bytes
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.state_json import StateProblem, dump_state, load_state
from trialrules.engine.calendar.update import render_all

from .builders import KEY, after, day, purpose, schedule, series, study_feed, visit


def state() -> CalendarState:
    days = [day("2026-10-05") + number for number in range(9) if number not in (3, 4)]
    held = (day("2026-10-08"), day("2026-10-09"))
    booked = visit("d28", "2026-11-02", "booked", booked="2026-11-02T09:00", titles={"zh": "第28天"}, window=("2026-10-30", "2026-11-05"))
    off = visit("screening2:fu.3", "2026-11-09", purposes=(purpose("ecg", "ECG, 12 leads"),))
    first = after(None, schedule(booked, off, series=(series("c", days, held),)))
    last = after(first, schedule(booked, series=(series("c", days, held),)), days=3)
    return render_all(last, Variant("private", "zh", details=True))


def test_there_and_back():
    stored = dump_state(state())
    loaded = load_state(stored)
    assert loaded == state()
    assert dump_state(loaded) == stored
    assert study_feed(loaded) == study_feed(state())
    assert load_state(dump_state(CalendarState(KEY))) == CalendarState(KEY)


def test_an_entry_as_stored():
    stored = json.loads(dump_state(after(None, schedule(visit("fu.3", "2026-09-28", title="Follow-up")))))
    assert (stored["schema"], stored["key"]) == ("trialrules/calendar-state/1", KEY.hex())
    (entry,) = stored["entries"]
    assert entry.pop("rendered")["full.en"].startswith("BEGIN:VEVENT\r\nUID:")
    assert entry.pop("uid").endswith("@calendars.example.org")
    assert entry == {
        "occurrence": ["study-42", "S-0007", "", "fu", 3, "visit"],
        "site": "GZ",
        "study": "AS-1",
        "titles": [{"": "Follow-up"}],
        "days": ["2026-09-28", "2026-09-28"],
        "confirmed": False,
        "mark": "",
        "clock": None,
        "repeat": None,
        "per_day": 1,
        "purposes": [],
        "sequence": 0,
        "modified": 1788249600,
        "status": "shown",
        "cancelled": None,
    }


def test_a_loaded_state_goes_on_as_the_old_one():
    moved = schedule(visit("d28", "2026-11-05"))
    assert study_feed(after(load_state(dump_state(state())), moved, days=9)) == study_feed(after(state(), moved, days=9))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["schema"], "trialrules/calendar-state/2", "schema"),
        (["key"], "00", "key"),
        (["key"], "zz" * 32, "key"),
        (["key"], None, "key"),
        (["entries"], {}, "entries"),
        (["more"], 1, "more"),
        (["entries", 0], 7, "entries[0]"),
        (["entries", 0, "sequence"], -1, "entries[0].sequence"),
        (["entries", 0, "sequence"], True, "entries[0].sequence"),
        (["entries", 0, "sequence"], "1", "entries[0].sequence"),
        (["entries", 1, "modified"], None, "entries[1].modified"),
        (["entries", 0, "status"], "gone", "entries[0].status"),
        (["entries", 0, "status"], "cancelled", "entries[0].cancelled"),
        (["entries", 0, "days"], ["2026-09-28"], "entries[0].days"),
        (["entries", 0, "days"], ["2026-09-31", "2026-10-01"], "entries[0].days"),
        (["entries", 0, "days"], ["2026-10-02", "2026-10-01"], "entries[0].days"),
        (["entries", 0, "occurrence"], ["a", "b"], "entries[0].occurrence"),
        (["entries", 0, "occurrence", 5], "arm", "entries[0].occurrence"),
        (["entries", 0, "titles"], [{"zh": "x"}], "entries[0].titles"),
        (["entries", 0, "titles"], [{"": 3}], "entries[0].titles"),
        (["entries", 0, "confirmed"], "yes", "entries[0].confirmed"),
        (["entries", 0, "clock"], ["x", "y", None], "entries[0].clock"),
        (["entries", 0, "repeat"], {"step": 1}, "entries[0].repeat.until"),
        (
            ["entries", 0, "repeat"],
            {"step": 1, "until": "2026-13-01", "without": [], "also": [], "months": 0},
            "entries[0].repeat.until",
        ),
        (["entries", 0, "repeat"], [], "entries[0].repeat"),
        (["entries", 0, "rendered", "full.en"], "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "entries[0].rendered.full.en"),
        (["entries", 0, "rendered", "full.en"], "cut", "entries[0].rendered.full.en"),
        (["entries", 0, "surprise"], 1, "entries[0].surprise"),
    ],
)
def test_a_state_that_is_not_whole_is_a_problem_with_its_place(path, value, place):
    stored = json.loads(dump_state(state()))
    *way, last = path
    spot = stored
    for step in way:
        spot = spot[step]
    spot[last] = value
    problem = load_state(canonical_bytes(stored))
    assert isinstance(problem, StateProblem)
    assert problem.place == place
    assert str(problem).startswith(place)


def test_a_missing_key_and_a_doubled_event_are_problems():
    stored = json.loads(dump_state(state()))
    del stored["entries"][2]["uid"]
    assert load_state(canonical_bytes(stored)).place == "entries[2].uid"
    stored = json.loads(dump_state(state()))
    stored["entries"].append(stored["entries"][0])
    assert load_state(canonical_bytes(stored)) == StateProblem("the same event twice", f"entries[{len(stored['entries']) - 1}]")


@given(st.integers(min_value=0))
def test_a_cut_state_is_a_problem(at):
    stored = dump_state(state()).rstrip(b"\n")
    assert isinstance(load_state(stored[: at % len(stored)]), StateProblem)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_fail(content):
    assert isinstance(load_state(content), StateProblem)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        CalendarState(b"abc")
