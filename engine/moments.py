"""Moments as they stand: given, planned or not set.

A given day after now is a plan ("Meaning" 5); a day that follows by `else D` counts as given. Plans hang on other moments, never in a
circle (checked).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ..dsl import model
from .dates import PartialDate, parse_partial, step
from .outcome import MomentState
from .record import Patient
from .viewpoint import Course


def moment_states(
    protocol: model.Protocol,
    patient: Patient,
    now: PartialDate,
    of_records: Mapping[int, PartialDate],
    course: Course | None = None,
) -> dict[str, MomentState]:
    """The state of every declared moment, in order of declaration; `of_records` has the dates found for `the day of …`, by node id.

    Without a `course` no visit and no dose has a day: moments that hang on one alone are not set.
    """
    states: dict[str, MomentState] = {}
    for moment in protocol.moments.values():
        _state(moment, protocol, _Known(patient.moments, of_records, course), now, states)
    return {name: states[name] for name in protocol.moments}


@frozen
class _Known:
    """Dates from outside: those given for moments, those of records, those of visits and doses."""

    given: Mapping[str, PartialDate]
    of_records: Mapping[int, PartialDate]
    course: Course | None


def _state(
    moment: model.Moment, protocol: model.Protocol, known_dates: _Known, now: PartialDate, states: dict[str, MomentState]
) -> MomentState:
    known = states.get(moment.name)
    if known is not None:
        return known
    state = MomentState(moment, None, "unset")
    for way in moment.ways:
        if way.kind == "given":
            date = known_dates.given.get(moment.name)
            if date is not None:
                state = MomentState(moment, date, "given" if _reached(date, now) else "planned", way.assumed)
                break
            continue
        if way.date is None:
            continue
        resolved = _resolve(way.date, protocol, known_dates, now, states)
        if resolved is None:
            continue
        planned = way.kind == "planned" or not _reached(resolved, now)
        state = MomentState(moment, resolved, "planned" if planned else "given", way.assumed)
        break
    states[moment.name] = state
    return state


def _reached(date: PartialDate, now: PartialDate) -> bool:
    if date.first > now.last:
        return False
    if date.exact and now.exact and date.first == now.first and date.seconds is not None and now.seconds is not None:
        if date.offset is not None and now.offset is not None:
            return date.seconds - date.offset <= now.seconds - now.offset
        return date.seconds <= now.seconds
    return True


def _resolve(
    date: model.Date, protocol: model.Protocol, known_dates: _Known, now: PartialDate, states: dict[str, MomentState]
) -> PartialDate | None:
    """A moment's own date expression: moments, literals, now, calendar steps, the day of a record, a visit or a dose."""
    if isinstance(date, model.MomentDate):
        return _state(date.moment, protocol, known_dates, now, states).date
    if isinstance(date, model.AssessmentDay):
        return now
    if isinstance(date, model.DateLiteral):
        return parse_partial(date.text)
    if isinstance(date, model.Shifted):
        base = _resolve(date.date, protocol, known_dates, now, states)
        if base is None:
            return None
        sign = -1 if date.direction == "before" else 1
        return PartialDate(step(base.first, date.length, sign, protocol.months), step(base.last, date.length, sign, protocol.months))
    if isinstance(date, model.Extreme):
        options = [_resolve(choice.date, protocol, known_dates, now, states) for choice in date.choices]
        known = [option for option in options if option is not None]
        if len(known) < len(options):
            return None
        pick = min if date.which == "earlier" else max
        return PartialDate(pick(option.first for option in known), pick(option.last for option in known))
    if isinstance(date, model.DayOf):
        return known_dates.of_records.get(id(date))
    if isinstance(date, model.VisitDate | model.DoseDate) and known_dates.course is not None:
        return known_dates.course.of(date)
    return None
