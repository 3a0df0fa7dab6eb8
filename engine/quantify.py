"""`any`, `every`, `at least n of [the last m]`: how many records of a window pass a test."""

from __future__ import annotations

from collections.abc import Sequence

from ..dsl import model
from . import numbers
from .context import Context
from .dates import SECONDS_PER_DAY
from .last import fewest, in_doubt
from .outcome import Amount, Interval, Item, Outcome, Truth, Unknown
from .select import Members, members_of, missing, value_of
from .truth import agreed, all_of, any_of, at_least, negate


def quantified(ctx: Context, node: model.Quantified) -> Outcome:
    """The truth over all members. One record at least must certainly lie in the window."""
    selection = node.selection
    members = members_of(ctx, selection)
    span = members.frame.span
    items = tuple(members.sure + members.perhaps)
    if members.frame.unset:
        return Outcome(node, None, None, window=span, unknowns=members.frame.unknowns)
    if not members.sure:
        unknowns = tuple(dict.fromkeys(members.reasons)) or (missing(ctx, selection, members),)
        return Outcome(node, None, None, items=items, window=span, unknowns=unknowns)
    tested = [(item, *_test(ctx, node, item)) for item in members.sure]
    perhaps = [(item, *_test(ctx, node, item)) for item in members.perhaps]
    unknowns = tuple(unknown for _, _, unknown in tested + perhaps if unknown is not None)
    if selection.pick == "at least":
        truth, more = _at_least(node, members, [t for _, t, _ in tested], [t for _, t, _ in perhaps])
    elif selection.pick == "every":
        truth = all_of([t for _, t, _ in tested] + [t if t is True else None for _, t, _ in perhaps])
        more = ()
    else:
        truth = any_of([t for _, t, _ in tested] + [t if t is False else None for _, t, _ in perhaps])
        more = ()
    firm = truth
    if span.open:
        stands = (selection.pick == "every" and truth is False) or (selection.pick != "every" and selection.last is None and truth is True)
        firm = truth if stands else None
    if truth is None:
        unknowns = tuple(dict.fromkeys((*unknowns, *more, *members.reasons))) or (Unknown("no record", selection.fact, span),)
    return Outcome(node, truth, firm, items=items, window=span, unknowns=unknowns if truth is None else ())


def _test(ctx: Context, node: model.Quantified, item: Item) -> tuple[Truth, Unknown | None]:
    """Whether one record passes; why that is unknown."""
    value = value_of(item, node.selection.attribute)
    if value.unknown is not None:
        return None, value.unknown
    if node.words:
        return (value.word in node.words) is not node.negated, None
    if value.amount is None:
        return None, Unknown("record without value", item.fact, newest=item)
    if node.low is not None and node.high is not None:
        low, high = numbers.exact(node.low.value), numbers.exact(node.high.value)
        inside = all_of((numbers.compare(">=", value.amount, low), numbers.compare("<=", value.amount, high)))
        truth = negate(inside) if node.negated else inside
    else:
        assert node.op is not None  # noqa: S101 - exactly one form is set (model.Quantified)
        assert node.value is not None  # noqa: S101 - likewise
        truth, unknown = _against(ctx, node.op, node.value, value.amount, item)
        if unknown is not None:
            return None, unknown
    if truth is None:
        return None, Unknown("bound only" if isinstance(value.amount, Interval) else "date too coarse", item.fact, newest=item)
    return truth, None


def _against(ctx: Context, op: str, threshold: model.Number, amount: Amount, item: Item) -> tuple[Truth, Unknown | None]:
    outer = ctx.limit_item
    ctx.limit_item = item
    right = ctx.plan.number(ctx, threshold)
    ctx.limit_item = outer
    for alternative in right.alternatives:
        if alternative.unknown is not None:
            return None, alternative.unknown
    return agreed([numbers.compare(op, amount, a.amount) for a in right.alternatives if a.amount is not None]), None


def _at_least(
    node: model.Quantified, members: Members, sure: Sequence[Truth], perhaps: Sequence[Truth]
) -> tuple[Truth, tuple[Unknown, ...]]:
    """At least n of all, or of the m latest; where fewer than m are on record, the missing ones may be either."""
    selection = node.selection
    count = selection.count or 0
    if selection.last is None:
        return at_least(count, [*sure, *(None if t is not False else False for t in perhaps)]), ()
    frame, last = members.frame, selection.last
    end = frame.end_high // SECONDS_PER_DAY if frame.timed else frame.end_high
    records = [(item, truth, True) for item, truth in zip(members.sure, sure, strict=True)]
    records += [(item, truth, False) for item, truth in zip(members.perhaps, perhaps, strict=True)]
    least = fewest([(item, truth is True, certain) for item, truth, certain in records], last, end)
    most = last - fewest([(item, truth is False, certain) for item, truth, certain in records], last, end)
    found: Truth = True if least >= count else (False if most < count else None)
    return found, () if found is not None else _open_places(members, selection.fact, last)


def _open_places(members: Members, fact: model.Fact, last: int) -> tuple[Unknown, ...]:
    """Why it is not certain which records are the m latest."""
    span, everything = members.frame.span, members.sure + members.perhaps
    coarse = next((item for item in everything if item.first != item.last), None)
    if coarse is not None or members.perhaps:
        item = coarse or members.perhaps[0]
        return (Unknown("date too coarse", item.fact, span, item),)
    if len(everything) < last:
        return (Unknown("no record", fact, span, detail=f"{len(everything)} of {last}"),)
    tied = in_doubt(everything, last)
    return () if tied is None else (Unknown("conflicting records", fact, span, tied),)
