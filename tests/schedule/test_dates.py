"""Days of visits, against tables that a clinician can check with a calendar."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from trialrules.engine.dates import format_day

from .builder import at, day, days, done, included, plan, rules, subject, targets

TABLES = Path(__file__).parents[1] / "tables"


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def label(row: dict[str, str]) -> str:
    return " ".join(text for column, text in row.items() if column != "why" and text)


SHIPPED = {"as": "ankylosing_spondylitis", "aclf1": "aclf_phase1", "aclf2": "aclf_phase2"}


@pytest.mark.parametrize("shipped", [False, True], ids=["alone", "shipped"])
@pytest.mark.parametrize("row", rows("visit_days.csv"), ids=label)
def test_days_of_the_three_protocols(row, shipped):
    made = included(SHIPPED[row["protocol"]]) if shipped else rules(f"study_{row['protocol']}")
    records = [done("inf1", "2026-03-02")]
    if row["given"]:
        records.append(done(*row["given"].split()))
    now = records[-1].date
    result = at(made, subject(*records, moments={"first_infusion": "2026-03-02"}, arm="low"), str(now))
    ends = {period.key: format_day(period.end) for period in result.periods if period.end is not None}
    assert {**targets(result), **ends}[row["visit"]] == row["day"]
    assert result.problems == ()


def test_the_first_infusion_sets_the_anchor_where_no_day_is_given():
    one = subject(done("inf1", "2026-03-02"), moments={"screening": "2026-02-20"}, arm="low")
    result = at(included("aclf_phase2"), one, "2026-03-03")
    assert targets(result)["d28"] == "2026-03-30"
    assert not any(state.provisional for state in result.visits)
    before = at(included("aclf_phase2"), subject(moments={"screening": "2026-02-20"}, arm="low"), "2026-02-21")
    assert targets(before)["d28"] == "2026-03-27"
    assert all(state.provisional for state in before.visits)


@pytest.mark.parametrize("row", rows("visit_steps.csv"), ids=label)
def test_steps_from_the_anchor(row):
    made = plan(f'visit v "Visit" {row["step"]}', head=f"months round {row['rounding']}")
    one = subject(moments={"first_infusion": row["anchor"]})
    assert targets(at(made, one, row["anchor"])) == {"v": row["day"]}


def test_month_windows_are_calendar_steps():
    made = plan('visit v "Visit" day 0 window +-1 months')
    state = at(made, subject(moments={"first_infusion": "2024-03-31"}), "2024-01-01").visits[0]
    assert state.window == (day("2024-02-29"), day("2024-04-30"))


@pytest.mark.parametrize(("written_day", "with_day_0", "from_1"), [("-1", "2026-03-01", "2026-03-01"), ("1", "2026-03-03", "2026-03-02")])
def test_day_numbering_from_1_has_no_day_0(written_day, with_day_0, from_1):
    line = f'visit v "Visit" day {written_day}'
    assert targets(at(plan(line), subject(), "2026-03-01")) == {"v": with_day_0}
    numbered = plan(line, head="months round down\n  day numbering from 1")
    assert targets(at(numbered, subject(), "2026-03-01")) == {"v": from_1}


def test_day_numbering_leaves_weeks_alone():
    numbered = plan('visit v "Visit" week 1', head="months round down\n  day numbering from 1")
    assert targets(at(numbered, subject(), "2026-03-01")) == {"v": "2026-03-09"}


def test_all_infusions_given_end_contraception_six_months_after_the_last():
    given_days = ("2026-03-02", "2026-03-09", "2026-03-17", "2026-03-24")
    records = [done(f"inf{number}", on_day) for number, on_day in enumerate(given_days, 1)]
    one = subject(*records, moments={"first_infusion": "2026-03-02"})
    result = at(rules("study_aclf2"), one, "2026-03-24")
    contraception = next(period for period in result.periods if period.key == "contraception")
    assert (format_day(contraception.end or 0), contraception.status, contraception.provisional) == ("2026-09-24", "running", False)


def test_the_far_ends_of_the_calendar_do_not_raise():
    made = plan('visit v "Visit" month 999 window +-999 months', 'repeat drug "Drug" 1 g by mouth daily from day 0 to day 900')
    for on_day in ("0001-01-01", "9999-12-31"):
        one = subject(moments={"first_infusion": on_day})
        assert at(made, one, on_day).problems == ()
    assert days(at(made, one, "9999-12-31")) == {"v": "9999-12-31"}
