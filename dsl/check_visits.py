"""Visits, repeated drugs, watch periods and obligations of a schedule, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from . import ast, model, schedule_ast, schedule_model
from ._frozen import frozen
from .check_arms import check_filter, check_not_by_arm, check_notes, read_amount, title_of
from .check_dates import check_date
from .check_times import (
    Frame,
    Repeat,
    Time,
    TimeKey,
    check_optimum,
    check_order_of,
    check_recurrence,
    check_time,
    check_tolerance,
    span_text,
)
from .resolve import Context


@frozen(eq=False)
class Planned:
    """A visit as checked, and what checks between visits need: its times, its repeat."""

    node: schedule_ast.Visit
    visit: schedule_model.Visit
    part: str | None
    start: Time | None
    target: Time
    repeat: Repeat | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.visit.name

    def times(self) -> Iterator[tuple[TimeKey, str]]:
        """The times counted from the anchor at which the visit takes place, each with its name (`fu.3` for a third time)."""
        repeat = self.repeat
        if repeat is None:
            if self.target.key is not None:
                yield self.target.key, self.name
            return
        first, every = repeat.start.key, repeat.node.every
        step = None if first is None else every.months if first[0] == "months" else repeat.step
        if first is None or not step or repeat.count is None:
            return
        for number in range(repeat.count):
            yield (first[0], first[1] + number * step), f"{self.name}.{number + 1}"


def check_visit(ctx: Context, frame: Frame, node: schedule_ast.Visit, order: int, moments: Mapping[str, ast.Moment]) -> Planned:
    """One visit: when, in which window, for whom, with which doses."""
    what = f"the visit `{node.name.text}`"
    repeat = None
    start = end = None
    if node.recurrence is not None:
        repeat = check_recurrence(ctx, frame, node.recurrence, what)
        target = repeat.start
    elif node.start is not None:
        start = check_time(ctx, frame, node.start)
        end = None if node.end is None else check_time(ctx, frame, node.end)
        target = end or start
        if end is not None:
            check_order_of(ctx, start, end, what, node.span if node.end is None else node.end.span)
    else:
        target = Time(model.AssessmentDay(), "")
    window, optimum = _windows(ctx, node)
    arms, masked = check_filter(ctx, frame, node.arms, what)
    condition = None if node.condition is None else ctx.to_condition(ctx, node.condition)
    check_not_by_arm(ctx, frame, _said(node), moments, what)
    gives = _gives(ctx, frame, node, arms)
    visit = schedule_model.Visit(
        node.name.text,
        title_of(node.name, node.title),
        order,
        target.date,
        repeat.text if repeat is not None else span_text(start, end) if start is not None and end is not None else target.text,
        start.date if start is not None and end is not None else None,
        window,
        optimum,
        gives,
        arms,
        masked,
        condition,
        None if repeat is None else repeat.node,
        check_notes(ctx, node.clauses),
        span=node.name.span,
    )
    return Planned(node, visit, frame.part, start if end is not None else None, target, repeat)


def _said(node: schedule_ast.Visit | schedule_ast.Series) -> tuple[object, ...]:
    """Everything of a line that a dose could be named in."""
    when = (node.start, node.end) if isinstance(node, schedule_ast.Visit) else ()
    return (*when, node.recurrence, node.condition)


def _windows(ctx: Context, node: schedule_ast.Visit) -> tuple[schedule_model.Tolerance | None, schedule_model.Tolerance | None]:
    if node.end is not None:
        for tolerance, word in ((node.window, "window"), (node.optimum, "optimum")):
            if tolerance is not None:
                message = f"`{node.name.text}` is a stretch of days, which is its own window"
                ctx.report("TR088", tolerance.span, message, f"leave out the {word}, or plan it for one day with a window around it")
        return None, None
    window = None if node.window is None else check_tolerance(ctx, node.window)
    return window, check_optimum(ctx, node, window)


def _gives(ctx: Context, frame: Frame, node: schedule_ast.Visit, arms: Sequence[str]) -> tuple[str, ...]:
    """The doses given, which every arm that the visit is for must have."""
    found: list[str] = []
    here = {name: arm for name, arm in frame.arms.items() if not arms or name in arms}
    known = dict.fromkeys(name for arm in here.values() for name in arm.doses)
    for word in node.gives:
        if word.text in found:
            ctx.report("TR053", word.span, f"the dose `{word.text}` stands twice in the list", "say it once")
            continue
        if word.text not in ctx.plan.doses:
            ctx.unknown(word, "dose", known or ctx.plan.doses, 'an arm declares it: `dose NAME "…" 1 mg/kg IV`')
            continue
        without = [f"`{name}`" for name, arm in here.items() if word.text not in arm.doses]
        if without or not here:
            message = f"`{node.name.text}` gives `{word.text}`, and the arm {', '.join(without)} has no such dose"
            if not here:
                message = f"`{node.name.text}` gives `{word.text}`, and no arm is declared here"
            ctx.report("TR094", word.span, message, "declare it in these arms, or say for which the visit is: `in arm …`")
            continue
        found.append(word.text)
    return tuple(found)


def check_series(
    ctx: Context, frame: Frame, node: schedule_ast.Series, order: int, moments: Mapping[str, ast.Moment]
) -> schedule_model.Series:
    """A drug taken again and again."""
    what = f"the repeat `{node.name.text}`"
    amount, unit, text = (None, None, "") if node.amount is None else read_amount(ctx, node.amount)
    repeat = check_recurrence(ctx, frame, node.recurrence, what)
    arms, masked = check_filter(ctx, frame, node.arms, what)
    condition = None if node.condition is None else ctx.to_condition(ctx, node.condition)
    check_not_by_arm(ctx, frame, _said(node), moments, what)
    return schedule_model.Series(
        node.name.text,
        title_of(node.name, node.title),
        order,
        amount,
        text,
        unit,
        node.route,
        repeat.node,
        repeat.text,
        arms,
        masked,
        condition,
        check_notes(ctx, node.clauses),
        span=node.name.span,
    )


def check_watch(ctx: Context, frame: Frame, node: schedule_ast.Watch) -> schedule_model.Watch:
    """A period in which something is watched for."""
    start, end = check_time(ctx, frame, node.start), check_time(ctx, frame, node.end)
    check_order_of(ctx, start, end, f"the watch `{node.name.text}`", node.end.span)
    title, notes = title_of(node.name, node.title), check_notes(ctx, node.clauses)
    return schedule_model.Watch(node.name.text, title, start.date, end.date, span_text(start, end), notes, span=node.name.span)


def check_obligation(ctx: Context, node: schedule_ast.Obligation) -> schedule_model.Obligation:
    """Something that holds until a day."""
    title, notes = title_of(node.name, node.title), check_notes(ctx, node.clauses)
    date = check_date(ctx, node.date)
    return schedule_model.Obligation(node.name.text, title, date, ctx.words(node.date.span), notes, span=node.name.span)
