"""The plan of a study put together: parts, arms, schedules, escalations, outcomes.

Only a file that states any of it needs this module, so `check` loads it then.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import limits
from . import ast, model, schedule_ast, schedule_model
from ._frozen import frozen
from .check_arms import check_arms, check_blinding, check_notes, declared_twice, title_of
from .check_escalation import check_escalation
from .check_outcomes import Around, check_outcome
from .check_plan import Blocks, check_chains, check_names, name_plan, sees, sort_blocks, together
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
    if len(blocks.parts) > limits.MAX_PARTS:
        message = f"the study has {len(blocks.parts)} parts, and at most {limits.MAX_PARTS} are gone through"
        ctx.report("TR097", blocks.parts[limits.MAX_PARTS].name.span, message, "write the others in files of their own")
        return schedule_model.Study({}, {}, (), (), {})
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
    here = _heres(blocks, arms)
    drafts = _drafts(ctx, blocks, here, check_chains(ctx, blocks, moments, numbering), moments, numbering)
    for view in blocks.views():
        seen = [draft for draft in drafts if sees(view, draft.frame.part)]
        check_count(ctx, seen)
        _twice_early(ctx, seen)
    schedules = _assessed(ctx, blocks, here, drafts, moments)
    escalations = []
    for part, node in blocks.escalations:
        watches = [watch.name for draft in drafts if together(part, draft.frame.part) for watch in draft.schedule.watches]
        escalation = check_escalation(ctx, part, node, here[part].arms, watches)
        if escalation is not None:
            escalations.append(escalation)
    return schedule_model.Study(parts, arms, schedules, tuple(escalations), _outcomes(ctx, blocks, drafts, numbering))


@frozen(eq=False)
class Here:
    """What may be named in one part (or in the blocks of the whole study): the arms, the visits, and which arms are blinded together."""

    arms: Mapping[str, schedule_model.Arm]
    visits: frozenset[str]
    blinded: tuple[frozenset[str], ...]


def _heres(blocks: Blocks, arms: Mapping[str, schedule_model.Arm]) -> dict[str | None, Here]:
    visits = blocks.by_part()
    groups = {view: [arm for arm in arms.values() if sees(view, arm.part)] for view in blocks.views()}
    found = {}
    for part in dict.fromkeys((None, *blocks.views())):
        here = {name: arm for name, arm in arms.items() if together(part, arm.part)}
        views = blocks.views() if part is None else (part,)
        blinded = [groups[view] for view in views if any(arm.blinded_as is not None for arm in groups[view])]
        names = frozenset(visits.get(None, {})) | frozenset(visits.get(part, {}))
        found[part] = Here(here, names, tuple(frozenset(arm.name for arm in group) for group in blinded))
    return found


def _drafts(
    ctx: Context,
    blocks: Blocks,
    here: Mapping[str | None, Here],
    days: Mapping[str | None, Mapping[str, Nominal]],
    moments: Mapping[str, ast.Moment],
    numbering: int,
) -> list[Draft]:
    drafts: list[Draft] = []
    first = 0
    for part, node in blocks.schedules:
        around = here[part]
        frame = Frame(part, around.arms, around.blinded, ctx.moment(node.anchor), days.get(part, {}), numbering)
        ctx.plan.here = around.visits
        drafts.append(check_schedule(ctx, frame, node, first, moments))
        ctx.plan.here = None
        first += len(node.lines)
    return drafts


def _twice_early(ctx: Context, drafts: list[Draft]) -> None:
    """A subject has one early termination visit, in whichever schedule."""
    first = None
    for draft in drafts:
        early = draft.schedule.early_termination
        if early is not None and first is not None:
            ctx.twice(early.span, "`early termination`", first.span, "keep one of them: it ends all schedules of a subject")
        first = first or early


def _assessed(
    ctx: Context, blocks: Blocks, here: Mapping[str | None, Here], drafts: list[Draft], moments: Mapping[str, ast.Moment]
) -> tuple[schedule_model.Schedule, ...]:
    said = activities(line for draft in drafts for line in draft.assessments)
    known = {part: Known(titles(pair for pair in blocks.outcomes if together(part, pair[0])), said) for part in here}
    found = []
    for draft in drafts:
        ctx.plan.here = here[draft.frame.part].visits
        found.append(with_assessments(ctx, draft, known[draft.frame.part], moments))
        ctx.plan.here = None
    return tuple(found)


def _outcomes(ctx: Context, blocks: Blocks, drafts: list[Draft], numbering: int) -> dict[str, schedule_model.Outcome]:
    found: dict[str, schedule_model.Outcome] = {}
    names: dict[str, ast.Word] = {}
    around: dict[str | None, Around] = {}
    total = 0
    for part, node in blocks.outcomes:
        first = names.setdefault(node.name.text, node.name)
        if first is not node.name:
            declared_twice(ctx, node.name, "outcome", first.span)
        allowed = ctx.allowed(node.name)
        if part not in around:
            around[part] = _around(ctx, part, [draft for draft in drafts if sees(part, draft.frame.part)], numbering)
        outcome = check_outcome(ctx, around[part], node)
        if outcome is None:
            continue
        total += len(outcome.times)
        if total > limits.MAX_AT_VISITS:
            message = f"the outcomes are computed at more than {limits.MAX_AT_VISITS} visits in all"
            ctx.report("TR097", node.name.span, message, "compute them at fewer visits")
            break
        if allowed:
            found.setdefault(outcome.name, outcome)
    return found


def _around(ctx: Context, part: str | None, drafts: list[Draft], numbering: int) -> Around:
    baseline: model.Moment | None = ctx.baseline
    planned = {one.name: one for draft in drafts for one in draft.planned}
    early = any(draft.schedule.early_termination is not None for draft in drafts)
    return Around(part, drafts, planned, early, None if baseline is None else baseline.name, numbering)
