"""The catalogues: the same keys and places in both languages, a word for everything that the engine can say, typography."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from string import Formatter
from typing import get_args

import pytest
from trialrules.dsl.causes import CAUSES
from trialrules.dsl.model import Length, Op, Pick
from trialrules.dsl.units import parse_unit
from trialrules.engine.explain_words import LANGUAGES, amount_text, number_text, second_text, with_unit, words
from trialrules.engine.outcome import DecisionWord, Interval, Span, Verdict

EN, ZH = words("en"), words("zh")
PLURALS = re.compile(r"\.one$")
# Words of rule files: English shows the word itself.
TERMS = re.compile(r"^term\.")
DAY = 739_677  # 2026-03-02


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def keys(catalogue) -> set[str]:
    return {key for key in catalogue._table if not PLURALS.search(key) and not TERMS.search(key)}


def test_both_languages_have_the_same_keys():
    assert keys(EN) == keys(ZH)


def test_both_languages_fill_the_same_places():
    assert [key for key in sorted(keys(EN)) if places(EN._table[key]) != places(ZH._table[key])] == []


def test_singulars_have_a_plural():
    assert [key for key in (*EN._table, *ZH._table) if PLURALS.search(key) and PLURALS.sub("", key) not in EN._table] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_the_engine_says_has_words(lang):
    w = words(lang)
    wanted = [f"cause.{cause}" for cause in CAUSES] + [f"need.{cause}" for cause in CAUSES]
    wanted += [f"verdict.{verdict}" for verdict in get_args(Verdict)] + [f"decision.{word}" for word in get_args(DecisionWord)]
    wanted += [f"op.{op}" for op in get_args(Op)]
    counting = {"any", "every", "at least", "latest", "first", "highest", "lowest"}
    wanted += [f"pick.{pick}" if pick in counting else f"number.{pick}" for pick in get_args(Pick)]
    wanted += [f"flip.{kind}" for kind in ("value", "time", "need", "fixed")]
    assert [key for key in wanted if not w.has(key)] == []


@pytest.mark.parametrize("key", sorted(ZH._table))
def test_chinese_punctuation_is_full_width(key):
    assert not re.search(r"[,;:()?]", re.sub(r"\{[^}]*\}", "", ZH._table[key]))


@pytest.mark.parametrize("key", sorted(EN._table))
def test_english_is_ascii_but_for_signs(key):
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", EN._table[key])


def test_a_space_parts_chinese_from_latin_at_the_seams_only():
    assert ZH.join(["肌酐", "< 5"]) == "肌酐 < 5"
    assert ZH.join(["INR", "> 2"]) == "INR > 2"
    assert ZH.join(["3 天", "内"]) == "3 天内"
    assert ZH.join(["用PTA表示", "。"]) == "用PTA表示。"
    assert EN.join(["a", "b"]) == "ab"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (27, "27"),
        (Fraction(1, 4), "0.25"),
        (Fraction(1, 3), "0.333333333333"),
        (Decimal("1.50"), "1.5"),
        (32.22753123394, "32.2275312339"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_numbers_are_canonical(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(None, 5, high_open=True), "< 5"),
        (Interval(None, 5), "≤ 5"),
        (Interval(5, None, low_open=True), "> 5"),
        (Interval(5, 6), "5 … 6"),
        (Interval(5, 6, low_open=True), "> 5, ≤ 6"),
    ],
)
def test_intervals_are_bounds(interval, text):
    assert amount_text(interval) == text


def test_plain_numbers_have_no_unit():
    assert with_unit("5", parse_unit("1")) == "5"
    assert with_unit("5", parse_unit("mg/dL")) == "5 mg/dL"
    assert with_unit("5", None) == "5"


@pytest.mark.parametrize(
    ("span", "en", "zh"),
    [
        (Span(DAY, DAY, DAY, DAY), "2026-03-02", "2026-03-02"),
        (Span(DAY - 1, DAY - 1, DAY, DAY), "2026-03-01 to 2026-03-02", "2026-03-01 至 2026-03-02"),
        (Span(None, None, DAY, DAY), "up to 2026-03-02", "截至 2026-03-02"),
        (Span(DAY, DAY, None, None), "from 2026-03-02", "2026-03-02 起"),
        (Span(None, None, None, None), "any day", "不限日期"),
        (Span(DAY - 1, DAY, DAY, DAY), "2026-03-01/2026-03-02 to 2026-03-02", "2026-03-01/2026-03-02 至 2026-03-02"),
    ],
)
def test_windows_are_dates(span, en, zh):
    assert (EN.window(span), ZH.window(span)) == (en, zh)


def test_windows_in_hours_have_times():
    assert second_text(DAY * 86_400 + 8 * 3600 + 30 * 60) == "2026-03-02T08:30"


@pytest.mark.parametrize(
    ("length", "en", "zh"),
    [
        (Length(Fraction(1), "months"), "1 month", "1 个月"),
        (Length(Fraction(3), "weeks"), "3 weeks", "3 周"),
        (Length(Fraction(1, 2), "hours"), "0.5 hours", "0.5 小时"),
    ],
)
def test_lengths(length, en, zh):
    assert (EN.length(length), ZH.length(length)) == (en, zh)


def test_lists():
    assert EN.listed(["a", "b", "c"]) == "a, b and c"
    assert EN.listed(["a"], "list.or") == "a"
    assert EN.listed([]) == ""
    assert ZH.listed(["甲", "乙", "丙"], "list.or") == "甲、乙或丙"
