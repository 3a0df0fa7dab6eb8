"""Numbers over all records of a window: count, sum, mean, mean daily rise, change.

A record only perhaps in the window makes a range, or the number unknown.
"""

from __future__ import annotations

from attrs import evolve

from ..dsl import model
from . import numbers
from .context import Context, DateValue
from .last import last_sets
from .outcome import Amount, Interval, Item, Unknown
from .picked import as_numeric, narrowed
from .presence import absence
from .select import Members, first, latest, members_of, missing, value_of
from .values import Alternative, Numeric, numeric
from .windows import date_value

_TWO = 2


def aggregate(ctx: Context, node: model.Aggregate) -> Numeric:
    """The number of an aggregate."""
    selection = node.selection
    members = members_of(ctx, selection)
    if members.frame.unset:
        return as_numeric(node, tuple(Alternative(None, unknown) for unknown in members.frame.unknowns), members)
    if selection.last is not None:
        return _over_last(ctx, node, members, selection.last)
    if selection.pick == "count":
        return _count(ctx, node, members)
    return as_numeric(node, tuple(_over(ctx, node, members)), members)


def _over(ctx: Context, node: model.Aggregate, members: Members) -> list[Alternative]:
    """The number over all members."""
    selection = node.selection
    if selection.pick == "sum":
        return [_sum(ctx, selection, members)]
    if members.perhaps:
        return [Alternative(None, members.reasons[0], tuple(members.perhaps))]
    if not members.sure:
        return [Alternative(None, missing(ctx, selection, members))]
    return [_mean(selection, members)] if selection.pick == "mean" else _differences(ctx, node, members)


def _over_last(ctx: Context, node: model.Aggregate, members: Members, count: int) -> Numeric:
    """A number over the n latest; each way is tried where ties and coarse dates leave open which they are."""
    selection, span = node.selection, members.frame.span
    sets: list[list[Item]] | None = None
    if members.perhaps:
        problem = members.reasons[0]
    elif len(members.sure) < count:
        problem = Unknown("no record", selection.fact, span, detail=f"{len(members.sure)} of {count}")
    else:
        problem = Unknown("conflicting records", selection.fact, span, members.sure[-1])
        sets = last_sets(members.sure, count)
    if sets is None:
        return as_numeric(node, (Alternative(None, problem, tuple(members.sure)),), members)
    if selection.pick == "count":
        return _count(ctx, node, evolve(members, sure=sets[0]))
    found: list[Alternative] = []
    for kept in sets:
        found += [each for each in _over(ctx, node, evolve(members, sure=kept)) if each not in found]
    return as_numeric(node, tuple(found), members)


def _count(ctx: Context, node: model.Aggregate, members: Members) -> Numeric:
    """How many: with nothing on record, zero only where absence may be concluded. More may still come while the window is open."""
    selection = node.selection
    sure, perhaps = len(members.sure), len(members.perhaps)
    items = tuple(members.sure + members.perhaps)
    span = members.frame.span
    if not sure:
        unknown = _unknown_absence(ctx, selection, members)
        if unknown is not None:
            # Perhaps there is one, perhaps none on record, and that is not zero.
            return as_numeric(node, (Alternative(None, members.reasons[0] if perhaps else unknown, items),), members)
    amount: Amount = sure if not perhaps else Interval(sure, sure + perhaps)
    firm = (Alternative(Interval(sure, None), None, items),) if span.open else None
    reason = members.reasons[0] if perhaps else None
    return numeric(node, (Alternative(amount, None, items, reason=reason),), settled=not span.open, firm=firm, window=span)


def _unknown_absence(ctx: Context, selection: model.Selection, members: Members) -> Unknown | None:
    """Why no record does not mean none; None where it does."""
    kind = selection.fact.members[0].kind if selection.fact.kind == "group" else selection.fact.kind
    if kind not in model.PRESENCE_KINDS:
        return missing(ctx, selection, members)
    found = absence(ctx, selection, members)
    return found.unknown if found.truth is None else None


