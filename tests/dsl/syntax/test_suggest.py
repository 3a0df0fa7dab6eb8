from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from trialrules.dsl.suggest import distance, suggest

NAMES = ["creatinine", "total_bilirubin", "inr", "he_grade", "screening", "first_infusion"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("creatinin", ("creatinine",)),
        ("craetinine", ("creatinine",)),
        ("total_billirubin", ("total_bilirubin",)),
        ("irn", ("inr",)),
        ("xyz", ()),
        ("screenings", ("screening",)),
        ("", ()),
    ],
)
def test_near_names(name, meant):
    assert suggest(name, NAMES) == meant


def test_nearest_first_then_by_alphabet():
    assert suggest("abcdefghi", ["abcdefgxx", "abcdefghx", "abcdefgha"]) == ("abcdefgha", "abcdefghx", "abcdefgxx")


def slow(a, b):
    """The same distance from its definition."""
    table = {}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if not i or not j:
                table[i, j] = i + j
                continue
            best = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, table[i - 2, j - 2] + 1)
            table[i, j] = best
    return table[len(a), len(b)]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 8))
def test_distance(a, b, bound):
    assert distance(a, b, bound) == min(slow(a, b), bound + 1)
