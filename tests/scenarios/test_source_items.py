"""Items of a source text: how they are found and numbered, and when their digest changes."""

from __future__ import annotations

import pytest
from trialrules.dsl.source import Source
from trialrules.dsl.source_items import normalised, read_items, words_digest

PAGE = """# A page that speaks of "Part B:" before it comes

Inclusion Criteria
  1. Adults
     who walk.

  2. One of:

    • a cat
    • a dog,
      of any size
    • a fish
  3. Willing.
Read More
Exclusion Criteria
  1. Afraid of water.
  2. Afraid of
heights.

Part B:

Inclusion Criteria:

Inclusion Criteria:

- Children
- Willing

Exclusion Criteria:
* None of these
Design
- not an item
"""


def keys(text: str, start: str | None = None, end: str | None = None) -> list[str]:
    found = read_items(Source("page.md", text), start, end)
    assert found.problems == ()
    return [item.key for item in found.items]


def test_nested_bullets_are_sub_items_and_items_span_lines():
    found = read_items(Source("page.md", PAGE), "Inclusion Criteria", "Part B:")
    assert found.problems == ()
    assert [(item.key, item.text) for item in found.items] == [
        ("inclusion 1", "Adults who walk."),
        ("inclusion 2", "One of:"),
        ("inclusion 2.1", "a cat"),
        ("inclusion 2.2", "a dog, of any size"),
        ("inclusion 2.3", "a fish"),
        ("inclusion 3", "Willing."),
        ("exclusion 1", "Afraid of water."),
        ("exclusion 2", "Afraid of heights."),
    ]
    second = found.find("inclusion", "2")
    assert [item.item for item in found.with_sub_items(second)] == ["2", "2.1", "2.2", "2.3"]


def test_a_doubled_heading_is_one_and_another_section_ends_the_list():
    assert keys(PAGE, "Part B:") == ["inclusion 1", "inclusion 2", "exclusion 1"]


def test_a_second_list_of_a_name_is_a_problem():
    found = read_items(Source("page.md", PAGE), None, None)
    assert [problem.message for problem in found.problems] == [
        "the region of `page.md` holds a second list `inclusion`",
        "the region of `page.md` holds a second list `exclusion`",
    ]
    assert {problem.bound for problem in found.problems} == {"to"}


def test_spans_lead_to_the_words():
    for item in read_items(Source("page.md", PAGE), "Part B:", None).items:
        assert PAGE[item.span.start : item.span.end] == item.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Exclusion criteria:\n1) a\n2) b\n 1. c\n 2. d\n3) e", ["1", "2", "2.1", "2.2", "3"]),
        ("**Key Exclusion Criteria**\n(1) a\n- b\n- c\n(2) d", ["1", "1.1", "1.2", "2"]),
        ("## 排除标准：\n1、甲\n2、乙", ["1", "2"]),
        ("排除标准\n（1）甲\n（2）乙", ["1", "2"]),
        ("Exclusion Criteria\n* a\n    1. b\n        - c\n* d", ["1", "1.1", "1.1.1", "2"]),
        ("Exclusion Criteria\n    - a\n  - b\n", ["1", "2"]),
        ("Exclusion Criteria\r\n- a\r\n- b\r\n", ["1", "2"]),
        ("Exclusion Criteria\n- a\n1.5 mg is a lot\n- b", ["1", "2"]),
    ],
)
def test_ways_of_numbering(text, expected):
    assert keys(text) == [f"exclusion {item}" for item in expected]


@pytest.mark.parametrize(
    ("start", "end", "bound"), [("Nowhere", None, "from"), ("Part B:", "Nowhere", "to"), ("Part B:", "Inclusion Criterion", "to")]
)
def test_a_bound_that_is_not_there_is_a_problem(start, end, bound):
    found = read_items(Source("page.md", PAGE), start, end)
    (problem,) = found.problems
    assert (found.items, problem.bound) == ((), bound)
    assert "is not found in `page.md`" in problem.message


def test_a_region_without_lists_is_a_problem():
    (problem,) = read_items(Source("page.md", "Just words\n- and a bullet\n"), None, None).problems
    assert "holds no list" in problem.message


def test_a_number_out_of_order_is_a_problem():
    found = read_items(Source("page.md", "Inclusion Criteria\n1. a\n3. b\n"), None, None)
    assert [item.item for item in found.items] == ["1", "2"]
    assert "`inclusion 2` of `page.md` is numbered 3" in found.problems[0].message


@pytest.mark.parametrize("other", ["one  two", "one\ntwo", " one\u200b two ", "one\u00a0two"])
def test_the_digest_looks_at_the_words_only(other):
    assert words_digest(other) == words_digest("one two")


@pytest.mark.parametrize("other", ["one two.", "One two", "one ≥ two", "10⁶", "106"])
def test_the_digest_sees_other_words(other):
    assert words_digest(other) not in {words_digest(text) for text in ("one two", "10\u20076", "one ≤ two") if text != other}
    assert words_digest("10⁶") != words_digest("106")


def test_normalised_words_keep_their_signs():
    assert normalised("  ≥\t10⁶\n cells ") == "≥ 10⁶ cells"
