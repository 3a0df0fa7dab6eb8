"""The visit that its anchor is the day of, and moments that look ahead to the last of repeated doses."""

from __future__ import annotations

from datetime import date as calendar_date

from trialrules.dsl.facade import load_text
from trialrules.engine.schedule.expand import expand

from .builder import at, booked, date, done, plan, states, subject, targets

DAY_0 = plan('visit base "Baseline" day 0', 'visit v1 "One" day 0', 'visit v2 "Two" day 7 window +-1 days')
CYCLES = """protocol demo version 1.0 language 1
  timezone UTC
  months round down
moments
  start given
  last_dose last given dose of drugx
arm active "Active" open
  dose drugx "Drug" 10 mg IV
schedule from start
  visit cyc "Cycle" every 3 weeks from day 0, 6 times give drugx
  visit eot "End" 30 days after last_dose
"""


def cycles(*records):
    result = load_text(CYCLES)
    found = expand(result.protocol, subject(*records, moments={"start": "2026-01-05"}), date("2026-03-01"))
    return calendar_date.fromordinal(next(visit for visit in found.visits if visit.key == "eot").target).isoformat()


def test_the_visits_of_the_given_anchor_s_day_took_place_on_it():
    found = states(at(DAY_0, subject(), "2026-03-12"))
    assert {key: (visit.status, visit.remarks) for key, visit in found.items()} == {
        "base": ("done", ("recorded as: first_infusion",)),
        "v1": ("done", ("recorded as: first_infusion",)),
        "v2": ("overdue", ()),
    }


def test_an_anchor_that_is_still_to_come_has_no_visit_done():
    assert states(at(DAY_0, subject(), "2026-02-20"))["v1"].status == "planned"


def test_a_record_of_the_visit_goes_before_the_moment():
    found = states(at(DAY_0, subject(booked("v1", "2026-03-03")), "2026-03-12"))
    assert (found["v1"].status, found["v1"].remarks) == ("overdue", ())


def test_the_last_dose_looks_ahead_to_the_last_of_repeated_visits():
    assert cycles(done("cyc.1", "2026-01-05")) == "2026-05-20"


def test_a_late_last_cycle_moves_what_hangs_on_the_last_dose():
    assert cycles(done("cyc.1", "2026-01-05"), booked("cyc.6", "2026-04-25")) == "2026-05-25"


def test_targets_of_what_follows_do_not_change():
    assert targets(at(DAY_0, subject(), "2026-03-12"))["v2"] == "2026-03-09"


def test_a_dose_that_only_the_moment_tells_of_is_given_and_not_said_to_be_as_planned():
    result = load_text(CYCLES.replace("every 3 weeks from day 0, 6 times", "day 0"))
    found = expand(result.protocol, subject(moments={"start": "2026-01-05"}), date("2026-03-01"))
    (dose,) = states(found)["cyc"].doses
    assert dose.given == "given"
