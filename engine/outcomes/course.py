"""From a subject's schedule to the course that the evaluator sees: days of visits and of doses that were given."""

from __future__ import annotations

from typing import Literal

from attrs import evolve

from ...dsl import model
from ..dates import FIRST_DAY, PartialDate, of_day
from ..record import Entry, Patient
from ..schedule.plans import SCREENING
from ..schedule.recorded import book_of, doses_given
from ..schedule.result import SubjectSchedule, VisitState
from ..subject import Subject
from ..viewpoint import Course

DEATH = "death"
"""The event that the end of a subject's part in the study records, where it is one."""


def course_of(protocol: model.Protocol, subject: Subject, schedule: SubjectSchedule, now: PartialDate) -> Course:
    """The days of visits (of a repeated one: of the first) and of the first and last dose that was given, as of now."""
    visits: dict[str, PartialDate] = {}
    for state in schedule.visits:
        day = visit_day(schedule, state)
        if day is not None and state.order[2] <= 1:
            visits[state.name] = day
    study = protocol.study
    gives = {} if study is None else {v.name: v.gives for schedule_ in study.schedules_of(schedule.part) for v in schedule_.visits}
    doses: dict[tuple[Literal["first", "last"], str], PartialDate] = {}
    for name, day in doses_given(book_of(subject, now), gives):
        first, last = doses.get(("first", name)), doses.get(("last", name))
        if first is None or _at(day) < _at(first):
            doses["first", name] = day
        if last is None or _at(day) > _at(last):
            doses["last", name] = day
    return Course(visits, doses)


def _at(date: PartialDate) -> tuple[int, int, int]:
    return (date.first, date.last, -1 if date.seconds is None else date.seconds - (date.offset or 0))


def visit_day(schedule: SubjectSchedule, state: VisitState) -> PartialDate | None:
    """The day (and time) of a visit: the actual one, also where it was done as part of another, else the planned one."""
    if state.actual is not None:
        return state.actual
    if state.merged_into is not None:
        other = next((one for one in schedule.visits if one.key == state.merged_into), None)
        if other is not None and other.actual is not None:
            return other.actual
    return None if state.planned is None else of_day(state.planned)


def known_patient(protocol: model.Protocol, subject: Subject) -> Patient:
    """The patient with what the subject's course says of facts and moments.

    The last screening, where the record gives none; death as the end of the study, where the protocol declares the event `death` and nobody
    recorded it among the facts. Who died on a day was alive on the day before: a recorded death is a recorded "no" up to then.
    """
    patient = subject.patient
    if subject.screenings and SCREENING in protocol.moments and SCREENING not in patient.moments:
        last = max((screening.date for screening in subject.screenings), key=_at)
        patient = evolve(patient, moments={**patient.moments, SCREENING: last})
    fact = protocol.facts.get(DEATH)
    if fact is None or fact.kind != "event":
        return patient
    deaths = [entry for entry in patient.entries if entry.fact == DEATH and entry.value is not False]
    derived: list[Entry] = []
    if not deaths and subject.end is not None and subject.end.status == "died":
        derived.append(Entry(DEATH, value=True, start=subject.end.date, reason=subject.end.reason, source="end of study"))
    days = [death.start.first for death in deaths + derived if death.start is not None and death.start.first > FIRST_DAY]
    derived += [Entry(DEATH, value=False, start=of_day(day - 1), source="alive before the recorded death") for day in days]
    return evolve(patient, entries=patient.entries + tuple(derived)) if derived else patient
