"""What of a schedule stands in a calendar, and how."""

from __future__ import annotations

import pytest
from trialrules.engine.calendar.occurrences import CalendarSettings, course_of
from trialrules.engine.calendar.render import Variant

from .builders import SETTINGS, after, day, events, period, purpose, schedule, series, study_feed, visit

D28 = ("2026-09-25", "2026-10-01")


def one(state_of: object, **more: object) -> dict[str, str]:
    (event,) = events(study_feed(after(None, state_of), **more))
    return event


def test_a_planned_visit_is_a_tentative_day():
    event = one(schedule(visit("d28", "2026-09-28", title="Day 28")))
    assert event["SUMMARY"] == "AS-1 Day 28 S-0007"
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20260928", "20260929")
    assert (event["STATUS"], event["TRANSP"], event["X-MICROSOFT-CDO-BUSYSTATUS"]) == ("TENTATIVE", "TRANSPARENT", "FREE")


@pytest.mark.parametrize("status", ["due", "overdue"])
def test_the_passing_of_time_changes_nothing(status):
    assert one(schedule(visit("d28", "2026-09-28", status))) == one(schedule(visit("d28", "2026-09-28")))


def test_a_booked_visit_has_its_time_in_the_sites_zone():
    event = one(schedule(visit("d28", "2026-09-28", "booked", booked="2026-09-28T09:00")))
    assert event["DTSTART;TZID=Europe/Berlin"] == "20260928T090000"
    assert event["DTEND;TZID=Europe/Berlin"] == "20260928T100000"
    assert (event["STATUS"], event["TRANSP"], event["X-MICROSOFT-CDO-BUSYSTATUS"]) == ("CONFIRMED", "OPAQUE", "BUSY")


def test_a_time_with_an_offset_is_shown_by_the_sites_clock():
    event = one(schedule(visit("d28", "2026-09-28", "booked", booked="2026-09-28T09:00+08:00")))
    assert event["DTSTART;TZID=Europe/Berlin"] == "20260928T030000"


def test_a_visit_booked_without_a_time_is_a_confirmed_day():
    event = one(schedule(visit("d28", "2026-09-28", "booked", booked="2026-09-28")))
    assert (event["DTSTART;VALUE=DATE"], event["STATUS"]) == ("20260928", "CONFIRMED")


def test_a_done_visit_stands_confirmed_on_its_actual_day():
    event = one(schedule(visit("d28", "2026-09-28", "done", actual="2026-09-30", window=D28)))
    assert (event["DTSTART;VALUE=DATE"], event["STATUS"]) == ("20260930", "CONFIRMED")


def test_a_visit_done_on_the_day_of_its_appointment_keeps_the_time():
    event = one(schedule(visit("d28", "2026-09-28", "done", actual="2026-09-28", booked="2026-09-28T09:00")))
    assert event["DTSTART;TZID=Europe/Berlin"] == "20260928T090000"
    event = one(schedule(visit("d28", "2026-09-28", "done", actual="2026-09-29", booked="2026-09-28T09:00")))
    assert event["DTSTART;VALUE=DATE"] == "20260929"


def test_a_window_is_a_free_event_over_all_its_days():
    state = after(None, schedule(visit("d28", "2026-09-28", window=D28)))
    _, window = events(study_feed(state))
    assert window["SUMMARY"] == "Window: AS-1 D28 S-0007"
    assert (window["DTSTART;VALUE=DATE"], window["DTEND;VALUE=DATE"]) == ("20260925", "20261002")
    assert (window["TRANSP"], window["X-MICROSOFT-CDO-BUSYSTATUS"]) == ("TRANSPARENT", "FREE")
    assert len(events(study_feed(state, windows=False))) == 1


def test_a_window_of_one_day_and_that_of_a_done_visit_are_not_shown():
    assert len(events(study_feed(after(None, schedule(visit("d28", "2026-09-28", window=("2026-09-28", "2026-09-28"))))))) == 1
    assert len(events(study_feed(after(None, schedule(visit("d28", "2026-09-28", "done", actual="2026-09-28", window=D28)))))) == 1


