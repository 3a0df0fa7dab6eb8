"""Scenarios as patients: what is given, when, and how expectations are judged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trialrules.dsl.facade import load_text
from trialrules.engine.record import Quantity
from trialrules.engine.scenarios import patient_of, run_scenarios

RULES = """protocol demo version 1.0 language 1
  timezone UTC
  months round down
  eligibility until infusion

moments
  screening "Screening" given
  infusion "Infusion" given, else planned 14 days after screening

facts
  sex "Sex" attribute male, female
  birth_date "Birth date" attribute date
  crp "CRP" lab in mg/L reach 28 days
  asked "Asked" finding yes, no reach 28 days
  risk "Risk" judgement
  embolism "Embolism" event absent unless recorded
  mtx "Methotrexate" exposure in mg/week with route oral, sc absent unless recorded
  cancer "Cancer" condition reach 3 months

inclusion I1 "CRP"
  any of
    high : crp >= 5 mg/L
    either : any of
      deep : asked is yes
      other : risk is yes
exclusion E1 "Embolism"
  embolism within 3 months before screening
exclusion E2 "Drug"
  mtx on screening
exclusion E3 "Cancer"
  cancer on screening
exclusion E4 "Later"
  embolism within 7 days before infusion
inclusion I2 "Adult"
  age at screening >= 18 years
exclusion E5 "Not a woman"
  sex is male

"""


def run(lines: str, *more: str):
    loaded = load_text(RULES + "".join(f'scenario "s{n}"\n{text}\n' for n, text in enumerate([lines, *more])))
    assert loaded.protocol is not None, [each.message for each in loaded.diagnostics]
    return loaded.protocol, run_scenarios(loaded.protocol, loaded.protocol.scenarios)


def patient(lines: str):
    loaded = load_text(RULES + f'scenario "s"\n{lines}\n')
    assert loaded.protocol is not None, [each.message for each in loaded.diagnostics]
    return patient_of(loaded.protocol, loaded.protocol.scenarios[0])


def test_what_is_given_becomes_entries():
    found, now = patient(
        "  given screening 2026-03-02, crp < 5.50 mg/L on 3 days before screening with range 1 mg/L to 5 mg/L\n"
        '  given no embolism on screening, asked yes on screening, risk no on screening by "Dr A", sex female, birth_date 1980-05\n'
        "  given mtx from 2025-06 to 2026-01-31 with dose 15 mg/week with route sc, cancer on 2026-01-05\n"
        "  given mtx from year 2024"
    )
    assert str(now) == "2026-03-02"
    assert (found.sex, str(found.birth_date), {name: str(day) for name, day in found.moments.items()}) == (
        "female",
        "1980-05",
        {"screening": "2026-03-02"},
    )
    crp, embolism, asked, risk, mtx, cancer, open_mtx = found.entries
    assert (crp.value, crp.unit, crp.comparator, str(crp.start)) == (Decimal("5.5"), "mg/L", "<", "2026-02-27")
    assert (crp.range_low, crp.range_high, crp.range_unit) == (1, 5, "mg/L")
    assert (embolism.value, embolism.end) == (False, None)
    assert (asked.value, risk.value, risk.by) == ("yes", "no", "Dr A")
    assert (str(mtx.start), str(mtx.end), mtx.end_kind) == ("2025-06", "2026-01-31", "given")
    assert mtx.attributes == {"dose": Quantity(Decimal(15), "mg/week"), "route": "sc"}
    assert (str(cancer.start), str(cancer.end)) == ("2026-01-05", "2026-01-05")
    assert (str(open_mtx.start), open_mtx.end, open_mtx.end_kind) == ("2024", None, "ongoing")


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("on 1 month before 2026-03-31", "2026-02-28"),
        ("on infusion", "2026-03-16"),
        ("on 2 days before infusion", "2026-03-14"),
        ("on the assessment day", "2026-03-05"),
        ("on the earlier of (screening, 2026-01-01)", "2026-01-01"),
        ("on 2026-02", "2026-02"),
        ("on 1 month before 2026-02", "2026-01-01/2026-01-28"),
        ("on 2026-03-01T08:30+08:00", "2026-03-01T08:30+08:00"),
        ("on 12 hours before 2026-03-01T08:30", "2026-02-28T20:30"),
    ],
)
def test_days_hang_on_moments(given, day):
    found, now = patient(f"  given screening 2026-03-02, now 2026-03-05\n  given crp 1 mg/L {given}")
    assert str(now) == "2026-03-05"
    assert str(found.entries[0].start) == day


def test_the_assessment_day_is_not_after_the_last_day_that_counts():
    found, _ = patient("  given now 2026-04-01, screening 2026-03-02, infusion 2026-03-09, crp 1 mg/L on the assessment day")
    assert str(found.entries[0].start) == "2026-03-09"


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("  given crp 1 mg/L on 2026-03-01\n  expect I1 met", "no moment is given"),
        ("  given now 2026-03-02, crp 1 mg/L on screening\n  expect I1 met", "`screening` is not given"),
    ],
)
def test_a_scenario_without_days_says_so(lines, word):
    _, (result,) = run(lines)
    assert not result.passed
    assert word in result.problem


GIVEN = "  given screening 2026-03-02, birth_date 1980-05, sex female, crp 9 mg/L on screening\n"


@pytest.mark.parametrize(
    "expect",
    [
        "I1 met", "I1.high met", "I1.either unknown", "I1.deep unknown", 'I1.deep unknown because "no record"', "E1 not met",
        'E3 unknown because "no record"', "E4 provisional not met", "decision undetermined", "I2 met", "E5 not met",
        'I1.other unknown because "judgement pending"',
    ],
)  # fmt: skip
def test_what_holds_passes(expect):
    _, (result,) = run(f"{GIVEN}  expect {expect}")
    assert result.passed, result.failures


@pytest.mark.parametrize(
    ("expect", "got"),
    [
        ("I1 not met", "met"),
        ("I1.deep met", "unknown"),
        ("E4 not met", "provisional not met"),
        ("E1 provisional not met", "not met"),
        ('E3 unknown because "too old"', "unknown"),
        ("decision eligible", "undetermined"),
        ("E2 not applicable", "not met"),
    ],
)
def test_what_does_not_hold_fails(expect, got):
    _, (result,) = run(f"{GIVEN}  expect {expect}")
    (failure,) = result.failures
    assert failure.got == got
    assert failure.expected.split(" because ")[0] in expect


def test_a_failure_brings_its_evidence():
    _, (result,) = run(f"{GIVEN}  expect I1 not met\n  expect E3 met")
    first, second = result.failures
    assert [item.fact.name for item in first.items] == ["crp"]
    assert [unknown.cause for unknown in second.unknowns] == ["no record"]


def test_order_does_not_matter():
    lines = [f"{GIVEN}  expect I1 met", f"{GIVEN}  expect E3 met", f"{GIVEN}  expect E1 not met"]
    _, results = run(*lines)
    _, backwards = run(*reversed(lines))
    assert [result.passed for result in results] == [True, False, True]
    assert [result.passed for result in backwards] == [True, False, True]


WARNING = RULES.replace(
    "inclusion I1",
    """exclusion E6 "Warns"
  never
  warn if crp > 50 mg/L "very high"
  warn if crp > 70 mg/L "still higher"
