"""A record just outside a window: the answer says that there is none in the window, and shows the one beside it."""

from __future__ import annotations

import json

import pytest
from trialrules.dsl.facade import load_text
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.decision_json import decision_to_json
from trialrules.engine.explain_reasons import criterion_reason
from trialrules.engine.outcome import OUTSIDE
from trialrules.records.detect import read_patients

RULES = """\
protocol outside version 1.0 language 1
  title     "Outside"
  months    round down

moments
  screening       "Screening"       given
  first_infusion  "First infusion"  given, else planned 14 days after screening  assume "planning default"

facts
  embolism      "Pulmonary embolism"  event  absent unless recorded assume "history taken"
  bleeding      "Bleeding"            event  absent unless recorded assume "history taken"
  stroke        "Stroke"              event  reach 3 months
  infection     "Infection"           condition  absent unless recorded
  methotrexate  "Methotrexate"        exposure  with route im, oral  absent unless recorded
  trial_drug    "Trial drug"          exposure  with half_life in d  absent unless recorded
  patch         "Patch"               exposure  with by mouth_spray, on_the_skin, nose  absent unless recorded
  inr           "INR"                 lab
  clots         "Clots"               group of embolism, bleeding

exclusion E1 "Sample"
  {condition}
"""
NOW = parse_partial("2026-03-02")
WINDOW = "2025-12-02 to 2026-03-02"


def decided(condition, *facts, now=NOW, lang="en"):
    result = load_text(RULES.format(condition=condition), "outside.rules")
    assert result.protocol is not None, result.diagnostics
    document = {"schema": "trialrules/patient/1", "id": "p", "moments": {"screening": "2026-03-02"}, "facts": list(facts)}
    ((read),) = read_patients(json.dumps(document).encode(), result.protocol, now)
    assert read.patient is not None, read.problems
    decision = screen(result.protocol, read.patient, now)
    return decision, criterion_reason(decision.criteria[0], decision, None, lang).detail


def said(condition, *facts, lang="en"):
    return decided(condition, *facts, lang=lang)[1]


def embolism(day, **more):
    return {"fact": "embolism", "date": day, **more}


ABSENT = f"assumed absent: no record of Pulmonary embolism in the window {WINDOW} (history taken)"


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((), "assumed absent: no record of Pulmonary embolism (history taken)"),
        ((embolism("2025-12-01"),), f"{ABSENT}; the nearest record before the window is 1 day away: 2025-12-01"),
        ((embolism("2025-11"),), f"{ABSENT}; the nearest record before the window: 2025-11"),
        (
            (embolism("2020-01-01"), embolism("2025-11-30", source="chart 7")),
            f"{ABSENT}; the nearest record before the window is 2 days away: 2025-11-30 [chart 7]",
        ),
    ],
    ids=["no record at all", "a day too early", "only the month known", "the nearer of two, with its source"],
)
def test_a_record_before_the_window_is_shown(facts, text):
    assert said("embolism within 3 months before screening", *facts) == text


def test_a_record_before_the_window_is_shown_in_chinese():
    text = "时间窗（2025-12-02 至 2026-03-02）内未见 Pulmonary embolism 的记录，按规则视为无；时间窗之前最近的记录（相差 1 天）：2025-12-01"
    assert said("embolism within 3 months before screening", embolism("2025-12-01"), lang="zh") == text


def test_records_on_both_sides_are_shown():
    text = said("embolism within 1 month before 2026-02-02", embolism("2026-01-01"), embolism("2026-02-05"), embolism("2026-02-20"))
    assert text == (
        "assumed absent: no record of Pulmonary embolism in the window 2026-01-02 to 2026-02-02 (history taken); "
        "the nearest record before the window is 1 day away: 2026-01-01; the nearest record after the window is 3 days away: 2026-02-05"
    )


def test_a_planned_window_says_how_far_it_has_passed():
    decision, text = decided("embolism within 2 weeks before first_infusion", embolism("2026-03-01"))
    assert text == (
        "assumed absent: no record of Pulmonary embolism in the passed part of the window 2026-03-02 to 2026-03-16 (history taken); "
        "the nearest record before the window is 1 day away: 2026-03-01"
    )
    assert decision.criteria[0].provisional


def test_what_is_dated_after_the_assessment_is_no_record_but_listed():
    decision, text = decided("embolism within 2 weeks before first_infusion", embolism("2026-03-05"))
    assert text == "assumed absent: no record of Pulmonary embolism (history taken)"
    assert [unused.reason for unused in decision.unused] == ["it is dated after the assessment and does not count"]


def test_a_record_after_a_passed_window_is_shown():
    assert said("embolism before screening", embolism("2026-03-02")) == (
        "assumed absent: no record of Pulmonary embolism in the window up to 2026-03-01 (history taken); "
        "the nearest record after the window is 1 day away: 2026-03-02"
    )


def test_a_recorded_no_stands_first():
    text = said("embolism within 3 months before screening", embolism("2026-03-02", value=False), embolism("2025-12-01"))
    assert text == (
        "a recorded no covers the window; Pulmonary embolism: recorded no, 2026-03-02; "
        "the nearest record before the window is 1 day away: 2025-12-01"
    )


def test_a_condition_is_shown_with_its_end():
    facts = (
        {"fact": "infection", "start": "2024-01-01", "end": "2025-12-01"},
        {"fact": "infection", "start": "2025-03-01", "end": "2025-04-01"},
    )
    assert said("infection within 3 months before screening", *facts) == (
        f"assumed absent: no record of Infection in the window {WINDOW}; "
        "the nearest record before the window is 1 day away: 2024-01-01 to 2025-12-01"
    )


