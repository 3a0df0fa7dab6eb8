"""Cases worked by hand from the common readings of the protocols: the naive evaluator and the engine both give these verdicts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trialrules.dsl import facade
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.record import Entry, Patient, Quantity

from .naive import judge

HEAD = """protocol readings version 1.0 language 1
  months round down
moments
  screening  given
  randomization  given, else planned 14 days after screening
facts
  creatinine  lab in umol/L  1 mg/dL = 88.4 umol/L  reach 3 days
  bilirubin  lab in umol/L  1 mg/dL = 17.1 umol/L  reach 3 days
  inr  lab  reach 3 days
  crp  lab in mg/L  reach 28 days
  he  grade 0 to 4  reach 1 day
  hcg  finding positive, negative  reach 7 days
  embolism  event  absent unless recorded
  transplant  event  reach 28 days
  donation  event  with volume in mL  absent unless recorded
  infection  condition  with course acute, chronic  absent unless recorded  ongoing for 3 months unless course chronic
  breastfeeding  condition  reach 28 days
  malignancy  condition  absent unless recorded
  basalioma  condition
  mtx  exposure in mg/week  absent unless recorded
  trial  exposure  with half_life in d  with of_drug yes, no else yes  absent unless recorded
  lesion  judgement
  sex  attribute male, female, other, unknown
  birth_date  attribute date
