"""Dates and windows of one evaluation.

A window is closed. Its bounds may be known only as intervals of days (a coarse moment, a half-life that nobody recorded).
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import assert_never

from attrs import define, evolve

from ..dsl import model
from ..dsl.units import Unit, factor_between
from .context import Context, DateValue
from .dates import SECONDS_PER_DAY, PartialDate, Rounding, clip, length_seconds, parse_partial, step
from .outcome import Span, Truth, Unknown
from .prepare import attribute_number
from .viewpoint import Reads

_DAY = Unit("d", "T", Fraction(SECONDS_PER_DAY))
_TIMED = ("hours", "minutes")


def date_value(ctx: Context, node: model.Date) -> DateValue:
    """What a date expression comes to."""
    key = ctx.plan.same.get(id(node))
    if key is None:
        return _compute(ctx, node)
    value = ctx.dates.get(key)
    if value is None:
        value = ctx.dates[key] = _compute(ctx, node)
    return value


def _compute(ctx: Context, node: model.Date) -> DateValue:
    match node:
        case model.MomentDate():
            return _moment(ctx, node.moment)
        case model.AssessmentDay():
            return _of_partial(ctx.cutoff) if ctx.view is None else _day_of_the_view(ctx)
        case model.DateLiteral():
            parsed = parse_partial(node.text)
            assert parsed is not None  # noqa: S101 - the checker refuses dates that do not exist
            return _of_partial(parsed)
        case model.Shifted():
            return _shifted(ctx, node)
        case model.ItsShifted():
            return _its_shifted(ctx, node)
        case model.Extreme():
            return _extreme(ctx, node)
        case model.DayOf():
            return ctx.plan.day_of(ctx, node)
        case model.VisitDate() | model.DoseDate():
            return _of_the_course(ctx, node)
        case model.OutcomeDay():
            return _day_of_the_view(ctx)
    assert_never(node)


def _of_partial(date: PartialDate) -> DateValue:
    return DateValue(date.first, date.last, date.seconds, date.offset)


def _of_the_course(ctx: Context, node: model.VisitDate | model.DoseDate) -> DateValue:
    """The day of a visit or a dose; screening knows none."""
    date = None if ctx.course is None else ctx.course.of(node)
    if date is None:
        return _unset(node.visit if isinstance(node, model.VisitDate) else node.dose)
    return _of_partial(date)


def _day_of_the_view(ctx: Context) -> DateValue:
    """The day of the visit at which an outcome is computed; outside of outcomes there is none."""
    if ctx.view is None:
        return _unset("visit day")
    day = ctx.view.day
    return DateValue(day.first, day.last, day.seconds, day.offset, ctx.view.planned)


def _unset(name: str) -> DateValue:
    return DateValue(None, None, unknowns=(Unknown("moment not set", detail=name),), unset=True)


def _moment(ctx: Context, moment: model.Moment) -> DateValue:
    state = ctx.moments[moment.name]
    if state.date is None:
        return _unset(moment.name)
    planned = (moment,) if state.status == "planned" else ()
    return DateValue(state.date.first, state.date.last, state.date.seconds, state.date.offset, planned)


def _shifted(ctx: Context, node: model.Shifted) -> DateValue:
    base = date_value(ctx, node.date)
    sign = -1 if node.direction == "before" else 1
    if base.low is not None and base.low == base.high and base.seconds is None and node.length.unit not in _TIMED and not base.items:
        day = step(base.low, node.length, sign, ctx.protocol.months)
        return DateValue(day, day, None, None, base.planned)
    if base.unset:
        return base
    options = tuple([_stepped(option, node.length, sign, ctx.protocol.months) for option in base.options])
    return evolve(_stepped(base, node.length, sign, ctx.protocol.months), options=options)


def _stepped(base: DateValue, length: model.Length, sign: int, months: Rounding | None) -> DateValue:
    """A date moved by a length."""
    if length.unit in _TIMED:
        return _shifted_in_time(base, sign * length_seconds(length))
    low = None if base.low is None else step(base.low, length, sign, months)
    high = low if base.low == base.high else None if base.high is None else step(base.high, length, sign, months)
    return evolve(base, low=low, high=high)


def _shifted_in_time(base: DateValue, seconds: int) -> DateValue:
    low, high = seconds_of(base)
    low = None if low is None else low + seconds
    high = None if high is None else high + seconds
    return evolve(
        base,
        low=None if low is None else clip(low // SECONDS_PER_DAY),
        high=None if high is None else clip(high // SECONDS_PER_DAY),
        seconds=low % SECONDS_PER_DAY if low is not None and low == high else None,
        second_low=low,
        second_high=high,
    )


def seconds_of(value: DateValue) -> tuple[int | None, int | None]:
    """The wall-clock seconds (from ordinal day 0) between which a date lies."""
    if value.second_low is not None or value.second_high is not None:
        return value.second_low, value.second_high
    if value.seconds is not None and value.low is not None:
        at = value.low * SECONDS_PER_DAY + value.seconds
        return at, at
    low = None if value.low is None else value.low * SECONDS_PER_DAY
    high = None if value.high is None else value.high * SECONDS_PER_DAY + SECONDS_PER_DAY - 1
    return low, high


def _its_shifted(ctx: Context, node: model.ItsShifted) -> DateValue:
    """A shift by the record's own time quantity, rounded up to whole days; without one only the side of the anchor is known."""
    base = date_value(ctx, node.date)
    if base.unset:
        return base
    item = ctx.item
    amount, cause = (None, "attribute not recorded") if item is None else attribute_number(item.entry, node.attribute)
    before = node.direction == "before"
    if amount is None:
        unknown = Unknown(cause or "attribute not recorded", None if item is None else item.fact, newest=item, detail=node.attribute.name)
        return DateValue(None if before else base.low, base.high if before else None, planned=base.planned, unknowns=(unknown,))
    factor = Fraction(1) if node.attribute.unit is None else factor_between(node.attribute.unit, _DAY) or Fraction(1)
    days = ceil(node.multiple * Fraction(amount) * factor)
    days = -days if before else days
    return DateValue(
        None if base.low is None else clip(base.low + days), None if base.high is None else clip(base.high + days), planned=base.planned
    )


