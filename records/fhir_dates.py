"""Dates of FHIR resources: days, periods, ages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..engine.dates import FIRST_DAY, LAST_DAY, PartialDate, add_months, clip
from .dates import Dates, certainly_before
from .facts import number

if TYPE_CHECKING:
    from .fhir_codes import Fhir

_AGE_MONTHS: Final = {"a": 12, "mo": 1}
_AGE_DAYS: Final = {"wk": 7, "d": 1}
_AGE_WORDS: Final = {
    "year": "a",
    "years": "a",
    "yr": "a",
    "month": "mo",
    "months": "mo",
    "week": "wk",
    "weeks": "wk",
    "day": "d",
    "days": "d",
}
_OLDEST: Final = 200
"""Years; a greater age is a slip, and would leave the calendar."""


class BadDateError(Exception):
    """A date of a resource can't be read; caught where the resource is given up."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@frozen
class Period:
    """Start and end as recorded; None where not said."""

    start: PartialDate | None
    end: PartialDate | None

    def when(self) -> PartialDate | None:
        """The period as the time of one thing that happened within it; its start, where no end is said."""
        if self.start is None or self.end is None:
            return self.start
        if self.start.first == self.end.last:
            return self.start if self.start == self.end else PartialDate(self.start.first, self.end.last)
        return PartialDate(self.start.first, self.end.last)


def date_at(resource: dict[str, Fhir], key: str, dates: Dates) -> PartialDate | None:
    """The date under `key`; None if there is none.

    Raises:
        BadDateError: if there is one that is no date.
    """
    text = resource.get(key)
    if text is None:
        return None
    found = dates.read(text) if isinstance(text, str) else None
    if found is None:
        raise BadDateError(str(text))
    return found


def period_at(resource: dict[str, Fhir], key: str, dates: Dates) -> Period | None:
    """The period under `key`; None if there is none.

    Raises:
        BadDateError: if one of its dates is none, or its end lies before its start.
    """
    raw = resource.get(key)
    if not isinstance(raw, dict):
        return None
    start, end = date_at(raw, "start", dates), date_at(raw, "end", dates)
    if start is not None and end is not None and certainly_before(end, start):
        raise BadDateError(f"{start}/{end}")
    return Period(start, end) if start is not None or end is not None else None


def date_of_age(age: Fhir, birth: PartialDate | None, upper: Fhir = None) -> PartialDate | None:
    """The days on which a person born on `birth` is of an age (an Age, or the ends of a range); None where that can't be told."""
    if birth is None:
        return None
    first, last = _age_span(age), _age_span(upper if upper is not None else age)
    if first is None or last is None:
        return None
    start = _later(birth.first, first[0], first[1])
    # The last day of an age of n units is the day before the (n + 1)th unit is complete.
    end = _later(birth.last, last[0] + (12 if last[2] == "a" else last[2] == "mo"), last[1] + {"wk": 7, "d": 1}.get(last[2], 0)) - 1
    return PartialDate(start, max(start, clip(end)))


def before_or_on(day: PartialDate | None, birth: PartialDate | None) -> PartialDate | None:
    """Some day of life up to `day`; None where birth or day is not known."""
    if day is None or birth is None or day.last < birth.first:
        return None
    return PartialDate(max(birth.first, FIRST_DAY), min(day.last, LAST_DAY))


def _age_span(age: Fhir) -> tuple[int, int, str] | None:
    """Months, days and unit of an age in whole units."""
    if not isinstance(age, dict):
        return None
    amount, unit = number(age.get("value")), age.get("code") or age.get("unit")
    if amount is None or not isinstance(unit, str) or age.get("comparator") is not None:
        return None
    unit = _AGE_WORDS.get(unit, unit)
    count = int(amount)
    if count != amount or not 0 <= count <= _OLDEST * 366:
        return None
    if unit in _AGE_MONTHS and count * _AGE_MONTHS[unit] <= _OLDEST * 12:
        return count * _AGE_MONTHS[unit], 0, unit
    return (0, count * _AGE_DAYS[unit], unit) if unit in _AGE_DAYS else None


def _later(day: int, months: int, days: int) -> int:
    return clip(add_months(day, months, "down") + days)
