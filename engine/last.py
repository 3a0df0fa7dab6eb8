"""The n latest records of a window, as far as ties and coarse dates leave open which they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

from ..limits import MAX_ALTERNATIVES
from .outcome import Item
from .select import certainly_beyond


def last_sets(items: Sequence[Item], count: int) -> list[list[Item]] | None:
    """Every set of records that may be the n latest, each latest first; None if there are too many to try."""
    ordered = sorted(items, key=_order, reverse=True)
    top = ordered[:count]
    edge = min((item.first for item in top), default=0)
    rivals = [item for item in ordered[count:] if item.last >= edge and not all(certainly_beyond(other, item, 1) for other in top)]
    if not rivals:
        return [top]
    near = top + rivals
    if len(near) > MAX_ALTERNATIVES:
        return None
    # Of those that may be among them, some are in whatever the dates and ties come to.
    fixed = [item for item in near if sum(not certainly_beyond(item, other, 1) for other in near) <= count]
    doubtful = [item for item in near if all(item is not other for other in fixed)]
    if comb(len(doubtful), count - len(fixed)) > MAX_ALTERNATIVES:
        return None
    chosen = ([*fixed, *some] for some in combinations(doubtful, count - len(fixed)))
    return [found for found in chosen if _possible(found, near)]


def _order(item: Item) -> tuple[int, int]:
    return (item.first, -1 if item.seconds is None else item.seconds)


def _possible(chosen: Sequence[Item], near: Sequence[Item]) -> bool:
    """Whether no record that is left out is certainly later than one that is chosen."""
    inside = {id(item) for item in chosen}
    return not any(certainly_beyond(other, item, 1) for other in near if id(other) not in inside for item in chosen)


def in_doubt(items: Sequence[Item], count: int) -> Item | None:
    """A record of which a tie leaves open whether it is among the n latest."""
    sets = last_sets(items, count)
    if sets is not None and len(sets) == 1:
        return None
    ordered = sorted(items, key=_order, reverse=True)
    return next(item for item in ordered if item.first == ordered[count - 1].first)


def fewest(records: Sequence[tuple[Item, bool, bool]], count: int, end: int) -> int:
    """How many of the n latest pass at least, whatever the coarse dates mean and however ties are cut.

    A record comes with whether it passes and whether it certainly lies in the window, whose last day is `end`. The fewest pass where
    those that pass lie as early as they can (or outside) and the others as late as they can.
    """
    placed: list[tuple[int, int | None, bool]] = []
    for item, passes, certain in records:
        if passes and not certain:
            continue
        placed.append((item.first if passes else min(item.last, end), item.seconds if item.first == item.last else None, passes))
    if len(placed) <= count:
        return sum(passes for _, _, passes in placed)
    placed.sort(key=lambda record: record[0], reverse=True)
    edge = placed[count - 1][0]
    later = [passes for day, _, passes in placed if day > edge]
    return sum(later) + _fewest_of_day([(at, passes) for day, at, passes in placed if day == edge], count - len(later))


def _fewest_of_day(day: Sequence[tuple[int | None, bool]], places: int) -> int:
    """The same for some places among the records of one day: times decide among those that have one, the others tie with all."""
    timed = [passes for _, passes in sorted((-at, passes) for at, passes in day if at is not None)]
    untimed = sorted(passes for at, passes in day if at is None)
    sums = _sums(timed), _sums(untimed)
    return min(sums[0][places - free] + sums[1][free] for free in range(max(0, places - len(timed)), min(places, len(untimed)) + 1))


def _sums(truths: Sequence[bool]) -> list[int]:
    found = [0]
    for passes in truths:
        found.append(found[-1] + passes)
    return found