"""


def entry(text):
    """`fact value unit from A to B with name=…`: one record from a line of words."""
    words = text.split()
    fact, rest = words[0], dict(part.split("=", 1) for part in words[1:] if "=" in part)
    value, attributes = rest.get("value"), {}
    for name in ("volume", "half_life", "dose"):
        if name in rest:
            number, unit = rest[name].split("_")
            attributes[name] = Quantity(Decimal(number), unit)
    attributes |= {name: rest[name] for name in ("course", "of_drug") if name in rest}
    comparator = None
    if value is not None and value[0] in "<>":
        comparator, value = value[0], value[1:]
    known = {"yes!": True, "no!": False, None: True}
    value = known[value] if value in known else Decimal(value) if value[0].isdigit() else value
    end = rest.get("to")
    return Entry(
        fact,
        value=value,
        unit=rest.get("unit"),
        comparator=comparator,
        start=parse_partial(rest["on"]),
        end=parse_partial(end) if end and end != "unknown" else None,
        end_kind="given" if end and end != "unknown" else "unknown" if end else "ongoing",
        range_high=Decimal(rest["high"]) if "high" in rest else None,
        attributes=attributes,
        by=rest.get("by"),
        id=rest.get("id"),
    )


TRIAL = "any trial since the earlier of (3 months before screening, 5 * its half_life before screening if its of_drug is yes)"
ORGANS = ["at least 3 of", "  bilirubin >= 12 mg/dL", "  creatinine >= 2.0 mg/dL", "  inr >= 2.5", "  he is 3 to 4"]
RISE = "mean daily rise of bilirubin within 7 days before screening >= 17.1 umol/L"
EXCEPT = "malignancy except basalioma ever"
TAKEN = "mtx taken since at least 3 months before screening"
SUM = "sum of donation volume within 12 months >= 800 mL"
STABLE = "mtx dose unchanged for 4 weeks before screening"
MET, NOT, UNKNOWN, NONE = "met", "not met", "unknown", "not applicable"

# condition (lines), records, screening, wanted verdict; screening is also now
CASES = [
    # closed calendar windows, end of month clamps
    ("embolism within 3 months before screening", ["embolism on=2026-02-28"], "2026-05-31", MET),
    ("embolism within 3 months before screening", ["embolism on=2026-02-27"], "2026-05-31", NOT),
    ("embolism within 3 months before screening", ["embolism on=2026-02"], "2026-05-31", UNKNOWN),
    ("embolism within 3 months before screening", ["embolism on=2026-03"], "2026-05-31", MET),
    ("embolism within 3 months before screening", ["embolism on=2026-01"], "2026-05-31", NOT),
    ("embolism within 4 weeks before screening", ["embolism on=2026-05-03"], "2026-05-31", MET),
    ("embolism within 4 weeks before screening", ["embolism on=2026-05-02"], "2026-05-31", NOT),
    # discontinued: no record on any day of the window
    ("mtx stopped at least 4 weeks before screening", ["mtx on=2026-01-01 to=2026-05-03"], "2026-05-31", NOT),
    ("mtx stopped at least 4 weeks before screening", ["mtx on=2026-01-01 to=2026-05-02"], "2026-05-31", MET),
    ("mtx stopped at least 4 weeks before screening", ["mtx on=2026-01-01"], "2026-05-31", NOT),
    ("mtx stopped at least 4 weeks before screening", [], "2026-05-31", MET),
    ("mtx stopped at least 4 weeks before screening", ["mtx on=2026-01-01 to=unknown"], "2026-05-31", UNKNOWN),
    # 1.5 mg/dL is 132.6 umol/L exactly
    ("creatinine > 1.5 mg/dL", ["creatinine value=132.6 unit=umol/L on=2026-05-31"], "2026-05-31", NOT),
    ("creatinine > 1.5 mg/dL", ["creatinine value=132.61 unit=umol/L on=2026-05-31"], "2026-05-31", MET),
    ("creatinine >= 1.5 mg/dL", ["creatinine value=132.6 unit=umol/L on=2026-05-28"], "2026-05-31", MET),
    ("creatinine >= 1.5 mg/dL", ["creatinine value=132.6 unit=umol/L on=2026-05-27"], "2026-05-31", UNKNOWN),
    ("creatinine > 1.5 mg/dL", ["creatinine value=200 unit=g on=2026-05-31"], "2026-05-31", UNKNOWN),
    ("creatinine > 1.5 mg/dL", ["creatinine value=200 on=2026-05-31"], "2026-05-31", UNKNOWN),
    ("inr > 1.5", ["inr value=2 on=2026-05-31"], "2026-05-31", MET),
    # the newest counts although it can't be used
    ("creatinine > 1.5 mg/dL", ["creatinine value=2 unit=mg/dL on=2026-05-29", "creatinine value=200 on=2026-05-30"],
     "2026-05-31", UNKNOWN),
    # a comparator is an interval
    ("creatinine > 1.5 mg/dL", ["creatinine value=<1.5 unit=mg/dL on=2026-05-31"], "2026-05-31", NOT),
    ("creatinine > 1.0 mg/dL", ["creatinine value=<1.5 unit=mg/dL on=2026-05-31"], "2026-05-31", UNKNOWN),
    ("creatinine >= 1.5 mg/dL", ["creatinine value=>1.5 unit=mg/dL on=2026-05-31"], "2026-05-31", MET),
    # equally latest
    ("inr > 1.5", ["inr value=2 on=2026-05-31", "inr value=1.6 on=2026-05-31"], "2026-05-31", MET),
    ("inr > 1.5", ["inr value=2 on=2026-05-31", "inr value=1.5 on=2026-05-31"], "2026-05-31", UNKNOWN),
    ("inr > 1.5", ["inr value=2 on=2026-05-31T08:00", "inr value=1.5 on=2026-05-31T09:00"], "2026-05-31", NOT),
    ("inr > 1.5", ["inr value=2 on=2026-05-31T08:00", "inr value=1.5 on=2026-05-31"], "2026-05-31", UNKNOWN),
    # the result's own reference range
    ("crp >= 1.5 x ULN", ["crp value=7.5 unit=mg/L high=5 on=2026-05-31"], "2026-05-31", MET),
    ("crp >= 1.5 x ULN", ["crp value=7.4 unit=mg/L high=5 on=2026-05-31"], "2026-05-31", NOT),
    ("crp >= 1.5 x ULN", ["crp value=7.5 unit=mg/L on=2026-05-31"], "2026-05-31", UNKNOWN),
    # the longer of 3 months and 5 half-lives
    (TRIAL, ["trial half_life=10_d on=2025-01-01 to=2026-02-28"], "2026-05-31", MET),
    (TRIAL, ["trial half_life=10_d on=2025-01-01 to=2026-02-27"], "2026-05-31", NOT),
    (TRIAL, ["trial half_life=20_d on=2025-01-01 to=2026-02-20"], "2026-05-31", MET),
    (TRIAL, ["trial half_life=20_d on=2025-01-01 to=2026-02-19"], "2026-05-31", NOT),
    (TRIAL, ["trial on=2025-01-01 to=2026-02-20"], "2026-05-31", UNKNOWN),
    (TRIAL, ["trial on=2025-01-01 to=2026-03-20"], "2026-05-31", MET),
    (TRIAL, ["trial of_drug=no on=2025-01-01 to=2026-02-20"], "2026-05-31", NOT),
    (TRIAL, [], "2026-05-31", NOT),
    # an open record of an acute state is doubtful after 3 months
    ("infection on screening", ["infection course=acute on=2026-02-28"], "2026-05-31", MET),
    ("infection on screening", ["infection course=acute on=2026-02-27"], "2026-05-31", UNKNOWN),
    ("infection on screening", ["infection course=chronic on=2025-02-27"], "2026-05-31", MET),
    ("infection on screening", ["infection course=acute on=2026-05-01 to=2026-05-30"], "2026-05-31", NOT),
    # at least 3 of 4, with unknown members
    (ORGANS, ["bilirubin value=12 unit=mg/dL on=2026-05-31", "creatinine value=2 unit=mg/dL on=2026-05-31", "inr value=2.5 on=2026-05-31"],
     "2026-05-31", MET),
    (ORGANS, ["bilirubin value=205.2 unit=umol/L on=2026-05-31", "creatinine value=2 unit=mg/dL on=2026-05-31"], "2026-05-31", UNKNOWN),
    (ORGANS, ["bilirubin value=205.1 unit=umol/L on=2026-05-31", "creatinine value=1 unit=mg/dL on=2026-05-31"], "2026-05-31", NOT),
    # mean daily rise: closed window, at least a day apart, exact quotient
    (RISE, ["bilirubin value=100 unit=umol/L on=2026-05-24", "bilirubin value=219.7 unit=umol/L on=2026-05-31"], "2026-05-31", MET),
    (RISE, ["bilirubin value=100 unit=umol/L on=2026-05-24", "bilirubin value=219.6 unit=umol/L on=2026-05-31"], "2026-05-31", NOT),
    (RISE, ["bilirubin value=100 unit=umol/L on=2026-05-23", "bilirubin value=219.7 unit=umol/L on=2026-05-31"], "2026-05-31", UNKNOWN),
    # doses: chains, changes, sums
    (TAKEN, ["mtx on=2026-02-28"], "2026-05-31", MET),
    (TAKEN, ["mtx on=2026-03-01"], "2026-05-31", NOT),
    (TAKEN, ["mtx on=2026-01-01 to=2026-03-31", "mtx on=2026-04-01"], "2026-05-31", MET),
    (TAKEN, ["mtx on=2026-01-01 to=2026-03-30", "mtx on=2026-04-01"], "2026-05-31", NOT),
    (STABLE, ["mtx dose=15_mg/week on=2026-01-01 to=2026-05-03", "mtx dose=20_mg/week on=2026-05-03"], "2026-05-31", MET),
    (STABLE, ["mtx dose=15_mg/week on=2026-01-01 to=2026-05-04", "mtx dose=20_mg/week on=2026-05-04"], "2026-05-31", NOT),
    (STABLE, ["mtx dose=17.5_mg/week on=2026-01-01 to=2026-05-10", "mtx dose=2.5_mg/d on=2026-05-11"], "2026-05-31", MET),
    ("mtx dose on screening <= 25 mg/week", ["mtx dose=15_mg/week on=2026-01-01", "mtx dose=10_mg/week on=2026-02-01"], "2026-05-31", MET),
    ("mtx dose on screening < 25 mg/week", ["mtx dose=15_mg/week on=2026-01-01", "mtx dose=10_mg/week on=2026-02-01"], "2026-05-31", NOT),
    # a recorded no and how far it speaks
    ("transplant ever", [], "2026-05-31", UNKNOWN),
    ("transplant ever", ["transplant value=no! on=2026-05-03"], "2026-05-31", NOT),
    ("transplant ever", ["transplant value=no! on=2026-05-02"], "2026-05-31", UNKNOWN),
    ("transplant ever", ["transplant value=no! on=2026-05-03", "transplant on=2026-05-04"], "2026-05-31", MET),
    ("transplant ever", ["transplant value=no! on=2026-05-04", "transplant on=2026-05-03"], "2026-05-31", UNKNOWN),
    ("breastfeeding on screening", ["breastfeeding value=no! on=2026-05-31"], "2026-05-31", NOT),
    # what is left out may say so in another record of the same id; a recorded no says the contrary
    (EXCEPT, ["malignancy on=2026-01-01 id=1", "basalioma on=2026-01-01 id=1"], "2026-05-31", NOT),
    (EXCEPT, ["malignancy on=2026-01-01 id=1", "basalioma on=2026-01-01 id=2"], "2026-05-31", MET),
    (EXCEPT, ["malignancy on=2026-01-01 id=1", "basalioma value=no! on=2026-01-01 id=1"], "2026-05-31", MET),
    # judgements need a name
    ("lesion within 28 days is yes", ["lesion value=yes on=2026-05-30 by=investigator"], "2026-05-31", MET),
    ("lesion within 28 days is yes", ["lesion value=yes on=2026-05-30"], "2026-05-31", UNKNOWN),
    # sums and counts
    (SUM, ["donation volume=400_mL on=2025-05-31", "donation volume=0.4_L on=2026-01-01"],
     "2026-05-31", MET),
    (SUM, ["donation volume=400_mL on=2025-05-30", "donation volume=0.4_L on=2026-01-01"],
     "2026-05-31", NOT),
    (SUM, [], "2026-05-31", NOT),
    (SUM, ["donation on=2026-01-01"], "2026-05-31", UNKNOWN),
    # when
    (["when mtx on screening", "  inr < 2"], [], "2026-05-31", NONE),
    (["when mtx on screening", "  inr < 2"], ["mtx on=2026-01-01"], "2026-05-31", UNKNOWN),
    (["when mtx on screening", "  inr < 2"], ["mtx on=2026-01-01", "inr value=2 on=2026-05-31"], "2026-05-31", NOT),
    (["when hcg is positive", "  always"], [], "2026-05-31", UNKNOWN),
]  # fmt: skip


def load(condition, kind="inclusion"):
    lines = [condition] if isinstance(condition, str) else condition
    text = HEAD + f'{kind} {kind[0].upper()}1 "case"\n  source {kind} 1\n' + "".join(f"  {line}\n" for line in lines)
    loaded = facade.load_text(text, name="readings.rules")
    assert loaded.protocol is not None, [each.message for each in loaded.diagnostics]
    return loaded.protocol


@pytest.mark.parametrize(("condition", "records", "screening", "wanted"), CASES)
@pytest.mark.parametrize("evaluator", ["naive", "engine"])
def test_reading(evaluator, condition, records, screening, wanted):
    now = parse_partial(screening)
    patient = Patient("1", moments={"screening": now}, entries=tuple(entry(text) for text in records))
    assert verdict(evaluator, load(condition), patient, now)[0] == wanted


def verdict(evaluator, protocol, patient, now):
    found = judge(protocol, patient, now)["I1"] if evaluator == "naive" else screen(protocol, patient, now).criteria[0]
    return found.verdict, found.provisional


AGES = [
    ("1985-06-01", "2026-05-31", MET), ("1985-05-31", "2026-05-31", NOT), ("2008-05-31", "2026-05-31", MET),
    ("2008-06-01", "2026-05-31", NOT),
    ("2008-02-29", "2026-02-28", MET), ("2008-02-29", "2026-02-27", NOT), ("2008-05", "2026-05-31", MET), ("2008-06", "2026-05-31", NOT),
    ("2008-05", "2026-05-30", UNKNOWN), (None, "2026-05-31", UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("birth", "screening", "wanted"), AGES)
@pytest.mark.parametrize("evaluator", ["naive", "engine"])
def test_age_in_completed_years(evaluator, birth, screening, wanted):
    now = parse_partial(screening)
    patient = Patient("1", moments={"screening": now}, birth_date=birth and parse_partial(birth))
    assert verdict(evaluator, load("age at screening is 18 years to 40 years"), patient, now)[0] == wanted


PLANS = [
    # a hit in the observed part stands, no hit is provisional
    ("embolism within 3 months before randomization", ["embolism on=2026-05-31"], (MET, False)),
    ("embolism within 3 months before randomization", [], (NOT, True)),
    ("embolism within 3 months before screening", [], (NOT, False)),
    # what lies between now and a planned day is not observed, however long a drug has been taken
    ("mtx on randomization", ["mtx on=2026-01-01"], (NOT, True)),
    ("inr within 7 days before randomization > 2", ["inr value=3 on=2026-05-31"], (UNKNOWN, False)),
    ("inr within 28 days before randomization > 2", ["inr value=3 on=2026-05-31"], (MET, True)),
]


@pytest.mark.parametrize(("condition", "records", "wanted"), PLANS)
@pytest.mark.parametrize("evaluator", ["naive", "engine"])
def test_what_is_still_to_be_observed(evaluator, condition, records, wanted):
    now = parse_partial("2026-05-31")
    patient = Patient("1", moments={"screening": now}, entries=tuple(entry(text) for text in records))
    assert verdict(evaluator, load(condition), patient, now) == wanted


def test_the_records_after_the_first_dose_never_count():
    text = HEAD.replace("  months round down\n", "  months round down\n  eligibility until randomization\n")
    loaded = facade.load_text(text + 'inclusion I1 "case"\n  source inclusion 1\n  embolism within 3 months\n', name="readings.rules")
    moments = {"screening": parse_partial("2026-03-02"), "randomization": parse_partial("2026-03-09")}
    for day, wanted in (("2026-03-09", MET), ("2026-03-10", NOT), ("2025-12-09", MET), ("2025-12-08", NOT)):
        patient = Patient("1", moments=moments, entries=(Entry("embolism", value=True, start=parse_partial(day)),))
        for evaluator in ("naive", "engine"):
            assert verdict(evaluator, loaded.protocol, patient, parse_partial("2026-03-20"))[0] == wanted, day


@pytest.mark.parametrize("evaluator", ["naive", "engine"])
@pytest.mark.parametrize(("day", "wanted"), [("2026-05-31T12:00", MET), ("2026-05-31", UNKNOWN)])
def test_each_record_is_perhaps_in_a_window_by_itself(evaluator, day, wanted):
    """At whatever time of the day: one of the two lies within 36 hours of it. That isn't concluded from the two together."""
    records = tuple(entry(f"crp value=10 unit=mg/L on={at}") for at in ("2026-05-30", "2026-06-01"))
    patient = Patient("1", moments={"screening": parse_partial(day)}, entries=records)
    protocol = load("first crp within 36 hours of screening < 20 mg/L")
    assert verdict(evaluator, protocol, patient, parse_partial("2026-06-05"))[0] == wanted
