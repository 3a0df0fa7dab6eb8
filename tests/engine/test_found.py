"""Faults that were found once stay mended: the worked examples of found.rules hold."""

from pathlib import Path

import pytest
from trialrules.dsl.facade import load
from trialrules.engine.scenarios import run_scenario

PROTOCOL = load(Path(__file__).with_name("found.rules")).protocol


@pytest.mark.parametrize("scenario", PROTOCOL.scenarios, ids=lambda scenario: scenario.name)
def test_what_was_found_holds(scenario):
    result = run_scenario(PROTOCOL, scenario)
    assert [(failure.expected, failure.got) for failure in result.failures] == []
    assert result.problem is None
