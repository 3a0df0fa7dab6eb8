"""Protocols of other fields, written from the language reference: no faults, a stable layout, and all their examples hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from trialrules.dsl.facade import load, load_scenarios, scenarios_beside
from trialrules.dsl.format import format_text
from trialrules.dsl.source import Source
from trialrules.engine.scenarios import run_scenarios

GOOD = Path(__file__).parent / "good"
PROTOCOLS = sorted(path for path in GOOD.glob("*/*.rules") if scenarios_beside(path).is_file() and path.stem == path.parent.name)
FILES = [file for path in PROTOCOLS for file in (path, scenarios_beside(path))]
FEWEST_CRITERIA = 25
FEWEST_SCENARIOS = 11  # an eligible patient and ten more


def name(path: Path) -> str:
    return path.name


def test_there_are_protocols():
    assert len(PROTOCOLS) >= 6


@pytest.mark.parametrize("path", PROTOCOLS, ids=name)
def test_no_faults(path: Path):
    loaded = load(path)
    assert loaded.diagnostics == ()
    assert loaded.protocol is not None
    assert len(loaded.protocol.criteria) >= FEWEST_CRITERIA


@pytest.mark.parametrize("path", PROTOCOLS, ids=name)
def test_all_examples_hold(path: Path):
    protocol = load(path).protocol
    assert protocol is not None
    read = load_scenarios(scenarios_beside(path), protocol)
    assert read.diagnostics == ()
    assert len(read.scenarios) >= FEWEST_SCENARIOS
    failed = [
        f"{result.scenario.name}: {result.problem or [(failure.expected, failure.got) for failure in result.failures]}"
        for result in run_scenarios(protocol, read.scenarios)
        if not result.passed
    ]
    assert failed == []


@pytest.mark.parametrize("path", PROTOCOLS, ids=name)
def test_the_examples_show_every_verdict(path: Path):
    protocol = load(path).protocol
    assert protocol is not None
    scenarios = load_scenarios(scenarios_beside(path), protocol).scenarios
    results = run_scenarios(protocol, scenarios)
    seen = {outcome.verdict for result in results if result.decision for outcome in result.decision.criteria}
    assert seen == {"met", "not met", "unknown", "not applicable"}
    decisions = {result.decision.decision for result in results if result.decision}
    assert decisions == {"eligible", "ineligible", "undetermined"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_layout_is_stable(path: Path):
    once = format_text(Source(str(path), path.read_text(encoding="utf-8")))
    assert once.diagnostics == ()
    assert format_text(Source(str(path), once.text)).text == once.text
