"""A subject's schedule drawn along its days, as a value: places are shares of the width, so that one drawing serves every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import define, frozen

from ...engine.dates import format_day
from ...engine.schedule.result import UNSCHEDULED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...engine.schedule.result import SubjectSchedule, VisitState
    from ...engine.schedule.words import ScheduleWords

Sign = Literal["done", "outside", "booked", "planned", "due", "overdue", "missed", "skipped", "cancelled"]

_TOP = 40
_PITCH = 36
_BELOW = 24
_MARGIN = 2.0
_TICKS = (1, 2, 7, 14, 28, 56, 84, 168, 364, 728, 1820)
_MOST_TICKS = 7
_HALF = 50


@frozen
class Band:
    """A stretch of days as a bar: left end and width, in per cent of the drawing; `kind` is a class of the style sheet."""

    kind: str
    left: str
    width: str
    tip: str


@frozen
class Mark:
    """A sign at a day: `sign` says its form, never its colour alone; `tip` says it in words."""

    sign: str
    at: str
    tip: str


@frozen
class Lane:
    """One line of the drawing: a visit (or all repeats of it), its name where there is room for it, its windows, targets and signs."""

    title: str
    label_at: str
    label_side: str
    label_y: int
    y: int
    bands: tuple[Band, ...]
    targets: tuple[Mark, ...]
    marks: tuple[Mark, ...]


@frozen
class Tick:
    """A line down the drawing with a date below it."""

    at: str
    label: str


@frozen
class Timeline:
    """The drawing; `height` and all `y` in pixels. `today` is where the line of the day stands, and its label on the better side."""

    height: int
    bottom: int
    ticks: tuple[Tick, ...]
    today: str
    today_side: str
    today_label: str
    lanes: tuple[Lane, ...]
    signs: tuple[tuple[str, str], ...]
    description: str


@define
class _Axis:
    first: int
    last: int

    def at(self, day: float) -> float:
        """Where a day stands, in per cent."""
        return _MARGIN + (day - self.first) * (100 - 2 * _MARGIN) / max(self.last - self.first, 1)

    def ticks(self) -> Iterator[int]:
        step = next((step for step in _TICKS if (self.last - self.first) / step <= _MOST_TICKS), _TICKS[-1])
        return iter(range(self.first, self.last + 1, step))


def timeline(schedule: SubjectSchedule, say: ScheduleWords, legend: dict[str, str]) -> Timeline | None:
    """The drawing of a schedule; nothing where no day is known. `legend` are the words for the signs."""
    groups = _groups(schedule)
    days = [day for visits in groups for visit in visits for day in _days(visit)]
    days += [day for one in schedule.series for day in (one.start, one.end) if day is not None]
    if not days:
        return None
    axis = _Axis(min([*days, schedule.as_of]) - 1, max([*days, schedule.as_of]) + 1)
    lanes = [_lane(axis, visits, say, number) for number, visits in enumerate(groups)]
    for one in schedule.series:
        if one.start is not None and one.end is not None:
            y = _TOP + _PITCH * len(lanes)
            tip = say.series(one)
            band = Band("series", _share(axis.at(one.start)), _share(axis.at(one.end) - axis.at(one.start)), tip)
            at, side = _label(axis, one.start, one.end)
            lanes.append(Lane(say.title(one.series), at, side, y + 11, y + 23, (band,), (), ()))
    bottom = _TOP + _PITCH * len(lanes) + 4
    today = axis.at(schedule.as_of)
    used = ["window", "target", *dict.fromkeys(mark.sign for lane in lanes for mark in lane.marks)]
    used += ["series"] if any(band.kind == "series" for lane in lanes for band in lane.bands) else []
    return Timeline(
        bottom + _BELOW,
        bottom,
        tuple(Tick(_share(axis.at(day)), format_day(day)) for day in axis.ticks()),
        _share(today),
        "end" if today > _HALF else "start",
        f"{legend['today']} {format_day(schedule.as_of)}",
        tuple(lanes),
        tuple((sign, legend[sign]) for sign in used),
        legend["description"].format(len(groups), format_day(axis.first), format_day(axis.last)),
    )


def _groups(schedule: SubjectSchedule) -> list[list[VisitState]]:
    """Visits that share a line: repeats of one visit, and all unscheduled ones."""
    found: dict[tuple[str, str], list[VisitState]] = {}
    for visit in schedule.visits:
        if visit.status == "not applicable" or not _days(visit):
            continue
        prefix = visit.key.partition(":")[0] if ":" in visit.key else ""
        found.setdefault((prefix if visit.name != UNSCHEDULED else "", visit.name), []).append(visit)
    return list(found.values())


def _days(visit: VisitState) -> list[int]:
    days = [day for day in (visit.target, visit.day) if day is not None]
    return [*days, *(visit.window or ())]


def _lane(axis: _Axis, visits: list[VisitState], say: ScheduleWords, number: int) -> Lane:
    y = _TOP + _PITCH * number
    windows = [visit.window for visit in visits if visit.window is not None and visit.window[0] < visit.window[1]]
    bands = tuple(Band("window", _share(axis.at(a)), _share(axis.at(b) - axis.at(a)), say.days((a, b))) for a, b in windows)
    targets = tuple(Mark("target", _share(axis.at(one.target)), say.on(one.target)) for one in visits if one.target is not None)
    marks = []
    for visit in visits:
        sign = _sign(visit)
        if sign is not None and visit.day is not None:
            tip = say.w.chain([say.visit(visit), say.day_of(visit), say.status(visit)])
            marks.append(Mark(sign, _share(axis.at(visit.day)), tip))
    days = [day for visit in visits for day in _days(visit)]
    at, side = _label(axis, min(days), max(days))
    title = say.visit(visits[0]) if len(visits) == 1 else say.names.get(visits[0].name, say.visit(visits[0]))
    if len(visits) > 1:
        title = f"{title} × {len(visits)}"
    return Lane(title, at, side, y + 11, y + 23, bands, targets, tuple(marks))


def _sign(visit: VisitState) -> Sign | None:
    if visit.status == "done":
        return "outside" if visit.deviation_days else "done"
    if visit.status in ("booked", "planned", "due", "overdue", "missed", "skipped", "cancelled"):
        return visit.status
    return None


def _label(axis: _Axis, first: int, last: int) -> tuple[str, str]:
    """A name begins where its line begins, or ends where it ends if that leaves more room."""
    left, right = axis.at(first), axis.at(last)
    at_start = left <= 100 - right or left < 40
    return (_share(left), "start") if at_start else (_share(right), "end")


def _share(percent: float) -> str:
    return f"{percent:.2f}%"
