"""A subject's schedule as a value: visits with target, window, booked and actual day, series, obligations, deviations.

Days are ordinals (`datetime.date.toordinal`). Made by `expand`, turned into words by the commands and into events by `engine.calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from attrs import Factory, frozen

from ...dsl import schedule_model as plan
from ...dsl.units import Unit
from ..dates import PartialDate
from ..outcome import Unknown

UNSCHEDULED = "unscheduled"
"""The name of visits that no schedule asked for."""

VisitStatus = Literal[
    "done",  # took place; `deviation_days` tells whether inside its window
    "booked",  # an appointment is made
    "planned",  # its window has not opened
    "due",  # its window is open
    "overdue",  # its window has passed and nothing is recorded
    "missed",
    "skipped",
    "cancelled",  # the subject's part in the study ended before it
    "unknown",  # its anchor is not set, or only coarsely: `unknowns` say what is needed
    "undetermined",  # whether it applies is not known: `unknowns`
    "not applicable",  # its condition is false, or it belongs to another arm
]

Days = tuple[int, int]
"""A closed stretch of days: first and last ordinal."""


@frozen
class DoseState:
    """One dose of one visit. `amount` in `unit` is what to give (exact); None: `unknowns` say what is missing, or nothing is stated.

    `basis` is the number it was computed with (weight), in `basis_unit`, recorded on `basis_day`. `capped`: the stated maximum was taken.
    `given`: what was recorded as given. `held`: the reason of a hold ("" without one); None: not held. `blinded_as` is what a reader who
    may not know the arm sees in place of everything else.
    """

    name: str
    title: str
    route: str | None = None
    amount: Fraction | None = None
    unit: Unit | None = None
    unit_text: str = ""
    stated: str = ""
    basis: Fraction | None = None
    basis_name: str | None = None
    basis_unit: str = ""
    basis_day: int | None = None
    capped: bool = False
    held: str | None = None
    given: str | None = None
    blinded_as: str | None = None
    unknowns: tuple[Unknown, ...] = ()


@frozen
class Purpose:
    """One thing assessed at a visit. `applies` None: its condition is not known (`unknowns`)."""

    item: plan.Assessed
    applies: bool | None = True
    unknowns: tuple[Unknown, ...] = ()


@frozen(eq=False)
class VisitState:
    """One visit of one subject.

    `key` is stable for life: the visit's name, `.n` for the n-th of a repeated one, `screeningN:` before it in a re-screening. `target` is
    the protocol's day, from what has really happened to what it hangs on; `planned` the day it is now planned for (off a closed day, moved
    by hand, booked); `day` the one to show: actual, else planned. `deviation_days`: how far outside its window (negative: early).
    Merged visits: the first declared has `merged` (keys), the others `merged_into`; `shown_window` is the intersection.
    """

    key: str
    name: str
    title: str
    timing: str
    order: tuple[int, int, int]
    status: VisitStatus
    target: int | None = None
    planned: int | None = None
    window: Days | None = None
    optimum: Days | None = None
    shown_window: Days | None = None
    booked: PartialDate | None = None
    actual: PartialDate | None = None
    deviation_days: int = 0
    outside_optimum: int = 0
    provisional: bool = False
    doses: tuple[DoseState, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    merged: tuple[str, ...] = ()
    merged_into: str | None = None
    reason: str | None = None
    remarks: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    visit: plan.Visit | None = None
    titles: Mapping[str, str] = Factory(dict)

    @property
    def day(self) -> int | None:
        """The day to show: the actual one, else the planned one."""
        return self.actual.first if self.actual is not None and self.actual.exact else self.planned


@frozen(eq=False)
class SeriesState:
    """A repeated drug: first and last day (None: not known yet), the step, days left out, how it ended."""

    key: str
    series: plan.Series
    start: int | None
    end: int | None
    days: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    status: Literal["planned", "running", "ended", "held", "unknown", "not applicable", "undetermined"] = "planned"
    end_known: bool = True
    provisional: bool = False
    holds: tuple[Days, ...] = ()
    unknowns: tuple[Unknown, ...] = ()


@frozen(eq=False)
class PeriodState:
    """A watch period or an obligation (`start` None for an obligation: from now); both days included."""

    key: str
    kind: Literal["watch", "until"]
    title: str
    timing: str
    start: int | None
    end: int | None
    status: Literal["coming", "running", "over", "ended early", "unknown"]
    provisional: bool = False
    unknowns: tuple[Unknown, ...] = ()
    titles: Mapping[str, str] = Factory(dict)


DeviationKind = Literal[
    "out of window",
    "outside optimum",
    "missed",
    "overdue",
    "before consent",
    "order",
    "unscheduled",
    "anchor conflict",
    "dose",
    "closed day",
    "rescreening",
    "after the end",
]


@frozen
class Deviation:
    """A departure from the protocol, or one that threatens (`overdue`). `days` where the departure is one of days."""

    kind: DeviationKind
    key: str | None
    day: int | None = None
    days: int | None = None
    detail: str = ""


@frozen(eq=False)
class SubjectSchedule:
    """The whole schedule of one subject, as of one day; visits in order of day, then of declaration.

    `next_due`: the key of the next visit that is still to come. `anchors`: the anchors' days (None: not set), by moment name.
    """

    subject: str
    as_of: int
    part: str | None
    arm: str | None
    visits: tuple[VisitState, ...]
    series: tuple[SeriesState, ...] = ()
    periods: tuple[PeriodState, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    next_due: str | None = None
    anchors: Mapping[str, int | None] = Factory(dict)
    anchors_given: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
