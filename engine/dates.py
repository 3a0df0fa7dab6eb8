"""Days, partial dates and calendar steps.

A day is an ordinal (`datetime.date.toordinal`). A recorded date is what was written: a day, a day with a time, a month or a year; the
coarse ones
are intervals of days. Month steps follow the protocol's stated rounding (`months round down`: 31 May - 3 months = 28 or 29 February).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Literal

from attrs import frozen
from dateutil.relativedelta import relativedelta

from ..dsl.model import Length

Rounding = Literal["down", "up"]

_PATTERN = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_MAX_HOUR, _MAX_MINUTE, _MAX_OFFSET_HOUR = 23, 59, 14
SECONDS_PER_DAY = 86_400
FIRST_DAY = date(1, 1, 1).toordinal()
LAST_DAY = date(9999, 12, 31).toordinal()


@frozen
class PartialDate:
    """A date as written: it lies on one of the days `first` … `last` (ordinals).

    `seconds` is the time of day as written (None: no time), `offset` its distance from UTC in seconds (None: not said). Only an exact
    day has a time.
    """

    first: int
    last: int
    seconds: int | None = None
    offset: int | None = None

    @property
    def exact(self) -> bool:
        """Whether it is one day."""
        return self.first == self.last

    def __str__(self) -> str:
        """ISO 8601, as coarse as it is known."""
        return format_partial(self)


def parse_partial(text: str) -> PartialDate | None:
    """Read `2025`, `2025-06`, `2025-06-30` or `2025-06-30T08:30[:00][Z|+08:00]`; None if it is none of these or no such day exists."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    year_text, month_text, day_text, hour_text, minute_text, second_text, zone = match.groups()
    year = int(year_text)
    if year < 1:
        return None
    if month_text is None:
        return PartialDate(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())
    month = int(month_text)
    if not 1 <= month <= 12:
        return None
    length = monthrange(year, month)[1]
    if day_text is None:
        first = date(year, month, 1).toordinal()
        return PartialDate(first, first + length - 1)
    day = int(day_text)
    if not 1 <= day <= length:
        return None
    ordinal = date(year, month, day).toordinal()
    if hour_text is None:
        return PartialDate(ordinal, ordinal)
    hour, minute, second = int(hour_text), int(minute_text), int(second_text or 0)
    if hour > _MAX_HOUR or minute > _MAX_MINUTE or second > _MAX_MINUTE:
        return None
    offset: int | None = None
    if zone == "Z":
        offset = 0
    elif zone is not None:
        zone_hours, zone_minutes = int(zone[1:3]), int(zone[4:6])
        if zone_hours > _MAX_OFFSET_HOUR or zone_minutes > _MAX_MINUTE:
            return None
        offset = (zone_hours * 3600 + zone_minutes * 60) * (-1 if zone[0] == "-" else 1)
    return PartialDate(ordinal, ordinal, hour * 3600 + minute * 60 + second, offset)


def of_day(ordinal: int) -> PartialDate:
    """One whole day."""
    return PartialDate(ordinal, ordinal)


def format_day(ordinal: int) -> str:
    """ISO 8601 of a day."""
    return date.fromordinal(ordinal).isoformat()


def format_partial(value: PartialDate) -> str:
    """ISO 8601, as coarse as it is known; an interval that is no month or year is written `first/last`."""
    if value.exact:
        text = format_day(value.first)
        if value.seconds is not None:
            hours, rest = divmod(value.seconds, 3600)
            minutes, seconds = divmod(rest, 60)
            text += f"T{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "") + _format_offset(value.offset)
        return text
    first, last = date.fromordinal(value.first), date.fromordinal(value.last)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month) and last.day == monthrange(last.year, last.month)[1]:
        return f"{first.year:04d}-{first.month:02d}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year:04d}"
    return f"{first.isoformat()}/{last.isoformat()}"


def _format_offset(offset: int | None) -> str:
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{rest // 60:02d}"


def clip(ordinal: int) -> int:
    """Keep a day within the calendar (years 1 to 9999)."""
    return min(max(ordinal, FIRST_DAY), LAST_DAY)


@lru_cache(maxsize=65_536)
def add_months(ordinal: int, months: int, rounding: Rounding) -> int:
    """A calendar step of whole months from a day.

    Where the target month has no such day, "down" takes its last day (as `dateutil.relativedelta` does), "up" the first day of the next
    month.
    """
    start = date.fromordinal(ordinal)
    index = start.year * 12 + start.month - 1 + months
    year = index // 12
    if year < 1:
        return FIRST_DAY
    if year > 9999:
        return LAST_DAY
    moved = start + relativedelta(months=months)
    if rounding == "up" and moved.day != start.day:
        return moved.toordinal() + 1
    return moved.toordinal()


def step(ordinal: int, length: Length, sign: int, rounding: Rounding | None) -> int:
    """Move a day by a length of days, weeks, months or years; `sign` is 1 or -1. Hours and minutes move by whole days, rounded away."""
    if length.months is not None:
        return add_months(ordinal, sign * length.months, rounding or "down")
    return clip(ordinal + sign * length.days)


def length_seconds(length: Length) -> int:
    """Seconds of an exact length (minutes, hours, days, weeks)."""
    return int(length.count * {"minutes": 60, "hours": 3600, "days": SECONDS_PER_DAY, "weeks": 7 * SECONDS_PER_DAY}[length.unit])


def completed_years(birth: int, day: int) -> int:
    """Completed years of life on a day. Born on 29 February: the birthday in a common year is 28 February (`relativedelta`)."""
    born, on = date.fromordinal(birth), date.fromordinal(day)
    years = on.year - born.year
    if (on.month, on.day) >= (born.month, born.day):
        return years
    if (born.month, born.day) == (2, 29) and (on.month, on.day) == (2, 28) and monthrange(on.year, 2)[1] == 28:
        return years
    return years - 1
