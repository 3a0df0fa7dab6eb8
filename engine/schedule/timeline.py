"""The days of one subject: moments and visits, worked out in the order in which they hang on one another.

A re-screening opens a second timeline; the first then knows only what was so before the second began. Conditions and dates that look at
records are the evaluator's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import define, field, frozen

from ...dsl import model, schedule_model
from ...limits import MAX_REPEATS
from ..context import Context, DateValue, Record, open_context
from ..dates import LAST_DAY, PartialDate, of_day, step
from ..evaluate import plan_for
from ..outcome import MomentState, Unknown
from ..prepare import Facts, prepare
from ..subject import EndStatus, Subject
from ..viewpoint import Course, Reads, View
from ..windows import date_value
from .closed import open_day
from .plans import SCREENING, PartPlan, VisitPlan
from .recorded import NOTHING, Book, Recorded, doses_given
from .result import Days, DoseState
from .steps import steps_of

_TIMED = ("hours", "minutes")


@frozen
class Ending:
    """The subject's part in the study is over: after `day` (None: known only coarsely, `latest` at the latest) nothing is planned any more.

    `status` None: the last screening failed, and nobody recorded more.
    """

    status: EndStatus | None
    day: int | None
    latest: int
    reason: str | None = None


@define(eq=False)
class Case:
    """One expansion: a subject, as of an instant, with what was sorted once. `closed` are the closed days of the subject's site."""

    plan: PartPlan
    subject: Subject
    now: PartialDate
    book: Book
    closed: Mapping[int, str]
    arm: schedule_model.Arm | None = None
    end: Ending | None = None
    _facts: Facts | None = None

    @property
    def today(self) -> int:
        """The day up to which everything counts."""
        return self.now.last

    @property
    def facts(self) -> Facts:
        """The subject's records, made ready when they are first asked for."""
        if self._facts is None:
            self._facts = prepare(self.plan.protocol, self.subject.patient, self.now, self.now)
        return self._facts


class _Moments(dict[str, MomentState]):
    """Moments by name; one that is not worked out (yet) is not set."""

    def __init__(self, protocol: model.Protocol) -> None:
        super().__init__()
        self._protocol = protocol

    def __missing__(self, name: str) -> MomentState:
        return MomentState(self._protocol.moments[name], None, "unset")


@define(eq=False)
class Slot:
    """A visit of a timeline while it is worked out; `target`, `window`, `planned` None: not known, see `value.unknowns`.

    `closed`: the closed day that `planned` falls on, or had to avoid.
    """

    plan: VisitPlan
    key: str
    number: int
    value: DateValue
    record: Recorded
    target: int | None = None
    window: Days | None = None
    optimum: Days | None = None
    planned: int | None = None
    avoided: str | None = None
    closed: str | None = None


