"""What is the same for every patient of one protocol, found once: which nodes look at the record at hand, which hold a reference limit.

Also the one place where the mutually recursive parts of the evaluator meet: dates need selections, selections need dates and conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
from attrs import define, field

from ..dsl import model, schedule_model

if TYPE_CHECKING:
    from .context import Context, DateValue
    from .outcome import Outcome
    from .values import Numeric

ConditionRule: TypeAlias = "Callable[[Context], Outcome]"
NumberRule: TypeAlias = "Callable[[Context], Numeric]"
_PER_ITEM = (model.ItsShifted, model.ItsWord, model.ItsNumber)
_SHARED = (
    model.Window, model.MomentDate, model.AssessmentDay, model.DateLiteral, model.Shifted, model.Extreme, model.DayOf, model.VisitDate,
    model.DoseDate, model.OutcomeDay,
)  # fmt: skip
CACHED_PROTOCOLS = 32


@define
class Plan:
    """Facts about the nodes of one protocol, by `id(node)`; the protocol is held, so the ids stay true.

    `same` gives equal windows and dates one key, so that each is worked out once for a patient.
    A node becomes a function once (`condition_rule`, `number_rule`); evaluating is then calling these functions.
    """

    protocol: model.Protocol
    short_cuts: bool = True
    per_item: set[int] = field(factory=set)
    limits: set[int] = field(factory=set)
    same: dict[int, int] = field(factory=dict)
    uses: dict[int, int] = field(factory=dict)
    windows: list[model.Window] = field(factory=list)
    moment_days: list[model.DayOf] = field(factory=list)
    parts: dict[int, tuple[model.Selection, ...]] = field(factory=dict)
    conditions: dict[int, ConditionRule] = field(factory=dict)
    numbers: dict[int, NumberRule] = field(factory=dict)
    blocks: dict[int, Sequence[tuple[ConditionRule | None, ConditionRule]]] = field(factory=dict)
    criteria: list[tuple[model.Criterion, Sequence[tuple[ConditionRule | None, ConditionRule]]]] = field(factory=list)
    study_marked: bool = False
    make_condition: Callable[[Plan, model.Condition], ConditionRule] = field(init=False)
    make_number: Callable[[Plan, model.Number], NumberRule] = field(init=False)
    day_of: Callable[[Context, model.DayOf], DateValue] = field(init=False)

    def is_plain(self, selection: model.Selection) -> bool:
        """Whether a selection asks for records of one fact as they are: no tests, no exceptions, one window of days for all."""
        return (
            selection.fact.kind != "group"
            and selection.attribute is None
            and not selection.tests
            and not selection.excluded
            and selection.last is None
            and not selection.window.timed
            and id(selection.window) in self.same
        )

    def mark_study(self) -> None:
        """Mark what hangs in schedules and outcomes too, once: screening never asks for it.

        Its windows are opened when an outcome or a visit asks for them.
        """
        if self.study_marked:
            return
        self.study_marked = True
        seen: dict[Any, int] = {}
        for root in _study_roots(self.protocol.study):
            _mark(root, self, seen, ahead=False)

    def condition_rule(self, node: model.Condition) -> ConditionRule:
        """The function that evaluates a condition, made once."""
        rule = self.conditions.get(id(node))
        if rule is None:
            rule = self.conditions[id(node)] = self.make_condition(self, node)
        return rule

    def number_rule(self, node: model.Number) -> NumberRule:
        """The function that evaluates a number, made once."""
        rule = self.numbers.get(id(node))
        if rule is None:
            rule = self.numbers[id(node)] = self.make_number(self, node)
        return rule

    def blocks_of(self, criterion: model.Criterion) -> Sequence[tuple[ConditionRule | None, ConditionRule]]:
        """The functions of a criterion's blocks: its `when` (None: always active) and its condition."""
        found = self.blocks.get(id(criterion))
        if found is None:
            rule = self.condition_rule
            found = [(None if block.when is None else rule(block.when), rule(block.condition)) for block in criterion.blocks]
            self.blocks[id(criterion)] = found
        return found

    def condition(self, ctx: Context, node: model.Condition) -> Outcome:
        """Evaluate a condition."""
        return self.condition_rule(node)(ctx)

    def number(self, ctx: Context, node: model.Number) -> Numeric:
        """Evaluate a number."""
        return self.number_rule(node)(ctx)

    def members(self, selection: model.Selection) -> tuple[model.Selection, ...]:
        """The selections of the members of a selection of a group."""
        found = self.parts.get(id(selection))
        if found is None:
            found = tuple(_for_member(selection, member) for member in selection.fact.members)
            self.parts[id(selection)] = found
        return found


