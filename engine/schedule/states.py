"""From a visit with its days to its state: whether it applies, how it stands as of now, what it gives and assesses."""

from __future__ import annotations

from attrs import evolve, frozen

from ...dsl import model, schedule_model as plan
from ..doses import dose_for
from ..outcome import Truth, Unknown
from ..subject import VisitRecord
from .plans import NO_ARM, Assessed
from .recorded import Recorded
from .result import Days, DoseState, Purpose, VisitState, VisitStatus
from .timeline import Case, Slot, Timeline

AS_PLANNED = "as planned"
GIVEN = "given"
NOT_GIVEN = "not given"


@frozen
class Standing:
    """How a visit stands, and why it is unknown whether or when it takes place."""

    status: VisitStatus
    unknowns: tuple[Unknown, ...] = ()


def applies(
    timeline: Timeline, arms: tuple[str, ...], condition: model.Condition | None, *, masked: bool
) -> tuple[Truth, tuple[Unknown, ...]]:
    """Whether something holds for the subject: for the arm (masked: for every arm) and by its condition, with the records up to now."""
    if arms and not masked:
        arm = timeline.case.arm
        if arm is None:
            return None, (NO_ARM,)
        if arm.name not in arms:
            return False, ()
    if condition is None:
        return True, ()
    context = timeline.context()
    outcome = context.plan.condition(context, condition)
    return outcome.truth, outcome.unknowns


def visit_state(timeline: Timeline, slot: Slot) -> VisitState:
    """The state of one visit, before visits of one day are merged."""
    one, visit, record = slot.plan, slot.plan.visit, slot.record
    standing = _standing(timeline, slot)
    status = standing.status
    done = record.done.date if record.done is not None and status == "done" else None
    hand = record.booked or record.moved
    day = slot.planned if done is None else done.first if done.exact else None
    judged = day if done is not None or hand is not None else None
    going_on = status not in _OVER
    notes: list[str] = []
    if slot.avoided is not None and done is None:
        notes.append(f"moved off a closed day: {slot.avoided}".rstrip(": "))
    if slot.closed is not None and going_on and done is None:
        notes.append(f"closed day: {slot.closed}".rstrip(": "))
    if record.moment is not None:
        notes.append(f"recorded as: {record.moment}")
    latest = record.done or record.ended or hand
    return VisitState(
        key=slot.key,
        name=visit.name,
        title=visit.title if not slot.number else f"{visit.title} {slot.number}",
        timing=visit.timing,
        order=(timeline.number, one.rank, slot.number),
        status=status,
        target=slot.target,
        planned=slot.planned,
        window=slot.window,
        optimum=slot.optimum,
        shown_window=slot.window,
        booked=None if record.booked is None else record.booked.date,
        actual=done,
        deviation_days=_distance(judged, slot.window),
        outside_optimum=_distance(judged, slot.optimum),
        provisional=bool(slot.value.planned),
        doses=_doses(timeline, slot, day, given=record.done if done is not None else None) if visit.gives and going_on else (),
        purposes=purposes(timeline, one.numbered.get(slot.number, one.assessed)) if going_on else (),
        reason=None if latest is None else latest.reason,
        remarks=tuple(notes),
        unknowns=standing.unknowns,
        visit=visit,
        titles=visit.notes.titles if not slot.number else _numbered(visit, slot.number),
    )


_OVER = ("cancelled", "not applicable", "missed", "skipped")


def _numbered(visit: plan.Visit, number: int) -> dict[str, str]:
    return {language: f"{title} {number}" for language, title in visit.notes.titles.items()}


def _standing(timeline: Timeline, slot: Slot) -> Standing:
    case, visit, record = timeline.case, slot.plan.visit, slot.record
    if record.done is not None:
        return Standing("done")
    if record.ended is not None:
        return Standing("missed" if record.ended.status == "missed" else "skipped")
    holds, unknowns = applies(timeline, visit.arms, visit.condition, masked=visit.masked)
    if holds is False:
        return Standing("not applicable")
    if timeline.until is not None or is_after_the_end(case, slot.planned):
        return Standing("cancelled")
    if holds is None:
        return Standing("undetermined", unknowns)
    if slot.planned is None:
        return Standing("unknown", timeline.why(slot))
    return Standing(_by_the_calendar(case.today, slot.planned, slot.window, record))


