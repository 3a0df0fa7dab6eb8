"""What an evaluation stands on: the protocol, one patient's items, now, the assessment day, and the moments as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from ..dsl import model
from .dates import PartialDate
from .moments import moment_states
from .outcome import MomentState, Unknown
from .prepare import Facts, Track, prepare
from .record import Patient
from .viewpoint import Course, View

if TYPE_CHECKING:
    from .outcome import Item, Outcome
    from .plan import Plan
    from .values import Numeric
    from .windows import Frame


@define(eq=False)
class DateValue:
    """A date as far as it is known: a day in [`low`, `high`] (ordinals; None: unbounded on that side).

    `seconds`/`offset` only for an exact day with a time. `planned`: the moments it hangs on that are only planned. `unknowns` tell why
    it is
    not set at all (`unset`) or only bounded.
    """

    low: int | None
    high: int | None
    seconds: int | None = None
    offset: int | None = None
    planned: tuple[model.Moment, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    unset: bool = False
    items: tuple[Item, ...] = ()
    second_low: int | None = None
    second_high: int | None = None
    unsettled: bool = False
    options: tuple[DateValue, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it is one day."""
        return self.low is not None and self.low == self.high


@frozen(eq=False)
class Record:
    """One patient made ready for one protocol at one instant: items, moments, the assessment day, windows as days.

    Built once, evaluated as often as wanted. `course` and `view`: see `viewpoint`; screening has neither.
    """

    protocol: model.Protocol
    patient: str
    facts: Facts
    now: PartialDate
    cutoff: PartialDate
    observing: bool
    moments: dict[str, MomentState]
    dates: dict[int, DateValue] = field(factory=dict, repr=False)
    frames: dict[int, Frame] = field(factory=dict, repr=False)
    course: Course | None = None
    view: View | None = None

    @property
    def assessment(self) -> int:
        """The day that evidence counts up to."""
        return self.cutoff.last


def read_record(
    protocol: model.Protocol, patient: Patient, now: PartialDate, of_records: Mapping[int, PartialDate], course: Course | None = None
) -> Record:
    """Set the moments, find the assessment day, make the items ready.

    Eligibility ends with the moment that the file states (`eligibility until`); with a `course` the study goes on, and everything up to
    now counts.
    """
    states = moment_states(protocol, patient, now, of_records, course)
    cutoff, observing = now, True
    if course is not None:
        _set_the_clock(protocol, states, course)
    elif protocol.until is not None:
        state = states[protocol.until.name]
        if state.status == "given" and state.date is not None:
            cutoff, observing = _earlier(now, state.date), False
    return Record(protocol, patient.id, prepare(protocol, patient, now, cutoff), now, cutoff, observing, states, course=course)


def _set_the_clock(protocol: model.Protocol, states: dict[str, MomentState], course: Course) -> None:
    """Where the baseline moment has no time of day and a dose was first given on that day at a known time, that time is the baseline's."""
    state = None if protocol.baseline is None else states.get(protocol.baseline.name)
    if state is None or state.date is None or not state.date.exact or state.date.seconds is not None:
        return
    timed = [
        date
        for (which, _), date in course.doses.items()
        if which == "first" and date.exact and date.first == state.date.first and date.seconds is not None
    ]
    if timed:
        first = min(timed, key=lambda date: (date.seconds or 0) - (date.offset or 0))
        states[state.moment.name] = evolve(state, date=first)


def _earlier(now: PartialDate, reached: PartialDate) -> PartialDate:
    """The earlier of now and a moment that has been reached."""
    return reached if reached.last <= now.last else now


@define
class Context:
    """One evaluation of a record, with what it has already found.

    `item` is the record at hand inside per-record windows and tests, `limit_item` the one whose reference range `x ULN` means;
    `baseline` the same patient as seen at the baseline, once something asks for it.
    """

    protocol: model.Protocol
    plan: Plan
    facts: Facts
    now: PartialDate
    cutoff: PartialDate
    observing: bool
    moments: dict[str, MomentState]
    assessment: int
    tracks: dict[str, Track]
    item: Item | None
    limit_item: Item | None
    dates: dict[int, DateValue]
    frames: dict[int, Frame]
    numbers: dict[int, Numeric] = field(factory=dict)
    truths: dict[int, Outcome] = field(factory=dict)
    course: Course | None = None
    view: View | None = None
    baseline: Context | None = None


def open_context(plan: Plan, record: Record) -> Context:
    """A fresh evaluation of a record; its days and windows are the record's own."""
    if record.course is not None:
        plan.mark_study()
    return Context(
        record.protocol,
        plan,
        record.facts,
        record.now,
        record.cutoff,
        record.observing,
        record.moments,
        record.assessment,
        record.facts.tracks,
        None,
        None,
        record.dates,
        record.frames,
        course=record.course,
        view=record.view,
    )
