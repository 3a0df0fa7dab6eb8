"""Visits of one day are one visit, with all purposes, while their windows have a day in common."""

from __future__ import annotations

from .builder import amount, at, booked, date, done, moved, plan, rules, shown, states, statuses, subject, weight

AS = rules("study_as")


def joined(result):
    return {state.key: state.merged for state in result.visits if state.merged}


def test_week_1_and_infusion_2_are_one_visit_with_both_purposes():
    result = at(AS, subject(arm="low", entries=(weight("70", "2026-03-01"),)), "2026-03-02")
    kept, other = states(result)["inf2"], states(result)["w1"]
    assert (kept.merged, other.merged_into) == (("w1",), "inf2")
    assert [dose.name for dose in kept.doses] == ["cg_bm1"]
    assert [purpose.item.name for purpose in kept.purposes] == ["weight"]
    assert tuple(map(shown, kept.shown_window)) == ("2026-03-09", "2026-03-10")
    assert (other.doses, other.purposes) == ((), ())


def test_a_late_infusion_splits_them_and_gives_both_back_their_own():
    result = at(AS, subject(done("inf2", "2026-03-11"), arm="low"), "2026-03-11")
    assert joined(result) == {}
    assert [purpose.item.name for purpose in states(result)["w1"].purposes] == ["weight"]
    assert tuple(map(shown, states(result)["inf2"].shown_window)) == ("2026-03-09", "2026-03-11")


def test_a_week_1_visit_without_a_record_is_done_with_the_infusion_of_its_day():
    result = at(AS, subject(done("inf2", "2026-03-09"), arm="low"), "2026-03-20")
    assert (statuses(result)["w1"], joined(result)) == ("done", {"inf2": ("w1",)})
    assert "overdue" not in {one.kind for one in result.deviations if one.key == "w1"}


def test_a_visit_moved_by_hand_to_that_day_is_not_taken_as_done():
    one = subject(done("inf2", "2026-03-09"), moved("w1", "2026-03-09"), arm="low")
    assert (statuses(at(AS, one, "2026-03-09"))["w1"], joined(at(AS, one, "2026-03-09"))) == ("due", {})


def test_an_infusion_is_never_taken_as_given_because_another_visit_was_done_that_day():
    result = at(AS, subject(done("w1", "2026-03-09"), arm="low"), "2026-03-09")
    assert (statuses(result)["inf2"], joined(result)) == ("due", {})


def test_two_done_on_one_day_are_one():
    result = at(AS, subject(done("inf2", "2026-03-10"), done("w1", "2026-03-10"), arm="low"), "2026-03-10")
    assert joined(result) == {"inf2": ("w1",)}


def test_the_hours_at_which_two_were_done_do_not_split_them():
    one = subject(done("inf2", "2026-03-09T09:30+08:00"), done("w1", "2026-03-09T11:00+08:00"), arm="low")
    assert joined(at(AS, one, "2026-03-10")) == {"inf2": ("w1",)}


def test_windows_that_have_no_day_in_common_do_not_merge():
    made = plan('visit va "A" day 7', 'visit vb "B" day 8 window -0 +2 days')
    assert joined(at(made, subject(moved("va", "2026-03-10")), "2026-03-03")) == {}


def test_the_running_intersection_decides_in_order_of_declaration():
    made = plan(
        'visit va "A" day 7 window -3 +0 days',
        'visit vb "B" day 7 window +-0 days',
        'visit vc "C" day 7 window -0 +3 days',
    )
    result = at(made, subject(), "2026-03-02")
    assert joined(result) == {"va": ("vb", "vc")}
    assert tuple(map(shown, states(result)["va"].shown_window)) == ("2026-03-09", "2026-03-09")


def test_different_times_of_the_day_stay_two_visits():
    made = plan('visit va "A" day 7 window +-1 days', 'visit vb "B" day 7 window +-1 days')
    apart = subject(booked("va", "2026-03-09T09:00+08:00"), booked("vb", "2026-03-09T14:00+08:00"))
    assert joined(at(made, apart, "2026-03-02")) == {}
    together = subject(booked("va", "2026-03-09T09:00+08:00"), booked("vb", "2026-03-09T09:00+08:00"))
    assert joined(at(made, together, "2026-03-02")) == {"va": ("vb",)}


def test_an_appointment_of_one_is_the_appointment_of_both():
    made = plan('visit va "A" day 7 window +-1 days', 'visit vb "B" day 7 window +-1 days')
    kept = states(at(made, subject(booked("vb", "2026-03-09T14:00+08:00")), "2026-03-02"))["va"]
    assert (kept.status, str(kept.booked), kept.merged) == ("booked", "2026-03-09T14:00+08:00", ("vb",))


def test_a_range_merges_only_once_it_is_booked():
    made = plan('visit pre "Before" day -14 to -1', 'visit vb "B" day -1 window +-1 days')
    assert joined(at(made, subject(), "2026-02-20")) == {}
    assert joined(at(made, subject(booked("pre", "2026-03-01")), "2026-02-20")) == {"pre": ("vb",)}


def test_what_does_not_take_place_never_merges():
    made = plan('visit va "A" day 7 if sex is female', 'visit vb "B" day 7')
    for sex, count in (("female", 1), ("male", 0), (None, 0)):
        assert len(joined(at(made, subject(sex=sex), "2026-03-02"))) == count


def test_amounts_and_dates_of_builders_are_what_they_say():
    assert (str(amount("7.1e7 cells").value), shown(date("2026-03-09").first)) == ("7.1E+7", "2026-03-09")