def _extreme(ctx: Context, node: model.Extreme) -> DateValue:
    """The earlier or later of the dates whose condition holds; one whose condition is unknown may or may not count."""
    sure: list[DateValue] = []
    perhaps: list[DateValue] = []
    unknowns: list[Unknown] = []
    for choice in node.choices:
        truth: Truth = True
        if choice.condition is not None:
            outcome = ctx.plan.condition(ctx, choice.condition)
            truth = outcome.truth
            if truth is None:
                unknowns.extend(outcome.unknowns)
        if truth is False:
            continue
        value = date_value(ctx, choice.date)
        unknowns.extend(value.unknowns)
        if value.unset:
            every = [date_value(ctx, other.date).planned for other in node.choices]
            return evolve(value, planned=tuple(dict.fromkeys(moment for planned in every for moment in planned)))
        (sure if truth is True else perhaps).append(value)
    if not sure:
        unknowns = unknowns or [Unknown("not computable")]
        return DateValue(None, None, unknowns=tuple(unknowns), unset=True)
    planned = tuple(dict.fromkeys(moment for value in sure + perhaps for moment in value.planned))
    everything = sure + perhaps
    if node.which == "earlier":
        low = _least([v.low for v in everything], none_wins=True)
        high = _least([v.high for v in sure], none_wins=False)
    else:
        low = _most([v.low for v in sure], none_wins=False)
        high = _most([v.high for v in everything], none_wins=True)
    single = everything[0] if len(everything) == 1 else None
    seconds, offset = (single.seconds, single.offset) if single is not None else (None, None)
    return DateValue(low, high, seconds, offset, planned, tuple(dict.fromkeys(unknowns)))


def _least(days: list[int | None], *, none_wins: bool) -> int | None:
    known = [day for day in days if day is not None]
    if not known or (none_wins and len(known) < len(days)):
        return None
    return min(known)


def _most(days: list[int | None], *, none_wins: bool) -> int | None:
    known = [day for day in days if day is not None]
    if not known or (none_wins and len(known) < len(days)):
        return None
    return max(known)


@define(eq=False)
class Frame:
    """A window ready for use: bounds in days (None: unbounded), the end already cut at the assessment; `span` shows the whole of it.

    `unknowns` tell why it is not set (`unset`) or not exact. For windows counted in hours the bounds are seconds (`timed`).
    """

    start_low: int | None
    start_high: int | None
    end_low: int
    end_high: int
    span: Span
    timed: bool = False
    offset: int | None = None
    unknowns: tuple[Unknown, ...] = ()
    unset: bool = False
    # Both bounds are known days and nothing is still to be observed.
    plain: bool = False
    # The window is known to contain at least one instant, however its coarse bounds lie.
    inhabited: bool = False
    # The last second that counts at all (windows counted in hours).
    limit: int | None = None


def frame_of(ctx: Context, window: model.Window) -> Frame:
    """The window's days for this patient (for the record at hand, if it depends on it)."""
    if ctx.view is not None and ctx.view.reads is not None and window.reach:
        return _frame_of_the_view(ctx, window, ctx.view.reads)
    key = ctx.plan.same.get(id(window))
    if key is None:
        return _frame(ctx, window)
    frame = ctx.frames.get(key)
    if frame is None:
        frame = ctx.frames[key] = _plain_frame(ctx, window) or _frame(ctx, window)
    return frame


