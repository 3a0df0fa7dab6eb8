"""Departures from the protocol, read off the finished visits and the records. Each is a value; words are made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context as DecimalContext, Decimal
from fractions import Fraction
from itertools import pairwise

from attrs import frozen

from ...dsl.units import factor_between, parse_unit
from ..dates import step
from ..subject import GivenDose
from .recorded import NOTHING
from .result import Deviation, DeviationKind, DoseState, VisitState
from .states import NOT_GIVEN
from .timeline import Case, Timeline


@frozen(eq=False)
class Course:
    """All visits of a subject, unmerged, with the timelines that they belong to (by number)."""

    case: Case
    timelines: Mapping[int, Timeline]
    visits: tuple[VisitState, ...]


def deviations(course: Course) -> tuple[Deviation, ...]:
    """Every departure, in order of day, then of the visits."""
    found: list[Deviation] = []
    for visit in course.visits:
        found.extend(_of_window(visit))
        if visit.status in ("missed", "skipped", "overdue"):
            kind: DeviationKind = "overdue" if visit.status == "overdue" else "missed"
            late = course.case.today - visit.window[1] if kind == "overdue" and visit.window is not None else None
            found.append(Deviation(kind, visit.key, visit.planned, late, "skipped" if visit.status == "skipped" else ""))
        if visit.status == "done":
            found.extend(_of_done(course, visit))
        found.extend(_of_closed_days(course, visit))
    found.extend(_of_order(course))
    found.extend(_of_screenings(course.case))
    last = 1 << 40
    return tuple(sorted(found, key=lambda one: (last if one.day is None else one.day, one.key or "", one.kind)))


def _of_window(visit: VisitState) -> Iterator[Deviation]:
    if visit.status in ("cancelled", "not applicable", "missed", "skipped"):
        return
    detail = "" if visit.status == "done" else "planned"
    if visit.deviation_days:
        yield Deviation("out of window", visit.key, visit.day, visit.deviation_days, detail)
    elif visit.outside_optimum:
        yield Deviation("outside optimum", visit.key, visit.day, visit.outside_optimum, detail)


def _of_done(course: Course, visit: VisitState) -> Iterator[Deviation]:
    actual, case = visit.actual, course.case
    if actual is None:
        return
    day = actual.first if actual.exact else None
    end = case.end
    if end is not None and end.day is not None and actual.first > end.latest and visit.visit is not None:
        yield Deviation("after the end", visit.key, day, actual.first - end.latest)
    one = None if visit.visit is None else case.plan.visits.get(visit.name)
    if one is None:
        return
    timeline, schedule = course.timelines[visit.order[0]], one.schedule.schedule
    if schedule.not_before is not None:
        earliest = timeline.date(schedule.not_before)
        if earliest.low is None:
            yield Deviation("before consent", visit.key, day, None, "not recorded")
        elif actual.last < earliest.low:
            yield Deviation("before consent", visit.key, day, actual.last - earliest.low)
    if one.at_anchor is not None and not visit.order[2] and one.at_anchor is schedule.anchor and day is not None:
        anchor = timeline.moments[one.at_anchor.name].date
        if anchor is not None and anchor.exact and anchor.first != day:
            yield Deviation("anchor conflict", visit.key, day, day - anchor.first, one.at_anchor.name)
    if visit.doses:
        yield from _of_doses(case, visit, day)


def _of_doses(case: Case, visit: VisitState, day: int | None) -> Iterator[Deviation]:
    record = case.book.visits.get(visit.key, NOTHING).done
    listed = {} if record is None or record.doses is None else {one.dose: one for one in record.doses}
    for dose in visit.doses:
        if dose.held is None and dose.given == NOT_GIVEN:
            yield Deviation("dose", visit.key, day, None, f"{dose.name}: not given")
        elif dose.held is not None and dose.given != NOT_GIVEN:
            yield Deviation("dose", visit.key, day, None, f"{dose.name}: given while held")
        elif dose.amount is not None and dose.blinded_as is None and _differs(dose, listed.get(dose.name)):
            # In a blinded arm a wrong amount would tell which arm it is: only some state one.
            planned = f"{_plain(dose.amount)} {dose.unit_text}".rstrip()
            yield Deviation("dose", visit.key, day, None, f"{dose.name}: {dose.given}, planned {planned}")
    planned_names = {dose.name for dose in visit.doses}
    for name in listed:
        if name not in planned_names:
            yield Deviation("dose", visit.key, day, None, f"{name}: not planned")


def _plain(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):.12g}"


def _differs(dose: DoseState, given: GivenDose | None) -> bool:
    """Whether what was given is another amount than planned, at the precision with which it was written down (7.1e7 is 71,300,000)."""
    if given is None or given.amount is None or dose.amount is None:
        return False
    amount, factor = dose.amount, Fraction(1)
    if given.amount.unit is not None and dose.unit is not None:
        unit = parse_unit(given.amount.unit)
        between = None if unit is None else factor_between(dose.unit, unit)
        if between is None or not between:
            return True
        factor = between
    digits = max(len(given.amount.value.normalize().as_tuple().digits), 1)
    wanted = amount * factor
    rounding = DecimalContext(prec=max(digits, len(given.amount.value.as_tuple().digits)))
    return rounding.divide(Decimal(wanted.numerator), Decimal(wanted.denominator)) != given.amount.value


def _of_closed_days(course: Course, visit: VisitState) -> Iterator[Deviation]:
    """A visit still to come that stands on a closed day although the schedule says to avoid them."""
    if visit.status not in ("planned", "due", "booked") or visit.planned is None or visit.visit is None:
        return
    one = course.case.plan.visits.get(visit.name)
    if one is not None and one.schedule.schedule.shift is not None and visit.planned in course.case.closed:
        yield Deviation("closed day", visit.key, visit.planned, None, course.case.closed[visit.planned])


def _of_order(course: Course) -> Iterator[Deviation]:
    """Done before what it is counted from, or a dose given before an earlier one of the same product."""
    done = {visit.key: visit for visit in course.visits if visit.status == "done" and visit.actual is not None and visit.actual.exact}
    given: dict[tuple[int, str], list[VisitState]] = {}
    late: dict[str, int] = {}
    for visit in done.values():
        one = None if visit.visit is None else course.case.plan.visits.get(visit.name)
        if one is None:
            continue
        if one.chained_to is not None:
            slot = course.timelines[visit.order[0]].slots.get(one.chained_to)
            before = None if slot is None else done.get(slot.key)
            apart = _apart(visit, before)
            if apart is not None:
                late[visit.key] = apart
        for name in one.visit.gives:
            given.setdefault((visit.order[0], name), []).append(visit)
    for group in given.values():
        latest: int | None = None
        for visit in sorted(group, key=lambda one: one.order):
            if latest is not None and visit.day is not None and visit.day < latest:
                late.setdefault(visit.key, visit.day - latest)
            latest = visit.day if latest is None or visit.day is None else max(latest, visit.day)
    for key, days in late.items():
        yield Deviation("order", key, done[key].day, days)


def _apart(visit: VisitState, before: VisitState | None) -> int | None:
    """Days from the visit that another is counted from, if they lie in the wrong direction."""
    if before is None or before.day is None or visit.day is None or visit.target is None:
        return None
    days = visit.day - before.day
    return days if days * (visit.target - before.day) < 0 else None


def _of_screenings(case: Case) -> Iterator[Deviation]:
    """A screening too many, or too soon after the one before."""
    screenings = sorted(case.subject.screenings, key=lambda one: (one.date.first, one.date.last))
    if len(screenings) < 2:
        return
    allowed = [one.schedule.rescreening for one in case.plan.schedules if one.schedule.rescreening is not None]
    rule = allowed[0] if allowed else None
    for number, (before, one) in enumerate(pairwise(screenings), 1):
        day = one.date.first
        if rule is None or (rule.times is not None and number > rule.times):
            yield Deviation("rescreening", None, day, None, "not allowed" if rule is None else f"more than {rule.times}")
        if rule is not None and rule.apart is not None:
            earliest = step(before.date.first, rule.apart, 1, case.plan.protocol.months)
            if one.date.last < earliest:
                yield Deviation("rescreening", None, day, one.date.last - earliest, "too soon")
