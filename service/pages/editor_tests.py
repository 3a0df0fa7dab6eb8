"""The examples that belong to rules, run on the text in work: which hold, and of those that do not what came out instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...dsl.facade import load_scenarios_text
from ...dsl.source import Source
from ...engine.explain_evidence import item_words, unknown_words
from ...engine.explain_words import words
from ...engine.scenarios import run_scenario

if TYPE_CHECKING:
    from ...canonical import Json
    from ...dsl.diagnostics import Diagnostic
    from ...dsl.model import Protocol, Scenario
    from ...dsl.source import Span
    from ...engine.explain_words import Lang, Words
    from ...engine.scenarios import Failure, ScenarioResult

SCHEMA: Final = "trialrules/editor-tests/1"
MOST_EXAMPLES: Final = 500
"""How many examples are run at once."""
_MOST_REASONS: Final = 4


@frozen
class Miss:
    """An expectation that does not hold: what it is about, what was expected and what came out, and what that rests on."""

    target: str
    expected: str
    got: str
    because: tuple[str, ...]
    line: int


@frozen
class Example:
    """One example. `line` is its place in `file`; `problem` says why it could not be run."""

    name: str
    file: str
    line: int
    passed: bool
    misses: tuple[Miss, ...] = ()
    problem: str = ""


@frozen
class Ran:
    """The examples that ran, of `total`; `problems` of the file of examples, if it can't be used."""

    examples: tuple[Example, ...]
    total: int
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many do not hold."""
        return sum(not one.passed for one in self.examples)

    def data(self) -> dict[str, Json]:
        """For programs."""
        failing: list[Json] = [
            {
                "name": one.name,
                "file": one.file,
                "line": one.line,
                "problem": one.problem or None,
                "misses": [{"target": miss.target, "expected": miss.expected, "got": miss.got} for miss in one.misses],
            }
            for one in self.examples
            if not one.passed
        ]
        return {"schema": SCHEMA, "ran": len(self.examples), "total": self.total, "failing": failing, "problems": list(self.problems)}


def run(protocol: Protocol, name: str, text: str, lang: Lang) -> Ran:
    """Run the examples of a protocol's own file, and those of the text `text` that stands beside it as `name`."""
    scenarios: tuple[Scenario, ...] = protocol.scenarios
    sources = {path: Source(path, content) for path, content in protocol.files.items()}
    if text.strip():
        found = load_scenarios_text(text, name, protocol)
        errors = [one for one in found.diagnostics if one.severity == "error"]
        if errors:
            return Ran((), 0, tuple(_said(one, Source(name, text)) for one in errors[:_MOST_REASONS]))
        scenarios, sources = (*scenarios, *found.scenarios), {**sources, name: Source(name, text)}
    w = words(lang)
    results = (run_scenario(protocol, one) for one in scenarios[:MOST_EXAMPLES])
    return Ran(tuple(_example(w, one, protocol, sources) for one in results), len(scenarios))


def _said(one: Diagnostic, source: Source) -> str:
    return f"{source.name}:{source.position(one.span.start).line}: {one.code} {one.message}. {one.help}".rstrip(". ")


def _line(span: Span, sources: dict[str, Source]) -> int:
    source = sources.get(span.file)
    return 1 if source is None else source.position(span.start).line


def _example(w: Words, result: ScenarioResult, protocol: Protocol, sources: dict[str, Source]) -> Example:
    span = result.scenario.span
    misses = tuple(_miss(w, one, protocol, sources) for one in result.failures)
    return Example(result.scenario.name, span.file, _line(span, sources), result.passed, misses, result.problem or "")


def _miss(w: Words, failure: Failure, protocol: Protocol, sources: dict[str, Source]) -> Miss:
    """Causes of unknown, else the records used."""
    expectation = failure.expectation
    target = f"{expectation.target}.{expectation.label}" if expectation.label else expectation.target
    because = [unknown_words(w, one, protocol.moments) for one in failure.unknowns] or [
        item_words(w, one, source=False) for one in failure.items
    ]
    kept = tuple(dict.fromkeys(because))[:_MOST_REASONS]
    return Miss(target, failure.expected, failure.got, kept, _line(expectation.span, sources))
