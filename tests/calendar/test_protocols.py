"""The included protocols' own schedules in calendars: a subject's whole way, and blinded allocations."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from attrs import evolve
from hypothesis import given, settings, strategies as st
from trialrules.dsl.facade import load
from trialrules.engine.calendar.feed import FeedRequest, feed
from trialrules.engine.calendar.lint import lint
from trialrules.engine.calendar.occurrences import course_of
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state_json import dump_state
from trialrules.engine.dates import parse_partial
from trialrules.engine.record import Patient
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import End, Hold, Subject, UnscheduledVisit, VisitRecord

from .builders import SETTINGS, after, events, study_feed

RULES = Path(__file__).parents[2] / "rules"


@cache
def protocol(name: str):
    result = load(RULES / f"{name}.rules")
    assert result.protocol is not None, result.diagnostics
    return result.protocol


def person(*records: VisitRecord, **more: object) -> Subject:
    moments = {"screening": parse_partial("2026-02-23"), "first_infusion": parse_partial("2026-03-02")}
    return Subject(Patient("P", "male", moments=moments), "S-0007", "GZ", visits=records, **more)


def record(key: str, status: str, on: str | None = None) -> VisitRecord:
    return VisitRecord(key, status, None if on is None else parse_partial(on), reason=None if status in ("done", "booked") else "holiday")


def looked_at(state, name: str, one: Subject, now: str, days: int):
    return after(
        state, expand(protocol(name), one, parse_partial(now)), days=days, variants=(Variant(), Variant(language="zh", details=True))
    )


def test_a_subject_of_the_ankylosing_spondylitis_study_from_plan_to_withdrawal():
    name = "ankylosing_spondylitis"
    one = person(arm="low")
    planned = looked_at(None, name, one, "2026-02-24", 0)
    shown = {event["SUMMARY"].removeprefix("AS-1 ").removesuffix(" S-0007"): event for event in events(study_feed(planned, windows=False))}
    assert shown["Infusion 2 + Week 1"]["DTSTART;VALUE=DATE"] == "20260309"
    together = shown["Infusion 2 + Week 1"]["UID"]
    assert shown["Medication"]["RRULE"] == "FREQ=DAILY;UNTIL=20260817;INTERVAL=1"
    assert {event["STATUS"] for title, event in shown.items() if title != "Medication"} == {"TENTATIVE"}

    course = (record("inf1", "done", "2026-03-02T09:30"), record("inf2", "booked", "2026-03-10T09:00"))
    held = (Hold("celecoxib", parse_partial("2026-03-05"), parse_partial("2026-03-06"), "rash"),)
    running = looked_at(planned, name, evolve(one, visits=course, holds=held), "2026-03-07", 11)
    shown = {event["SUMMARY"].removeprefix("AS-1 ").removesuffix(" S-0007"): event for event in events(study_feed(running, windows=False))}
    assert shown["Infusion 1"]["DTSTART;TZID=Europe/Berlin"] == "20260302T093000"
    # Week 1 and infusion 2 are of one day by the plan; by the appointment they no longer are.
    assert shown["Infusion 2"]["DTSTART;TZID=Europe/Berlin"] == "20260310T090000"
    assert shown["Infusion 2"]["UID"] == together
    assert shown["Week 1"]["DTSTART;VALUE=DATE"] == "20260309"
    assert shown["Medication"]["EXDATE;VALUE=DATE"] == "20260305,20260306"

    end = End("withdrawn", parse_partial("2026-03-20"), "own wish")
    rash = (UnscheduledVisit(parse_partial("2026-03-12"), "Rash"),)
    left = looked_at(running, name, evolve(one, visits=course, holds=held, end=end, unscheduled=rash), "2026-03-20", 24)
    content = study_feed(left, ends=True)
    assert lint(content) == ()
    shown = {event["SUMMARY"]: event for event in events(content)}
    assert shown["AS-1 Early end of study S-0007"]["DTSTART;VALUE=DATE"] == "20260320"
    assert shown["CANCELLED: AS-1 Week 24 S-0007"]["STATUS"] == "CANCELLED"
    assert shown["AS-1 Medication S-0007"]["RRULE"] == "FREQ=DAILY;UNTIL=20260320;INTERVAL=1"
    assert shown["AS-1 Unscheduled visit S-0007"]["STATUS"] == "CONFIRMED"
    assert lint(study_feed(left, variant=Variant(language="zh", details=True))) == ()


WAYS = st.lists(
    st.tuples(st.sampled_from(["inf1", "inf2", "inf3", "d28", "d60"]), st.sampled_from(["done", "booked", "missed"]), st.integers(1, 28)),
    max_size=5,
)


@settings(max_examples=30)
@given(WAYS, st.sampled_from([None, "withdrawn", "died", "completed"]), st.sampled_from(["2026-02-25", "2026-03-20", "2026-06-01"]))
def test_a_blinded_subjects_calendar_is_the_same_in_every_arm(records, end, now):
    def on(status: str, number: int) -> str | None:
        return None if status == "missed" else f"2026-03-{number:02d}" + ("T09:00" if status == "booked" else "")

    visits = tuple({key: record(key, status, on(status, number)) for key, status, number in records}.values())
    over = None if end is None else End(end, parse_partial("2026-03-19"), "x")
    seen = set()
    for arm in ("low", "medium", "placebo", None):
        start = looked_at(None, "aclf_phase2", person(arm=arm), "2026-02-24", 0)
        state = looked_at(start, "aclf_phase2", person(*visits, arm=arm, end=over), now, 30)
        request = FeedRequest(SETTINGS.study, "subject", "S-0007", Variant(details=True), ends=True)
        one = feed(state, request, SETTINGS.name)
        assert lint(one.content) == ()
        seen.add((dump_state(state), one.content, one.etag))
    assert len(seen) == 1


def test_the_arm_is_known_to_the_schedule_that_the_calendar_hides_it_from():
    """Otherwise the test above would show nothing."""
    doses = set()
    for arm in ("low", "placebo"):
        found = expand(protocol("aclf_phase2"), person(arm=arm), parse_partial("2026-02-24"))
        doses.add(tuple(dose.title for visit in found.visits for dose in visit.doses))
        assert "placebo" not in str(course_of(found, SETTINGS)).lower()
    assert len(doses) == 2
