"""Rule files that must check without a word, with the scenarios beside them; and how long checking may take."""

from __future__ import annotations

import time

import pytest
from trialrules.dsl.facade import load, load_scenarios, load_text, scenarios_beside
from trialrules.dsl.parser import parse
from trialrules.dsl.source import Source

from .corpus import CORPUS, said

RULES = CORPUS.parents[1] / "rules"
GOOD = sorted(path for folder in (CORPUS / "good", RULES) for path in folder.rglob("*.rules") if ".scenarios." not in path.name)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_nothing_is_said(path):
    result = load(path)
    assert said(result.diagnostics, result.sources) == "\n"
    assert result.protocol is not None
    beside = scenarios_beside(path)
    if beside.exists():
        scenarios = load_scenarios(beside, result.protocol)
        assert said(scenarios.diagnostics, scenarios.sources) == "\n"
        assert scenarios.scenarios


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_no_stand_in_leaves_the_checker(path):
    protocol = load(path).protocol
    assert protocol is not None
    assert "not checked" not in repr(protocol.criteria) + repr(protocol.definitions)


def test_checking_costs_less_than_parsing():
    text = (CORPUS / "good" / "features" / "conditions.rules").read_text(encoding="utf-8")
    source = Source("conditions.rules", text)
    # In turns, so that a busy moment of the machine slows both alike.
    rounds = [(timed(lambda: parse(source)), timed(lambda: load_text(text))) for _ in range(50)]
    parsing, both = (min(each) for each in zip(*rounds, strict=True))
    assert both < 3 * parsing


def test_many_unknown_names_are_told_fast():
    facts = "".join(f"  fact_number_{number} event\n" for number in range(3000))
    wrong = "".join(f'exclusion E{number} "One"\n  fakt_number_{number} ever\n' for number in range(3000))
    text = f"protocol demo version 1.0 language 1\nfacts\n{facts}{wrong}"
    assert timed(lambda: load_text(text)) < 10


def timed(work) -> float:
    # The processor's time, not the clock's: on a busy machine the longer of two works is interrupted, and the shorter one is not.
    began = time.thread_time()
    work()
    return time.thread_time() - began
