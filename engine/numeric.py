"""Numbers of one evaluation: which alternatives the records leave open for an expression, and from which items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from ..dsl import model
from ..limits import MAX_ALTERNATIVES
from . import numbers
from .aggregate import aggregate
from .context import Context
from .dates import completed_years
from .logic import choice_causes
from .outcome import Amount, Interval, Item, Note, Unknown
from .picked import picked
from .prepare import attribute_number, limit_of
from .values import Alternative, Numeric, numeric
from .windows import date_value


def number(ctx: Context, node: model.Number) -> Numeric:
    """Evaluate a number."""
    return _RULES[type(node)](ctx, node)


def _unknown(node: model.Number, unknowns: Iterable[Unknown]) -> Numeric:
    return numeric(node, tuple([Alternative(None, unknown) for unknown in unknowns]))


def _literal(ctx: Context, node: model.Quantity) -> Numeric:
    known = ctx.plan.constants.get(id(node))
    if known is None:
        known = ctx.plan.constants[id(node)] = numeric(node, (Alternative(numbers.exact(node.value)),))
    return known


def _limit(ctx: Context, node: model.Limit) -> Numeric:
    """`1.5 x ULN` of the record that it is compared with."""
    item = ctx.limit_item
    limit = None if item is None else limit_of(item, node.which)
    if limit is None:
        unknown = Unknown("no reference range", None if item is None else item.fact, newest=item)
        return _unknown(node, (unknown,))
    return numeric(node, (Alternative(numbers.exact(node.multiple * limit)),))


def _in_unit(ctx: Context, node: model.InUnit) -> Numeric:
    def convert(amounts: tuple[Amount, ...]) -> Amount | None:
        scaled = numbers.multiply(amounts[0], numbers.exact(node.factor))
        return scaled if scaled is None or node.offset == 0 else numbers.add(scaled, numbers.exact(node.offset))

    return _applied(node, convert, (ctx.plan.number(ctx, node.operand),))


_ARITHMETIC: dict[str, Callable[[Amount, Amount], Amount | None]] = {
    "+": numbers.add,
    "-": lambda left, right: numbers.add(left, numbers.negative(right)),
    "*": numbers.multiply,
    "/": numbers.divide,
    "^": numbers.power,
}


def _arith(ctx: Context, node: model.Arith) -> Numeric:
    operation = _ARITHMETIC[node.op]
    return _applied(node, lambda amounts: operation(amounts[0], amounts[1]), (number(ctx, node.left), number(ctx, node.right)))


def _negative(ctx: Context, node: model.Negative) -> Numeric:
    return _applied(node, lambda amounts: numbers.negative(amounts[0]), (number(ctx, node.operand),))


def _call(ctx: Context, node: model.Call) -> Numeric:
    return _applied(node, lambda amounts: numbers.call(node.function, amounts), tuple(number(ctx, part) for part in node.arguments))


def _applied(node: model.Number, operation: Callable[[tuple[Amount, ...]], Amount | None], parts: Sequence[Numeric]) -> Numeric:
    """An operation over all combinations of the parts' alternatives."""
    settled = all([part.settled for part in parts])
    if settled and all([part.options is None for part in parts]):
        result = operation(tuple([part.amounts[0] for part in parts]))
        if result is not None:
            items = parts[0].items if len(parts) == 1 else tuple([item for part in parts for item in part.items])
            return Numeric(node, None, None, tuple(parts), items, None, (result,))
    alternatives = _combined(operation, [part.alternatives for part in parts])
    firm = None
    if not settled:
        firms = [part.firm_alternatives for part in parts if part.firm_alternatives is not None]
        firm = _combined(operation, firms) if len(firms) == len(parts) else None
    return numeric(node, alternatives, settled=settled, firm=firm, children=tuple(parts))


def _combined(
    operation: Callable[[tuple[Amount, ...]], Amount | None], parts: Sequence[tuple[Alternative, ...]]
) -> tuple[Alternative, ...]:
    combinations = 1
    for part in parts:
        combinations *= len(part)
    if combinations > MAX_ALTERNATIVES:
        return (Alternative(None, Unknown("conflicting records", detail="too many ties")),)
    return tuple(_combine(operation, combination) for combination in product(*parts))


