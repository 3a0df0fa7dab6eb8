"""Closed days move a visit within its window, as the schedule says, or leave it; the table of closed days is read with its problems."""

from __future__ import annotations

import pytest
from trialrules.engine.schedule.closed import ClosedDay, ClosedDays
from trialrules.records.closed_days import read_closed_days

from .builder import at, booked, closed, day, days, departures, done, moved, plan, states, subject

WEEKEND = closed("2026-03-28", "2026-03-29", "2026-03-30")


def made(how, window="+-3 days"):
    return plan(f"closed days {how}", f'visit v "Visit" day 28 window {window}')


@pytest.mark.parametrize(
    ("how", "expected"),
    [("keep", "2026-03-30"), ("shift nearest", "2026-03-31"), ("shift later", "2026-03-31"), ("shift earlier", "2026-03-27")],
)
def test_a_closed_day_is_avoided_as_the_schedule_says(how, expected):
    assert days(at(made(how), subject(), "2026-03-02", WEEKEND)) == {"v": expected}


def test_the_target_stays_and_the_visit_says_why_it_moved():
    state = states(at(made("shift nearest"), subject(), "2026-03-02", WEEKEND))["v"]
    assert (state.target, state.remarks) == (day("2026-03-30"), ("moved off a closed day: closed",))


def test_of_two_equally_near_days_the_later_is_taken():
    assert days(at(made("shift nearest"), subject(), "2026-03-02", closed("2026-03-30"))) == {"v": "2026-03-31"}
    assert days(at(made("shift nearest", "-3 +0 days"), subject(), "2026-03-02", closed("2026-03-30"))) == {"v": "2026-03-29"}


def test_no_open_day_in_the_window_leaves_the_visit_and_says_so():
    result = at(made("shift nearest", "+-1 days"), subject(), "2026-03-02", closed("2026-03-29", "2026-03-30", "2026-03-31"))
    assert days(result) == {"v": "2026-03-30"}
    assert departures(result) == [("closed day", "v", None, "closed")]


def test_a_kept_visit_on_a_closed_day_says_so_and_is_no_departure():
    result = at(made("keep"), subject(), "2026-03-02", WEEKEND)
    assert (states(result)["v"].remarks, departures(result)) == (("closed day: closed",), [])


def test_what_was_done_booked_or_moved_by_hand_stays():
    for record in (done("v", "2026-03-30"), booked("v", "2026-03-30"), moved("v", "2026-03-30")):
        assert days(at(made("shift later"), subject(record), "2026-03-30", WEEKEND)) == {"v": "2026-03-30"}


def test_the_day_that_was_found_moves_what_is_chained():
    chained = plan("closed days shift later", 'visit va "A" day 7 window -0 +2 days', 'visit vb "B" 7 days after va')
    assert days(at(chained, subject(), "2026-03-02", closed("2026-03-09"))) == {"va": "2026-03-10", "vb": "2026-03-17"}


def test_closed_days_of_another_site_do_not_count():
    holiday = closed("2026-03-30", site="GZ")
    for site, expected in (("GZ", "2026-03-31"), ("BJ", "2026-03-30"), (None, "2026-03-30")):
        assert days(at(made("shift nearest"), subject(site=site), "2026-03-02", holiday)) == {"v": expected}


def test_a_table_of_closed_days_is_read():
    result = read_closed_days("\ufeffdate,site,name\r\n2026-02-17,GZ,春节\r\n2026-10-01,,National Day\r\n\r\n".encode())
    assert result.problems == ()
    assert result.days == ClosedDays(
        frozenset({ClosedDay(day("2026-02-17"), "GZ", "春节"), ClosedDay(day("2026-10-01"), None, "National Day")})
    )
    assert dict(result.days.of_site("BJ")) == {day("2026-10-01"): "National Day"}


@pytest.mark.parametrize(
    ("table", "code", "where"),
    [
        (b"day,name\n2026-02-17,x\n", "TR203", "-, row 1, column day"),
        (b"date\n2026-02-30\n", "TR206", "-, row 2, column date"),
        (b"date\n2026-02\n", "TR206", "-, row 2, column date"),
        (b"date,name\n,x\n", "TR206", "-, row 2, column date"),
        (b"", "TR205", "-, row 1"),
        (b'date\n"2026', "TR201", "-, row 2"),
        (b"\xff", "TR201", "-"),
        (b"date,date\n2026-02-17,x\n", "TR203", "-, row 1, column date"),
    ],
)
def test_a_wrong_table_gives_problems(table, code, where):
    found = [(problem.code, str(problem.where)) for problem in read_closed_days(table).problems]
    assert (code, where) in found


def test_one_wrong_row_leaves_the_others():
    result = read_closed_days(b"date\n2026-02-17\nx\n2026-02-18\n")
    assert {one.day for one in result.days.days} == {day("2026-02-17"), day("2026-02-18")}
    assert len(result.problems) == 1
