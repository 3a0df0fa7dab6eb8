"""Time zones as the IANA data says them: transitions and the rule that goes on for ever, read from a TZif file (RFC 9636).

The files come with the package tzdata, never from the system, so that a feed is the same on every machine.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

_HEADER: Final = struct.Struct(">4sc15x6l")
_KIND: Final = struct.Struct(">lbB")
_ZONE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_ABBREVIATION: Final = r"(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})"
_TIME: Final = r"([+-]?[0-9]{1,3}(?::[0-9]{2}){0,2})"
_POSIX: Final = re.compile(rf"{_ABBREVIATION}{_TIME}(?:{_ABBREVIATION}{_TIME}?,([^,]+),([^,]+))?")
_MONTH_RULE: Final = re.compile(rf"M([0-9]{{1,2}})\.([1-5])\.([0-6])(?:/{_TIME})?")
_TWO_O_CLOCK: Final = 7_200
_LAST_WEEK: Final = 5


@frozen
class Offset:
    """A stretch's distance from UTC in seconds (east is positive), whether it is summer time, and its abbreviation."""

    seconds: int
    summer: bool
    name: str


@frozen
class YearlyRule:
    """`Mm.w.d/time` of a POSIX TZ string.

    Weekday `weekday` (0: Sunday) of week `week` (5: the last) of `month`, `seconds` after its midnight in the time that held before;
    `seconds` may be negative, or a day and more.
    """

    month: int
    week: int
    weekday: int
    seconds: int

    def day(self, year: int) -> date:
        """The named weekday of a year; the time is not yet added."""
        first = date(year, self.month, 1)
        day = first + timedelta((self.weekday - first.isoweekday()) % 7 + 7 * (min(self.week, 4) - 1))
        later = day + timedelta(7)
        return later if self.week == _LAST_WEEK and later.month == self.month else day


@frozen
class Footer:
    """What holds after the last transition of the file: one offset, or two that change by the year (`to_summer`, `to_standard`)."""

    standard: Offset
    summer: Offset | None = None
    to_summer: YearlyRule | None = None
    to_standard: YearlyRule | None = None

    def changes(self, year: int) -> tuple[Transition, ...]:
        """The two transitions of a year, in order of time; none without a rule."""
        if self.summer is None or self.to_summer is None or self.to_standard is None:
            return ()
        pairs = ((self.to_summer, self.standard, self.summer), (self.to_standard, self.summer, self.standard))
        return tuple(sorted(Transition(_instant(rule, year, before), before, after) for rule, before, after in pairs))


@frozen(order=True)
class Transition:
    """A change of offset at an instant (seconds since 1970 in UTC)."""

    at: int
    before: Offset
    after: Offset

    @property
    def onset(self) -> datetime:
        """The local time of the change as the clock before it shows (what RFC 5545 section 3.6.5 wants in DTSTART)."""
        return datetime(1970, 1, 1) + timedelta(seconds=self.at + self.before.seconds)  # noqa: DTZ001 # a local time, on purpose

    @property
    def year(self) -> int:
        """The year in which it happens, by the clock before it."""
        return self.onset.year


@frozen
class Zone:
    """A zone: its transitions in order, the offset before all of them, and what follows the last (None: nothing is said)."""

    name: str
    first: Offset
    transitions: tuple[Transition, ...]
    footer: Footer | None

    def changes(self, first_year: int, last_year: int) -> tuple[Transition, ...]:
        """All transitions of some years, those of the file and those of the rule."""
        end = self.transitions[-1].at if self.transitions else -(2**63)
        stated = [change for change in self.transitions if first_year <= change.year <= last_year]
        ruled = [] if self.footer is None else [c for year in range(first_year, last_year + 1) for c in self.footer.changes(year)]
        return (*stated, *(change for change in ruled if change.at > end))

    def offset_at(self, instant: int) -> Offset:
        """The offset that holds at an instant (seconds since 1970 in UTC)."""
        year = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)).year
        held = self.first
        for change in (*self.transitions, *self.changes(year - 1, year + 1)):
            if change.at <= instant:
                held = change.after
        return held


