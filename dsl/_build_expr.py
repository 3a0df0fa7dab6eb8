"""Builds syntax-tree nodes for expressions, dates, windows and selections, straight from the parser's reductions.

Each method is named after the rule (or alias) of `grammar.lark` that it builds and gets the rule's children in order: tokens, nodes, and
`Part`s, the small results that are no node of their own. No tree stands in between, so the checker's input costs one object a node.
"""

from __future__ import annotations

from typing import Any, Final

from .ast import (
    Amount,
    Arith,
    AssessmentDay,
    AttributeTest,
    Branch,
    Call,
    Choose,
    Compared,
    Constant,
    DateChoice,
    DateExpr,
    DateName,
    DateNode,
    DateText,
    DayOf,
    DaysBetween,
    Differs,
    Duration,
    Expr,
    Extreme,
    FirstKnown,
    InUnit,
    IsRange,
    IsRecorded,
    IsWord,
    Its,
    ItsShifted,
    KnownThat,
    Limit,
    Logic,
    Negative,
    Not,
    Number,
    Parens,
    Pick,
    Quantity,
    Selection,
    Shifted,
    Therapy,
    UnknownBecause,
    Window,
    Word,
)
from .source import Span

Children = list[Any]

OPERATORS: Final = {"≤": "<=", "≥": ">=", "≠": "!=", "±": "+-"}
PLURALS: Final = {word: word + "s" for word in ("minute", "hour", "day", "week", "month", "year")}


class Token:
    """A terminal as read: its type in the grammar, its text, and where it stands in the file."""

    __slots__ = ("end", "start", "text", "type")

    def __init__(self, type_: str, text: str, start: int, end: int) -> None:
        self.type = type_
        self.text = text
        self.start = start
        self.end = end


class Part:
    """A result of a rule that is no node: a value and the stretch it was written in."""

    __slots__ = ("end", "start", "value")

    def __init__(self, value: Any, start: int, end: int) -> None:  # noqa: ANN401 - each rule has its own kind of value
        self.value = value
        self.start = start
        self.end = end


def start_of(child: Any) -> int:  # noqa: ANN401 - a token, a part or any node
    """Where a child begins."""
    kind = type(child)
    return int(child.start if kind is Token or kind is Part else child.span.start)


def end_of(child: Any) -> int:  # noqa: ANN401 - a token, a part or any node
    """Where a child ends."""
    kind = type(child)
    return int(child.end if kind is Token or kind is Part else child.span.end)


def text_of(token: Token) -> str:
    """A quoted text without its quotes."""
    return token.text[1:-1]


LAYOUT = frozenset({"NL", "INDENT", "DEDENT"})


def solid(c: Children) -> Children:
    """The children without line ends and indentation, which belong to no span."""
    return [child for child in c if type(child) is not Token or child.type not in LAYOUT]


