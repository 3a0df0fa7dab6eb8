"""Outcomes as people read them: one phrase, the tree of what it was found from, what is still needed; English and Chinese."""

from __future__ import annotations

from trialrules.engine.explain_tree import flat
from trialrules.engine.outcomes.words import evidence_lines, need_words, result_words

from .builder import DOSE_DAY, WEEK_4, done, fact, protocol, report, results, subject

CRP = [fact("crp", 12, "2026-03-01", "mg/L", source="lab 1"), fact("crp", 8, WEEK_4, "mg/L", source="lab 2")]
FIRST = done("inf1", DOSE_DAY)


def crp(entries=CRP, **more):
    return results("spondylitis", entries, **more)["crp_level", "w4"]


def said(state, lang="en"):
    return result_words(state, lang)


def test_a_number_with_its_baseline_and_change():
    assert said(crp()) == "8 mg/L (baseline 12 mg/L; change -4 mg/L, -33.3 %)"
    assert said(crp(), "zh") == "8 mg/L（基线 12 mg/L，变化 -4 mg/L，-33.3 %）"


def test_a_number_without_a_baseline():
    assert said(crp(CRP[1:])) == "8 mg/L (baseline unknown)"


def test_a_number_of_a_visit_before_the_first_dose_stands_alone():
    found = results("spondylitis", [fact("crp", 12, "2026-02-25", "mg/L")], visits=(done("base", "2026-02-25"), FIRST))
    assert said(found["crp_level", "base"]) == "12 mg/L"


def test_a_change_from_zero_has_no_percentage():
    joints = [fact("swollen_joints_44", 0, "2026-03-01"), fact("swollen_joints_44", 3, WEEK_4)]
    assert said(results("spondylitis", joints)["joints", "w4"]) == "3 (baseline 0; change 3)"


def test_what_may_still_change_says_when_to_look_again():
    assert said(crp(now="2026-03-31")) == "8 mg/L (baseline 12 mg/L; change -4 mg/L, -33.3 %), provisional: check again on 2026-04-02"


def test_truths_and_what_is_no_result():
    assert said(results("liver", [fact("death", False, "2026-04-06")])["survival", "day 28"]) == "yes"
    assert said(results("liver", [fact("death", True, "2026-03-06")])["survival", "day 28"]) == "no"
    assert said(results("liver")["survival", "day 28"]) == "unknown"
    assert said(results("liver")["survival", "day 90"], "zh") == "尚未到期：2026-05-31"
    assert said(results("liver")["survival", "day 90"]) == "not due yet: 2026-05-31"
    assert said(results("spondylitis")["crp_level", "w8"]) == "not applicable"


def test_the_evidence_of_a_number():
    assert flat(evidence_lines(crp(), "en")).split("\n") == [
        "· value: 8 mg/L",
        "  · C-reactive protein: 8 mg/L, 2026-03-30 [lab 2]",
        "  · window: 2026-03-27 to 2026-04-02",
        "· at baseline: 12 mg/L",
        "  · C-reactive protein: 12 mg/L, 2026-03-01 [lab 1]",
        "  · window: up to 2026-03-02",
        "· change: -4 mg/L, -33.3 %",
    ]


def test_the_evidence_of_what_is_missing_names_the_record_that_is_too_old():
    assert flat(evidence_lines(crp(CRP[:1]), "en")).split("\n") == [
        "· value: no value",
        "  · window: 2026-03-27 to 2026-04-02",
        "· at baseline: 12 mg/L",
        "  · C-reactive protein: 12 mg/L, 2026-03-01 [lab 1]",
        "  · window: up to 2026-03-02",
        "· too old: C-reactive protein: a newer record, dated 2026-03-27 to 2026-04-02; newest: 12 mg/L, 2026-03-01 [lab 1]",
    ]


def test_a_baseline_of_the_day_itself_is_shown_as_such():
    found = crp([fact("crp", 12, DOSE_DAY, "mg/L"), CRP[1]])
    assert "recorded on the day of the first dose without a time that tells the order: taken as before it" in flat(
        evidence_lines(found, "en")
    )


def domain(names, base, now, unit=None):
    return [fact(name, value, date, unit) for value, date in ((base, DOSE_DAY), (now, WEEK_4)) for name in names]


def test_the_evidence_of_asas20_shows_each_domain_once_in_full():
    entries = domain(["patient_global"], 8, 4) + domain(["spinal_pain_overall", "spinal_pain_nocturnal"], 60, 60, "mm")
    entries += domain(["basdai_q5", "basdai_q6"], 7, 3) + domain([f"basfi_{item}" for item in range(1, 11)], 6, 3)
    lines = flat(evidence_lines(results("spondylitis", entries)["asas20", "w4"], "en")).split("\n")
    assert lines[:4] == [
        "✓ all of (2 met)",
        "  ✓ at least 3 of (3 met, 1 not met)",
        "    ✓ global: Patient's global assessment improved by > 20 % and > 1",
        "      · value: 4",
    ]
    assert "    ✗ pain: Total spinal pain, mean of overall and at night improved by > 20 % and > 10 mm" in lines
    assert "      ✓ Total spinal pain, mean of overall and at night not worse" in lines
    assert "        · value: 60 mm; at baseline: 60 mm; change: 0 mm, 0 %" in lines
    assert sum("BASFI 7" in line for line in lines) == 2


def test_in_chinese_the_same_tree_in_other_words():
    entries = domain(["patient_global"], 8, 4)
    state = results("spondylitis", entries)["asas20", "w4"]
    english, chinese = evidence_lines(state, "en"), evidence_lines(state, "zh")
    assert [(line.depth, line.mark, line.kind) for line in english] == [(line.depth, line.mark, line.kind) for line in chinese]
    assert any(line.text == "患者总体评估较基线改善 > 20 % 和 > 1" for line in chinese)


def test_a_need_names_the_outcomes_that_wait_for_it():
    rules = protocol("spondylitis")
    found = report(rules, subject([], (FIRST, done("w1", "2026-03-09"), done("w4", WEEK_4))))
    said = [need_words(need, found, "en") for need in found.needs if need.unknown.fact is rules.facts["patient_global"]]
    assert said == [
        "no record: Patient's global assessment: a record dated 2026-03-08 to 2026-03-10 – for ASAS20 at week 1",
        (
            "no record: Patient's global assessment: a record dated 2026-03-02 or before"
            " – for ASAS20 at week 1, week 4; ASAS20, standard form at week 4"
        ),
        (
            "no record: Patient's global assessment: a record dated 2026-03-27 to 2026-04-02"
            " – for ASAS20 at week 4; ASAS20, standard form at week 4"
        ),
    ]


def test_without_evidence_the_cause_is_said():
    rules = protocol("spondylitis")
    state = next(one for one in report(rules, subject()).outcomes if one.key == "w4")
    assert [line.text for line in evidence_lines(state, "en", rules.moments)] == ["moment not set: the day of: First infusion"]
