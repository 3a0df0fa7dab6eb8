"""Visits: the schedule as a reader may see it, appointments, what took place or not, and moves with their plan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from ...canonical import Json
from ...dsl.model import Protocol
from ...engine.dates import PartialDate, parse_partial
from ...engine.record import Quantity
from ...engine.schedule.expand import expand
from ...engine.schedule.masked import masked, unmasked
from ...engine.schedule.move import MovePlan, apply_move, plan_move
from ...engine.schedule.result import SubjectSchedule, VisitState
from ...engine.subject import GivenDose, Subject as Course, VisitRecord
from ...records.subject_write import visit_json, write_subject
from .. import access, clock
from ..models.accounts import User
from ..models.subjects import State, Subject
from . import audit, screening, sites, subjects
from .outcome import refuse, use_case

_HELD_OR_NOT: Final = ("done", "missed", "skipped")
"""What may have become of a visit; its other records are about its day."""


@frozen(eq=False)
class Moved:
    """A move that was recorded: the subject as it is now, and the plan that was carried out (masked for who may not know the arm)."""

    subject: Subject
    plan: MovePlan


# ---------------------------------------------------------------- reading


@use_case
def schedule(actor: User, subject: Subject) -> SubjectSchedule:
    """A subject's schedule as of today at the site, without arm and amounts for readers who may not know them."""
    protocol, course, now = _read(actor, subject, access.May.READ_SCHEDULES)
    return _for_reader(actor, subject, protocol, expand(protocol, course, now, sites.closed_days(subject.site)))


@use_case
def plan(actor: User, subject: Subject, key: str, new_day: str) -> MovePlan:
    """What would follow if a visit were moved; nothing is written. `problems` of the plan say why it can't be done."""
    protocol, course, now = _read(actor, subject, access.May.READ_SCHEDULES)
    found = plan_move(protocol, course, now, key, _day(new_day, "day"), sites.closed_days(subject.site))
    return _plan_for_reader(actor, subject, protocol, found)


def _read(actor: User, subject: Subject, may: access.May) -> tuple[Protocol, Course, PartialDate]:
    subjects.find(actor, subject.study, subject.code, may)
    protocol, course = subjects.course_of(subject)
    if protocol.study is None or not protocol.study.schedules:
        raise refuse("no-schedule", 409, "The rules have no schedule.", "")
    return protocol, course, clock.day(subject.site.timezone)


def _for_reader(actor: User, subject: Subject, protocol: Protocol, found: SubjectSchedule) -> SubjectSchedule:
    if access.unblinded(actor, subject.study, subject.site):
        return unmasked(found)
    return found if protocol.study is None else masked(protocol.study, found)


def _plan_for_reader(actor: User, subject: Subject, protocol: Protocol, found: MovePlan) -> MovePlan:
    after = None if found.after is None else _for_reader(actor, subject, protocol, found.after)
    # The subject with the move is for writing only: the arm is in it.
    return evolve(found, before=_for_reader(actor, subject, protocol, found.before), after=after, subject=None)


# ---------------------------------------------------------------- writing


@use_case
def book(actor: User, subject: Subject, version: int, key: str, when: str, reason: str = "appointment made") -> Subject:
    """Make an appointment for a visit: a day, or a time such as `2026-03-02T09:00+08:00`. An earlier appointment is replaced."""
    held, protocol, course, now = _open(actor, subject, version)
    day = _day(when, "when")
    state = _visit(protocol, course, now, held, key)
    if day.first < now.first:
        raise refuse("day-past", 422, f"{when} is past.", "Record what took place as done.", "when")
    _still_open(course, state)
    rest = tuple(one for one in course.visits if not (one.key == key and one.status in ("booked", "moved")))
    record = VisitRecord(key, "booked", day, by=actor.name)
    return _write(actor, held, course, evolve(course, visits=(*rest, record)), "visit booked", key, reason)


@use_case
def done(
    actor: User,
    subject: Subject,
    version: int,
    key: str,
    when: str,
    *,
    doses: Mapping[str, tuple[Decimal, str] | None] | None = None,
    reason: str = "visit took place",
) -> Subject:
    """Record that a visit took place, with the doses given: name -> (amount, unit), or None for as planned."""
    held, protocol, course, now = _open(actor, subject, version)
    day = _day(when, "when")
    if day.first > now.last:
        raise refuse("day-ahead", 422, f"{when} is still to come.", "Book the visit, and record it once it took place.", "when")
    _still_open(course, _visit(protocol, course, now, held, key), as_done=True)
    given = None if doses is None else tuple(GivenDose(name, None if one is None else Quantity(*one)) for name, one in doses.items())
    record = VisitRecord(key, "done", day, given, by=actor.name)
    return _write(actor, held, course, evolve(course, visits=(*course.visits, record)), "visit done", key, reason)


