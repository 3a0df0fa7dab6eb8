"""The explanation as a value: what an evaluation found, and from what.

Every evaluated node of a protocol leaves one `Outcome`; nothing is short-circuited. An outcome points to the checked node it belongs to
(whose span leads to the rule text), to the record items it used, and to the window as days. Words are made from it by `explain`, which
computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

from attrs import define, frozen

from ..dsl.causes import Cause
from ..dsl.model import Condition, Criterion, Date, Fact, Moment, Number, Protocol, Selection
from .dates import PartialDate
from .record import Entry, Unused

Truth: TypeAlias = bool | None

# A finite number: exact (int or Fraction) or an IEEE double.
Exact: TypeAlias = int | Fraction
Real: TypeAlias = int | Fraction | float


@frozen
class Interval:
    """A number known only as lying between two bounds (None: unbounded).

    `*_open` excludes the bound. It comes from `<5`, or from records only perhaps in a window.
    """

    low: Real | None
    high: Real | None
    low_open: bool = False
    high_open: bool = False


Amount: TypeAlias = Real | Interval


@frozen(eq=False)
class Item:
    """One recorded statement made ready for a protocol.

    `first`/`last` are the days on which it begins (ordinals, equal when exact), `end_first`/`end_last` those on which it ends (None: open;
    the same as the begin for points). `number` is the value in the fact's declared unit, `word` the word, `problem` why the value can't
    be used.
    `positive` is False for a recorded "no".
    """

    fact: Fact
    entry: Entry
    first: int
    last: int
    end_first: int | None
    end_last: int | None
    seconds: int | None
    offset: int | None
    positive: bool
    number: Amount | None
    word: str | None
    problem: Cause | None
    exact: bool
    doubtful_end: bool = False


@define(unsafe_hash=True)
class Span:
    """A window as days (ordinals, None: unbounded), as far as known.

    Each bound lies in `[low, high]`; `planned` names the moments that are only planned. `open` tells that more of it is still to be
    observed; `recheck` is the day to check again.
    """

    start_low: int | None
    start_high: int | None
    end_low: int | None
    end_high: int | None
    planned: tuple[Moment, ...] = ()
    open: bool = False
    recheck: int | None = None
    start_second: int | None = None
    end_second: int | None = None


@define(unsafe_hash=True)
class Unknown:
    """Why something is unknown, and what would settle it.

    The fact (None: not a matter of one fact), the window and the newest unusable item. `detail` is a short machine word or number for
    the cause (the moment's name, the unit, the attribute, the rule's own reason).
    """

    cause: Cause
    fact: Fact | None = None
    window: Span | None = None
    newest: Item | None = None
    detail: str = ""


@frozen
class Note:
    """Something the reader should see beside the truth; `code` is stable, `detail` its data.

    Codes: `assumed absent`, `recorded no`, `tie`, `several possible`, `before window`, `after window`, `attribute assumed`,
    `open end doubtful`, `unknown counts as false`, `choice open`, `coarse birth date`.

    Of an absence: `selection` says what is absent, `window` where (None: no record lies anywhere). Of a record outside a window:
    `distance` in days from the bound that it missed (None: not known to the day).
    """

    code: str
    detail: str = ""
    items: tuple[Item, ...] = ()
    day: int | None = None
    selection: Selection | None = None
    window: Span | None = None
    distance: int | None = None


# Notes of a record that lies outside the window.
OUTSIDE = ("before window", "after window")


@define(eq=False)
class Outcome:
    """What one condition (or one number inside it) came to.

    `truth` for conditions; `amounts` for numbers: the alternatives that the records leave open (one, as a rule). `firm` is the truth
    that remains
    if everything still to be observed is taken as unknown: `provisional` is `truth` known and `firm` unknown.
    """

    node: Condition | Number | Date
    truth: Truth
    firm: Truth
    children: tuple[Outcome, ...] = ()
    items: tuple[Item, ...] = ()
    window: Span | None = None
    amounts: tuple[Amount, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether what is still to be observed could change the truth."""
        return self.truth is not None and self.firm is None

    def walk(self) -> Iterator[Outcome]:
        """This outcome and all below it, parents first."""
        stack = [self]
        while stack:
            outcome = stack.pop()
            yield outcome
            stack.extend(reversed(outcome.children))


Verdict = Literal["met", "not met", "unknown", "not applicable"]
DecisionWord = Literal["eligible", "ineligible", "undetermined"]


@define(eq=False)
class BlockOutcome:
    """One `when` block (or the unconditional one, `when` None) of a criterion."""

    when: Outcome | None
    body: Outcome


@frozen
class WarningOutcome:
    """A `warn if` that came true."""

    message: str
    outcome: Outcome


@define(eq=False)
class CriterionOutcome:
    """One criterion's verdict with all its evidence.

    `truth` is the criterion's condition over its blocks (inclusion: and of (not when or body); exclusion: or of (when and body));
    `passes` follows from it
    by polarity. `unknowns` are those that matter: where the verdict is unknown, the causes that keep it so. `recheck` is the latest day
    to check again
    while provisional, `planned` the moments that are only planned.
    """

    criterion: Criterion
    verdict: Verdict
    truth: Truth
    passes: Truth
    provisional: bool
    blocks: tuple[BlockOutcome, ...]
    unknowns: tuple[Unknown, ...] = ()
    warnings: tuple[WarningOutcome, ...] = ()
    recheck: int | None = None
    planned: tuple[Moment, ...] = ()


@frozen
class MomentState:
    """A moment as it stood: `date` (None: not set), `status` given, planned or unset, and the assumption that set it."""

    moment: Moment
    date: PartialDate | None
    status: Literal["given", "planned", "unset"]
    assumed: str | None = None


@frozen
class Decision:
    """The answer for one patient at one instant. `assessment` is the day that evidence counts up to (ordinal)."""

    protocol: Protocol
    patient: str
    now: PartialDate
    assessment: int
    decision: DecisionWord
    provisional: bool
    criteria: tuple[CriterionOutcome, ...]
    moments: tuple[MomentState, ...]
    unused: tuple[Unused, ...] = ()


@frozen
class RankedNeed:
    """What is still needed, from whom it would decide: criteria ids that hang on it and how many of them it alone decides."""

    unknown: Unknown
    criteria: tuple[str, ...]
    alone: tuple[str, ...]


@frozen
class NearMiss:
    """How far a failing comparison is from passing: `found op needed` would have to hold, both in the unit of the declared fact."""

    criterion: str
    outcome: Outcome
    found: Real
    op: str
    needed: Real
    item: Item | None
    selection: Selection | None

    @property
    def distance(self) -> Real:
        """How much is missing (positive: the found number would have to be greater)."""
        return self.needed - self.found


FlipKind = Literal["value", "time", "end", "need", "fixed"]


@frozen
class Flip:
    """A single change of one record or one need that would change the decision of one criterion."""

    criterion: str
    kind: FlipKind
    outcome: Outcome | None
    detail: str = ""


@frozen
class EarliestDay:
    """The least day >= now on which every failing window passes.

    None with `while_open` naming the open exposures or conditions that prevent it. `newly_failing` are criteria that would fail or
    become unknown by then (age, a lab too old).
    """

    day: int | None
    while_open: tuple[Item, ...] = ()
    newly_failing: tuple[tuple[str, Verdict], ...] = ()
    criteria: tuple[str, ...] = ()


@frozen
class Advice:
    """What to do next for one patient."""

    needs: tuple[RankedNeed, ...]
    nearest: tuple[NearMiss, ...]
    flips: tuple[Flip, ...]
    earliest: EarliestDay | None
