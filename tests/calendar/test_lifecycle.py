"""First load, moved, cancelled, removed, back again: what readers of a feed are told, in which order of SEQUENCE."""

from __future__ import annotations

from datetime import datetime

import pytest
from attrs import evolve
from hypothesis import given, strategies as st
from trialrules.engine.calendar.occurrences import course_of
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.update import expire, render_all, update

from .builders import DOMAIN, FIRST_LOOK, KEY, SETTINGS, after, day, events, schedule, series, study_feed, visit

D28 = visit("d28", "2026-09-28")
MOVED = visit("d28", "2026-09-30")
CALLED_OFF = visit("d28", "2026-09-28", "cancelled")


def only(state: CalendarState) -> dict[str, str]:
    (event,) = events(study_feed(state))
    return event


def test_a_new_event_begins_at_zero_and_is_dated_when_it_was_first_seen():
    event = only(after(None, schedule(D28)))
    assert event["SEQUENCE"] == "0"
    assert event["DTSTAMP"] == event["LAST-MODIFIED"] == "20260901T080000Z"


def test_looking_again_changes_nothing():
    state = after(None, schedule(D28))
    later = after(state, schedule(D28), days=20)
    assert later == state
    assert study_feed(later) == study_feed(state)


def test_a_moved_visit_keeps_its_uid_and_counts_on():
    before = after(None, schedule(D28))
    first, second = only(before), only(after(before, schedule(MOVED), days=2))
    assert second["UID"] == first["UID"]
    assert (second["SEQUENCE"], second["DTSTAMP"]) == ("1", "20260903T080000Z")
    assert second["DTSTART;VALUE=DATE"] == "20260930"


def test_a_change_of_words_counts_too():
    state = after(None, schedule(D28))
    assert only(after(state, schedule(evolve(D28, title="Week 4")), days=1))["SEQUENCE"] == "1"


def test_the_event_is_the_same_from_plan_to_appointment_to_visit():
    state, seen = None, []
    for number, one in enumerate(
        [
            D28,
            visit("d28", "2026-09-29", "booked", booked="2026-09-29T09:00"),
            visit("d28", "2026-09-28", "done", actual="2026-09-29T09:20"),
        ]
    ):
        state = after(state, schedule(one), days=number)
        seen.append(only(state))
    assert len({event["UID"] for event in seen}) == 1
    assert [event["SEQUENCE"] for event in seen] == ["0", "1", "2"]
    assert [event["STATUS"] for event in seen] == ["TENTATIVE", "CONFIRMED", "CONFIRMED"]


@pytest.mark.parametrize("status", ["missed", "skipped", "cancelled", "not applicable", "unknown"])
def test_a_visit_called_off_is_announced_for_thirty_days(status):
    state = after(after(None, schedule(D28)), schedule(visit("d28", "2026-09-28", status)), days=1)
    event = only(state)
    assert (event["SUMMARY"], event["STATUS"], event["TRANSP"]) == ("CANCELLED: AS-1 D28 S-0007", "CANCELLED", "TRANSPARENT")
    assert event["X-MICROSOFT-CDO-BUSYSTATUS"] == "FREE"
    assert (event["SEQUENCE"], event["DTSTART;VALUE=DATE"]) == ("1", "20260928")
    last = after(state, schedule(visit("d28", "2026-09-28", status)), days=30)
    assert study_feed(last) == study_feed(state)
    gone = after(last, schedule(visit("d28", "2026-09-28", status)), days=31)
    assert events(study_feed(gone)) == []


def test_a_visit_that_the_protocol_no_longer_has_is_called_off():
    state = after(after(None, schedule(D28, visit("d56", "2026-10-26"))), schedule(D28), days=1)
    assert [event["STATUS"] for event in events(study_feed(state))] == ["TENTATIVE", "CANCELLED"]


def test_a_cancelled_appointment_keeps_its_time_so_that_readers_find_it():
    booked = visit("d28", "2026-09-28", "booked", booked="2026-09-28T09:00")
    event = only(after(after(None, schedule(booked)), schedule(CALLED_OFF), days=1))
    assert event["DTSTART;TZID=Europe/Berlin"] == "20260928T090000"
    assert event["TRANSP"] == "TRANSPARENT"


def test_cancelled_in_chinese():
    variant = Variant("full", "zh")
    state = after(after(None, schedule(D28)), schedule(CALLED_OFF), days=1)
    (event,) = events(study_feed(render_all(state, variant), variant=variant))
    assert event["SUMMARY"] == "已取消：AS-1 D28 S-0007"


@pytest.mark.parametrize("pause", [1, 100])
def test_a_visit_that_comes_back_gets_its_uid_back_and_counts_on(pause):
    first = after(None, schedule(D28))
    off = after(first, schedule(CALLED_OFF), days=1)
    off = after(off, schedule(CALLED_OFF), days=pause)
    back = only(after(off, schedule(D28), days=pause + 1))
    assert back["UID"] == only(first)["UID"]
    assert (back["SEQUENCE"], back["STATUS"]) == ("2", "TENTATIVE")


def test_other_subjects_stay_as_they_are():
    state = after(None, schedule(D28), schedule(D28, subject="S-0008"))
    later = after(state, schedule(MOVED), days=1)
    key = next(key for key in state.entries if key.subject == "S-0008")
    assert later.entries[key] == state.entries[key]
    assert [event["SEQUENCE"] for event in events(study_feed(later))] == ["1", "0"]


