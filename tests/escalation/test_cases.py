"""Escalation, told as cases: what the committee and the coordinator would be told on a day. Day 0 is 2026-01-05, a Monday."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from trialrules.engine.escalation.decide import Action, Finding, escalation_state
from trialrules.engine.escalation.register import Enrolled, Register, Review

from .levels import WITH_SENTINEL, WITHOUT_SENTINEL

DAY_0 = date(2026, 1, 5).toordinal()


def person(number, level="low", dosed=0, clear=None, toxic=None, replaced=None):
    days = [None if day is None else DAY_0 + day for day in (dosed, clear, toxic, replaced)]
    return Enrolled(f"S-{number}", level, *days)


def review(level, about, decision, day):
    return Review(level, about, decision, DAY_0 + day, "SRC")


def on(day, subjects, reviews=(), design=WITH_SENTINEL):
    return escalation_state(design, Register(tuple(subjects), tuple(reviews)), DAY_0 + day)


def three(level="low", dosed=0, toxic=()):
    """Three subjects observed to the end, those of `toxic` with a toxicity on their tenth day."""
    return [
        person(f"{level}{n}", level, dosed, clear=None if n in toxic else dosed + 28, toxic=dosed + 10 if n in toxic else None)
        for n in (1, 2, 3)
    ]


def test_the_first_subject_goes_alone():
    assert on(0, []).actions == (Action("enrol", "low", "sentinel wanted", 1, DAY_0),)


def test_nobody_follows_the_sentinel_before_day_28():
    assert on(27, [person(1)]).actions == (Action("observe", "low", "sentinel observed", day=DAY_0 + 28),)


def test_a_sentinel_without_a_recorded_result_is_not_taken_as_clear_when_its_time_is_over():
    state = on(40, [person(1)])
    assert state.levels[0].status == "sentinel under observation"
    assert state.actions[1] == Action("record", "low", "result not recorded", 1, DAY_0 + 28, ("S-1",))


def test_a_result_recorded_a_day_before_the_end_of_the_observation_does_not_count():
    assert on(30, [person(1, clear=27)]).levels[0].status == "sentinel under observation"


@pytest.mark.parametrize(("result", "status"), [({"clear": 28}, "sentinel to be reviewed"), ({"toxic": 5}, "suspended")])
def test_the_committee_reviews_the_sentinel_with_or_without_a_toxicity(result, status):
    state = on(30, [person(1, **result)])
    assert state.levels[0].status == status
    assert [action.kind for action in state.actions] == ["review"]
    assert on(30, [person(1, **result)], [review("low", "sentinel", "go on", 29)]).may_dose("low") == 2


def test_after_a_toxic_sentinel_and_two_clear_ones_three_more_are_enrolled():
    people = [person(1, toxic=5), person(2, dosed=30, clear=58), person(3, dosed=30, clear=58)]
    assert on(60, people, [review("low", "sentinel", "go on", 29)]).may_dose("low") == 3


def test_one_toxicity_among_the_first_three_waits_for_all_three_before_it_expands():
    people = [person(1, clear=28), person(2, dosed=30, toxic=35), person(3, dosed=30)]
    reviews = [review("low", "sentinel", "go on", 29)]
    assert on(40, people, reviews).actions == (Action("observe", "low", "results pending", day=DAY_0 + 58),)


def test_the_second_toxicity_stops_the_level_on_its_day_though_others_are_still_observed():
    people = [person(1, clear=28), person(2, dosed=30, toxic=35), person(3, dosed=30, toxic=36)]
    reviews = [review("low", "sentinel", "go on", 29)]
    assert on(35, people, reviews).levels[0].status == "under observation"
    state = on(36, people, reviews)
    assert (state.levels[0].status, state.overall, state.stopped_at, state.levels[0].since) == ("stopped", "stopped", "low", DAY_0 + 36)


def test_a_subject_that_cannot_be_evaluated_is_replaced():
    people = [*three()[:2], person(3, replaced=12)]
    assert on(30, people, design=WITHOUT_SENTINEL).may_dose("low") == 1


def test_a_replaced_sentinel_is_followed_by_another_sentinel():
    assert on(15, [person(1, replaced=12)]).actions == (Action("enrol", "low", "sentinel wanted", 1, DAY_0 + 15),)


def test_a_toxicity_counts_though_the_subject_is_called_not_evaluable():
    state = on(30, [person(1, toxic=5, replaced=12)])
    assert state.levels[0].toxic == 1
    assert state.findings == (Finding("toxicity is not replaced", "low", "S-1", DAY_0 + 12),)


def test_a_step_up_waits_for_the_committee_and_is_possible_from_its_day():
    people, sentinel = three(), review("low", "sentinel", "go on", 28)
    people[1:] = [person(2, dosed=28, clear=56), person(3, dosed=28, clear=56)]
    assert on(60, people, [sentinel]).actions == (Action("review", "low", "group complete", day=DAY_0 + 56),)
    state = on(60, people, [sentinel, review("low", "level", "step up", 58)])
    assert (state.current, state.highest_passed, state.actions) == (
        "medium",
        "low",
        (Action("enrol", "medium", "sentinel wanted", 1, DAY_0 + 60),),
    )


def test_a_late_toxicity_reopens_the_lower_level_and_holds_the_higher_one():
    reviews = [review("low", "level", "step up", 40)]
    people = [*three(), *(person(f"m{n}", "medium", 50) for n in (1, 2))]
    design = WITHOUT_SENTINEL
    assert on(60, people, reviews, design).may_dose("medium") == 1
    late = [person("low1", clear=28, toxic=70), *people[1:]]
    state = on(70, late, reviews, design)
    assert (state.current, state.may_dose("medium"), state.may_dose("low")) == ("low", 0, 3)
    assert state.findings == ()


def test_two_late_toxicities_stop_everything_at_and_above_the_level():
    people = [person("low1", clear=28, toxic=70), person("low2", clear=28, toxic=71), person("low3", clear=28), *three("medium", 40)]
    state = on(90, people, design=WITHOUT_SENTINEL)
    assert (state.overall, state.stopped_at, state.may_dose("low"), state.may_dose("medium")) == ("stopped", "low", 0, 0)


def test_after_a_stop_the_committee_may_expand_the_level_below():
    people = [*three(), *three("medium", 40, toxic=(1, 2))]
    state = on(80, people, design=WITHOUT_SENTINEL)
    assert state.actions[:2] == (
        Action("none", "medium", "toxicities", day=DAY_0 + 50),
        Action("review", "low", "expand below", 3),
    )
    assert on(80, people, [review("low", "level", "expand", 75)], WITHOUT_SENTINEL).may_dose("low") == 3


def test_all_levels_passed_ends_the_escalation_at_the_highest():
    people = [*three(), *three("medium", 40), *three("high", 80)]
    state = on(120, people, design=WITHOUT_SENTINEL)
    assert (state.overall, state.current, state.highest_passed) == ("finished", None, "high")


def test_a_committee_that_stops_is_obeyed_until_it_decides_otherwise():
    people = three()
    stop = review("low", "level", "stop", 35)
    assert on(40, people, [stop], WITHOUT_SENTINEL).levels[0].why == "stopped by review"
    assert on(50, people, [stop, review("low", "level", "step up", 45)], WITHOUT_SENTINEL).may_dose("medium") == 3


def test_dosing_before_the_sentinel_is_reviewed_is_reported():
    people = [person(1, clear=28), person(2, dosed=20)]
    assert on(40, people, [review("low", "sentinel", "go on", 29)]).findings == (Finding("dosed too early", "low", "S-2", DAY_0 + 20),)


def test_a_fourth_subject_without_an_expansion_is_reported_and_opens_no_further_places():
    people = [*three(), person(4, dosed=30)]
    state = on(40, people, design=WITHOUT_SENTINEL)
    assert state.findings == (Finding("dosed too early", "low", "S-4", DAY_0 + 30),)
    assert state.may_dose("low") == 0


def test_a_review_before_the_results_is_reported_and_does_not_count():
    state = on(60, [person(1, clear=28)], [review("low", "sentinel", "go on", 20)])
    assert state.findings == (Finding("review too early", "low", None, DAY_0 + 20),)
    assert state.levels[0].status == "sentinel to be reviewed"


def test_what_happens_later_takes_no_part_in_today():
    people = [person(1, clear=28, toxic=50), person(2, dosed=30)]
    assert on(29, people, [review("low", "sentinel", "go on", 29)]).may_dose("low") == 2


def test_an_observation_after_the_last_dose_begins_when_that_is_given():
    design = evolve(WITHOUT_SENTINEL, observed_from="last")
    people = [evolve(person(n, dosed=0, clear=40), last_dosed=None if n == 3 else DAY_0 + 21) for n in (1, 2, 3)]
    assert [view.until for view in on(45, people, design=design).levels[0].subjects] == [DAY_0 + 49, DAY_0 + 49, None]
    assert on(45, people, design=design).levels[0].status == "under observation"
    people = [evolve(person(n, dosed=0, clear=49), last_dosed=DAY_0 + 21) for n in (1, 2, 3)]
    assert on(49, people, design=design).levels[0].status == "passed"
