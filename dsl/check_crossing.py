"""Windows of neighbouring visits: none reaches beyond the day of the next, and where two meet somebody should know."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from .. import limits
from . import schedule_model
from ._frozen import frozen
from .check_times import day_text
from .check_visits import Planned
from .diagnostics import Label
from .resolve import Context


@frozen
class Spot:
    """One planned day of a visit with its window, as days from the moment `root`; `name` is that of the occurrence."""

    target: int
    start: int
    end: int
    name: str
    planned: Planned

    @property
    def stretch(self) -> bool:
        """Whether it is a range of days, which is its own window and may hold other visits."""
        return self.planned.start is not None

    @property
    def at_anchor(self) -> bool:
        """Whether it is planned for the day that the others are counted from: where it takes place late, they move with it."""
        return self.target == 0


def check_windows(ctx: Context, planned: Sequence[Planned], numbering: int) -> None:
    """Compare the windows of the visits of one schedule whose planned days have a fixed distance."""
    by_root: dict[str, list[Spot]] = {}
    if sum(one.repeat.count or 1 if one.repeat is not None else 1 for one in planned) > limits.MAX_VISITS:
        # More than a subject may have, which is reported by itself.
        return
    for one in planned:
        if one.target.nominal is not None:
            by_root.setdefault(one.target.nominal[0], []).extend(_spots(one))
    told: set[frozenset[str]] = set()
    for spots in by_root.values():
        spots.sort(key=lambda spot: spot.target)
        for first, second, forward in _neighbours(spots):
            pair = frozenset({first.planned.name, second.planned.name})
            if first.at_anchor and forward:
                continue
            if pair not in told and _meet(ctx, first, second, numbering, forward=forward):
                told.add(pair)


def count_visits(ctx: Context, planned: Iterable[Planned]) -> None:
    """The visits that one subject may have stay within the bound."""
    total = 0
    for one in planned:
        before = total
        total += 1 if one.repeat is None else one.repeat.count or 1
        if before <= limits.MAX_VISITS < total:
            message = f"with `{one.name}` a subject has more than {limits.MAX_VISITS} visits"
            ctx.report("TR097", one.visit.span, message, "plan fewer visits")


def _spots(one: Planned) -> Iterator[Spot]:
    nominal = one.target.nominal
    if nominal is None:
        return
    day = nominal[1]
    before, after = _reach(one.visit.window)
    if one.start is not None:
        first = one.start.nominal
        yield Spot(day, first[1] if first is not None else day, day, one.name, one)
        return
    if one.repeat is None or not one.repeat.step or one.repeat.count is None:
        yield Spot(day, day - before, day + after, one.name, one)
        return
    for number in range(one.repeat.count):
        here = day + number * one.repeat.step
        yield Spot(here, here - before, here + after, f"{one.name}.{number + 1}", one)


def _reach(window: schedule_model.Tolerance | None) -> tuple[int, int]:
    """The days before and after the target; a window in months, whose days differ, is left aside."""
    if window is None or window.before.months is not None or window.after.months is not None:
        return 0, 0
    return window.before.days, window.after.days


def _neighbours(spots: list[Spot]) -> Iterator[tuple[Spot, Spot, bool]]:
    """Each spot with the next later one that the same subject may have (True), and each with the one before; `spots` in order of days."""
    targets = [spot.target for spot in spots]
    for spot in spots:
        for place in range(bisect_right(targets, spot.target), len(spots)):
            if _together(spot.planned.visit, spots[place].planned.visit):
                yield spot, spots[place], True
                break
        for place in range(bisect_left(targets, spot.target) - 1, -1, -1):
            if _together(spot.planned.visit, spots[place].planned.visit):
                yield spots[place], spot, False
                break


def _together(left: schedule_model.Visit, right: schedule_model.Visit) -> bool:
    """Whether one subject may have both."""
    return not left.arms or not right.arms or not set(left.arms).isdisjoint(right.arms)


def _meet(ctx: Context, first: Spot, second: Spot, numbering: int, *, forward: bool) -> bool:
    """Report two windows that cross (an error) or meet (a warning); `first` is planned before `second`."""

    def day(number: int) -> str:
        return day_text(number, numbering)

    places = [one.window.span if one.window is not None else one.name.span for one in (first.planned.node, second.planned.node)]
    help_ = "make the window shorter, or plan one of the visits for another day"
    if forward and first.end > second.target:
        label = Label(second.planned.visit.span, f"`{second.name}` is planned for {day(second.target)}")
        message = f"the window of `{first.name}` ends on {day(first.end)}, after the day of `{second.name}`, which comes next"
        ctx.report("TR086", places[0], message, help_, label)
    elif second.start < first.target and not second.stretch:
        label = Label(first.planned.visit.span, f"`{first.name}` is planned for {day(first.target)}")
        message = f"the window of `{second.name}` opens on {day(second.start)}, before the day of `{first.name}`, which comes first"
        ctx.report("TR086", places[1], message, help_, label)
    elif forward and first.end >= second.start and not first.stretch and not second.stretch:
        message = f"the windows of `{first.name}` and `{second.name}` meet: {day(second.start)} lies in both"
        label = Label(second.planned.visit.span, f"`{second.name}`")
        ctx.warn("TR086", places[0], message, "make one of them shorter, unless both may fall on one day", label)
    else:
        return False
    return True