@pytest.mark.parametrize("status", ["missed", "skipped", "cancelled", "not applicable", "unknown"])
def test_what_was_never_shown_is_not_announced_as_cancelled(status):
    assert events(study_feed(after(None, schedule(visit("d28", "2026-09-28", status))))) == []


def test_a_visit_that_may_not_apply_says_so():
    event = one(schedule(visit("preg", "2026-09-28", "undetermined", title="Pregnancy test")))
    assert (event["SUMMARY"], event["STATUS"]) == ("To be confirmed: AS-1 Pregnancy test S-0007", "TENTATIVE")
    assert events(study_feed(after(None, schedule(visit("preg", None, "undetermined"))))) == []


def test_merged_visits_are_one_event_with_all_titles_and_purposes():
    first = visit("d28", "2026-09-28", title="Day 28", merged=("inf5",), purposes=(purpose("alt", "ALT"),))
    second = visit("inf5", "2026-09-28", title="Infusion 5", merged_into="d28", purposes=(purpose("alt", "ALT"), purpose("ecg", "ECG")))
    state = after(None, schedule(first, second))
    (event,) = events(study_feed(state))
    assert event["SUMMARY"] == "AS-1 Day 28 + Infusion 5 S-0007"
    assert "DESCRIPTION" not in event
    (course,) = [course_of(schedule(first, second), SETTINGS)]
    assert [titles for occurrence in course.occurrences for titles in occurrence.purposes] == [(("", "ALT"),), (("", "ECG"),)]


def test_a_purpose_that_does_not_apply_is_not_listed():
    one_visit = visit("d28", "2026-09-28", purposes=(purpose("a", "ALT", applies=False), purpose("b", "AST", applies=None)))
    (occurrence,) = course_of(schedule(one_visit), SETTINGS).occurrences
    assert occurrence.purposes == ((("", "AST"),),)


def test_a_daily_drug_is_one_event_with_an_end_and_the_held_days_left_out():
    days = list(range(day("2026-10-05"), day("2026-11-02")))
    held = (day("2026-10-14"), day("2026-10-15"))
    event = one(schedule(series=(series("celecoxib", [d for d in days if d not in held], held),)))
    assert event["DTSTART;VALUE=DATE"] == "20261005"
    assert event["RRULE"] == "FREQ=DAILY;UNTIL=20261101;INTERVAL=1"
    assert event["EXDATE;VALUE=DATE"] == "20261014,20261015"
    assert event["SUMMARY"] == "AS-1 Medication S-0007"


def test_a_drug_held_at_its_beginning_or_end_begins_later_or_ends_earlier():
    days = list(range(day("2026-10-05"), day("2026-10-12")))
    event = one(schedule(series=(series("c", days[2:-1], (*days[:2], days[-1])),)))
    assert (event["DTSTART;VALUE=DATE"], event["RRULE"]) == ("20261007", "FREQ=DAILY;UNTIL=20261010;INTERVAL=1")
    assert not any(name.startswith("EXDATE") for name in event)


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        (2, "FREQ=DAILY;UNTIL=20261009;INTERVAL=2"),
        (7, "FREQ=WEEKLY;UNTIL=20261019;INTERVAL=1;BYDAY=MO"),
        (14, "FREQ=WEEKLY;UNTIL=20261102;INTERVAL=2;BYDAY=MO"),
    ],
)
def test_other_steps_have_rules_of_their_own(step, rule):
    start = day("2026-10-05")
    assert one(schedule(series=(series("c", [start, start + step, start + 2 * step]),)))["RRULE"] == rule


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (["2026-01-15", "2026-02-15", "2026-03-15"], "FREQ=MONTHLY;UNTIL=20260315;INTERVAL=1"),
        (["2026-01-28", "2026-04-28", "2026-07-28"], "FREQ=MONTHLY;UNTIL=20260728;INTERVAL=3"),
    ],
)
def test_steps_of_months_have_a_rule(days, rule):
    event = one(schedule(series=(series("c", [day(text) for text in days]),)))
    assert event["RRULE"] == rule
    assert not any(name.startswith("RDATE") for name in event)


