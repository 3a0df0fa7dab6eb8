"""The checked plan of a study: parts, arms, doses, visits, assessments, obligations, escalation, outcomes.

Like `model`: names are resolved, lengths and units checked, nothing here needs a second look. Dates are `model.Date` expressions:
`day 28` of a schedule is `28 days after` its anchor, a chained visit is shifted from a `VisitDate`. What hangs on what is acyclic.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from attrs import Factory

from . import model
from ._frozen import frozen
from .source import Span, span_field
from .units import Unit


@frozen
class Notes:
    """What is said of a line: its places in the source, texts in other languages, assumptions, remarks."""

    sources: tuple[model.SourceRef, ...] = ()
    titles: Mapping[str, str] = Factory(dict)
    text: str = ""
    texts: Mapping[str, str] = Factory(dict)
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(eq=False)
class Part:
    """A phase of the study with arms (and perhaps schedules) of its own."""

    name: str
    title: str
    notes: Notes = Notes()
    span: Span = span_field()


@frozen
class Tolerance:
    """A window around a target: whole days, weeks or calendar months before and after, both ends included."""

    before: model.Length
    after: model.Length


@frozen(eq=False)
class Dose:
    """What an arm gives under the name of a product.

    `amount` in `unit`; None: the source states none, or it is the number `from_number` (a fact or definition, of unit `unit`). With `per`
    (weight, body surface …: a number in `per_unit`) the dose given is amount x per. `at_most` is in the unit of the dose given,
    `total_unit`.
    """

    name: str
    title: str
    amount: Fraction | None
    amount_text: str
    unit: Unit | None
    from_number: model.Number | None = None
    per: model.Number | None = None
    per_name: str | None = None
    per_unit: Unit | None = None
    total_unit: Unit | None = None
    at_most: Fraction | None = None
    route: str | None = None
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class Arm:
    """An arm; `blinded_as` is what everyone may read in its place (None: open). `part` None: of the whole study."""

    name: str
    title: str
    part: str | None
    blinded_as: str | None
    doses: Mapping[str, Dose]
    notes: Notes = Notes()
    span: Span = span_field()


@frozen
class Recurrence:
    """A repeat: first date, step, and an end: `end` (inclusive), `times`, or `until` (a moment that may not be known yet; inclusive)."""

    every: model.Length
    start: model.Date
    end: model.Date | None = None
    times: int | None = None
    until: model.Date | None = None
    per_day: int = 1


@frozen(eq=False)
class Visit:
    """A planned visit. `date` is the target (of a range: its last day; of a repeated visit: the first target); `first` opens a range.

    `timing` is what the protocol calls it, for headings: "day -14 to -1", "week 4", "7 days after inf1". `order` is its rank of declaration
    over the whole file. `arms` empty: every arm. `masked`: it takes place in every arm of a blinded study, so that nobody can tell.
    """

    name: str
    title: str
    order: int
    date: model.Date
    timing: str
    first: model.Date | None = None
    window: Tolerance | None = None
    optimum: Tolerance | None = None
    gives: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    masked: bool = False
    condition: model.Condition | None = None
    recurrence: Recurrence | None = None
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class Series:
    """A drug taken again and again at home: `repeat celecoxib 0.2 g by mouth daily …`; `amount` in `unit`, at each intake."""

    name: str
    title: str
    order: int
    amount: Fraction | None
    amount_text: str
    unit: Unit | None
    route: str | None
    recurrence: Recurrence
    timing: str
    arms: tuple[str, ...] = ()
    masked: bool = False
    condition: model.Condition | None = None
    notes: Notes = Notes()
    span: Span = span_field()


AssessedKind = Literal["fact", "definition", "outcome", "activity"]


@frozen
class Assessed:
    """One thing that is assessed: a fact, a definition, an outcome, or an activity that is no fact."""

    name: str
    title: str
    kind: AssessedKind
    titles: Mapping[str, str] = Factory(dict)


@frozen(eq=False)
class Assessment:
    """Things assessed at visits (names, in order of declaration); `EARLY` stands for the early termination visit."""

    items: tuple[Assessed, ...]
    visits: tuple[str, ...]
    arms: tuple[str, ...] = ()
    masked: bool = False
    condition: model.Condition | None = None
    notes: Notes = Notes()
    span: Span = span_field()


EARLY = "early_termination"
"""The name of the early termination visit, in assessments, subjects and calendars."""


@frozen(eq=False)
class Watch:
    """A period in which something is watched for; both days included."""

    name: str
    title: str
    start: model.Date
    end: model.Date
    timing: str
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class Obligation:
    """Something that holds until a day, that day included (`until contraception 6 months after last_infusion`)."""

    name: str
    title: str
    date: model.Date
    timing: str
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class EarlyTermination:
    """The visit that ends the study early: due on the day of the end, at the latest `within` after it."""

    title: str
    within: model.Length
    notes: Notes = Notes()
    span: Span = span_field()


@frozen
class Rescreening:
    """How often a person may be screened again (None: any number of times), and how far apart."""

    times: int | None
    apart: model.Length | None


@frozen(eq=False)
class Schedule:
    """The visits that are counted from one anchor. `part` None: of every part.

    `shift`: what happens to a target on a day on which the site is closed: None keeps it, else the nearest, next or previous open day
    inside the window. `not_before`: visits before that day are deviations (consent).
    """

    title: str
    anchor: model.Moment
    part: str | None
    visits: tuple[Visit, ...]
    series: tuple[Series, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    watches: tuple[Watch, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    early_termination: EarlyTermination | None = None
    unscheduled_allowed: bool = False
    rescreening: Rescreening | None = None
    shift: Literal["nearest", "later", "earlier"] | None = None
    not_before: model.Date | None = None
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class Escalation:
    """A rule-based escalation (3+3). `levels` are arms, lowest first.

    `sentinel`: how many subjects of a level go alone first, each observed for `sentinel_observed`; 0: none. `observed`: how long every
    subject is observed, after the first or the last dose (`observed_from`), before a level counts as complete. `stop`: toxicities at which
    a level stops at once. `review_by`: who must have recorded a review before a step up (and after a sentinel); None: nobody. `replace`:
    which subjects are replaced, in words.
    """

    title: str
    part: str | None
    levels: tuple[str, ...]
    group: int
    expand: int
    stop: int
    observed: model.Length
    sentinel: int = 0
    sentinel_observed: model.Length | None = None
    review_by: str | None = None
    toxicity: str = "dlt"
    observed_from: Literal["first", "last"] = "first"
    replace: str | None = None
    notes: Notes = Notes()
    span: Span = span_field()


@frozen
class OutcomeTime:
    """When an outcome is due: at a visit, or (`exact`) on a day of its own; `timing` is its heading ("week 4")."""

    timing: str
    visit: str | None = None
    date: model.Date | None = None


@frozen(eq=False)
class Outcome:
    """A derived outcome: a truth or a number at visits, with its change from baseline where it is a number."""

    name: str
    title: str
    part: str | None
    times: tuple[OutcomeTime, ...]
    kind: Literal["truth", "number"]
    body: model.Condition | model.Number
    unit: Unit | None = None
    notes: Notes = Notes()
    span: Span = span_field()


@frozen(eq=False)
class Study:
    """Everything of a rule file that is not about who may take part. Empty parts mean that the file has none."""

    parts: Mapping[str, Part]
    arms: Mapping[str, Arm]
    schedules: tuple[Schedule, ...]
    escalations: tuple[Escalation, ...]
    outcomes: Mapping[str, Outcome]

    def arms_of(self, part: str | None) -> tuple[Arm, ...]:
        """The arms that a subject of a part may be in: the part's and those of the whole study."""
        return tuple(arm for arm in self.arms.values() if arm.part is None or arm.part == part)

    def schedules_of(self, part: str | None) -> tuple[Schedule, ...]:
        """The schedules that hold for a part."""
        return tuple(schedule for schedule in self.schedules if schedule.part is None or schedule.part == part)

    def blinded(self, part: str | None) -> bool:
        """Whether an arm of the part is blinded."""
        return any(arm.blinded_as is not None for arm in self.arms_of(part))
