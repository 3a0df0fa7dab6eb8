"""Normal use of the public API. Nobody runs it: the type checker reads it (`make types`), so that what users write keeps type-checking."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import trialrules
from trialrules import Protocol, load, read_patients, screen
from trialrules.dsl.diagnostics import Diagnostic
from trialrules.dsl.facade import LoadResult, ScenarioResult, load_scenarios, load_text
from trialrules.engine.advise import advise
from trialrules.engine.dates import PartialDate, parse_partial
from trialrules.engine.decision_json import decision_to_json
from trialrules.engine.outcome import Advice, CriterionOutcome, Decision, DecisionWord, Truth, Verdict
from trialrules.engine.record import Entry, Patient
from trialrules.records.problems import InputProblem, PatientResult


def checked(path: Path) -> Protocol:
    """A protocol, or every fault at once."""
    result = load(path)
    assert_type(result, LoadResult)
    for diagnostic in result.diagnostics:
        assert_type(diagnostic, Diagnostic)
        print(diagnostic.code, diagnostic.message, diagnostic.span.start, diagnostic.help)
    protocol = result.protocol
    assert_type(protocol, Protocol | None)
    if protocol is None:
        raise SystemExit(1)
    assert_type(load_scenarios(path, protocol), ScenarioResult)
    return protocol


def from_text(text: str) -> Protocol | None:
    """The same from a text."""
    return load_text(text, name="mine.rules").protocol


def day(text: str) -> PartialDate:
    """A day, or a refusal."""
    found = parse_partial(text)
    assert_type(found, PartialDate | None)
    if found is None:
        raise ValueError(text)
    return found


def one(protocol: Protocol, patient: Patient) -> tuple[DecisionWord, dict[str, Truth]]:
    """One patient's answer."""
    decision = screen(protocol, patient, day("2026-03-02"))
    assert_type(decision, Decision)
    answers: dict[str, Truth] = {}
    for outcome in decision.criteria:
        assert_type(outcome, CriterionOutcome)
        assert_type(outcome.verdict, Verdict)
        answers[outcome.criterion.id] = outcome.passes
    advice = advise(protocol, patient, decision)
    assert_type(advice, Advice)
    print(decision_to_json(decision, advice, "en")["decision"], [need.unknown.cause for need in advice.needs])
    return decision.decision, answers


def many(protocol: Protocol, path: Path) -> list[str]:
    """Every patient of a file; one that cannot be used is told."""
    found: list[str] = []
    for result in read_patients(path, protocol, day("2026-03-02"), strict=True):
        assert_type(result, PatientResult)
        if result.patient is None:
            assert_type(result.problems, tuple[InputProblem, ...])
            found += [f"{problem.code} {problem.where} {problem.help}" for problem in result.problems]
        else:
            found.append(one(protocol, result.patient)[0])
    return found


def by_hand() -> Patient:
    """A record without any file."""
    return Patient(
        "P-001", "female", day("1980-05"), {"screening": day("2026-03-02")}, (Entry("pregnancy", value=False, start=day("2026-03-01")),)
    )


VERSION: str = trialrules.__version__
