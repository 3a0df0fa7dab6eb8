"""What is recorded about a trial subject's course: arm, visits that were booked or took place, doses held, screenings, the end.

`records/subject.py` makes these from JSON; nothing here knows where they came from. Facts and moments are the patient's (`record.Patient`).
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from .dates import PartialDate
from .record import Patient, Quantity

VisitRecordStatus = Literal["done", "booked", "moved", "missed", "skipped"]


@frozen
class GivenDose:
    """A dose as it was given at a visit (amount None: as planned)."""

    dose: str
    amount: Quantity | None = None


@frozen
class VisitRecord:
    """One recorded statement about one visit, by its key ("d28", "fu.3", "screening2:pre").

    `date`: of "done" the actual day (or time), of "booked" the appointment, of "moved" the day that it is now planned for; None for missed
    and skipped. `reason` is wanted for all but "done" and "booked". A visit may have a "booked" and a "done" record.
    """

    key: str
    status: VisitRecordStatus
    date: PartialDate | None = None
    doses: tuple[GivenDose, ...] | None = None
    reason: str | None = None
    by: str | None = None


@frozen
class UnscheduledVisit:
    """A visit that no schedule asked for."""

    date: PartialDate
    title: str | None = None
    reason: str | None = None


@frozen
class Hold:
    """A product (or series) not given from one day to another, both included (`end` None: still held)."""

    name: str
    start: PartialDate
    end: PartialDate | None = None
    reason: str | None = None


@frozen
class Screening:
    """One screening of the person: the first, or a re-screening after a failure."""

    date: PartialDate
    failed: bool = False
    reason: str | None = None


EndStatus = Literal["completed", "withdrawn", "lost", "died", "screen failed"]


@frozen
class End:
    """How and when the subject's part in the study ended."""

    status: EndStatus
    date: PartialDate
    reason: str | None = None


@frozen
class Subject:
    """A subject: the patient's record and the course in the study.

    `part` and `arm` None: not (yet) assigned. `number` is the subject code that calendars and pages show.
    """

    patient: Patient
    number: str
    site: str | None = None
    part: str | None = None
    arm: str | None = None
    visits: tuple[VisitRecord, ...] = ()
    unscheduled: tuple[UnscheduledVisit, ...] = ()
    holds: tuple[Hold, ...] = ()
    screenings: tuple[Screening, ...] = ()
    end: End | None = None
