"""The formatter: one way to space, indent and align a rule file. Words, numbers and comments are never changed.

The result is parsed again: where the syntax tree or the comments differ from before, the file is left alone.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from . import ast
from ._format_columns import Columns
from ._format_lines import Gap, Line, TokenReader, comments_of, read_lines
from .diagnostics import Diagnostic, Label, has_errors
from .parser import automaton, new_builder, parse, split_blocks
from .source import Source, Span

INDENT: Final = 2
HANGING: Final = 4


@frozen
class FormatResult:
    """The formatted text, or the text as it was where it has mistakes; `changed` compares the two."""

    text: str
    changed: bool
    diagnostics: tuple[Diagnostic, ...]


def format_text(source: Source) -> FormatResult:
    """Format a rule file.

    Args:
        source: The text; byte order mark and CR LF are removed as well.

    Returns:
        The formatted text; the text as it was, with the diagnostics, if it can't be parsed or if formatting would change its meaning.
    """
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n")
    plain = Source(source.name, text)
    before = parse(plain)
    if has_errors(before.diagnostics):
        return FormatResult(source.text, changed=False, diagnostics=before.diagnostics)
    # The last comment ends like all others.
    lines, last = _take_apart(plain if text.endswith("\n") else Source(source.name, text + "\n"))
    formatted = _put_together(lines, last, before.file)
    after = parse(Source(source.name, formatted))
    same = after.file == before.file and comments_of(formatted) == comments_of(text)
    if not same or has_errors(after.diagnostics):
        message = "this file would change its meaning by formatting, so it is left alone"
        problem = Diagnostic("TR029", message, (Label(Span(source.name, 0, 0)),), "please report the file as a fault of the formatter")
        return FormatResult(source.text, changed=False, diagnostics=(problem,))
    return FormatResult(formatted, formatted != source.text, before.diagnostics)


def _take_apart(source: Source) -> tuple[list[Line], Gap]:
    reader = TokenReader(automaton(), new_builder(source.name, source.text), source)
    for start, end in split_blocks(source.text):
        reader.read(start, end)
    return read_lines(reader.tokens, source.text)


# ---------------------------------------------------------------- text


def _put_together(lines: list[Line], last: Gap, file: ast.File) -> str:
    columns = Columns(file, lines)
    singles = {block.span.start for block in file.blocks if isinstance(block, ast.NotARule)}
    out: list[str] = []
    above: Line | None = None
    for line in lines:
        out += _gap_lines(line.before, above, line, singles)
        indent = " " * (INDENT * line.level)
        for number, row in enumerate(line.rows):
            body = columns.text(row.tokens)
            comment = (f"  {row.comment}" if body else row.comment) if row.comment else ""
            out.append(f"{indent}{' ' * HANGING if number else ''}{body}{comment}")
        above = line
    out += _gap_lines(last, above, None, singles)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out) + "\n"


def _gap_lines(gap: Gap, above: Line | None, below: Line | None, singles: set[int]) -> list[str]:
    """The blank lines and comments between two lines."""
    out: list[str] = []
    new_block = below is not None and below.level == 0 and above is not None
    together = new_block and below is not None and below.first.start in singles and not gap.comments
    blank = new_block and not (together and above is not None and above.level == 0 and not gap.lines)
    for text, column in gap.lines:
        if not text:
            blank = blank or above is not None or bool(out)
            continue
        level = _comment_level(column, above, below)
        if blank and (level == 0 or not new_block) and not (out and not out[-1]):
            out.append("")
            blank = False
        out.append(" " * (INDENT * level) + text)
    if blank and below is not None and not (out and not out[-1]):
        out.append("")
    return out


def _comment_level(column: int, above: Line | None, below: Line | None) -> int:
    """A comment belongs to the line below, or to the block above if it is indented like that."""
    if above is not None and column >= above.column and (below is None or above.level > below.level):
        return above.level
    return below.level if below is not None else 0