def test_days_of_no_pattern_are_listed():
    """Months from the 31st on, say. The rule is for the first day alone, which some readers leave out where there is none."""
    event = one(schedule(series=(series("c", [day("2026-01-31"), day("2026-02-28"), day("2026-03-31")]),)))
    assert event["RDATE;VALUE=DATE"] == "20260228,20260331"
    assert event["RRULE"] == "FREQ=DAILY;UNTIL=20260131"


def test_a_drug_is_named_in_details_alone_and_several_are_told_apart_by_number():
    """A drug may tell a diagnosis; what a calendar shows to whoever looks over a shoulder does not."""
    days = [day("2026-10-05"), day("2026-10-06")]
    course = course_of(schedule(series=(series("c", days), series("m", days, title="Methotrexate"))), SETTINGS)
    assert [occurrence.titles for occurrence in course.occurrences] == [
        ((("", "Medication 1"), ("zh", "用药 1")),),
        ((("", "Medication 2"), ("zh", "用药 2")),),
    ]
    event = one(schedule(series=(series("c", days),)), variant=Variant(details=True))
    assert (event["SUMMARY"], event["DESCRIPTION"]) == ("AS-1 Medication S-0007", "Celecoxib")
    assert "DESCRIPTION" not in one(schedule(series=(series("c", days),)))


def test_a_drug_taken_twice_a_day_says_so():
    event = one(schedule(series=(series("c", [day("2026-10-05"), day("2026-10-06")], per_day=2),)))
    assert event["SUMMARY"] == "AS-1 Medication\\, 2 times a day S-0007"


def test_a_drug_on_a_single_day_does_not_repeat():
    assert "RRULE" not in one(schedule(series=(series("c", [day("2026-10-05")]),)))


def test_the_end_of_an_obligation_is_shown_where_it_is_asked_for():
    state = after(None, schedule(periods=(period("contraception", "2027-03-31"), period("dlt", None, status="unknown"))))
    assert events(study_feed(state)) == []
    (event,) = events(study_feed(state, ends=True))
    assert (event["SUMMARY"], event["DTSTART;VALUE=DATE"]) == ("Last day: AS-1 Contraception S-0007", "20270331")


def test_early_termination_and_unscheduled_visits_are_visits_like_others():
    early = visit("early_termination", "2026-09-10", "due", title="End of study", window=("2026-09-10", "2026-09-17"))
    extra = visit("unscheduled:2026-09-20", "2026-09-20", "done", title="Rash", actual="2026-09-20")
    shown = {event["SUMMARY"]: event["STATUS"] for event in events(study_feed(after(None, schedule(early, extra))))}
    assert shown == {
        "AS-1 End of study S-0007": "TENTATIVE",
        "Window: AS-1 End of study S-0007": "CONFIRMED",
        "AS-1 Rash S-0007": "CONFIRMED",
    }


def test_a_re_screening_has_events_of_its_own():
    twice = schedule(visit("pre", "2026-01-05", "done", actual="2026-01-05"), visit("screening2:pre", "2026-02-23"))
    uids = [event["UID"] for event in events(study_feed(after(None, twice)))]
    assert len(set(uids)) == 2


def test_days_outside_the_calendar_are_left_out():
    assert events(study_feed(after(None, schedule(visit("d", "9999-12-31"))))) == []


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="no such time zone: 'Europe/Belrin'"):
        course_of(schedule(), CalendarSettings("s", "n", "Europe/Belrin"))
    with pytest.raises(ValueError, match="no such time zone"):
        course_of(schedule(), CalendarSettings("s", "n", "../../etc/passwd"))
