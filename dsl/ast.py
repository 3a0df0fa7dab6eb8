"""The syntax tree: what was written, before any name is looked up. The checker turns it into `model`.

Nodes are frozen, carry a span that takes no part in equality, and keep words, units and numbers as written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ._frozen import frozen
from .source import Span, span_field

if TYPE_CHECKING:
    from .schedule_ast import StudyBlock


@frozen
class Word:
    """A name, unit, string or code as written, with its place (strings without their quotes)."""

    text: str
    span: Span = span_field()


# ---------------------------------------------------------------- lengths, quantities


@frozen
class Duration:
    """`3 months`: the number as written, the unit word in the plural (`month` is read as `months`)."""

    count: str
    unit: str
    span: Span = span_field()


@frozen
class Amount:
    """`25 mg/week`, `-14`, `3`: a number as written, perhaps with a unit, perhaps negative."""

    number: str
    unit: Word | None = None
    negative: bool = False
    span: Span = span_field()


Quantity: TypeAlias = Amount | Duration

# ---------------------------------------------------------------- dates and windows


@frozen
class DateName:
    """A moment's name where a date is expected."""

    name: str
    span: Span = span_field()


@frozen
class DateText:
    """`2026-03-02`, `2026-03`, `2026-03-01T08:30+08:00`, or `year 2025` (text then `2025`)."""

    text: str
    span: Span = span_field()


@frozen
class AssessmentDay:
    """`the assessment day`."""

    span: Span = span_field()


@frozen
class Shifted:
    """`3 months before screening`; direction "before" or "after"."""

    length: Duration
    direction: str
    date: DateNode
    span: Span = span_field()


@frozen
class ItsShifted:
    """`5 * its half_life before first_infusion`."""

    multiple: str | None
    attribute: Word
    direction: str
    date: DateNode
    span: Span = span_field()


@frozen
class DateChoice:
    """One candidate of `the earlier of (…)`."""

    date: DateNode
    condition: Expr | None
    span: Span = span_field()


@frozen
class Extreme:
    """`the earlier of (…)`, `the later of (…)`; which "earlier" or "later"."""

    which: str
    choices: tuple[DateChoice, ...]
    span: Span = span_field()


@frozen
class DayOf:
    """`the day of creatinine`, `the day of (first consent ever)`."""

    selection: Selection
    span: Span = span_field()


@frozen
class DoseDay:
    """`last given dose of cg_bm1`; which "first" or "last"."""

    which: str
    dose: Word
    span: Span = span_field()


@frozen
class VisitDay:
    """`the visit day`."""

    span: Span = span_field()


DateNode: TypeAlias = DateName | DateText | AssessmentDay | Shifted | ItsShifted | Extreme | DayOf | DoseDay | VisitDay


@frozen
class Window:
    """A window of time; kind: within, on, ever, since, before, after, from.

    `length` and `side` (before, after, of, None) belong to `within`; `date` is the anchor; `to` the end of `from … to …`.
    """

    kind: str
    length: Duration | None = None
    side: str | None = None
    date: DateNode | None = None
    to: DateNode | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- selections


@frozen
class Pick:
    """kind: latest, first, highest, lowest, any, every, count, sum, mean, rise, change, percent change, change from baseline, at least."""

    kind: str
    count: str | None = None
    last: str | None = None
    span: Span = span_field()


@frozen
class AttributeTest:
    """`with route not one of (oral, topical)`, `with who_class 3 to 4`, `with hours >= 24 h`."""

    name: Word
    words: tuple[Word, ...] = ()
    negated: bool = False
    low: Quantity | None = None
    high: Quantity | None = None
    op: str | None = None
    value: Quantity | None = None
    span: Span = span_field()


@frozen
class Selection:
    """`latest creatinine with … except … within …`; also every bare name of an expression (moment, definition, fact, word)."""

    name: Word
    pick: Pick | None = None
    attribute: Word | None = None
    tests: tuple[AttributeTest, ...] = ()
    excluded: tuple[Word, ...] = ()
    window: Window | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- expressions


@frozen
class Number:
    """A literal: `2.0 mg/dL`, `3 months`, `12`."""

    quantity: Quantity
    span: Span = span_field()


