"""`trialrules test` runs the examples written in rule files and tells what they do not cover."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ..dsl.facade import scenarios_beside
from ..dsl.source import Source
from ..engine.coverage import Coverage, coverage
from ..engine.explain_evidence import item_words, unknown_words
from ..engine.explain_words import words
from ..engine.scenarios import ScenarioResult, run_scenarios
from ._docs_junit import Case, junit
from ._docs_sources import protocol_of, scenarios_of
from ._docs_watch import watch
from ._outcome import InputError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..dsl.model import Protocol
    from ..dsl.source import Span
    from ..engine.scenarios import Failure

MOST_REASONS = 4
SCENARIOS = ".scenarios.rules"


@frozen
class Suite:
    """One rule file with its scenarios run."""

    path: Path
    protocol: Protocol
    places: Places
    results: tuple[ScenarioResult, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        """Whether every scenario holds."""
        return all(result.passed for result in self.results)


class Places:
    """Where spans are, in the files of one protocol and the scenarios beside it."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._sources = {name: Source(name, text) for name, text in texts.items()}

    def of(self, span: Span) -> str:
        """`file:line:column`."""
        source = self._sources.get(span.file)
        if source is None:
            return span.file
        at = source.position(span.start)
        return f"{span.file}:{at.line}:{at.column}"


