"""Words of one language: message catalogues, and how numbers, amounts, days and lengths are written.

The catalogues are `explain_en.json` and `explain_zh.json` beside this file: a flat table from a key to a template with named places.
Word order is the catalogue's business; code only says what goes into the places.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, get_args

from ..canonical import canonical_number
from ..dsl.units import Unit
from .dates import SECONDS_PER_DAY, PartialDate, format_day, format_partial
from .outcome import Amount, Interval, Real, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..dsl.model import Length

Lang: TypeAlias = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)

Node = TypeVar("Node")

# Phrases of rules that are kept: some twenty protocols' worth.
_MOST_MADE = 20_000

_HAN = re.compile(r"[\u3400-\u9fff]")
# What stands apart from a Han character by a space: letters, digits and the signs of comparisons.
_LATIN = re.compile(r"[A-Za-z0-9µ%<>≤≥=≠×\[]")
_LATIN_END = re.compile(r"[A-Za-z0-9µ%\]]")
_SPACES = re.compile(r" {2,}")
# Full-width brackets and marks bring their own space.
_WIDE_SPACES = re.compile(r" ([\uff08])|([\uff09\uff0c\uff1a\uff1b]) ")


class Words:
    """The catalogue of one language."""

    def __init__(self, lang: Lang, table: Mapping[str, str], *, at_visits: bool = False) -> None:
        self.lang = lang
        # Of an outcome at a visit: the visit's days stand in for the age that a record may have.
        self.at_visits = at_visits
        self._table = table
        self._made: dict[tuple[int, object], tuple[object, str]] = {}
        self._templates = {key: tuple((text, name) for text, name, _, _ in Formatter().parse(value)) for key, value in table.items()}

    def __call__(self, key: str, **parts: str) -> str:
        """The text of `key` with `parts` in its places; runs of spaces that empty parts leave are closed."""
        text = self.join(self._pieces(key, parts)) if self.lang == "zh" else self._table[key].format_map(parts)
        if "  " in text:
            text = _SPACES.sub(" ", text)
        text = text.strip()
        return _WIDE_SPACES.sub(r"\1\2", text) if self.lang == "zh" else text

    def _pieces(self, key: str, parts: Mapping[str, str]) -> Iterator[str]:
        for literal, name in self._templates[key]:
            yield literal
            if name is not None:
                yield parts[name]

    def once(self, make: Callable[[Words, Node], str], node: Node) -> str:
        """The words that `make` has for a node of a rule, which never change: made for the first patient, kept for the next.

        The node is kept with them, so that no other one can come to have its identity.
        """
        key = id(node), make
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            found = self._made[key] = node, make(self, node)
        return found[1]

    def of_visits(self) -> Words:
        """The same catalogue for rules that read the days of a visit."""
        return Words(self.lang, self._table, at_visits=True)

    def has(self, key: str) -> bool:
        """Whether the catalogue knows a key."""
        return key in self._table

    def count(self, key: str, number: int, **parts: str) -> str:
        """As a call, with `number` in the place `n`; a key that ends in `.one` serves the number one."""
        chosen = f"{key}.one" if number == 1 and f"{key}.one" in self._table else key
        return self(chosen, n=str(number), **parts)

    def join(self, pieces: Iterable[str]) -> str:
        """Put pieces together; in Chinese a space parts Han characters from Latin letters and digits at the seams only.

        What the pieces hold themselves (a protocol's own wording) is left alone.
        """
        if self.lang != "zh":
            return "".join(pieces)
        result = ""
        for piece in pieces:
            if result and piece and _apart(result[-1], piece[0]):
                result += " "
            result += piece
        return result

    def listed(self, parts: Iterable[str], key: str = "list.and") -> str:
        """`a, b and c`; `key` names the last joint: `list.and`, `list.or`."""
        items = [part for part in parts if part]
        if not items:
            return ""
        head = self._table["list.comma"].join(items[:-1])
        return self(key, head=head, last=items[-1]) if head else items[0]

    def clauses(self, parts: Iterable[str]) -> str:
        """Clauses of one sentence: `a; b; c`."""
        return self._table["list.clause"].join(part for part in parts if part)

    def chain(self, parts: Iterable[str]) -> str:
        """Parts of one clause: `a, b, c`."""
        return self._table["list.parts"].join(part for part in parts if part)

    def term(self, name: str) -> str:
        """A word of a rule file (`im`, `half_life`) for readers: translated where the catalogue knows it, else without underscores."""
        return self._table.get(f"term.{name}", name.replace("_", " "))

    def title(self, title: str, titles: Mapping[str, str], name: str) -> str:
        """What the file calls a thing in this language; else what the catalogue does; else the file's title, or the name."""
        known = titles.get(self.lang) or (self._table.get(f"term.{name}") if self.lang != "en" else None)
        return known or title or self.term(name)

    def length(self, length: Length) -> str:
        """A calendar length: `3 months`."""
        key = f"length.{length.unit}.one" if length.count == 1 else f"length.{length.unit}"
        return self(key if key in self._table else f"length.{length.unit}", n=number_text(length.count))

    def foreign(self, text: str) -> bool:
        """Whether a text of the rule file is in another language than this catalogue's."""
        return self.lang == "zh" and not _HAN.search(text)

    def window(self, span: Span, key: str = "window") -> str:
        """A window as dates; `key` names the family of templates."""
        start = self._bound(span.start_low, span.start_high) if span.start_second is None else second_text(span.start_second)
        end = self._bound(span.end_low, span.end_high) if span.end_second is None else second_text(span.end_second)
        if start and end:
            return self(f"{key}.day", day=start) if start == end else self(f"{key}.both", start=start, end=end)
        if start:
            return self(f"{key}.from", start=start)
        return self(f"{key}.until", end=end) if end else self(f"{key}.any")

    def day(self, ordinal: int) -> str:
        """One day."""
        return format_day(ordinal)

    def _bound(self, low: int | None, high: int | None) -> str:
        if low is None and high is None:
            return ""
        if low is None or high is None or low == high:
            return format_day(low if low is not None else high if high is not None else 0)
        return self("window.vague", low=format_day(low), high=format_day(high))


def _apart(before: str, after: str) -> bool:
    if _HAN.match(before):
        return _LATIN.match(after) is not None
    if after in "<>≤≥=≠":
        return _LATIN_END.match(before) is not None
    return _HAN.match(after) is not None and _LATIN_END.match(before) is not None


def _load(lang: Lang) -> Words:
    text = files(__package__).joinpath(f"explain_{lang}.json").read_text(encoding="utf-8")
    table: dict[str, str] = json.loads(text)
    return Words(lang, table)


_CATALOGUES: Mapping[str, Words] = {lang: _load(lang) for lang in LANGUAGES}
_AT_VISITS: Mapping[str, Words] = {lang: _CATALOGUES[lang].of_visits() for lang in LANGUAGES}


def words(lang: Lang, *, at_visits: bool = False) -> Words:
    """The catalogue of a language; `at_visits`: for the rules of an outcome that is read at visits."""
    return (_AT_VISITS if at_visits else _CATALOGUES)[lang]


def second_text(second: int) -> str:
    """A wall-clock second (counted from ordinal day 0) as a day and time."""
    day, seconds = divmod(second, SECONDS_PER_DAY)
    return format_partial(PartialDate(day, day, seconds))


def number_text(value: Real | Decimal) -> str:
    """A number in canonical form: exact where its decimal is finite, else 12 significant digits."""
    return canonical_number(value)


def amount_text(amount: Amount) -> str:
    """A number, or an interval as `< 5`, `10 to 12`."""
    if not isinstance(amount, Interval):
        return number_text(amount)
    low = "" if amount.low is None else f"{'>' if amount.low_open else '≥'} {number_text(amount.low)}"
    high = "" if amount.high is None else f"{'<' if amount.high_open else '≤'} {number_text(amount.high)}"
    if low and high and not amount.low_open and not amount.high_open:
        return f"{low[2:]} … {high[2:]}"
    return ", ".join(part for part in (low, high) if part)


def short_text(amount: Amount) -> str:
    """A number for people that is no short decimal: to one decimal place."""
    if isinstance(amount, Interval):
        return amount_text(amount)
    exact = Fraction(amount)
    if (exact * 10).denominator == 1:
        return number_text(exact)
    return str((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.1")))


def with_unit(text: str, unit: Unit | str | None) -> str:
    """A number's text with its unit; plain numbers stand alone."""
    name = unit.text if isinstance(unit, Unit) else unit
    return f"{text} {name}" if name and name != "1" else text


PERCENT = Unit("%", "1", Fraction(1, 100))


def same_number(left: Fraction | float, right: Decimal) -> bool:
    """Whether two numbers are written alike: then a conversion is not worth showing."""
    return canonical_number(left) == canonical_number(right)
