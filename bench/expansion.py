"""Expansion of 10,000 subjects of the second phase in liver failure, beside a bare loop of dateutil that makes the same days.

    python bench/expansion.py

The bare loop steps the same targets, windows and periods and keeps nothing else: no records sorted, no status, dose, merge or departure.
Both must give the same targets. Runs are interleaved and medians compared, so that a busy machine slows both alike.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from trialrules.dsl.facade import load
from trialrules.engine.dates import of_day
from trialrules.engine.record import Entry, Patient
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import Subject, VisitRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from trialrules.dsl.model import Protocol
    from trialrules.engine.dates import PartialDate

SUBJECTS, ROUNDS, BAR = 10_000, 5, 3
RULES = Path(__file__).resolve().parent.parent / "rules" / "aclf_phase2.rules"


def courses() -> list[tuple[Subject, PartialDate, date, int]]:
    """Subjects after two infusions, the second up to two days late: (subject, now, first infusion, days late)."""
    chance, found = random.Random(1), []
    for number in range(SUBJECTS):
        first, late = date(2025, 1, 1).toordinal() + chance.randrange(700), chance.randrange(3)
        weight = Entry("weight", Decimal(f"{50 + number % 50}.5"), "kg", start=of_day(first))
        patient = Patient(f"P-{number}", moments={"first_infusion": of_day(first)}, entries=(weight,))
        visits = (VisitRecord("inf1", "done", of_day(first)), VisitRecord("inf2", "done", of_day(first + 7 + late)))
        subject = Subject(patient, f"S-{number}", arm=("low", "medium", "placebo")[number % 3], visits=visits)
        found.append((subject, of_day(first + 8 + late), date.fromordinal(first), late))
    return found


def bare(first: date, late: int) -> list[date]:
    """The targets of the nine visits, in order of declaration; windows and periods are stepped as well."""
    targets, days = [first + relativedelta(days=-1), first], [first + relativedelta(days=-7)]
    before, second = first, first + relativedelta(days=7)
    for number in (2, 3, 4):
        target = second if number == 2 else before + relativedelta(days=7)
        targets.append(target)
        before = target + relativedelta(days=late) if number == 2 else target
    targets.extend(first + relativedelta(days=count) for count in (28, 60, 90, 180))
    for target, (low, high) in zip(targets[1:], ((0, 2),) * 4 + ((3, 3),) * 3 + ((7, 7),), strict=True):
        days += (target - relativedelta(days=low), target + relativedelta(days=high))
    days += (first + relativedelta(days=180), first + relativedelta(days=180), before + relativedelta(months=6))
    return targets


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def check(protocol: Protocol, subjects: list[tuple[Subject, PartialDate, date, int]]) -> None:
    """Both ways give the same days."""
    for subject, now, first, late in subjects[:500]:
        states = sorted(expand(protocol, subject, now).visits, key=lambda state: state.order)
        assert [date.fromordinal(state.target or 0) for state in states] == bare(first, late)  # noqa: S101 - the point of a check


def expansion() -> str:
    """The table for bench/README.md."""
    lines = [f"| {SUBJECTS:,} subjects, 9 visits each | s, median | of the bare dates' time |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.seconds:.2f} | {row.ratio:.1f} |" for row in measure()]
    return "\n".join([*lines, "", f"medians of {ROUNDS}, interleaved, processor time"])


if __name__ == "__main__":
    print(expansion())