@click.command()
@click.argument("rules", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--coverage", "covering", is_flag=True, help="Tell which results no example shows.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write the results as JUnit XML to this file too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--watch", "watching", is_flag=True, help="Run again whenever a file changes; Ctrl-C ends.")
def command(rules: tuple[Path, ...], form: str, junit_file: Path | None, *, covering: bool, watching: bool) -> Outcome:
    """Run the examples (`scenario`) of rule files and of NAME.scenarios.rules beside them.

    Exit code 0: all hold; 1: some do not; 2: a file cannot be used.
    """

    def once() -> Outcome:
        return _run(_rule_files(rules), form, junit_file, covering=covering)

    if watching:
        watch(lambda: _watched(once, rules))
    return once()


def _rule_files(paths: Sequence[Path]) -> list[Path]:
    """The rule files meant: a file of examples stands for the rule file it belongs to."""
    meant = [path.with_name(path.name.removesuffix(SCENARIOS) + ".rules") if path.name.endswith(SCENARIOS) else path for path in paths]
    return list(dict.fromkeys(meant))


def _watched(once: Callable[[], object], rules: Sequence[Path]) -> list[Path]:
    once()
    files: list[Path] = []
    for path in _rule_files(rules):
        files += [path, scenarios_beside(path), *sorted(path.parent.glob("**/*.rules"))]
    return list(dict.fromkeys(files))


def _run(paths: Sequence[Path], form: str, junit_file: Path | None, *, covering: bool) -> Outcome:
    suites: list[Suite] = []
    unusable = False
    for path in paths:
        try:
            suites.append(suite_of(path))
        except InputError as error:
            error.show()
            unusable = True
    if form == "json":
        click.echo(json.dumps(json_of(suites, covering=covering), ensure_ascii=False, indent=2))
    else:
        click.echo("".join(text_of(suite, covering=covering) for suite in suites), nl=False)
    if junit_file is not None:
        junit_file.write_bytes(junit([(suite.protocol.name, _cases(suite)) for suite in suites]))
    if unusable:
        return Outcome.INPUT_ERROR
    return Outcome.DONE if all(suite.passed for suite in suites) else Outcome.FINDINGS


def suite_of(path: Path) -> Suite:
    """Run all scenarios of one rule file."""
    protocol = protocol_of(path)
    scenarios = scenarios_of(protocol, path)
    texts = dict(protocol.files)
    texts.setdefault(str(path), path.read_text(encoding="utf-8-sig"))
    beside = scenarios_beside(path)
    if beside.is_file():
        texts[str(beside)] = beside.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    results = run_scenarios(protocol, scenarios)
    covered = coverage(protocol, [result.decision for result in results if result.decision is not None])
    return Suite(path, protocol, Places(texts), results, covered)


# ---------------------------------------------------------------- what is said


def why(suite: Suite, failure: Failure) -> list[str]:
    """What the result rests on: causes of unknown, else the records used; a few of them."""
    w = words("en")
    lines = [unknown_words(w, unknown, suite.protocol.moments) for unknown in failure.unknowns]
    lines = list(dict.fromkeys(lines or [item_words(w, item, source=False) for item in failure.items]))
    more = [f"and {len(lines) - MOST_REASONS} more"] if len(lines) > MOST_REASONS else []
    return lines[:MOST_REASONS] + more


def target_of(failure: Failure) -> str:
    """`E5`, `E5.liver` or `decision`."""
    expectation = failure.expectation
    return f"{expectation.target}.{expectation.label}" if expectation.label else expectation.target


def text_of(suite: Suite, *, covering: bool) -> str:
    """For people at a terminal: failures with their reasons, one line of count, what is not covered."""
    lines: list[str] = []
    for result in suite.results:
        if result.passed:
            continue
        lines.append(f'{click.style("FAIL", fg="red", bold=True)} "{result.scenario.name}"  {suite.places.of(result.scenario.span)}')
        if result.problem is not None:
            lines.append(f"  {result.problem}")
        for failure in result.failures:
            lines.append(f"  {suite.places.of(failure.expectation.span)}: {target_of(failure)}")
            lines.append(f"    expected  {failure.expected}")
            lines.append(f"    got       {click.style(failure.got, bold=True)}")
            lines += [f"    {'because' if index == 0 else '       '}   {line}" for index, line in enumerate(why(suite, failure))]
    failed = sum(not result.passed for result in suite.results)
    passed = len(suite.results) - failed
    sign = click.style("ok", fg="green") if not failed else click.style("FAILED", fg="red", bold=True)
    counted = f"{passed} passed" + (f", {failed} failed" if failed else "") if suite.results else "no examples"
    lines.append(f"{sign} {suite.path}: {counted}")
    if covering:
        lines += coverage_lines(suite)
    return "\n".join(lines) + "\n"


def coverage_lines(suite: Suite) -> list[str]:
    """What is not covered, with its place; then the share that is."""
    gaps = [target for target in suite.coverage.targets if target.missing]
    width = max((len(target.name) for target in gaps), default=0)
    lines = []
    for target in gaps:
        note = f"  ({target.note})" if target.note else ""
        lines.append(f"  {target.name:<{width}}  not seen: {', '.join(target.missing)}{note}  {suite.places.of(target.span)}")
    found, wanted = suite.coverage.found, suite.coverage.wanted
    lines.append(f"coverage {suite.coverage.percent} %: {found} of {wanted} results of {len(suite.coverage.targets)} criteria and branches")
    return lines


def json_of(suites: Sequence[Suite], *, covering: bool) -> dict[str, object]:
    """For programs; `schema` names the form."""
    return {"schema": "trialrules/test/1", "suites": [_json_suite(suite, covering=covering) for suite in suites]}


def _json_suite(suite: Suite, *, covering: bool) -> dict[str, object]:
    content: dict[str, object] = {
        "protocol": {"id": suite.protocol.name, "version": suite.protocol.version, "sha256": suite.protocol.sha256},
        "rules": str(suite.path),
        "passed": suite.passed,
        "scenarios": [
            {
                "name": result.scenario.name,
                "place": suite.places.of(result.scenario.span),
                "passed": result.passed,
                "problem": result.problem,
                "failures": [
                    {
                        "place": suite.places.of(failure.expectation.span),
                        "target": target_of(failure),
                        "expected": failure.expected,
                        "got": failure.got,
                        "because": why(suite, failure),
                    }
                    for failure in result.failures
                ],
            }
            for result in suite.results
        ],
    }
    if covering:
        content["coverage"] = {
            "percent": suite.coverage.percent,
            "found": suite.coverage.found,
            "wanted": suite.coverage.wanted,
            "targets": [
                {
                    "kind": target.kind,
                    "name": target.name,
                    "criterion": target.criterion,
                    "place": suite.places.of(target.span),
                    "can": list(target.can),
                    "seen": list(target.seen),
                    "missing": list(target.missing),
                }
                for target in suite.coverage.targets
            ],
        }
    return content


def _cases(suite: Suite) -> list[Case]:
    cases = []
    for result in suite.results:
        lines = [result.problem] if result.problem is not None else []
        for failure in result.failures:
            reasons = "; ".join(why(suite, failure))
            because = f" ({reasons})" if reasons else ""
            place = suite.places.of(failure.expectation.span)
            lines.append(f"{place}: {target_of(failure)}: expected {failure.expected}, got {failure.got}{because}")
        cases.append(Case(result.scenario.name, suite.places.of(result.scenario.span), tuple(lines)))
    return cases
