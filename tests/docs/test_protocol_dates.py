"""The dates that the pages of the included protocols state are those that the program plans."""

from __future__ import annotations

import re

import pytest
from trialrules.dsl.facade import load
from trialrules.engine.dates import format_day, parse_partial
from trialrules.engine.record import Patient
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import Subject, VisitRecord

from .samples import ROOT

FIRST = "2026-03-02"
INFUSIONS = ("inf1", "inf2", "inf3", "inf4")
DAYS = {"inf1": "infusion 1", "inf2": "infusion 2", "inf3": "infusion 3", "inf4": "infusion 4"} | {
    f"d{day}": f"day {day}" for day in (28, 60, 90, 180)
}


def planned(name, part=None, **given):
    """The days of visits and periods of a subject of a protocol, as `MM-DD`, by name."""
    protocol = load(ROOT / "rules" / f"{name}.rules").protocol
    visits = tuple(VisitRecord(key, "done", parse_partial(date)) for key, date in given.items())
    patient = Patient("p", None, None, {"first_infusion": parse_partial(FIRST)}, ())
    schedule = expand(protocol, Subject(patient, "s", part=part, visits=visits), parse_partial("2026-03-12"))
    return {one.key: format_day(one.day)[5:] for one in schedule.visits if one.day is not None} | {
        one.key: format_day(one.end)[5:] for one in schedule.periods if one.end is not None
    }


def table(page, heading):
    """The rows of the first table below a heading, as lists of cells."""
    text = (ROOT / "docs" / "protocols" / page).read_text(encoding="utf-8").partition(heading)[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)]


@pytest.mark.parametrize(
    ("column", "name", "given"),
    [
        (1, "aclf_phase1", {"inf1": FIRST}),
        (2, "aclf_phase2", {"inf1": FIRST}),
        (3, "aclf_phase2", {"inf1": FIRST, "inf2": "2026-03-11"}),
    ],
)
def test_dates_of_the_liver_protocols(column, name, given):
    rows = {row[0]: row[column] for row in table("aclf.md", "## Dates")}
    days = planned(name, **given)
    for key, title in DAYS.items():
        assert rows[title].partition(",")[0] == days.get(key, "–")
    assert rows["contraception until"] == days["contraception"]
    if column == 1:
        assert rows["days 3, 7, 14, 21"] == ", ".join(days[key] for key in ("d3", "d7", "d14", "d21"))


def test_dates_of_the_spondylitis_protocol():
    rows = {row[0]: row[3] for row in table("ankylosing_spondylitis.md", "## Visits")}
    days = planned("ankylosing_spondylitis", part="phase1")
    assert rows["infusions 1 to 4"] == ", ".join(days[key] for key in INFUSIONS)
    assert rows["week 1"].partition(",")[0] == days["w1"]
    assert rows["weeks 4, 8, 12"] == ", ".join(days[key] for key in ("w4", "w8", "w12"))
    assert rows["week 24"] == days["w24"]
