"""Numbers of one evaluation: which alternatives the records leave open for an expression, and from which items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import product
from typing import Any

from ..dsl import model
from ..limits import MAX_ALTERNATIVES
from . import numbers
from .baseline import change_operation, since_baseline
from .context import Context
from .dates import completed_years
from .logic import choice_causes
from .outcome import Amount, Interval, Item, Note, Unknown
from .plan import NumberRule, Plan
from .prepare import attribute_number, limit_of
from .short_cuts import aggregate_rule, value_rule
from .values import Alternative, Numeric, numeric
from .windows import date_value

_TWO = 2


def number_rule(plan: Plan, node: model.Number) -> NumberRule:
    """The function that evaluates a number."""
    make = _MAKERS.get(type(node))
    return partial(_leaf, _LEAVES[type(node)], node) if make is None else make(plan, node)


def _leaf(rule: Callable[[Context, model.Number], Numeric], node: model.Number, ctx: Context) -> Numeric:
    return rule(ctx, node)


def _unknown(node: model.Number, unknowns: Iterable[Unknown]) -> Numeric:
    return numeric(node, tuple([Alternative(None, unknown) for unknown in unknowns]))


def _literal(_plan: Plan, node: model.Quantity) -> NumberRule:
    constant = numeric(node, (Alternative(numbers.exact(node.value)),))
    return lambda _ctx: constant


def _limit(ctx: Context, node: model.Limit) -> Numeric:
    """`1.5 x ULN` of the record that it is compared with."""
    item = ctx.limit_item
    limit = None if item is None else limit_of(item, node.which)
    if limit is None:
        unknown = Unknown("no reference range", None if item is None else item.fact, newest=item)
        return _unknown(node, (unknown,))
    return numeric(node, (Alternative(numbers.exact(node.multiple * limit)),))


def _in_unit(plan: Plan, node: model.InUnit) -> NumberRule:
    scale, offset = numbers.scaling(numbers.exact(node.factor)), numbers.exact(node.offset)
    if offset == 0:
        return _one(plan, node, node.operand, scale)

    def convert(amount: Amount) -> Amount | None:
        scaled = scale(amount)
        return None if scaled is None else numbers.add(scaled, offset)

    return _one(plan, node, node.operand, convert)


def _one(plan: Plan, node: model.Number, operand: model.Number, operation: Callable[[Amount], Amount | None]) -> NumberRule:
    """An operation on one number."""
    inner = plan.number_rule(operand)

    def rule(ctx: Context) -> Numeric:
        part = inner(ctx)
        if part.options is None and part.settled:
            result = operation(part.amounts[0])
            if result is not None:
                return Numeric(node, None, None, (part,), part.items, None, (result,))
        return _applied(node, lambda amounts: operation(amounts[0]), (part,))

    return rule


def _arith(plan: Plan, node: model.Arith) -> NumberRule:
    operation = numbers.operation(node.op, node.left, node.right)
    left_rule, right_rule = plan.number_rule(node.left), plan.number_rule(node.right)

    def rule(ctx: Context) -> Numeric:
        left, right = left_rule(ctx), right_rule(ctx)
        if left.options is None and right.options is None and left.settled and right.settled:
            result = operation(left.amounts[0], right.amounts[0])
            if result is not None:
                return Numeric(node, None, None, (left, right), left.items + right.items, None, (result,))
        return _applied(node, lambda amounts: operation(amounts[0], amounts[1]), (left, right))

    return rule


def _negative(plan: Plan, node: model.Negative) -> NumberRule:
    return _one(plan, node, node.operand, numbers.negative)


def _call(plan: Plan, node: model.Call) -> NumberRule:
    function = node.function
    if len(node.arguments) == 1:
        return _one(plan, node, node.arguments[0], numbers.unary(function))
    rules = [plan.number_rule(argument) for argument in node.arguments]
    return lambda ctx: _applied(node, lambda amounts: numbers.call(function, amounts), [rule(ctx) for rule in rules])


def _applied(node: model.Number, operation: Callable[[tuple[Amount, ...]], Amount | None], parts: Sequence[Numeric]) -> Numeric:
    """An operation over all combinations of the parts' alternatives."""
    settled = all(part.settled for part in parts)
    alternatives = _combined(operation, [part.alternatives for part in parts])
    firm = None
    if not settled:
        firms = [part.firm_alternatives for part in parts if part.firm_alternatives is not None]
        firm = _combined(operation, firms) if len(firms) == len(parts) else None
    return numeric(node, alternatives, settled=settled, firm=firm, children=tuple(parts))