def test_only_a_record_that_would_count_is_near():
    oral = {"fact": "methotrexate", "start": "2025-06-01", "end": "2025-12-01", "route": "oral"}
    into_muscle = {"fact": "methotrexate", "start": "2025-06-01", "end": "2025-10-01", "route": "im"}
    condition = "methotrexate with route im within 3 months before screening"
    assert said(condition, oral) == "assumed absent: no record of Methotrexate with route intramuscular"
    assert said(condition, oral, into_muscle) == (
        f"assumed absent: no record of Methotrexate with route intramuscular in the window {WINDOW}; "
        "the nearest record before the window is 62 days away: 2025-06-01 to 2025-10-01, route intramuscular"
    )


def test_a_window_of_the_records_own_length_is_that_of_the_record():
    drug = {"fact": "trial_drug", "start": "2026-01-01", "end": "2026-01-30", "half_life": {"value": 6, "unit": "d"}}
    assert said("trial_drug since 5 * its half_life before screening", drug) == (
        "assumed absent: no record of Trial drug in the window 2026-01-31 to 2026-03-02; "
        "the nearest record before the window is 1 day away: 2026-01-01 to 2026-01-30, half life 6 d"
    )


def test_a_member_of_a_group_is_named():
    assert said("clots within 3 months before screening", embolism("2025-12-01")) == (
        "not found: Clots within 3 months before Screening; "
        "the nearest record before the window is 1 day away: Pulmonary embolism, 2025-12-01"
    )


def test_none_of_several_says_it_of_each():
    assert said("none of\n    embolism within 3 months before screening", embolism("2025-12-01")).startswith(ABSENT)


@pytest.mark.parametrize(
    ("condition", "fact", "text"),
    [
        (
            "stroke within 3 months before screening",
            {"fact": "stroke", "date": "2025-12-01"},
            f"no record: Stroke: a record dated {WINDOW}; newest: 2025-12-01",
        ),
        (
            "inr within 3 months before screening > 2",
            {"fact": "inr", "value": 3, "date": "2025-12-01"},
            f"too old: INR: a newer record, dated {WINDOW}; newest: 3, 2025-12-01",
        ),
        (
            "every inr within 3 months before screening > 2",
            {"fact": "inr", "value": 3, "date": "2025-12-01"},
            f"too old: INR: a newer record, dated {WINDOW}; newest: 3, 2025-12-01",
        ),
    ],
    ids=["an event of which silence says nothing", "a value", "every value"],
)
def test_an_unknown_shows_the_record_outside(condition, fact, text):
    assert said(condition, fact) == text


@pytest.mark.parametrize(
    ("condition", "facts", "text"),
    [
        (
            "inr within 3 months before screening > 2",
            ("2026-03-05", "2026-03-08"),
            f"no record: INR: a record dated {WINDOW}; the nearest record after the window: 3, 2026-03-05",
        ),
        (
            "every inr within 3 months before screening > 2",
            ("2026-03-05", "2026-03-08"),
            f"no record: INR: a record dated {WINDOW}; the nearest record after the window: 3, 2026-03-05",
        ),
        (
            "highest inr within 3 months before screening > 2",
            ("2026-03", "2026-03-08"),
            "date too coarse: INR: the exact day; newest: 3, 2026-03",
        ),
        (
            "inr within 3 months before screening > 2",
            ("2025-12-01", "2026-03-05"),
            f"too old: INR: a newer record, dated {WINDOW}; newest: 3, 2025-12-01",
        ),
    ],
    ids=["a value", "every value", "a month that the window may hold", "one before it counts more"],
)
def test_an_unknown_shows_the_value_after_the_window_where_none_lies_before_it(condition, facts, text):
    values = [{"fact": "inr", "value": 3, "date": day} for day in facts]
    assert decided(condition, *values, now=parse_partial("2026-03-10"))[1] == text


def test_json_names_the_record_and_the_distance():
    decision, _ = decided("embolism within 3 months before screening", embolism("2025-12-01", source="chart 7"))
    value = decision_to_json(decision, None, "en")
    notes = value["criteria"][0]["evidence"][0]["condition"]["notes"]
    assert [note["code"] for note in notes] == ["assumed absent", "before window"]
    assert notes[1]["code"] in OUTSIDE
    assert notes[1]["records"] == [{"fact": "embolism", "value": True, "date": "2025-12-01", "source": "chart 7"}]
    assert notes[1]["distance"] == 1


@pytest.mark.parametrize(
    ("test", "en", "zh"),
    [
        ("with by nose", "Patch by nose", "签署人为 nose "),
        ("with by not nose", "Patch not by nose", "签署人非 nose "),
        ("with by one of (nose, on_the_skin)", "Patch by nose or “on the skin”", "签署人为 nose 或“on the skin”"),
    ],
)
def test_an_attribute_called_by_reads_as_the_preposition_and_values_of_several_words_are_quoted(test, en, zh):
    condition = f"patch {test} within 3 months before screening"
    assert said(condition) == f"assumed absent: no record of {en}"
    assert said(condition, lang="zh") == f"未见{zh}的 Patch 的记录，按规则视为无"


@pytest.mark.parametrize(("by", "text"), [("nose", "by nose"), ("on_the_skin", "by “on the skin”")])
def test_by_whom_is_said_once_where_it_is_an_attribute_too(by, text):
    held = {"fact": "patch", "by": by, "start": "2026-02-01", "end": "2026-02-02"}
    assert said("patch within 3 months before screening", held) == f"Patch, 2026-02-01 to 2026-02-02, {text}, in the window {WINDOW}"
