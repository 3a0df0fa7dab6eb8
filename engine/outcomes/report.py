"""What the outcomes of one subject came to, as a value. Words and JSON are made from it; nothing is computed after it.

Days are ordinals (`datetime.date.toordinal`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

from ...dsl import schedule_model as plan
from ...dsl.model import Moment, Protocol
from ..dates import PartialDate
from ..outcome import MomentState, Outcome, Truth, Unknown
from ..record import Unused
from ..schedule.result import Days
from ..values import Numeric

OutcomeStatus: TypeAlias = Literal[
    "known",  # a truth, or a number
    "unknown",  # `unknowns` say why, and what is needed
    "not due yet",  # its day is still to come
    "not applicable",  # the visit does not apply to this subject
    "cancelled",  # the subject's part in the study ended before the visit
]


@frozen(eq=False)
class OutcomeState:
    """One outcome at one of its times.

    `key`: the visit's key, or the name of a day of its own ("day 28"). `day`: the assessment day; `reads`: the days in which a value
    without a stated window is looked for (None: each fact's own reach). `value`: the evidence, of a number with its amounts; `truth` only
    where it is known. `baseline`, `change`, `percent`: only of a number, from the day of the baseline on; `percent` None where there is
    none (a baseline of 0). `provisional`: what is still to come could change it, checked again after `recheck`.
    """

    outcome: plan.Outcome
    key: str
    timing: str
    status: OutcomeStatus
    day: int | None = None
    reads: Days | None = None
    truth: Truth = None
    value: Outcome | None = None
    baseline: Numeric | None = None
    change: Numeric | None = None
    percent: Numeric | None = None
    provisional: bool = False
    recheck: int | None = None
    planned: tuple[Moment, ...] = ()
    unknowns: tuple[Unknown, ...] = ()


@frozen
class OutcomeNeed:
    """What is missing, and for which outcomes: (name of the outcome, key)."""

    unknown: Unknown
    outcomes: tuple[tuple[str, str], ...]


@frozen(eq=False)
class OutcomeReport:
    """The outcomes of one subject as of one day, in order of declaration and of their times.

    `baseline`: the baseline moment as it stands (None: the file names none).
    """

    protocol: Protocol
    subject: str
    part: str | None
    now: PartialDate
    baseline: MomentState | None
    outcomes: tuple[OutcomeState, ...]
    unused: tuple[Unused, ...] = ()

    @property
    def needs(self) -> tuple[OutcomeNeed, ...]:
        """What is missing, each thing once, in order of the outcomes that miss it."""
        found: dict[Unknown, list[tuple[str, str]]] = {}
        for state in self.outcomes:
            for unknown in state.unknowns:
                found.setdefault(unknown, []).append((state.outcome.name, state.key))
        return tuple(OutcomeNeed(unknown, tuple(names)) for unknown, names in found.items())
