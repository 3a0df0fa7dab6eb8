"""Studies and subjects built by hand, for tests of expansion that shall not hang on the spelling of rules."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from attrs import evolve
from trialrules.dsl import model, schedule_model as plan
from trialrules.dsl.units import parse_unit
from trialrules.engine.dates import PartialDate, format_day, parse_partial
from trialrules.engine.record import Entry, Patient
from trialrules.engine.schedule.closed import NO_CLOSED_DAYS
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import Subject, VisitRecord


def date(text: str) -> PartialDate:
    found = parse_partial(text)
    assert found is not None, text
    return found


def day(text: str) -> int:
    return date(text).first


def length(text: str) -> model.Length:
    count, unit = text.split()
    return model.Length(Fraction(count), unit if unit.endswith("s") else unit + "s")


def given(name: str, *, planned: model.Date | None = None, otherwise: model.Date | None = None) -> model.Moment:
    ways = [model.MomentWay("given")]
    if otherwise is not None:
        ways.append(model.MomentWay("date", otherwise))
    if planned is not None:
        ways.append(model.MomentWay("planned", planned))
    return model.Moment(name, name, tuple(ways))


def after(text: str, base: model.Date) -> model.Date:
    """`after("7 days", base)`; a leading minus is before."""
    direction = "before" if text.startswith("-") else "after"
    return model.Shifted(length(text.removeprefix("-")), direction, base)


def on(moment: model.Moment) -> model.Date:
    return model.MomentDate(moment)


def of(visit: str) -> model.Date:
    return model.VisitDate(visit)


def window(before: int, later: int, unit: str = "days") -> plan.Tolerance:
    return plan.Tolerance(model.Length(Fraction(before), unit), model.Length(Fraction(later), unit))


WEIGHT = model.Fact("weight", "vital", "Body weight", unit=parse_unit("kg"), unit_text="kg")
SEX = model.Fact("sex", "attribute", "Sex", words=("female", "male"))
_EVER = model.Window(None, model.AssessmentDay(), reach=True)
LATEST_WEIGHT = model.Value(model.Selection(WEIGHT, "latest", _EVER), WEIGHT.unit)
IS_FEMALE = model.IsWord(model.Selection(SEX, "latest", _EVER), ("female",))


def per_kg(name: str, title: str, amount: str, *, at_most: str | None = None) -> plan.Dose:
    return plan.Dose(
        name,
        title,
        Fraction(amount),
        f"{amount} cells/kg",
        parse_unit("{cells}/kg"),
        per=LATEST_WEIGHT,
        per_name="weight",
        per_unit=parse_unit("kg"),
        total_unit=parse_unit("{cells}"),
        at_most=None if at_most is None else Fraction(at_most),
        route="IV",
    )


def arm(name: str, *doses: plan.Dose, blinded_as: str | None = None, part: str | None = None) -> plan.Arm:
    return plan.Arm(name, name, part, blinded_as, {dose.name: dose for dose in doses})


def visit(name: str, when: model.Date, order: int = 0, **more) -> plan.Visit:
    return plan.Visit(name, more.pop("title", name), order, when, more.pop("timing", name), **more)


def protocol(
    *schedules: plan.Schedule, moments: tuple[model.Moment, ...], arms: tuple[plan.Arm, ...] = (), months: str | None = "down", parts=()
) -> model.Protocol:
    study = plan.Study({part: plan.Part(part, part) for part in parts}, {one.name: one for one in arms}, schedules, (), {})
    return model.Protocol(
        name="made",
        version="1",
        language=1,
        kind="protocol",
        title="Made by hand",
        titles={},
        registry=None,
        source=None,
        timezone="UTC",
        months=months,
        day_numbering=0,
        until=None,
        baseline=None,
        moments={moment.name: moment for moment in moments},
        facts={"weight": WEIGHT, "sex": SEX},
        definitions={},
        criteria=(),
        not_rules=(),
        scenarios=(),
        sha256="",
        study=study,
    )


def schedule(anchor: model.Moment, *visits: plan.Visit, **more) -> plan.Schedule:
    ordered = tuple(evolve(one, order=rank) for rank, one in enumerate(visits))
    return plan.Schedule(more.pop("title", "Schedule"), anchor, more.pop("part", None), ordered, **more)


def subject(*records: VisitRecord, moments: dict[str, str] | None = None, entries: tuple[Entry, ...] = (), **more) -> Subject:
    patient = Patient("P", more.pop("sex", None), moments={name: date(text) for name, text in (moments or {}).items()}, entries=entries)
    return Subject(patient, "S-1", visits=records, **more)


def done(key: str, when: str | None, **more) -> VisitRecord:
    return VisitRecord(key, "done", None if when is None else date(when), **more)


def booked(key: str, when: str) -> VisitRecord:
    return VisitRecord(key, "booked", date(when))


def moved(key: str, when: str, reason: str = "holiday") -> VisitRecord:
    return VisitRecord(key, "moved", date(when), reason=reason)


def weight(kilograms: str, when: str, unit: str = "kg") -> Entry:
    return Entry("weight", Decimal(kilograms), unit, start=date(when))


def at(made, one: Subject, now: str, closed=NO_CLOSED_DAYS):
    return expand(made, one, date(now), closed)


def states(result) -> dict:
    return {state.key: state for state in result.visits}


def days(result) -> dict[str, str | None]:
    """The day to show of each visit."""
    return {state.key: None if state.day is None else format_day(state.day) for state in result.visits}


def targets(result) -> dict[str, str | None]:
    return {state.key: None if state.target is None else format_day(state.target) for state in result.visits}
