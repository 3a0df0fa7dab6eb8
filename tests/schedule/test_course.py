"""Planned and actual: what an actual day moves, how visits stand on a day, how the study ends."""

from __future__ import annotations

import pytest
from trialrules.engine.outcome import Unknown
from trialrules.engine.subject import End, Hold, UnscheduledVisit, VisitRecord

from .builder import at, booked, date, day, days, departures, done, moved, plan, rules, shown, states, statuses, subject, targets, written

CHAIN = plan(
    'visit v1 "One" day 0',
    'visit v2 "Two" 7 days after v1 window -0 +2 days',
    'visit v3 "Three" 7 days after v2 window -0 +2 days',
    'visit v4 "Four" day 28 window +-3 days',
)
EARLY = plan(
    'visit v1 "One" day 0',
    'visit v2 "Two" day 14 window +-1 days',
    'visit v3 "Three" day 28 window +-3 days',
    'repeat drug "Drug" 1 g by mouth daily from day 0 to day 28',
    'watch ae "Adverse events" from day 0 to day 60',
    'until alcohol "No alcohol" 90 days after first_infusion',
    "assess weight at early termination",
    'early termination "Last visit" within 7 days',
)


# ---------------------------------------------------------------- what moves


def test_a_late_visit_moves_what_is_chained_to_it_and_nothing_else():
    result = at(CHAIN, subject(done("v1", "2026-03-02"), done("v2", "2026-03-11")), "2026-03-11")
    assert targets(result) == {"v1": "2026-03-02", "v2": "2026-03-09", "v3": "2026-03-18", "v4": "2026-03-30"}
    assert states(result)["v2"].deviation_days == 0


def test_a_booked_visit_moves_what_is_chained_to_it():
    result = at(CHAIN, subject(booked("v2", "2026-03-10T09:00+08:00")), "2026-03-03")
    assert targets(result)["v3"] == "2026-03-17"
    assert days(result)["v2"] == "2026-03-10"


def test_a_moved_visit_moves_what_is_chained_to_it():
    result = at(CHAIN, subject(moved("v2", "2026-03-12")), "2026-03-03")
    assert (targets(result)["v3"], states(result)["v2"].deviation_days) == ("2026-03-19", 1)


@pytest.mark.parametrize("status", ["missed", "skipped"])
def test_a_visit_that_did_not_take_place_counts_with_its_planned_day(status):
    result = at(CHAIN, subject(done("v1", "2026-03-02"), VisitRecord("v2", status)), "2026-03-12")
    assert (targets(result)["v3"], statuses(result)["v2"]) == ("2026-03-16", status)


def test_a_visit_that_does_not_apply_still_has_its_day_for_what_is_chained_to_it():
    made = plan('visit v1 "One" day 7 if sex is female', 'visit v2 "Two" 7 days after v1')
    result = at(made, subject(sex="male"), "2026-03-02")
    assert (statuses(result)["v1"], targets(result)["v2"]) == ("not applicable", "2026-03-16")


def test_an_actual_day_does_not_move_its_own_target_or_window():
    result = at(CHAIN, subject(done("v4", "2026-04-04")), "2026-04-04")
    assert (targets(result)["v4"], states(result)["v4"].deviation_days) == ("2026-03-30", 2)


def test_what_was_done_on_a_coarse_day_leaves_the_next_unknown():
    result = at(CHAIN, subject(done("v2", "2026-03")), "2026-04-01")
    assert statuses(result)["v2"] == "done"
    assert (statuses(result)["v3"], states(result)["v3"].unknowns) == ("unknown", (Unknown("date too coarse", detail="v2"),))


# ---------------------------------------------------------------- anchors


def test_an_anchor_that_is_not_set_makes_visits_unknown_with_their_need():
    result = at(CHAIN, subject(moments={}), "2026-03-02")
    assert set(statuses(result).values()) == {"unknown"}
    assert {state.unknowns for state in result.visits} == {(Unknown("moment not set", detail="first_infusion"),)}
    assert result.anchors == {"first_infusion": None}


def test_an_anchor_known_only_to_the_month_makes_visits_unknown():
    result = at(CHAIN, subject(moments={"first_infusion": "2026-03"}), "2026-04-02")
    assert {state.unknowns for state in result.visits} == {(Unknown("date too coarse", detail="first_infusion"),)}


def test_a_visit_done_although_its_anchor_is_not_set_is_done():
    result = at(CHAIN, subject(done("v4", "2026-03-30"), moments={}), "2026-04-02")
    assert statuses(result)["v4"] == "done"


