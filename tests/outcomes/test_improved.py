"""Improved and worse: margins exactly, whatever the numbers, and the same as a naive computation says."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

import pytest
from hypothesis import given, strategies as st
from trialrules.dsl import model
from trialrules.engine.baseline import moved
from trialrules.engine.outcome import Interval

from .builder import DOSE_DAY, WEEK_4, done, fact, results

OPS = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}
NUMBER = model.Quantity(Fraction(0), None, "0")


def improved(*margins, worse=False, higher=False):
    made = tuple(model.Margin(op, Fraction(value), percent, f"{op} {value}") for op, value, percent in margins)
    return model.Improved(NUMBER, worse, made, higher)


LITERAL = improved((">", 20, True), (">", 1, False))


@pytest.mark.parametrize(
    ("base", "now", "truth"),
    [
        (10, 8, False),  # exactly 20 %
        (10, Fraction(799, 100), True),
        (4, 3, False),  # exactly 1 unit
        (4, Fraction(299, 100), True),
        (4, 5, False),
        (0, 0, False),
        (0, 5, False),
    ],
)
def test_the_literal_margins_of_asas20(base, now, truth):
    assert moved(LITERAL, now, base) is truth


@pytest.mark.parametrize(
    ("base", "now", "truth"), [(5, 5, False), (5, Fraction(5001, 1000), True), (5, 4, False), (0, 1, True), (0, 0, False)]
)
def test_worse_without_a_margin_is_any_rise(base, now, truth):
    assert moved(improved(worse=True), now, base) is truth


def test_from_zero_any_worsening_is_more_than_any_percentage():
    assert moved(improved((">=", 20, True), worse=True), 1, 0) is True
    assert moved(improved((">=", 20, True), (">=", 2, False), worse=True), 1, 0) is False
    assert moved(improved((">=", 20, True), worse=True), 0, 0) is False


def test_from_zero_nothing_improves_by_a_percentage_even_by_none_at_all():
    assert moved(improved((">=", 0, True)), 0, 0) is False


def test_where_higher_is_better_a_rise_is_the_improvement():
    assert moved(improved((">=", 20, True), higher=True), 12, 10) is True
    assert moved(improved((">=", 20, True), higher=True), Fraction(119, 10), 10) is False
    assert moved(improved(worse=True, higher=True), 9, 10) is True


@pytest.mark.parametrize(
    ("base", "now", "truth"),
    [
        (Interval(8, 10), 6, True),
        (Interval(8, 10), 7, None),  # 8 > 7 is 12.5 %, 10 > 7 is 30 %
        (10, Interval(None, 5, high_open=True), True),  # recorded as < 5
        (10, Interval(7, 9), None),
        (Interval(0, 5), Interval(6, 9), False),
        (Interval(0, 10), 1, None),
    ],
)
def test_a_bound_decides_only_where_every_value_within_it_does(base, now, truth):
    assert moved(LITERAL, now, base) is truth


def naive(node, now, base):
    """By how much it moved in the direction asked for, in units and in per cent of the size of the baseline."""
    wanted_up = node.higher_is_better != node.worse
    gain = now - base if wanted_up else base - now
    if not node.margins:
        return gain > 0
    for margin in node.margins:
        if not margin.percent:
            if not OPS[margin.op](gain, margin.value):
                return False
        elif base == 0:
            if not (node.worse and gain > 0):
                return False
        elif not OPS[margin.op](100 * gain / abs(base), margin.value):
            return False
    return True


exact = st.fractions(min_value=-20, max_value=20, max_denominator=20)
margin = st.tuples(st.sampled_from([">", ">="]), st.fractions(min_value=0, max_value=60, max_denominator=4), st.booleans())
nodes = st.builds(
    lambda margins, worse, higher: improved(*margins, worse=worse, higher=higher),
    st.lists(margin, max_size=2),
    st.booleans(),
    st.booleans(),
)


@given(nodes, exact, exact)
def test_agrees_with_a_naive_computation(node, now, base):
    assert moved(node, now, base) is naive(node, now, base)


@given(
    nodes,
    exact,
    exact,
    exact,
    exact,
    st.fractions(min_value=0, max_value=1, max_denominator=8),
    st.fractions(min_value=0, max_value=1, max_denominator=8),
)
def test_what_bounds_decide_every_value_within_them_does(node, low, high, base_low, base_high, share, base_share):
    low, high = sorted((low, high))
    base_low, base_high = sorted((base_low, base_high))
    said = moved(node, Interval(low, high), Interval(base_low, base_high))
    inside = moved(node, low + share * (high - low), base_low + base_share * (base_high - base_low))
    assert said is None or said is inside


tenths = st.integers(min_value=0, max_value=100).map(lambda n: Fraction(n, 10))


@given(st.lists(st.tuples(tenths, tenths), min_size=4, max_size=4))
def test_asas20_agrees_with_a_naive_computation_over_whole_records(domains):
    entries = []
    for (base, now), (names, scale, unit) in zip(
        domains,
        (
            (["patient_global"], 1, None),
            ([f"basfi_{item}" for item in range(1, 11)], 1, None),
            (["spinal_pain_overall", "spinal_pain_nocturnal"], 10, "mm"),
            (["basdai_q5", "basdai_q6"], 1, None),
        ),
        strict=True,
    ):
        for value, at in ((base, DOSE_DAY), (now, WEEK_4)):
            entries += [fact(name, f"{float(value * scale):g}", at, unit) for name in names]
    literal = [base > 0 and base - now > base / 5 and base - now > 1 for base, now in domains]
    standard = [base > 0 and base - now >= base / 5 and base - now >= 1 for base, now in domains]
    worse = [now - base >= base / 5 and now - base >= 1 for base, now in domains]
    found = results("spondylitis", entries)
    assert found["asas20", "w4"].truth is (
        sum(literal) >= 3 and all(good or now <= base for good, (base, now) in zip(literal, domains, strict=True))
    )
    assert found["asas20_standard", "w4"].truth is (sum(standard) >= 3 and not any(worse))


days = st.lists(
    st.tuples(st.integers(min_value=-20, max_value=50), st.integers(min_value=1, max_value=30)), max_size=8, unique_by=lambda pair: pair[0]
)


@given(days, st.integers(min_value=24, max_value=34))
def test_value_and_change_agree_with_a_naive_choice_of_records(records, visit):
    start = date(2026, 3, 2)
    entries = [fact("crp", value, (start + timedelta(days=at)).isoformat(), "mg/L") for at, value in records]
    visits = (done("inf1", DOSE_DAY), done("w4", (start + timedelta(days=visit)).isoformat()))
    found = results("spondylitis", entries, visits=visits)["crp_level", "w4"]
    read = [pair for pair in records if min(25, visit) <= pair[0] <= max(31, visit)]
    before = [pair for pair in records if pair[0] <= 0]
    value, base = max(read)[1] if read else None, max(before)[1] if before else None
    assert found.value.amounts == (() if value is None else (value,))
    assert found.baseline.amounts == (() if base is None else (base,))
    assert found.change.amounts == (() if value is None or base is None else (value - base,))
    if value is not None and base is not None:
        assert found.percent.amounts == (Fraction(100 * (value - base), base),)
