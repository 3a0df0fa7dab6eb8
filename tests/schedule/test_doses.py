"""Doses: exact, from the latest weight on or before the day, held, given, blinded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from trialrules.engine.record import Entry
from trialrules.engine.schedule.words import ScheduleWords
from trialrules.engine.subject import Hold

from .builder import at, date, departures, done, plan, rules, shown, states, subject, weight, written

ARM = """
arm low "Low" open
  dose cells "Cells" 1.0e6 cells/kg IV at most 1e8 cells"""
KG = plan('visit v1 "One" day 0 give cells', 'visit v2 "Two" day 7 window +-1 days give cells', before=ARM)


def dose(result, key):
    (found,) = states(result)[key].doses
    return found


def low(*records, entries=(), **more):
    return subject(*records, entries=entries, arm="low", **more)


def test_a_dose_per_kilogram_is_exact_and_shows_its_weight():
    found = dose(at(KG, low(entries=(weight("71.3", "2026-03-01"),)), "2026-03-02"), "v1")
    assert (found.amount, found.unit_text) == (Fraction(71_300_000), "cells")
    assert (found.basis, found.basis_name, found.basis_unit, shown(found.basis_day)) == (Fraction("71.3"), "weight", "kg", "2026-03-01")
    assert (found.stated, found.route, found.capped, found.unknowns) == ("1.0e6 cells/kg", "IV", False, ())


def test_the_weight_is_converted_exactly():
    found = dose(at(KG, low(entries=(weight("71300", "2026-03-01", "g"),)), "2026-03-02"), "v1")
    assert found.amount == Fraction(71_300_000)


def test_each_visit_takes_the_latest_weight_on_or_before_its_day():
    weights = (weight("70", "2026-02-20"), weight("71", "2026-03-02"), weight("72", "2026-03-08"), weight("80", "2026-03-10"))
    one = low(done("v1", "2026-03-02"), done("v2", "2026-03-09"), entries=weights)
    result = at(KG, one, "2026-03-12")
    assert (dose(result, "v1").basis, dose(result, "v2").basis) == (71, 72)


def test_a_weight_after_now_does_not_count_yet():
    weights = (weight("70", "2026-02-20"), weight("72", "2026-03-08"))
    assert dose(at(KG, low(entries=weights), "2026-03-03"), "v2").basis == 70
    assert dose(at(KG, low(entries=weights), "2026-03-08"), "v2").basis == 72


def test_a_weight_of_years_ago_still_counts_and_shows_its_day():
    assert shown(dose(at(KG, low(entries=(weight("70", "2020-01-01"),)), "2026-03-02"), "v1").basis_day) == "2020-01-01"


@pytest.mark.parametrize(
    ("entries", "cause"),
    [
        ((), "no record"),
        ((weight("70", "2026-03-01", "mL"),), "unit not convertible"),
        ((weight("70", "2026-03-01", None),), "unit not convertible"),
        ((weight("70", "2026-03-01"), weight("71", "2026-03-01")), "conflicting records"),
        ((Entry("weight", None, "kg", start=date("2026-03-01")),), "record without value"),
    ],
)
def test_without_a_usable_weight_the_dose_is_unknown_with_its_need(entries, cause):
    found = dose(at(KG, low(entries=entries), "2026-03-02"), "v1")
    assert (found.amount, found.basis) == (None, None)
    assert [(one.cause, one.fact.name) for one in found.unknowns] == [(cause, "weight")]


def test_two_equal_weights_of_one_day_are_one():
    assert dose(at(KG, low(entries=(weight("70", "2026-03-01"), weight("70.0", "2026-03-01"))), "2026-03-02"), "v1").basis == 70


def test_the_stated_maximum_caps_the_dose():
    found = dose(at(KG, low(entries=(weight("120", "2026-03-01"),)), "2026-03-02"), "v1")
    assert (found.amount, found.capped) == (Fraction(100_000_000), True)


def test_without_an_arm_the_need_is_the_arm():
    made = plan('visit v1 "One" day 0 give cells', before=ARM + '\narm high "High" open\n  dose cells "Cells" 2.0e6 cells/kg IV')
    found = dose(at(made, subject(), "2026-03-02"), "v1")
    assert [(one.cause, one.detail) for one in found.unknowns] == [("no record", "arm")]


def test_an_amount_may_be_a_recorded_number():
    made = written("""
moments
  first_infusion given
facts
  weight "Body weight" vital in kg
  recommended_dose "Recommended dose" lab in cells
reach
  recommended_dose 28 days
arm active "Active" open
  dose cells "Cells" recommended_dose IV
schedule "S" from first_infusion
  visit v1 "One" day 0 give cells
