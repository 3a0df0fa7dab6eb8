"""The schedules of 10,000 subjects of the phase II liver protocol, beside the bare dates alone.

    python bench/expansion.py

The bare dates are what dateutil does in a loop: each visit's day and window from the first infusion and from the infusion before, the end
of contraception. No status, no doses, no merging, no departures. Both must give the same days.
"""

from __future__ import annotations

import gc
import statistics
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from dateutil.relativedelta import relativedelta
from trialrules.dsl import facade
from trialrules.engine.dates import PartialDate
from trialrules.engine.record import Entry, Patient
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import Subject, VisitRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from trialrules.dsl.model import Protocol

RULES = Path(__file__).resolve().parent.parent / "rules" / "aclf_phase2.rules"
SUBJECTS, ROUNDS = 10_000, 3
NOW = date(2026, 7, 15).toordinal()
CHAIN = ("inf1", "inf2", "inf3", "inf4")
FIXED = (("d28", 28, 3), ("d60", 60, 3), ("d90", 90, 3), ("d180", 180, 7))
BARE, WHOLE = "bare dates with dateutil", "whole schedules"


@frozen
class Row:
    """One way: median seconds for all subjects, and how that compares with the bare dates."""

    name: str
    seconds: float
    ratio: float


def subjects() -> list[Subject]:
    """Subjects with a first infusion between January and May, many infusions late by a day or two, weighed once."""
    found = []
    for number in range(SUBJECTS):
        first = date(2026, 1, 5) + timedelta(days=number % 140)
        records, day = [], first
        for place, key in enumerate(CHAIN[: number % 5]):
            day = first if place == 0 else day + timedelta(days=7 + (number + place) % 3)
            records.append(VisitRecord(key, "done", PartialDate(day.toordinal(), day.toordinal())))
        at = PartialDate(first.toordinal(), first.toordinal())
        weight = Entry("weight", Decimal(50 + number % 40), "kg", start=PartialDate(first.toordinal() - 3, first.toordinal() - 3))
        patient = Patient(f"P-{number}", moments={"first_infusion": at}, entries=(weight,))
        found.append(Subject(patient, f"S-{number}", arm=("low", "medium", "placebo")[number % 3], visits=tuple(records)))
    return found


def bare(subject: Subject) -> dict[str, date]:
    """The days that the visits have, worked out with their windows, and the end of contraception."""
    first = date.fromordinal(subject.patient.moments["first_infusion"].first)
    actual = {record.key: date.fromordinal(record.date.first) for record in subject.visits if record.date is not None}
    days: dict[str, date] = {}
    windows: dict[str, tuple[date, date]] = {}
    before = None
    for key in CHAIN:
        target = first if before is None else before + relativedelta(days=7)
        windows[key] = (target, target + relativedelta(days=2))
        before = days[key] = actual.get(key, target)
    for key, offset, width in FIXED:
        days[key] = first + relativedelta(days=offset)
        windows[key] = (days[key] - relativedelta(days=width), days[key] + relativedelta(days=width))
    days["pre"] = first - relativedelta(days=1)
    windows["pre"] = (first - relativedelta(days=7), days["pre"])
    days["contraception"] = days["inf4"] + relativedelta(months=6)
    return days


def whole(protocol: Protocol, subject: Subject) -> dict[str, date]:
    """The whole schedule, of which the days are taken."""
    found = expand(protocol, subject, PartialDate(NOW, NOW))
    days = {visit.key: date.fromordinal(visit.day) for visit in found.visits if visit.day is not None}
    return days | {
        period.key: date.fromordinal(period.end) for period in found.periods if period.end is not None and period.kind == "until"
    }


def measure() -> list[Row]:
    """Both ways, interleaved.

    Raises:
        AssertionError: if they give other days.
    """
    protocol = facade.load(RULES).protocol
    if protocol is None:
        raise AssertionError(f"{RULES} has errors")
    people = subjects()
    for subject in people[:500]:
        wanted, got = bare(subject), whole(protocol, subject)
        if wanted != {key: got[key] for key in wanted}:
            raise AssertionError(f"other days for {subject.number}: {wanted} and {got}")
    ways: dict[str, Callable[[Subject], object]] = {BARE: bare, WHOLE: lambda one: whole(protocol, one)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            gc.collect()
            begin = time.process_time()
            for subject in people:
                way(subject)
            times[name].append(time.process_time() - begin)
    took = {name: statistics.median(each) for name, each in times.items()}
    return [Row(name, each, each / took[BARE]) for name, each in took.items()]


def expansion() -> str:
    """The table for bench/README.md."""
    lines = [f"| {SUBJECTS:,} subjects, 9 visits each | s, median | of the bare dates' time |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.seconds:.2f} | {row.ratio:.1f} |" for row in measure()]
    return "\n".join([*lines, "", f"medians of {ROUNDS}, interleaved, processor time"])


if __name__ == "__main__":
    print(expansion())