def test_cancelled_events_go_in_time_even_if_nobody_looks_at_their_subject():
    state = after(after(None, schedule(D28)), schedule(CALLED_OFF), days=1)
    assert events(study_feed(after(state, schedule(D28, subject="S-0008"), days=40))) == events(
        study_feed(after(None, schedule(D28, subject="S-0008"), days=40))
    )
    assert events(study_feed(expire(state, FIRST_LOOK.replace(month=12)))) == []


def test_a_window_goes_without_a_word_and_comes_back_counting():
    state = after(None, schedule(visit("d28", "2026-09-28", window=("2026-09-25", "2026-10-01"))))
    done = after(state, schedule(visit("d28", "2026-09-28", "done", actual="2026-09-28", window=("2026-09-25", "2026-10-01"))), days=1)
    assert [event["STATUS"] for event in events(study_feed(done))] == ["CONFIRMED"]
    _, window = events(study_feed(after(done, schedule(visit("d28", "2026-09-28", window=("2026-09-25", "2026-10-01"))), days=2)))
    assert (window["SEQUENCE"], window["SUMMARY"]) == ("1", "Window: AS-1 D28 S-0007")


def test_a_visit_merged_into_another_goes_without_a_word():
    apart = after(None, schedule(D28, visit("inf5", "2026-09-29")))
    together = after(apart, schedule(evolve(D28, merged=("inf5",)), visit("inf5", "2026-09-28", merged_into="d28")), days=1)
    assert [event["SUMMARY"] for event in events(study_feed(together))] == ["AS-1 D28 + Inf5 S-0007"]
    again = after(together, schedule(D28, visit("inf5", "2026-09-29")), days=2)
    assert [(event["SUMMARY"], event["SEQUENCE"]) for event in events(study_feed(again))] == [
        ("AS-1 D28 S-0007", "2"),
        ("AS-1 Inf5 S-0007", "1"),
    ]


def test_a_drug_that_ends_early_ends_its_series():
    days = list(range(day("2026-10-05"), day("2026-11-02")))
    state = after(None, schedule(series=(series("c", days),)))
    event = only(after(state, schedule(series=(series("c", days[:10]),)), days=1))
    assert (event["RRULE"], event["SEQUENCE"]) == ("FREQ=DAILY;UNTIL=20261014;INTERVAL=1", "1")
    never = only(after(state, schedule(series=(series("c", []),)), days=1))
    assert never["STATUS"] == "CANCELLED"


def test_a_subject_who_changes_site_changes_feeds_not_events():
    state = after(None, schedule(D28))
    moved = after(state, schedule(D28), days=3, settings=evolve(SETTINGS, site="BJ"))
    assert study_feed(moved) == study_feed(state)
    assert events(study_feed(moved, scope="site", who="GZ")) == []
    assert study_feed(moved, scope="site", who="BJ").count(b"BEGIN:VEVENT") == 1


def test_a_new_domain_leaves_old_uids_alone():
    state = after(None, schedule(D28))
    later = update(state, [course_of(schedule(MOVED, visit("d56", "2026-10-26")), SETTINGS)], FIRST_LOOK, "new.example.org")
    assert [event["UID"].split("@")[1] for event in events(study_feed(later))] == [DOMAIN, "new.example.org"]


def test_a_clock_that_goes_back_does_not_date_a_change_before_the_last():
    state = after(None, schedule(D28))
    assert only(after(state, schedule(MOVED), days=-100))["DTSTAMP"] == "20260901T080000Z"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        update(CalendarState(KEY), [], datetime(2026, 9, 1), DOMAIN)  # noqa: DTZ001 # that is the point


STATES = st.sampled_from(["planned", "booked", "done", "missed", "cancelled", "unknown", "undetermined"])


@st.composite
def courses(draw):
    visits = []
    for key in draw(st.sets(st.sampled_from(["pre", "d7", "d28", "fu.1", "fu.2"]))):
        status, on = draw(STATES), f"2026-10-{draw(st.integers(1, 5)):02d}"
        more = {"booked": f"{on}T09:00"} if status == "booked" else {"actual": on} if status == "done" else {}
        if draw(st.booleans()):
            more["window"] = ("2026-10-01", f"2026-10-{draw(st.integers(6, 8)):02d}")
        visits.append(visit(key, on, status, **more))
    return schedule(*visits)


@given(st.lists(st.tuples(courses(), st.integers(0, 40)), min_size=1, max_size=8))
def test_sequence_and_date_never_fall_and_change_together(history):
    state, elapsed, last = None, 0, {}
    for one, pause in history:
        elapsed += pause
        state = after(state, one, days=elapsed)
        content = study_feed(state)
        assert study_feed(after(state, one, days=elapsed)) == content
        for event in events(content):
            sequence, stamp, rest = int(event["SEQUENCE"]), event["DTSTAMP"], {**event, "SEQUENCE": "", "DTSTAMP": "", "LAST-MODIFIED": ""}
            assert event["LAST-MODIFIED"] == stamp
            if event["UID"] in last:
                old_sequence, old_stamp, old_rest = last[event["UID"]]
                assert sequence >= old_sequence
                assert stamp >= old_stamp
                # A different form always has a higher number; the number alone may rise: gone and back again.
                assert rest == old_rest or sequence > old_sequence
            last[event["UID"]] = (sequence, stamp, rest)
