"""A subject's schedule becomes occurrences: visits, their windows, repeated drugs, ends of obligations.

Neither arm nor dose is read here: what a calendar shows is the same under every allocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Final

from attrs import frozen

from ..dates import FIRST_DAY, LAST_DAY, PartialDate
from ..schedule.result import UNSCHEDULED, PeriodState, SeriesState, SubjectSchedule, VisitState
from .identity import OccurrenceKey, OccurrenceKind, occurrence_key
from .occurrence import Clock, Course, Occurrence, Repeat, Titles
from .words import WORDS
from .zone_file import zone_clock

VISIT_MINUTES: Final = 60
"""Length of an appointment where the site says nothing else."""

_TENTATIVE: Final = frozenset({"planned", "due", "overdue", "undetermined"})
_SHOWN: Final = _TENTATIVE | {"done", "booked"}


@frozen
class CalendarSettings:
    """What calendars of one site of a study have in common.

    `study` identifies the study for ever and is never shown; `name` is its short name, shown in titles. `zone` is the IANA name of the
    site's time zone, in which times without an offset are meant. `minutes` is the length of an appointment.
    """

    study: str
    name: str
    zone: str
    site: str = ""
    minutes: int = VISIT_MINUTES


def course_of(schedule: SubjectSchedule, settings: CalendarSettings) -> Course:
    """All occurrences of a subject, in order of their keys.

    Raises:
        ValueError: for a zone that is not in the IANA data.
    """
    clock = zone_clock(settings.zone)
    if clock is None:
        raise ValueError(f"no such time zone: {settings.zone[:80]!r}")
    build = _Builder(settings, schedule.subject, clock, {visit.key: visit for visit in schedule.visits})
    found: list[Occurrence] = []
    for visit in schedule.visits:
        if visit.merged_into is None:
            found += build.visit(visit)
    for number, series in enumerate(schedule.series, 1):
        found += build.series(series, number if len(schedule.series) > 1 else None)
    for period in schedule.periods:
        found += build.period(period)
    merged = frozenset(build.key(visit.key, "visit") for visit in schedule.visits if visit.merged_into is not None)
    kept = sorted((item for item in found if item.first >= FIRST_DAY and item.last < LAST_DAY), key=lambda item: item.key)
    return Course(settings.study, schedule.subject, tuple(kept), merged)


@frozen
class _Builder:
    settings: CalendarSettings
    subject: str
    clock: tzinfo
    visits: Mapping[str, VisitState]

    def key(self, key: str, kind: OccurrenceKind) -> OccurrenceKey:
        return occurrence_key(self.settings.study, self.subject, key, kind)

    def visit(self, visit: VisitState) -> list[Occurrence]:
        """The visit's event and, until it is done, the one of its window."""
        if visit.status not in _SHOWN or visit.day is None:
            return []
        parts = [visit, *(self.visits[key] for key in visit.merged if key in self.visits)]
        titles = tuple(dict.fromkeys(_titles_of(part) for part in parts))
        purposes = tuple(
            dict.fromkeys(_titles(p.item.title, p.item.titles) for part in parts for p in part.purposes if p.applies is not False)
        )
        event = Occurrence(
            self.key(visit.key, "visit"),
            self.settings.site,
            self.settings.name,
            titles,
            visit.day,
            visit.day,
            confirmed=visit.status not in _TENTATIVE,
            mark="maybe" if visit.status == "undetermined" else "",
            clock=self.appointment(visit),
            purposes=purposes,
        )
        window = visit.shown_window or visit.window
        if visit.status == "done" or window is None or window[0] >= window[1]:
            return [event]
        key = self.key(visit.key, "window")
        return [event, Occurrence(key, event.site, event.study, titles, *window, confirmed=True, mark="window")]

    def appointment(self, visit: VisitState) -> Clock | None:
        """The time of a visit that is booked or done; a visit done on the day of its appointment without a time keeps the appointment's."""
        moment: PartialDate | None = None
        if visit.status == "booked":
            moment = visit.booked
        elif visit.status == "done":
            moment = visit.actual
            booked = visit.booked
            if moment is not None and moment.seconds is None and booked is not None and booked.first == moment.first:
                moment = booked
        return None if moment is None else clock_of(moment, self.settings.zone, self.clock, self.settings.minutes)

    def series(self, series: SeriesState, number: int | None) -> list[Occurrence]:
        """One repeated event over the days on which the drug is taken; its name, which may tell a diagnosis, is a detail."""
        days = sorted(set(series.days) - set(series.left_out))
        if not days or series.status in ("unknown", "undetermined", "not applicable"):
            return []
        plan = series.series
        drug = (_titles(plan.title, plan.notes.titles),)
        key = self.key(series.key, "series")
        repeat = repeat_of(days, series.left_out)
        site, name, times = self.settings.site, self.settings.name, plan.recurrence.per_day
        title = (_medication(number),)
        return [Occurrence(key, site, name, title, days[0], days[0], confirmed=True, repeat=repeat, per_day=times, purposes=drug)]

    def period(self, period: PeriodState) -> list[Occurrence]:
        """The last day of a watch period or an obligation."""
        if period.end is None or period.status == "unknown":
            return []
        title = (_titles(period.title, period.titles),)
        key = self.key(period.key, "end")
        return [Occurrence(key, self.settings.site, self.settings.name, title, period.end, period.end, confirmed=True, mark="end")]