@frozen
class Limit:
    """`1.5 x ULN`, `LLN`; which "high" or "low"."""

    multiple: str | None
    which: str
    span: Span = span_field()


@frozen
class DateExpr:
    """A date in the ladder: `the day of …`, `3 months before screening`, a literal."""

    date: DateNode
    span: Span = span_field()


@frozen
class Constant:
    """`always`, `never`."""

    value: bool
    span: Span = span_field()


@frozen
class UnknownBecause:
    """`unknown because "…"`."""

    reason: str
    span: Span = span_field()


@frozen
class Parens:
    """`(…)`: kept, for the checker to see that connectives are not mixed."""

    inner: Expr
    span: Span = span_field()


@frozen
class Branch:
    """`value if condition`."""

    value: Expr
    condition: Expr
    span: Span = span_field()


@frozen
class Choose:
    """`(a if c, b else)`."""

    branches: tuple[Branch, ...]
    otherwise: Expr
    span: Span = span_field()


@frozen
class Call:
    """`max(1, creatinine in mg/dL)`."""

    function: Word
    arguments: tuple[Expr, ...]
    span: Span = span_field()


@frozen
class FirstKnown:
    """`first known of (a, b)`."""

    operands: tuple[Expr, ...]
    span: Span = span_field()


@frozen
class DaysBetween:
    """`days from A to B`."""

    start: DateNode
    end: DateNode
    span: Span = span_field()


@frozen
class Its:
    """`its half_life`."""

    attribute: Word
    span: Span = span_field()


@frozen
class InUnit:
    """`creatinine in mg/dL`."""

    operand: Expr
    unit: Word
    span: Span = span_field()


@frozen
class Arith:
    """`+ - * / ^`."""

    op: str
    left: Expr
    right: Expr
    span: Span = span_field()


@frozen
class Negative:
    """Unary minus."""

    operand: Expr
    span: Span = span_field()


@frozen
class Logic:
    """Inline `and`/`or` chain; kind "and" or "or". A chain of lines in a body becomes one too."""

    kind: str
    operands: tuple[Expr, ...]
    span: Span = span_field()


@frozen
class Not:
    """`not X`."""

    operand: Expr
    span: Span = span_field()


@frozen
class KnownThat:
    """`known that X`."""

    operand: Expr
    span: Span = span_field()


@frozen
class Compared:
    """`left op right`; op one of < <= > >= = != (≤ ≥ ≠ are read as these)."""

    op: str
    left: Expr
    right: Expr
    span: Span = span_field()


@frozen
class IsWord:
    """`x is not one of (a, b)`."""

    operand: Expr
    words: tuple[Word, ...]
    negated: bool = False
    span: Span = span_field()


@frozen
class IsRange:
    """`x is 3 to 4`."""

    operand: Expr
    low: Quantity
    high: Quantity
    negated: bool = False
    span: Span = span_field()


@frozen
class IsRecorded:
    """`x is not recorded`, `x is recorded in mg/day`."""

    operand: Expr
    unit: Word | None = None
    negated: bool = False
    span: Span = span_field()


@frozen
class Differs:
    """`x differs from y`."""

    left: Expr
    right: Expr
    span: Span = span_field()


@frozen
class Therapy:
    """`x taken since at least D before d`, `x unchanged for D before d`, `x stopped at least D before d`.

    kind: "taken", "unchanged", "stopped".
    """

    kind: str
    operand: Expr
    length: Duration
    date: DateNode
    span: Span = span_field()


@frozen
class Margin:
    """`> 20 %`, `> 10 mm` of `improved by`."""

    op: str
    value: Amount
    span: Span = span_field()


@frozen
class Improved:
    """`x improved by > 20 % and > 1`, `x worse`, `x worse by > 1`."""

    operand: Expr
    worse: bool
    margins: tuple[Margin, ...]
    span: Span = span_field()


Expr: TypeAlias = (
    Number | Limit | DateExpr | Constant | UnknownBecause | Parens | Choose | Call | FirstKnown | DaysBetween | Its | InUnit | Arith
    | Negative | Logic | Not | KnownThat | Compared | IsWord | IsRange | IsRecorded | Differs | Therapy | Improved | Selection
)  # fmt: skip

