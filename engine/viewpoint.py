"""From where a record is looked at: the course of the study so far, and the day and days that an outcome of a visit reads.

Screening knows neither. A visit's condition knows the course; an outcome also has a view: its own assessment day, and the days in which a
selection without a stated window looks for its records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import Factory, frozen

from ..dsl import model
from .dates import PartialDate


@frozen
class Course:
    """The days that only a schedule knows.

    `visits`: the day of each visit by name (the actual one, else the planned one). `doses`: the day (and time) of the first and the last
    dose that was given, by (which, name of the dose). What is not there is not known yet.
    """

    visits: Mapping[str, PartialDate] = Factory(dict)
    doses: Mapping[tuple[Literal["first", "last"], str], PartialDate] = Factory(dict)

    def of(self, node: model.VisitDate | model.DoseDate) -> PartialDate | None:
        """The day that a date of the rules means; None: not known (yet)."""
        return self.visits.get(node.visit) if isinstance(node, model.VisitDate) else self.doses.get((node.which, node.dose))


@frozen
class Reads:
    """The days in which a selection without a stated window looks: from `first` (None: from ever) up to `last`, both included.

    Where `last` has a time, records of that day that have one too count only up to it; those without a time count.
    """

    first: int | None
    last: PartialDate


@frozen
class View:
    """Where an outcome stands: `day` is its assessment day. `reads` None: every fact's own reach. `planned`: moments it hangs on."""

    day: PartialDate
    reads: Reads | None = None
    planned: tuple[model.Moment, ...] = ()
