"""The syntax tree of parts, arms, schedules, escalations and outcomes: what was written, before any name is looked up.

Like `ast`, whose nodes it uses: frozen, spans take no part in equality, words, units and numbers are kept as written.
"""

from __future__ import annotations

from typing import TypeAlias

from ._frozen import frozen
from .ast import Amount, DateNode, Duration, Expr, Item, SourceRef, Text, Word
from .source import Span, span_field

Clause: TypeAlias = Text | SourceRef
"""`title zh`, `text`, `note`, `assume`, `source` lines below a line of a schedule (an `assume "…"` at the line's end is one too)."""

# ---------------------------------------------------------------- times


@frozen
class AnchorTime:
    """`day -14`, `week 4`, `month 6`: counted from the schedule's anchor; `unit` in the plural (days, weeks, months, years)."""

    unit: str
    number: str
    negative: bool = False
    span: Span = span_field()


ScheduleTime: TypeAlias = AnchorTime | DateNode


@frozen
class Tolerance:
    """`window -1 +2 days`, `window +-3 days`, `optimum +-1 days`: numbers as written, without their signs."""

    before: str
    after: str
    unit: str
    span: Span = span_field()


@frozen
class Recurrence:
    """`every 4 weeks from week 8 to week 52`, `twice daily from day 0, 14 times`, `weekly from inf1 until progression`.

    `every` is the step (`daily` is 1 days, `weekly` 1 weeks), `per_day` 2 for `twice daily`. One of `end`, `times`, `until` is set.
    """

    every: Duration
    start: ScheduleTime
    end: ScheduleTime | None = None
    times: str | None = None
    until: DateNode | None = None
    per_day: int = 1
    span: Span = span_field()


# ---------------------------------------------------------------- lines of a schedule


@frozen
class ArmFilter:
    """`in arm low, medium`, perhaps `masked`."""

    arms: tuple[Word, ...]
    masked: bool = False
    span: Span = span_field()


@frozen
class Visit:
    """One `visit` line with what is indented below it. `end` is set for a range (`day -14 to -1`), `recurrence` for a repeated visit."""

    name: Word
    title: str | None
    start: ScheduleTime | None
    end: ScheduleTime | None = None
    recurrence: Recurrence | None = None
    window: Tolerance | None = None
    optimum: Tolerance | None = None
    gives: tuple[Word, ...] = ()
    arms: ArmFilter | None = None
    condition: Expr | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Series:
    """`repeat celecoxib 0.2 g by mouth daily from day 0 to week 24`; route "IV", "by mouth" … as written."""

    name: Word
    title: str | None
    amount: Amount | None
    route: str | None
    recurrence: Recurrence
    arms: ArmFilter | None = None
    condition: Expr | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Assessed:
    """One name of an `assess` line; a title declares an activity that is no fact."""

    name: Word
    title: str | None = None
    span: Span = span_field()


@frozen
class Target:
    """Where something is assessed; kind: visit (`name`), time (`time`), every (`every visit`), early (`early termination`)."""

    kind: str
    name: Word | None = None
    time: AnchorTime | None = None
    span: Span = span_field()


@frozen
class Assess:
    """`assess alt, ast "…" at pre, days 3, 7, weeks 4, 8 if sex is female`."""

    items: tuple[Assessed, ...]
    targets: tuple[Target, ...]
    arms: ArmFilter | None = None
    condition: Expr | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Watch:
    """`watch dlt "…" from day 0 to day 180`."""

    name: Word
    title: str | None
    start: ScheduleTime
    end: ScheduleTime
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Obligation:
    """`until contraception "…" 6 months after last_infusion`."""

    name: Word
    title: str | None
    date: DateNode
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class EarlyTermination:
    """`early termination "End of study" within 7 days`."""

    title: str | None
    within: Duration
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Unscheduled:
    """`unscheduled allowed`."""

    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Rescreening:
    """`rescreening allowed 2 times at least 4 weeks apart`."""

    times: str | None = None
    apart: Duration | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class ClosedDays:
    """`closed days keep`, `closed days shift nearest|later|earlier`; `shift` None is keep."""

    shift: str | None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class NotBefore:
    """`no visit before the day of (first consent ever)`."""

    date: DateNode
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


ScheduleLine: TypeAlias = (
    Visit | Series | Assess | Watch | Obligation | EarlyTermination | Unscheduled | Rescreening | ClosedDays | NotBefore | Text | SourceRef
)

# ---------------------------------------------------------------- blocks


@frozen
class Part:
    """`part phase1 "Phase 1"`: what follows belongs to it, until the next part."""

    name: Word
    title: str | None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Dose:
    """`dose cg_bm1 "CG-BM1" 1.0e6 cells/kg of weight IV at most 1e8 cells`; `amount` a number, a name, or None (not stated)."""

    name: Word
    title: str | None
    amount: Amount | Word | None
    of: Word | None = None
    route: str | None = None
    at_most: Amount | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Arm:
    """`arm low "Low dose" open`, `arm placebo "Placebo" blinded as "CG-BM1 or placebo"`; `blinded_as` None is open."""

    name: Word
    title: str | None
    blinded_as: str | None
    doses: tuple[Dose, ...] = ()
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Schedule:
    """`schedule "…" from first_infusion`."""

    title: str | None
    anchor: Word
    lines: tuple[ScheduleLine, ...]
    span: Span = span_field()


@frozen
class EscalationLine:
    """One line of an escalation.

    kind: levels (`names`), sentinel (`count`, `length`), observe (`length`; `text` "last": after the last dose), group (`count`,
    `expand`), stop (`count`, `names`: the toxicity), review (`text`), replace (`text`: whom).
    """

    kind: str
    names: tuple[Word, ...] = ()
    count: str | None = None
    expand: str | None = None
    length: Duration | None = None
    text: str | None = None
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


@frozen
class Escalation:
    """`escalation "3+3"`."""

    title: str
    lines: tuple[EscalationLine | Text | SourceRef, ...]
    span: Span = span_field()


@frozen
class Outcome:
    """`outcome asas20 "ASAS20" at weeks 1, 4`, `outcome survival "…" at days 28, 90 exact`; `remaining`: `and the remaining not worse`."""

    name: Word
    title: str | None
    targets: tuple[Target, ...]
    exact: bool
    items: tuple[Item, ...]
    remaining: bool = False
    clauses: tuple[Clause, ...] = ()
    span: Span = span_field()


StudyBlock: TypeAlias = Part | Arm | Schedule | Escalation | Outcome