def test_a_planned_anchor_makes_visits_provisional():
    made = rules("study_aclf2")
    result = at(made, subject(moments={"screening": "2026-02-23"}), "2026-02-24")
    assert targets(result)["d28"] == "2026-03-30"
    assert all(state.provisional for state in result.visits)
    assert result.anchors_given == frozenset()
    given = at(made, subject(moments={"screening": "2026-02-23", "first_infusion": "2026-03-03"}), "2026-03-03")
    assert not any(state.provisional for state in given.visits)
    assert given.anchors_given == {"first_infusion"}


def test_the_given_anchor_stands_against_a_first_visit_of_another_day():
    result = at(CHAIN, subject(done("v1", "2026-03-04")), "2026-03-05")
    assert targets(result) == {"v1": "2026-03-02", "v2": "2026-03-11", "v3": "2026-03-18", "v4": "2026-03-30"}
    assert ("anchor conflict", "v1", 2, "first_infusion") in departures(result)


def test_several_schedules_have_anchors_of_their_own():
    made = written("""
moments
  first_infusion given
  surgery given
schedule "Infusion" from first_infusion
  visit v1 "One" day 7
schedule "Surgery" from surgery
  visit s1 "Wound" day 2
""")
    result = at(made, subject(moments={"first_infusion": "2026-03-02", "surgery": "2026-05-01"}), "2026-03-02")
    assert targets(result) == {"v1": "2026-03-09", "s1": "2026-05-03"}
    without = at(made, subject(), "2026-03-02")
    assert (targets(without), statuses(without)["s1"]) == ({"v1": "2026-03-09", "s1": None}, "unknown")


# ---------------------------------------------------------------- how visits stand


@pytest.mark.parametrize(
    ("now", "status"),
    [("2026-03-26", "planned"), ("2026-03-27", "due"), ("2026-03-30", "due"), ("2026-04-02", "due"), ("2026-04-03", "overdue")],
)
def test_a_visit_is_planned_due_overdue(now, status):
    assert statuses(at(CHAIN, subject(), now))["v4"] == status


def test_a_range_is_due_from_its_first_day_and_planned_for_its_last():
    made = plan('visit pre "Before" day -14 to -1', 'visit v1 "One" day 0')
    state = states(at(made, subject(), "2026-02-16"))["pre"]
    assert (shown(state.target), tuple(map(shown, state.window)), state.status) == ("2026-03-01", ("2026-02-16", "2026-03-01"), "due")
    assert statuses(at(made, subject(), "2026-02-15"))["pre"] == "planned"
    assert statuses(at(made, subject(), "2026-03-02"))["pre"] == "overdue"


def test_an_appointment_stands_until_its_window_and_day_are_over():
    one = subject(booked("v4", "2026-04-01"))
    found = [statuses(at(CHAIN, one, now))["v4"] for now in ("2026-03-20", "2026-03-31", "2026-04-02", "2026-04-03")]
    assert found == ["booked", "booked", "booked", "overdue"]


def test_a_visit_moved_out_of_its_window_is_not_overdue_before_that_day():
    one = subject(moved("v4", "2026-04-10"))
    assert [statuses(at(CHAIN, one, now))["v4"] for now in ("2026-04-09", "2026-04-10", "2026-04-11")] == ["due", "due", "overdue"]
    assert ("out of window", "v4", 8, "planned") in departures(at(CHAIN, one, "2026-04-01"))


def test_the_next_due_visit_is_the_first_still_to_come():
    one = subject(done("v1", "2026-03-02"), VisitRecord("v2", "missed"))
    assert at(CHAIN, one, "2026-03-12").next_due == "v3"
    assert at(CHAIN, one, "2026-03-19").next_due == "v4"
    assert at(CHAIN, one, "2026-05-01").next_due is None


def test_visits_stand_in_order_of_day_and_unknown_ones_last():
    made = plan('visit v9 "Nine" day 9', 'visit v2 "Two" day 2', 'visit v0 "None" 1 days after screening')
    assert [state.key for state in at(made, subject(), "2026-03-01").visits] == ["v2", "v9", "v0"]


# ---------------------------------------------------------------- conditions and arms

CONDITION = plan('visit preg "Pregnancy test" day 28 if sex is female', 'visit v1 "One" day 1', "assess weight at v1 if hcg is negative")


@pytest.mark.parametrize(("sex", "status"), [("female", "planned"), ("male", "not applicable"), (None, "undetermined")])
def test_a_conditional_visit_is_three_valued(sex, status):
    result = at(CONDITION, subject(sex=sex), "2026-03-02")
    assert statuses(result)["preg"] == status
    unknowns = states(result)["preg"].unknowns
    assert [(one.cause, one.fact.name) for one in unknowns] == ([("no record", "sex")] if status == "undetermined" else [])


