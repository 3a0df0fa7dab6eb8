"""VTIMEZONE components (RFC 5545 section 3.6.5) that every client reads alike.

Where the zone's present rule held through the events' years it is written as one DAYLIGHT and one STANDARD part with a yearly RRULE: some
clients read only the first of a list of RDATEs, and older Outlooks want a rule. Elsewhere each transition is a part of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from attrs import frozen
from icalendar import Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDatetime, vRecur, vText, vUTCOffset

from .zone_file import Offset, Transition, YearlyRule, Zone

_EARLIEST: Final = 1970
_WEEKDAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_DAY: Final = 86_400
_SHORTEST_MONTH: Final = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


@frozen
class Observance:
    """One part of a VTIMEZONE: from `onset` (local time before the change) the offset is `after`, each year by `rule` or once."""

    onset: datetime
    before: int
    after: Offset
    daylight: bool
    rule: tuple[tuple[str, tuple[str, ...]], ...] = ()


def observances(zone: Zone, first_year: int, last_year: int) -> tuple[Observance, ...]:
    """The parts that are right from the first to the last year (and, with a rule, for ever after)."""
    by_rule = _by_rule(zone, first_year)
    return by_rule or _one_by_one(zone, first_year, last_year)


def timezone_component(zone: Zone, first_year: int, last_year: int) -> Timezone:
    """The VTIMEZONE of a zone for events from the first to the last year."""
    component = Timezone()
    component["TZID"] = vText(zone.name)
    for part in observances(zone, first_year, last_year):
        inner = TimezoneDaylight() if part.daylight else TimezoneStandard()
        inner["DTSTART"] = vDatetime(part.onset)
        inner["TZOFFSETFROM"] = vUTCOffset(timedelta(seconds=part.before))
        inner["TZOFFSETTO"] = vUTCOffset(timedelta(seconds=part.after.seconds))
        inner["TZNAME"] = vText(part.after.name)
        if part.rule:
            inner["RRULE"] = vRecur({name: list(values) for name, values in part.rule})
        component.add_component(inner)
    return component


def _by_rule(zone: Zone, first_year: int) -> tuple[Observance, ...]:
    """The present rule (or offset) alone; empty where it did not hold yet, or where no RRULE says it."""
    if zone.footer is None:
        return ()
    if zone.footer.summer is None:
        return _fixed(zone, zone.footer.standard, first_year)
    start = _rule_start(zone, first_year)
    rules = [_recurrence(rule) for rule in (zone.footer.to_summer, zone.footer.to_standard) if rule is not None]
    if start is None or () in rules:
        return ()
    changes = zone.footer.changes(start)
    texts = dict(zip((zone.footer.summer, zone.footer.standard), rules, strict=True))
    return tuple(
        Observance(change.onset, change.before.seconds, change.after, change.after.seconds > change.before.seconds, texts[change.after])
        for change in changes
    )


def _fixed(zone: Zone, offset: Offset, first_year: int) -> tuple[Observance, ...]:
    """One part from the last change on; before 1970 nobody asks for the day."""
    last = zone.transitions[-1] if zone.transitions else None
    if last is None or last.year < _EARLIEST:
        return (Observance(datetime(_EARLIEST, 1, 1), offset.seconds, offset, False),)  # noqa: DTZ001 # a local time, on purpose
    return (_single(last),) if last.year < first_year else ()


def _rule_start(zone: Zone, first_year: int) -> int | None:
    """The year in which the rule's parts begin: the first since 1970 from which every year went by it; None if not before the events.

    One whole year goes before the first event, so that the part that holds in its January has begun.
    """
    footer = zone.footer
    if footer is None:
        return None
    year = first_year - 1
    if not _same(zone, footer.changes(year), year):
        return None
    last = zone.transitions[-1].year if zone.transitions else year
    if any(not _same(zone, footer.changes(later), later) for later in range(first_year, last + 1)):
        return None
    while year > _EARLIEST and _same(zone, footer.changes(year - 1), year - 1):
        year -= 1
    return year


def _same(zone: Zone, ruled: tuple[Transition, ...], year: int) -> bool:
    return [(c.at, c.before.seconds, c.after.seconds) for c in zone.changes(year, year)] == [
        (c.at, c.before.seconds, c.after.seconds) for c in ruled
    ]


def _recurrence(rule: YearlyRule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The yearly RRULE of a change; empty if none says it (the shifted day may fall into the next month).

    A time before midnight or after the day's end moves the day: "the 4th Thursday, 26:00" is the Friday among the 23rd to the 29th, 2:00.
    """
    shift = rule.seconds // _DAY
    weekday = _WEEKDAYS[(rule.weekday + shift) % 7]
    start = (("FREQ", ("YEARLY",)), ("BYMONTH", (str(rule.month),)))
    if shift == 0:
        return (*start, ("BYDAY", (f"{-1 if rule.week == 5 else rule.week}{weekday}",)))
    length = _SHORTEST_MONTH[rule.month]
    first = (length - 6 if rule.week == 5 else 7 * rule.week - 6) + shift
    if first < 1 or first + 6 > length or (rule.week == 5 and rule.month == 2):
        return ()
    return (*start, ("BYMONTHDAY", tuple(str(day) for day in range(first, first + 7))), ("BYDAY", (weekday,)))


def _one_by_one(zone: Zone, first_year: int, last_year: int) -> tuple[Observance, ...]:
    """Each transition of the years, after the one that led into them."""
    before = [change for change in zone.transitions if change.year < first_year][-1:]
    before = [*before, *zone.changes(first_year - 1, first_year - 1)][-1:]
    parts = [_single(change) for change in (*before, *zone.changes(first_year, last_year + 1))]
    if before:
        return tuple(parts)
    return (Observance(datetime(1, 1, 1), zone.first.seconds, zone.first, False), *parts)  # noqa: DTZ001 # a local time, on purpose


def _single(change: Transition) -> Observance:
    return Observance(change.onset, change.before.seconds, change.after, change.after.summer)
