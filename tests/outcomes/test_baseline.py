"""The baseline: the last value before the first dose, of each component, and what is computed from them."""

from __future__ import annotations

from fractions import Fraction

from trialrules.engine.dates import format_partial
from trialrules.engine.record import Patient
from trialrules.engine.subject import Subject

from .builder import DOSE_DAY, WEEK_4, checked, day, done, fact, number, protocol, report, results, subject, visits_of

AT_WEEK_4 = fact("crp", 9, WEEK_4, "mg/L")


def crp(*entries, **more):
    return results("spondylitis", [*entries, AT_WEEK_4], **more)["crp_level", "w4"]


def test_the_last_value_before_the_first_dose_counts():
    found = crp(fact("crp", 30, "2026-02-20", "mg/L"), fact("crp", 12, "2026-03-01", "mg/L"), fact("crp", 6, "2026-03-03", "mg/L"))
    assert found.baseline.amounts == (12,)
    assert found.change.amounts == (-3,)
    assert found.percent.amounts == (-25,)


def test_a_value_long_before_the_first_dose_is_better_than_none():
    assert crp(fact("crp", 12, "2025-06-01", "mg/L")).baseline.amounts == (12,)


def test_a_value_of_the_day_without_times_counts_as_before_and_is_shown():
    found = crp(fact("crp", 12, "2026-03-01", "mg/L"), fact("crp", 6, DOSE_DAY, "mg/L"))
    assert found.baseline.amounts == (6,)
    assert [note.code for note in found.baseline.notes] == ["baseline day"]


def test_with_times_on_the_day_only_what_came_before_counts():
    visits = (done("inf1", "2026-03-02T10:00"), done("w4", WEEK_4))
    before, after = fact("crp", 12, "2026-03-02T08:00", "mg/L"), fact("crp", 6, "2026-03-02T14:00", "mg/L")
    found = crp(before, after, visits=visits)
    assert found.baseline.amounts == (12,)
    assert found.baseline.notes == ()
    assert crp(after, visits=visits).baseline.known is False
    assert crp(fact("crp", 7, "2026-03-02T10:00", "mg/L"), visits=visits).baseline.amounts == (7,)


def test_a_value_with_a_time_counts_as_before_a_dose_without_one():
    assert crp(fact("crp", 6, "2026-03-02T14:00", "mg/L")).baseline.amounts == (6,)


def test_a_value_without_a_time_counts_as_before_a_dose_with_one():
    found = crp(fact("crp", 6, DOSE_DAY, "mg/L"), visits=(done("inf1", "2026-03-02T10:00"), done("w4", WEEK_4)))
    assert found.baseline.amounts == (6,)
    assert [note.code for note in found.baseline.notes] == ["baseline day"]


def test_times_are_compared_across_their_offsets():
    visits = (done("inf1", "2026-03-02T10:00+08:00"), done("w4", WEEK_4))
    assert crp(fact("crp", 6, "2026-03-02T03:00Z", "mg/L"), visits=visits).baseline.known is False
    assert crp(fact("crp", 6, "2026-03-02T01:00Z", "mg/L"), visits=visits).baseline.amounts == (6,)


def test_the_given_day_of_the_first_infusion_takes_its_time_from_the_dose_of_that_day():
    visits = (done("inf1", "2026-03-02T10:00"), done("w4", WEEK_4))
    after = fact("crp", 6, "2026-03-02T14:00", "mg/L")
    found = crp(fact("crp", 12, "2026-03-01", "mg/L"), after, visits=visits, moments={"first_infusion": DOSE_DAY})
    assert found.baseline.amounts == (12,)


def test_change_from_baseline_of_a_fact_agrees_with_the_reported_change():
    for entries, visits in (
        ([fact("crp", 12, "2026-03-01", "mg/L"), fact("crp", 6, DOSE_DAY, "mg/L")], (done("inf1", DOSE_DAY), done("w4", WEEK_4))),
        (
            [fact("crp", 12, "2026-03-02T08:00", "mg/L"), fact("crp", 6, "2026-03-02T14:00", "mg/L")],
            (done("inf1", "2026-03-02T10:00"), done("w4", WEEK_4)),
        ),
    ):
        found = results("spondylitis", [*entries, AT_WEEK_4], visits=visits)
        assert number(found["crp_change", "w4"]) == found["crp_level", "w4"].change.amounts[0]


def test_a_number_that_is_a_change_itself_has_no_baseline():
    found = results("spondylitis", [fact("crp", 12, "2026-03-01", "mg/L"), AT_WEEK_4])["crp_change", "w4"]
    assert (number(found), found.baseline, found.change) == (-3, None, None)


def test_a_definition_is_computed_from_the_last_values_of_its_items():
    items = [fact(f"basfi_{item}", 6, "2026-03-01") for item in range(1, 11)] + [fact(f"basfi_{item}", 4, WEEK_4) for item in range(1, 11)]
    found = results("spondylitis", [*items, fact("basfi_3", 5, DOSE_DAY)])["basfi_score", "w4"]
    assert found.baseline.amounts == (Fraction(59, 10),)
    assert found.change.amounts == (4 - Fraction(59, 10),)


