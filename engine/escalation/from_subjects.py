"""Subjects' own records as an escalation's register: level, first dose, toxicity, what they are known to be free of, why they left."""

from __future__ import annotations

from collections.abc import Iterable

from ...dsl.schedule_model import Escalation, Study
from ..dates import Rounding, step
from ..record import Entry
from ..subject import Subject, VisitRecord
from .register import Enrolled


def enrolled(
    study: Study, design: Escalation, subjects: Iterable[Subject], now: int, months: Rounding | None = "down"
) -> tuple[Enrolled, ...]:
    """The subjects of the escalation's levels, from their own records up to `now`.

    The level is the arm; the first dose the first visit that took place and gives one, the last dose the last of them once all took place
    or the subject has left. The fact that the escalation calls its toxicity
    tells: recorded as present, the day of the toxicity; recorded as absent, the day up to which there was none. Who left the study before
    the end of the observation without a toxicity is not evaluable.
    """
    giving = {visit.name for schedule in study.schedules_of(design.part) for visit in schedule.visits if visit.gives}
    return tuple(_enrolled(design, subject, giving, now, months) for subject in subjects if subject.arm in design.levels)


def _enrolled(design: Escalation, subject: Subject, giving: set[str], now: int, months: Rounding | None) -> Enrolled:
    days = [day for record in subject.visits for day in [_dose_day(record, giving)] if day is not None and day <= now]
    dosed = min(days, default=None)
    over = len(days) == len(giving) or (subject.end is not None and subject.end.date.first <= now)
    last = max(days, default=None) if over else None
    facts = [entry for entry in subject.patient.entries if entry.fact == design.toxicity and entry.start is not None]
    known = [(entry.value in (False, "no"), _day(entry)) for entry in facts if _day(entry) <= now]
    toxic = min((day for absent, day in known if not absent), default=None)
    clear = max((day for absent, day in known if absent), default=None)
    end, left = subject.end, None
    if end is not None and toxic is None and dosed is not None and end.date.first <= now:
        begin = dosed if design.observed_from == "first" else last or dosed
        left = end.date.first if end.date.first < step(begin, design.observed, 1, months) else None
    reason = end.reason if end is not None and left is not None else None
    return Enrolled(subject.number, subject.arm or "", dosed, clear, toxic, left, reason, last)


def _dose_day(record: VisitRecord, giving: set[str]) -> int | None:
    name = record.key.rpartition(":")[2].partition(".")[0]
    if record.status != "done" or name not in giving or record.doses == () or record.date is None or not record.date.exact:
        return None
    return record.date.first


def _day(entry: Entry) -> int:
    # Of a coarse date the first possible day: a toxicity counts from there, and "none so far" reaches no further.
    return entry.start.first if entry.start is not None else 0
