"""The formatter: one way to space, indent and align a rule file. Words, numbers and comments are never changed.

The result is parsed again: where the syntax tree or the comments differ from before, the file is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from . import ast
from ._build_blocks import Builder
from ._build_expr import OPERATORS
from ._format_lines import Gap, Line, TokenReader, all_comments, operand_ends, read_lines
from .diagnostics import Diagnostic, Label, has_errors
from .parser import automaton, parse, split_blocks
from .render import width
from .source import Source, Span
from .walk import walk

if TYPE_CHECKING:
    from ._build_expr import Token

INDENT: Final = 2
HANGING: Final = 4
MAX_CELL: Final = 48

HEADER_WORDS: Final = frozenset({"title", "registry", "source", "timezone", "months", "use", "baseline", "note"})
TEXT_WORDS: Final = frozenset({"source", "text", "title", "quote", "assume", "note"})


@frozen
class FormatResult:
    """The formatted text, or the text as it was where it has mistakes; `changed` compares the two."""

    text: str
    changed: bool
    diagnostics: tuple[Diagnostic, ...]


@frozen
class Point:
    """A place to align: before the token that begins at `at`, in one column for all of one `run`, `gap` blanks behind the widest line.

    A line wider than `widest` does not count, so that one long line does not push all others aside.
    """

    run: tuple[int, str]
    at: int
    gap: int
    widest: int = MAX_CELL


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
    lines, last = _take_apart(plain)
    points = _points(before.file, lines)
    _align(lines, [point for point in points if point.run[1] != "body"])
    _align(lines, [point for point in points if point.run[1] == "body"])
    formatted = _put_together(lines, last, before.file)
    after = parse(Source(source.name, formatted))
    lines_after, last_after = _take_apart(Source(source.name, formatted))
    same = after.file == before.file and all_comments(lines_after, last_after) == all_comments(lines, last)
    if not same or has_errors(after.diagnostics):
        message = "this file would change its meaning by formatting, so it is left alone"
        problem = Diagnostic("TR029", message, (Label(Span(source.name, 0, 0)),), "please report the file as a fault of the formatter")
        return FormatResult(source.text, changed=False, diagnostics=(problem,))
    return FormatResult(formatted, formatted != source.text, before.diagnostics)


def _take_apart(source: Source) -> tuple[list[Line], Gap]:
    reader = TokenReader(automaton(), Builder(source.name), source)
    for start, end in split_blocks(source.text):
        reader.read(start, end)
    return read_lines(reader.tokens, source.text)


# ---------------------------------------------------------------- columns


def _points(file: ast.File, lines: list[Line]) -> list[Point]:
    """Where the lines of one block have columns in common."""
    found: list[Point] = []
    for node in walk(file):
        run = node.span.start if not isinstance(node, ast.File) else 0
        match node:
            case ast.Facts(facts=facts):
                found += _titled(run, [(fact.name, fact.title, fact.type.span.start) for fact in facts], lines)
            case ast.Moments(moments=moments):
                found += _titled(run, [(moment.name, moment.title, moment.ways[0].span.start) for moment in moments], lines)
            case ast.Settings(kind="reach", rows=settings):
                found += [Point((run, "name"), row.clause.span.start, 2) for row in settings]
                found += [
                    Point((run, "body"), start, 2, widest=MAX_CELL + 12)
                    for start in _reasons(lines)
                    if node.span.start < start < node.span.end
                ]
            case ast.Group(items=items) | ast.When(items=items) | ast.Define(items=items):
                found += _labels(run, items, lines)
            case ast.Criterion(lines=body):
                found += _labels(run, tuple(row for row in body if isinstance(row, ast.Item)), lines)
                found += _texts(run, TEXT_WORDS, 1, lines, [row.span.start for row in body])
            case ast.Header(lines=header):
                found += _texts(run, HEADER_WORDS, 2, lines, [row.span.start for row in header])
            case ast.Cases(rows=cases):
                found += [Point((run, "colon"), _token_before(row.result.span.start, lines), 1) for row in cases]
    return found


def _titled(run: int, rows: list[tuple[ast.Word, str | None, int]], lines: list[Line]) -> list[Point]:
    """A column for what follows the name, and one for what follows the title."""
    starts = {line.first.start: line for line in lines}
    points = []
    for name, title, body in rows:
        tokens = starts[name.span.start].rows[0].tokens
        points.append(Point((run, "name"), tokens[1].start, 2))
        if title is not None:
            points.append(Point((run, "body"), body, 2, widest=2 * MAX_CELL))
    return points


def _labels(run: int, items: tuple[ast.Item, ...], lines: list[Line]) -> list[Point]:
    """The colons of labelled members stand below each other; a titled label keeps to itself."""
    return [Point((run, "colon"), _token_before(item.content.span.start, lines), 1) for item in items if item.label and item.title is None]


def _texts(run: int, words: frozenset[str], gap: int, lines: list[Line], starts: list[int]) -> list[Point]:
    """What follows `title zh`, `text`, … in one column."""
    points = []
    for line in lines:
        tokens = line.rows[0].tokens
        if line.first.start in starts and line.first.text in words:
            at = 2 if tokens[1].type == "NAME" and tokens[0].text in ("title", "text") else 1
            points.append(Point((run, "word"), tokens[at].start, gap))
    return points


def _token_before(start: int, lines: list[Line]) -> int:
    """The start of the token before the one that begins at a place."""
    for line in lines:
        tokens = [token for row in line.rows for token in row.tokens]
        if tokens[0].start <= start <= tokens[-1].start:
            return max((token.start for token in tokens if token.start < start), default=start)
    return start


def _align(lines: list[Line], points: list[Point]) -> None:
    """Give each point of a run the column of the widest."""
    runs: dict[tuple[int, str], list[tuple[Line, int, int, Point]]] = {}
    by_start = {token.start: (line, index) for line in lines for index, token in enumerate(line.rows[0].tokens)}
    for point in points:
        if point.at in by_start:
            line, index = by_start[point.at]
            before = width(_row_text(line, line.rows[0].tokens[:index]))
            runs.setdefault(point.run, []).append((line, index, before, point))
    for cells in runs.values():
        counted = [before for _, _, before, point in cells if before <= point.widest]
        column = max(counted, default=0)
        for line, index, before, point in cells:
            line.pads[line.rows[0].tokens[index].start] = max(column - before, 0) + point.gap


# ---------------------------------------------------------------- text


def _put_together(lines: list[Line], last: Gap, file: ast.File) -> str:
    clauses = _clause_starts(file) | _reasons(lines)
    singles = {block.span.start for block in file.blocks if isinstance(block, ast.NotARule)}
    out: list[str] = []
    above: Line | None = None
    for line in lines:
        for start in clauses:
            line.pads.setdefault(start, 2)
        out += _gap_lines(line.before, above, line, singles)
        indent = " " * (INDENT * line.level)
        for number, row in enumerate(line.rows):
            body = _row_text(line, row.tokens)
            comment = (f"  {row.comment}" if body else row.comment) if row.comment else ""
            out.append(f"{indent}{' ' * HANGING if number else ''}{body}{comment}")
        above = line
    out += _gap_lines(last, above, None, singles)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out) + "\n"


def _clause_starts(file: ast.File) -> frozenset[int]:
    """Where two blanks set a clause off."""
    found: set[int] = set()
    for node in walk(file):
        match node:
            case ast.Fact(type=type_, clauses=clauses):
                # `grade 0 to 4`: the range that follows at once belongs to the type.
                own = clauses[1:] if clauses and isinstance(clauses[0], ast.RangeClause) else clauses
                found |= {type_.span.start, *(clause.span.start for clause in own)}
    return frozenset(found)


def _reasons(lines: list[Line]) -> frozenset[int]:
    """Where a reason belongs to a whole line (of moments, reach, absence, components) and not to one clause of a fact."""
    found: set[int] = set()
    block = ""
    for line in lines:
        block = line.first.text if line.level == 0 else block
        if block in ("moments", "reach", "absent") or line.first.text == "components":
            found |= {token.start for row in line.rows for token in row.tokens[1:] if token.type == "ASSUME"}
    return frozenset(found)


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


def _row_text(line: Line, tokens: list[Token]) -> str:
    text = ""
    before: Token | None = None
    for index, token in enumerate(tokens):
        if before is not None:
            text += " " * line.pads.get(token.start, _blanks(tokens, index))
        text += OPERATORS.get(token.text, token.text)
        before = token
    return text


def _blanks(tokens: list[Token], index: int) -> int:
    """How many blanks stand before a token."""
    before, token = tokens[index - 1], tokens[index]
    if before.type == "LPAR" or token.type in ("RPAR", "COMMA", "DOT") or before.type == "DOT":
        return 0
    if token.type == "LPAR" and before.type == "NAME":
        return 0
    if before.type == "MINUS" and _is_sign(tokens, index - 1):
        return 0
    return 1


def _is_sign(tokens: list[Token], index: int) -> bool:
    """Whether a minus is a sign and not a subtraction (in doubt as it was written: `a -3`)."""
    if index == 0 or not operand_ends(tokens[index - 1].type):
        return True
    minus = tokens[index]
    return minus.start > tokens[index - 1].end and index + 1 < len(tokens) and tokens[index + 1].start == minus.end