def _sum(ctx: Context, selection: model.Selection, members: Members) -> Alternative:
    """The sum over certain members; possible ones widen it to a range."""
    if not members.sure:
        unknown = _unknown_absence(ctx, selection, members)
        if unknown is not None:
            return Alternative(None, members.reasons[0] if members.perhaps else unknown, tuple(members.perhaps))
    total: Amount = 0
    items: tuple[Item, ...] = ()
    for item in members.sure:
        value = value_of(item, selection.attribute)
        if value.amount is None:
            return value
        total = numbers.add(total, value.amount)
        items += value.items
    for item in members.perhaps:
        value = value_of(item, selection.attribute)
        if value.amount is None:
            return value
        whole = numbers.as_interval(value.amount)
        low = 0 if whole.low is not None and whole.low > 0 else whole.low
        high = 0 if whole.high is not None and whole.high < 0 else whole.high
        total = numbers.add(total, Interval(low, high, whole.low_open and low != 0, whole.high_open and high != 0))
        items += value.items
    return Alternative(total, None, items, reason=members.reasons[0] if members.perhaps else None)


def _mean(selection: model.Selection, members: Members) -> Alternative:
    total: Amount = 0
    for item in members.sure:
        value = value_of(item, selection.attribute)
        if value.amount is None:
            return value
        total = numbers.add(total, value.amount)
    mean = numbers.divide(total, len(members.sure))
    return Alternative(mean, None, tuple(members.sure))


def _differences(ctx: Context, node: model.Aggregate, members: Members) -> list[Alternative]:
    """Latest minus first (or minus baseline), per day for a rise, in per cent of the first for a percent change."""
    selection = node.selection
    if selection.pick == "change from baseline":
        starts = _baseline(ctx, node)
    else:
        starts = [value_of(item, selection.attribute) for item in narrowed(first(members), members, "first")]
    ends = [value_of(item, selection.attribute) for item in narrowed(latest(members), members, "latest")]
    if len(starts) == 1 and len(ends) == 1:
        return [_difference(selection, members, starts[0], ends[0])]
    pairs = [(start, end) for start in starts for end in ends]
    # Two records make a difference: where one coarse date could be the first or the last, it is not both.
    different = [(start, end) for start, end in pairs if start.items[0].entry is not end.items[0].entry]
    return [_difference(selection, members, start, end) for start, end in different or pairs]


def _baseline(ctx: Context, node: model.Aggregate) -> list[Alternative]:
    """The last value before the baseline moment; on its very day times decide, and what has no time counts as before."""
    selection = node.selection
    assert node.baseline is not None  # noqa: S101 - the checker sets it for this pick
    anchor = date_value(ctx, node.baseline)
    if anchor.unset or anchor.high is None:
        return [Alternative(None, unknown) for unknown in anchor.unknowns]
    before = [item for item in ctx.facts.of(selection.fact) if _before(item, anchor)]
    frame = members_of(ctx, selection).frame
    members = Members(frame, before, [], [])
    if not before:
        return [Alternative(None, Unknown("no record", selection.fact, frame.span, detail="baseline"))]
    return [value_of(item, selection.attribute) for item in latest(members)]


def _before(item: Item, anchor: DateValue) -> bool:
    """Whether an item is known to lie before the baseline, or on its day with nothing to say that it came after."""
    assert anchor.high is not None  # noqa: S101 - the caller has looked
    if item.first != item.last or item.first != anchor.high or item.seconds is None or anchor.seconds is None:
        return item.last <= anchor.high
    if item.offset is not None and anchor.offset is not None:
        return item.seconds - item.offset <= anchor.seconds - anchor.offset
    return item.seconds <= anchor.seconds


def _difference(selection: model.Selection, members: Members, start: Alternative, end: Alternative) -> Alternative:
    if start.amount is None or end.amount is None:
        return start if start.amount is None else end
    items = start.items if start.items == end.items else start.items + end.items
    first, last = start.items[0], end.items[0]
    least, most = last.first - first.last, last.last - first.first
    if most < 1:
        detail = "two results at least a day apart"
        return Alternative(None, Unknown("no record", selection.fact, members.frame.span, last, detail), items)
    if least < 1:
        coarse = first if first.first != first.last else last
        return Alternative(None, Unknown("date too coarse", selection.fact, members.frame.span, coarse), items)
    change: Amount | None = numbers.add(end.amount, numbers.negative(start.amount))
    if change is not None and selection.pick == "rise":
        change = numbers.divide(change, least if least == most else Interval(least, most))
    elif change is not None and selection.pick == "percent change":
        # As a ratio the first value stands once, so that a value known only by a bound does not count against itself.
        ratio = numbers.divide(end.amount, start.amount)
        change = None if ratio is None else numbers.multiply(numbers.add(ratio, -1), 100)
    if change is None:
        return Alternative(None, Unknown("not computable", selection.fact), items)
    return Alternative(change, None, items)
