"""Outcomes on days of their own: transplant-free survival. What is known later counts; windows of visits do not."""

from __future__ import annotations

import pytest
from trialrules.engine.dates import format_day
from trialrules.engine.subject import End

from .builder import DOSE_DAY, WEEK_4, day, done, fact, results

ALIVE_LATER = fact("death", False, "2026-04-06")


def survival(*entries, key="day 28", **more):
    return results("liver", entries, **more)["survival", key]


def test_no_death_recorded_a_week_later_covers_day_28():
    found = survival(ALIVE_LATER)
    assert (found.truth, found.provisional, format_day(found.day)) == (True, False, WEEK_4)


def test_no_death_recorded_on_day_28_covers_it():
    assert survival(fact("death", False, WEEK_4)).truth is True


def test_no_death_recorded_the_day_before_does_not_cover_day_28():
    found = survival(fact("death", False, "2026-03-29"))
    assert (found.truth, found.unknowns[0].cause) == (None, "too old")


@pytest.mark.parametrize(("date", "alive"), [(DOSE_DAY, False), ("2026-03-10", False), (WEEK_4, False), ("2026-03-31", True)])
def test_a_death_on_day_28_itself_counts_and_one_the_day_after_does_not(date, alive):
    assert survival(fact("death", True, date)).truth is alive


def test_two_days_of_death_contradict_each_other():
    found = survival(fact("death", True, "2026-03-10"), fact("death", True, "2026-04-10"))
    assert (found.truth, found.unknowns[0].cause) == (None, "conflicting records")


def test_a_transplant_counts_like_a_death():
    assert survival(fact("liver_transplant", True, "2026-03-20"), ALIVE_LATER).truth is False
    assert survival(fact("liver_transplant", True, "2026-04-05"), ALIVE_LATER).truth is True


def test_without_a_record_of_life_survival_is_unknown():
    found = survival()
    assert (found.truth, found.unknowns[0].cause, found.unknowns[0].fact.name) == (None, "no record", "death")


def test_the_day_does_not_move_with_a_late_visit():
    found = survival(ALIVE_LATER, visits=(done("inf1", DOSE_DAY), done("d28", "2026-04-02")))
    assert format_day(found.day) == WEEK_4


def test_a_day_still_to_come_is_not_due_yet():
    found = survival(fact("death", False, "2026-03-20"), now="2026-03-20")
    assert (found.status, format_day(found.day)) == ("not due yet", WEEK_4)


def test_who_has_died_already_is_known_before_the_day():
    entries = [fact("death", True, "2026-03-12")]
    assert survival(*entries, now="2026-03-13").truth is False
    assert survival(*entries, now="2026-03-13", key="day 90").truth is False


def test_a_death_after_now_is_not_known_yet():
    assert survival(fact("death", True, "2026-03-12"), now="2026-03-11").status == "not due yet"


def test_death_as_the_end_of_the_study_is_a_death():
    found = survival(end=End("died", day("2026-03-12"), "sepsis"))
    assert found.truth is False
    assert [item.entry.source for item in found.value.children[0].items] == ["end of study"]


def test_the_recorded_death_stands_where_the_end_says_another_day():
    found = survival(fact("death", True, "2026-04-05"), end=End("died", day("2026-03-12")))
    assert found.truth is True


def test_lost_to_follow_up_is_no_death():
    assert survival(end=End("lost", day("2026-03-12"))).truth is None


def test_a_death_known_by_its_month_decides_only_where_the_month_does():
    assert survival(fact("death", True, "2026-04"), key="day 90", now="2026-06-30").truth is False
    assert survival(fact("death", True, "2026-04")).truth is True
    assert survival(fact("death", True, "2026-03")).unknowns[0].cause == "date too coarse"


def test_the_first_day_is_the_dose_that_was_given():
    found = survival(fact("death", False, "2026-05-30"), visits=(done("inf1", "2026-03-09"),), now="2026-06-01")
    assert format_day(found.day) == "2026-04-06"


def test_a_complication_of_any_kind_ends_the_free_time():
    kind = {"attributes": {"kind": "hyponatremia"}}
    assert results("liver", [fact("complication", True, "2026-03-15", **kind)])["complication_free", "day 28"].truth is False
    assert results("liver", [fact("complication", False, "2026-04-06")])["complication_free", "day 28"].truth is True
