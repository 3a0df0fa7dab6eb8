"""The plan of a study put together: parts, arms, schedules, escalations, outcomes.

Only a file that states any of it needs this module, so `check` loads it then.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import ast, model, schedule_ast, schedule_model
from .check_arms import check_arms, check_blinding, check_notes, declared_twice, title_of
from .check_escalation import check_escalation
from .check_outcomes import Around, check_outcome
from .check_plan import Blocks, check_chains, check_names, name_plan, sees, sort_blocks
from .check_schedule import Draft, Known, activities, check_count, check_schedule, titles, with_assessments
from .check_times import Frame, Nominal
from .resolve import Context


def declare_study(ctx: Context, nodes: list[schedule_ast.StudyBlock]) -> Blocks:
    """Sort the blocks of the plan and note their names; to be called before anything that may name a visit or a dose is checked."""
    blocks = sort_blocks(nodes)
    name_plan(ctx, blocks)
    return blocks


def check_study(ctx: Context, blocks: Blocks, moments: Mapping[str, ast.Moment], numbering: int) -> schedule_model.Study:
    """Check the whole plan; facts, moments and definitions are ready.

    Args:
        ctx: the check at hand.
        blocks: the blocks as sorted by `declare_study`.
        moments: the moments as written, for what hangs on them.
        numbering: 0 with a day 0, 1 without.
    """
    check_names(ctx, blocks)
    parts = {
        node.name.text: schedule_model.Part(
            node.name.text, title_of(node.name, node.title), check_notes(ctx, node.clauses), span=node.name.span
        )
        for node in blocks.parts
    }
    arms = check_arms(ctx, blocks.arms)
    for view in blocks.views():
        check_blinding(ctx, [arm for arm in arms.values() if sees(view, arm.part)])
    days = check_chains(ctx, blocks, moments, numbering)
    drafts = _drafts(ctx, blocks, arms, days, moments, numbering)
    for view in blocks.views():
        _twice_early(ctx, [draft for draft in drafts if sees(view, draft.frame.part)])
    schedules = _assessed(ctx, blocks, drafts, moments)
    escalations = []
    for part, node in blocks.escalations:
        watches = [watch.name for draft in drafts if _together(part, draft.frame.part) for watch in draft.schedule.watches]
        escalation = check_escalation(ctx, part, node, _arms_of(arms, part), watches)
        if escalation is not None:
            escalations.append(escalation)
    outcomes = _outcomes(ctx, blocks, drafts, numbering)
    return schedule_model.Study(parts, arms, schedules, tuple(escalations), outcomes)


def _together(left: str | None, right: str | None) -> bool:
    """Whether one subject may have both what belongs to one part and what belongs to another (None: the whole study)."""
    return left is None or right is None or left == right


def _arms_of(arms: Mapping[str, schedule_model.Arm], part: str | None) -> dict[str, schedule_model.Arm]:
    return {name: arm for name, arm in arms.items() if _together(part, arm.part)}


def _blinded(arms: Mapping[str, schedule_model.Arm], blocks: Blocks, part: str | None) -> tuple[frozenset[str], ...]:
    """The arms of each blinded part that sees what belongs to `part`."""
    views = (part,) if part is not None else blocks.views()
    groups = [[arm for arm in arms.values() if sees(view, arm.part)] for view in views]
    return tuple(frozenset(arm.name for arm in group) for group in groups if any(arm.blinded_as is not None for arm in group))


def _visits_of(blocks: Blocks, part: str | None) -> frozenset[str]:
    return frozenset(line.name.text for other, _, line in blocks.lines() if isinstance(line, schedule_ast.Visit) and sees(part, other))


def _drafts(
    ctx: Context,
    blocks: Blocks,
    arms: Mapping[str, schedule_model.Arm],
    days: Mapping[str | None, Mapping[str, Nominal]],
    moments: Mapping[str, ast.Moment],
    numbering: int,
) -> list[Draft]:
    drafts: list[Draft] = []
    first = 0
    for part, node in blocks.schedules:
        here = _arms_of(arms, part)
        frame = Frame(part, here, _blinded(arms, blocks, part), ctx.moment(node.anchor), days.get(part, {}), numbering)
        ctx.plan.here = _visits_of(blocks, part)
        drafts.append(check_schedule(ctx, frame, node, first, moments))
        ctx.plan.here = None
        first += len(node.lines)
    for view in blocks.views():
        check_count(ctx, [draft for draft in drafts if sees(view, draft.frame.part)])
    return drafts


def _twice_early(ctx: Context, drafts: list[Draft]) -> None:
    """A subject has one early termination visit, in whichever schedule."""
    first = None
    for draft in drafts:
        early = draft.schedule.early_termination
        if early is not None and first is not None:
            ctx.twice(early.span, "`early termination`", first.span, "keep one of them: it ends all schedules of a subject")
        first = first or early


def _assessed(ctx: Context, blocks: Blocks, drafts: list[Draft], moments: Mapping[str, ast.Moment]) -> tuple[schedule_model.Schedule, ...]:
    said = activities(line for draft in drafts for line in draft.assessments)
    found = []
    for draft in drafts:
        part = draft.frame.part
        outcomes = titles(pair for pair in blocks.outcomes if _together(part, pair[0]))
        ctx.plan.here = _visits_of(blocks, part)
        found.append(with_assessments(ctx, draft, Known(outcomes, said), moments))
        ctx.plan.here = None
    return tuple(found)


def _outcomes(ctx: Context, blocks: Blocks, drafts: list[Draft], numbering: int) -> dict[str, schedule_model.Outcome]:
    found: dict[str, schedule_model.Outcome] = {}
    names: dict[str, ast.Word] = {}
    baseline: model.Moment | None = ctx.baseline
    for part, node in blocks.outcomes:
        first = names.setdefault(node.name.text, node.name)
        if first is not node.name:
            declared_twice(ctx, node.name, "outcome", first.span)
        allowed = ctx.allowed(node.name)
        seen = [draft for draft in drafts if sees(part, draft.frame.part)]
        early = any(draft.schedule.early_termination is not None for draft in seen)
        around = Around(part, seen, _visits_of(blocks, part), early, None if baseline is None else baseline.name, numbering)
        outcome = check_outcome(ctx, around, node)
        if outcome is not None and allowed:
            found.setdefault(outcome.name, outcome)
    return found