def test_items_of_the_baseline_that_lie_too_far_apart_are_no_baseline():
    items = [fact(f"basfi_{item}", 6, "2026-03-01") for item in range(1, 10)] + [fact("basfi_10", 6, "2026-02-20")]
    items += [fact(f"basfi_{item}", 4, WEEK_4) for item in range(1, 11)]
    found = results("spondylitis", items)["basfi_score", "w4"]
    assert number(found) == 4
    assert found.baseline.known is False
    assert [unknown.detail for unknown in found.baseline.unknowns] == ["components more than 2 days apart"]


def test_without_a_record_before_the_first_dose_the_baseline_is_unknown_and_the_value_is_not():
    found = crp()
    assert number(found) == 9
    assert (found.baseline.known, found.change.known, found.percent) == (False, False, None)
    assert found.baseline.unknowns[0].cause == "no record"


def test_from_a_baseline_of_zero_there_is_a_change_but_no_percentage():
    joints = [fact("swollen_joints_44", 0, "2026-03-01"), fact("swollen_joints_44", 3, WEEK_4)]
    found = results("spondylitis", joints)["joints", "w4"]
    assert (found.baseline.amounts, found.change.amounts, found.percent) == ((0,), (3,), None)


def test_a_visit_before_the_first_dose_has_no_change():
    found = results("spondylitis", [fact("crp", 12, "2026-02-25", "mg/L")], visits=(done("base", "2026-02-25"), done("inf1", DOSE_DAY)))
    at_base = found["crp_level", "base"]
    assert (number(at_base), at_base.baseline, at_base.change) == (12, None, None)


def test_the_baseline_is_the_first_dose_that_was_given_not_the_first_visit():
    visits = (done("inf1", DOSE_DAY, doses=()), done("inf2", "2026-03-09"), done("w4", WEEK_4))
    rules = protocol("spondylitis")
    someone = subject([fact("crp", 12, "2026-03-05", "mg/L"), AT_WEEK_4], visits)
    found = report(rules, someone)
    assert format_partial(found.baseline.date) == "2026-03-09"


def test_a_baseline_that_is_only_planned_leaves_the_outcome_not_due():
    rules = protocol("spondylitis")
    someone = subject([fact("crp", 12, "2026-03-01", "mg/L")], (), moments={"screening": "2026-02-20"})
    found = {state.outcome.name: state for state in report(rules, someone, "2026-03-02").outcomes if state.key == "w4"}
    assert report(rules, someone, "2026-03-02").baseline.status == "planned"
    assert found["crp_level"].status == "not due yet"


def test_without_any_anchor_the_outcome_is_unknown_and_says_what_is_needed():
    rules = protocol("spondylitis")
    someone = Subject(Patient("p1", "male", day("1990-01-01"), {}, ()), "S-0001", arm="low")
    state = next(one for one in report(rules, someone).outcomes if one.key == "w4")
    assert state.status == "unknown"
    assert [unknown.cause for unknown in state.unknowns] == ["moment not set"]


def test_a_coarse_first_infusion_is_no_baseline():
    rules = protocol("spondylitis")
    someone = subject([AT_WEEK_4], visits_of(rules, done("w4", WEEK_4)), moments={"first_infusion": "2026-03"})
    state = next(one for one in report(rules, someone).outcomes if one.outcome.name == "crp_level" and one.key == "w4")
    assert number(state) == 9
    assert [unknown.cause for unknown in state.baseline.unknowns] == ["date too coarse"]


def test_a_value_of_which_nobody_knows_whether_it_came_before_makes_the_baseline_unknown():
    found = crp(fact("crp", 12, "2026-03", "mg/L"))
    assert found.baseline.known is False
    assert found.baseline.unknowns[0].cause == "date too coarse"


def test_conditions_inside_a_baseline_may_be_known_later():
    text = (
        protocol_text()
        + """
outcome points "Kidney points" at day 28
  clif_kidney
"""
    )
    rules = checked(text)
    entries = [
        fact("creatinine", 1, "2026-03-01", "mg/dL"),
        fact("creatinine", 3, WEEK_4, "mg/dL"),
        fact("renal_replacement", False, DOSE_DAY),
        fact("renal_replacement", False, WEEK_4),
    ]
    found = report(rules, subject(entries, visits_of(rules, done("inf1", DOSE_DAY), done("d28", WEEK_4)))).outcomes[0]
    assert (number(found), found.baseline.amounts, found.change.amounts) == (2, (1,), (1,))


def protocol_text():
    return """protocol liver version 1.0 language 1
  title    "Kidney points"
  months   round down
  use      "lib/common.rules"
  use      "lib/hepatology.rules"
  baseline first_infusion

moments
  first_infusion  "First infusion"  first given dose of cg_bm1

arm low "Low dose" open
  dose cg_bm1 "CG-BM1" 1.0e6 cells/kg IV

schedule "Treatment" from first_infusion
  visit inf1  "Infusion 1"  day 0  give cg_bm1
  visit d28   "Day 28"      day 28 window +-3 days
"""