class ExpressionBuilder:
    """The rules of expressions; bound to one file, whose name every span carries."""

    def __init__(self, file: str) -> None:
        self.file = file

    def span(self, first: Any, last: Any) -> Span:  # noqa: ANN401 - tokens, parts or nodes
        """From the start of one child to the end of another."""
        return Span(self.file, start_of(first), end_of(last))

    def word(self, token: Token) -> Word:
        """A token as a word with its place."""
        return Word(token.text, span=Span(self.file, token.start, token.end))

    def quoted(self, token: Token) -> Word:
        """A quoted text as a word; its place includes the quotes."""
        return Word(token.text[1:-1], span=Span(self.file, token.start, token.end))

    # ---- truth

    def any_expr(self, c: Children) -> Logic:
        return Logic("or", tuple(c[::2]), span=self.span(c[0], c[-1]))

    def all_expr(self, c: Children) -> Logic:
        return Logic("and", tuple(c[::2]), span=self.span(c[0], c[-1]))

    def negation(self, c: Children) -> Not:
        return Not(c[1], span=self.span(c[0], c[1]))

    def known_that(self, c: Children) -> KnownThat:
        return KnownThat(c[2], span=self.span(c[0], c[2]))

    def compared(self, c: Children) -> Compared:
        return Compared(c[1].value, c[0], c[2], span=self.span(c[0], c[2]))

    def compare(self, c: Children) -> Part:
        token = c[0]
        return Part(OPERATORS.get(token.text, token.text), token.start, token.end)

    def is_word(self, c: Children) -> IsWord:
        return IsWord(c[0], c[-1].value, len(c) == 4, span=self.span(c[0], c[-1]))

    def is_range(self, c: Children) -> IsRange:
        return IsRange(c[0], c[-3], c[-1], len(c) == 6, span=self.span(c[0], c[-1]))

    def is_recorded(self, c: Children) -> IsRecorded:
        unit = c[-1] if type(c[-1]) is Word else None
        return IsRecorded(c[0], unit, c[2].text == "not", span=self.span(c[0], c[-1]))

    def differs(self, c: Children) -> Differs:
        return Differs(c[0], c[3], span=self.span(c[0], c[3]))

    def taken_since(self, c: Children) -> Therapy:
        return Therapy("taken", c[0], c[5], c[7], span=self.span(c[0], c[7]))

    def unchanged_for(self, c: Children) -> Therapy:
        return Therapy("unchanged", c[0], c[3], c[5], span=self.span(c[0], c[5]))

    def stopped_before(self, c: Children) -> Therapy:
        return Therapy("stopped", c[0], c[4], c[6], span=self.span(c[0], c[6]))

    def word_set(self, c: Children) -> Part:
        if len(c) == 1:
            return Part((self.word(c[0]),), c[0].start, c[0].end)
        return Part(c[3].value, c[0].start, c[-1].end)

    def names(self, c: Children) -> Part:
        return Part(tuple([self.word(token) for token in c[::2]]), c[0].start, c[-1].end)

    names_many = names
    words = names
    codes = names

    # ---- numbers

    def arith(self, c: Children) -> Arith:
        return Arith(c[1].text, c[0], c[2], span=self.span(c[0], c[2]))

    def negative(self, c: Children) -> Negative:
        return Negative(c[1], span=self.span(c[0], c[1]))

    def in_unit(self, c: Children) -> InUnit:
        return InUnit(c[0], c[2], span=self.span(c[0], c[2]))

    def number(self, c: Children) -> Number:
        return Number(c[0], span=c[0].span)

    def date_expr(self, c: Children) -> DateExpr:
        return DateExpr(c[0], span=c[0].span)

    def constant(self, c: Children) -> Constant | UnknownBecause:
        if len(c) == 1:
            return Constant(c[0].text == "always", span=self.span(c[0], c[0]))
        return UnknownBecause(text_of(c[2]), span=self.span(c[0], c[2]))

    def parens(self, c: Children) -> Parens:
        return Parens(c[1], span=self.span(c[0], c[2]))

    def choose(self, c: Children) -> Choose:
        return Choose(tuple(c[1:-4:2]), c[-3], span=self.span(c[0], c[-1]))

    def branch(self, c: Children) -> Branch:
        return Branch(c[0], c[2], span=self.span(c[0], c[2]))

    def call(self, c: Children) -> Call:
        return Call(self.word(c[0]), tuple(c[2::2]), span=self.span(c[0], c[-1]))

    def first_known(self, c: Children) -> FirstKnown:
        return FirstKnown(tuple(c[4::2]), span=self.span(c[0], c[-1]))

    def days_from(self, c: Children) -> DaysBetween:
        return DaysBetween(c[2], c[4], span=self.span(c[0], c[4]))

    def reference_limit(self, c: Children) -> Limit:
        multiple = c[0].text if len(c) == 3 else None
        return Limit(multiple, "high" if c[-1].text == "ULN" else "low", span=self.span(c[0], c[-1]))

    def its(self, c: Children) -> Its:
        return Its(self.word(c[1]), span=self.span(c[0], c[1]))

    def quantity(self, c: Children) -> Quantity:
        first = c[0]
        if type(first) is Duration:
            return first
        if len(c) == 1:
            return Amount(first.text, span=Span(self.file, first.start, first.end))
        return Amount(first.text, c[1], span=Span(self.file, first.start, c[1].span.end))

    def signed_quantity(self, c: Children) -> Quantity:
        inner: Quantity = c[-1]
        if len(c) == 1:
            return inner
        span = self.span(c[0], inner)
        if isinstance(inner, Duration):
            # A length of time is never negative: as an amount it reaches the checker, which says so.
            return Amount(inner.count, Word(inner.unit, span=inner.span), negative=True, span=span)
        return Amount(inner.number, inner.unit, negative=True, span=span)

    def signed(self, c: Children) -> Amount:
        return Amount(c[-1].text, None, len(c) == 2, span=self.span(c[0], c[-1]))

    def duration(self, c: Children) -> Duration:
        unit = c[1].text
        return Duration(c[0].text, PLURALS.get(unit, unit), span=Span(self.file, c[0].start, c[1].end))

    def time_unit(self, c: Children) -> Token:
        token: Token = c[0]
        return token

    def unit(self, c: Children) -> Word:
        return self.word(c[0])

    # ---- which records

    def selection(self, c: Children) -> Selection:
        pick = name = attribute = window = None
        tests: list[AttributeTest] = []
        excluded: tuple[Word, ...] = ()
        for child in c:
            match child:
                case Token() if name is None:
                    name = self.word(child)
                case Token():
                    attribute = self.word(child)
                case Pick():
                    pick = child
                case AttributeTest():
                    tests.append(child)
                case Part():
                    excluded = child.value
                case _:
                    window = child
        return Selection(name, pick, attribute, tuple(tests), excluded, window, span=self.span(c[0], c[-1]))  # type: ignore[arg-type]

    def pick(self, c: Children) -> Pick:
        words = [child.text for child in c if type(child) is Token]
        last = c[-1].value if type(c[-1]) is Part else None
        span = self.span(c[0], c[-1])
        match words:
            case ["at", "least", count, "of"]:
                return Pick("at least", count, last, span=span)
            case ["mean", "daily", "rise", "of"]:
                return Pick("rise", span=span)
            case ["percent", *_]:
                return Pick("percent change", span=span)
            case ["change", "from", *_]:
                return Pick("change from baseline", span=span)
        return Pick(words[0], None, last, span=span)

    def last_n(self, c: Children) -> Part:
        return Part(c[2].text, c[0].start, c[2].end)

    def with_test(self, c: Children) -> AttributeTest:
        test: AttributeTest = c[1]
        return test

    def attr_test(self, c: Children) -> AttributeTest:
        name = self.word(c[0])
        span = self.span(c[0], c[-1])
        match c[1:]:
            case [Token(), Part() as words]:
                return AttributeTest(name, words.value, negated=True, span=span)
            case [Part() as words]:
                return AttributeTest(name, words.value, span=span)
            case [Part() as op, value]:
                return AttributeTest(name, op=op.value, value=value, span=span)
            case [low, Token(), high]:
                return AttributeTest(name, low=low, high=high, span=span)
        return AttributeTest(name, value=c[1], op="=", span=span)

    def exclude(self, c: Children) -> Part:
        words = (self.word(c[1]),) if len(c) == 2 else c[2].value
        return Part(words, c[0].start, c[-1].end)

    # ---- windows and dates

    def within_window(self, c: Children) -> Window:
        span = self.span(c[0], c[-1])
        if len(c) == 2:
            return Window("within", c[1], span=span)
        return Window("within", c[1], c[2].text, c[3], span=span)

    def ever_window(self, c: Children) -> Window:
        return Window("ever", span=self.span(c[0], c[0]))

    def from_window(self, c: Children) -> Window:
        return Window("from", None, None, c[1], c[3], span=self.span(c[0], c[3]))

    def on_window(self, c: Children) -> Window:
        return self._anchored("on", c)

    def since_window(self, c: Children) -> Window:
        return self._anchored("since", c)

    def before_window(self, c: Children) -> Window:
        return self._anchored("before", c)

    def after_window(self, c: Children) -> Window:
        return self._anchored("after", c)

    def _anchored(self, kind: str, c: Children) -> Window:
        return Window(kind, None, None, c[1], span=self.span(c[0], c[1]))

    def date_name(self, c: Children) -> DateName:
        return DateName(c[0].text, span=self.span(c[0], c[0]))

    def shifted(self, c: Children) -> Shifted:
        return Shifted(c[0], c[1].text, c[2], span=self.span(c[0], c[2]))

    def its_shifted(self, c: Children) -> ItsShifted:
        its: Its = c[-3]
        multiple = c[0].text if len(c) == 5 else None
        return ItsShifted(multiple, its.attribute, c[-2].text, c[-1], span=self.span(c[0], c[-1]))

    def earlier_later(self, c: Children) -> Extreme:
        return Extreme(c[1].text, tuple(c[4::2]), span=self.span(c[0], c[-1]))

    def date_choice(self, c: Children) -> DateChoice:
        date: DateNode = c[0]
        condition: Expr | None = c[2] if len(c) == 3 else None
        return DateChoice(date, condition, span=self.span(c[0], c[-1]))

    def day_of(self, c: Children) -> DayOf:
        selection = c[4] if len(c) > 4 else Selection(self.word(c[3]), span=self.span(c[3], c[3]))
        return DayOf(selection, span=self.span(c[0], c[-1]))

    def assessment_day(self, c: Children) -> AssessmentDay:
        return AssessmentDay(span=self.span(c[0], c[2]))

    def date_literal(self, c: Children) -> DateText:
        return DateText(c[0].text, span=self.span(c[0], c[0]))
