"""The rule editor's answers as values: problems with their places, the text laid out, and a subject's values beside the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...dsl.diagnostics import has_errors
from ...dsl.format import format_text
from ...dsl.source import Source
from ...engine.decide import screen
from ...engine.explain_source import annotated
from ...engine.explain_words import words

if TYPE_CHECKING:
    from ...canonical import Json
    from ...dsl.diagnostics import Diagnostic
    from ...dsl.facade import LoadResult
    from ...dsl.model import Protocol
    from ...engine.dates import PartialDate
    from ...engine.explain_words import Lang
    from ...engine.record import Patient

MOST_PROBLEMS: Final = 100


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


@frozen
class Checked:
    """What is wrong with a text; `good`: it can be used. `names` are what it declares, for completion."""

    good: bool
    problems: tuple[Problem, ...]
    names: tuple[tuple[str, str], ...]

    def data(self) -> dict[str, Json]:
        """What the editor's script reads, and what programs get."""
        diagnostics: list[Json] = [
            {
                "code": one.code,
                "severity": one.severity,
                "message": f"{one.message}\n{one.help}".strip(),
                "file": one.file,
                "line": one.line,
                "column": one.column,
                "from": one.start,
                "to": one.end,
            }
            for one in self.problems
            if one.here
        ]
        names: list[Json] = [{"label": name, "type": "variable", "detail": title} for name, title in self.names]
        return {"good": self.good, "diagnostics": diagnostics, "names": names}


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

    def data(self) -> list[Json]:
        """Line numbers and what stands beside them."""
        return [[line.number, line.beside] for block in self.blocks for line in block.lines if line.beside]


def checked(found: LoadResult, main: str) -> Checked:
    """The diagnostics of a loaded text, errors first within a place."""
    problems = tuple(_problem(one, found, main) for one in found.diagnostics[:MOST_PROBLEMS])
    names: tuple[tuple[str, str], ...] = ()
    if found.protocol is not None:
        facts = [(one.name, one.title or one.kind) for one in found.protocol.facts.values()]
        names = tuple(sorted([*facts, *((one.name, one.title or "define") for one in found.protocol.definitions.values())]))
    return Checked(not has_errors(found.diagnostics), problems, names)


def _problem(one: Diagnostic, found: LoadResult, main: str) -> Problem:
    span = one.span
    source = found.sources.get(span.file)
    if source is None:
        return Problem(one.code, one.severity, one.message, one.help, span.file, 1, 1, 0, 0, here=span.file == main)
    place = source.position(span.start)
    start, end = _units(source.text, span.start), _units(source.text, max(span.end, span.start))
    return Problem(one.code, one.severity, one.message, one.help, span.file, place.line, place.column, start, end, here=span.file == main)


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
    for outcome in decision.criteria:
        criterion = outcome.criterion
        lines = annotated(outcome, protocol, lang) if criterion.span.file == main else ()
        passes = {True: "yes", False: "no", None: "unknown"}[outcome.passes]
        title = w.title(criterion.title, criterion.titles, criterion.id)
        shown = tuple(ValueLine(line.number, line.text, line.beside) for line in lines)
        blocks.append(ValueBlock(criterion.id, title, w(f"verdict.{outcome.verdict}"), passes, shown))
    return Evaluated(subject, str(now), decision.decision, tuple(blocks))
