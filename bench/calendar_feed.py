"""A feed of 10,000 appointments: written for the first time, and after one subject's visit moved, beside the icalendar library alone.

    python bench/calendar_feed.py

The library's way is what a program without a memory does: build a calendar of all events and write it. Both ways must give the same bytes.
"""

from __future__ import annotations

import gc
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from icalendar import Calendar, Event
from trialrules.engine.calendar.feed import FeedRequest, feed
from trialrules.engine.calendar.identity import occurrence_key
from trialrules.engine.calendar.occurrence import Clock, Course, Occurrence
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.update import update
from trialrules.engine.calendar.zone_file import zone_clock

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECTS, VISITS = 500, 20
ROUNDS = 5
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
KEY, DOMAIN, STUDY, ZONE = bytes(range(32)), "calendars.example.org", "AS-1", "Europe/Berlin"
COLD_BAR, AGAIN_BAR = 1.3, 1 / 20


@frozen
class Row:
    """One way of writing the feed: median seconds, and how that compares with the library alone; `bar` is the highest ratio allowed."""

    name: str
    seconds: float
    ratio: float
    bar: float | None = None


def courses() -> list[Course]:
    """Appointments with a time, titles in two languages, long enough to be folded."""
    found = []
    for subject in range(SUBJECTS):
        code = f"S-{subject:04d}"
        visits = [appointment(code, number, date(2026, 1, 5) + timedelta(14 * number + subject % 10)) for number in range(VISITS)]
        found.append(Course(STUDY, code, tuple(sorted(visits, key=lambda one: one.key))))
    return found


def appointment(subject: str, number: int, on: date) -> Occurrence:
    """One visit at nine."""
    titles = (("", f"Follow-up {number}, clinic and laboratory; please come fasting"), ("zh", "随访"))
    clock = Clock(f"{on:%Y%m%d}T090000", f"{on:%Y%m%d}T100000", ZONE)
    key = occurrence_key(STUDY, subject, f"fu.{number}", "visit")
    return Occurrence(key, "GZ", STUDY, (titles,), on.toordinal(), on.toordinal(), confirmed=True, clock=clock)


def plain(state: CalendarState) -> bytes:
    """The library alone: every event built with `add`, one calendar written."""
    calendar = Calendar()
    zone = zone_clock(ZONE)
    for key in sorted(state.entries, key=lambda key: key.place):
        entry = state.entries[key]
        start = datetime.combine(date.fromordinal(entry.occurrence.first), datetime.min.time(), zone) + timedelta(hours=9)
        event = Event()
        event.add("UID", entry.uid)
        event.add("DTSTAMP", NOW)
        event.add("LAST-MODIFIED", NOW)
        event.add("SEQUENCE", entry.sequence)
        event.add("DTSTART", start)
        event.add("DTEND", start + timedelta(hours=1))
        event.add("SUMMARY", f"{STUDY} {dict(entry.occurrence.titles[0])['']} {key.subject}")
        event.add("STATUS", "CONFIRMED")
        event.add("TRANSP", "OPAQUE")
        event.add("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")
        calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


def measure() -> list[Row]:
    """The three ways, interleaved; raises AssertionError if they do not write the same events."""
    every = courses()
    request = FeedRequest(STUDY)
    state = update(CalendarState(KEY), every, NOW, DOMAIN)
    visits = every[250].occurrences
    later = appointment(every[250].subject, visits[3].key.repeat, date.fromordinal(visits[3].first + 1))
    moved = evolve(every[250], occurrences=(*visits[:3], later, *visits[4:]))
    begin = b"BEGIN:VEVENT"
    written, expected = feed(state, request, STUDY).content, plain(state)
    if written[written.index(begin) :] != expected[expected.index(begin) :]:
        raise AssertionError("the two ways do not write the same events")
    ways: dict[str, Callable[[], object]] = {
        "icalendar: build all, write all": lambda: plain(state),
        "first time": lambda: feed(update(CalendarState(KEY), every, NOW, DOMAIN), request, STUDY),
        "again, one visit moved": lambda: feed(update(state, [moved], NOW, DOMAIN), request, STUDY),
        "again, every subject looked at": lambda: feed(update(state, every, NOW, DOMAIN), request, STUDY),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            gc.collect()
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    took = {name: statistics.median(each) for name, each in times.items()}
    base = took["icalendar: build all, write all"]
    bars = {"first time": COLD_BAR, "again, one visit moved": AGAIN_BAR}
    return [Row(name, each, each / base, bars.get(name)) for name, each in took.items()]


def calendars() -> str:
    """The table for bench/README.md."""
    rows = measure()
    lines = [f"| {SUBJECTS * VISITS:,} events | ms, median | of the library's time |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.seconds * 1e3:.0f} | {row.ratio:.3f} |" for row in rows]
    told = [
        f"{row.name}: {row.ratio:.3f} of the library's time (bar {row.bar:.2f}: {'kept' if row.ratio <= row.bar else 'MISSED'})"
        for row in rows
        if row.bar is not None
    ]
    return "\n".join([*lines, "", "; ".join([*told, f"medians of {ROUNDS}, interleaved"])])


if __name__ == "__main__":
    print(calendars())
