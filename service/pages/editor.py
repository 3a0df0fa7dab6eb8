"""The rule editor's answers as values: problems with their places and mends, the text laid out, a subject's values beside the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...dsl.diagnostics import has_errors
from ...dsl.format import format_text
from ...dsl.source import Source
from ...engine.decide import screen
from ...engine.explain_source import annotated, beside
from ...engine.explain_words import words
from .editor_names import outline

if TYPE_CHECKING:
    from ...canonical import Json
    from ...dsl.diagnostics import Diagnostic
    from ...dsl.facade import LoadResult
    from ...dsl.model import Protocol
    from ...engine.dates import PartialDate
    from ...engine.explain_source import Beside
    from ...engine.explain_words import Lang
    from ...engine.record import Patient
    from .editor_names import Heading, Name

MOST_PROBLEMS: Final = 100
"""How many problems are shown."""
_MEANT: Final = re.compile(r"did you mean ((?:`[^`]+`(?:, | or )?)+)(?: for `([^`]+)`)?\?")
_WORD: Final = re.compile(r"[^\s\d]\S*")
_QUOTED: Final = re.compile(r"`([^`]+)`")


@frozen
class Fix:
    """A mend at one click: `insert` in the place of what stands from `start` to `end` (UTF-16 units)."""

    start: int
    end: int
    insert: str


@frozen
class Problem:
    """One diagnostic. `start` and `end` count UTF-16 units, as browsers do; `here`: it stands in the text that is edited."""

    code: str
    severity: str
    message: str
    help: str
    file: str
    line: int
    column: int
    start: int
    end: int
    here: bool
    more: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


@frozen
class Checked:
    """What is wrong with a text; `good`: it can be used. `names` are what may be written, `headings` the text's blocks."""

    good: bool
    problems: tuple[Problem, ...]
    names: tuple[Name, ...]
    headings: tuple[Heading, ...]

    def data(self) -> dict[str, Json]:
        """What the editor's script reads, and what programs get."""
        diagnostics: list[Json] = [_problem_json(one) for one in self.problems if one.here]
        names: list[Json] = [one.data() for one in self.names]
        headings: list[Json] = [{"line": one.line, "kind": one.kind, "text": one.text} for one in self.headings]
        return {"good": self.good, "diagnostics": diagnostics, "names": names, "outline": headings}


def _problem_json(one: Problem) -> dict[str, Json]:
    fixes: list[Json] = [{"from": fix.start, "to": fix.end, "insert": fix.insert} for fix in one.fixes]
    return {
        "code": one.code,
        "severity": one.severity,
        "message": "\n".join(part for part in (one.message, one.help, *one.more) if part),
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "from": one.start,
        "to": one.end,
        "fixes": fixes,
    }


@frozen
class ValueLine:
    """A line of the rule text with what was found written beside it."""

    number: int
    text: str
    beside: str


@frozen
class ValueBlock:
    """A criterion: how it turned out, and its lines."""

    criterion: str
    title: str
    verdict: str
    passes: str
    lines: tuple[ValueLine, ...]


@frozen
class Evaluated:
    """A text tried on a subject."""

    subject: str
    as_of: str
    decision: str
    blocks: tuple[ValueBlock, ...]
    marks: tuple[tuple[int, str], ...] = ()

    def data(self) -> list[Json]:
        """Places of the text (UTF-16 units) and what stands there."""
        return [[at, text] for at, text in self.marks]


def checked(found: LoadResult, main: str, names: tuple[Name, ...] = ()) -> Checked:
    """The diagnostics of a loaded text, errors first within a place."""
    problems = tuple(_problem(one, found, main) for one in found.diagnostics[:MOST_PROBLEMS])
    source = found.sources.get(main)
    return Checked(not has_errors(found.diagnostics), problems, names, () if source is None else outline(source.text))


def _problem(one: Diagnostic, found: LoadResult, main: str) -> Problem:
    span = one.span
    source = found.sources.get(span.file)
    if source is None:
        return Problem(one.code, one.severity, one.message, one.help, span.file, 1, 1, 0, 0, here=span.file == main)
    place = source.position(span.start)
    start, end = _units(source.text, span.start), _units(source.text, max(span.end, span.start))
    here = span.file == main
    return Problem(
        one.code, one.severity, one.message, one.help, span.file, place.line, place.column, start, end, here,
        _more(one, found), _fixes(one, source) if here else (),
    )  # fmt: skip


def _more(one: Diagnostic, found: LoadResult) -> tuple[str, ...]:
    """The other places that belong to a problem."""
    said = []
    for label in one.labels[1:]:
        source = found.sources.get(label.span.file)
        if source is not None and label.caption:
            said.append(f"{label.span.file}:{source.position(label.span.start).line}: {label.caption}")
    return tuple(said)


def _fixes(one: Diagnostic, source: Source) -> tuple[Fix, ...]:
    """The names that were perhaps meant, each in the place of the one that stands there."""
    meant = _MEANT.search(one.help)
    if meant is None:
        return ()
    text, span = source.text, one.span
    # A slip may stand before the place where reading stopped, at the beginning of its line.
    begin = text.rfind("\n", 0, span.start) + 1 if meant[2] else span.start
    for word in [meant[2]] if meant[2] else [*_QUOTED.findall(one.message), text[span.start : span.end]]:
        at = text.find(word, begin, span.end)
        # Of `10 g/dL` the unit was meant, not the whole: only a word is replaced by a word.
        if at >= 0 and _WORD.fullmatch(word):
            return tuple(Fix(_units(text, at), _units(text, at + len(word)), insert) for insert in _QUOTED.findall(meant[1]))
    return ()


def _units(text: str, at: int) -> int:
    """A place in UTF-16 units: characters outside the basic plane count twice."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def formatted(text: str, main: str) -> str | None:
    """The text laid out; None where it has errors."""
    found = format_text(Source(main, text))
    return None if has_errors(found.diagnostics) else found.text


def evaluated(protocol: Protocol, patient: Patient, now: PartialDate, lang: Lang, main: str, subject: str) -> Evaluated:
    """Every criterion tried on a patient, with values beside its lines."""
    w = words(lang)
    decision = screen(protocol, patient, now)
    blocks = []
    marks: list[tuple[int, str]] = []
    for outcome in decision.criteria:
        criterion = outcome.criterion
        here = criterion.span.file == main
        lines = annotated(outcome, protocol, lang) if here else ()
        passes = {True: "yes", False: "no", None: "unknown"}[outcome.passes]
        title = w.title(criterion.title, criterion.titles, criterion.id)
        shown = tuple(ValueLine(line.number, line.text, line.beside) for line in lines)
        blocks.append(ValueBlock(criterion.id, title, w(f"verdict.{outcome.verdict}"), passes, shown))
        if here:
            marks += [(_after(protocol.files[main], one), one.text) for one in beside(outcome, protocol, lang)]
    return Evaluated(subject, str(now), decision.decision, tuple(blocks), tuple(sorted(marks, key=lambda one: one[0])))


def _after(text: str, one: Beside) -> int:
    """Where a value is written: behind its expression, of one that goes on below at the end of its first line."""
    lines = text[one.start : one.end].splitlines()
    return _units(text, one.start + len(lines[0].rstrip()) if lines else one.start)
