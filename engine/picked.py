"""The value of one picked record: latest, first, highest or lowest, with the alternatives that ties and coarse dates leave open."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ..dsl import model
from .context import Context
from .dates import FIRST_DAY, LAST_DAY, SECONDS_PER_DAY
from .numbers import as_interval
from .outcome import Interval, Item, Note, Real
from .select import Members, first, latest, members_of, missing, value_of
from .therapy import dose_in_force
from .values import Alternative, Numeric, items_of, numeric


def picked(ctx: Context, node: model.Value) -> Numeric:
    """The number of a selection."""
    selection = node.selection
    if (
        selection.attribute is not None
        and selection.attribute.name == "dose"
        and selection.fact.kind == "exposure"
        and selection.pick == "latest"
    ):
        alternatives, members = dose_in_force(ctx, selection)
    else:
        alternatives, members = pick(ctx, selection)
    return as_numeric(node, tuple(alternatives), members)


def as_numeric(node: model.Number, alternatives: tuple[Alternative, ...], members: Members) -> Numeric:
    """Alternatives as the number of a node; nothing is firm while the window is open."""
    span = members.frame.span
    return numeric(node, alternatives, settled=not span.open, window=span, notes=notes_on(members, alternatives))


def notes_on(members: Members, alternatives: Sequence[Alternative]) -> tuple[Note, ...]:
    """That several records are equally latest (or may be), for the reader."""
    if len(alternatives) < 2:
        return ()
    items = items_of(alternatives)
    code = "several possible" if members.perhaps or any(item.first != item.last for item in items) else "tie"
    return (Note(code, items=items),)


def pick(ctx: Context, selection: model.Selection) -> tuple[list[Alternative], Members]:
    """The alternatives of a selection with pick latest, first, highest or lowest."""
    members = members_of(ctx, selection)
    if members.frame.unset:
        return [Alternative(None, unknown) for unknown in members.frame.unknowns], members
    if not members.sure and not members.perhaps:
        return [Alternative(None, missing(ctx, selection, members))], members
    if selection.pick in ("highest", "lowest"):
        alternatives = _extreme(selection, members)
    else:
        items = narrowed(latest(members), members, "latest") if selection.pick != "first" else narrowed(first(members), members, "first")
        alternatives = _distinct([value_of(item, selection.attribute) for item in items])
    if not members.sure:
        # Perhaps no record lies in the window at all.
        alternatives.extend(Alternative(None, reason) for reason in members.reasons[:1])
    return alternatives, members


def narrowed(items: Sequence[Item], members: Members, which: str) -> Sequence[Item]:
    """Coarse items with the days on which they are the latest (or first): in the window, and not before one that is certainly in it."""
    if all(item.first == item.last for item in items):
        return items
    low, high = _days_of(members)
    if members.sure and which == "latest":
        low = max(low, *(item.first for item in members.sure))
    elif members.sure:
        high = min(high, *(item.last for item in members.sure))
    return [evolve(item, first=max(item.first, low), last=min(item.last, high)) for item in items]


def _days_of(members: Members) -> tuple[int, int]:
    """The days between which a record of the selection begins: those of the window, which an interval may begin before."""
    frame, fact = members.frame, (members.sure or members.perhaps)[0].fact
    if not members.shared:
        return FIRST_DAY, LAST_DAY
    scale = SECONDS_PER_DAY if frame.timed else 1
    low = FIRST_DAY if frame.start_low is None or fact.kind in model.INTERVAL_KINDS else frame.start_low // scale
    return low, frame.end_high // scale


def _distinct(alternatives: list[Alternative]) -> list[Alternative]:
    """Ties with one and the same value are one alternative that shows all its records."""
    if len(alternatives) == 1:
        return alternatives
    merged: list[Alternative] = []
    for alternative in alternatives:
        for index, known in enumerate(merged):
            if (
                known.unknown is None
                and alternative.unknown is None
                and known.amount == alternative.amount
                and known.word == alternative.word
                and _same_limits(known.items[0], alternative.items[0])
            ):
                merged[index] = Alternative(known.amount, None, known.items + alternative.items, known.word)
                break
        else:
            merged.append(alternative)
    return merged


def _same_limits(left: Item, right: Item) -> bool:
    a, b = left.entry, right.entry
    return (a.range_low, a.range_high, a.range_unit, a.unit) == (
        b.range_low,
        b.range_high,
        b.range_unit,
        b.unit,
    ) and left.first == right.first


def _extreme(selection: model.Selection, members: Members) -> list[Alternative]:
    """The highest or lowest value.

    It is an interval where a record that can't be used, or is only perhaps in the window, could beat the others. Records that are
    equally high
    are alternatives, as ties are: they may have different reference ranges.
    """
    highest = selection.pick == "highest"
    if not members.perhaps and selection.attribute is None:
        amounts = [item.number for item in members.sure if item.problem is None and not isinstance(item.number, Interval)]
        if len(amounts) == len(members.sure):
            best = (max if highest else min)(amounts)  # type: ignore[type-var]
            return _distinct([Alternative(best, None, (item,)) for item in members.sure if item.number == best])
    sure = [value_of(item, selection.attribute) for item in members.sure]
    perhaps = [value_of(item, selection.attribute) for item in members.perhaps]
    unusable = [alternative for alternative in sure + perhaps if alternative.unknown is not None]
    bounds = [as_interval(alternative.amount) for alternative in sure if alternative.amount is not None]
    if not bounds:
        return unusable[:1] or [Alternative(None, members.reasons[0])]
    sign = 1 if highest else -1
    near = _reach([_flip(bound, sign) for bound in bounds])
    return _distinct([found for alternative in sure + perhaps if (found := _could_be(alternative, near, sign)) is not None])


def _could_be(alternative: Alternative, near: Interval, sign: int) -> Alternative | None:
    """What one record's value is if it is the highest (`near.low` is certainly reached); None if it can't be."""
    own = Interval(None, None) if alternative.amount is None else _flip(as_interval(alternative.amount), sign)
    if near.low is None or own.high is None:
        beats = True
    else:
        beats = own.high > near.low or (own.high == near.low and not own.high_open and not near.low_open)
    if not beats:
        return None
    if near.low is not None and (own.low is None or own.low < near.low or (own.low == near.low and near.low_open)):
        own = Interval(near.low, own.high, near.low_open, own.high_open)
    own = _flip(own, sign)
    amount = own.low if own.low is not None and own.low == own.high else own
    return Alternative(amount, None, alternative.items)


def _flip(bound: Interval, sign: int) -> Interval:
    """The interval mirrored at zero, so that lowest is the highest of the mirror image."""
    if sign > 0:
        return bound
    return Interval(None if bound.high is None else -bound.high, None if bound.low is None else -bound.low, bound.high_open, bound.low_open)


def _reach(bounds: Sequence[Interval]) -> Interval:
    """The interval in which the maximum of numbers from these intervals lies; of equal lower bounds an open one reaches further."""
    low: tuple[Real, bool] | None = max([(bound.low, bound.low_open) for bound in bounds if bound.low is not None], default=None)
    low_value, low_open = (None, False) if low is None else low
    if any(bound.high is None for bound in bounds):
        return Interval(low_value, None, low_open)
    high = max((bound.high, not bound.high_open) for bound in bounds if bound.high is not None)
    return Interval(low_value, high[0], low_open, not high[1])
