"""Subjects at sites in four zones, and the life of a feed.

What every reader should see is worked out here from the appointments, not from the feed.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from attrs import evolve, frozen
from trialrules.engine.calendar.feed import FeedRequest, feed
from trialrules.engine.calendar.occurrences import CalendarSettings
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.zone_file import zone_clock

from ..calendar.builders import after, day, schedule, series, visit

ZONES = {"CN-1": "Asia/Shanghai", "DE-1": "Europe/Berlin", "US-1": "America/New_York", "AU-1": "Australia/Lord_Howe"}
# Zones whose clocks change at an hour below 0 or above 23, by another amount than an hour, or by no rule.
AWKWARD = {"IL-1": "Asia/Jerusalem", "CL-1": "America/Santiago", "GL-1": "America/Nuuk", "EG-1": "Africa/Cairo", "IE-1": "Europe/Dublin",
           "MA-1": "Africa/Casablanca", "AQ-1": "Antarctica/Troll", "NZ-1": "Pacific/Chatham"}  # fmt: skip
SETTINGS = CalendarSettings("study-42", "AS-1", "Europe/Berlin", site="GZ")
# Winter and summer, and the days before and after each change of the clocks in one of the zones.
TIMES = [
    "2026-01-15T09:00", "2026-07-15T09:00", "2026-03-07T08:00", "2026-03-08T08:00", "2026-03-28T08:00", "2026-03-29T08:00",
    "2026-04-04T08:00", "2026-04-05T08:00", "2026-10-03T08:00", "2026-10-04T08:00", "2026-10-24T08:00", "2026-10-25T08:00",
    "2026-10-31T08:00", "2026-11-01T08:00",
]  # fmt: skip
START, HELD = day("2026-10-05"), (day("2026-10-14"), day("2026-10-15"))
TAKEN = [one for one in range(START, START + 28) if one not in HELD]


@frozen
class Seen:
    """One event as a reader shows it. `start`: a day (ISO) or an instant in UTC (ISO, ending in Z)."""

    uid: str
    sequence: int
    start: str
    status: str
    title: str
    days: tuple[str, ...] = ()


def instant(local: str, zone: str) -> str:
    return stamp(datetime.fromisoformat(local).replace(tzinfo=zone_clock(zone)))


def stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def booked(key: str, local: str, **more: object):
    return visit(key, local[:10], "booked", booked=local, title=key.upper(), **more)


def timed(state: CalendarState | None, zones: dict[str, str] = ZONES) -> tuple[CalendarState, dict[str, str]]:
    """Every subject with an appointment at each of TIMES by its own clock; and the instants by title."""
    expected = {}
    for subject, zone in zones.items():
        visits = [booked(f"t{number}", local) for number, local in enumerate(TIMES)]
        state = after(state, schedule(*visits, subject=subject), settings=evolve(SETTINGS, zone=zone))
        expected |= {f"AS-1 T{number} {subject}": instant(local, zone) for number, local in enumerate(TIMES)}
    return state, expected


def stages() -> list[tuple[str, bytes, dict[str, tuple[str, str, int]]]]:
    """First load, moved, cancelled, removed: the bytes, and start, status and SEQUENCE by title."""
    drug = series("celecoxib", TAKEN, HELD)
    window = ("2026-10-30", "2026-11-05")
    still = {
        "AS-1 Medication S-0007": ("2026-10-05", "CONFIRMED", 0),
        "AS-1 V7 S-0007": (instant("2026-07-02T08:15", "Europe/Berlin"), "CONFIRMED", 0),
    }
    other = booked("v7", "2026-07-02T08:15")
    first = schedule(other, booked("d28", "2026-11-02T09:00", window=window), series=(drug,))
    moved = schedule(other, booked("d28", "2026-11-04T11:00", window=window), series=(drug,))
    off = schedule(other, visit("d28", "2026-11-04", "missed"), series=(drug,))
    one = after(None, first)
    two = after(one, moved, days=1)
    three = after(two, off, days=2)
    four = after(three, off, days=40)
    shown_window = {"Window: AS-1 D28 S-0007": ("2026-10-30", "CONFIRMED", 0)}
    at = [instant(local, "Europe/Berlin") for local in ("2026-11-02T09:00", "2026-11-04T11:00")]
    return [
        ("first load", content_of(one), still | shown_window | {"AS-1 D28 S-0007": (at[0], "CONFIRMED", 0)}),
        ("moved", content_of(two), still | shown_window | {"AS-1 D28 S-0007": (at[1], "CONFIRMED", 1)}),
        ("cancelled", content_of(three), still | {"CANCELLED: AS-1 D28 S-0007": (at[1], "CANCELLED", 2)}),
        ("removed", content_of(four), still),
    ]


def content_of(state: CalendarState) -> bytes:
    return feed(state, FeedRequest("study-42"), "AS-1").content


def taken() -> list[str]:
    return [date.fromordinal(one).isoformat() for one in TAKEN]


def seen_of(text: str) -> dict[str, Seen]:
    """What a reader's script printed: a JSON list of events."""
    events = [Seen(**{**event, "days": tuple(event.get("days", ()))}) for event in json.loads(text)]
    found = {event.title: event for event in events}
    assert len(found) == len(events)
    return found
