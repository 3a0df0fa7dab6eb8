"""Departures from the protocol: windows, consent, order, re-screening, and impossible records."""

from __future__ import annotations

from trialrules.engine.record import Entry
from trialrules.engine.subject import Screening, VisitRecord

from .builder import at, booked, date, departures, done, plan, rules, shown, states, statuses, subject, targets, written

TWO_WINDOWS = plan('visit v "Visit" day 28 window -3 +5 days optimum +-1 days')
CONSENT = written("""
moments
  first_infusion given
facts
  consent "Consent" event
schedule "S" from first_infusion
  no visit before the day of (first consent ever)
  visit v1 "One" day 0
  visit v2 "Two" day 7
""")
INFUSIONS = rules("study_aclf2")


def test_two_windows_are_told_apart():
    for when, expected in (
        ("2026-03-30", []),
        ("2026-04-01", [("outside optimum", "v", 1, "")]),
        ("2026-03-28", [("outside optimum", "v", -1, "")]),
        ("2026-04-05", [("out of window", "v", 1, "")]),
        ("2026-03-25", [("out of window", "v", -2, "")]),
    ):
        assert departures(at(TWO_WINDOWS, subject(done("v", when)), "2026-04-10")) == expected


def test_an_appointment_outside_the_window_threatens():
    result = at(TWO_WINDOWS, subject(booked("v", "2026-04-07")), "2026-03-05")
    assert departures(result) == [("out of window", "v", 3, "planned")]


def test_missed_skipped_and_overdue_visits_are_departures():
    made = plan('visit va "A" day 1', 'visit vb "B" day 2', 'visit vc "C" day 3')
    one = subject(VisitRecord("va", "missed", reason="strike"), VisitRecord("vb", "skipped"))
    assert departures(at(made, one, "2026-03-07")) == [
        ("missed", "va", None, ""),
        ("missed", "vb", None, "skipped"),
        ("overdue", "vc", 2, ""),
    ]


def test_a_visit_before_consent_is_a_departure():
    signed = (Entry("consent", True, start=date("2026-03-04")),)
    result = at(CONSENT, subject(done("v1", "2026-03-02"), done("v2", "2026-03-09"), entries=signed), "2026-03-10")
    assert departures(result) == [("before consent", "v1", -2, "")]
    same_day = (Entry("consent", True, start=date("2026-03-02")),)
    assert departures(at(CONSENT, subject(done("v1", "2026-03-02"), entries=same_day), "2026-03-02")) == []


def test_a_visit_without_any_consent_on_record_is_a_departure():
    assert departures(at(CONSENT, subject(done("v1", "2026-03-02")), "2026-03-02")) == [("before consent", "v1", None, "not recorded")]


def test_an_infusion_before_the_one_it_follows_is_out_of_order():
    one = subject(done("inf1", "2026-03-02"), done("inf2", "2026-03-11"), done("inf3", "2026-03-10"), arm="low")
    assert ("order", "inf3", -1, "") in departures(at(INFUSIONS, one, "2026-03-12"))


def test_infusions_in_order_are_no_departure():
    one = subject(
        *(done(f"inf{number}", f"2026-03-{2 + 7 * (number - 1):02}") for number in (1, 2, 3, 4)), done("pre", "2026-02-27"), arm="low"
    )
    assert departures(at(INFUSIONS, one, "2026-03-24")) == []


# ---------------------------------------------------------------- records that can't be


def test_what_was_done_after_now_is_a_problem_and_does_not_count():
    result = at(TWO_WINDOWS, subject(done("v", "2026-03-30")), "2026-03-29")
    assert (statuses(result)["v"], result.problems) == ("due", ("v: recorded as done on 2026-03-30, which is after 2026-03-29.",))


def test_impossible_records_are_problems_and_the_rest_is_expanded():
    one = subject(done("v", None), done("w", "2026-03-09"), VisitRecord("v", "moved", date("2026-03")), arm="none", part="phase9")
    result = at(TWO_WINDOWS, one, "2026-03-10")
    assert targets(result) == {"v": "2026-03-30"}
    assert sorted(result.problems) == [
        "The study has no part phase9.",
        "There is no arm none here; there are none.",
        "v: moved for 2026-03, which is no day.",
        "v: recorded as done, without a day.",
        "w: the schedule of this subject has no such visit.",
    ]