def _titles_of(visit: VisitState) -> Titles:
    """What a visit is called; of an unscheduled one nothing that somebody wrote: it may be a symptom or a diagnosis."""
    if visit.name == UNSCHEDULED:
        return _titles(WORDS["unscheduled"]["en"], {"zh": WORDS["unscheduled"]["zh"]})
    return _titles(visit.title, visit.titles)


def _medication(number: int | None) -> Titles:
    """Drugs taken at home, told apart by number where there are several."""
    words = {language: text if number is None else f"{text} {number}" for language, text in WORDS["medication"].items()}
    return _titles(words["en"], {"zh": words["zh"]})


def _titles(own: str, others: Mapping[str, str]) -> Titles:
    return tuple(sorted({"": own, **others}.items()))


def repeat_of(days: list[int], left_out: Iterable[int]) -> Repeat | None:
    """The recurrence over sorted days, of which `left_out` were meant to be too; None for a single day.

    The days left out before the first and after the last one are no part of it: an event's first day is one on which it takes place.
    """
    first, last = days[0], days[-1]
    if first == last:
        return None
    without = tuple(sorted({day for day in left_out if first < day < last} - set(days)))
    meant = sorted({*days, *without})
    steps = {later - earlier for earlier, later in pairwise(meant)}
    if len(steps) == 1:
        return Repeat(steps.pop(), last, without)
    months = _months_between(meant)
    if months:
        return Repeat(0, last, without, months=months)
    return Repeat(0, last, also=tuple(days[1:]))


def _months_between(ordinals: list[int]) -> int:
    """The constant number of months between sorted days that share a day of the month; 0 for days of another pattern.

    Days after the 28th in shorter months have no rule that all readers understand: ical.js takes BYMONTHDAY=28,29,30,31;BYSETPOS=-1 for
    four days of each month.
    """
    dates = [date.fromordinal(day) for day in ordinals]
    steps = {12 * (later.year - earlier.year) + later.month - earlier.month for earlier, later in pairwise(dates)}
    return steps.pop() if len(steps) == 1 and len({one.day for one in dates}) == 1 else 0


def clock_of(moment: PartialDate, zone: str, clock: tzinfo, minutes: int) -> Clock | None:
    """A moment with a time as an appointment in a zone; None for a moment without one.

    A time without an offset is the zone's. A time that the clocks leave out is meant by the clock before the change, and is written as the
    time that it then is (RFC 5545 section 3.3.5: clients differ in it). The second of two equal times can only be said in UTC.
    """
    if moment.seconds is None or not moment.exact or not FIRST_DAY + 2 < moment.first < LAST_DAY - 2:
        return None
    local = datetime.combine(date.fromordinal(moment.first), datetime.min.time()) + timedelta(seconds=moment.seconds)
    meant = clock if moment.offset is None else timezone(timedelta(seconds=moment.offset))
    start = local.replace(tzinfo=meant).astimezone(UTC)
    ends = (start, start + timedelta(minutes=minutes))
    shown = [instant.astimezone(clock) for instant in ends]
    if any(time.fold for time in shown):
        return Clock(f"{_stamp(ends[0])}Z", f"{_stamp(ends[1])}Z", None)
    return Clock(_stamp(shown[0]), _stamp(shown[1]), zone)


def _stamp(time: datetime) -> str:
    return f"{time.year:04d}{time.month:02d}{time.day:02d}T{time.hour:02d}{time.minute:02d}{time.second:02d}"