inclusion I1""",
    1,
)


@pytest.mark.parametrize(
    ("value", "expectation", "got"),
    [
        (51, "warns", None),
        (51, 'warns because "very high"', None),
        (51, 'does not warn because "still higher"', None),
        (51, "does not warn", "warns because very high"),
        (51, 'warns because "still higher"', "warns because very high"),
        (49, "does not warn", None),
        (49, "warns", "does not warn"),
    ],
)
def test_a_warning_can_be_expected(value, expectation, got):
    loaded = load_text(WARNING + f'scenario "s"\n  given screening 2026-01-01, crp {value} mg/L on screening\n  expect E6 {expectation}\n')
    assert loaded.protocol is not None
    (result,) = run_scenarios(loaded.protocol, loaded.protocol.scenarios)
    assert [failure.got for failure in result.failures] == ([] if got is None else [got])


def test_any_unit_where_one_that_cannot_be_converted_is_expected():
    given = 'scenario "a"\n  given screening 2026-01-01, crp 5 spoons on screening\n'
    taken = 'scenario "b" like "a"\n  expect I1.high unknown because "unit not convertible"\n'
    loaded = load_text(RULES + given + taken)
    assert loaded.protocol is not None
    assert all(result.passed for result in run_scenarios(loaded.protocol, loaded.protocol.scenarios))
    assert load_text(RULES + given).protocol is None


def test_now_can_be_taken_back():
    loaded = load_text(
        RULES
        + """scenario "a"
  given screening 2026-01-01, now 2026-02-01
scenario "b" like "a"
  without now
"""
    )
    assert loaded.protocol is not None
    assert [scenario.now is None for scenario in loaded.protocol.scenarios] == [False, True]
