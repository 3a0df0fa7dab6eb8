"""The checked protocol: what the engine, the records and the tools work on.

Everything here has passed the checker: names are resolved to the objects they mean, literals are converted to the unit of what they are
compared with, every selection of a value has a window. The engine re-checks nothing. Nodes are frozen; spans take no part in equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import Factory, field

from ._frozen import frozen
from .source import Span, span_field
from .units import Unit

if TYPE_CHECKING:
    from .schedule_model import Study

# ---------------------------------------------------------------- lengths, dates, windows

TimeUnit = Literal["minutes", "hours", "days", "weeks", "months", "years"]


@frozen
class Length:
    """A calendar length such as `3 months`. Days and weeks are exact; months and years are calendar steps; hours and minutes need times."""

    count: Fraction
    unit: TimeUnit
    # The step that it makes, found once: whole months (and years), or whole days (parts of a day are rounded up).
    months: int | None = field(init=False, eq=False, repr=False)
    days: int = field(init=False, eq=False, repr=False)

    @months.default
    def _months(self) -> int | None:
        return int(self.count) * (12 if self.unit == "years" else 1) if self.unit in ("months", "years") else None

    @days.default
    def _days(self) -> int:
        per_unit = {"minutes": Fraction(1, 1440), "hours": Fraction(1, 24), "weeks": Fraction(7)}.get(self.unit, Fraction(1))
        return 0 if self.unit in ("months", "years") else ceil(self.count * per_unit)


@frozen
class MomentDate:
    """`screening`: the day (or time) of a declared moment."""

    moment: Moment
    span: Span = span_field()


@frozen
class AssessmentDay:
    """`the assessment day`: the earlier of now and the first dose (`eligibility until`)."""

    span: Span = span_field()


@frozen
class DateLiteral:
    """`2026-03-02`, possibly partial (`2026-03`) or with a time: text as written, validated by the checker."""

    text: str
    span: Span = span_field()


@frozen
class Shifted:
    """`3 months before screening`: a date moved by a calendar length."""

    length: Length
    direction: Literal["before", "after"]
    date: Date
    span: Span = span_field()


@frozen
class ItsShifted:
    """`5 * its half_life before first_infusion`: a shift by a time quantity of the record at hand, rounded up to whole days."""

    multiple: Fraction
    attribute: Attribute
    direction: Literal["before", "after"]
    date: Date
    span: Span = span_field()


@frozen
class DateChoice:
    """One candidate of `the earlier of (…)`; counts only where `condition` (about the record at hand, or any truth) holds."""

    date: Date
    condition: Condition | None
    span: Span = span_field()


@frozen
class Extreme:
    """`the earlier of (a, b if c)`, `the later of (…)`: start days are compared, never lengths."""

    which: Literal["earlier", "later"]
    choices: tuple[DateChoice, ...]
    span: Span = span_field()


@frozen
class DayOf:
    """`the day of (first consent with by patient ever)`: the date of the selected record (its start, for an interval)."""

    selection: Selection
    span: Span = span_field()


@frozen
class VisitDate:
    """The day of a visit, by name: the actual one, else the planned one. Only schedules know it."""

    visit: str
    span: Span = span_field()


@frozen
class DoseDate:
    """`first given dose of cg_bm1`, `last given dose of cg_bm1`: the day of a dose that was given. Only schedules know it."""

    which: Literal["first", "last"]
    dose: str
    span: Span = span_field()


@frozen
class OutcomeDay:
    """`the visit day`: the day of the visit, or the day of its own, at which an outcome is computed."""

    span: Span = span_field()


Date: TypeAlias = MomentDate | AssessmentDay | DateLiteral | Shifted | ItsShifted | Extreme | DayOf | VisitDate | DoseDate | OutcomeDay


@frozen
class Window:
    """A closed stretch of time `[start, end]`; None is unbounded. `timed` windows (hours) compare times, the others whole days.

    `before X` and `after X` exclude the day of X itself: `start_open`, `end_open`. `reach` tells that the file stated no window in the
    condition and the fact's reach was taken (`assumed` is then the file's reason).
    """

    start: Date | None
    end: Date | None
    start_open: bool = False
    end_open: bool = False
    timed: bool = False
    reach: bool = False
    assumed: str | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- facts

FactKind = Literal["lab", "vital", "score", "grade", "finding", "event", "condition", "exposure", "judgement", "attribute", "group"]
VALUE_KINDS: frozenset[str] = frozenset({"lab", "vital", "score", "grade", "finding", "judgement"})
NUMBER_KINDS: frozenset[str] = frozenset({"lab", "vital", "score", "grade"})
INTERVAL_KINDS: frozenset[str] = frozenset({"condition", "exposure"})
PRESENCE_KINDS: frozenset[str] = frozenset({"event", "condition", "exposure"})


@frozen
class Code:
    """One code of a code set: `system` is a URI, `code` exact, or a prefix where `prefix`."""

    system: str
    code: str
    prefix: bool = False


@frozen
class Bridge:
    """A fact's own identity between two units of different dimension: `left_value left = right_value right` (1 mg/dL = 88.4 umol/L)."""

    left_value: Fraction
    left: Unit
    right_value: Fraction
    right: Unit


