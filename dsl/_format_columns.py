"""Which words of a rule file stand in one column, and the blanks between tokens."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attrs import frozen

from . import ast, schedule_ast as study
from ._build_expr import OPERATORS
from ._format_lines import operand_ends
from .render import width
from .walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._build_expr import Token
    from ._format_lines import Line

MAX_CELL: Final = 48
MAX_NAME: Final = 32
MAX_TITLE: Final = 40
MAX_TIME: Final = 24
HEADER_WORDS: Final = frozenset({"title", "registry", "source", "timezone", "months", "use", "baseline", "note"})
WHOLE_LINES: Final = frozenset({"moments", "reach", "absent", "part", "arm", "schedule", "escalation", "outcome"})
TOLERANCES: Final = frozenset({"WINDOW", "OPTIMUM"})
TIMES: Final = frozenset({"DAY", "WEEK", "MONTH", "YEAR", "DAYS", "WEEKS", "MONTHS", "YEARS"})
TEXT_WORDS: Final = frozenset({"source", "text", "title", "quote", "assume", "note"})


@frozen
class Point:
    """A place to align: before the token that begins at `at`, in one column for all of one `run`, `gap` blanks behind the widest line.

    A line wider than `widest` does not count, so that one long line does not push all others aside.
    """

    run: tuple[int, str]
    at: int
    gap: int
    widest: int = MAX_CELL


class Columns:
    """The blanks before each token of a file, as far as they are not one or none."""

    def __init__(self, file: ast.File, lines: list[Line]) -> None:
        self._clauses = clause_starts(file) | reasons(lines)
        self._pads: dict[int, int] = {}
        self._cells: dict[int, tuple[Line, int]] = {}
        self._before: dict[int, int] = {}
        for line in lines:
            last = 0
            for number, row in enumerate(line.rows):
                for index, token in enumerate(row.tokens):
                    if number == 0:
                        self._cells[token.start] = (line, index)
                    self._before[token.start] = last
                    last = token.start
        points = [point for node in walk(file) for point in self._points(node)]
        # A column is measured when those to its left are in place.
        for columns in (("name", "colon", "word"), ("body",), ("rest",)):
            self._align([point for point in points if point.run[1] in columns])

    def text(self, tokens: list[Token]) -> str:
        """Tokens of one physical line with their blanks."""
        pieces = []
        for index, token in enumerate(tokens):
            if index:
                usual = 2 if token.start in self._clauses else blanks(tokens, index)
                pieces.append(" " * self._pads.get(token.start, usual))
            pieces.append(OPERATORS.get(token.text, token.text))
        return "".join(pieces)

    def _points(self, node: object) -> list[Point]:
        """Where the lines of one block have columns in common."""
        match node:
            case ast.Facts(facts=facts):
                return self._titled(node.span.start, [(fact.name, fact.title) for fact in facts])
            case ast.Moments(moments=moments):
                return self._titled(node.span.start, [(moment.name, moment.title) for moment in moments])
            case ast.Settings(kind="reach", rows=settings):
                return self._settings(node.span.start, settings)
            case ast.Group(items=items) | ast.When(items=items) | ast.Define(items=items):
                return self._labels(node.span.start, items)
            case ast.Criterion(lines=body):
                labels = self._labels(node.span.start, [row for row in body if isinstance(row, ast.Item)])
                return [*labels, *self._words(node.span.start, TEXT_WORDS, 1, [row.span.start for row in body])]
            case ast.Header(lines=header):
                return self._words(node.span.start, HEADER_WORDS, 2, [row.span.start for row in header])
            case ast.Cases(rows=cases):
                return [Point((node.span.start, "colon"), self._before[row.result.span.start], 1) for row in cases]
        return self._study_points(node)

    def _study_points(self, node: object) -> list[Point]:
        """Where the lines of parts, arms, schedules and outcomes have columns in common."""
        match node:
            case study.Schedule(lines=lines):
                visits = [line for line in lines if isinstance(line, study.Visit)]
                titled = self._titled(node.span.start, [(visit.name, visit.title) for visit in visits])
                return [*titled, *self._rests(node.span.start, visits), *self._texts(node.span.start, lines)]
            case study.Arm(doses=doses, clauses=clauses):
                titled = self._titled(node.span.start, [(dose.name, dose.title) for dose in doses])
                return [*titled, *self._texts(node.span.start, clauses)]
            case study.Outcome(items=items, clauses=clauses):
                return [*self._labels(node.span.start, items), *self._texts(node.span.start, clauses)]
            case study.Escalation(lines=lines):
                return self._texts(node.span.start, lines)
        clauses = getattr(node, "clauses", ()) if type(node).__module__ == study.__name__ else ()
        return self._texts(node.span.start, clauses) if clauses else []  # type: ignore[attr-defined]

    def _texts(self, run: int, lines: Iterable[study.ScheduleLine | study.EscalationLine]) -> list[Point]:
        """What follows `title zh`, `text`, … below a line or in a block."""
        return self._words(run, TEXT_WORDS, 1, [line.span.start for line in lines if isinstance(line, (ast.Text, ast.SourceRef))])

    def _rests(self, run: int, visits: list[study.Visit]) -> list[Point]:
        """A column for what follows the times of visits: windows, doses, reasons."""
        points = []
        names = max((len(visit.name.text) for visit in visits if len(visit.name.text) <= MAX_NAME), default=0)
        titles = max((size for visit in visits if (size := width(visit.title or "")) <= MAX_TITLE), default=0)
        # `visit NAME  "TITLE"  TIME`
        widest = 6 + names + 2 + titles + 2 + 2 + MAX_TIME
        for visit in visits:
            line, _ = self._cells[visit.name.span.start]
            behind = [token.start for token in line.rows[0].tokens if token.start >= end_of_time(visit)]
            points += [Point((run, "rest"), start, 2, widest) for start in behind[:1]]
        return points

    def _titled(self, run: int, rows: list[tuple[ast.Word, str | None]]) -> list[Point]:
        """A column for what follows the name, and one for what follows the title; long names and titles push no other line aside."""
        points = []
        names = max((len(name.text) for name, _ in rows if len(name.text) <= MAX_NAME), default=0)
        for name, title in rows:
            line, index = self._cells[name.span.start]
            behind = line.rows[0].tokens[index + 1 :]
            points += [Point((run, "name"), token.start, 2, widest=MAX_NAME) for token in behind[:1]]
            if title is not None:
                widest = names + 2 + MAX_TITLE if len(name.text) <= MAX_NAME else -1
                points += [Point((run, "body"), token.start, 2, widest) for token in behind[1:2]]
        return points

    def _settings(self, run: int, rows: tuple[ast.SettingRow, ...]) -> list[Point]:
        """A column for the lengths, and one for the reasons."""
        points = []
        for row in rows:
            points.append(Point((run, "name"), row.clause.span.start, 2))
            line, _ = self._cells[row.span.start]
            starts = [token.start for token in line.rows[0].tokens if token.start in self._clauses]
            points += [Point((run, "body"), start, 2, widest=MAX_CELL + 12) for start in starts]
        return points

    def _labels(self, run: int, items: Iterable[ast.Item]) -> list[Point]:
        """The colons of labelled members stand below each other; a titled label keeps to itself."""
        return [Point((run, "colon"), self._before[item.content.span.start], 1) for item in items if item.label and item.title is None]

    def _words(self, run: int, words: frozenset[str], gap: int, starts: list[int]) -> list[Point]:
        """What follows `title zh`, `text`, … in one column."""
        points = []
        for start in starts:
            tokens = self._cells[start][0].rows[0].tokens if start in self._cells else []
            if tokens and tokens[0].text in words and tokens[0].start == start:
                at = 2 if tokens[1].type == "NAME" and tokens[0].text in ("title", "text") else 1
                points.append(Point((run, "word"), tokens[at].start, gap))
        return points

    def _align(self, points: list[Point]) -> None:
        """Give each point of a run the column of the widest."""
        runs: dict[tuple[int, str], list[tuple[int, Point]]] = {}
        for point in points:
            if point.at in self._cells:
                line, index = self._cells[point.at]
                before = width(self.text(line.rows[0].tokens[:index]))
                runs.setdefault(point.run, []).append((before, point))
        for cells in runs.values():
            column = max((before for before, point in cells if before <= point.widest), default=0)
            for before, point in cells:
                self._pads[point.at] = max(column - before, 0) + point.gap


def end_of_time(visit: study.Visit) -> int:
    """Where a visit line has said its days."""
    return max([part.span.end for part in (visit.start, visit.end, visit.recurrence) if part is not None])


def clause_starts(file: ast.File) -> frozenset[int]:
    """Where two blanks set a clause off."""
    found: set[int] = set()
    for node in walk(file):
        match node:
            case ast.Fact(type=type_, clauses=clauses):
                # `grade 0 to 4`: the range that follows at once belongs to the type.
                own = clauses[1:] if clauses and isinstance(clauses[0], ast.RangeClause) else clauses
                found |= {type_.span.start, *(clause.span.start for clause in own)}
    return frozenset(found)


def reasons(lines: list[Line]) -> frozenset[int]:
    """Where a reason belongs to a whole line (of moments, reach, schedules, …) and not to one clause of a fact; the clauses of visits."""
    found: set[int] = set()
    block = ""
    for line in lines:
        block = line.first.text if line.level == 0 else block
        if block in WHOLE_LINES or line.first.text == "components":
            found |= {token.start for row in line.rows for token in row.tokens[1:] if token.type == "ASSUME"}
        if block == "schedule" and line.first.type == "VISIT":
            found |= set(clauses_of_visit([token for row in line.rows for token in row.tokens]))
    return frozenset(found)


def clauses_of_visit(tokens: list[Token]) -> Iterator[int]:
    """Where window, doses, arms and condition begin in a visit line."""
    depth = 0
    for token, following in pairwise(tokens):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if not depth and (token.type in {"WINDOW", "OPTIMUM", "GIVE", "IF"} or (token.type, following.type) == ("IN", "ARM")):
            yield token.start


def blanks(tokens: list[Token], index: int) -> int:
    """How many blanks stand before a token."""
    before, token = tokens[index - 1], tokens[index]
    if before.type == "LPAR" or token.type in ("RPAR", "COMMA", "DOT") or before.type == "DOT":
        return 0
    if token.type == "LPAR" and before.type == "NAME":
        return 0
    if before.type == "PLUS_MINUS" or (before.type == "MINUS" and is_sign(tokens, index - 1)):
        return 0
    if before.type == "PLUS" and index > 3 and tokens[index - 4].type in TOLERANCES:
        return 0
    return 1


def is_sign(tokens: list[Token], index: int) -> bool:
    """Whether a minus is a sign and not a subtraction (in doubt as it was written: `a -3`)."""
    if index == 0 or not operand_ends(tokens[index - 1].type):
        return True
    if tokens[index - 1].type in TIMES and tokens[index - 2].type not in {"NUMBER", "ASSESSMENT", "VISIT"}:
        # `day -14` of a schedule, not the end of `3 days`.
        return True
    minus = tokens[index]
    return minus.start > tokens[index - 1].end and index + 1 < len(tokens) and tokens[index + 1].start == minus.end
