"""What comes again and again, and what lasts: repeated visits, series of a drug, watch periods, obligations. All bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...dsl import schedule_model as plan
from ...limits import MAX_REPEATS
from ..context import DateValue
from ..dates import LAST_DAY
from ..outcome import Unknown
from .plans import SchedulePlan, VisitPlan
from .recorded import NOTHING, Held
from .result import PeriodState, SeriesState
from .states import applies
from .steps import steps_of
from .timeline import Slot, Timeline

PeriodStatus = Literal["coming", "running", "over", "ended early", "unknown"]
_COARSE = Unknown("date too coarse")


def _exact(value: DateValue) -> int | None:
    return value.low if value.low is not None and value.low == value.high else None


def occurrences(timeline: Timeline, one: VisitPlan, last_planned: int | None) -> Iterator[Slot]:
    """The visits of a repeated one, the first of which is worked out already. `last_planned`: where an end that is not known is put."""
    repeat, first = one.visit.recurrence, timeline.slots[one.visit.name]
    if repeat is None or first.target is None:
        yield first
        return
    end, _, _ = _end(timeline, repeat, last_planned)
    days = _days(timeline, repeat, first.target, end, timeline.key(one.visit.name, screened=one.schedule.screened))
    if days or first.record is not NOTHING:
        yield first
    for number, day in enumerate(days[1:], 2):
        yield timeline.slot(one, number, DateValue(day, day, planned=first.value.planned))


def _end(timeline: Timeline, repeat: plan.Recurrence, last_planned: int | None) -> tuple[int | None, bool, DateValue | None]:
    """The last day of a repeat, whether it is known, and the date it comes from; (None, True) where a number of times ends it."""
    if repeat.times is not None:
        return None, True, None
    date = repeat.end if repeat.end is not None else repeat.until
    value = None if date is None else timeline.date(date)
    day = None if value is None else _exact(value)
    return (last_planned, False, value) if day is None else (day, True, value)


def _days(timeline: Timeline, repeat: plan.Recurrence, start: int, end: int | None, key: str) -> tuple[int, ...]:
    """The days of a repeat; the n-th is n - 1 steps after the first, so that months do not wander. `times` counts intakes of a day too."""
    times = MAX_REPEATS + 1 if repeat.times is None else min(-(-repeat.times // max(repeat.per_day, 1)), MAX_REPEATS + 1)
    stop = LAST_DAY if end is None else min(end, LAST_DAY)
    if repeat.times is None and end is None:
        # Neither its end nor any other visit is known: only its beginning is.
        stop = start
    found = steps_of(repeat.every, start, stop, times, timeline.case.plan.protocol.months or "down")
    if len(found) > MAX_REPEATS:
        timeline.case.book.problems.append(f"{key}: it comes again more than {MAX_REPEATS} times; the first {MAX_REPEATS} are shown.")
    return found[:MAX_REPEATS]


def series_state(timeline: Timeline, schedule: SchedulePlan, series: plan.Series, last_planned: int | None) -> SeriesState:
    """The days on which a drug is taken, as of now; days of a hold are left out, nothing is taken after the end of the study."""
    case, repeat = timeline.case, series.recurrence
    key = timeline.key(series.name, screened=schedule.screened)
    holds, unknowns = applies(timeline, series.arms, series.condition, masked=series.masked)
    if holds is False:
        return SeriesState(key, series, None, None, status="not applicable")
    value = timeline.date(repeat.start)
    start = _exact(value)
    if start is None:
        return SeriesState(key, series, None, None, status="unknown", unknowns=value.unknowns or (_COARSE,))
    end, end_known, end_value = _end(timeline, repeat, last_planned)
    days = _days(timeline, repeat, start, end, key)
    last = days[-1] if days else end
    if repeat.times is None:
        last = end
    if case.end is not None and (last is None or last > case.end.latest):
        last, end_known = case.end.latest, True
        days = tuple([day for day in days if day <= last])
    held = case.book.holds.get(series.name, ())
    left_out = tuple([day for day in days if any(hold.covers(day) for hold in held)]) if held else ()
    return SeriesState(
        key,
        series,
        start,
        last,
        days=tuple([day for day in days if day not in set(left_out)]) if left_out else days,
        left_out=left_out,
        status="undetermined" if holds is None else _progress(case.today, start, last, held),
        end_known=end_known,
        provisional=bool(value.planned) or bool(end_value is not None and end_value.planned),
        holds=tuple([(hold.start, hold.end if hold.end is not None else last if last is not None else case.today) for hold in held]),
        unknowns=unknowns if holds is None else () if end_known or end_value is None else end_value.unknowns,
    )


def _progress(today: int, start: int, end: int | None, held: tuple[Held, ...]) -> Literal["planned", "running", "ended", "held"]:
    if end is not None and today > end:
        return "ended"
    if today < start:
        return "planned"
    return "held" if any(hold.covers(today) for hold in held) else "running"


def periods(timeline: Timeline) -> Iterator[PeriodState]:
    """Watch periods and obligations; death and loss end them early, a withdrawal does not."""
    case = timeline.case
    stop = case.end.latest if case.end is not None and case.end.status in ("died", "lost") else None
    for one in case.plan.schedules:
        for watch in one.schedule.watches:
            start = timeline.date(watch.start)
            yield _period(timeline, one, watch, (start, timeline.date(watch.end)), stop)
        for until in one.schedule.obligations:
            yield _period(timeline, one, until, (None, timeline.date(until.date)), stop)


def _period(
    timeline: Timeline,
    schedule: SchedulePlan,
    line: plan.Watch | plan.Obligation,
    bounds: tuple[DateValue | None, DateValue],
    stop: int | None,
) -> PeriodState:
    start = None if bounds[0] is None else _exact(bounds[0])
    end, today = _exact(bounds[1]), timeline.case.today
    unknowns = tuple(dict.fromkeys(unknown for bound in bounds if bound is not None for unknown in _missing(bound)))
    status: PeriodStatus
    if end is None or (start is None and bounds[0] is not None):
        status = "unknown"
    elif stop is not None and stop < end and stop <= today:
        status, end = "ended early", stop if start is None else max(stop, start)
    elif start is not None and today < start:
        status = "coming"
    else:
        status = "over" if today > end else "running"
    return PeriodState(
        timeline.key(line.name, screened=schedule.screened),
        "watch" if isinstance(line, plan.Watch) else "until",
        line.title,
        line.timing,
        start,
        end,
        status,
        provisional=any(bound is not None and bool(bound.planned) for bound in bounds),
        unknowns=unknowns,
        titles=line.notes.titles,
    )


def _missing(value: DateValue) -> tuple[Unknown, ...]:
    if _exact(value) is not None:
        return ()
    return value.unknowns or (_COARSE,)
