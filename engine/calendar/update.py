"""Subjects' occurrences meet what calendars were told before: what is new, changed, called off or gone gets its SEQUENCE and date.

SEQUENCE rises with every change that a reader can see, of words too: RFC 5546 section 2.1.4 asks for it where dates, recurrence or status
change and leaves it open elsewhere, and some calendars keep an old title without it. It never falls, and DTSTAMP never goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from attrs import evolve

from .identity import OccurrenceKey, uid
from .occurrence import Course, Occurrence
from .render import Variant, render
from .state import CalendarState, Entry

CANCELLED_DAYS: Final = 30
"""Days for which a cancelled event is still sent, so that every reader's calendar has asked in the meantime."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A window that is over and the end of an obligation that changed are no appointments: they go without a word.
_CALLED_OFF: Final = frozenset({"visit", "series"})


def update(
    state: CalendarState, courses: Iterable[Course], now: datetime, domain: str, variants: Iterable[Variant] = (Variant(),)
) -> CalendarState:
    """The state after some subjects' present occurrences, with every event of theirs rendered in `variants`; others stay as they are.

    `now` is when the change was seen (aware; whole seconds are kept). Unchanged courses give an equal state, but for events that were
    cancelled CANCELLED_DAYS ago: they are dropped, whoever's they are.

    Raises:
        ValueError: for a `now` without a time zone, or a domain that is none.
    """
    seconds, day = _instant(now)
    variants = tuple(variants)
    entries = dict(state.entries)
    present: set[OccurrenceKey] = set()
    merged: dict[tuple[str, str], frozenset[OccurrenceKey]] = {}
    for course in courses:
        merged[course.study, course.subject] = course.merged
        for occurrence in course.occurrences:
            key = occurrence.key
            present.add(key)
            entries[key] = rendered_in(_shown(entries.get(key), occurrence, state.key, domain, seconds), variants)
    for key, entry in state.entries.items():
        if entry.status == "shown" and (key.study, key.subject) in merged and key not in present:
            entries[key] = rendered_in(_gone(entry, key in merged[key.study, key.subject], seconds, day), variants)
    _expire(entries, seconds, day)
    return CalendarState(state.key, entries)


def expire(state: CalendarState, now: datetime) -> CalendarState:
    """The state without the events that were cancelled CANCELLED_DAYS ago (ValueError for a `now` without a time zone)."""
    seconds, day = _instant(now)
    entries = dict(state.entries)
    _expire(entries, seconds, day)
    return CalendarState(state.key, entries)


def render_all(state: CalendarState, variant: Variant) -> CalendarState:
    """The state with every event that is sent rendered in a variant; what is rendered already stays as it is."""
    entries: Mapping[OccurrenceKey, Entry] = {key: rendered_in(entry, (variant,)) for key, entry in state.entries.items()}
    return CalendarState(state.key, entries)


def rendered_in(entry: Entry, variants: tuple[Variant, ...]) -> Entry:
    """The entry with its bytes in these variants too."""
    if entry.status == "dropped":
        return entry
    missing = {variant.text: event_bytes(entry, variant) for variant in variants if variant.text not in entry.rendered}
    if not missing:
        return entry
    return evolve(entry, rendered={**entry.rendered, **missing})


def event_bytes(entry: Entry, variant: Variant) -> bytes:
    """The bytes of an entry's VEVENT: those that are stored, else rendered now."""
    stored = entry.rendered.get(variant.text)
    if stored is not None:
        return stored
    cancelled = entry.status == "cancelled"
    return render(entry.occurrence, variant, entry.uid, entry.sequence, entry.modified, cancelled=cancelled)


def _shown(entry: Entry | None, occurrence: Occurrence, key: bytes, domain: str, seconds: int) -> Entry:
    """An occurrence that takes place. One that was never sent begins at 0; one that comes back counts on."""
    if entry is None:
        return Entry(occurrence, uid(key, domain, occurrence.key), 0, seconds)
    if entry.status == "shown" and entry.occurrence == occurrence:
        return entry
    if entry.status == "shown" and evolve(entry.occurrence, site=occurrence.site) == occurrence:
        # The subject went to another site: other feeds, the same event.
        return evolve(entry, occurrence=occurrence)
    return Entry(occurrence, entry.uid, entry.sequence + 1, max(entry.modified, seconds))


def _gone(entry: Entry, merged: bool, seconds: int, day: int) -> Entry:  # noqa: FBT001 # private, one caller
    """An event that takes place no more: called off, or only no more shown by itself."""
    quiet = merged or entry.occurrence.key.kind not in _CALLED_OFF
    if quiet:
        return _dropped(entry, seconds)
    return Entry(entry.occurrence, entry.uid, entry.sequence + 1, max(entry.modified, seconds), "cancelled", day)


def _dropped(entry: Entry, seconds: int) -> Entry:
    return Entry(entry.occurrence, entry.uid, entry.sequence, max(entry.modified, seconds), "dropped", entry.cancelled)


def _expire(entries: dict[OccurrenceKey, Entry], seconds: int, day: int) -> None:
    old = [key for key, entry in entries.items() if entry.cancelled is not None and entry.status == "cancelled"]
    for key in old:
        entry = entries[key]
        if entry.cancelled is not None and day - entry.cancelled >= CANCELLED_DAYS:
            entries[key] = _dropped(entry, seconds)


def _instant(now: datetime) -> tuple[int, int]:
    """Seconds since 1970 and the day in UTC."""
    if now.utcoffset() is None:
        raise ValueError("now needs a time zone")
    utc = now.astimezone(UTC)
    return int((utc - _EPOCH).total_seconds()), date(utc.year, utc.month, utc.day).toordinal()