def _combined(
    operation: Callable[[tuple[Amount, ...]], Amount | None], parts: Sequence[tuple[Alternative, ...]]
) -> tuple[Alternative, ...]:
    # What is missing is missing whatever else is: every part's own need is kept, not only that of the first.
    missing = _distinct(one for part in parts for one in part if one.unknown is not None)
    known = [[one for one in part if one.unknown is None] for part in parts]
    combinations = 1
    for choices in known:
        combinations *= len(choices)
    if combinations > MAX_ALTERNATIVES:
        return (Alternative(None, Unknown("conflicting records", detail="too many ties")),)
    return (*(_combine(operation, combination) for combination in product(*known)), *missing)


def _combine(operation: Callable[[tuple[Amount, ...]], Amount | None], parts: tuple[Alternative, ...]) -> Alternative:
    items: tuple[Item, ...] = ()
    amounts: list[Amount] = []
    for part in parts:
        items += part.items
        if part.amount is not None:
            amounts.append(part.amount)
    result = operation(tuple(amounts))
    if result is None:
        return Alternative(None, Unknown("not computable"), items)
    return Alternative(result, None, items)


def _choose(ctx: Context, node: model.Choose) -> Numeric:
    """The first branch whose condition holds; an unknown condition leaves both ways open."""
    conditions = [ctx.plan.condition(ctx, branch.condition) for branch in node.branches]
    values = [ctx.plan.number(ctx, branch.value) for branch in node.branches]
    values.append(ctx.plan.number(ctx, node.otherwise))
    children = tuple(outcome for pair in zip(conditions, values, strict=False) for outcome in pair)
    open_ways = _ways([condition.truth for condition in conditions])
    alternatives = _distinct(alternative for way in open_ways for alternative in values[way].alternatives)
    firm_ways = _ways([condition.firm for condition in conditions])
    settled = firm_ways == open_ways and all(values[way].settled for way in open_ways)
    firm: tuple[Alternative, ...] | None = None
    if not settled:
        firms = [values[way].firm_alternatives for way in firm_ways]
        firm = None if any(part is None for part in firms) else _distinct(a for part in firms if part is not None for a in part)
    notes = (Note("choice open"),) if len(open_ways) > 1 else ()
    return numeric(node, alternatives, settled=settled, firm=firm, children=(*children, values[-1]), notes=notes)


def _ways(truths: Sequence[bool | None]) -> list[int]:
    """Which branches remain possible: up to and including the first that certainly holds."""
    ways: list[int] = []
    for index, truth in enumerate(truths):
        if truth is False:
            continue
        ways.append(index)
        if truth is True:
            return ways
    ways.append(len(truths))
    return ways


def _distinct(alternatives: Iterable[Alternative]) -> tuple[Alternative, ...]:
    found: list[Alternative] = []
    for alternative in alternatives:
        if alternative not in found:
            found.append(alternative)
    return tuple(found)


def _first_known(plan: Plan, node: model.FirstKnown) -> NumberRule:
    """The first operand that has a value; one that is unknown in part leaves the next open as well."""
    rules = [plan.number_rule(operand) for operand in node.operands]

    def rule(ctx: Context) -> Numeric:
        parts = tuple([part(ctx) for part in rules])
        for part in parts:
            if part.options is None and part.settled:
                return _same(node, part, parts)
            if part.amounts or not part.settled:
                break
        return _first_of(node, parts)

    return rule


def _first_of(node: model.FirstKnown, parts: tuple[Numeric, ...]) -> Numeric:
    """The same where an operand is known only in part, or may still change."""
    settled = True
    perhaps: list[Alternative] = []
    for part in parts:
        open_choice = len(part.alternatives) > 1 and choice_causes([part])
        if part.known and not open_choice:
            both = settled and part.settled
            firm = part.firm_alternatives if settled else None
            found = _distinct([*perhaps, *part.alternatives])
            firm = firm if firm is None else _distinct([*perhaps, *firm])
            return numeric(node, found, settled=both, firm=firm, children=parts)
        # A record that is only perhaps in the window comes first if it is, and leaves its place to the next operand if it isn't.
        if not open_choice:
            perhaps.extend(alternative for alternative in part.alternatives if alternative.unknown is None)
        settled = settled and part.settled
    causes = [alternative for part in parts for alternative in part.alternatives]
    return numeric(node, _distinct(causes), children=parts)


def _age(ctx: Context, node: model.Age) -> Numeric:
    birth = ctx.facts.birth
    at = date_value(ctx, node.at)
    if at.unset or at.low is None or at.high is None:
        return _unknown(node, at.unknowns)
    if birth is None:
        fact = ctx.protocol.facts.get("birth_date")
        return _unknown(node, (Unknown("no record", fact, detail="birth_date"),))
    low, high = completed_years(birth.last, at.low), completed_years(birth.first, at.high)
    amount: Amount = low if low == high else Interval(low, high)
    notes = () if birth.exact else (Note("coarse birth date", str(birth)),)
    reason = None if low == high else Unknown("date too coarse", ctx.protocol.facts.get("birth_date"), detail="birth_date")
    return numeric(node, (Alternative(amount, reason=reason),), settled=not at.planned, notes=notes)


