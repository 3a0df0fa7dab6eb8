"""Three-valued coverage: what a node can be, and what scenarios showed of it."""

from __future__ import annotations

import pytest
from trialrules.dsl import model
from trialrules.dsl.facade import load_text
from trialrules.engine.coverage import coverage, possible
from trialrules.engine.scenarios import run_scenarios

HEAD = """protocol demo version 1.0 language 1
  timezone UTC
  months round down

moments
  screening "Screening" given

facts
  birth_date "Birth date" attribute date
  crp "CRP" lab in mg/L reach 28 days
  asked "Asked" finding yes, no reach 28 days
  drug "Drug" exposure absent unless recorded

"""


def protocol(body: str) -> model.Protocol:
    loaded = load_text(HEAD + body)
    assert loaded.protocol is not None, [each.message for each in loaded.diagnostics]
    return loaded.protocol


def words(truths) -> str:
    return "".join({True: "t", False: "f", None: "u"}[truth] for truth in sorted(truths, key=lambda truth: (truth is None, truth is False)))


@pytest.mark.parametrize(
    ("rule", "can"),
    [
        ("  crp > 5 mg/L", "tfu"),
        ("  asked is yes", "tfu"),
        ("  asked is recorded", "tf"),
        ("  not asked is recorded", "tf"),
        ("  known that asked is yes", "tf"),
        ("  always", "t"),
        ("  never", "f"),
        ('  unknown because "x"', "u"),
        ('  known that unknown because "x"', "f"),
        ("  (crp > 5 mg/L) differs from (asked is yes)", "tfu"),
        ("  crp is recorded and asked is yes", "tfu"),
        ("  never and asked is yes", "f"),
        ("  always or asked is yes", "t"),
        ("  any of\n    asked is recorded\n    crp is recorded", "tf"),
        ("  none of\n    always\n    asked is yes", "f"),
        ("  at least 2 of\n    always\n    asked is recorded\n    crp > 1 mg/L", "tfu"),
        ("  at least 2 of\n    always\n    always\n    crp > 1 mg/L", "t"),
        ("  at most 1 of\n    always\n    always\n    crp > 1 mg/L", "f"),
        ("  exactly 1 of\n    always\n    crp > 1 mg/L", "tfu"),
        ('  cases\n    asked is recorded : always\n    otherwise : unknown because "x"', "tu"),
        ("  cases\n    asked is yes : always\n    otherwise : always", "tu"),
        ("  cases\n    always : asked is recorded\n    otherwise : never", "tf"),
    ],
)
def test_what_a_condition_can_be(rule, can):
    (criterion,) = protocol(f'inclusion I1 "x"\n{rule}\n').criteria
    assert words(possible(criterion.blocks[0].condition)) == can


@pytest.mark.parametrize(
    ("criterion", "can"),
    [
        ('inclusion I1 "x"\n  asked is yes', "met, not met, unknown"),
        ('inclusion I1 "x"\n  always', "met"),
        ('exclusion E1 "x"\n  never', "not met"),
        ('exclusion E1 "x"\n  asked is recorded', "met, not met"),
        ('inclusion I1 "x"\n  when drug on screening\n    asked is recorded', "met, not met, not applicable, unknown"),
        ('inclusion I1 "x"\n  when asked is recorded\n    always', "met, not applicable"),
        ('exclusion E1 "x"\n  when asked is recorded\n    always\n  crp > 5 mg/L', "met, not met, unknown"),
    ],
)
def test_which_verdicts_a_criterion_can_have(criterion, can):
    (first, *_) = coverage(protocol(criterion + "\n"), []).targets
    assert ", ".join(first.can) == can


BODY = """define high "High" =
  any of
    very : crp > 50 mg/L
    crp > 5 mg/L

inclusion I1 "x"
  when drug on screening
    all of
      told : asked is recorded
      cases
        asked is yes : high
        otherwise : never
inclusion I2 "y"
  crp < (5 mg/L if asked is yes, 7 mg/L else)
exclusion E1 "z"
  high

scenario "a"
  given screening 2026-03-02, drug from 2026-01-01, asked yes on screening, crp 60 mg/L on screening
  expect I1 met
scenario "b"
  given screening 2026-03-02
  expect I1 not applicable
"""


def test_every_branch_is_listed_once_with_what_was_seen():
    rules = protocol(BODY)
    found = coverage(rules, [result.decision for result in run_scenarios(rules, rules.scenarios)])
    table = {target.name: (target.kind, target.can, target.seen) for target in found.targets}
    three = ("true", "false", "unknown")
    assert table["I1"] == ("criterion", ("met", "not met", "not applicable", "unknown"), ("met", "not applicable"))
    assert table["I1 when 1"] == ("when", three, ("true", "false"))
    assert table["I1.told"] == ("member", ("true", "false"), ("true", "false"))
    assert table["I1 row 1"] == ("row", three, ("true", "unknown"))
    assert table["high.very"] == ("member", three, ("true", "unknown"))
    assert table["I2 branch 1"] == ("branch", three, ("true", "unknown"))
    assert len(table) == len(found.targets)
    assert next(target for target in found.targets if target.name == "high.very").criterion == "I1"
    assert next(target for target in found.targets if target.name == "I1.told").note == "cannot be unknown"
    assert (found.found, found.wanted) == (sum(len(seen) for _, _, seen in table.values()), sum(len(can) for _, can, _ in table.values()))
    assert found.percent == found.found * 100 // found.wanted


def test_nothing_run_is_nothing_covered():
    found = coverage(protocol('inclusion I1 "x"\n  asked is yes\n'), [])
    assert (found.percent, found.targets[0].missing) == (0, ("met", "not met", "unknown"))


def test_a_file_without_criteria_is_covered():
    assert coverage(protocol(""), []).percent == 100
