"""The numbered and bulleted items of a protocol's source text, and its outcome measures.

A region of the text is bounded by two headings. Inside it a heading such as "Inclusion Criteria:" begins a list; items count in order,
nested ones are `6.1`, `6.2`. Nothing is read here: the caller brings the text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

from .outcome_items import Line, outcome_items
from .source import NOWHERE, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Headings that begin a list of criteria, as people write them.
LIST_HEADINGS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "inclusion": re.compile(r"(?:(?:key|main|major|subject|patient) )?inclusion criteria|入选标准|纳入标准", re.IGNORECASE),
        "exclusion": re.compile(r"(?:(?:key|main|major|subject|patient) )?exclusion criteria|排除标准", re.IGNORECASE),
    }
)
# What registry pages put below a list without being part of it.
FURNITURE = frozenset({"read more", "show more", "show less", "查看更多"})
_MARKER = re.compile(
    r"(?P<indent>[ \t]*)"
    r"(?:(?P<bullet>[-*+•·◦▪–])[ \t]+|(?P<open>[(（]?)(?P<number>[0-9]{1,3})(?P<close>[.)）、．])(?=[ \t]|[^\x00-\x7f])[ \t]*)(?=\S)"
)
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_TAB = 4


@frozen
class SourceItem:
    """One item: its list, its number (`6`, or `6.2` for a sub-item), its own words without those of its sub-items, and where they stand."""

    list: str
    item: str
    text: str
    span: Span = field(default=NOWHERE, eq=False)

    @property
    def key(self) -> str:
        """`inclusion 6.2`, as rules write it."""
        return f"{self.list} {self.item}"

    @property
    def digest(self) -> str:
        """SHA-256 of the normalised words."""
        return words_digest(self.text)


@frozen
class ItemProblem:
    """Something about the source text that a person must mend; `bound` tells which of the region's two texts it is about."""

    message: str
    help: str
    span: Span | None = field(default=None, eq=False)
    bound: Literal["from", "to"] | None = None


@frozen
class SourceItems:
    """What a region holds: its items in order of the text, and what is amiss."""

    items: tuple[SourceItem, ...]
    problems: tuple[ItemProblem, ...] = ()

    def find(self, list_name: str, item: str) -> SourceItem | None:
        """The item of that list and number."""
        return next((each for each in self.items if (each.list, each.item) == (list_name, item)), None)

    def with_sub_items(self, item: SourceItem) -> tuple[SourceItem, ...]:
        """The item and all below it."""
        return tuple(each for each in self.items if each.list == item.list and (each.item == item.item or is_below(each.item, item.item)))


def is_below(item: str, parent: str) -> bool:
    """Whether `6.2` or `6.2.1` is a sub-item of `6`."""
    return item.startswith(parent + ".")