@frozen
class Attribute:
    """A declared attribute of a fact's records. `default` is taken where a record says nothing, and shown as `default_assumed`."""

    name: str
    kind: Literal["word", "number", "text"]
    words: tuple[str, ...] = ()
    unit: Unit | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    default: str | None = None
    default_assumed: str | None = None
    span: Span = span_field()


@frozen
class AttributeTest:
    """`with route im`, `with who_class 3 to 4`, `with hours >= 24 h`. Exactly one of `words`, (`low`, `high`), (`op`, `value`) is set.

    Numbers are in the attribute's declared unit. A record without the attribute makes the test unknown for that record.
    """

    attribute: Attribute
    words: tuple[str, ...] = ()
    negated: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    op: Op | None = None
    value: Fraction | None = None
    span: Span = span_field()


@frozen
class Ongoing:
    """`ongoing for 3 months unless course one of (chronic, recurrent)`: an open record older than that has an unknown end."""

    length: Length
    unless: AttributeTest | None
    assumed: str | None = None


@frozen(eq=False)
class Fact:
    """A declared fact. `unit` is the declared unit (None: plain number or words); `reach` None: the same day only; "ever": for ever.

    For kinds event, condition and exposure `reach` is how far back a recorded "no" speaks; for values it is the window of a
    condition that states none. `attributes` holds, for an exposure declared `in UNIT`, the number attribute `dose`.
    """

    name: str
    kind: FactKind
    title: str
    titles: Mapping[str, str] = Factory(dict)
    unit: Unit | None = None
    unit_text: str | None = None
    words: tuple[str, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None
    bridges: tuple[Bridge, ...] = ()
    codes: tuple[Code, ...] = ()
    excluded_codes: tuple[Code, ...] = ()
    attributes: Mapping[str, Attribute] = Factory(dict)
    absent_unless_recorded: bool = False
    absence_assumed: str | None = None
    reach: Length | Literal["ever"] | None = None
    reach_assumed: str | None = None
    ongoing: Ongoing | None = None
    members: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    span: Span = span_field()


@frozen(eq=False)
class Moment:
    """A named moment. `ways` are tried in order: "given", ("planned", date) or a plain date.

    A planned way gives a day only while no day is given; a plain date (`else the assessment day`) counts as given.
    """

    name: str
    title: str
    ways: tuple[MomentWay, ...]
    titles: Mapping[str, str] = Factory(dict)
    span: Span = span_field()


@frozen
class MomentWay:
    """One way to know a moment."""

    kind: Literal["given", "planned", "date"]
    date: Date | None = None
    assumed: str | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- selections

Pick = Literal[
    "latest",
    "first",
    "highest",
    "lowest",
    "any",
    "every",
    "at least",
    "count",
    "sum",
    "mean",
    "rise",
    "change",
    "percent change",
    "change from baseline",
]


@frozen
class Selection:
    """Which records: `pick` of `fact` (its `attribute`, or the value itself) that pass `tests`, are not `excluded`, within `window`.

    `last` n: only the n latest of the window. `count`: n of `at least n of`. A presence fact has pick "any".
    For presence kinds `window` is never None; for value kinds it is the stated one or the fact's reach.
    """

    fact: Fact
    pick: Pick
    window: Window
    attribute: Attribute | None = None
    tests: tuple[AttributeTest, ...] = ()
    excluded: tuple[Fact, ...] = ()
    last: int | None = None
    count: int | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- numbers

Op = Literal["<", "<=", ">", ">=", "=", "!="]


@frozen
class Quantity:
    """A number, already in `unit` (converted by the checker to the unit of its counterpart); `text` as written."""

    value: Fraction
    unit: Unit | None
    text: str
    span: Span = span_field()


@frozen
class Limit:
    """`1.5 x ULN`: a multiple of the compared record's own reference limit."""

    multiple: Fraction
    which: Literal["high", "low"]
    span: Span = span_field()


@frozen
class Value:
    """The number of one picked record (latest, first, highest, lowest), in the declared unit of the fact or attribute."""

    selection: Selection
    unit: Unit | None
    span: Span = span_field()


@frozen
class Aggregate:
    """A number over all records of the selection: pick count, sum, mean, rise, change, percent change, change from baseline."""

    selection: Selection
    unit: Unit | None
    baseline: Date | None = None
    span: Span = span_field()


@frozen
class InUnit:
    """`creatinine in mg/dL`: the plain number in that unit: operand * factor + offset."""

    operand: Number
    factor: Fraction
    offset: Fraction
    unit: Unit
    span: Span = span_field()


@frozen
class Arith:
    """`+ - * / ^`. Both sides of + and - have the same unit; * and / have at most one side with a unit."""

    op: Literal["+", "-", "*", "/", "^"]
    left: Number
    right: Number
    unit: Unit | None = None
    span: Span = span_field()


@frozen
class Negative:
    """Unary minus."""

    operand: Number
    span: Span = span_field()


@frozen
class Call:
    """A function of numbers: ln, log10, exp, sqrt, min, max, round, floor, ceil, abs."""

    function: str
    arguments: tuple[Number, ...]
    span: Span = span_field()


@frozen
class NumberBranch:
    """One branch of a choice: `value if condition`."""

    condition: Condition
    value: Number
    span: Span = span_field()


@frozen
class Choose:
    """`(1200 mL if sex is male, 800 mL else)`: the first branch whose condition holds; an unknown condition leaves both ways open."""

    branches: tuple[NumberBranch, ...]
    otherwise: Number
    span: Span = span_field()


@frozen
class FirstKnown:
    """`first known of (basdai, basdai_items)`: the first that has a value; a fact that stands in for another."""

    operands: tuple[Number, ...]
    span: Span = span_field()


@frozen
class Age:
    """`age at screening`: completed years (`relativedelta`: born on 29 February, the birthday in a common year is 28 February)."""

    at: Date
    span: Span = span_field()


@frozen
class DaysBetween:
    """`days from A to B`: whole days, negative when B is earlier."""

    start: Date
    end: Date
    span: Span = span_field()


@frozen
class DefinedNumber:
    """The value of a definition."""

    definition: Definition
    span: Span = span_field()


@frozen
class ItsNumber:
    """`its dose`: a number attribute of the record at hand, in its declared unit."""

    attribute: Attribute
    span: Span = span_field()


@frozen
class SinceBaseline:
    """`change from baseline in meld`: a computed number at the outcome's day less the same at the baseline; `percent` of the baseline."""

    operand: Number
    percent: bool
    unit: Unit | None = None
    span: Span = span_field()


Number: TypeAlias = (
    Quantity
    | Limit
    | Value
    | Aggregate
    | InUnit
    | Arith
    | Negative
    | Call
    | Choose
    | FirstKnown
    | Age
    | DaysBetween
    | DefinedNumber
    | SinceBaseline
    | ItsNumber
)

# ---------------------------------------------------------------- conditions


@frozen
class Constant:
    """`always`, `never`."""

    value: bool
    span: Span = span_field()


@frozen
class UnknownBecause:
    """`unknown because "…"`: the writer says that nobody can tell without a human; the reason is shown."""

    reason: str
    span: Span = span_field()


@frozen
class Not:
    """Kleene negation."""

    operand: Condition
    span: Span = span_field()


@frozen
class Connective:
    """Inline `and` (kind "all") or `or` (kind "any")."""

    kind: Literal["all", "any"]
    operands: tuple[Condition, ...]
    span: Span = span_field()


@frozen
class Member:
    """One line of a group; `label` is its name in evidence and scenarios (`E5.liver`)."""

    label: str | None
    title: str | None
    condition: Condition
    span: Span = span_field()


@frozen
class Group:
    """`any of`, `all of`, `none of`, `at least n of`, `at most n of`, `exactly n of` over members."""

    kind: Literal["any", "all", "none", "at least", "at most", "exactly"]
    count: int
    members: tuple[Member, ...]
    span: Span = span_field()


@frozen
class KnownThat:
    """`known that X`: true where X is definitely true, else false; the explanation says that unknown counts as false here."""

    operand: Condition
    span: Span = span_field()


@frozen
class Differs:
    """`X differs from Y`: both known and different; unknown when either is."""

    left: Condition
    right: Condition
    span: Span = span_field()


@frozen
class Case:
    """One row of `cases`: `condition : result`."""

    condition: Condition
    result: Condition
    span: Span = span_field()


@frozen
class Cases:
    """`cases`: the first row whose condition holds decides; an unknown condition leaves both ways open."""

    rows: tuple[Case, ...]
    otherwise: Condition
    span: Span = span_field()


@frozen
class Compare:
    """Two numbers of one unit."""

    op: Op
    left: Number
    right: Number
    span: Span = span_field()


@frozen
class Between:
    """`he_grade is 3 to 4`, `age at screening is 18 years to 40 years`: closed on both sides."""

    operand: Number
    low: Quantity
    high: Quantity
    negated: bool = False
    span: Span = span_field()


@frozen
class CompareDates:
    """Two dates; on one day times decide where both have one, otherwise it is a tie (`<=` and `>=` hold)."""

    op: Op
    left: Date
    right: Date
    span: Span = span_field()


@frozen
class IsWord:
    """`hcg_serum is positive`, `sex is male`, `lesion_risk is yes`: the picked record's word is one of `words`."""

    selection: Selection
    words: tuple[str, ...]
    negated: bool = False
    span: Span = span_field()


@frozen
class ItsWord:
    """`its of_drug is yes`: a word attribute of the record at hand."""

    attribute: Attribute
    words: tuple[str, ...]
    negated: bool = False
    span: Span = span_field()


@frozen
class Exists:
    """An event, condition or exposure within the window."""

    selection: Selection
    span: Span = span_field()


@frozen
class IsRecorded:
    """`X is recorded`: a definite answer about the data, never unknown; with `unit`: recorded in that unit."""

    selection: Selection
    unit: Unit | None = None
    negated: bool = False
    span: Span = span_field()


@frozen
class Quantified:
    """`any`/`every`/`at least n of [the last m]` records satisfy a test. Exactly one of `words`, (`low`,`high`), (`op`,`value`) is set."""

    selection: Selection
    words: tuple[str, ...] = ()
    negated: bool = False
    low: Quantity | None = None
    high: Quantity | None = None
    op: Op | None = None
    value: Number | None = None
    span: Span = span_field()


@frozen
class TakenSince:
    """`X taken since at least 3 months before D`: an unbroken chain of records that contains D and began by D - length."""

    selection: Selection
    length: Length
    anchor: Date
    span: Span = span_field()


@frozen
class Unchanged:
    """`X dose unchanged for 4 weeks before D`: in force with one value on every day of [D - length, D].

    A change on the first day is allowed.
    """

    selection: Selection
    length: Length
    anchor: Date
    span: Span = span_field()


@frozen
class Margin:
    """`> 20 %` (percent of the baseline) or `> 10 mm` (in the operand's own unit)."""

    op: Op
    value: Fraction
    percent: bool
    text: str


@frozen
class Improved:
    """`basfi improved by > 20 % and > 1`, `basfi worse`, `basfi worse by >= 20 %`: the fall (or, worse, the rise) since the baseline.

    All margins must hold; without one any change of that direction counts. `higher_is_better` turns the direction round.
    """

    operand: Number
    worse: bool
    margins: tuple[Margin, ...]
    higher_is_better: bool = False
    span: Span = span_field()


@frozen
class DefinedTruth:
    """The truth of a definition."""

    definition: Definition
    span: Span = span_field()


Condition: TypeAlias = (
    Constant
    | UnknownBecause
    | Not
    | Connective
    | Group
    | KnownThat
    | Differs
    | Cases
    | Compare
    | Between
    | CompareDates
    | IsWord
    | ItsWord
    | Exists
    | IsRecorded
    | Quantified
    | TakenSince
    | Unchanged
    | Improved
    | DefinedTruth
)


@frozen(eq=False)
class Definition:
    """A named truth or number. `apart`: the records of its components lie at most so many days apart, else unknown."""

    name: str
    title: str
    kind: Literal["truth", "number"]
    body: Condition | Number
    unit: Unit | None = None
    titles: Mapping[str, str] = Factory(dict)
    apart: Length | None = None
    apart_assumed: str | None = None
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    span: Span = span_field()


# ---------------------------------------------------------------- criteria and the whole


@frozen
class SourceRef:
    """`source inclusion 5`: a list of the source region and the item in it ("6.2" for a sub-item)."""

    list: str
    item: str
    span: Span = span_field()


@frozen
class Block:
    """A condition, active where `when` holds (None: always)."""

    when: Condition | None
    condition: Condition
    span: Span = span_field()


@frozen
class Warn:
    """`warn if X "…"`: a message for the reader where X is definitely true; it never changes a verdict."""

    condition: Condition
    message: str
    span: Span = span_field()


@frozen(eq=False)
class Criterion:
    """One numbered criterion."""

    id: str
    kind: Literal["inclusion", "exclusion"]
    title: str
    blocks: tuple[Block, ...]
    titles: Mapping[str, str] = Factory(dict)
    text: str = ""
    texts: Mapping[str, str] = Factory(dict)
    quote: str | None = None
    sources: tuple[SourceRef, ...] = ()
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[Warn, ...] = ()
    span: Span = span_field()


@frozen
class NotARule:
    """`not a rule exclusion 3 because "…"`."""

    source: SourceRef
    reason: str
    span: Span = span_field()


@frozen
class SourceRegion:
    """Where the protocol's words are: a file and the headings that bound the region; `only`: how the items begin that count."""

    file: str
    start: str | None
    end: str | None
    only: str | None = None
    span: Span = span_field()


@frozen
class Given:
    """One recorded statement of a scenario, dates still as expressions over the scenario's moments.

    `value` is a number, a word, True (present) or False (recorded no); `attributes` maps to a word or (number, unit text).
    """

    fact: Fact
    value: Fraction | str | bool | None
    unit: str | None = None
    comparator: str | None = None
    start: Date | None = None
    end: Date | None = None
    ongoing: bool = False
    attributes: Mapping[str, str | tuple[Fraction, str | None]] = Factory(dict)
    range_low: tuple[Fraction, str | None] | None = None
    range_high: tuple[Fraction, str | None] | None = None
    by: str | None = None
    span: Span = span_field()


@frozen
class Expectation:
    """`expect E5.liver not met because "too old"`; `target` "decision" or a criterion id, `label` a member's label."""

    target: str
    label: str | None
    expected: str
    provisional: bool = False
    because: str | None = None
    span: Span = span_field()


@frozen
class Scenario:
    """A worked example: what is given (inherited ones first) and what must come out. `now` None: the first moment given."""

    name: str
    now: Date | None
    moments: Mapping[str, Date]
    givens: tuple[Given, ...]
    expectations: tuple[Expectation, ...]
    notes: tuple[str, ...] = ()
    span: Span = span_field()


@frozen(eq=False)
class Protocol:
    """A whole checked rule file with what it uses. `sha256` is over the canonical bytes of all its files."""

    name: str
    version: str
    language: int
    kind: Literal["protocol", "library"]
    title: str
    titles: Mapping[str, str]
    registry: str | None
    sources: tuple[SourceRegion, ...]
    timezone: str
    months: Literal["down", "up"] | None
    day_numbering: int
    until: Moment | None
    baseline: Moment | None
    moments: Mapping[str, Moment]
    facts: Mapping[str, Fact]
    definitions: Mapping[str, Definition]
    criteria: tuple[Criterion, ...]
    not_rules: tuple[NotARule, ...]
    scenarios: tuple[Scenario, ...]
    sha256: str
    files: Mapping[str, str] = field(factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    study: Study | None = None
