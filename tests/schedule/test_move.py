"""Moving a visit: the plan shows all that follows, and moving back restores."""

from __future__ import annotations

import pytest
from trialrules.engine.schedule.move import Joining, apply_move, plan_move
from trialrules.engine.subject import End, VisitRecord

from .builder import NO_CLOSED_DAYS, booked, closed, date, days, done, moved, plan, rules, shown, subject

CHAIN = plan(
    'visit v1 "One" day 0',
    'visit v2 "Two" 7 days after v1 window -0 +2 days',
    'visit v3 "Three" 7 days after v2 window -0 +2 days',
    'visit v4 "Four" day 28 window +-3 days',
    'repeat drug "Drug" 1 g by mouth daily from v2, 3 times',
)
AS = rules("study_as")


def move(made, one, key, to, now="2026-03-03", holidays=NO_CLOSED_DAYS):
    return plan_move(made, one, date(now), key, date(to), holidays)


def shifts(plan):
    return [(one.key, shown(one.old), shown(one.new), one.outside) for one in plan.shifts]


def test_the_plan_shows_what_shifts_and_what_leaves_its_window():
    found = move(CHAIN, subject(done("v1", "2026-03-02")), "v2", "2026-03-13")
    assert shifts(found) == [("v2", "2026-03-09", "2026-03-13", 2), ("v3", "2026-03-16", "2026-03-20", 0)]
    assert [one.leaves_window for one in found.shifts] == [True, False]
    assert [(one.key, *map(shown, one.old + one.new)) for one in found.stretches] == [
        ("drug", "2026-03-09", "2026-03-11", "2026-03-13", "2026-03-15")
    ]
    assert found.problems == ()


def test_a_move_is_recorded_with_its_reason():
    found = move(CHAIN, subject(done("v1", "2026-03-02")), "v2", "2026-03-11")
    after = apply_move(found, "holiday", "nurse 3")
    assert after.visits == (done("v1", "2026-03-02"), VisitRecord("v2", "moved", date("2026-03-11"), reason="holiday", by="nurse 3"))


def test_moving_back_to_the_planned_day_takes_the_record_away():
    one = subject(done("v1", "2026-03-02"))
    there = apply_move(move(CHAIN, one, "v2", "2026-03-11"), "holiday")
    assert apply_move(move(CHAIN, there, "v2", "2026-03-09"), "open after all") == one


def test_an_appointment_keeps_its_time_of_day_unless_a_new_one_is_said():
    one = subject(booked("v2", "2026-03-09T09:30+08:00"))
    (record,) = move(CHAIN, one, "v2", "2026-03-10").subject.visits
    assert (record.status, str(record.date)) == ("booked", "2026-03-10T09:30+08:00")
    (record,) = move(CHAIN, one, "v2", "2026-03-10T14:00+08:00").subject.visits
    assert str(record.date) == "2026-03-10T14:00+08:00"


def test_a_second_move_replaces_the_first():
    (record,) = move(CHAIN, subject(moved("v2", "2026-03-10")), "v2", "2026-03-11").subject.visits
    assert (record.status, str(record.date)) == ("moved", "2026-03-11")


def test_moving_off_the_day_splits_merged_visits_and_back_merges_them():
    away = move(AS, subject(arm="low"), "w1", "2026-03-10")
    assert away.joinings == (Joining("splits", "inf2", "w1"),)
    back = move(AS, away.subject, "w1", "2026-03-09")
    assert back.joinings == (Joining("merges", "inf2", "w1"),)


def test_a_closed_day_is_named():
    assert move(CHAIN, subject(), "v4", "2026-04-01", holidays=closed("2026-04-01")).closed == "closed"


@pytest.mark.parametrize(
    ("records", "key", "to", "problem"),
    [
        ((done("v1", "2026-03-02"),), "v1", "2026-03-05", "v1: it can't be moved, because it has taken place."),
        ((VisitRecord("v2", "missed"),), "v2", "2026-03-12", "v2: it can't be moved, because it is recorded as missed."),
        ((), "v9", "2026-03-12", "v9: the schedule of this subject has no such visit."),
        ((), "v2", "2026-03", "v2: 2026-03 is no day."),
        ((), "v2", "2026-03-01", "v2: 2026-03-01 is before 2026-03-03; what took place is recorded, not planned."),
    ],
)
def test_what_can_not_be_moved_says_why(records, key, to, problem):
    found = move(CHAIN, subject(*records), key, to)
    assert (found.problems, found.subject) == ((problem,), None)
    with pytest.raises(ValueError, match=key):
        apply_move(found, "reason")


def test_a_cancelled_visit_is_not_moved():
    one = subject(end=End("lost", date("2026-03-03")))
    assert move(CHAIN, one, "v4", "2026-04-01").problems == (
        "v4: it can't be moved, because the subject's part in the study ended before it.",
    )


def test_a_visit_is_not_moved_past_the_end():
    one = subject(end=End("lost", date("2026-03-30")))
    found = move(CHAIN, one, "v4", "2026-04-01", now="2026-03-30")
    assert found.problems == ("v4: 2026-04-01 is after the end of the subject's part in the study.",)


def test_a_move_without_a_reason_is_refused():
    with pytest.raises(ValueError, match="reason"):
        apply_move(move(CHAIN, subject(), "v2", "2026-03-11"), " ")


def test_moving_an_unknown_visit_gives_it_a_day():
    found = move(CHAIN, subject(moments={}), "v4", "2026-04-01")
    assert days(found.after)["v4"] == "2026-04-01"
