"""Outcomes: a truth or a number at visits, against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from . import model, schedule_ast, schedule_model
from ._frozen import frozen
from .check_arms import check_notes, title_of
from .check_bodies import body_value, take_labels
from .check_criteria import number_or_condition
from .check_schedule import Draft, has_early, no_visit, visit_named, visits_at
from .check_times import Frame, check_time, time_text
from .check_visits import Planned
from .resolve import Context
from .schedule_model import EARLY
from .units import Unit


@frozen
class Around:
    """The schedules that an outcome sees, and the names of their visits; `baseline` is the name of the header's baseline."""

    part: str | None
    drafts: Sequence[Draft]
    planned: Mapping[str, Planned]
    early: bool
    baseline: str | None
    numbering: int


def check_outcome(ctx: Context, around: Around, node: schedule_ast.Outcome) -> schedule_model.Outcome | None:
    """One outcome; None where its body was reported."""
    times = _times(ctx, around, node)
    ctx.plan.outcome, ctx.plan.here = True, frozenset(around.planned)
    body, unit, kind = _body(ctx, node)
    ctx.plan.outcome, ctx.plan.here = False, None
    notes = check_notes(ctx, node.clauses)
    if body is None:
        return None
    if node.remaining and not isinstance(body, model.Constant):
        body = _with_remaining(ctx, node, body)
    title = title_of(node.name, node.title)
    return schedule_model.Outcome(node.name.text, title, around.part, times, kind, body, unit, notes, span=node.name.span)


# ---------------------------------------------------------------- times


def _times(ctx: Context, around: Around, node: schedule_ast.Outcome) -> tuple[schedule_model.OutcomeTime, ...]:
    what = f"the outcome `{node.name.text}` is computed"
    if not node.targets:
        ctx.report(
            "TR090",
            node.name.span,
            f"nothing says when {what.removesuffix(' is computed')} is computed",
            "add `at weeks 4, 8` or `at every visit`",
        )
        return ()
    found: dict[tuple[str, str | None], schedule_model.OutcomeTime] = {}
    for target in node.targets:
        for time in _on_its_own_day(ctx, around, target) if node.exact else _at_visits(ctx, around, target, what):
            found.setdefault((time.timing, time.visit), time)
    return tuple(found.values())


def _on_its_own_day(ctx: Context, around: Around, target: schedule_ast.Target) -> tuple[schedule_model.OutcomeTime, ...]:
    """`at days 28, 90 exact`: days counted from the one anchor there is, else from the baseline."""
    if target.time is None:
        ctx.report("TR103", target.span, "`exact` speaks of days of their own, and this is a visit", "say days, or leave out `exact`")
        return ()
    anchors = {draft.schedule.anchor.name: draft.schedule.anchor for draft in around.drafts if draft.frame.anchor is not None}
    anchor = next(iter(anchors.values())) if len(anchors) == 1 else anchors.get(around.baseline or "") or ctx.baseline
    if anchor is None:
        message = f"nothing says from what {time_text(target.time)} is counted"
        help_ = "plan a schedule, or say `baseline MOMENT` in the header"
        if anchors:
            help_ = "say which one in the header: `baseline MOMENT`"
            message = f"{time_text(target.time)} could be counted from {' or '.join(f'`{name}`' for name in anchors)}"
        ctx.report("TR103", target.time.span, message, help_)
        return ()
    time = check_time(ctx, Frame(around.part, anchor=anchor, numbering=around.numbering), target.time)
    return (schedule_model.OutcomeTime(time.text, date=time.date),)


def _at_visits(ctx: Context, around: Around, target: schedule_ast.Target, what: str) -> tuple[schedule_model.OutcomeTime, ...]:
    if target.time is not None:
        names = _at_time(ctx, around, target.time, what)
        return tuple(schedule_model.OutcomeTime(time_text(target.time), name) for name in names)
    if target.kind == "early":
        early = has_early(ctx, target.span, what, early=around.early)
        return (schedule_model.OutcomeTime("early termination", EARLY),) if early else ()
    if target.name is not None:
        wanted = visit_named(ctx, target.name, around.planned, "part")
        return tuple(time for name in wanted for time in _all_times(around.planned[name]))
    return tuple(time for one in around.planned.values() for time in _all_times(one))


def _at_time(ctx: Context, around: Around, time: schedule_ast.AnchorTime, what: str) -> tuple[str, ...]:
    """The visits at a time, in the schedules of the baseline first: several anchors count several days 28."""
    before = len(ctx.diagnostics)
    ordered = sorted(around.drafts, key=lambda draft: draft.schedule.anchor.name != around.baseline)
    for draft in ordered:
        found = visits_at(ctx, time, draft)
        if found or len(ctx.diagnostics) > before:
            return found
    no_visit(ctx, time, around.planned.values(), what)
    return ()


def _all_times(one: Planned) -> tuple[schedule_model.OutcomeTime, ...]:
    """A visit, or each occurrence of a repeated one where their number is known."""
    if one.repeat is None or one.repeat.count is None:
        return (schedule_model.OutcomeTime(one.visit.timing, one.name),)
    return tuple(schedule_model.OutcomeTime(f"{one.visit.title} {n}", f"{one.name}.{n}") for n in range(1, one.repeat.count + 1))


# ---------------------------------------------------------------- bodies


def _body(
    ctx: Context, node: schedule_ast.Outcome
) -> tuple[model.Condition | model.Number | None, Unit | None, Literal["truth", "number"]]:
    if not node.items:
        ctx.report("TR056", node.name.span, f"the outcome `{node.name.text}` says nothing", "write its condition or formula below it")
        return None, None, "truth"
    take_labels(ctx, [node.items])
    found, condition = body_value(ctx, node.items, node.span)
    if found is None:
        return condition, None, "truth"
    return number_or_condition(ctx, found, node.items[0].content.span, f"the outcome `{node.name.text}`")


def _with_remaining(ctx: Context, node: schedule_ast.Outcome, body: model.Condition | model.Number) -> model.Condition | model.Number:
    """`and the remaining not worse`: each member of the group is improved, or not worse than at the baseline."""
    members: Mapping[int, model.Member] = dict(enumerate(body.members)) if isinstance(body, model.Group) else {}
    if not members or not all(isinstance(member.condition, model.Improved) and not member.condition.worse for member in members.values()):
        message = "`the remaining` are the members of a group that are not improved, and there is no group of `improved by` lines above"
        help_ = "say which are compared: `at least 3 of`, and below it lines such as `pain : spinal_pain improved by > 20 %`"
        ctx.report("TR102", node.span if not node.items else node.items[-1].span, message, help_)
        return body
    kept = []
    for member in members.values():
        one = member.condition
        if isinstance(one, model.Improved):
            worse = model.Improved(one.operand, True, (), one.higher_is_better, span=one.span)
            either = model.Connective("any", (one, model.Not(worse, span=one.span)), span=one.span)
            kept.append(model.Member(None, member.title or (member.label or "").replace("_", " ") or None, either, span=member.span))
    remaining = model.Group("all", len(kept), tuple(kept), span=node.span)
    assert isinstance(body, model.Group)  # noqa: S101 - members come from a group
    return model.Connective("all", (body, remaining), span=node.span)