@define(eq=False)
class Timeline:
    """The days of one instance: `number` from 1; `prefix` stands before the keys of its visits; `until`: the day when the next one begins.

    `visits` has the effective day of each visit by name, `values` the same with what it hangs on.
    """

    case: Case
    number: int = 1
    prefix: str = ""
    screening: PartialDate | None = None
    until: int | None = None
    moments: _Moments = field(init=False)
    visits: dict[str, PartialDate] = field(factory=dict)
    values: dict[str, DateValue] = field(factory=dict)
    slots: dict[str, Slot] = field(factory=dict)
    doses: dict[tuple[Literal["first", "last"], str], PartialDate] = field(factory=dict)
    doses_on: dict[tuple[str, int], DoseState] = field(factory=dict)
    _contexts: dict[int | None, Context] = field(factory=dict)

    @moments.default
    def _no_moments(self) -> _Moments:
        return _Moments(self.case.plan.protocol)

    # ---------------------------------------------------------------- what the evaluator sees

    def context(self, day: int | None = None) -> Context:
        """An evaluation with everything known up to now; with a day, one that reads facts as they stood on that day."""
        found = self._contexts.get(day)
        if found is None:
            case, protocol = self.case, self.case.plan.protocol
            view = None if day is None else View(of_day(day), Reads(None, of_day(day)))
            course = Course(self.visits, self.doses)
            record = Record(protocol, case.subject.patient.id, case.facts, case.now, case.now, True, self.moments, course=course, view=view)
            found = self._contexts[day] = open_context(plan_for(protocol), record)
        return found

    def date(self, node: model.Date) -> DateValue:
        """What a date comes to for this subject."""
        kind = type(node)
        if kind is model.Shifted:
            return self._shifted(node)  # type: ignore[arg-type]
        if kind is model.MomentDate:
            return self._moment_date(node.moment)  # type: ignore[union-attr]
        if kind is model.VisitDate:
            found = self.values.get(node.visit)  # type: ignore[union-attr]
            return _unset(node.visit) if found is None else found  # type: ignore[union-attr]
        return date_value(self.context(), node)

    def _shifted(self, node: model.Shifted) -> DateValue:
        if node.length.unit in _TIMED:
            return date_value(self.context(), node)
        base = self.date(node.date)
        if base.low is None or base.high is None:
            return base
        sign, months = -1 if node.direction == "before" else 1, self.case.plan.protocol.months
        low = step(base.low, node.length, sign, months)
        high = low if base.high == base.low else step(base.high, node.length, sign, months)
        return DateValue(low, high, planned=base.planned, unknowns=base.unknowns)

    def _moment_date(self, moment: model.Moment) -> DateValue:
        state = self.moments[moment.name]
        if state.date is None:
            return _unset(moment.name)
        planned = (moment,) if state.status == "planned" else ()
        return DateValue(state.date.first, state.date.last, state.date.seconds, state.date.offset, planned)

    # ---------------------------------------------------------------- working it out

    def work_out(self) -> None:
        """Find every moment and every visit's first day, each after what it hangs on."""
        for name, date in doses_given(self.case.book, self.case.plan.gives, self.until):
            for which in ("first", "last"):
                known = self.doses.get((which, name))
                self.doses[which, name] = date if known is None else _extreme(which, known, date)
        for one in self.case.plan.steps:
            if type(one) is VisitPlan:
                self._visit(one)
            else:
                self.moments[one.name] = self._moment(one)  # type: ignore[union-attr, arg-type]

    def _given(self, name: str) -> PartialDate | None:
        """The day that the record gives for a moment; one that hangs on the screening belongs to the timeline in which it lies."""
        date = self.case.subject.patient.moments.get(name)
        if name == SCREENING and (date is None or self.until is not None):
            return self.screening
        if date is not None and self.until is not None and date.last >= self.until and name in self.case.plan.screened_moments:
            return None
        return date

    def _moment(self, moment: model.Moment) -> MomentState:
        now, planned_doses = self.case.now, moment.name in self.case.plan.projected
        for way in moment.ways:
            if way.kind == "given":
                given = self._given(moment.name)
                if given is not None:
                    return MomentState(moment, given, "given" if given.first <= now.last else "planned", way.assumed)
            elif way.date is not None:
                ahead = self._looking_ahead(way.date) if planned_doses else None
                if ahead is not None:
                    return MomentState(moment, ahead, "planned", way.assumed)
                value = self.date(way.date)
                if value.low is None or value.high is None:
                    continue
                found = PartialDate(value.low, value.high, value.seconds, value.offset)
                planned = way.kind == "planned" or found.first > now.last
                return MomentState(moment, found, "planned" if planned else "given", way.assumed)
        return MomentState(moment, None, "unset")

    def _looking_ahead(self, node: model.Date) -> PartialDate | None:
        """The day that `last given dose of X` will be if all goes as planned; None where no further dose is planned."""
        if isinstance(node, model.Shifted) and node.length.unit not in _TIMED:
            base = self._looking_ahead(node.date)
            sign, months = -1 if node.direction == "before" else 1, self.case.plan.protocol.months
            return None if base is None else of_day(step(base.first, node.length, sign, months))
        if not isinstance(node, model.DoseDate) or node.which != "last":
            return None
        givers = self.case.plan.givers.get(node.dose, ())
        days = [day for giver in givers for slot in self._last_slots(giver) if (day := self._still_to_give(slot, node.dose)) is not None]
        given = self.doses.get(("last", node.dose))
        if not days or (given is not None and given.last >= max(days)):
            return None
        return of_day(max(days))

    def _last_slots(self, giver: VisitPlan) -> Iterator[Slot]:
        """A visit that gives a dose; of a repeated one whose end is known, all that are still to come."""
        first, repeat = self.slots.get(giver.visit.name), giver.visit.recurrence
        if first is None:
            return
        yield first
        if repeat is None or first.target is None or (repeat.times is None and repeat.end is None):
            return
        end = None if repeat.end is None else self.date(repeat.end)
        stop = LAST_DAY if end is None else end.low if end.low is not None and end.low == end.high else first.target
        times = MAX_REPEATS if repeat.times is None else min(repeat.times, MAX_REPEATS)
        days = steps_of(repeat.every, first.target, stop, times, self.case.plan.protocol.months or "down")
        for number, day in enumerate(days[1:], 2):
            yield self.slot(giver, number, DateValue(day, day, planned=first.value.planned))

    def _still_to_give(self, slot: Slot, dose: str) -> int | None:
        """The day on which a visit is still to give a dose."""
        if slot.planned is None or slot.record.done is not None or slot.record.ended is not None:
            return None
        visit, arm, end = slot.plan.visit, self.case.arm, self.case.end
        if visit.arms and not visit.masked and arm is not None and arm.name not in visit.arms:
            return None
        if end is not None and slot.planned > end.latest:
            return None
        return None if self.case.book.held(dose, slot.planned) is not None else slot.planned

    def _visit(self, one: VisitPlan) -> None:
        name, number = one.visit.name, 0 if one.visit.recurrence is None else 1
        slot = self.slot(one, number, self.date(one.visit.date))
        self.slots[name] = slot
        done = slot.record.done
        if done is not None and done.date is not None:
            date, value = done.date, DateValue(done.date.first, done.date.last, done.date.seconds, done.date.offset)
        elif slot.planned is not None:
            date = of_day(slot.planned)
            value = DateValue(slot.planned, slot.planned, planned=slot.value.planned)
        else:
            self.values[name] = DateValue(None, None, unknowns=self.why(slot), unset=True)
            return
        self.visits[name], self.values[name] = date, value

    def key(self, name: str, *, screened: bool) -> str:
        """The key of a visit, series or period of this timeline."""
        return self.prefix + name if screened else name

    def slot(self, one: VisitPlan, number: int, value: DateValue) -> Slot:
        """A visit with its target, windows and planned day; bookings and moves by hand count, what was done does not move its own target.

        `number` is its place in a repeat, 0 for a visit that is none.
        """
        key = self.key(one.visit.name, screened=one.schedule.screened) + (f".{number}" if number else "")
        slot = Slot(one, key, number, value, self.case.book.visits.get(key, NOTHING))
        if value.low is not None and value.low == value.high:
            self._plan(slot, value.low)
        record = slot.record.booked or slot.record.moved
        if record is not None and record.date is not None:
            slot.planned, slot.avoided = record.date.first, None
        if slot.planned is not None:
            slot.closed = self.case.closed.get(slot.planned)
        return slot

    def why(self, slot: Slot) -> tuple[Unknown, ...]:
        """Why a visit has no day, and what is needed."""
        if slot.value.unknowns:
            return slot.value.unknowns
        one = slot.plan
        return (Unknown("date too coarse", detail=one.chained_to or one.schedule.schedule.anchor.name),)

    def _plan(self, slot: Slot, target: int) -> None:
        visit, months = slot.plan.visit, self.case.plan.protocol.months
        low = high = target
        if visit.first is not None:
            first = self.date(visit.first)
            low = min(target, first.low) if first.low is not None and first.low == first.high else target
        elif visit.window is not None:
            low, high = step(target, visit.window.before, -1, months), step(target, visit.window.after, 1, months)
        slot.target, slot.window, slot.planned = target, (low, high), target
        if visit.optimum is not None:
            slot.optimum = (step(target, visit.optimum.before, -1, months), step(target, visit.optimum.after, 1, months))
        shift = slot.plan.schedule.schedule.shift
        if shift is not None and target in self.case.closed:
            found = open_day(target, slot.window, self.case.closed, shift)
            slot.planned = target if found is None else found
            slot.avoided = None if found is None else self.case.closed[target]


def _unset(name: str) -> DateValue:
    return DateValue(None, None, unknowns=(Unknown("moment not set", detail=name),), unset=True)


def _extreme(which: str, one: PartialDate, other: PartialDate) -> PartialDate:
    """The earlier or the later of two dates: of exact ones the one itself, with its time; of coarse ones the days between which it lies."""
    pick = min if which == "first" else max
    if one.exact and other.exact:
        return pick(one, other, key=lambda date: (date.first, -1 if date.seconds is None else date.seconds - (date.offset or 0)))
    return PartialDate(pick(one.first, other.first), pick(one.last, other.last))