# ---------------------------------------------------------------- bodies


@frozen
class GroupHead:
    """kind: any, all, none, at least, at most, exactly; `count` as written; tests and exclusions apply to every member's selection."""

    kind: str
    count: str | None = None
    tests: tuple[AttributeTest, ...] = ()
    excluded: tuple[Word, ...] = ()
    span: Span = span_field()


@frozen
class Group:
    """A group block."""

    head: GroupHead
    items: tuple[Item, ...]
    span: Span = span_field()


@frozen
class Row:
    """`felbamate, primidone within 1 month before screening`: any of several facts with one window."""

    names: tuple[Word, ...]
    tests: tuple[AttributeTest, ...]
    excluded: tuple[Word, ...]
    window: Window
    span: Span = span_field()


@frozen
class Case:
    """One row of `cases`; condition None is `otherwise`."""

    condition: Expr | None
    result: Expr | Group
    span: Span = span_field()


@frozen
class Cases:
    """A `cases` block."""

    rows: tuple[Case, ...]
    span: Span = span_field()


Content: TypeAlias = Expr | Group | Row | Cases


@frozen
class Item:
    """One line (or block) of a body: perhaps `and`/`or` before it, perhaps a label."""

    content: Content
    connective: str | None = None
    label: Word | None = None
    title: str | None = None
    span: Span = span_field()


# ---------------------------------------------------------------- top-level blocks


@frozen
class Text:
    """`title zh "…"`, `text "…"`, `note "…"`, `assume "…"`, `quote "…"`: kind is the keyword; lang None is English."""

    kind: str
    text: str
    lang: str | None = None
    span: Span = span_field()


@frozen
class HeaderLine:
    """Other header lines; kind: registry, source, timezone, months, numbering, use, until, baseline; values as written (None: absent)."""

    kind: str
    values: tuple[Word | None, ...]
    span: Span = span_field()


@frozen
class Header:
    """`protocol NAME version V language N` (kind "protocol" or "library")."""

    kind: str
    name: Word
    version: str
    language: str
    lines: tuple[HeaderLine | Text, ...]
    span: Span = span_field()


@frozen
class MomentWay:
    """kind: given, planned, date."""

    kind: str
    date: DateNode | None = None
    assume: str | None = None
    span: Span = span_field()


@frozen
class Moment:
    """One line of `moments`."""

    name: Word
    title: str | None
    ways: tuple[MomentWay, ...]
    titles: tuple[Text, ...] = ()
    span: Span = span_field()


@frozen
class Moments:
    """The `moments` block."""

    moments: tuple[Moment, ...]
    span: Span = span_field()


@frozen
class FactType:
    """kind: lab, vital, score, grade, finding, event, condition, exposure, judgement, attribute, group.

    `words` of a finding or attribute (("date",) never appears here: `is_date`), member names of a group.
    """

    kind: str
    unit: Word | None = None
    words: tuple[Word, ...] = ()
    is_date: bool = False
    span: Span = span_field()


@frozen
class WithClause:
    """`with route im, iv else iv assume "…"`; kind word, number, range, text."""

    name: Word
    kind: str
    words: tuple[Word, ...] = ()
    unit: Word | None = None
    low: Amount | None = None
    high: Amount | None = None
    default: Word | None = None
    assume: str | None = None
    span: Span = span_field()


@frozen
class CodesClause:
    """`LOINC 2160-0, 38483-4`, `code "http://…" a, b except c`."""

    system: Word
    codes: tuple[Word, ...]
    excluded: tuple[Word, ...] = ()
    span: Span = span_field()


@frozen
class BridgeClause:
    """`1 mg/dL = 88.4 umol/L`."""

    left: Amount
    right: Amount
    assume: str | None = None
    span: Span = span_field()


@frozen
class RangeClause:
    """`0 to 10`: what a recorded value may be."""

    low: Amount
    high: Amount
    span: Span = span_field()


@frozen
class AbsenceClause:
    """`absent unless recorded assume "…"`."""

    assume: str | None = None
    span: Span = span_field()


@frozen
class ReachClause:
    """`reach 28 days assume "…"`; length None: `for ever`."""

    length: Duration | None
    assume: str | None = None
    span: Span = span_field()