def test_a_conditional_assessment_says_what_it_hangs_on():
    (purpose,) = states(at(CONDITION, subject(), "2026-03-03"))["v1"].purposes
    assert (purpose.item.name, purpose.applies, [one.fact.name for one in purpose.unknowns]) == ("weight", None, ["hcg"])


def test_visits_of_an_arm_apply_to_that_arm_alone():
    arms = """
arm low "Low" open
  dose drug "Drug" 1 mg IV
arm high "High" open
  dose drug "Drug" 2 mg IV"""
    made = plan('visit v1 "One" day 0 give drug', 'visit lp "Lumbar puncture" day 30 in arm high', before=arms)
    assert [statuses(at(made, subject(arm=arm), "2026-03-01"))["lp"] for arm in ("low", "high", None)] == [
        "not applicable",
        "planned",
        "undetermined",
    ]


def test_a_masked_visit_takes_place_in_every_arm():
    arms = """
arm active "Active" blinded as "Active or placebo"
  dose drug "Drug" 1 mg IV
arm placebo "Placebo" blinded as "Active or placebo"
  dose drug "Solvent" IV"""
    made = plan('visit v1 "One" day 0 give drug', 'visit lp "Puncture" day 30 in arm active masked', before=arms)
    assert {statuses(at(made, subject(arm=arm), "2026-03-01"))["lp"] for arm in ("active", "placebo", None)} == {"planned"}


# ---------------------------------------------------------------- the end


def ended(status, when="2026-03-20", *records):
    return subject(done("v1", "2026-03-02"), done("v2", "2026-03-16"), *records, end=End(status, date(when), "own wish"))


def test_withdrawal_cancels_what_comes_later_and_asks_for_a_last_visit():
    result = at(EARLY, ended("withdrawn"), "2026-03-21")
    assert statuses(result) == {"v1": "done", "v2": "done", "early_termination": "due", "v3": "cancelled"}
    last = states(result)["early_termination"]
    assert tuple(map(shown, last.window)) == ("2026-03-20", "2026-03-27")
    assert [purpose.item.name for purpose in last.purposes] == ["weight"]
    assert result.next_due == "early_termination"


def test_the_last_visit_can_be_booked_done_and_overdue():
    assert statuses(at(EARLY, ended("withdrawn"), "2026-03-28"))["early_termination"] == "overdue"
    assert (
        statuses(at(EARLY, ended("withdrawn", "2026-03-20", booked("early_termination", "2026-03-25")), "2026-03-21"))["early_termination"]
        == "booked"
    )
    late = at(EARLY, ended("withdrawn", "2026-03-20", done("early_termination", "2026-03-29")), "2026-03-29")
    assert statuses(late)["early_termination"] == "done"
    assert departures(late) == [("out of window", "early_termination", 2, "")]


@pytest.mark.parametrize("status", ["lost", "died", "completed"])
def test_other_ends_cancel_without_a_last_visit(status):
    result = at(EARLY, ended(status), "2026-03-21")
    assert statuses(result) == {"v1": "done", "v2": "done", "v3": "cancelled"}


@pytest.mark.parametrize(
    ("status", "period", "end"),
    [
        ("died", "ended early", "2026-03-20"),
        ("lost", "ended early", "2026-03-20"),
        ("withdrawn", "running", "2026-05-01"),
        ("completed", "running", "2026-05-01"),
    ],
)
def test_death_and_loss_end_a_watch_period(status, period, end):
    result = at(EARLY, ended(status), "2026-03-21")
    watch = next(one for one in result.periods if one.key == "ae")
    assert (watch.status, shown(watch.end)) == (period, end)


def test_a_drug_ends_with_the_study():
    (series,) = at(EARLY, ended("lost"), "2026-03-21").series
    assert (shown(series.end), shown(series.days[-1]), series.status) == ("2026-03-20", "2026-03-20", "ended")


def test_a_visit_on_the_day_of_the_end_is_not_cancelled():
    assert statuses(at(EARLY, ended("lost", "2026-03-30"), "2026-03-30"))["v3"] == "due"


def test_what_was_not_done_before_the_end_stays_overdue():
    one = subject(done("v1", "2026-03-02"), end=End("lost", date("2026-03-25")))
    assert statuses(at(EARLY, one, "2026-03-26"))["v2"] == "overdue"


def test_a_visit_after_the_end_is_a_departure():
    result = at(EARLY, ended("withdrawn", "2026-03-20", done("v3", "2026-03-30")), "2026-04-01")
    assert ("after the end", "v3", 10, "") in departures(result)
    assert statuses(result)["v3"] == "done"


