"""Canonical JSON: one form for one value; and the strict reader."""

import json
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from trialrules import limits
from trialrules.canonical import JsonProblem, canonical_bytes, digest, strict_json_loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(10**29), 10**29) | st.decimals(-(10**9), 10**9, places=6)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


def written(value: object) -> str:
    return canonical_bytes(value).decode()


def problem(text: str) -> JsonProblem:
    found = strict_json_loads(text)
    assert isinstance(found, JsonProblem), found
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-0.0, "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("0E+1000000"), "0"),
        (1, "1"),
        (1.0, "1"),
        (Decimal("1.00"), "1"),
        (Fraction(3, 3), "1"),
        (Decimal("132.60"), "132.6"),
        (Fraction(663, 5), "132.6"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(-2, 3), "-0.666666666667"),
        (Fraction(10**30, 3), "3.33333333333e+29"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333"),
        (123456789012345, "123456789012345"),
        (123456789012345.0, "123456789012000"),
        (999999999999.9, "1000000000000"),
        (10**20, "100000000000000000000"),
        (10**21, "1e+21"),
        (12345 * 10**20, "1.2345e+24"),
        (Decimal("1E+30"), "1e+30"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("1E-7"), "1e-7"),
        (Decimal("0.00000123"), "0.00000123"),
        (Decimal("1.5e-9"), "1.5e-9"),
        (5e-324, "4.94065645841e-324"),
        (Decimal("1.25E+1000000"), "1.25e+1000000"),
        (Fraction(-(10**5000)), "-1e+5000"),
        ('µ\n"\\\x07\x7f😀', '"µ\\n\\"\\\\\\u0007\x7f😀"'),
        ([], "[]"),
        ((1, [2, {}]), "[1,[2,{}]]"),
        ({"b": 1, "a": [None]}, '{"a":[null],"b":1}'),
        # RFC 8785, 3.2.3: keys in the order of UTF-16 code units.
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
            '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() and value.isprintable() else "",
)
def test_written_form(value, text):
    assert written(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), "\ud800"])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", {1: 2}, {"a": 1, None: 2}, 1j])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError):
        canonical_bytes(value)


def test_digest_is_that_of_the_bytes():
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest({"a": 1, "b": Decimal("2.0")}) == digest({"b": 2, "a": Fraction(1)})


@given(VALUES)
def test_read_back_it_is_the_same_value(value):
    again = strict_json_loads(written(value))
    assert again == value
    assert canonical_bytes(again) == canonical_bytes(value)


@given(st.fractions() | st.floats(allow_nan=False, allow_infinity=False) | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_to_twelve_digits_at_least(number):
    text = written(number)
    assert float(text) == pytest.approx(float(number), rel=1e-11, abs=1e-320)
    assert float(json.loads(text)) == float(text)


@given(st.integers(1, 9), st.integers(-30, 30))
def test_equal_numbers_have_equal_bytes(digit, power):
    as_decimal = Decimal(digit).scaleb(power)
    assert canonical_bytes(as_decimal) == canonical_bytes(Fraction(as_decimal)) == canonical_bytes(float(as_decimal))


def test_numbers_are_exact():
    found = strict_json_loads('{"a": 0.1, "b": 10, "c": 1e2, "d": -0, "e": 1.50}')
    assert found == {"a": Decimal("0.1"), "b": 10, "c": Decimal(100), "d": 0, "e": Decimal("1.5")}
    assert isinstance(found, dict)
    assert [type(value) for value in found.values()] == [Decimal, int, Decimal, int, Decimal]


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ('{"a": NaN}', "NaN", 1, 7),
        ("[1,\n -Infinity]", "-Infinity", 2, 2),
        ('{"a": 1,\n "b": {"a": 2, "a": 3}}', 'The key "a" stands twice', 2, 16),
        ('{"a": 1, "\\u0061": 2}', 'The key "a" stands twice', 1, 10),
        ('{"a": ["a", "a", {"a": "a"}], "a": 0}', 'The key "a" stands twice', 1, 31),
        ("[1e30]", "digits", 1, 2),
        ("[1e-31]", "digits", 1, 2),
        ("[1E-999999999999]", "digits", 1, 2),
        ("[1.5, " + "1" * 31 + "]", "digits", 1, 7),
        ("[0." + "1" * 31 + "]", "digits", 1, 2),
        ("[-" + "9" * 5000 + "]", "digits", 1, 2),
        ("1" * 100_000, "digits", 1, 1),
        ("[" * 65 + "]" * 65, "nesting", 1, 65),
        ('{"a":' * 65 + "1" + "}" * 65, "nesting", 1, 321),
        ("[" * 100_000, "nesting", 1, 65),
        ('[{"a":' * 50_000, "nesting", 1, 193),
        ('["\\ud800"]', "Unicode", 1, 2),
        ('{"\\uDE00\\uD83D": 1}', "Unicode", 1, 2),
        ('["\ud800"]', "Unicode", 1, 3),
        ("", "not valid JSON", 1, 1),
        ("{'a': 1}", "not valid JSON", 1, 2),
        ("[1,]", "not valid JSON", 1, 4),
        ('{"a": 1} x', "not valid JSON", 1, 10),
        ('["\n"]', "not valid JSON", 1, 3),
        ("\ufeff{}", "not valid JSON", 1, 1),
        ("[01]", "not valid JSON", 1, 3),
    ],
    ids=lambda value: str(value)[:30].encode("unicode_escape").decode(),
)
def test_refused_with_its_place(text, words, line, column):
    found = problem(text)
    assert words in found.message
    assert (found.line, found.column) == (line, column)
    assert found.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 64 + "]" * 64,
        '"' + "[" * 1000 + '"',
        '["\\ud83d\\ude00", "\\\\ud800"]',
        '[{"a": 1}, {"a": 1}]',
        "1e29",
        "1e-30",
        "-1.5e+0018",
        "[" + "1" * 30 + "]",
        '{"": 1, "a": {"": 2}}',
        "[0.000000000000000000000000000001]",
        "null",
    ],
)
def test_accepted(text):
    assert not isinstance(strict_json_loads(text), JsonProblem)


@given(st.text(st.sampled_from('[]{}",:\\0189eE+-.ud aNfn\n'), max_size=60))
def test_any_text_gives_a_value_or_a_problem(text):
    found = strict_json_loads(text)
    if isinstance(found, JsonProblem):
        assert found.line >= 1
        assert found.column >= 1
    else:
        assert canonical_bytes(found)


def test_message_about_a_long_key_is_short():
    key = "k" * 100_000
    assert len(problem(f'{{"{key}": 1, "{key}": 2}}').message) < limits.MAX_NAME_LENGTH + 50


def test_a_hundred_thousand_facts_are_read():
    fact = '{"fact": "total_bilirubin", "value": 10.5, "unit": "mg/dL", "date": "2026-03-01"}'
    text = '{"facts": [' + ",".join([fact] * 100_000) + "]}"
    found = strict_json_loads(text)
    assert not isinstance(found, JsonProblem)
    assert len(found["facts"]) == 100_000