def _for_member(selection: model.Selection, member: model.Fact) -> model.Selection:
    """The same selection of one member; tests on attributes that the member doesn't declare are kept: they stay unknown."""
    return attrs.evolve(selection, fact=member)


def children(node: Any) -> Iterator[Any]:  # noqa: ANN401 - any node of the model
    """The model nodes directly below one; facts, moments and definitions are not entered (definitions are walked once by themselves)."""
    for part in attrs.fields(type(node)):
        value = getattr(node, part.name)
        if isinstance(value, tuple):
            yield from (item for item in value if _is_node(item))
        elif isinstance(value, Mapping):
            continue
        elif _is_node(value):
            yield value


_NOT_ENTERED = (model.Fact, model.Moment, model.Definition, model.Attribute, model.Protocol)


def _is_node(value: Any) -> bool:  # noqa: ANN401 - any value of a node's field
    return attrs.has(type(value)) and type(value).__module__ == model.__name__ and not isinstance(value, _NOT_ENTERED)


def marked_plan(protocol: model.Protocol, *, short_cuts: bool) -> Plan:
    """The plan of a protocol with its nodes marked; `evaluate` adds the rules."""
    plan = Plan(protocol, short_cuts)
    plan.moment_days = [node for moment in protocol.moments.values() for way in moment.ways for node in _days_in(way.date)]
    seen: dict[Any, int] = {}
    for root in _roots(protocol):
        _mark(root, plan, seen)
    return plan


def _study_roots(value: Any) -> Iterator[Any]:  # noqa: ANN401 - the plan of a study, and what stands in its fields
    """The conditions, numbers and dates that hang in schedules, doses and outcomes."""
    if _is_node(value):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _study_roots(item)
    elif isinstance(value, Mapping):
        yield from _study_roots(tuple(value.values()))
    elif attrs.has(type(value)) and type(value).__module__ == schedule_model.__name__ and not isinstance(value, schedule_model.Notes):
        for part in attrs.fields(type(value)):
            yield from _study_roots(getattr(value, part.name))


def _days_in(node: Any) -> Iterator[model.DayOf]:  # noqa: ANN401 - any node of the model, or None
    if isinstance(node, model.DayOf):
        yield node
    elif node is not None:
        for child in children(node):
            yield from _days_in(child)


def _roots(protocol: model.Protocol) -> Iterator[Any]:
    for moment in protocol.moments.values():
        for way in moment.ways:
            if way.date is not None:
                yield way.date
    for definition in protocol.definitions.values():
        yield definition.body
    for criterion in protocol.criteria:
        yield from roots_of(criterion)


def roots_of(criterion: model.Criterion) -> Iterator[model.Condition]:
    """Everything that a criterion evaluates, its warnings too."""
    for block in criterion.blocks:
        if block.when is not None:
            yield block.when
        yield block.condition
    for warning in criterion.warnings:
        yield warning.condition


def _asks_records(node: Any) -> bool:  # noqa: ANN401 - any node of the model
    """Whether a window's days depend on records (`the day of …`, a condition of `the earlier of`)."""
    return isinstance(node, (model.DayOf, model.DateChoice)) or any(_asks_records(child) for child in children(node))


def _mark(node: Any, plan: Plan, seen: dict[Any, int], *, ahead: bool = True) -> tuple[bool, bool]:  # noqa: ANN401 - any node of the model
    """Mark a node and all below it: (looks at the record at hand, holds a reference limit). The checker bounds the depth.

    `ahead`: its windows are opened as soon as a record is built, and its definitions count as used.
    """
    if ahead and isinstance(node, (model.DefinedTruth, model.DefinedNumber)):
        plan.uses[id(node.definition)] = plan.uses.get(id(node.definition), 0) + 1
    per_item, limit = isinstance(node, _PER_ITEM), isinstance(node, model.Limit)
    for child in children(node):
        child_item, child_limit = _mark(child, plan, seen, ahead=ahead)
        per_item, limit = per_item or child_item, limit or child_limit
    if per_item:
        plan.per_item.add(id(node))
    elif isinstance(node, _SHARED):
        key = plan.same[id(node)] = seen.setdefault(node, id(node))
        if ahead and isinstance(node, model.Window) and key == id(node) and not _asks_records(node):
            plan.windows.append(node)
    if limit:
        plan.limits.add(id(node))
    return per_item, limit
