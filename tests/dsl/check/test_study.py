"""What the checker makes of parts, arms, schedules, escalations and outcomes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from trialrules.dsl import model, schedule_model as plan
from trialrules.dsl.facade import load_text
from trialrules.limits import MAX_AT_VISITS, MAX_PARTS, MAX_VISITS

from .corpus import said

HEAD = """\
protocol demo version 1.0 language 1
  months round down
  baseline first_infusion
moments
  screening given
  first_infusion given, else first given dose of cg_bm1, else planned 7 days after screening
  last_infusion last given dose of cg_bm1
facts
  weight vital in g reach 28 days
  bsa vital in m2 reach 28 days
  alt "ALT" lab in U/L
    title zh "丙氨酸转氨酶"
  pain vital in mm reach 28 days
  activity score 0 to 10 reach 28 days
    note "higher is better"
  sex attribute male, female
  dlt event
define ratio = pain / 2
"""
ARM = "arm low open\n  dose cg_bm1 1.0e6 cells/kg IV\n"
SCHEDULE = "schedule from first_infusion\n"


def whole(text: str, head: str) -> str:
    """The file; moments that hang on the dose are left out where no arm has it."""
    if "dose cg_bm1" not in text:
        head = head.replace(", else first given dose of cg_bm1", "").replace("  last_infusion last given dose of cg_bm1\n", "")
    return head + text


def study(text: str, head: str = HEAD) -> plan.Study:
    result = load_text(whole(text, head))
    problems = [diagnostic for diagnostic in result.diagnostics if diagnostic.code != "TR055"]
    assert said(problems, result.sources) == "\n"
    assert result.protocol is not None
    assert result.protocol.study is not None
    return result.protocol.study


def schedule(lines: str, head: str = HEAD) -> plan.Schedule:
    (found,) = study(ARM + SCHEDULE + "".join(f"  {line}\n" for line in lines.strip().split("\n")), head).schedules
    return found


def codes(text: str, head: str = HEAD) -> list[tuple[str, str]]:
    return [(diagnostic.code, diagnostic.message) for diagnostic in load_text(whole(text, head)).diagnostics if diagnostic.code != "TR055"]


def steps(date: model.Date) -> tuple[str, ...]:
    """A date in words, from the outside in."""
    if isinstance(date, model.Shifted):
        return (f"{date.length.count} {date.length.unit} {date.direction}", *steps(date.date))
    if isinstance(date, model.MomentDate):
        return (date.moment.name,)
    if isinstance(date, model.VisitDate):
        return (f"visit {date.visit}",)
    return (type(date).__name__,)


def test_a_file_without_a_plan_has_no_study():
    protocol = load_text('protocol demo version 1.0 language 1\ninclusion I1 "All"\n  always\n').protocol
    assert protocol is not None
    assert protocol.study is None


@pytest.mark.parametrize(
    ("line", "date", "timing"),
    [
        ("visit v day 28", ("28 days after", "first_infusion"), "day 28"),
        ("visit v day -14", ("14 days before", "first_infusion"), "day -14"),
        ("visit v day 0", ("0 days after", "first_infusion"), "day 0"),
        ("visit v week 4", ("4 weeks after", "first_infusion"), "week 4"),
        ("visit v month 6", ("6 months after", "first_infusion"), "month 6"),
        ("visit v year 1", ("1 years after", "first_infusion"), "year 1"),
        ("visit v day -14 to -1", ("1 days before", "first_infusion"), "day -14 to -1"),
        ("visit v day 7 to week 2", ("2 weeks after", "first_infusion"), "day 7 to week 2"),
        ("visit v 7 days after last_infusion", ("7 days after", "last_infusion"), "7 days after last_infusion"),
        ("visit v every 4 weeks from week 8 to week 52", ("8 weeks after", "first_infusion"), "every 4 weeks from week 8 to week 52"),
        ("visit v weekly from day 7, 6 times", ("7 days after", "first_infusion"), "weekly from day 7, 6 times"),
        ("visit v daily from screening until last_infusion", ("screening",), "daily from screening until last_infusion"),
    ],
)
def test_the_time_of_a_visit(line, date, timing):
    (visit,) = schedule(line).visits
    assert (steps(visit.date), visit.timing) == (date, timing)


@pytest.mark.parametrize(
    ("day", "steps_"), [("1", "0 days after"), ("2", "1 days after"), ("-1", "1 days before"), ("29", "28 days after")]
)
def test_days_numbered_from_1(day, steps_):
    head = HEAD.replace("  months round down\n", "  months round down\n  day numbering from 1\n")
    (visit,) = schedule(f"visit v day {day}", head).visits
    assert steps(visit.date) == (steps_, "first_infusion")
    (week,) = schedule("visit v week 1", head).visits
    assert steps(week.date) == ("1 weeks after", "first_infusion")


def test_a_chain_hangs_on_the_visit_before():
    visits = schedule("visit inf1 day 0 give cg_bm1\nvisit inf2 7 days after inf1 window -0 +2 days give cg_bm1").visits
    assert [steps(visit.date) for visit in visits] == [("0 days after", "first_infusion"), ("7 days after", "visit inf1")]
    window = visits[1].window
    assert window is not None
    assert (window.before, window.after) == (model.Length(Fraction(0), "days"), model.Length(Fraction(2), "days"))
    assert [visit.gives for visit in visits] == [("cg_bm1",), ("cg_bm1",)]


def test_a_dose_by_weight_is_brought_to_kilograms():
    text = "arm low open\n  dose cg_bm1 1.0e6 cells/kg IV at most 1e8 cells\n  dose other 50 mg/m2 of bsa IV\n  dose fixed 2 g IV\n"
    doses = study(text + SCHEDULE + "  visit v day 0 give cg_bm1\n").arms["low"].doses
    dose = doses["cg_bm1"]
    assert isinstance(dose.per, model.InUnit)
    assert dose.total_unit is not None
    assert (dose.amount, dose.per.factor, dose.per_name, dose.total_unit.text, dose.at_most) == (
        Fraction(10**6), Fraction(1, 1000), "weight", "cells", Fraction(10**8),
    )  # fmt: skip
    other, fixed = doses["other"], doses["fixed"]
    assert (other.per_name, other.total_unit and other.total_unit.text) == ("bsa", "mg")
    assert (fixed.per, fixed.amount, fixed.total_unit and fixed.total_unit.text) == (None, Fraction(2), "g")


def test_a_dose_may_be_a_recorded_number():
    dose = study("arm low open\n  dose cg_bm1 activity IV\n").arms["low"].doses["cg_bm1"]
    assert (dose.amount, dose.amount_text) == (None, "activity")
    assert isinstance(dose.from_number, model.Value)


def test_assessments_are_found_at_their_visits():
    found = schedule(
        "visit pre day -14 to -1\nvisit inf1 day 0 give cg_bm1\nvisit inf2 7 days after inf1 give cg_bm1\nvisit w1 week 1\n"
        "visit fu every 4 weeks from week 4 to week 12\n"
        'assess alt, ratio, ecg "ECG" at early termination, week 8, day 7, pre\nassess ecg at every visit\n'
        'early termination "End" within 7 days'
    ).assessments
    assert [(item.name, item.title, item.kind) for item in found[0].items] == [
        ("alt", "ALT", "fact"), ("ratio", "ratio", "definition"), ("ecg", "ECG", "activity"),
    ]  # fmt: skip
    assert found[0].items[0].titles == {"zh": "丙氨酸转氨酶"}
    assert found[0].visits == ("pre", "w1", "fu.2", plan.EARLY)
    assert found[1].visits == ("pre", "inf1", "inf2", "w1", "fu")


def test_a_chain_of_visits_is_found_by_its_planned_day():
    found = schedule("visit inf1 day 0 give cg_bm1\nvisit inf2 7 days after inf1 give cg_bm1\nassess alt at days 0, 7")
    assert found.assessments[0].visits == ("inf1", "inf2")


def test_visits_of_different_arms_are_both_meant():
    text = (
        "arm low open\narm high open\n" + SCHEDULE + "  visit a1 day 30 in arm low\n  visit b1 day 30 in arm high\n  assess alt at day 30\n"
    )
    assert study(text).schedules[0].assessments[0].visits == ("a1", "b1")


def test_names_are_unique_within_what_a_part_sees():
    block = SCHEDULE + "  visit d28 day 28\n"
    assert [one.part for one in study(f"part p1\n{block}part p2\n{block}").schedules] == ["p1", "p2"]
    assert codes(f"{block}part p1\n{block}") == [("TR031", "the visit `d28` is declared twice")]


def test_a_part_sees_its_own_blocks_and_those_of_the_whole_study():
    found = study("arm all_over open\npart p1\narm own open\npart p2\narm other open\n")
    assert [arm.name for arm in found.arms_of("p1")] == ["all_over", "own"]
    assert found.parts["p2"].title == "p2"


def test_what_is_for_all_arms_of_a_blinded_part_tells_nothing():
    arms = 'arm a1 blinded as "A or P"\narm p1 blinded as "A or P"\n'
    assert study(arms + SCHEDULE + "  visit v day 1 in arm a1, p1\n  visit w day 2 in arm a1 masked\n").schedules[0].visits[1].masked
    assert [code for code, _ in codes(arms + SCHEDULE + "  visit v day 1 in arm a1\n")] == ["TR092"]


def test_open_arms_of_another_part_may_differ():
    arms = 'part p1\narm o1 open\narm o2 open\npart p2\narm a1 blinded as "A or P"\narm p1 blinded as "A or P"\n'
    assert study(f"part p1\narm o1 open\narm o2 open\n{SCHEDULE}  visit v day 1 in arm o1\n" + arms[arms.index("part p2") :])
    everywhere = SCHEDULE + "  visit v day 1 in arm o1, o2\n" + arms
    assert study(everywhere).schedules[0].visits[0].arms == ("o1", "o2")


def test_an_outcome_reads_the_window_of_its_visit_where_the_fact_has_no_reach():
    found = study(SCHEDULE + "  visit w4 week 4\noutcome enzymes at week 4\n  change from baseline in alt\n").outcomes["enzymes"]
    assert isinstance(found.body, model.Aggregate)
    assert found.body.selection.window.reach
    assert (found.kind, found.unit and found.unit.text) == ("number", "U/L")
    assert [(time.timing, time.visit, time.date) for time in found.times] == [("week 4", "w4", None)]


def test_a_definition_changes_from_the_baseline():
    found = study(SCHEDULE + "  visit w4 week 4\noutcome halves at w4\n  change from baseline in ratio\n").outcomes["halves"]
    assert isinstance(found.body, model.SinceBaseline)
    assert (found.body.percent, found.times[0].timing) == (False, "week 4")


def test_margins_are_percent_or_in_the_unit_of_what_is_compared():
    lines = "  pain improved by > 20 % and > 1 cm\n  and activity improved by >= 2\n"
    body = study(SCHEDULE + f"  visit w4 week 4\noutcome better at week 4\n{lines}").outcomes["better"].body
    assert isinstance(body, model.Connective)
    pain, activity = body.operands
    assert isinstance(pain, model.Improved)
    assert isinstance(activity, model.Improved)
    assert [(margin.op, margin.value, margin.percent) for margin in pain.margins] == [(">", Fraction(20), True), (">", Fraction(10), False)]
    assert (pain.higher_is_better, activity.higher_is_better) == (False, True)


def test_the_remaining_are_improved_or_not_worse():
    lines = "  at least 1 of\n    pain : pain improved by > 20 %\n    half : ratio improved by > 20 %\n  and the remaining not worse\n"
    body = study(SCHEDULE + f"  visit w4 week 4\noutcome better at week 4\n{lines}").outcomes["better"].body
    assert isinstance(body, model.Connective)
    group, remaining = body.operands
    assert isinstance(group, model.Group)
    assert isinstance(remaining, model.Group)
    assert (group.kind, group.count, remaining.kind, remaining.count) == ("at least", 1, "all", 2)
    assert [member.title for member in remaining.members] == ["pain", "half"]
    first = remaining.members[0].condition
    assert isinstance(first, model.Connective)
    improved, not_worse = first.operands
    assert isinstance(improved, model.Improved)
    assert isinstance(not_worse, model.Not)
    assert isinstance(not_worse.operand, model.Improved)
    assert (improved.worse, not_worse.operand.worse, not_worse.operand.margins) == (False, True, ())


def test_exact_days_are_counted_from_the_anchor():
    found = study(SCHEDULE + "  visit w4 week 4\noutcome survival at days 28, 90 exact\n  not (dlt since the visit day)\n").outcomes
    assert [(time.timing, time.visit, time.date and steps(time.date)) for time in found["survival"].times] == [
        ("day 28", None, ("28 days after", "first_infusion")), ("day 90", None, ("90 days after", "first_infusion")),
    ]  # fmt: skip


def test_an_outcome_and_a_fact_may_have_one_name():
    text = SCHEDULE + "  visit w4 week 4\n  assess alt at week 4\noutcome alt at every visit\n  alt < 40 U/L\n"
    assert study(text).schedules[0].assessments[0].items[0].kind == "fact"


def test_the_lines_of_a_schedule():
    found = schedule(
        'visit w1 week 1 if sex is female\nrepeat drug "Drug" 0.2 g daily from day 0 to week 2\nwatch dlt from day 0 to day 180\n'
        "until contraception 6 months after last_infusion\nunscheduled allowed\nrescreening allowed 2 times at least 4 weeks apart\n"
        "closed days shift nearest\nno visit before the day of screening"
    )
    assert isinstance(found.visits[0].condition, model.IsWord)
    (series,), (watch,), (until,) = found.series, found.watches, found.obligations
    assert (series.amount, series.amount_text, series.timing) == (Fraction(1, 5), "0.2 g", "daily from day 0 to week 2")
    assert (watch.timing, until.timing, steps(until.date)) == (
        "day 0 to 180",
        "6 months after last_infusion",
        ("6 months after", "last_infusion"),
    )
    assert found.unscheduled_allowed
    assert found.rescreening == plan.Rescreening(2, model.Length(Fraction(4), "weeks"))
    assert (found.shift, found.not_before and steps(found.not_before)) == ("nearest", ("screening",))


def test_an_escalation():
    (found,) = study(
        'arm low open\narm high open\nescalation "3+3"\n  levels low, high\n  sentinel 1 observed 28 days\n  observe 4 weeks\n'
        '  group of 3, expand to 6\n  stop at 2 dlt\n  review by "SRC" before every step up\n'
    ).escalations
    assert (found.levels, found.sentinel, found.group, found.expand, found.stop, found.review_by, found.toxicity) == (
        ("low", "high"), 1, 3, 6, 2, "SRC", "dlt",
    )  # fmt: skip
    assert (found.observed, found.sentinel_observed) == (model.Length(Fraction(4), "weeks"), model.Length(Fraction(28), "days"))


def test_a_visit_with_the_same_day_or_inside_a_stretch_crosses_nothing():
    lines = "visit pre day -14 to -1\nvisit scan day -7 window +-1 day\nvisit inf2 day 7 window -0 +2 days\nvisit w1 week 1 window +-1 day"
    assert len(schedule(lines).visits) == 4


def test_lines_that_cannot_be_read_are_not_missed_again():
    found = codes(SCHEDULE + "  visit d28 day 28 windw +-3 days\n  assess alt at day 28, d28\n")
    assert [code for code, _ in found if code in {"TR090", "TR030"}] == []


def many(count: int) -> str:
    return SCHEDULE + "".join(f"  visit v{number} day {number}\n" for number in range(count))


def test_many_visits_are_checked():
    assert len(study(many(MAX_VISITS)).schedules[0].visits) == MAX_VISITS
    assert codes(many(MAX_VISITS + 1)) == [("TR097", f"with `v{MAX_VISITS}` a subject has more than {MAX_VISITS} visits")]


def test_products_of_visits_and_lines_are_bounded():
    lines = "".join(f'  assess e{number} "E" at every visit\n' for number in range(400))
    assert codes(many(300) + lines) == [("TR097", f"the assessments of this schedule name more than {MAX_AT_VISITS} visits in all")]
    outcomes = "".join(f"outcome o{number} at every visit\n  always\n" for number in range(400))
    assert codes(many(300) + outcomes) == [("TR097", f"the outcomes are computed at more than {MAX_AT_VISITS} visits in all")]
    parts = "".join(f"part p{number}\n" for number in range(MAX_PARTS + 1))
    assert codes(parts) == [("TR097", f"the study has {MAX_PARTS + 1} parts, and at most {MAX_PARTS} are gone through")]


def test_a_long_chain_and_a_long_circle_end():
    chain = "".join(f"  visit v{number} 1 day after v{number - 1}\n" for number in range(1, 5000))
    assert len(study(SCHEDULE + "  visit v0 day 0\n" + chain).schedules[0].visits) == 5000
    assert [code for code, _ in codes(SCHEDULE + "  visit v0 1 day after v4999\n" + chain)] == ["TR085"]
