"""Times of a schedule: days, weeks and months counted from its anchor, chained dates, windows around them, repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from attrs import Factory

from .. import limits
from . import ast, model, schedule_ast, schedule_model
from ._frozen import frozen
from .check_dates import ASSESSMENT, check_date
from .check_numbers import read_count, read_length
from .resolve import Context
from .source import Span, span_field

Nominal: TypeAlias = tuple[str, int]
"""A moment and the days from it to a planned day: known for everything that is counted in days and weeks, by way of others too."""
TimeKey: TypeAlias = tuple[str, int]
"""("days", 28) or ("months", 6): a time as counted from the anchor."""

_CALENDAR: Final = frozenset({"months", "years"})
_BY_THE_CLOCK: Final = frozenset({"hours", "minutes"})
_STEPS: Final = {("1", "days"): "daily", ("1", "weeks"): "weekly"}
_ROUGH_MONTH: Final = 31
_SHORT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?(?:[eE]\+?[0-9])?")


@frozen
class Frame:
    """What surrounds the lines of a schedule.

    `part` None: the whole study. `arms`: those that a subject may be in; `blinded`: the names of those of each blinded part. `nominal`:
    where the visits that may be named lie. `numbering`: whether there is a day 0 (0) or day 1 follows on day -1 (1).
    """

    part: str | None
    arms: Mapping[str, schedule_model.Arm] = Factory(dict)
    blinded: tuple[frozenset[str], ...] = ()
    anchor: model.Moment | None = None
    nominal: Mapping[str, Nominal] = Factory(dict)
    numbering: int = 0


@frozen
class Time:
    """A time as checked: the date, what the protocol calls it, how it is counted from the anchor, and the planned day."""

    date: model.Date
    text: str
    key: TimeKey | None = None
    nominal: Nominal | None = None
    span: Span = span_field()


@frozen
class Repeat:
    """A repeat as checked, with the number of its occurrences (None: not known before a moment is)."""

    node: schedule_model.Recurrence
    start: Time
    text: str
    count: int | None = None
    step: int | None = None


# ---------------------------------------------------------------- times


def check_time(ctx: Context, frame: Frame, node: schedule_ast.ScheduleTime) -> Time:
    """A time of a schedule as a date."""
    if not isinstance(node, schedule_ast.AnchorTime):
        return Time(check_date(ctx, node), ctx.words(node.span), None, nominal_of(node, frame.nominal), span=node.span)
    length = read_length(ctx, ast.Duration(node.number, node.unit, span=node.span))
    count = int(length.count)
    if node.unit == "days" and frame.numbering == 1 and count == 0:
        message = "the days are numbered from 1, so that day 1 follows on day -1 and there is no day 0"
        ctx.report("TR089", node.span, message, "say `day 1`, or `day numbering from 0` in the header")
    key = time_key(node, frame.numbering)
    back = node.negative and count > 0
    if node.unit == "days":
        length = model.Length(Fraction(abs(key[1])), "days")
    anchor = frame.anchor
    if anchor is None:
        return Time(ASSESSMENT, time_text(node), key, span=node.span)
    date = model.Shifted(length, "before" if back else "after", model.MomentDate(anchor, span=node.span), span=node.span)
    return Time(date, time_text(node), key, (anchor.name, key[1]) if key[0] == "days" else None, span=node.span)


def time_key(node: schedule_ast.AnchorTime, numbering: int) -> TimeKey:
    """How far from the anchor a time lies: in days, or in months."""
    count = _whole(node.number)
    if node.unit in _CALENDAR:
        months = count * (12 if node.unit == "years" else 1)
        return "months", -months if node.negative else months
    if node.unit == "weeks":
        return "days", -7 * count if node.negative else 7 * count
    if node.negative:
        return "days", -count
    return "days", count - 1 if numbering == 1 and count > 0 else count


def _whole(text: str) -> int:
    """The whole number as written; 0 for anything else, which is reported where it is read as a length."""
    value = Fraction(text) if _SHORT.fullmatch(text) else Fraction(0)
    return value.numerator if value.denominator == 1 else 0


def time_text(node: schedule_ast.AnchorTime) -> str:
    """`week 4`, `day -14`: the time as a heading."""
    return f"{node.unit[:-1]} {'-' if node.negative else ''}{node.number}"


def span_text(start: Time, end: Time) -> str:
    """`day -14 to -1`: a stretch as a heading; the unit stands once where both have the same."""
    unit, _, number = end.text.partition(" ")
    same = start.key is not None and end.key is not None and start.text.partition(" ")[0] == unit
    return f"{start.text} to {number if same else end.text}"


def day_text(day: int, numbering: int) -> str:
    """A day counted from the anchor, as the file numbers it."""
    return f"day {day + 1 if numbering == 1 and day >= 0 else day}"


def nominal_of(node: schedule_ast.ScheduleTime, known: Mapping[str, Nominal], anchor: str = "", numbering: int = 0) -> Nominal | None:
    """The planned day of a time, as days from a moment; None where months, records or choices stand in between.

    Args:
        node: the time.
        known: the planned days of visits and (0 days from themselves) moments.
        anchor: the name of the schedule's anchor.
        numbering: how days are numbered.
    """
    moved = 0
    while isinstance(node, ast.Shifted):
        if node.length.unit not in {"days", "weeks"}:
            return None
        days = _whole(node.length.count) * (7 if node.length.unit == "weeks" else 1)
        moved += -days if node.direction == "before" else days
        node = node.date
    if isinstance(node, schedule_ast.AnchorTime):
        unit, count = time_key(node, numbering)
        return (anchor, moved + count) if unit == "days" else None
    if not isinstance(node, ast.DateName) or node.name not in known:
        return None
    root, days = known[node.name]
    return root, days + moved


def check_order_of(ctx: Context, start: Time, end: Time, what: str, span: Span) -> bool:
    """Whether a stretch does not end before it starts, as far as that can be told; reports it otherwise."""
    first, last = start.nominal, end.nominal
    backwards = first is not None and last is not None and first[0] == last[0] and last[1] < first[1]
    if start.key is not None and end.key is not None and start.key[0] == end.key[0]:
        backwards = end.key[1] < start.key[1]
    if backwards:
        ctx.report("TR077", span, f"{what} ends before it starts: {start.text} comes after {end.text}", "say the earlier day first")
    return not backwards


# ---------------------------------------------------------------- windows


def check_tolerance(ctx: Context, node: schedule_ast.Tolerance) -> schedule_model.Tolerance | None:
    """`window -1 +2 days`: whole days, weeks or months before and after; None where it was reported."""
    if node.unit in _BY_THE_CLOCK:
        message = f"a visit is planned for a day, and `{ctx.words(node.span)}` counts {node.unit}"
        ctx.report("TR074", node.span, message, "say it in days, weeks or months")
        return None
    before = read_length(ctx, ast.Duration(node.before, node.unit, span=node.span))
    after = before if node.after == node.before else read_length(ctx, ast.Duration(node.after, node.unit, span=node.span))
    return schedule_model.Tolerance(before, after)


def check_optimum(ctx: Context, node: schedule_ast.Visit, window: schedule_model.Tolerance | None) -> schedule_model.Tolerance | None:
    """The optimum window, which lies inside the permitted one."""
    if node.optimum is None:
        return None
    optimum = check_tolerance(ctx, node.optimum)
    if optimum is None or (window is None and node.window is not None):
        return optimum
    before, after = (None, None) if window is None else (window.before, window.after)
    if _larger(optimum.before, before) or _larger(optimum.after, after):
        permitted = "there is no permitted window" if node.window is None else f"the permitted window is `{ctx.words(node.window.span)}`"
        message = f"the optimum of `{node.name.text}` reaches outside: {permitted}"
        ctx.report("TR087", node.optimum.span, message, "say an optimum that lies inside the window")
    return optimum


def _larger(inner: model.Length, outer: model.Length | None) -> bool:
    """Whether a length is certainly longer than another; months count as 31 days for the outer and 28 for the inner one."""
    if outer is None:
        return inner.count > 0
    if inner.months is not None and outer.months is not None:
        return inner.months > outer.months
    long = inner.days if inner.months is None else inner.months * 28
    return long > (outer.days if outer.months is None else outer.months * _ROUGH_MONTH)


# ---------------------------------------------------------------- repeats


def check_recurrence(ctx: Context, frame: Frame, node: schedule_ast.Recurrence, what: str) -> Repeat:
    """A repeat: a step of whole days or longer, a first day, and an end within the bounds."""
    every = read_length(ctx, node.every)
    if node.every.unit in _BY_THE_CLOCK:
        ctx.report(
            "TR074", node.every.span, f"a repeat goes by days, and `{ctx.words(node.every.span)}` is none", "say days, weeks or months"
        )
    if every.count == 0:
        ctx.report("TR096", node.every.span, f"{what} never moves on: its step is nothing", "say a step of at least one day")
    start = check_time(ctx, frame, node.start)
    end = None if node.end is None else check_time(ctx, frame, node.end)
    until = None if node.until is None else check_date(ctx, node.until)
    times = None if node.times is None else read_count(ctx, node.times, node.span)
    if end is None and until is None and times is None:
        ctx.report("TR096", node.span, f"{what} never ends", "say `to week 24`, `, 6 times` or `until MOMENT`")
    checked = schedule_model.Recurrence(every, start.date, None if end is None else end.date, times, until, node.per_day)
    count = times
    if end is not None and check_order_of(ctx, start, end, what, node.span) and every.count > 0:
        count = _count(every, start, end)
    if count is not None and count > limits.MAX_REPEATS:
        message = f"{what} takes place {count} times, and at most {limits.MAX_REPEATS} are planned"
        ctx.report("TR097", node.span, message, "say a longer step or an earlier end")
        count = None
    return Repeat(checked, start, _repeat_text(ctx, node, start, end), count, every.days if every.months is None else None)


def _count(every: model.Length, start: Time, end: Time) -> int | None:
    """How often a repeat takes place; months and days together are counted with months of 31 days, for the bound."""
    if start.nominal is not None and end.nominal is not None and start.nominal[0] == end.nominal[0]:
        days = end.nominal[1] - start.nominal[1]
        return None if every.months is not None else days // every.days + 1
    if start.key is None or end.key is None:
        return None
    if start.key[0] == end.key[0] == "months" and every.months is not None:
        return (end.key[1] - start.key[1]) // every.months + 1
    days = _rough(end.key) - _rough(start.key)
    count = days // (every.days if every.months is None else every.months * _ROUGH_MONTH) + 1
    return count if count > limits.MAX_REPEATS else None


def _rough(key: TimeKey) -> int:
    return key[1] if key[0] == "days" else key[1] * _ROUGH_MONTH


def _repeat_text(ctx: Context, node: schedule_ast.Recurrence, start: Time, end: Time | None) -> str:
    """`every 4 weeks from week 8 to week 52` as a heading."""
    every = node.every
    step = _STEPS.get((every.count, every.unit))
    if step is None:
        step = f"every {every.count} {every.unit[:-1] if every.count == '1' else every.unit}"
    if node.per_day > 1:
        step = f"twice {step}" if node.per_day == 2 else f"{node.per_day} times {step}"
    if end is not None:
        return f"{step} from {start.text} to {end.text}"
    if node.until is not None:
        return f"{step} from {start.text} until {ctx.words(node.until.span)}"
    return f"{step} from {start.text}" + (f", {node.times} times" if node.times is not None else "")
