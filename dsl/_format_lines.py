"""A parsed text taken apart for the formatter: logical lines with their level, tokens and comments, and the gaps between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import define, field

from ._build_blocks import Builder
from ._read_block import BlockReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._automaton import Automaton
    from ._build_expr import Token
    from .source import Source


@define
class Row:
    """One physical line of a logical line: tokens, and the comment at its end (or alone)."""

    tokens: list[Token] = field(factory=list)
    comment: str = ""


@define
class Gap:
    """What stands between two logical lines: own-line comments with their columns; an empty text is a blank line."""

    lines: list[tuple[str, int]] = field(factory=list)

    @property
    def comments(self) -> list[str]:
        """The comments alone."""
        return [text for text, _ in self.lines if text]


@define
class Line:
    """A logical line: more than one row where it is broken inside parentheses."""

    level: int
    column: int
    rows: list[Row]
    before: Gap

    @property
    def first(self) -> Token:
        """The first token."""
        return self.rows[0].tokens[0]


class TokenReader(BlockReader):
    """A reader that also keeps the tokens."""

    def __init__(self, automaton: Automaton, builder: Builder, source: Source) -> None:
        super().__init__(automaton, builder, source)
        self.tokens: list[Token] = []

    def _push(self, kind: str, text: str, start: int, end: int, *, mark: bool = False) -> bool:
        pushed = super()._push(kind, text, start, end, mark=mark)
        if pushed and kind != "$END":
            self.tokens.append(self._values[-1])
        return pushed


def read_lines(tokens: list[Token], text: str) -> tuple[list[Line], Gap]:
    """The logical lines of a text without mistakes, and what stands behind the last."""
    lines: list[Line] = []
    level = 0
    behind = 0
    current: list[Token] = []
    for token in tokens:
        match token.type:
            case "INDENT":
                level += 1
            case "DEDENT":
                level -= 1
            case "NL" if current:
                rows = list(_rows(current, text, token.start))
                start = current[0].start
                lines.append(Line(level, start - text.rfind("\n", 0, start) - 1, rows, _gap(text[behind:start], at_start=behind == 0)))
                behind = token.start
                current = []
            case "NL":
                pass
            case _:
                current.append(token)
    return lines, _gap(text[behind:], at_start=behind == 0)


def _rows(tokens: list[Token], text: str, end: int) -> Iterator[Row]:
    row = Row()
    stops = [token.start for token in tokens[1:]] + [end]
    for token, stop in zip(tokens, stops, strict=True):
        row.tokens.append(token)
        between = text[token.end : stop].split("\n")
        row.comment = between[0].strip()
        for further in between[1:]:
            if row.tokens or row.comment:
                yield row
            row = Row(comment=further.strip())
    if row.tokens or row.comment:
        yield row


def _gap(text: str, *, at_start: bool) -> Gap:
    pieces = text.split("\n")
    if not at_start:
        # The first piece ends the line before.
        pieces = pieces[1:]
    # The last piece is the indentation of the line behind.
    return Gap([(piece.strip(), len(piece) - len(piece.lstrip())) for piece in pieces[:-1]])


def comments_of(text: str) -> list[str]:
    """Every comment of a text in order; found without the parser, for the check of what it made."""
    return [match.group().rstrip() for match in TEXT_OR_COMMENT.finditer(text) if match.group().startswith("#")]


TEXT_OR_COMMENT: Final = re.compile(r'"[^"\n]*"|#[^\n]*')
OPERAND_ENDS: Final = frozenset(
    {"NAME", "ID", "NUMBER", "UNIT", "RPAR", "ULN", "LLN", "EVER", "DATE", "ALWAYS", "NEVER"}
    | {word + plural for word in ("MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR") for plural in ("", "S")}
)


def operand_ends(kind: str) -> bool:
    """Whether a token of this kind can end an operand, so that a minus behind it subtracts."""
    return kind in OPERAND_ENDS
