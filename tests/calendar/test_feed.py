"""Feeds: head, choice of events, order, ETag, other readers, expected bytes."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from attrs import evolve
from dateutil.rrule import rruleset, rrulestr
from hypothesis import given, strategies as st
from icalendar import Calendar
from trialrules.engine.calendar.feed import FeedRequest, feed, tombstone
from trialrules.engine.calendar.lint import lint
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.update import render_all

from .builders import DOMAIN, KEY, SETTINGS, after, day, events, period, purpose, schedule, series, study_feed, visit

GOLDEN = Path(__file__).parent / "golden"
RENEW = os.environ.get("TRIALRULES_RENEW") == "1"
ZH = {"zh": "第28天"}
BOOKED = visit("d28", "2026-11-02", "booked", booked="2026-11-02T09:00", title="Day 28", titles=ZH, window=("2026-10-30", "2026-11-05"))


def example() -> CalendarState:
    """A booked visit, one that was cancelled, one merged of two, a drug with held days, an obligation; two subjects at two sites."""
    days = list(range(day("2026-10-05"), day("2026-11-02")))
    held = (day("2026-10-14"), day("2026-10-15"))
    drug = series("celecoxib", [one for one in days if one not in held], held)
    first = visit("pre", "2026-10-01", "done", actual="2026-10-01T10:30", title="Screening; first, part", titles={"zh": "筛选；第一，部分"})
    head = visit(
        "fu.1", "2026-11-30", title="Follow-up", merged=("fu.2",), purposes=(purpose("alt", "ALT"), purpose("ecg", "ECG, 12 leads"))
    )
    tail = visit("fu.2", "2026-11-30", title="Extra blood sample", merged_into="fu.1")
    ends = (period("contraception", "2027-03-31"),)
    before = schedule(first, BOOKED, visit("d35", "2026-11-09"), head, tail, series=(drug,), periods=ends)
    now = schedule(first, BOOKED, visit("d35", "2026-11-09", "missed"), head, tail, series=(drug,), periods=ends)
    other = schedule(visit("d28", "2026-07-02", "booked", booked="2026-07-02T08:15", title="Day 28"), subject="S-0100")
    state = after(after(None, before), now, days=7)
    return after(state, other, days=8, settings=evolve(SETTINGS, site="NY", zone="America/New_York"))


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("study", FeedRequest("study-42", ends=True)),
        ("subject_zh", FeedRequest("study-42", "subject", "S-0007", Variant("full", "zh", details=True), windows=False)),
        ("site_private", FeedRequest("study-42", "site", "NY", Variant("private"))),
    ],
)
def test_expected_bytes(name, request_):
    content = feed(render_all(example(), request_.variant), request_, "AS-1").content
    path = GOLDEN / f"{name}.ics"
    if RENEW:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert content == path.read_bytes()
    assert lint(content) == ()


def test_the_tombstone_of_a_revoked_feed_is_one_event_that_never_changes():
    revoked = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    one = tombstone(example(), "feed-1", revoked, DOMAIN)
    assert one == tombstone(CalendarState(KEY), "feed-1", revoked, DOMAIN)
    (event,) = events(one.content)
    assert event["SUMMARY"] == "This calendar is no longer available: please remove the subscription"
    assert (event["DTSTART;VALUE=DATE"], event["DTSTAMP"], event["TRANSP"]) == ("20261201", "20261201T093000Z", "TRANSPARENT")
    assert lint(one.content) == ()
    assert event["UID"] != events(tombstone(example(), "feed-2", revoked, DOMAIN).content)[0]["UID"]
    assert "此日历已停用" in tombstone(example(), "feed-1", revoked, DOMAIN, "zh").content.decode()


def test_the_head_says_how_often_and_holds_nothing_of_the_moment_or_the_address():
    head = study_feed(example()).split(b"BEGIN:VTIMEZONE")[0].decode()
    assert head.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//trialrules//trialrules//EN",
        "CALSCALE:GREGORIAN",
        "NAME:AS-1",
        "X-WR-CALNAME:AS-1",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "",
    ]


@pytest.mark.parametrize("word", [b"METHOD", b"CLASS", b"VALARM", b"ORGANIZER", b"ATTENDEE", b"SOURCE", b"CREATED"])
def test_what_has_no_place_in_a_feed(word):
    assert word not in study_feed(example(), ends=True)


def test_a_site_sees_its_own_subjects_and_a_subject_only_itself():
    state = example()
    assert {event["SUMMARY"].split()[-1] for event in events(study_feed(state, scope="site", who="GZ"))} == {"S-0007"}
    assert {event["SUMMARY"].split()[-1] for event in events(study_feed(state, scope="subject", who="S-0100"))} == {"S-0100"}
    assert events(study_feed(state, scope="subject", who="S-01")) == []
    assert events(feed(state, FeedRequest("another study"), "X").content) == []
    names = [feed(state, FeedRequest("study-42", scope, who), "AS-1").content for scope, who in (("site", "GZ"), ("subject", "S-0007"))]
    assert [b"NAME:AS-1 site GZ\r\n" in names[0], b"NAME:AS-1 S-0007\r\n" in names[1]] == [True, True]


def test_only_zones_in_use_are_told():
    state = example()
    assert study_feed(state).count(b"BEGIN:VTIMEZONE") == 2
    assert study_feed(state, scope="subject", who="S-0100").count(b"BEGIN:VTIMEZONE") == 1
    assert b"VTIMEZONE" not in study_feed(after(None, schedule(visit("d", "2026-01-01"))))


def test_the_order_is_that_of_keys_not_of_days():
    late_first = after(None, schedule(visit("a.2", "2026-12-01"), visit("a.10", "2026-10-01"), visit("b", "2026-01-01")))
    assert [event["SUMMARY"] for event in events(study_feed(late_first))] == ["AS-1 A.2 S-0007", "AS-1 A.10 S-0007", "AS-1 B S-0007"]


def test_the_etag_is_that_of_the_bytes():
    state = example()
    one, again = feed(state, FeedRequest("study-42"), "AS-1"), feed(state, FeedRequest("study-42"), "AS-1")
    other = feed(state, FeedRequest("study-42", windows=False), "AS-1")
    assert one == again
    assert one.etag != other.etag
    assert one.etag[0] == one.etag[-1] == '"'


def test_a_variant_that_was_not_rendered_is_rendered_for_the_feed():
    state = example()
    variant = Variant("visit", "zh")
    assert study_feed(state, variant=variant) == study_feed(render_all(state, variant), variant=variant)


def test_titles_tell_what_was_chosen_and_never_more():
    state = after(None, schedule(BOOKED))
    shown = {(titles, language): events(study_feed(state, variant=Variant(titles, language), windows=False))[0]["SUMMARY"]
             for titles in ("full", "visit", "private") for language in ("en", "zh")}  # fmt: skip
    assert shown == {
        ("full", "en"): "AS-1 Day 28 S-0007",
        ("full", "zh"): "AS-1 第28天 S-0007",
        ("visit", "en"): "Day 28 S-0007",
        ("visit", "zh"): "第28天 S-0007",
        ("private", "en"): "AS-1 S-0007",
        ("private", "zh"): "AS-1 S-0007",
    }


def test_details_list_the_assessments():
    one = visit("d28", "2026-09-28", purposes=(purpose("alt", "ALT"), purpose("ecg", "ECG, 12 leads", titles={"zh": "心电图"})))
    state = after(None, schedule(one))
    assert events(study_feed(state, variant=Variant(details=True)))[0]["DESCRIPTION"] == "ALT\\nECG\\, 12 leads"
    assert events(study_feed(state, variant=Variant(language="zh", details=True)))[0]["DESCRIPTION"] == "ALT\\n心电图"


def test_the_library_reads_every_event_without_a_complaint():
    calendar = Calendar.from_ical(study_feed(example(), ends=True))
    assert calendar.errors == []
    assert [component.errors for component in calendar.walk() if component.errors] == []
    assert calendar.get_missing_tzids() == set()
    assert {str(event["SUMMARY"]) for event in calendar.events} >= {"AS-1 Screening; first, part S-0007", "AS-1 Medication S-0007"}


@given(st.sets(st.integers(0, 40), min_size=1), st.sampled_from([1, 2, 7]), st.sets(st.integers(0, 40)))
def test_a_series_expands_to_the_days_on_which_the_drug_is_taken(numbers, step, held):
    start = day("2026-10-05")
    meant = [start + step * number for number in range(max(numbers) + 1)]
    left_out = tuple(one for one in meant if (one - start) // step in held)
    taken = [one for one in meant if one not in left_out]
    shown = events(study_feed(after(None, schedule(series=(series("c", taken, left_out),)))))
    assert [one for event in shown for one in expansion(event)] == taken


@given(st.sets(st.integers(0, 400), min_size=1))
def test_days_of_no_pattern_expand_to_themselves(numbers):
    days = sorted(day("2026-10-05") + number for number in numbers)
    (event,) = events(study_feed(after(None, schedule(series=(series("c", days),)))))
    assert expansion(event) == days


def expansion(event: dict[str, str]) -> list[int]:
    """The days of an all-day event, by dateutil."""
    start = datetime.strptime(event["DTSTART;VALUE=DATE"], "%Y%m%d")  # noqa: DTZ007 # a day
    found = rruleset()
    if "RRULE" in event:
        found.rrule(rrulestr(event["RRULE"], dtstart=start))
    else:
        found.rdate(start)
    for name, add in (("EXDATE;VALUE=DATE", found.exdate), ("RDATE;VALUE=DATE", found.rdate)):
        for text in filter(None, event.get(name, "").split(",")):
            add(datetime.strptime(text, "%Y%m%d"))  # noqa: DTZ007 # a day
    return [date(one.year, one.month, one.day).toordinal() for one in found]