def _days_between(ctx: Context, node: model.DaysBetween) -> Numeric:
    start, end = date_value(ctx, node.start), date_value(ctx, node.end)
    for bound in (start, end):
        if bound.unset:
            return _unknown(node, bound.unknowns)
    low = None if start.high is None or end.low is None else end.low - start.high
    high = None if start.low is None or end.high is None else end.high - start.low
    amount: Amount = low if low is not None and low == high else Interval(low, high)
    return numeric(
        node,
        (Alternative(amount, None, start.items + end.items),),
        settled=not (start.planned or end.planned or start.unsettled or end.unsettled),
    )


def _its(ctx: Context, node: model.ItsNumber) -> Numeric:
    item = ctx.item
    amount, cause = (None, None) if item is None else attribute_number(item.entry, node.attribute)
    if amount is None:
        unknown = Unknown(cause or "attribute not recorded", None if item is None else item.fact, newest=item, detail=node.attribute.name)
        return _unknown(node, (unknown,))
    return numeric(node, (Alternative(amount, None, () if item is None else (item,)),))


def _since(plan: Plan, node: model.SinceBaseline) -> NumberRule:
    return since_baseline(plan, node, combined)


def combined(node: model.Number, parts: tuple[Numeric, Numeric], operation: Callable[[tuple[Amount, ...]], Amount | None]) -> Numeric:
    """One number from two."""
    return _applied(node, operation, parts)


def change_since(node: model.SinceBaseline, now: Numeric, base: Numeric) -> Numeric:
    """A change from numbers that are worked out already."""
    return _applied(node, change_operation(node), (now, base))


def _same(node: model.Number, value: Numeric, children: tuple[Numeric, ...]) -> Numeric:
    """The value of a part as the value of the whole."""
    amounts, unknowns, options = value.amounts, value.unknowns, value.options
    return Numeric(node, None, None, children, value.items, None, amounts, unknowns, (), options, value.settled, value.firm_options)


def _defined(plan: Plan, node: model.DefinedNumber) -> NumberRule:
    """A definition is worked out once for a patient, however often it is named."""
    definition = node.definition
    key, apart = id(definition), definition.apart
    assert definition.kind == "number"  # noqa: S101 - the checker builds DefinedTruth for the others
    body_rule = plan.number_rule(definition.body)  # type: ignore[arg-type]

    def rule(ctx: Context) -> Numeric:
        known = ctx.numbers.get(key)
        if known is None:
            body = body_rule(ctx)
            if apart is None:
                known = _same(node, body, (body,))
            else:
                alternatives = tuple([_near(alternative, apart) for alternative in body.alternatives])
                firm = None if body.firm_options is None else tuple([_near(alternative, apart) for alternative in body.firm_options])
                known = numeric(node, alternatives, settled=body.settled, firm=firm, children=(body,))
            ctx.numbers[key] = known
        return known

    return rule


def _near(alternative: Alternative, apart: model.Length) -> Alternative:
    """An alternative whose items lie too far apart is no value of one clinical picture."""
    if alternative.unknown is not None or len(alternative.items) < 2:
        return alternative
    limit = int(apart.count) * (7 if apart.unit == "weeks" else 1)
    earliest_last = min(item.last for item in alternative.items)
    latest_first = max(item.first for item in alternative.items)
    if latest_first - earliest_last > limit:
        oldest = min(alternative.items, key=lambda item: item.last)
        return Alternative(
            None, Unknown("too old", oldest.fact, None, oldest, f"components more than {limit} days apart"), alternative.items
        )
    if _widest(alternative.items) > limit:
        coarse = next(item for item in alternative.items if item.first != item.last)
        return Alternative(None, Unknown("date too coarse", coarse.fact, None, coarse), alternative.items)
    return alternative


def _widest(items: Sequence[Item]) -> int:
    """How many days two records may lie apart at most; one coarse date is not two days."""
    different = sorted({id(item.entry): item for item in items}.values(), key=lambda item: item.last)
    if len(different) < _TWO:
        return 0
    latest, next_to_it = different[-1], different[-2]
    return max((next_to_it if item is latest else latest).last - item.first for item in different)


_MAKERS: dict[type, Callable[[Plan, Any], NumberRule]] = {
    model.Quantity: _literal,
    model.InUnit: _in_unit,
    model.Arith: _arith,
    model.Negative: _negative,
    model.Call: _call,
    model.DefinedNumber: _defined,
    model.FirstKnown: _first_known,
    model.SinceBaseline: _since,
    model.Value: value_rule,
    model.Aggregate: aggregate_rule,
}
_LEAVES: dict[type, Callable[[Context, Any], Numeric]] = {
    model.Limit: _limit,
    model.Choose: _choose,
    model.Age: _age,
    model.DaysBetween: _days_between,
    model.ItsNumber: _its,
}
