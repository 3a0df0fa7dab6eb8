"""What a computed number still needs: every part that is missing, not only the first."""

from __future__ import annotations

import pytest
from trialrules.dsl.facade import load_text
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.record import Patient

RULES = """protocol demo version 1.0 language 1
  timezone UTC
moments
  screening given
facts
  alpha "Alpha" score reach 7 days
  beta "Beta" score reach 7 days
  gamma "Gamma" score reach 7 days
inclusion I1 "Computed"
  FORMULA
"""


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("alpha + beta + gamma < 30", ["alpha", "beta", "gamma"]),
        ("10 * (ln(alpha) + 2 * ln(beta)) < 30", ["alpha", "beta"]),
        ("max(alpha, beta, gamma) < 30", ["alpha", "beta", "gamma"]),
        ("alpha + alpha < 30", ["alpha"]),
    ],
)
def test_every_missing_part_of_a_formula_is_named_once(formula, wanted):
    protocol = load_text(RULES.replace("FORMULA", formula)).protocol
    day = parse_partial("2026-03-02")
    decision = screen(protocol, Patient("p", moments={"screening": day}), day)
    (criterion,) = decision.criteria
    assert criterion.verdict == "unknown"
    assert [unknown.fact.name for unknown in criterion.unknowns] == wanted
