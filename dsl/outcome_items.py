"""The outcome measures of a protocol's source text: the items of its tables of primary and secondary outcomes.

Two forms that registry pages give: a heading of columns (`Name Time Method`, run together) with pairs of paragraphs below it, name and
time frame first, method second; and a table whose cells are separated by lines of a lone `|`. Items count in order, in each list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen

HEADINGS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "primary outcome": re.compile(r"(?:current )?primary outcomes?(?: measures?)?|主要结果指标|主要结局指标", re.IGNORECASE),
        "secondary outcome": re.compile(
            r"(?:current )?secondary outcomes?(?: measures?)?|次要结果测量|次要结果指标|次要结局指标", re.IGNORECASE
        ),
        "other outcome": re.compile(r"other (?:pre-?specified )?outcomes?(?: measures?)?|其他结果测量|其他结果指标", re.IGNORECASE),
    }
)
# The columns' names, as one line: letters of any case run together.
_COLUMNS = re.compile(r"(?:name|measure|outcome)\s*time\s*(?:frame)?\s*(?:method|description)?", re.IGNORECASE)
_RULE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+")
_CELL = "|"


@frozen
class Line:
    """A line of the region: its words and the place where it begins."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where its words end."""
        return self.start + len(self.text.rstrip())


@frozen
class OutcomeItem:
    """One outcome: its list, its number, its words, and where they stand."""

    list: str
    item: str
    text: str
    start: int
    end: int


def outcome_items(lines: Sequence[Line]) -> Iterator[OutcomeItem]:
    """The outcomes of a region, in order; a second list of one name goes on counting."""
    counts: dict[str, int] = {}
    for name, body in _lists(lines):
        for first, last, text in _cells(body) if any(line.text.strip() == _CELL for line in body) else _pairs(body):
            counts[name] = counts.get(name, 0) + 1
            yield OutcomeItem(name, str(counts[name]), text, first, last)


def _lists(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Each list of outcomes with the lines below its heading."""
    name, body = None, list[Line]()
    for line in lines:
        began = next((each for each, pattern in HEADINGS.items() if pattern.fullmatch(_heading(line.text))), None)
        if began is None:
            body.append(line)
            continue
        if name is not None:
            yield name, body
        name, body = began, []
    if name is not None:
        yield name, body


def _heading(text: str) -> str:
    return re.sub(r"^[#*_ ]+|[#*_ :：]+$", "", text.strip())


def _cells(body: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    """The rows of a table: cells between lines of a lone bar, an empty one between two rows."""
    begin = next((number for number, line in enumerate(body) if _RULE.fullmatch(line.text.strip())), -1)
    row: list[Line] = []
    cell_empty = True
    for line in body[begin + 1 :]:
        if line.text.strip() != _CELL:
            cell_empty = cell_empty and not line.text.strip()
            row.append(line)
            continue
        if cell_empty:
            yield from _item(row)
            row = []
        cell_empty = True
    yield from _item(row)


def _pairs(body: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    """Paragraphs two by two: name with time frame, then method."""
    paragraphs: list[list[Line]] = [[]]
    for line in body:
        if not line.text.strip():
            paragraphs.append([])
        elif not _COLUMNS.fullmatch(line.text.strip()):
            paragraphs[-1].append(line)
    filled = [paragraph for paragraph in paragraphs if paragraph]
    for at in range(0, len(filled), 2):
        yield from _item([line for paragraph in filled[at : at + 2] for line in paragraph])


def _item(lines: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    words = [line for line in lines if line.text.strip()]
    if words:
        yield words[0].start, words[-1].end, " ".join(line.text.strip() for line in words)
