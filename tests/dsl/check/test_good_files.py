"""Rule files that must check without a word, with the scenarios beside them."""

from __future__ import annotations

import pytest
from trialrules.dsl.facade import load, load_scenarios, load_text, scenarios_beside
from trialrules.limits import MAX_DIAGNOSTICS

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


def test_many_unknown_names_are_told_up_to_the_bound():
    facts = "".join(f"  fact_number_{number} event\n" for number in range(3000))
    wrong = "".join(f'exclusion E{number} "One"\n  fakt_number_{number} ever\n' for number in range(3000))
    found = load_text(f"protocol demo version 1.0 language 1\nfacts\n{facts}{wrong}").diagnostics
    assert len(found) == MAX_DIAGNOSTICS + 1
    assert {problem.code for problem in found} == {"TR030", "TR083"}