def _instant(rule: YearlyRule, year: int, before: Offset) -> int:
    day = rule.day(year)
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 + rule.seconds - before.seconds


@lru_cache(maxsize=64)
def load_zone(name: str) -> Zone | None:
    """A zone of the package tzdata by its IANA name; None if there is none of that name."""
    content = _zone_bytes(name)
    return None if content is None else parse_zone(name, content)


@lru_cache(maxsize=64)
def zone_clock(name: str) -> ZoneInfo | None:
    """The same zone for `datetime`, from the same file; None if there is none of that name."""
    if _zone_bytes(name) is None:
        return None
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def _zone_bytes(name: str) -> bytes | None:
    if _ZONE_NAME.fullmatch(name) is None:
        return None
    place = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    content = place.read_bytes() if place.is_file() else b""
    return content if content.startswith(b"TZif") else None


def parse_zone(name: str, content: bytes) -> Zone:
    """Read a TZif file of version 2 or later (RFC 9636 section 3).

    Raises:
        ValueError: for bytes that are no such file.
    """
    magic, version, *counts = _HEADER.unpack_from(content, 0)
    if magic != b"TZif" or version < b"2":
        raise ValueError(f"not a TZif file of version 2 or later: {name}")
    start = _HEADER.size + _body_size(counts, 4)
    magic, version, *counts = _HEADER.unpack_from(content, start)
    _, _, _, times, kinds, characters = counts
    body = start + _HEADER.size
    instants = struct.unpack_from(f">{times}q", content, body)
    indexes = struct.unpack_from(f">{times}B", content, body + 8 * times)
    at = body + 9 * times
    names = content[at + 6 * kinds : at + 6 * kinds + characters]
    offsets = []
    for number in range(kinds):
        seconds, summer, place = _KIND.unpack_from(content, at + 6 * number)
        offsets.append(Offset(seconds, bool(summer), names[place : names.index(b"\0", place)].decode("ascii")))
    footer = content[body + _body_size(counts, 8) :].strip(b"\n").decode("ascii")
    transitions, held = [], offsets[0]
    for instant, index in zip(instants, indexes, strict=True):
        if offsets[index] != held:
            transitions.append(Transition(instant, held, offsets[index]))
        held = offsets[index]
    return Zone(name, offsets[0], tuple(transitions), parse_footer(footer))


def _body_size(counts: list[int], width: int) -> int:
    standard, utc, leap, times, kinds, characters = counts[1], counts[0], counts[2], counts[3], counts[4], counts[5]
    return times * (width + 1) + kinds * 6 + characters + leap * (width + 4) + standard + utc


def parse_footer(text: str) -> Footer | None:
    """Read a POSIX TZ string (RFC 9636 section 3.3.1); None for an empty one, or one whose days are not `Mm.w.d` (no zone has one)."""
    match = _POSIX.fullmatch(text)
    if match is None:
        return None
    name, west, summer_name, summer_west, to_summer, to_standard = match.groups()
    standard = Offset(-_seconds(west), False, name.strip("<>"))
    if summer_name is None:
        return Footer(standard)
    seconds = -_seconds(summer_west) if summer_west else standard.seconds + 3600
    rules = [_MONTH_RULE.fullmatch(rule) for rule in (to_summer, to_standard)]
    first, second = (_rule(rule) if rule is not None else None for rule in rules)
    if first is None or second is None:
        return None
    return Footer(standard, Offset(seconds, True, summer_name.strip("<>")), first, second)


def _rule(match: re.Match[str]) -> YearlyRule:
    month, week, weekday, time = match.groups()
    return YearlyRule(int(month), int(week), int(weekday), _seconds(time) if time else _TWO_O_CLOCK)


def _seconds(text: str) -> int:
    hours, *rest = text.lstrip("+-").split(":")
    size = int(hours) * 3600 + sum(int(part) * scale for part, scale in zip(rest, (60, 1), strict=False))
    return -size if text.startswith("-") else size
