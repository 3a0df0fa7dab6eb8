"""Numbers of the verdict-only path: one exact value, None where it is unknown, or a call for the explaining evaluator."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, TypeAlias

from ..dsl import model
from . import numbers
from .context import Record
from .dates import completed_years
from .outcome import Interval, Item, Real
from .plan import Plan


class NotPlainError(Exception):
    """The records of this patient need the explaining evaluator. Never leaves the verdict-only path."""


NOT_PLAIN = NotPlainError()
RealRule: TypeAlias = Callable[[Record], "Real | None"]


def give_up(_record: Record) -> Any:  # noqa: ANN401 - never returns
    """The rule of what this path doesn't do."""
    raise NOT_PLAIN


def real_rule(plan: Plan, node: model.Number) -> RealRule:
    """The plain function of a number."""
    make = _REALS.get(type(node))
    return give_up if make is None else make(plan, node)


def is_plain(plan: Plan, selection: model.Selection) -> bool:
    """Whether a selection asks for point records of one fact as they are, in one window for all."""
    kind = selection.fact.kind
    return kind != "judgement" and kind not in model.INTERVAL_KINDS and plan.is_plain(selection)


def items_rule(plan: Plan, selection: model.Selection) -> Callable[[Record], tuple[Item, ...]]:
    """The items of the selection in its window."""
    name, key = selection.fact.name, plan.same[id(selection.window)]

    def rule(record: Record) -> tuple[Item, ...]:
        facts = record.facts
        track = facts.tracks.get(name)
        if track is None:
            if name in facts.items:
                raise NOT_PLAIN
            return ()
        frame = record.frames.get(key)
        if frame is None or not frame.plain:
            raise NOT_PLAIN
        days, first = track.days, frame.start_low
        low = 0 if first is None or first <= days[0] else bisect_left(days, first)
        if days[-1] <= frame.end_high:
            return track.items[low:] if low else track.items
        return track.items[low : max(low, bisect_right(days, frame.end_high))]

    return rule


def latest_rule(plan: Plan, selection: model.Selection) -> Callable[[Record], Item | None]:
    """The latest item; None where there is none."""
    name, key = selection.fact.name, plan.same[id(selection.window)]

    def rule(record: Record) -> Item | None:
        facts = record.facts
        track = facts.tracks.get(name)
        if track is None:
            if name in facts.items:
                raise NOT_PLAIN
            return None
        frame = record.frames.get(key)
        if frame is None or not frame.plain:
            raise NOT_PLAIN
        days, end, first = track.days, frame.end_high, frame.start_low
        at = len(days) - 1 if days[-1] <= end else bisect_right(days, end) - 1
        if at < 0 or (first is not None and days[at] < first):
            return None
        if at and days[at - 1] == days[at]:
            raise NOT_PLAIN
        return track.items[at]

    return rule


def _amount(item: Item) -> Real:
    """The one number of an item."""
    number = item.number
    if number is None or isinstance(number, Interval):
        raise NOT_PLAIN
    return number


def _literal(_plan: Plan, node: model.Quantity) -> RealRule:
    value = numbers.exact(node.value)
    return lambda _record: value


def _value(plan: Plan, node: model.Value) -> RealRule:
    selection = node.selection
    if not is_plain(plan, selection):
        return give_up
    if selection.pick == "latest":
        latest = latest_rule(plan, selection)

        def rule(record: Record) -> Real | None:
            item = latest(record)
            if item is None or item.problem is not None:
                return None
            return _amount(item)

        return rule
    if selection.pick not in ("highest", "lowest"):
        return give_up
    items, best = items_rule(plan, selection), max if selection.pick == "highest" else min

    def extreme(record: Record) -> Real | None:
        values = []
        for item in items(record):
            if item.problem is not None:
                return None
            values.append(_amount(item))
        return best(values) if values else None

    return extreme


def _rise(plan: Plan, node: model.Aggregate) -> RealRule:
    selection = node.selection
    if selection.pick != "rise" or not is_plain(plan, selection):
        return give_up
    items = items_rule(plan, selection)

    def rule(record: Record) -> Real | None:
        found = items(record)
        if len(found) < 2:
            return None
        first, last = found[0], found[-1]
        if found[1].first == first.first or found[-2].first == last.first:
            raise NOT_PLAIN
        if first.problem is not None or last.problem is not None:
            return None
        return numbers.divide(_amount(last) - _amount(first), last.first - first.first)  # type: ignore[return-value]

    return rule


def _arith(plan: Plan, node: model.Arith) -> RealRule:
    left_rule, right_rule, operation = (
        real_rule(plan, node.left),
        real_rule(plan, node.right),
        numbers.operation(node.op, node.left, node.right),
    )

    def rule(record: Record) -> Real | None:
        left, right = left_rule(record), right_rule(record)
        return None if left is None or right is None else operation(left, right)  # type: ignore[return-value]

    return rule


def _call(plan: Plan, node: model.Call) -> RealRule:
    function, rules = node.function, [real_rule(plan, argument) for argument in node.arguments]

    def rule(record: Record) -> Real | None:
        values = [part(record) for part in rules]
        return None if None in values else numbers.call(function, values)  # type: ignore[arg-type,return-value]

    return rule


def _in_unit(plan: Plan, node: model.InUnit) -> RealRule:
    operand, factor, offset = real_rule(plan, node.operand), numbers.exact(node.factor), numbers.exact(node.offset)

    def rule(record: Record) -> Real | None:
        value = operand(record)
        return None if value is None else value * factor + offset if offset else value * factor

    return rule


def _age(_plan: Plan, node: model.Age) -> RealRule:
    if not isinstance(node.at, model.MomentDate):
        return give_up
    name = node.at.moment.name

    def rule(record: Record) -> Real | None:
        birth, state = record.facts.birth, record.moments[name]
        if birth is None or state.date is None:
            return None
        if not birth.exact or not state.date.exact or state.status != "given":
            raise NOT_PLAIN
        return completed_years(birth.first, state.date.first)

    return rule


def _first_known(plan: Plan, node: model.FirstKnown) -> RealRule:
    rules = [real_rule(plan, operand) for operand in node.operands]

    def rule(record: Record) -> Real | None:
        for part in rules:
            value = part(record)
            if value is not None:
                return value
        return None

    return rule


def _defined_number(plan: Plan, node: model.DefinedNumber) -> RealRule:
    if node.definition.apart is not None:
        return give_up
    return real_rule(plan, node.definition.body)  # type: ignore[arg-type]


_REALS: dict[type, Callable[[Plan, Any], RealRule]] = {
    model.Quantity: _literal,
    model.Value: _value,
    model.Aggregate: _rise,
    model.Arith: _arith,
    model.Call: _call,
    model.InUnit: _in_unit,
    model.Age: _age,
    model.FirstKnown: _first_known,
    model.DefinedNumber: _defined_number,
}