def _combine(operation: Callable[[tuple[Amount, ...]], Amount | None], parts: tuple[Alternative, ...]) -> Alternative:
    items: tuple[Item, ...] = ()
    amounts: list[Amount] = []
    for part in parts:
        if part.unknown is not None:
            return part
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
    values = [number(ctx, branch.value) for branch in node.branches]
    values.append(number(ctx, node.otherwise))
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


def _first_known(ctx: Context, node: model.FirstKnown) -> Numeric:
    """The first operand that has a value; one that is unknown in part leaves the next open as well."""
    parts = [number(ctx, operand) for operand in node.operands]
    settled = True
    for part in parts:
        open_choice = len(part.alternatives) > 1 and choice_causes([part])
        if part.known and not open_choice:
            both = settled and part.settled
            firm = part.firm_alternatives if settled else None
            return numeric(node, part.alternatives, settled=both, firm=firm, children=tuple(parts))
        settled = settled and part.settled
    causes = [alternative for part in parts for alternative in part.alternatives]
    return numeric(node, _distinct(causes), children=tuple(parts))


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
    return numeric(node, (Alternative(amount),), settled=not at.planned, notes=notes)


def _days_between(ctx: Context, node: model.DaysBetween) -> Numeric:
    start, end = date_value(ctx, node.start), date_value(ctx, node.end)
    for bound in (start, end):
        if bound.unset:
            return _unknown(node, bound.unknowns)
    low = None if start.high is None or end.low is None else end.low - start.high
    high = None if start.low is None or end.high is None else end.high - start.low
    amount: Amount = low if low is not None and low == high else Interval(low, high)
    return numeric(node, (Alternative(amount, None, start.items + end.items),), settled=not (start.planned or end.planned))


def _its(ctx: Context, node: model.ItsNumber) -> Numeric:
    item = ctx.item
    amount, cause = (None, None) if item is None else attribute_number(item.entry, node.attribute)
    if amount is None:
        unknown = Unknown(cause or "attribute not recorded", None if item is None else item.fact, newest=item, detail=node.attribute.name)
        return _unknown(node, (unknown,))
    return numeric(node, (Alternative(amount, None, () if item is None else (item,)),))


def _defined(ctx: Context, node: model.DefinedNumber) -> Numeric:
    definition = node.definition
    key = id(definition)
    known = ctx.numbers.get(key)
    if known is None:
        assert definition.kind == "number"  # noqa: S101 - the checker builds DefinedTruth for the others
        body = number(ctx, definition.body)  # type: ignore[arg-type]
        alternatives, firm = body.alternatives, body.firm_options
        if definition.apart is not None:
            apart = definition.apart
            alternatives = tuple([_near(alternative, apart) for alternative in alternatives])
            firm = None if firm is None else tuple([_near(alternative, apart) for alternative in firm])
        known = numeric(node, alternatives, settled=body.settled, firm=firm, children=(body,))
        ctx.numbers[key] = known
    return known


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
    if max(item.last for item in alternative.items) - min(item.first for item in alternative.items) > limit:
        coarse = next(item for item in alternative.items if item.first != item.last)
        return Alternative(None, Unknown("date too coarse", coarse.fact, None, coarse), alternative.items)
    return alternative


_RULES: dict[type, Callable[[Context, model.Number], Numeric]] = {
    model.Quantity: _literal,  # type: ignore[dict-item]
    model.Limit: _limit,  # type: ignore[dict-item]
    model.Value: picked,  # type: ignore[dict-item]
    model.Aggregate: aggregate,  # type: ignore[dict-item]
    model.InUnit: _in_unit,  # type: ignore[dict-item]
    model.Arith: _arith,  # type: ignore[dict-item]
    model.Negative: _negative,  # type: ignore[dict-item]
    model.Call: _call,  # type: ignore[dict-item]
    model.Choose: _choose,  # type: ignore[dict-item]
    model.FirstKnown: _first_known,  # type: ignore[dict-item]
    model.Age: _age,  # type: ignore[dict-item]
    model.DaysBetween: _days_between,  # type: ignore[dict-item]
    model.DefinedNumber: _defined,  # type: ignore[dict-item]
    model.ItsNumber: _its,  # type: ignore[dict-item]
}
