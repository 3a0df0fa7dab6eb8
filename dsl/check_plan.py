"""What the plan of a study declares, part by part: names, what hangs on what, and the planned days that follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import define, field

from . import ast, schedule_ast
from .check_arms import declared_twice, doses_in
from .check_order import in_order, names_in
from .check_times import Nominal, nominal_of
from .diagnostics import Label
from .resolve import Context
from .schedule_model import EARLY
from .source import Span

Line = schedule_ast.Visit | schedule_ast.Series | schedule_ast.Watch | schedule_ast.Obligation
_KINDS: Final[Mapping[type, str]] = {
    schedule_ast.Visit: "visit",
    schedule_ast.Series: "repeat",
    schedule_ast.Watch: "watch",
    schedule_ast.Obligation: "obligation",
}


@define
class Blocks:
    """The blocks of the plan, each with the part it belongs to (None: the whole study)."""

    parts: list[schedule_ast.Part] = field(factory=list)
    arms: list[tuple[str | None, schedule_ast.Arm]] = field(factory=list)
    schedules: list[tuple[str | None, schedule_ast.Schedule]] = field(factory=list)
    escalations: list[tuple[str | None, schedule_ast.Escalation]] = field(factory=list)
    outcomes: list[tuple[str | None, schedule_ast.Outcome]] = field(factory=list)

    def lines(self) -> Iterator[tuple[str | None, schedule_ast.Schedule, Line]]:
        """Every named line of a schedule, in order."""
        for part, schedule in self.schedules:
            for line in schedule.lines:
                if type(line) in _KINDS:
                    yield part, schedule, line  # type: ignore[misc]  # the classes of _KINDS are those of Line

    def by_part(self) -> dict[str | None, dict[str, tuple[schedule_ast.Visit, str]]]:
        """The visits of each part by name, each with the anchor of its schedule; the first of a name holds."""
        found: dict[str | None, dict[str, tuple[schedule_ast.Visit, str]]] = {}
        for part, schedule, line in self.lines():
            if isinstance(line, schedule_ast.Visit):
                found.setdefault(part, {}).setdefault(line.name.text, (line, schedule.anchor.text))
        return found

    def views(self) -> tuple[str | None, ...]:
        """Each part, or the whole study where there are none."""
        return tuple(part.name.text for part in self.parts) or (None,)


def sort_blocks(nodes: Iterable[schedule_ast.StudyBlock]) -> Blocks:
    """The blocks by kind and part: what follows a `part` line belongs to it."""
    blocks = Blocks()
    part: str | None = None
    for node in nodes:
        match node:
            case schedule_ast.Part():
                part = node.name.text
                blocks.parts.append(node)
            case schedule_ast.Arm():
                blocks.arms.append((part, node))
            case schedule_ast.Schedule():
                blocks.schedules.append((part, node))
            case schedule_ast.Escalation():
                blocks.escalations.append((part, node))
            case schedule_ast.Outcome():
                blocks.outcomes.append((part, node))
    return blocks


def sees(view: str | None, part: str | None) -> bool:
    """Whether a part (or a block of the whole study) sees what belongs to a part."""
    return part is None or part == view


def together(left: str | None, right: str | None) -> bool:
    """Whether one subject may have both what belongs to one part and what belongs to another (None: the whole study)."""
    return left is None or right is None or left == right


def name_plan(ctx: Context, blocks: Blocks) -> None:
    """Note which visits and doses there are, before anything names them."""
    for _, _, line in blocks.lines():
        if isinstance(line, schedule_ast.Visit):
            ctx.plan.visits.setdefault(line.name.text, line.name.span)
    for _, arm in blocks.arms:
        ctx.plan.arms.setdefault(arm.name.text, arm.name.span)
        for dose in arm.doses:
            ctx.plan.doses.setdefault(dose.name.text, dose.name.span)


def check_names(ctx: Context, blocks: Blocks) -> None:
    """Names of parts and of the lines of schedules: unique over what one part sees, and no words of the language or moments."""
    parts: dict[str, Span] = {}
    for part in blocks.parts:
        ctx.allowed(part.name)
        known = parts.setdefault(part.name.text, part.name.span)
        if known is not part.name.span:
            declared_twice(ctx, part.name, "part", known)
    seen: dict[str, dict[str | None, Span]] = {}
    for view, _, line in blocks.lines():
        word, kind = line.name, _KINDS[type(line)]
        if not ctx.allowed(word):
            continue
        if word.text == EARLY:
            message = f"`{EARLY}` is the name of the visit that ends the study early"
            ctx.report("TR032", word.span, message, 'say `early termination "…" within 7 days`, or choose another name')
            continue
        places = seen.setdefault(word.text, {})
        first = next((span for other, span in places.items() if sees(view, other) or sees(other, view)), None)
        moment = ctx.names.get(word.text)
        if first is not None:
            declared_twice(ctx, word, kind, first)
        elif moment is not None and moment.kind == "moment" and kind == "visit":
            message = f"the visit `{word.text}` has the name of a moment, and a date could mean either"
            ctx.report("TR031", word.span, message, "give one of them another name", Label(moment.span, "the moment"))
        places.setdefault(view, word.span)


# ---------------------------------------------------------------- what hangs on what


def check_chains(ctx: Context, blocks: Blocks, moments: Mapping[str, ast.Moment], numbering: int) -> dict[str | None, dict[str, Nominal]]:
    """Refuse visits and moments that hang on each other, and find the planned day of each visit, by what each part sees.

    A dose that was given is a record, so that a moment on `first given dose of X` hangs on nothing; but a visit that gives the last dose
    moves `last given dose of X`, and may not be counted from it.
    """
    told: set[int] = set()
    found: dict[str | None, dict[str, Nominal]] = {}
    visits = blocks.by_part()
    known = {name: node for name, node in moments.items() if name in ctx.moments}
    for view in dict.fromkeys((None, *blocks.views())):
        seen = dict(visits.get(None, {}))
        if view is not None:
            seen.update(visits.get(view, {}))
        found[view] = _chains(ctx, seen, known, told, numbering)
    return found


def _chains(
    ctx: Context, visits: Mapping[str, tuple[schedule_ast.Visit, str]], moments: Mapping[str, ast.Moment], told: set[int], numbering: int
) -> dict[str, Nominal]:
    giving: dict[str, dict[str, ast.Word]] = {}
    for name, (node, _) in visits.items():
        for dose in node.gives:
            giving.setdefault(dose.text, {}).setdefault(name, dose)
    uses: dict[str, dict[str, ast.Word]] = {_last(dose): givers for dose, givers in giving.items()}
    places = {name: next(iter(givers.values())) for name, givers in uses.items()}
    for name, (node, anchor) in visits.items():
        uses[name] = _hangs_on([node.start, node.end, node.recurrence, node.condition])
        if any(isinstance(time, schedule_ast.AnchorTime) for time in _times(node)):
            uses[name].setdefault(anchor, ast.Word(anchor, span=node.span))
        places[name] = node.name
    for name, moment in moments.items():
        uses.setdefault(name, _hangs_on([way.date for way in moment.ways]))
        places.setdefault(name, moment.name)
    before = len(ctx.diagnostics)
    order = in_order(ctx, uses, places, "TR085", "visits and moments")
    new = [one for one in ctx.diagnostics[before:] if id(one.labels[0].span) not in told]
    told.update(id(one.labels[0].span) for one in new)
    ctx.diagnostics[before:] = new
    days: dict[str, Nominal] = {name: (name, 0) for name in moments}
    for name in order:
        if name not in visits:
            continue
        node, anchor = visits[name]
        time = node.recurrence.start if node.recurrence is not None else node.end or node.start
        day = None if time is None else nominal_of(time, days, anchor, numbering)
        if day is not None:
            days[name] = day
    return days


def _times(node: schedule_ast.Visit) -> tuple[schedule_ast.ScheduleTime | None, ...]:
    repeat = node.recurrence
    return (node.start, node.end) if repeat is None else (repeat.start, repeat.end)


def _last(dose: str) -> str:
    """The last given dose as something that hangs on the visits that give it."""
    return f"last given dose of {dose}"


def _hangs_on(nodes: Iterable[object]) -> dict[str, ast.Word]:
    """The names that dates and conditions use, the last given doses among them."""
    there = [node for node in nodes if node is not None]
    found = names_in(there)
    for day in doses_in(there):
        if day.which == "last":
            found.setdefault(_last(day.dose.text), ast.Word(day.dose.text, span=day.span))
    return found