def test_an_end_after_now_does_not_count_yet():
    result = at(EARLY, ended("withdrawn", "2026-03-20"), "2026-03-19")
    assert statuses(result)["v3"] == "planned"
    assert result.problems == ("The end (withdrawn on 2026-03-20) is after 2026-03-19; it does not count yet.",)


def test_an_end_known_to_the_month_leaves_the_last_visit_unknown():
    result = at(EARLY, ended("withdrawn", "2026-03"), "2026-05-01")
    assert (statuses(result)["early_termination"], states(result)["early_termination"].unknowns) == (
        "unknown",
        (Unknown("date too coarse", detail="end"),),
    )


# ---------------------------------------------------------------- drugs, holds, periods


def test_a_daily_drug_leaves_out_the_days_of_a_hold():
    hold = Hold("drug", date("2026-03-10"), date("2026-03-12"), "gastritis")
    (series,) = at(EARLY, subject(holds=(hold,)), "2026-03-11").series
    assert (shown(series.start), shown(series.end), len(series.days)) == ("2026-03-02", "2026-03-30", 26)
    assert [shown(one) for one in series.left_out] == ["2026-03-10", "2026-03-11", "2026-03-12"]
    assert (series.status, series.holds) == ("held", ((day("2026-03-10"), day("2026-03-12")),))


@pytest.mark.parametrize(
    ("now", "status"), [("2026-03-01", "planned"), ("2026-03-02", "running"), ("2026-03-30", "running"), ("2026-03-31", "ended")]
)
def test_a_drug_is_planned_running_ended(now, status):
    (series,) = at(EARLY, subject(), now).series
    assert series.status == status


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("weekly from day 0 to day 21", ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]),
        ("every 2 weeks from day 1, 3 times", ["2026-03-03", "2026-03-17", "2026-03-31"]),
        ("every 1 months from day 29, 3 times", ["2026-03-31", "2026-04-30", "2026-05-31"]),
        ("twice daily from day 0, 6 times", ["2026-03-02", "2026-03-03", "2026-03-04"]),
        ("every 10 days from day 0 to day 25", ["2026-03-02", "2026-03-12", "2026-03-22"]),
    ],
)
def test_days_of_a_repeated_drug(line, expected):
    made = plan('visit v1 "One" day 0', f'repeat drug "Drug" 1 g by mouth {line}')
    (series,) = at(made, subject(), "2026-03-01").series
    assert [shown(one) for one in series.days] == expected


def test_a_drug_until_a_moment_that_is_not_known_is_drawn_to_the_last_visit():
    made = written("""
moments
  first_infusion given
  progression given
schedule "S" from first_infusion
  visit v1 "One" day 0
  visit v2 "Two" day 10
  repeat drug "Drug" 1 g by mouth daily from day 0 until progression
""")
    (series,) = at(made, subject(), "2026-03-02").series
    assert (shown(series.end), series.end_known, len(series.days)) == ("2026-03-12", False, 11)
    known = subject(moments={"first_infusion": "2026-03-02", "progression": "2026-03-05"})
    (series,) = at(made, known, "2026-03-06").series
    assert (shown(series.end), series.end_known, series.status) == ("2026-03-05", True, "ended")


def test_repeated_visits_have_keys_and_windows_of_their_own():
    made = plan('visit fu "Follow-up" every 4 weeks from week 8 to week 16 window +-3 days', "assess weight at week 12")
    one = subject(done("fu.2", "2026-05-29"))
    result = at(made, one, "2026-05-29")
    assert targets(result) == {"fu.1": "2026-04-27", "fu.2": "2026-05-25", "fu.3": "2026-06-22"}
    assert statuses(result) == {"fu.1": "overdue", "fu.2": "done", "fu.3": "planned"}
    assert {state.key: len(state.purposes) for state in result.visits} == {"fu.1": 0, "fu.2": 1, "fu.3": 0}
    assert ("out of window", "fu.2", 1, "") in departures(result)
    assert states(result)["fu.3"].title == "Follow-up 3"


def test_an_unscheduled_visit_is_shown_and_a_departure_where_it_is_not_allowed():
    visits = (UnscheduledVisit(date("2026-03-20"), "Fever", "called"), UnscheduledVisit(date("2026-03-20"), "Again"))
    result = at(CHAIN, subject(unscheduled=visits), "2026-03-21")
    assert [(key, status) for key, status in statuses(result).items() if key.startswith("unscheduled")] == [
        ("unscheduled:2026-03-20", "done"),
        ("unscheduled:2026-03-20.2", "done"),
    ]
    assert ("unscheduled", "unscheduled:2026-03-20", None, "") in departures(result)
    allowed = plan('visit v1 "One" day 0', "unscheduled allowed")
    assert "unscheduled" not in [one.kind for one in at(allowed, subject(unscheduled=visits), "2026-03-21").deviations]
