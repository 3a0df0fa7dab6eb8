"""One event of a calendar, before it has an identity and a rendering: plain comparable values, no library types.

Two equal occurrences give the same event; whatever a reader could see differently must be a field here.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from .identity import OccurrenceKey

Titles = tuple[tuple[str, str], ...]
"""Texts by language, in order of language; "" is the protocol's own, which stands in for every language without a text."""


@frozen
class Clock:
    """An appointment's start and end as iCalendar writes them: local in the zone `zone`, or in UTC (ending in Z) with `zone` None."""

    start: str
    end: str
    zone: str | None


@frozen
class Repeat:
    """A repeated all-day event, from its first day up to the day `until`, but for the days `without`. Days are ordinals.

    Every `step` days; or every `months` calendar months, on the same day of the month; or, with neither, on the first day and on `also`.
    """

    step: int
    until: int
    without: tuple[int, ...] = ()
    also: tuple[int, ...] = ()
    months: int = 0


@frozen
class Occurrence:
    """One event. `first` and `last` are its days (ordinals, both included); `clock` is set for an appointment with a time.

    `titles` are what it is called, several where visits were merged; `study` is the study's short name. `mark` says what kind of title it
    gets. `purposes` are what is assessed, or the drug of a medication: details, which no title tells. `busy`: the time is taken. Nothing
    here tells an arm or a dose.
    """

    key: OccurrenceKey
    site: str
    study: str
    titles: tuple[Titles, ...]
    first: int
    last: int
    confirmed: bool
    mark: Literal["", "window", "maybe", "end"] = ""
    clock: Clock | None = None
    repeat: Repeat | None = None
    per_day: int = 1
    purposes: tuple[Titles, ...] = ()


@frozen
class Course:
    """All occurrences of one subject as of now; `merged` are the visits that are shown as part of another one."""

    study: str
    subject: str
    occurrences: tuple[Occurrence, ...]
    merged: frozenset[OccurrenceKey] = frozenset()
