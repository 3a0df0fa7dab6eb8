"""A schedule: its lines put together, and what is assessed at which of its visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from attrs import evolve

from .. import limits
from . import ast, model, schedule_ast, schedule_model
from ._frozen import frozen
from .check_arms import check_filter, check_not_by_arm, check_notes, title_of
from .check_crossing import check_windows, count_visits
from .check_dates import check_date
from .check_numbers import read_count, read_length
from .check_times import Frame, TimeKey, time_key, time_text
from .check_visits import Planned, check_obligation, check_series, check_visit, check_watch
from .resolve import Context
from .schedule_model import EARLY
from .source import Span

_SHIFTS: Final[Mapping[str, Literal["nearest", "later", "earlier"]]] = {"nearest": "nearest", "later": "later", "earlier": "earlier"}
_SHOWN: Final = 12
_ONCE: Final[Mapping[type, str]] = {
    schedule_ast.EarlyTermination: "`early termination`",
    schedule_ast.Unscheduled: "`unscheduled allowed`",
    schedule_ast.Rescreening: "`rescreening allowed`",
    schedule_ast.ClosedDays: "`closed days`",
    schedule_ast.NotBefore: "`no visit before`",
}


@frozen(eq=False)
class Draft:
    """A schedule in the making: the node, what surrounds its lines, and its visits, which assessments and outcomes look through."""

    node: schedule_ast.Schedule
    frame: Frame
    planned: list[Planned]
    schedule: schedule_model.Schedule
    lookup: Lookup
    assessments: tuple[schedule_ast.Assess, ...] = ()


def check_schedule(ctx: Context, frame: Frame, node: schedule_ast.Schedule, first: int, moments: Mapping[str, ast.Moment]) -> Draft:
    """All lines of a schedule but its assessments, which may name visits of later schedules.

    Args:
        ctx: the check at hand; `ctx.plan.here` are the visits that may be named.
        frame: what surrounds the lines.
        node: the schedule.
        first: the rank of declaration of its first line.
        moments: the moments as written.
    """
    planned, series, watches, obligations, assessments = [], [], [], [], []
    clauses: list[schedule_ast.Clause] = []
    for order, line in enumerate(node.lines, first):
        match line:
            case schedule_ast.Visit():
                planned.append(check_visit(ctx, frame, line, order, moments))
            case schedule_ast.Series():
                series.append(check_series(ctx, frame, line, order, moments))
            case schedule_ast.Watch():
                watches.append(check_watch(ctx, frame, line))
            case schedule_ast.Obligation():
                obligations.append(check_obligation(ctx, line))
            case schedule_ast.Assess():
                assessments.append(line)
            case ast.Text() | ast.SourceRef():
                clauses.append(line)
            case schedule_ast.EarlyTermination():
                pass  # it has a title and notes of its own
            case _:
                clauses.extend(line.clauses)
    check_windows(ctx, planned, frame.numbering)
    once = _once(ctx, node.lines)
    shift = once.get(schedule_ast.ClosedDays)
    not_before = once.get(schedule_ast.NotBefore)
    anchor = frame.anchor or model.Moment(node.anchor.text, node.anchor.text, ())
    schedule = schedule_model.Schedule(
        node.title or anchor.title,
        anchor,
        frame.part,
        tuple(one.visit for one in planned),
        tuple(series),
        (),
        tuple(watches),
        tuple(obligations),
        _early(ctx, once.get(schedule_ast.EarlyTermination)),
        schedule_ast.Unscheduled in once,
        _rescreening(ctx, once.get(schedule_ast.Rescreening)),
        _SHIFTS.get(shift.shift or "") if isinstance(shift, schedule_ast.ClosedDays) else None,
        check_date(ctx, not_before.date) if isinstance(not_before, schedule_ast.NotBefore) else None,
        check_notes(ctx, clauses),
        span=node.span,
    )
    return Draft(node, frame, planned, schedule, _lookup(planned), tuple(assessments))


def _once(ctx: Context, lines: Iterable[schedule_ast.ScheduleLine]) -> dict[type, schedule_ast.ScheduleLine]:
    """The lines that a schedule has once, by class."""
    found: dict[type, schedule_ast.ScheduleLine] = {}
    for line in lines:
        if type(line) in _ONCE:
            first = found.setdefault(type(line), line)
            if first is not line:
                ctx.twice(line.span, _ONCE[type(line)], first.span, "keep one of them")
    return found


def _early(ctx: Context, node: schedule_ast.ScheduleLine | None) -> schedule_model.EarlyTermination | None:
    if not isinstance(node, schedule_ast.EarlyTermination):
        return None
    within = read_length(ctx, node.within)
    title = node.title or "Early termination"
    return schedule_model.EarlyTermination(title, within, check_notes(ctx, node.clauses), span=node.span)


def _rescreening(ctx: Context, node: schedule_ast.ScheduleLine | None) -> schedule_model.Rescreening | None:
    if not isinstance(node, schedule_ast.Rescreening):
        return None
    times = None if node.times is None else read_count(ctx, node.times, node.span)
    return schedule_model.Rescreening(times, None if node.apart is None else read_length(ctx, node.apart))


# ---------------------------------------------------------------- visits by name and time


@frozen(eq=False)
class Lookup:
    """The visits of a schedule by when they are planned: by time counted from the anchor, and chained ones by their planned day."""

    at: Mapping[TimeKey, Sequence[tuple[Planned, str]]]
    chained: Mapping[int, Sequence[tuple[Planned, str]]]


def _lookup(planned: Iterable[Planned]) -> Lookup:
    """Find all times, as many as a subject may have visits."""
    at: dict[TimeKey, list[tuple[Planned, str]]] = {}
    chained: dict[int, list[tuple[Planned, str]]] = {}
    left = limits.MAX_VISITS
    for one in planned:
        for key, name in islice(one.times(), left):
            left -= 1
            at.setdefault(key, []).append((one, name))
        if one.start is None and one.target.key is None and one.target.nominal is not None:
            chained.setdefault(one.target.nominal[1], []).append((one, one.name))
    return Lookup(at, chained)


def visits_at(ctx: Context, time: schedule_ast.AnchorTime, draft: Draft) -> tuple[str, ...]:
    """The visits at a time counted from the anchor: those planned for it, else one that a chain of visits brings there.

    Of several on one day the one counted in the same unit is meant, then the one that gives nothing; visits of different arms all are.
    """
    key = time_key(time, draft.frame.numbering)
    found = draft.lookup.at.get(key) or (draft.lookup.chained.get(key[1]) if key[0] == "days" else None) or []
    for fits in (lambda one: one.target.text.partition(" ")[0] == time.unit[:-1], lambda one: not one.visit.gives):
        if _several(found):
            found = [pair for pair in found if fits(pair[0])] or found
    if _several(found):
        names = ", ".join(f"`{name}`" for _, name in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
        ctx.report(
            "TR091",
            time.span,
            f"several visits are planned for {time_text(time)}: {names}",
            "name the visit, or plan one of them for another day",
        )
        return ()
    return tuple(name for _, name in found)


def _several(found: Sequence[tuple[Planned, str]]) -> bool:
    """Whether one subject may have more than one of them."""
    arms: set[str] = set()
    for one, _ in found:
        own = set(one.visit.arms)
        if len(found) > 1 and (not own or not arms.isdisjoint(own)):
            return True
        arms |= own
    return False


def no_visit(ctx: Context, time: schedule_ast.AnchorTime, planned: Iterable[Planned], what: str) -> None:
    """Report a time at which no visit is planned, with those there are; visits in lines that could not be read may be planned for it."""
    if ctx.lost:
        return
    texts = dict.fromkeys(one.visit.timing for one in islice(planned, 2 * _SHOWN))
    shown = ", ".join(list(texts)[:_SHOWN]) + (" …" if len(texts) > _SHOWN else "")
    help_ = f"visits are planned for {shown}" if texts else "plan a visit for that day"
    if not texts and ctx.plan.visits:
        help_ = "the visits belong to parts: say this below the `part` line"
    ctx.report("TR090", time.span, f"{what} at {time_text(time)}, and no visit is planned for that time", help_)


# ---------------------------------------------------------------- assessments


@frozen(eq=False)
class Known:
    """What an `assess` line may name besides facts and definitions: outcomes and activities, with their titles."""

    outcomes: Mapping[str, str]
    activities: Mapping[str, str]


def activities(lines: Iterable[schedule_ast.Assess]) -> dict[str, str]:
    """Titles of what is assessed and no fact; the first title of each holds."""
    found: dict[str, str] = {}
    for line in lines:
        for item in line.items:
            if item.title is not None:
                found.setdefault(item.name.text, item.title)
    return found


def with_assessments(ctx: Context, draft: Draft, known: Known, moments: Mapping[str, ast.Moment]) -> schedule_model.Schedule:
    """The schedule with what is assessed at its visits."""
    found = []
    total = 0
    rank = {one.name: one.visit.order for one in draft.planned}
    for node in draft.assessments:
        assessment = _assess(ctx, draft, node, known, moments, rank)
        total += len(assessment.visits)
        if total > limits.MAX_AT_VISITS:
            message = f"the assessments of this schedule name more than {limits.MAX_AT_VISITS} visits in all"
            ctx.report("TR097", node.span, message, "assess more things in one line, or at fewer visits")
            break
        found.append(assessment)
    return evolve(draft.schedule, assessments=tuple(found))


def _assess(
    ctx: Context, draft: Draft, node: schedule_ast.Assess, known: Known, moments: Mapping[str, ast.Moment], rank: Mapping[str, int]
) -> schedule_model.Assessment:
    items: dict[str, schedule_model.Assessed] = {}
    for item in node.items:
        if item.name.text in items:
            ctx.report("TR053", item.name.span, f"`{item.name.text}` stands twice in the list", "say it once")
            continue
        assessed = _assessed(ctx, item, known)
        if assessed is not None:
            items[item.name.text] = assessed
    what = "this assessment" if len(node.items) > 1 else f"the assessment `{node.items[0].name.text}`"
    arms, masked = check_filter(ctx, draft.frame, node.arms, what)
    condition = None if node.condition is None else ctx.to_condition(ctx, node.condition)
    check_not_by_arm(ctx, draft.frame, [node.condition], moments, what)
    visits = dict.fromkeys(name for target in node.targets for name in _targets(ctx, target, draft, what, rank))
    last = len(rank) + max((one.visit.order for one in draft.planned[-1:]), default=0)
    ordered = sorted(visits, key=lambda name: (rank.get(name.partition(".")[0], last), _occurrence(name)))
    notes = check_notes(ctx, node.clauses)
    return schedule_model.Assessment(tuple(items.values()), tuple(ordered), arms, masked, condition, notes, span=node.span)


def _occurrence(name: str) -> int:
    number = name.partition(".")[2]
    return int(number) if number else 0


def _assessed(ctx: Context, item: schedule_ast.Assessed, known: Known) -> schedule_model.Assessed | None:
    name = item.name.text
    ctx.used.add(name)
    fact, definition = ctx.facts.get(name), ctx.definitions.get(name)
    if fact is not None:
        return schedule_model.Assessed(name, item.title or fact.title, "fact", fact.titles)
    if definition is not None:
        return schedule_model.Assessed(name, item.title or definition.title, "definition", definition.titles)
    if name in known.outcomes:
        return schedule_model.Assessed(name, item.title or known.outcomes[name], "outcome")
    declared = ctx.names.get(name)
    if declared is not None:
        if declared.kind == "moment":
            ctx.report("TR044", item.name.span, f"`{name}` is a moment, which nobody assesses", "name a fact, a definition or an outcome")
        return None
    if name in known.activities:
        return schedule_model.Assessed(name, item.title or known.activities[name], "activity") if ctx.allowed(item.name) else None
    names = [*ctx.names, *known.outcomes, *known.activities]
    ctx.unknown(item.name, "fact, definition or outcome", names, f'say what is done, if it is no fact: `{name} "…"`')
    return None


def _targets(ctx: Context, target: schedule_ast.Target, draft: Draft, what: str, rank: Mapping[str, int]) -> tuple[str, ...]:
    """The visits of the schedule that a target of an assessment means, by name."""
    if target.kind == "every":
        return tuple(one.name for one in draft.planned)
    if target.kind == "early":
        return (EARLY,) if has_early(ctx, target.span, f"{what} is planned", early=draft.schedule.early_termination is not None) else ()
    if target.name is not None:
        return visit_named(ctx, target.name, rank, "schedule")
    if target.time is None:
        return ()
    before = len(ctx.diagnostics)
    found = visits_at(ctx, target.time, draft)
    if not found and len(ctx.diagnostics) == before:
        no_visit(ctx, target.time, draft.planned, f"{what} is planned")
    return found


def has_early(ctx: Context, span: Span, what: str, *, early: bool) -> bool:
    """Whether there is an early termination visit; reports it otherwise."""
    if not early and not ctx.lost:
        message = f"{what} at early termination, and no such visit is planned here"
        ctx.report("TR090", span, message, 'add `early termination "…" within 7 days`')
    return early


def visit_named(ctx: Context, word: ast.Word, visits: Collection[str], place: str) -> tuple[str, ...]:
    """The visit of that name, if the schedule or part at hand has one."""
    if word.text in visits:
        return (word.text,)
    if word.text in ctx.plan.visits:
        message = f"`{word.text}` is a visit of another {place}"
        ctx.report("TR101", word.span, message, f"say this in the {place} that has it, or name a visit of this one")
    else:
        ctx.unknown(word, "visit", visits, 'a schedule declares it: `visit NAME "…" day 28`')
    return ()


def check_count(ctx: Context, drafts: Iterable[Draft]) -> None:
    """The visits of all schedules that a part sees stay within the bound."""
    count_visits(ctx, [one for draft in drafts for one in draft.planned])


def titles(nodes: Iterable[tuple[str | None, schedule_ast.Outcome]]) -> dict[str, str]:
    """Titles of outcomes by name."""
    return {node.name.text: title_of(node.name, node.title) for _, node in nodes}
