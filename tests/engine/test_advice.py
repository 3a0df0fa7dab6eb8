"""What to do next: needs ranked, near misses, what would change a criterion, the earliest day."""

from decimal import Decimal

import pytest
from trialrules.dsl.facade import load_text
from trialrules.engine.advise import advise
from trialrules.engine.dates import format_day, parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.record import Entry, Patient

RULES = """
protocol advice version 1.0 language 1
  months round down
  eligibility until infusion
moments
  screening      given
  randomization  given, else planned 14 days after screening
  infusion       given, else planned 7 days after randomization
facts
  creatinine  lab in umol/L  1 mg/dL = 88.4 umol/L  reach 28 days
  platelets   lab in 10*9/L  reach 28 days
  injection   event  absent unless recorded
  opioid      exposure  absent unless recorded
  steroid     exposure in mg/day  absent unless recorded
  birth_date  attribute date
inclusion I1 "Adult up to 40"
  age at screening is 18 years to 40 years
inclusion I2 "Platelets"
  platelets >= 30 10*9/L
inclusion I3 "Stable steroid"
  when steroid on screening
    steroid dose unchanged for 4 weeks before randomization
exclusion E1 "Creatinine"
  creatinine > 1.5 mg/dL
exclusion E2 "Injection"
  injection within 4 weeks before randomization
exclusion E3 "Opioid"
  opioid within 2 weeks before screening
exclusion E4 "Platelets and creatinine"
  platelets < 10 10*9/L and creatinine > 3 mg/dL
"""
NOW = "2026-03-02"


def day(text):
    found = parse_partial(text)
    assert found is not None
    return found


def lab(fact, value, unit, on="2026-03-01"):
    return Entry(fact, Decimal(value), unit, start=day(on))


FINE = (lab("creatinine", "80", "umol/L"), lab("platelets", "200", "10*9/L"))


def advice(*entries, born="1990-01-01", now=NOW, **moments):
    protocol = load_text(RULES).protocol
    assert protocol is not None
    given = {name: day(text) for name, text in {"screening": "2026-03-02", **moments}.items()}
    patient = Patient("p", "male", day(born), given, tuple(entries))
    decision = screen(protocol, patient, day(now))
    return decision, advise(protocol, patient, decision)


def test_a_need_that_alone_decides_more_criteria_comes_first():
    _, found = advice()
    assert [(need.unknown.fact.name, need.criteria, need.alone) for need in found.needs] == [
        ("platelets", ("I2", "E4"), ("I2",)),
        ("creatinine", ("E1", "E4"), ("E1",)),
    ]


def test_a_need_is_dropped_as_soon_as_the_other_side_decides():
    _, found = advice(lab("platelets", "200", "10*9/L"))
    assert [(need.unknown.fact.name, need.criteria) for need in found.needs] == [("creatinine", ("E1",))]


def test_a_near_miss_tells_found_and_needed_in_the_declared_unit():
    decision, found = advice(lab("creatinine", "80", "umol/L"), lab("platelets", "27", "10*9/L"))
    assert decision.decision == "ineligible"
    assert [(miss.criterion, miss.found, miss.op, miss.needed) for miss in found.nearest] == [("I2", 27, ">=", 30)]


def test_the_least_day_on_which_the_window_has_moved_on():
    # randomization is planned on 16 March; the injection of 20 February leaves [R - 28 days, R] when R is 21 March
    decision, found = advice(*FINE, Entry("injection", True, start=day("2026-02-20")))
    assert [outcome.criterion.id for outcome in decision.criteria if outcome.passes is False] == ["E2"]
    assert format_day(found.earliest.day) == "2026-03-21"
    assert found.earliest.criteria == ("E2",)
    # by then the laboratory results of 1 March are 20 days old and still count
    assert found.earliest.newly_failing == ()


def test_what_would_newly_fail_by_then_is_listed():
    entry = Entry("injection", True, start=day("2026-03-02"))
    _, found = advice(lab("creatinine", "80", "umol/L", "2026-02-10"), lab("platelets", "200", "10*9/L"), entry, born="1985-03-20")
    assert format_day(found.earliest.day) == "2026-03-31"
    assert found.earliest.newly_failing == (("I2", "unknown"), ("E1", "unknown"), ("E4", "unknown"))


def test_no_day_while_an_exposure_goes_on():
    _, found = advice(*FINE, Entry("opioid", True, start=day("2026-01-01")))
    assert found.earliest.day is None
    assert [item.fact.name for item in found.earliest.while_open] == ["opioid"]
    assert [(flip.criterion, flip.kind) for flip in found.flips] == [("E3", "end")]


@pytest.mark.parametrize(
    ("entries", "born", "wanted"),
    [
        ((Entry("injection", True, start=day("2026-02-20")),), "1990-01-01", [("E2", "time")]),
        ((), "1980-01-01", [("I1", "fixed")]),
        ((), "2008-03-03", [("I1", "time")]),
        # begun on 20 February, not yet in force on 16 February: later the four weeks before randomization are covered
        ((Entry("steroid", True, start=day("2026-02-20")),), "1990-01-01", [("I3", "time")]),
    ],
)
def test_how_a_failing_criterion_could_change(entries, born, wanted):
    _, found = advice(*FINE, *entries, born=born)
    assert [(flip.criterion, flip.kind) for flip in found.flips] == wanted


def test_someone_too_young_grows_old_enough():
    _, found = advice(*FINE, born="2008-03-10")
    assert format_day(found.earliest.day) == "2026-03-10"