""")
    assert [one.fact.name for one in dose(at(made, subject(arm="active"), "2026-03-02"), "v1").unknowns] == ["recommended_dose"]
    entry = Entry("recommended_dose", weight("2e6", "2026-01-01").value, "cells", start=date("2026-01-01"))
    assert dose(at(made, subject(arm="active", entries=(entry,)), "2026-03-02"), "v1").amount == 2_000_000


def test_a_recorded_amount_is_told_by_what_the_record_is_called():
    made = written("""
moments
  first_infusion given
facts
  weight "Body weight" vital in kg
    title zh "体重"
  recommended_dose "Recommended dose" lab in cells/kg
    title zh "推荐剂量"
reach
  recommended_dose 28 days
  weight 28 days
arm active "Active" open
  dose cells "Cells" recommended_dose IV
schedule "S" from first_infusion
  visit v1 "One" day 0 give cells
""")
    entry = Entry("recommended_dose", weight("2e6", "2026-03-01").value, "cells/kg", start=date("2026-03-01"))
    result = at(made, subject(arm="active", entries=(entry, weight("70", "2026-03-01"))), "2026-03-02")
    said = [ScheduleWords(lang, made, result).dose(dose(result, "v1")) for lang in ("en", "zh")]
    assert said == [
        "Cells 140,000,000 cells, IV (Recommended dose × 70 kg, Body weight of 2026-03-01), given",
        "Cells 140,000,000 cells，静脉输注（推荐剂量 × 70 kg，体重，2026-03-01），已给药",
    ]


# ---------------------------------------------------------------- given and held


def test_what_was_given_is_told_and_a_difference_is_a_departure():
    one = low(done("v1", "2026-03-02", ("cells", "6.0e7 cells")), entries=(weight("71.3", "2026-03-01"),))
    result = at(KG, one, "2026-03-02")
    assert dose(result, "v1").given == "6.0E+7 cells"
    assert departures(result) == [("dose", "v1", None, "cells: 6.0E+7 cells, planned 71300000 cells")]


@pytest.mark.parametrize("given", ["7.1e7 cells", "71300000 cells", "7.13e7 cells"])
def test_an_amount_is_compared_as_precisely_as_it_was_written(given):
    one = low(done("v1", "2026-03-02", ("cells", given)), entries=(weight("71.3", "2026-03-01"),))
    assert departures(at(KG, one, "2026-03-02")) == []


def test_nothing_given_is_a_departure_unless_it_was_held():
    nothing = done("v1", "2026-03-02", nothing=True)
    assert departures(at(KG, low(nothing), "2026-03-02")) == [("dose", "v1", None, "cells: not given")]
    hold = Hold("cells", date("2026-03-01"), None, "fever")
    held = at(KG, low(nothing, holds=(hold,)), "2026-03-02")
    assert (departures(held), dose(held, "v1").held, dose(held, "v2").held) == ([], "fever", "fever")
    given = at(KG, low(done("v1", "2026-03-02", ("cells", "1e6 cells")), holds=(hold,)), "2026-03-02")
    assert departures(given) == [("dose", "v1", None, "cells: given while held")]


def test_a_dose_that_was_not_planned_is_a_departure():
    one = low(done("v1", "2026-03-02", ("cells", "7.1e7 cells"), ("other", "1 mg")), entries=(weight("71.3", "2026-03-01"),))
    assert departures(at(KG, one, "2026-03-02")) == [("dose", "v1", None, "other: not planned")]


def test_an_infusion_that_was_not_given_is_no_first_or_last_dose():
    made = rules("study_aclf2")
    one = subject(done("inf1", "2026-03-02"), done("inf2", "2026-03-09", nothing=True), arm="low")
    later = subject(*one.visits, done("inf3", "2026-03-16"), done("inf4", "2026-03-23", nothing=True), arm="low")
    ends = {period.key: shown(period.end) for period in at(made, later, "2026-03-23").periods}
    assert ends["contraception"] == "2026-09-16"


# ---------------------------------------------------------------- blinded arms


def test_days_do_not_tell_the_arm_of_a_blinded_subject():
    made = rules("study_aclf2")
    seen = []
    for arm in ("low", "medium", "placebo", None):
        one = subject(done("inf1", "2026-03-02"), arm=arm, entries=(weight("70", "2026-03-01"),))
        result = at(made, one, "2026-03-05")
        seen.append(
            [(state.key, state.day, state.status, state.window, [dose.blinded_as for dose in state.doses]) for state in result.visits]
        )
    assert all(one == seen[0] for one in seen)
    assert dose(at(made, subject(arm="low"), "2026-03-01"), "inf1").blinded_as == "CG-BM1 or placebo"


def test_a_wrong_amount_in_a_blinded_arm_is_no_public_departure():
    made = rules("study_aclf2")
    for arm in ("low", "placebo"):
        one = subject(done("inf1", "2026-03-02", ("cg_bm1", "1 cells")), arm=arm, entries=(weight("70", "2026-03-01"),))
        assert "dose" not in {one.kind for one in at(made, one, "2026-03-02").deviations}