@use_case
def missed(actor: User, subject: Subject, version: int, key: str, reason: str) -> Subject:
    """Record that a visit did not take place."""
    return _not_held(actor, subject, version, key, VisitRecord(key, "missed"), reason)


@use_case
def skipped(actor: User, subject: Subject, version: int, key: str, reason: str) -> Subject:
    """Record that a visit is left out on purpose."""
    return _not_held(actor, subject, version, key, VisitRecord(key, "skipped"), reason)


def taken_back(course: Course, key: str) -> tuple[VisitRecord, ...]:
    """What would be taken back of a visit: what became of it, so that an appointment stays; without that, all that is about its day."""
    known = tuple(one for one in course.visits if one.key == key)
    return tuple(one for one in known if one.status in _HELD_OR_NOT) or known


@use_case
def undo(actor: User, subject: Subject, version: int, key: str, reason: str) -> Subject:
    """Take back what is recorded about a visit (a slip): what became of it; else its appointment and moves. The audit trail keeps it."""
    held, _, course, _ = _open(actor, subject, version)
    slips = taken_back(course, key)
    if not slips:
        raise refuse("visit-unknown", 404, f"Nothing is recorded about a visit {key[:64]!r}.", "", "visit")
    rest = tuple(one for one in course.visits if one not in slips)
    return _write(actor, held, course, evolve(course, visits=rest), "visit taken back", key, reason)


@use_case
def move(actor: User, subject: Subject, version: int, key: str, new_day: str, reason: str) -> Moved:
    """Move a visit and record it, if the subject is still the one that the plan was made for."""
    held, protocol, course, now = _open(actor, subject, version)
    why = audit.need_reason(reason)
    found = plan_move(protocol, course, now, key, _day(new_day, "day"), sites.closed_days(held.site))
    if found.subject is None:
        raise refuse("move-impossible", 422, " ".join(found.problems), "Choose another visit or day.", "visit", problems=found.problems)
    _write(actor, held, course, apply_move(found, why, actor.name), "visit moved", key, why)
    return Moved(held, _plan_for_reader(actor, held, protocol, found))


def _not_held(actor: User, subject: Subject, version: int, key: str, record: VisitRecord, reason: str) -> Subject:
    held, protocol, course, now = _open(actor, subject, version)
    why = audit.need_reason(reason)
    _still_open(course, _visit(protocol, course, now, held, key))
    after = (*course.visits, evolve(record, reason=why, by=actor.name))
    return _write(actor, held, course, evolve(course, visits=after), f"visit {record.status}", key, why)


def _open(actor: User, subject: Subject, version: int) -> tuple[Subject, Protocol, Course, PartialDate]:
    held = screening.locked(actor, subject, access.May.WRITE_VISITS, version)
    if held.state != State.ENROLLED:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Visits are recorded for who is enrolled.")
    protocol, course, now = _read(actor, held, access.May.WRITE_VISITS)
    return held, protocol, course, now


def _visit(protocol: Protocol, course: Course, now: PartialDate, held: Subject, key: str) -> VisitState:
    found = expand(protocol, course, now, sites.closed_days(held.site))
    state = next((one for one in found.visits if one.key == key and one.visit is not None), None)
    if state is None:
        keys = ", ".join(one.key for one in found.visits if one.visit is not None)
        raise refuse("visit-unknown", 404, f"The schedule has no visit {key[:64]!r}.", f"There are {keys}."[:500], "visit")
    return state


def _still_open(course: Course, state: VisitState, *, as_done: bool = False) -> None:
    """A given anchor tells that the visit of its day took place; what is recorded may still be added to that (`as_done`)."""
    recorded = next((one.status for one in course.visits if one.key == state.key and one.status in _HELD_OR_NOT), None)
    shut = state.status in ("cancelled", "not applicable") or (state.status == "done" and not as_done)
    if recorded is not None or shut:
        message = f"The visit {state.key} is {recorded or state.status}."
        raise refuse("visit-closed", 409, message, "Take back what is recorded first." if recorded else "", "visit")


def _day(text: str, where: str) -> PartialDate:
    day = parse_partial(text.strip())
    if day is None or not day.exact:
        raise refuse("day-wrong", 422, f"{text[:40]!r} is no day.", "Write `2026-03-02`, or `2026-03-02T09:00+08:00` for a time.", where)
    return day


def _write(actor: User, held: Subject, before: Course, after: Course, action: str, key: str, reason: str) -> Subject:
    """Put the visits into the document; the rest of it stays byte for byte."""
    why = audit.need_reason(reason)
    text = write_subject(held.document, before, after)
    if text is None:
        raise refuse("document-changed", 409, "The subject does not stand in its document as it was read.", "Look at it again.")
    old: list[Json] = [visit_json(one) for one in before.visits if one.key == key]
    new: list[Json] = [visit_json(one) for one in after.visits if one.key == key]
    subjects.store(actor, held, text, action, {"visit": key, "records": old}, {"visit": key, "records": new}, why)
    return held
