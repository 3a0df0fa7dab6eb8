"""Visits of one day shown as one: the first declared keeps its key and takes the purposes and doses of all.

Their windows must have a day in common, step by step in the order of declaration; two that are booked at different times of the day stay
two. A visit that is recorded as done is never joined with one that is still to be done, because nobody could see the latter any more; but a
visit that gives nothing, and of which nothing is recorded, counts as done with the done visit that it would have been joined with.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from attrs import define, evolve

from .result import Days, DoseState, Purpose, VisitState

_OPEN = frozenset({"booked", "planned", "due", "overdue"})


@define
class _Group:
    """Visits joined so far, in order of declaration, with the days that all their windows share."""

    members: list[VisitState]
    window: Days | None
    seconds: int | None


def merged(states: Iterable[VisitState], recorded: Container[str] = ()) -> list[VisitState]:
    """The same visits, in the same order, those of one day joined; `recorded` has the keys of those of which anything is recorded."""
    visits = list(states)
    days: dict[int, list[VisitState]] = {}
    for visit in visits:
        day = visit.day
        if day is not None and _may_merge(visit):
            days.setdefault(day, []).append(visit)
    changed: dict[str, VisitState] = {}
    for group in days.values():
        if len(group) > 1:
            _of_one_day(sorted(group, key=lambda one: one.order), recorded, changed)
    return [changed.get(visit.key, visit) for visit in visits] if changed else visits


def _may_merge(visit: VisitState) -> bool:
    if visit.status == "done" or visit.booked is not None:
        return visit.status == "done" or visit.status in _OPEN
    return visit.status in _OPEN and (visit.visit is None or visit.visit.first is None)


def _of_one_day(visits: list[VisitState], recorded: Container[str], changed: dict[str, VisitState]) -> None:
    visits = _done_together(visits, recorded, changed)
    for over in (True, False):
        groups: list[_Group] = []
        for visit in visits:
            if (visit.status == "done") is over:
                _join(groups, visit)
        for group in groups:
            if len(group.members) > 1:
                _show_as_one(group, changed)


def _done_together(visits: list[VisitState], recorded: Container[str], changed: dict[str, VisitState]) -> list[VisitState]:
    """Visits that give nothing and have no record count as done with a visit of their day that is."""
    done = [visit for visit in visits if visit.status == "done"]
    if not done or len(done) == len(visits):
        return visits
    found: list[VisitState] = []
    for visit in visits:
        partner = next((one for one in done if _common(one.window, visit.window) is not None), None)
        if partner is None or visit.status == "done" or visit.key in recorded or visit.visit is None or visit.visit.gives:
            found.append(visit)
            continue
        along = evolve(visit, status="done", actual=partner.actual, remarks=(*visit.remarks, f"done with {partner.key}"))
        changed[visit.key] = along
        found.append(along)
    return found


def _common(one: Days | None, other: Days | None) -> Days | None:
    if one is None or other is None:
        return None
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _seconds(visit: VisitState) -> int | None:
    """The time of day of an appointment; when what was done began and ended tells nothing about how many visits it was."""
    return None if visit.booked is None or visit.status == "done" else visit.booked.seconds


def _join(groups: list[_Group], visit: VisitState) -> None:
    seconds = _seconds(visit)
    for group in groups:
        window = _common(group.window, visit.window)
        if window is not None and (seconds is None or group.seconds is None or seconds == group.seconds):
            group.members.append(visit)
            group.window, group.seconds = window, group.seconds if seconds is None else seconds
            return
    groups.append(_Group([visit], visit.window, seconds))


def _show_as_one(group: _Group, changed: dict[str, VisitState]) -> None:
    first, *others = group.members
    purposes: dict[str, Purpose] = {}
    doses: dict[str, DoseState] = {}
    for visit in group.members:
        for purpose in visit.purposes:
            known = purposes.get(purpose.item.name)
            if known is None or (known.applies is None and purpose.applies):
                purposes[purpose.item.name] = purpose
        for dose in visit.doses:
            doses.setdefault(dose.name, dose)
    booked = next((visit.booked for visit in group.members if visit.booked is not None), None)
    changed[first.key] = evolve(
        first,
        merged=tuple(visit.key for visit in others),
        shown_window=group.window,
        booked=booked,
        status="booked" if booked is not None and first.status in ("planned", "due") else first.status,
        purposes=tuple(purposes.values()),
        doses=tuple(doses.values()),
    )
    for visit in others:
        changed[visit.key] = evolve(visit, merged_into=first.key, purposes=(), doses=())
