"""Protocols from short texts, and subjects, for tests of expansion."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from trialrules.dsl import model
from trialrules.dsl.facade import load, load_text
from trialrules.engine.dates import PartialDate, format_day, parse_partial
from trialrules.engine.record import Entry, Patient, Quantity
from trialrules.engine.schedule.closed import NO_CLOSED_DAYS, ClosedDay, ClosedDays
from trialrules.engine.schedule.expand import expand
from trialrules.engine.schedule.result import SubjectSchedule, VisitState
from trialrules.engine.subject import GivenDose, Subject, VisitRecord

ANCHOR = {"first_infusion": "2026-03-02"}
MOMENTS = """
moments
  first_infusion given
  screening given
facts
  weight "Body weight" vital in kg
  sex "Sex" attribute female, male
  hcg "Pregnancy test" finding positive, negative
reach
  hcg 7 days
"""


def date(text: str) -> PartialDate:
    found = parse_partial(text)
    assert found is not None, text
    return found


def day(text: str) -> int:
    return date(text).first


@cache
def rules(name: str) -> model.Protocol:
    """The checked rule file of this folder."""
    result = load(Path(__file__).parent / f"{name}.rules")
    assert result.protocol is not None, [one.message for one in result.diagnostics]
    return result.protocol


@cache
def included(name: str) -> model.Protocol:
    """A rule file that is shipped."""
    result = load(Path(__file__).parents[2] / "rules" / f"{name}.rules")
    assert result.protocol is not None, [one.message for one in result.diagnostics]
    return result.protocol


@cache
def written(text: str, head: str = "months round down") -> model.Protocol:
    """A checked protocol with the given moments, arms and schedules."""
    result = load_text(f'protocol made version 1.0 language 1\n  title "Made"\n  {head}\n{text}')
    assert result.protocol is not None, [(one.message, one.labels) for one in result.diagnostics]
    return result.protocol


def plan(*lines: str, before: str = "", head: str = "months round down") -> model.Protocol:
    """A protocol with one schedule from the first infusion."""
    visits = "\n".join(f"  {line}" for line in lines)
    return written(f'{MOMENTS}{before}\nschedule "Schedule" from first_infusion\n{visits}\n', head)


def subject(*records: VisitRecord, moments: dict[str, str] | None = None, entries: tuple[Entry, ...] = (), **more) -> Subject:
    given = ANCHOR if moments is None else moments
    patient = Patient("P", more.pop("sex", None), moments={name: date(text) for name, text in given.items()}, entries=entries)
    return Subject(patient, "S-1", visits=records, **more)


def done(key: str, when: str | None, *doses: tuple[str, str], nothing: bool = False) -> VisitRecord:
    """A visit that took place; `doses` as (name, "7.1e7 cells"), without any: as planned."""
    given = tuple(GivenDose(name, amount(text)) for name, text in doses)
    return VisitRecord(key, "done", None if when is None else date(when), given if given or nothing else None)


def amount(text: str) -> Quantity:
    value, _, unit = text.partition(" ")
    return Quantity(Decimal(value), unit or None)


def booked(key: str, when: str) -> VisitRecord:
    return VisitRecord(key, "booked", date(when))


def moved(key: str, when: str, reason: str = "holiday") -> VisitRecord:
    return VisitRecord(key, "moved", date(when), reason=reason)


def weight(kilograms: str, when: str, unit: str | None = "kg") -> Entry:
    return Entry("weight", Decimal(kilograms), unit, start=date(when))


def closed(*days: str, site: str | None = None) -> ClosedDays:
    return ClosedDays(frozenset(ClosedDay(day(one), site, "closed") for one in days))


def at(made: model.Protocol, one: Subject, now: str, holidays: ClosedDays = NO_CLOSED_DAYS) -> SubjectSchedule:
    return expand(made, one, date(now), holidays)


def states(result: SubjectSchedule) -> dict[str, VisitState]:
    return {state.key: state for state in result.visits}


def shown(number: int | None) -> str | None:
    return None if number is None else format_day(number)


def days(result: SubjectSchedule) -> dict[str, str | None]:
    """The day to show of each visit."""
    return {state.key: shown(state.day) for state in result.visits}


def targets(result: SubjectSchedule) -> dict[str, str | None]:
    return {state.key: shown(state.target) for state in result.visits}


def statuses(result: SubjectSchedule) -> dict[str, str]:
    return {state.key: state.status for state in result.visits}


def departures(result: SubjectSchedule) -> list[tuple]:
    """Deviations as (kind, visit, days, detail)."""
    return [(one.kind, one.key, one.days, one.detail) for one in result.deviations]
