"""What an expression turns out to be while it is checked: a truth, a number with its unit, a day, or records not yet asked for anything."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from attrs import frozen

from . import model
from .source import Span, span_field
from .units import Unit, parse_unit


@frozen
class Truth:
    """A condition."""

    node: model.Condition
    span: Span = span_field()


@frozen
class Num:
    """A number and its unit (None: a plain number).

    `literal` numbers take the unit of what they are compared with. `limit` tells that the number holds `ULN` or `LLN`, `mixed` that its
    branches have units of different dimensions, `daily` that it is a rise per day, `difference` that a temperature counts from no zero
    point. `fact` is whose bridges between units apply.
    """

    node: model.Number
    unit: Unit | None
    literal: bool = False
    limit: bool = False
    mixed: bool = False
    daily: bool = False
    difference: bool = False
    fact: model.Fact | None = None
    span: Span = span_field()


@frozen
class Day:
    """A date."""

    node: model.Date
    span: Span = span_field()


@frozen
class Records:
    """A selection whose use decides what it means: existence, the number or the word of a record, a count of passing records."""

    selection: model.Selection
    gives: Literal["presence", "number", "word", "date"]
    span: Span = span_field()


@frozen
class Bad:
    """Stands in for what was already reported; everything that takes it stays silent."""

    span: Span = span_field()


Typed: TypeAlias = Truth | Num | Day | Records | Bad

BAD: Final = Bad()
BAD_TRUTH: Final = model.UnknownBecause("not checked")
"""The condition that stands in where an error was reported; it never leaves the checker."""

JUDGEMENT_WORDS: Final = ("yes", "no")
SINGLE_PICKS: Final = frozenset({"latest", "first", "highest", "lowest"})
COUNTING_PICKS: Final = frozenset({"any", "every", "at least"})
AGGREGATE_PICKS: Final = frozenset({"count", "sum", "mean", "rise", "change", "percent change", "change from baseline"})

ONE: Final = Unit("1", "1", Fraction(1))
PERCENT: Final = Unit("%", "1", Fraction(1, 100))
_PER_TIME: Final = re.compile(r"(?<![A-Z])(?:T|\[mo\])-")
_TIME_UNITS: Final = {"minutes": "min", "hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "a"}


def time_unit(word: str) -> Unit:
    """The unit of a length of time as the language spells it (`weeks`), under that name."""
    unit = parse_unit(_TIME_UNITS[word])
    if unit is None:
        raise LookupError(word)
    return Unit(word, unit.dimension, unit.factor)


def is_rate(unit: Unit) -> bool:
    """Whether the unit is something per time, as `mg/day`."""
    return _PER_TIME.search(unit.dimension) is not None


def kind_of(fact: model.Fact) -> str:
    """The kind of the records: of a group, the kind of its members."""
    while fact.kind == "group" and fact.members:
        fact = fact.members[0]
    return fact.kind


def a_kind(fact: model.Fact) -> str:
    """`an event`, `a lab`: the kind with its article, for messages."""
    kind = kind_of(fact)
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def gives(fact: model.Fact, attribute: model.Attribute | None) -> Literal["presence", "number", "word", "date"]:
    """What one record of the fact (or its attribute) says."""
    if attribute is not None:
        return "number" if attribute.kind == "number" else "word"
    kind = kind_of(fact)
    if kind in model.PRESENCE_KINDS:
        return "presence"
    if kind in model.NUMBER_KINDS:
        return "number"
    return "date" if kind == "attribute" and not fact.words else "word"


def unit_of(fact: model.Fact, attribute: model.Attribute | None) -> Unit | None:
    """The declared unit of the fact or of its attribute."""
    return attribute.unit if attribute is not None else fact.unit