def normalised(text: str) -> str:
    """The words as they count: one form of Unicode, no invisible characters, white space and line breaks all alike."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def words_digest(text: str) -> str:
    """SHA-256 of the normalised words, in hexadecimal."""
    return hashlib.sha256(normalised(text).encode("utf-8")).hexdigest()


@frozen
class _Line:
    text: str
    start: int

    @property
    def heading(self) -> str:
        """The line as a heading: without marks of Markdown, surrounding space and the colon at its end."""
        return re.sub(r"^[#*_ ]+|[#*_ :：]+$", "", normalised(self.text)).casefold()

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def indent(self) -> int:
        expanded = self.text.expandtabs(_TAB)
        return len(expanded) - len(expanded.lstrip())


def read_regions(regions: Sequence[tuple[Source, str | None, str | None, str | None]]) -> SourceItems:
    """The items of several regions, each `(text, start, end, only)`: of each, only the items whose words begin with `only`.

    Numbers are those of the whole list, whatever `only` leaves out. An item of two regions counts once.
    """
    items: dict[tuple[str, str], SourceItem] = {}
    problems: list[ItemProblem] = []
    for source, start, end, only in regions:
        found = read_items(source, start, end)
        problems += found.problems
        for item in found.items:
            known = items.get((item.list, item.item))
            if known is not None and known.span != item.span:
                problems.append(ItemProblem(f"two regions hold a `{item.key}`", "end one of the two regions before it", item.span, "to"))
            elif only is None or item.text.startswith(normalised(only)):
                items[item.list, item.item] = item
    return SourceItems(tuple(items.values()), tuple(problems))


def read_items(source: Source, start: str | None, end: str | None) -> SourceItems:
    """The items of the region from the line `start` to the line `end` (None: the begin and the end of the text).

    A bound is the first line that is that text; where there is none, the first line that begins with it.
    """
    lines = [_Line(text, at) for text, at in _lines(source.text)]
    first = 0 if start is None else _find(lines, start, 0)
    if first is None:
        return SourceItems((), (_bound_problem("from", str(start), source.name),))
    last = len(lines) if end is None else _find(lines, end, first + (start is not None))
    if last is None:
        return SourceItems((), (_bound_problem("to", str(end), source.name),))
    reader = _Reader(source.name)
    for line in lines[first:last]:
        reader.take(line)
    outcomes = [
        SourceItem(item.list, item.item, normalised(item.text), Span(source.name, item.start, item.end))
        for item in outcome_items([Line(line.text, line.start) for line in lines[first:last]])
    ]
    if not reader.items and not outcomes:
        nothing = (
            "write `from` and `to` so that they enclose headings such as `Inclusion Criteria` or `Primary Outcome Measures` and their items"
        )
        reader.problems.append(ItemProblem(f"the region of `{source.name}` holds no list of criteria or outcomes", nothing, bound="from"))
    return SourceItems((*(item.finished(source) for item in reader.items), *outcomes), tuple(reader.problems))


def _lines(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for line in text.split("\n"):
        yield line.rstrip("\r"), at
        at += len(line) + 1


def _find(lines: list[_Line], wanted: str, begin: int) -> int | None:
    """The line of a bound. Whole lines come first: introductions often mention a heading before it stands."""
    heading = _Line(wanted, 0).heading
    beginning = None
    for number in range(begin, len(lines)):
        found = lines[number].heading
        if found == heading:
            return number
        if beginning is None and found.startswith(heading):
            beginning = number
    return beginning


def _bound_problem(bound: Literal["from", "to"], wanted: str, name: str) -> ItemProblem:
    after = " after the text of `from`" if bound == "to" else ""
    message = f"`{wanted}` is not found in `{name}`{after}"
    return ItemProblem(message, f"write after `{bound}` a heading as it stands in the source text", bound=bound)


@define
class _Open:
    """An item being read: pieces of its text, as stretches of the source."""

    group: str
    item: str
    start: int
    end: int
    pieces: list[str]

    def finished(self, source: Source) -> SourceItem:
        return SourceItem(self.group, self.item, " ".join(self.pieces), Span(source.name, self.start, self.end))


@define
class _Level:
    """One depth of nesting: where its markers stand, how they look, how many there were."""

    indent: int
    kind: str
    count: int = 0


class _Reader:
    """Reads a region line by line."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: list[_Open] = []
        self.problems: list[ItemProblem] = []
        self.list: str | None = None
        self.levels: list[_Level] = []
        self.after_blank = False

    def take(self, line: _Line) -> None:
        if line.blank:
            self.after_blank = True
            return
        began = next((name for name, pattern in LIST_HEADINGS.items() if pattern.fullmatch(line.heading)), None)
        if began is not None:
            self.begin(began, line)
        elif self.list is not None:
            marker = _MARKER.match(line.text)
            if marker is not None:
                self.add(marker, line)
            elif self.continues(line):
                self.items[-1].pieces.append(normalised(line.text))
                self.items[-1].end = line.start + len(line.text.rstrip())
            elif self.levels or line.heading in FURNITURE:
                self.list = None
        self.after_blank = False

    def begin(self, name: str, line: _Line) -> None:
        # A heading that stands twice in a row is one heading; a second list of one name is another part of the text.
        if name != self.list or self.levels:
            if any(item.group == name for item in self.items):
                mend = "end the region before it: write `to` with the heading between the two"
                problem = ItemProblem(f"the region of `{self.name}` holds a second list `{name}`", mend, self.span(line), "to")
                if problem not in self.problems:
                    self.problems.append(problem)
                self.list = None
                return
            self.list = name
        self.levels = []

    def add(self, marker: re.Match[str], line: _Line) -> None:
        kind = "bullet" if marker["bullet"] else f"{marker['open']}1{marker['close']}"
        level = self.level(len(marker["indent"].expandtabs(_TAB)), kind)
        level.count += 1
        number = ".".join(str(each.count) for each in self.levels)
        if marker["number"] and int(marker["number"]) != level.count:
            message = f"`{self.list} {number}` of `{self.name}` is numbered {marker['number']} there"
            self.problems.append(
                ItemProblem(message, "items count in order: see whether one is missing from the source text", self.span(line))
            )
        text = line.text[marker.end() :]
        self.items.append(
            _Open(str(self.list), number, line.start + marker.end(), line.start + len(line.text.rstrip()), [normalised(text)])
        )

    def level(self, indent: int, kind: str) -> _Level:
        """The depth that a marker belongs to; deeper ones are closed."""
        for depth in range(len(self.levels) - 1, -1, -1):
            level = self.levels[depth]
            if level.kind == kind and abs(level.indent - indent) <= 1:
                del self.levels[depth + 1 :]
                return level
        top = self.levels[-1] if self.levels else None
        if top is not None and indent < top.indent:
            while len(self.levels) > 1 and self.levels[-1].indent > indent:
                self.levels.pop()
            return self.levels[-1]
        self.levels.append(_Level(indent, kind))
        return self.levels[-1]

    def continues(self, line: _Line) -> bool:
        """Whether a line without a marker belongs to the item before it: indented more, or directly below it and begun in lower case."""
        if not self.levels or line.heading in FURNITURE:
            return False
        begins = line.text.lstrip()[0]
        return line.indent > self.levels[-1].indent or (not self.after_blank and (begins.islower() or not begins.isalpha()))

    def span(self, line: _Line) -> Span:
        return Span(self.name, line.start, line.start + len(line.text.rstrip()))
