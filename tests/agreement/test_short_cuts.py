"""Short cuts on few days and few values, so that ties, empty windows and values that can't be used come up often."""

import os
from decimal import Decimal

from hypothesis import given, seed, settings, strategies as st
from trialrules.engine.context import open_context
from trialrules.engine.dates import PartialDate, parse_partial
from trialrules.engine.decide import decide, evaluate
from trialrules.engine.evaluate import build_record, plan_for
from trialrules.engine.record import Entry, Patient

from .test_agreement import QUIET, load
from .test_paths import shapes

EXAMPLES = int(os.environ.get("TRIALRULES_AGREEMENT_EXAMPLES", "500"))
DAY = parse_partial("2026-03-10")
RULES = """protocol short version 1.0 language 1
  months round down
moments
  screening  given
facts
  bilirubin  lab in umol/L  1 mg/dL = 17.1 umol/L  reach 3 days
  drug  lab in mg
  he  grade 0 to 4  reach 4 days
  hcg  finding positive, negative  reach 4 days
define usual = latest drug before 3 days before screening
inclusion R1 "Rise"
  mean daily rise of bilirubin within 5 days before screening >= 17.1 umol/L
inclusion R2 "Rise, unit, empty window"
  mean daily rise of bilirubin from 9 days before screening to 6 days before screening > 0 umol/L
inclusion N1 "Latest"
  bilirubin in mg/dL > 1 and ln(bilirubin in mg/dL) / 3 < 2
inclusion N2 "Extremes"
  highest bilirubin within 4 days before screening > lowest bilirubin within 6 days before screening
inclusion N3 "First known"
  usual = first known of (lowest drug after 3 days before screening, usual)
inclusion N4 "First known of three"
  first known of (latest he within 1 day before screening, highest he within 3 days before screening, he) >= 2
inclusion W1 "Words"
  hcg is negative and any hcg within 2 days before screening is negative
exclusion W2 "Any"
  any hcg within 1 day before screening is positive or hcg within 3 days before screening is recorded
"""
UNITS = st.sampled_from(["umol/L", "umol/L", "mg/dL", "furlong", None])
ENTRIES = st.one_of(
    st.tuples(
        st.just("bilirubin"), st.sampled_from([10, 17, "34.2", 171]), st.sampled_from(["umol/L", "umol/L", "mg/dL", "furlong", None])
    ),
    st.tuples(st.just("drug"), st.sampled_from([5, 10]), st.just("mg")),
    st.tuples(st.just("he"), st.sampled_from([0, 1, 2, 7]), st.none()),
    st.tuples(st.just("hcg"), st.sampled_from(["positive", "negative", None]), st.none()),
)


def entry_of(drawn):
    (fact, value, unit), back, bound = drawn
    day = DAY.first - back
    number = fact != "hcg" and value is not None
    return Entry(
        fact,
        Decimal(value) if number else value,
        unit,
        comparator="<" if number and bound == 0 else None,
        start=PartialDate(day - (bound == 1), day),
    )


@seed(7)
@settings(max_examples=EXAMPLES, **QUIET)
@given(st.lists(st.tuples(ENTRIES, st.integers(0, 10), st.integers(0, 12)).map(entry_of), max_size=14))
def test_short_cuts_give_the_very_outcome_where_days_and_values_meet(entries):
    protocol = load(RULES)
    record = build_record(protocol, Patient("p", None, None, {"screening": DAY}, tuple(entries)), DAY)
    full = open_context(plan_for(protocol, short_cuts=False), record)
    for outcome, criterion in zip(evaluate(record).criteria, protocol.criteria, strict=True):
        assert shapes(outcome) == shapes(decide(full, criterion))
