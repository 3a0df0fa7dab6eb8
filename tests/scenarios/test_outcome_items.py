"""Outcome measures of a source text: both forms of registry pages, numbers of the whole list, regions with `only`."""

from __future__ import annotations

from trialrules.dsl.source import Source
from trialrules.dsl.source_items import read_items, read_regions

PAIRS = """Inclusion Criteria:
1. Adults.
Primary Outcome Measures
NameTimeMethod
Phase I: Harm180 days after the first dose.

Any harm.

Phase II: Survival90 days.

Alive on day 90.

Secondary Outcome Measures
NameTimeMethod
Phase I: SurvivalDay 28

Alive on day 28.
"""
PAGE = Source("page.md", PAIRS)
TABLE = """主要结果指标
结果测量 |
大体时间 |
|---|---|
|
Harm
大体时间:24 weeks
|
24 weeks
|
|
Toxicity
|
24 weeks
|
次要结果测量
结果测量 |
措施说明 |
大体时间 |
|---|---|---|
|
Pain
|
Measured on a scale.

Higher is worse.
|
Week 1
|
"""


def words(found):
    return [(item.key, item.text) for item in found.items]


def test_pairs_of_paragraphs_are_outcomes_with_their_time_and_method():
    assert words(read_items(Source("page.md", PAIRS), "Primary Outcome Measures", None)) == [
        ("primary outcome 1", "Phase I: Harm180 days after the first dose. Any harm."),
        ("primary outcome 2", "Phase II: Survival90 days. Alive on day 90."),
        ("secondary outcome 1", "Phase I: SurvivalDay 28 Alive on day 28."),
    ]


def test_rows_of_a_table_are_outcomes_with_all_their_cells():
    assert words(read_items(Source("page.md", TABLE), None, None)) == [
        ("primary outcome 1", "Harm 大体时间:24 weeks 24 weeks"),
        ("primary outcome 2", "Toxicity 24 weeks"),
        ("secondary outcome 1", "Pain Measured on a scale. Higher is worse. Week 1"),
    ]


def test_only_keeps_the_numbers_of_the_whole_list():
    outcomes = "Primary Outcome Measures"
    found = read_regions([(PAGE, None, outcomes, None), (PAGE, outcomes, None, "Phase II:")])
    assert words(found) == [("inclusion 1", "Adults."), ("primary outcome 2", "Phase II: Survival90 days. Alive on day 90.")]
    assert found.problems == ()


def test_an_outcome_points_to_its_place_in_the_text():
    (item, *_) = read_items(Source("page.md", TABLE), None, None).items
    assert TABLE[item.span.start : item.span.end] == "Harm\n大体时间:24 weeks\n|\n24 weeks"


def test_an_item_of_two_regions_that_overlap_counts_once():
    found = read_regions([(PAGE, None, None, None), (PAGE, "Primary Outcome Measures", None, "Phase I:")])
    assert [item.key for item in found.items] == ["inclusion 1", "primary outcome 1", "primary outcome 2", "secondary outcome 1"]