def is_after_the_end(case: Case, planned: int | None) -> bool:
    """Whether a visit planned on a day (None: not known when) is after the subject's part in the study."""
    return case.end is not None and (planned is None or planned > case.end.latest)


def _by_the_calendar(today: int, planned: int, window: Days | None, record: Recorded) -> VisitStatus:
    opens, closes = (planned, planned) if window is None else (min(window[0], planned), max(window[1], planned))
    if today > closes:
        return "overdue"
    if record.booked is not None:
        return "booked"
    return "due" if today >= opens else "planned"


def with_record(state: VisitState, record: Recorded, today: int) -> VisitState:
    """A visit that no line of the schedule declares (the early termination), with what is recorded about it."""
    hand = record.booked or record.moved
    latest = record.done or record.ended or hand
    planned = state.planned if hand is None or hand.date is None else hand.date.first
    done = None if record.done is None else record.done.date
    status = state.status
    if done is not None:
        status = "done"
    elif record.ended is not None:
        status = "missed" if record.ended.status == "missed" else "skipped"
    elif planned is not None:
        status = _by_the_calendar(today, planned, state.window, record)
    day = planned if done is None else done.first if done.exact else None
    return evolve(
        state,
        status=status,
        planned=planned,
        booked=None if record.booked is None else record.booked.date,
        actual=done,
        deviation_days=_distance(day, state.window),
        reason=None if latest is None else latest.reason,
        unknowns=() if status != "unknown" else state.unknowns,
    )


def _distance(day: int | None, window: Days | None) -> int:
    """Days from a window: negative before it, positive after it, 0 inside."""
    if day is None or window is None or window[0] <= day <= window[1]:
        return 0
    return day - window[0] if day < window[0] else day - window[1]


def purposes(timeline: Timeline, assessed: Assessed) -> tuple[Purpose, ...]:
    """What a visit assesses, each thing once: certainly if one line that names it holds, perhaps if one may."""
    if assessed.purposes is not None:
        return assessed.purposes
    found: dict[str, Purpose] = {}
    known: dict[int, tuple[Truth, tuple[Unknown, ...]]] = {}
    for one in assessed.lines:
        made = one.ready
        if made is None:
            line = one.assessment
            truth = known.get(id(line))
            if truth is None:
                truth = known[id(line)] = applies(timeline, line.arms, line.condition, masked=line.masked)
            if truth[0] is False:
                continue
            made = Purpose(one.item, truth[0], truth[1] if truth[0] is None else ())
        before = found.get(one.item.name)
        if before is None:
            found[one.item.name] = made
        elif before.applies is None:
            found[one.item.name] = made if made.applies else evolve(before, unknowns=(*before.unknowns, *made.unknowns))
    return tuple(found.values())


def _doses(timeline: Timeline, slot: Slot, day: int | None, given: VisitRecord | None) -> tuple[DoseState, ...]:
    case, arm = timeline.case, timeline.case.arm
    known_on = case.today if day is None else min(day, case.today)
    found: list[DoseState] = []
    for name in slot.plan.visit.gives:
        # Doses of days still to come are one: what is known of them is what is known today.
        state = timeline.doses_on.get((name, known_on))
        if state is None:
            dose, state = case.plan.doses.get((None if arm is None else arm.name, name), (None, None))
            if state is None:
                continue
            if dose is not None:
                state = dose_for(dose, state, lambda: timeline.context(known_on))
            timeline.doses_on[name, known_on] = state
        hold = None if day is None else case.book.held(name, day)
        words = None if given is None else _given(given, name, held=hold is not None)
        if words == AS_PLANNED and slot.record.moment is not None:
            # A moment says that there was a dose, not how much of it.
            words = GIVEN
        if hold is not None or words is not None:
            state = evolve(state, held=None if hold is None else hold.reason, given=words)
        found.append(state)
    return tuple(found)


def _given(record: VisitRecord, name: str, *, held: bool) -> str:
    if record.doses is None:
        return NOT_GIVEN if held else AS_PLANNED
    for one in record.doses:
        if one.dose == name:
            if one.amount is None:
                return AS_PLANNED
            return NOT_GIVEN if one.amount.value == 0 else f"{one.amount.value} {one.amount.unit or ''}".rstrip()
    return NOT_GIVEN
