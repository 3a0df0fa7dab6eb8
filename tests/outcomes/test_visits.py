"""At a visit: which records are read, from the permitted window and the actual day, up to now; and what there is to say without a value."""

from __future__ import annotations

from trialrules.engine.dates import format_day
from trialrules.engine.subject import End, Screening, VisitRecord

from .builder import DOSE_DAY, WEEK_4, day, done, fact, number, protocol, report, results, subject

BASE = fact("crp", 12, "2026-03-01", "mg/L")
FIRST = done("inf1", DOSE_DAY)


def crp(*records, **more):
    return results("spondylitis", [BASE, *[fact("crp", value, date, "mg/L") for value, date in records]], **more)["crp_level", "w4"]


def test_the_window_of_the_visit_is_read_to_its_last_days():
    for date in ("2026-03-27", "2026-03-28", WEEK_4, "2026-04-02"):
        assert number(crp((9, date))) == 9
    for date in ("2026-03-26", "2026-04-03"):
        assert crp((9, date)).status == "unknown"


def test_a_value_whose_fact_has_no_reach_is_not_carried_forward_from_the_baseline():
    visits = (FIRST, done("w4", WEEK_4))
    for record, wanted in (("2026-03-26", "unknown"), (WEEK_4, "known")):
        entries = [fact("swollen_joints_44", 6, "2026-03-01"), fact("swollen_joints_44", 4, record)]
        found = results("spondylitis", entries, visits=visits)["joints", "w4"]
        assert (found.status, found.baseline.amounts) == (wanted, (6,))


def test_of_two_records_in_the_window_the_latest_counts():
    assert number(crp((9, "2026-03-28"), (7, "2026-04-01"))) == 7


def test_two_records_of_one_day_that_differ_are_unknown():
    found = crp((9, WEEK_4), (7, WEEK_4))
    assert found.status == "unknown"
    assert found.unknowns[0].cause == "conflicting records"
    assert number(crp((9, WEEK_4), (9, WEEK_4))) == 9


def test_a_visit_outside_its_window_reads_from_the_window_to_its_own_day():
    late = crp((9, "2026-04-08"), visits=(FIRST, done("w4", "2026-04-08")))
    assert number(late) == 9
    assert [format_day(one) for one in late.reads] == ["2026-03-27", "2026-04-08"]
    early = crp((8, "2026-03-20"), visits=(FIRST, done("w4", "2026-03-20")))
    assert number(early) == 8
    assert [format_day(one) for one in early.reads] == ["2026-03-20", "2026-04-02"]


def test_a_record_entered_late_counts_by_its_own_day():
    assert crp(now="2026-03-31").status == "unknown"
    assert number(crp((9, WEEK_4), now="2026-06-30")) == 9


def test_a_record_after_now_does_not_count():
    found = crp((9, WEEK_4), (7, "2026-04-01"), now="2026-03-31")
    assert number(found) == 9


def test_while_the_window_is_open_the_result_is_provisional():
    found = crp((9, WEEK_4), now="2026-03-31")
    assert (found.provisional, format_day(found.recheck)) == (True, "2026-04-02")
    assert crp((9, WEEK_4), now="2026-04-02").provisional is False


def test_a_visit_still_to_come_is_not_due_yet():
    found = crp((9, "2026-03-28"), visits=(FIRST,), now="2026-03-29")
    assert (found.status, format_day(found.day)) == ("not due yet", WEEK_4)


def test_a_planned_day_that_has_come_is_evaluated_without_a_visit_record():
    assert number(crp((9, WEEK_4), visits=(FIRST,), now=WEEK_4)) == 9


def test_a_booked_visit_is_due_on_its_appointment():
    booked = VisitRecord("w4", "booked", day("2026-04-01T09:00"))
    assert crp(visits=(FIRST, booked), now="2026-03-31").status == "not due yet"
    assert number(crp((9, "2026-04-01"), visits=(FIRST, booked), now="2026-04-01")) == 9


def test_a_missed_visit_may_have_values_from_elsewhere():
    missed = VisitRecord("w4", "missed", None, reason="snow")
    assert crp(visits=(FIRST, missed)).status == "unknown"
    assert number(crp((9, "2026-04-01"), visits=(FIRST, missed))) == 9


def test_a_visit_known_only_by_its_month_is_too_coarse():
    found = crp((9, WEEK_4), visits=(FIRST, done("w4", "2026-03")))
    assert (found.status, found.unknowns[0].cause) == ("unknown", "date too coarse")


def test_after_the_end_visits_are_cancelled_and_the_early_visit_is_computed():
    end = End("withdrawn", day("2026-03-20"))
    found = results("spondylitis", [BASE, fact("swollen_joints_44", 3, "2026-03-22")], visits=(FIRST,), end=end)
    assert found["crp_level", "w4"].status == "cancelled"
    assert number(found["joints", "early_termination"]) == 3