def test_two_done_records_of_one_visit_are_a_problem_and_the_first_counts():
    for records in ((done("v", "2026-03-30"), done("v", "2026-03-31")), (done("v", "2026-03-31"), done("v", "2026-03-30"))):
        result = at(TWO_WINDOWS, subject(*records), "2026-04-10")
        assert (shown(states(result)["v"].day), result.problems) == (
            "2026-03-30",
            ("v: recorded as done twice, on 2026-03-30 and on 2026-03-31; the first counts.",),
        )


def test_a_rule_file_without_a_schedule_says_so():
    made = written('moments\n  first_infusion given\nfacts\n  weight "Weight" vital in kg')
    assert at(made, subject(), "2026-03-02").problems == ("The rule file has no schedule.",)


# ---------------------------------------------------------------- re-screening


def screened(*days, **more):
    screenings = tuple(Screening(date(day), failed=at < len(days) - 1) for at, day in enumerate(days))
    return subject(*more.pop("records", ()), moments=more.pop("moments", {}), screenings=screenings, arm="low", **more)


def test_one_screening_sets_the_moment():
    result = at(INFUSIONS, screened("2026-02-23"), "2026-02-24")
    assert (targets(result)["inf1"], states(result)["inf1"].provisional) == ("2026-03-02", True)


def test_a_second_screening_begins_anew_and_keeps_what_was_done():
    one = screened("2026-01-05", "2026-02-23", records=(done("pre", "2026-01-06"),))
    result = at(INFUSIONS, one, "2026-02-24")
    assert statuses(result)["pre"] == "done"
    assert statuses(result)["inf1"] == "cancelled"
    assert targets(result)["inf1"] == "2026-01-12"
    assert (targets(result)["screening2:inf1"], statuses(result)["screening2:inf1"]) == ("2026-03-02", "planned")
    assert statuses(result)["screening2:pre"] == "due"
    assert result.next_due == "screening2:pre"
    assert result.anchors["first_infusion"] == date("2026-03-02").first
    assert departures(result) == []


def test_a_given_first_infusion_belongs_to_the_screening_before_it():
    one = screened("2026-01-05", "2026-02-23", moments={"first_infusion": "2026-03-04"}, records=(done("screening2:inf1", "2026-03-04"),))
    result = at(INFUSIONS, one, "2026-03-05")
    assert (targets(result)["inf1"], targets(result)["screening2:d28"]) == ("2026-01-12", "2026-04-01")
    assert {period.key: shown(period.end) for period in result.periods}["screening2:dlt"] == "2026-08-31"


def test_a_given_screening_that_is_not_the_last_one_stands_and_is_told():
    result = at(INFUSIONS, screened("2025-12-05", "2026-02-23", moments={"screening": "2026-02-20"}), "2026-02-24")
    assert targets(result)["screening2:inf1"] == "2026-02-27"
    assert result.problems == ("The record gives the screening on 2026-02-20, the last one was on 2026-02-23; 2026-02-20 stands.",)


def test_screenings_too_many_or_too_close_are_departures():
    assert departures(at(INFUSIONS, screened("2026-02-01", "2026-02-23"), "2026-02-24")) == [("rescreening", None, -6, "too soon")]
    three = departures(at(INFUSIONS, screened("2025-10-01", "2025-12-01", "2026-02-23"), "2026-02-24"))
    assert three == [("rescreening", None, None, "more than 1")]
    never = rules("study_aclf1")
    assert ("rescreening", None, None, "not allowed") in departures(at(never, screened("2025-10-01", "2026-02-23"), "2026-02-24"))


def test_a_failed_last_screening_cancels_what_comes():
    failed = subject(moments={}, screenings=(Screening(date("2026-02-23"), failed=True, reason="infection"),), arm="low")
    result = at(INFUSIONS, failed, "2026-02-24")
    assert set(statuses(result).values()) == {"cancelled"}
    assert result.next_due is None


def test_schedules_that_do_not_hang_on_the_screening_are_not_repeated():
    made = written("""
moments
  screening given
  first_infusion given, else planned 7 days after screening assume "default"
  birth given
schedule "A" from first_infusion
  visit v1 "One" day 0
  rescreening allowed
schedule "B" from birth
  visit b1 "Year 30" year 30
""")
    one = screened("2026-01-05", "2026-02-23", moments={"birth": "1996-05-01"})
    assert targets(at(made, one, "2026-02-24")) == {"v1": "2026-01-12", "screening2:v1": "2026-03-02", "b1": "2026-05-01"}