def _frame_of_the_view(ctx: Context, window: model.Window, reads: Reads) -> Frame:
    """In place of a fact's reach: the days of the visit. What holds for ever is looked for from ever up to their end."""
    assert ctx.view is not None  # noqa: S101 - the caller has looked
    first = None if window.start is None else reads.first
    end, planned = reads.last.last, ctx.view.planned
    beyond = ctx.observing and end > ctx.assessment
    span = Span(first, first, end, end, planned, open=beyond or bool(planned), recheck=end if beyond else None)
    if reads.last.seconds is None or beyond:
        last = min(end, ctx.assessment)
        return Frame(first, first, last, last, span, plain=not span.open)
    second = end * SECONDS_PER_DAY + reads.last.seconds
    start = None if first is None else first * SECONDS_PER_DAY
    span = evolve(span, end_second=second)
    return Frame(start, start, second, second, span, timed=True, offset=reads.last.offset, limit=second)


def _plain_frame(ctx: Context, window: model.Window) -> Frame | None:
    """The common window at once: between known days (or without a beginning), all of it observed."""
    if window.end is None or window.timed:
        return None
    end = date_value(ctx, window.end)
    day = end.low
    if day is None or day != end.high or end.planned:
        return None
    if window.end_open:
        day -= 1
    first: int | None = None
    if window.start is not None:
        start = date_value(ctx, window.start)
        first = start.low
        if first is None or first != start.high or start.planned:
            return None
        if window.start_open:
            first += 1
    if day > ctx.assessment:
        return None
    return Frame(first, first, day, day, Span(first, first, day, day), plain=True)


def _frame(ctx: Context, window: model.Window) -> Frame:
    start = None if window.start is None else date_value(ctx, window.start)
    end = None if window.end is None else date_value(ctx, window.end)
    planned = () if start is None else start.planned
    if end is not None and end.planned:
        planned = tuple(dict.fromkeys(planned + end.planned))
    for bound in (start, end):
        if bound is not None and bound.unset:
            span = Span(None, None, None, None, planned, open=bool(planned))
            return Frame(None, None, ctx.assessment, ctx.assessment, span, unknowns=bound.unknowns, unset=True)
    unknowns = (start.unknowns if start is not None else ()) + (end.unknowns if end is not None else ())
    start_low, start_high = (None, None) if start is None else (start.low, start.high)
    end_low, end_high = (None, None) if end is None else (end.low, end.high)
    if window.start_open:
        start_low, start_high = _moved(start_low, 1), _moved(start_high, 1)
    if window.end_open:
        end_low, end_high = _moved(end_low, -1), _moved(end_high, -1)
    span = _span(ctx, (start_low, start_high, end_low, end_high), planned)
    if window.timed:
        same = ctx.plan.same
        within = isinstance(window.start, model.Shifted) and same.get(id(window.start.date), 0) == same.get(id(window.end), 1)
        return _timed_frame(ctx, start, end, span, unknowns, inhabited=within)
    cutoff = ctx.assessment
    last_low = cutoff if end_low is None else min(end_low, cutoff)
    last_high = cutoff if end_high is None else min(end_high, cutoff)
    plain = start_low == start_high and (start is None or start_low is not None) and last_low == last_high and not span.open
    return Frame(start_low, start_high, last_low, last_high, span, unknowns=unknowns, plain=plain)


def _moved(day: int | None, days: int) -> int | None:
    return None if day is None else clip(day + days)


def _span(ctx: Context, bounds: tuple[int | None, int | None, int | None, int | None], planned: tuple[model.Moment, ...]) -> Span:
    end_high = bounds[3]
    beyond = ctx.observing and end_high is not None and end_high > ctx.assessment
    if not planned and not beyond:
        return Span(*bounds)
    days = [date.last for moment in planned if (date := ctx.moments[moment.name].date) is not None]
    if beyond and end_high is not None:
        days.append(end_high)
    return Span(*bounds, planned, open=True, recheck=max(days, default=None))


def _timed_frame(
    ctx: Context, start: DateValue | None, end: DateValue | None, span: Span, unknowns: tuple[Unknown, ...], *, inhabited: bool
) -> Frame:
    start_low, start_high = (None, None) if start is None else seconds_of(start)
    end_low, end_high = (None, None) if end is None else seconds_of(end)
    last = ctx.assessment * SECONDS_PER_DAY + (SECONDS_PER_DAY - 1 if ctx.cutoff.seconds is None else ctx.cutoff.seconds)
    offsets = {bound.offset for bound in (start, end) if bound is not None}
    exact = start_low is not None and start_low == start_high
    span = evolve(span, start_second=start_low if exact else None, end_second=end_low if end_low == end_high else None)
    return Frame(
        start_low,
        start_high,
        last if end_low is None else min(end_low, last),
        last if end_high is None else min(end_high, last),
        span,
        timed=True,
        offset=offsets.pop() if len(offsets) == 1 else None,
        unknowns=unknowns,
        inhabited=inhabited and end_high is not None and end_high <= last,
        limit=last,
    )