def test_without_an_end_the_early_visit_does_not_apply():
    assert results("spondylitis", [BASE])["joints", "early_termination"].status == "not applicable"


def test_a_visit_that_does_not_apply_has_no_outcome():
    assert results("spondylitis", [BASE])["crp_level", "w8"].status == "not applicable"
    assert results("spondylitis", [BASE], sex="female")["crp_level", "w8"].status == "unknown"


def test_a_visit_of_which_nobody_knows_whether_it_applies_is_unknown():
    found = results("spondylitis", [BASE], sex=None)["crp_level", "w8"]
    assert (found.status, [unknown.fact.name for unknown in found.unknowns]) == ("unknown", ["sex"])


def test_each_visit_of_a_repeat_has_its_own_outcome():
    joints = [fact("swollen_joints_44", value, date) for value, date in ((5, "2026-05-25"), (4, "2026-06-22"), (3, "2026-07-20"))]
    found = results("spondylitis", joints, now="2026-08-30")
    assert [number(found["joints", f"fu.{n}"]) for n in (1, 2, 3)] == [5, 4, 3]


def test_a_visit_done_as_part_of_another_takes_its_day():
    # Week 1 falls on the day of infusion 2, which was two days late: one visit, both purposes.
    found = results("spondylitis", [fact("crp", 8, "2026-03-09", "mg/L")], visits=(FIRST, done("inf2", "2026-03-09")), now="2026-03-20")
    assert number(found["crp_level", "w1"]) == 8


def test_items_of_a_score_on_different_days_of_the_window_must_lie_close_together():
    items = [fact(f"basfi_{item}", 4, WEEK_4) for item in range(1, 10)]
    assert number(results("spondylitis", [*items, fact("basfi_10", 4, "2026-04-01")])["basfi_score", "w4"]) == 4
    found = results("spondylitis", [*items, fact("basfi_10", 4, "2026-04-02")])["basfi_score", "w4"]
    assert (found.status, found.unknowns[0].cause) == ("unknown", "too old")


def test_a_fact_without_a_reach_can_be_an_outcome():
    assert number(results("spondylitis", [fact("cd4_t_cells", "41.5", WEEK_4, "%")])["cells", "w4"]) * 2 == 83


def test_a_value_that_is_only_a_bound_stays_a_bound():
    entries = [BASE, fact("crp", 5, WEEK_4, "mg/L", comparator="<")]
    found = results("spondylitis", entries)["crp_level", "w4"]
    assert found.status == "known"
    assert (found.value.amounts[0].low, found.value.amounts[0].high, found.value.amounts[0].high_open) == (None, 5, True)
    assert (found.change.amounts[0].high, found.change.amounts[0].high_open) == (-7, True)


def test_a_unit_that_cannot_be_converted_is_said():
    found = results("spondylitis", [BASE, fact("crp", 9, WEEK_4, "mmol/L")])["crp_level", "w4"]
    assert (found.status, found.unknowns[0].cause) == ("unknown", "unit not convertible")


def test_a_word_outcome_is_a_truth():
    assert results("liver", [fact("hla_antibody", "positive", WEEK_4)])["antibody", "d28"].truth is True
    assert results("liver", [fact("hla_antibody", "negative", WEEK_4)])["antibody", "d28"].truth is False
    assert results("liver")["antibody", "d28"].truth is None


def test_after_a_second_screening_only_the_new_visits_count():
    rules = protocol("spondylitis")
    screenings = (Screening(day("2026-01-05"), failed=True), Screening(day("2026-02-16")))
    someone = subject([], (), screenings=screenings)
    keys = [state.key for state in report(rules, someone, "2026-02-20").outcomes if state.outcome.name == "basfi_score"]
    assert len(keys) == len(set(keys)) == 3


def test_a_missing_score_is_needed_once_for_all_its_outcomes():
    found = report(protocol("spondylitis"), subject([], (FIRST, done("w4", WEEK_4))))
    needs = [one.outcomes for one in found.needs if one.unknown.fact is not None and one.unknown.fact.name == "patient_global"]
    assert (("asas20", "w4"), ("asas20_standard", "w4")) in needs


def test_the_same_input_gives_the_same_report_whatever_the_order_of_records():
    entries = [BASE, fact("crp", 9, "2026-03-28", "mg/L"), fact("crp", 7, "2026-04-01", "mg/L")]
    one = results("spondylitis", entries)["crp_level", "w4"]
    other = results("spondylitis", entries[::-1])["crp_level", "w4"]
    assert one.value.amounts == other.value.amounts == (7,)
