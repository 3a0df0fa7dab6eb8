"""Where a piece of rule text stands: spans, and the text they point into.

A span counts characters (Unicode code points) from 0, end exclusive, in one named file. Spans never take part in
equality or hashing of the nodes that carry them (see `span_field`).
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Any

from attrs import field, frozen


@frozen
class Span:
    """A stretch of one file: `file` as the user named it (or relative to the root file), `start` and `end` in characters."""

    file: str
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other` (same file)."""
        return Span(self.file, self.start, other.end)


NOWHERE = Span("", 0, 0)


def span_field() -> Any:  # noqa: ANN401 - attrs.field() is typed Any
    """An attrs field for a span: left out of equality, hash and repr."""
    return field(default=NOWHERE, eq=False, repr=False, kw_only=True)


@frozen
class Position:
    """A place for people: `line` and `column`, both from 1."""

    line: int
    column: int


class Source:
    """One file's text with its line index."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        starts = [0]
        find = text.find
        at = find("\n")
        while at != -1:
            starts.append(at + 1)
            at = find("\n", at + 1)
        self._starts = starts

    def position(self, offset: int) -> Position:
        """The line and column (from 1) of a character offset."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of line `line` (from 1) without its line end."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    @property
    def line_count(self) -> int:
        """How many lines the text has."""
        return len(self._starts)


@lru_cache(maxsize=64)
def indexed(name: str, text: str) -> Source:
    """The source of a text whose places are asked for again and again: its lines are counted once."""
    return Source(name, text)
