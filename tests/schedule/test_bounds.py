"""Large and hostile studies and subjects are bounded and never raise."""

from __future__ import annotations

from fractions import Fraction

from attrs import evolve
from trialrules.dsl import model, schedule_model
from trialrules.engine.schedule.closed import ClosedDay, ClosedDays
from trialrules.engine.subject import Hold, Screening, UnscheduledVisit
from trialrules.limits import MAX_DIAGNOSTICS, MAX_REPEATS, MAX_VISITS

from .builder import at, date, day, days, done, plan, shown, subject, written

ONE = plan('visit v "Visit" day 0')


def with_visits(*visits):
    schedule = evolve(ONE.study.schedules[0], visits=visits)
    return evolve(ONE, study=evolve(ONE.study, schedules=(schedule,)))


def visit(name, date_, **more):
    return schedule_model.Visit(name, name, int(name[1:]), date_, name, **more)


def chained(count):
    step = model.Length(Fraction(1), "days")
    dates = [model.MomentDate(ONE.moments["first_infusion"])]
    dates += [model.Shifted(step, "after", model.VisitDate(f"v{number}")) for number in range(count - 1)]
    return with_visits(*(visit(f"v{number}", one) for number, one in enumerate(dates)))


def test_ten_thousand_visits_in_one_chain_need_no_recursion():
    result = at(chained(10_000), subject(), "2026-03-02")
    assert len(result.visits) == 10_000
    assert days(result)["v9999"] == shown(day("2026-03-02") + 9_999)


def test_ten_thousand_visits_of_one_day_become_one():
    same = model.MomentDate(ONE.moments["first_infusion"])
    result = at(with_visits(*(visit(f"v{number}", same) for number in range(10_000))), subject(), "2026-03-02")
    assert len(result.visits[0].merged) == 9_999


def test_a_circle_that_slipped_through_is_unknown_and_not_endless():
    circle = with_visits(visit("v0", model.VisitDate("v1")), visit("v1", model.VisitDate("v0")))
    assert {state.status for state in at(circle, subject(), "2026-03-02").visits} == {"unknown"}


def test_more_visits_than_the_bound_are_cut_and_told():
    result = at(chained(MAX_VISITS + 5), subject(), "2026-03-02")
    assert (len(result.visits), result.problems) == (MAX_VISITS, (f"There are more than {MAX_VISITS} visits; only those are shown.",))


def test_an_endless_repeat_is_cut_and_told():
    made = written("""
moments
  first_infusion given
  progression given
schedule "S" from first_infusion
  visit fu "Follow-up" daily from day 0 until progression
  repeat drug "Drug" 1 g by mouth daily from day 0 until progression
""")
    one = subject(moments={"first_infusion": "1900-01-01", "progression": "2026-01-01"})
    result = at(made, one, "2026-03-02")
    assert (len(result.visits), len(result.series[0].days)) == (MAX_REPEATS, MAX_REPEATS)
    assert result.problems == (
        f"fu: it comes again more than {MAX_REPEATS} times; the first {MAX_REPEATS} are shown.",
        f"drug: it comes again more than {MAX_REPEATS} times; the first {MAX_REPEATS} are shown.",
    )


def test_many_screenings_are_bounded():
    made = written("""
moments
  screening given
schedule "S" from screening
  visit v1 "One" day 0
  visit v2 "Two" day 1
""")
    screenings = tuple(Screening(date(shown(day("1990-01-01") + number)), failed=True) for number in range(6_000))
    result = at(made, subject(moments={}, screenings=screenings), "2026-03-02")
    assert len(result.visits) <= MAX_VISITS
    assert result.problems == ("6000 screenings are recorded; the last 5000 are shown.",)


def test_many_records_holds_and_closed_days_are_bounded():
    made = plan("closed days shift nearest", 'visit v "Visit" day 0 window +-9999 days')
    every_day = ClosedDays(frozenset(ClosedDay(number) for number in range(day("1990-01-01"), day("2060-01-01"))))
    unscheduled = tuple(UnscheduledVisit(date("2026-01-01"), f"{number}") for number in range(MAX_VISITS + 1))
    holds = tuple(Hold("drug", date("2026-01-01"), date("2025-01-01")) for _ in range(100))
    result = at(made, subject(unscheduled=unscheduled, holds=holds), "2026-03-02", every_day)
    assert len(result.visits) == MAX_VISITS + 1
    assert f"{MAX_VISITS + 1} unscheduled visits are recorded; the first {MAX_VISITS} are shown." in result.problems


def test_records_of_unknown_visits_are_problems_not_visits():
    result = at(ONE, subject(*(done(f"x{number}", "2026-03-02") for number in range(500))), "2026-03-02")
    assert (len(result.visits), len(result.problems)) == (1, MAX_DIAGNOSTICS + 1)
    assert result.problems[-1] == f"There are {500 - MAX_DIAGNOSTICS} more problems."