@frozen
class OngoingClause:
    """`ongoing for 3 months unless course one of (chronic, recurrent)`."""

    length: Duration
    unless: AttributeTest | None = None
    assume: str | None = None
    span: Span = span_field()


FactClause: TypeAlias = WithClause | CodesClause | BridgeClause | RangeClause | AbsenceClause | ReachClause | OngoingClause | Text


@frozen
class Fact:
    """One fact of a `facts` block."""

    name: Word
    title: str | None
    type: FactType
    clauses: tuple[FactClause, ...]
    span: Span = span_field()


@frozen
class Facts:
    """The `facts` block."""

    facts: tuple[Fact, ...]
    span: Span = span_field()


@frozen
class SettingRow:
    """A row of a `reach` or `absent unless recorded` block: names and the clause that they get."""

    names: tuple[Word, ...]
    clause: ReachClause | AbsenceClause
    span: Span = span_field()


@frozen
class Settings:
    """A `reach` or `absent unless recorded` block; kind "reach" or "absent"."""

    kind: str
    rows: tuple[SettingRow, ...]
    span: Span = span_field()


@frozen
class Apart:
    """`components at most 2 days apart`."""

    length: Duration
    assume: str | None = None
    span: Span = span_field()


@frozen
class Define:
    """`define NAME "…" = …`: either `body` (an expression) or `items` (a body of lines)."""

    name: Word
    title: str | None
    body: Expr | None
    items: tuple[Item, ...]
    clauses: tuple[Text | Apart, ...]
    span: Span = span_field()


@frozen
class SourceRef:
    """`inclusion 6.2`, `primary outcome 1`: the list's words and the item as written."""

    list: str
    item: str
    span: Span = span_field()


@frozen
class Warn:
    """`warn if X "…"`."""

    condition: Expr
    message: str
    span: Span = span_field()


@frozen
class When:
    """A `when` block."""

    condition: Expr
    items: tuple[Item, ...]
    span: Span = span_field()


CriterionLine: TypeAlias = SourceRef | Text | Warn | When | Item


@frozen
class Criterion:
    """`inclusion I5 "…"`; kind "inclusion" or "exclusion"."""

    kind: str
    id: Word
    title: str
    lines: tuple[CriterionLine, ...]
    span: Span = span_field()


@frozen
class NotARule:
    """`not a rule exclusion 3 because "…"`."""

    source: SourceRef
    reason: str
    span: Span = span_field()


# ---------------------------------------------------------------- scenarios


@frozen
class GivenAttribute:
    """`with route im`, `with range 1 mg/L to 5 mg/L`, `by "investigator 7"` (name "by"); value: Amount/Duration, or a word or string."""

    name: Word
    value: Quantity | Word
    to: Quantity | None = None
    span: Span = span_field()


@frozen
class Given:
    """`crp < 5 mg/L on 2026-03-01 with …`, `no pregnancy on screening`, `screening 2026-03-02`."""

    name: Word
    absent: bool = False
    comparator: str | None = None
    value: Quantity | Word | DateText | None = None
    on: DateNode | None = None
    start: DateNode | None = None
    end: DateNode | None = None
    attributes: tuple[GivenAttribute, ...] = ()
    span: Span = span_field()


@frozen
class Givens:
    """A `given` line."""

    givens: tuple[Given, ...]
    span: Span = span_field()


@frozen
class Without:
    """`without creatinine, inr`: drops inherited statements."""

    names: tuple[Word, ...]
    span: Span = span_field()


@frozen
class Expect:
    """`expect E5.liver not met because "too old"`."""

    target: Word
    label: Word | None
    expected: str
    provisional: bool = False
    because: str | None = None
    span: Span = span_field()


@frozen
class Scenario:
    """`scenario "…" like "…"`."""

    name: Word
    like: Word | None
    lines: tuple[Givens | Without | Expect | Text, ...]
    span: Span = span_field()


TopLevel: TypeAlias = "Header | Moments | Facts | Settings | Define | Criterion | NotARule | Scenario | StudyBlock"


@frozen
class File:
    """All blocks of one file, in order."""

    name: str
    blocks: tuple[TopLevel, ...]
