"""Moving a visit by hand: first a plan that shows all that follows, then the subject with the move recorded. Pure.

A booked visit gets another appointment (its time of day stays, unless a new one is said), any other a recorded move. Moving it back to the
day on which the protocol would plan it takes the record of the move away again, so that moving and moving back restores everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import evolve, frozen

from ...dsl import model
from ..dates import PartialDate
from ..subject import Subject, VisitRecord
from .closed import NO_CLOSED_DAYS, ClosedDays
from .expand import expand
from .result import Days, PeriodState, SeriesState, SubjectSchedule, VisitState

_FIXED = {
    "done": "it has taken place",
    "missed": "it is recorded as missed",
    "skipped": "it is recorded as skipped",
    "cancelled": "the subject's part in the study ended before it",
    "not applicable": "it does not apply to this subject",
}


@frozen
class VisitShift:
    """A visit whose day changes. `outside` and `outside_before`: how many days it lies outside its window (negative: early)."""

    key: str
    title: str
    old: int | None
    new: int | None
    window: Days | None
    outside_before: int
    outside: int

    @property
    def leaves_window(self) -> bool:
        """Whether the move takes it out of its window, or farther out."""
        return abs(self.outside) > abs(self.outside_before)


@frozen
class Stretch:
    """A series, watch period or obligation whose days change: first and last day before and after."""

    key: str
    title: str
    old: tuple[int | None, int | None]
    new: tuple[int | None, int | None]


@frozen
class Joining:
    """Visits that are shown as one after the move (`merges`) or no longer are (`splits`): the key that is kept, and the other."""

    kind: Literal["merges", "splits"]
    key: str
    other: str


@frozen(eq=False)
class MovePlan:
    """What a move would do. `subject` None: it can't be done, `problems` say why.

    `shifts` has the visit itself first, then the others in order of day. `closed`: the name of the closed day that it would fall on.
    """

    key: str
    day: int
    before: SubjectSchedule
    after: SubjectSchedule | None = None
    subject: Subject | None = None
    shifts: tuple[VisitShift, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    joinings: tuple[Joining, ...] = ()
    closed: str | None = None
    problems: tuple[str, ...] = ()


def plan_move(
    protocol: model.Protocol, subject: Subject, now: PartialDate, key: str, new_date: PartialDate, closed: ClosedDays = NO_CLOSED_DAYS
) -> MovePlan:
    """What follows if a visit is moved to another day.

    Args:
        protocol: a checked rule file with a schedule.
        subject: the subject as recorded.
        now: the day up to which everything counts.
        key: the visit's key ("d28", "fu.3"); of merged visits each can be moved, which splits them.
        new_date: a day, or a time for an appointment.
        closed: days on which sites are closed.
    """
    before = expand(protocol, subject, now, closed)
    state = next((visit for visit in before.visits if visit.key == key), None)
    problems = _refusals(state, key, new_date, now)
    if state is None or problems:
        return MovePlan(key, new_date.first, before, problems=problems)
    moved = _with_move(subject, state, new_date, lambda one: _planned_on(expand(protocol, one, now, closed), key))
    after = expand(protocol, moved, now, closed)
    if any(visit.key == key and visit.status == "cancelled" for visit in after.visits):
        problem = f"{key}: {new_date} is after the end of the subject's part in the study."
        return MovePlan(key, new_date.first, before, problems=(problem,))
    return MovePlan(
        key,
        new_date.first,
        before,
        after,
        moved,
        _shifts(key, before, after),
        _stretches(before, after),
        _joinings(before, after),
        closed.of_site(subject.site).get(new_date.first),
    )


def apply_move(plan: MovePlan, reason: str, by: str | None = None) -> Subject:
    """The subject with the move recorded, its reason and who made it; ready to be written back.

    Raises:
        ValueError: if the plan has no subject (`problems` say why), or the reason is empty.
    """
    if plan.subject is None:
        raise ValueError(" ".join(plan.problems))
    if not reason.strip():
        raise ValueError("a move needs a reason")
    records = [
        evolve(record, reason=reason, by=by) if record.key == plan.key and record.status in ("moved", "booked") else record
        for record in plan.subject.visits
    ]
    return evolve(plan.subject, visits=tuple(records))


def _refusals(state: VisitState | None, key: str, new_date: PartialDate, now: PartialDate) -> tuple[str, ...]:
    if state is None:
        return (f"{key}: the schedule of this subject has no such visit.",)
    found = []
    if state.status in _FIXED or state.visit is None:
        found.append(f"{key}: it can't be moved, because {_FIXED.get(state.status, 'no schedule plans it')}.")
    if not new_date.exact:
        found.append(f"{key}: {new_date} is no day.")
    elif new_date.first < now.first:
        found.append(f"{key}: {new_date} is before {now}; what took place is recorded, not planned.")
    return tuple(found)


def _with_move(subject: Subject, state: VisitState, new_date: PartialDate, planned_on: Callable[[Subject], int | None]) -> Subject:
    records = list(subject.visits)
    # A record without a day is a problem of the input, and stays one.
    at = [index for index, record in enumerate(records) if record.key == state.key and _plans_a_day(record)]
    booked = [index for index in at if records[index].status == "booked"]
    if booked:
        for index in booked:
            records[index] = evolve(records[index], date=_at_its_time(records[index].date, new_date))
        return evolve(subject, visits=tuple(records))
    without = evolve(subject, visits=tuple([record for index, record in enumerate(records) if index not in at]))
    if planned_on(without) == new_date.first:
        return without
    if at:
        records[at[0]] = evolve(records[at[0]], date=new_date)
        return evolve(subject, visits=tuple([record for index, record in enumerate(records) if index not in at[1:]]))
    return evolve(subject, visits=(*records, VisitRecord(state.key, "moved", new_date)))


def _plans_a_day(record: VisitRecord) -> bool:
    return record.status in ("booked", "moved") and record.date is not None and record.date.exact


def _at_its_time(old: PartialDate | None, new: PartialDate) -> PartialDate:
    return new if old is None or new.seconds is not None else evolve(new, seconds=old.seconds, offset=old.offset)


def _planned_on(schedule: SubjectSchedule, key: str) -> int | None:
    return next((visit.planned for visit in schedule.visits if visit.key == key), None)


def _shifts(key: str, before: SubjectSchedule, after: SubjectSchedule) -> tuple[VisitShift, ...]:
    old = {visit.key: visit for visit in before.visits}
    found = []
    for visit in after.visits:
        was = old.get(visit.key)
        days = (None if was is None else was.day, visit.day)
        if days[0] != days[1]:
            outside_before = 0 if was is None else was.deviation_days
            found.append(VisitShift(visit.key, visit.title, *days, visit.window, outside_before, visit.deviation_days))
    gone = {visit.key for visit in after.visits}
    found.extend(VisitShift(visit.key, visit.title, visit.day, None, None, 0, 0) for visit in before.visits if visit.key not in gone)
    found.sort(key=lambda one: one.key != key)
    return tuple(found)


def _stretches(before: SubjectSchedule, after: SubjectSchedule) -> tuple[Stretch, ...]:
    old = {one.key: (one.start, one.end) for one in _lasting(before)}
    found = []
    for one in _lasting(after):
        was = old.get(one.key, (None, None))
        if was != (one.start, one.end):
            found.append(Stretch(one.key, _title(one), was, (one.start, one.end)))
    return tuple(found)


def _lasting(schedule: SubjectSchedule) -> tuple[SeriesState | PeriodState, ...]:
    return schedule.series + schedule.periods


def _title(one: SeriesState | PeriodState) -> str:
    return one.series.title if isinstance(one, SeriesState) else one.title


def _joinings(before: SubjectSchedule, after: SubjectSchedule) -> tuple[Joining, ...]:
    old = {(visit.key, other) for visit in before.visits for other in visit.merged}
    new = {(visit.key, other) for visit in after.visits for other in visit.merged}
    merges = [Joining("merges", *pair) for pair in sorted(new - old)]
    return (*merges, *[Joining("splits", *pair) for pair in sorted(old - new)])
