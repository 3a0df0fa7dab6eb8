"""Outcomes of one subject: each at its visits or on days of its own, with the baseline and the change since ("Meaning" 12).

At a visit the assessment day is the visit's day. A value without a stated window is looked for in the visit's permitted window united with
its actual day, never after now; the latest counts. On a day of its own everything known by now counts: that nobody had died by day 28 may
be recorded on day 35.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from ...dsl import model, schedule_model as plan
from ..baseline import at_baseline, baseline_state
from ..context import Context, Record
from ..dates import PartialDate, of_day
from ..evaluate import build_course_record, seen_from, start
from ..logic import gather
from ..numeric import change_since
from ..outcome import Outcome, Unknown
from ..schedule.recorded import name_of
from ..schedule.result import SubjectSchedule, VisitState
from ..subject import Subject
from ..values import Numeric
from ..viewpoint import Reads, View
from ..windows import date_value
from .course import course_of, known_patient, visit_day
from .report import OutcomeReport, OutcomeState


def compute(protocol: model.Protocol, subject: Subject, schedule: SubjectSchedule, now: PartialDate) -> OutcomeReport:
    """Every outcome of the subject's part at each of its times.

    Args:
        protocol: A checked protocol; without a study the report is empty.
        subject: The patient's record and the course in the study.
        schedule: What `expand` gave for the same subject as of the same day.
        now: The instant up to which records count; nothing reads the clock.

    Returns:
        The outcomes in order of declaration and of their times, each with its evidence or the reason why there is none (yet).
    """
    course = course_of(protocol, subject, schedule, now)
    record = build_course_record(protocol, known_patient(protocol, subject), now, course)
    outcomes = () if protocol.study is None else protocol.study.outcomes.values()
    states = tuple(
        state
        for outcome in outcomes
        if outcome.part is None or outcome.part == schedule.part
        for time in outcome.times
        for state in _at_time(record, schedule, outcome, time)
    )
    return OutcomeReport(protocol, subject.number, schedule.part, now, baseline_state(start(record)), states, record.facts.unused)


def _at_time(record: Record, schedule: SubjectSchedule, outcome: plan.Outcome, time: plan.OutcomeTime) -> Iterator[OutcomeState]:
    if time.date is not None:
        yield _on_its_day(record, outcome, time, time.date)
        return
    found = False
    for state in _current(schedule, time.visit):
        found = True
        # One line of the file stands for all occurrences of a repeat whose number nobody knows beforehand.
        timing = state.title if state.order[2] and state.name == time.visit else time.timing
        yield _at_visit(record, schedule, outcome, state, timing)
    if not found:
        # The visit opens only when something happens (the end of the subject's part), or belongs to another part.
        yield OutcomeState(outcome, time.visit or time.timing, time.timing, "not applicable")


def _current(schedule: SubjectSchedule, name: str | None) -> Iterator[VisitState]:
    """The visits of a name (all occurrences of a repeated one), or the one occurrence `name.n`; of re-screenings the last alone."""
    found: dict[str, VisitState] = {}
    for state in schedule.visits:
        bare = state.key.rpartition(":")[2]
        if name not in (bare, name_of(state.key)):
            continue
        known = found.get(bare)
        if known is None or known.order[0] < state.order[0]:
            found[bare] = state
    yield from found.values()


# ---------------------------------------------------------------- at a visit


def _at_visit(record: Record, schedule: SubjectSchedule, outcome: plan.Outcome, visit: VisitState, timing: str) -> OutcomeState:
    state = OutcomeState(outcome, visit.key, timing, "unknown")
    if visit.status in ("not applicable", "cancelled"):
        return evolve(state, status=visit.status)
    if visit.status in ("unknown", "undetermined"):
        return evolve(state, unknowns=visit.unknowns)
    day = visit_day(schedule, visit)
    if day is None:
        return evolve(state, unknowns=visit.unknowns)
    if not day.exact:
        return evolve(state, unknowns=(Unknown("date too coarse", detail=visit.name),))
    first, last = (day.first, day.first) if visit.window is None else (min(visit.window[0], day.first), max(visit.window[1], day.first))
    state = evolve(state, day=day.first, reads=(first, last))
    if day.first > record.assessment:
        return evolve(state, status="not due yet")
    return _evaluated(record, state, View(day, Reads(first, of_day(last))))


# ---------------------------------------------------------------- on a day of its own


def _on_its_day(record: Record, outcome: plan.Outcome, time: plan.OutcomeTime, date: model.Date) -> OutcomeState:
    state = OutcomeState(outcome, time.timing, time.timing, "unknown")
    value = date_value(start(record), date)
    if value.low is None or value.low != value.high:
        return evolve(state, unknowns=value.unknowns or (Unknown("date too coarse", detail=time.timing),))
    state = evolve(state, day=value.low)
    coming = value.low > record.assessment
    if coming and outcome.kind == "number":
        return evolve(state, status="not due yet")
    found = _evaluated(record, state, View(PartialDate(value.low, value.low, value.seconds, value.offset), None, value.planned))
    # What has happened decides before the day: who has died by day 12 is not alive on day 28.
    if coming and (found.truth is None or found.provisional):
        return evolve(state, status="not due yet")
    return found


# ---------------------------------------------------------------- values


def _evaluated(record: Record, state: OutcomeState, view: View) -> OutcomeState:
    ctx = start(seen_from(record, view))
    return _truth(ctx, state) if state.outcome.kind == "truth" else _number(ctx, state)


def _truth(ctx: Context, state: OutcomeState) -> OutcomeState:
    found = ctx.plan.condition(ctx, state.outcome.body)  # type: ignore[arg-type]
    if found.truth is None:
        return evolve(state, value=found, unknowns=_each_once(gather(found)))
    state = evolve(state, status="known", truth=found.truth, value=found)
    return _provisional(state, found) if found.provisional else state


def _number(ctx: Context, state: OutcomeState) -> OutcomeState:
    """The number; its baseline and change too, unless the visit lies before the baseline or the number is itself a change."""
    body: model.Number = state.outcome.body  # type: ignore[assignment]
    found = ctx.plan.number(ctx, body)
    state = evolve(state, value=found)
    if not _is_change(body) and not _before_the_baseline(ctx, state.day):
        base = at_baseline(ctx, body, ctx.plan.number_rule(body))
        change = change_since(model.SinceBaseline(body, percent=False, unit=state.outcome.unit, span=state.outcome.span), found, base)
        percent = change_since(model.SinceBaseline(body, percent=True, unit=None, span=state.outcome.span), found, base)
        state = evolve(state, baseline=base, change=change, percent=percent if percent.known else None)
    if len(found.amounts) != 1 or not found.known or found.alternatives[0].reason is not None:
        return evolve(state, unknowns=_causes(found))
    state = evolve(state, status="known")
    return state if found.settled else _provisional(state, found)


def _is_change(body: model.Number) -> bool:
    return isinstance(body, model.SinceBaseline) or (isinstance(body, model.Aggregate) and body.selection.pick == "change from baseline")


def _before_the_baseline(ctx: Context, day: int | None) -> bool:
    baseline = baseline_state(ctx)
    if baseline is None:
        return True
    return baseline.date is not None and day is not None and day < baseline.date.first


def _causes(found: Numeric) -> tuple[Unknown, ...]:
    """Why a number is not one number; where every record has a value, they disagree."""
    if found.unknowns:
        return _each_once(found.unknowns)
    reasons = [alternative.reason for alternative in found.alternatives if alternative.reason is not None]
    if reasons:
        return _each_once(reasons)
    items = found.items
    coarse = next((item for item in items if item.first != item.last), None)
    if coarse is not None:
        return (Unknown("date too coarse", coarse.fact, found.window, coarse),)
    newest = items[-1] if items else None
    return (Unknown("conflicting records", None if newest is None else newest.fact, found.window, newest),)


def _provisional(state: OutcomeState, found: Outcome) -> OutcomeState:
    spans = [one.window for one in found.walk() if one.window is not None and one.window.open]
    days = [span.recheck for span in spans if span.recheck is not None]
    planned = tuple(dict.fromkeys(moment for span in spans for moment in span.planned))
    return evolve(state, provisional=True, recheck=max(days, default=None), planned=planned)


def _each_once(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    return tuple(dict.fromkeys(unknowns))
