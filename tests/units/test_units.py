"""Units: the clinician's table, spellings, what is refused, and laws that hold for all units."""

import csv
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from trialrules import limits
from trialrules.dsl import _unit_aliases as aliases, _unit_syntax as syntax, _unit_words as words
from trialrules.dsl.units import (
    Bridge,
    Unit,
    bridged_factor,
    convert,
    dimension_name,
    factor_between,
    parse_unit,
    per,
    suggest_units,
    times,
    with_molar,
)

TABLE = Path(__file__).parents[1] / "tables" / "units.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def unit(text: str) -> Unit:
    found = parse_unit(text)
    assert found is not None, text
    return found


UNITS = st.sampled_from(words.COMMON_UNITS).map(unit)
VALUES = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


def bridge_of(identity: str) -> Bridge | None:
    if not identity:
        return None
    found = re.fullmatch(r"(\S+) (\S+) = (\S+) (\S+)", identity)
    assert found is not None, identity
    bridge = with_molar(Fraction(found[1]), unit(found[2]), Fraction(found[3]), unit(found[4]))
    assert bridge is not None, identity
    return bridge


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['value']} {row['from']} in {row['to']}")
def test_table(row):
    source, target = parse_unit(row["from"]), parse_unit(row["to"])
    if source is None or target is None:
        assert row["result"] == ""
        return
    result = convert(Fraction(row["value"]), source, target, bridge_of(row["identity"]))
    assert result == (Fraction(row["result"]) if row["result"] else None)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("µmol/L", "umol/L"),
        ("μmol/L", "umol/L"),
        ("µg", "ug"),
        ("mmHg", "mm[Hg]"),
        ("cmH2O", "cm[H2O]"),
        ("mIU/L", "m[IU]/L"),
        ("IU", "[IU]"),
        ("[iU]/L", "[IU]/L"),
        ("mEq/L", "meq/L"),
        ("mOsm/kg", "mosm/kg"),
        ("x10^9/L", "10*9/L"),
        ("x 10^9/L", "10*9/L"),
        ("×10⁹/L", "10*9/L"),
        ("10⁹/L", "10*9/L"),
        ("kg/m²", "kg/m2"),
        ("mg/week", "mg/wk"),
        ("mg/day", "mg/d"),
        ("hours", "h"),
        ("hour", "h"),
        ("sec", "s"),
        ("years", "a"),
        ("months", "mo"),
        ("°C", "Cel"),
        ("℃", "Cel"),
        ("°F", "[degF]"),
        ("mg/dl", "mg/dL"),
        ("cells/kg", "{cells}/kg"),
        ("％", "%"),
        ("mg/d\u200bL", "mg/dL"),
        (" mg/dL ", "mg/dL"),
        ("", "1"),
        ("mL/min/1.73.m2", "mL/min/{1.73_m2}"),
        ("M/uL", "10*6/uL"),
        ("(score)", "1"),
    ],
)
def test_customary_spelling_means_the_same(written, meant):
    found, wanted = unit(written), unit(meant)
    assert (found.dimension, found.factor, found.offset) == (wanted.dimension, wanted.factor, wanted.offset)
    assert found.text == written.strip()


@pytest.mark.parametrize(
    "text",
    [
        *("10*999999999", "10^-999999999", "m19", "m999999999999999999", "1e9", "9**9**9", "10*0", "m0", "0", "0.5", "2.10.g"),
        *("m" * 65, "(" * 64, "(" * 31 + "m" + ")" * 32, "/" * 64, "." * 64, "{" * 64, "[" * 64, "9" * 64),
        *("mg/", "/", "mg//L", "mg/dL)", "(mg", "mg dL", "mg / dL", "mg/dL\n/L", "mg\x00", "{cells", "cells}", "[IU", "mg^2"),
        *("MMOL/L", "MG/DL", "cc", "zzz", "gm", "mM", "1.73.m2", "1.73m2", "x", "Torr"),
        *("mCel", "Cel/min", "Cel2", "[pH]/L", "dB.m", "k10*", "d%", "kmin", "k[lb_av]", "a_j", "mo_s", "[smoot]"),
    ],
)
def test_refused(text):
    assert parse_unit(text) is None


@pytest.mark.parametrize("text", ["mg", "d", "", "µmol/L", "zzz"])
def test_same_text_gives_the_same_unit(text):
    assert parse_unit(text) is parse_unit(text)


def test_division_goes_from_left_to_right():
    assert unit("g/L.m").dimension == unit("g.m/L").dimension
    assert unit("g/(L.m)").dimension == unit("g/L/m").dimension
    assert unit("/min").dimension == "T-1"


def test_annotations_are_kept_in_the_text_and_count_nothing():
    found = unit("mg{creatinine}/g{urine}")
    assert found.text == "mg{creatinine}/g{urine}"
    assert (found.dimension, found.factor) == ("1", Fraction(1, 1000))
    assert unit("{cells}").is_plain_number
    assert not unit("{cells}/uL").is_plain_number


def test_arbitrary_units_are_comparable_with_themselves_only():
    codes = ["[IU]/L", "U/L", "[arb'U]/L", "[CFU]/L", "/L", "eq/L", "osm/L", "mol/L", "[beth'U]/L", "[HPF]/L", "[NTU]/L"]
    assert len({unit(code).dimension for code in codes}) == len(codes)


def test_months_and_years_are_no_time():
    for text in ("mo", "a", "month", "year", "mg/mo"):
        for exact in ("d", "s", "wk", "mg/d"):
            assert factor_between(unit(text), unit(exact)) is None


def test_no_customary_spelling_hides_a_ucum_unit():
    prefixes, atoms = syntax.table()
    for word in [*aliases.PARTS, *aliases.METRIC_PARTS, *aliases.COUNTED]:
        assert syntax.find_atom(word, prefixes, atoms) is None, word
    hidden = {text for text in aliases.WHOLE if syntax.read_ucum(text, lambda symbol: syntax.find_atom(symbol, prefixes, atoms))}
    assert hidden == {"pH", "K/uL"}


def test_every_customary_spelling_is_a_unit():
    for word in [*aliases.WHOLE, *aliases.PARTS, *aliases.METRIC_PARTS, *aliases.COUNTED]:
        unit(word)


def test_no_unit_can_be_read_in_two_ways():
    prefixes, atoms = syntax.table()
    readings: dict[str, set[str]] = {}
    for code, atom in atoms.items():
        readings.setdefault(code, set()).add(code)
        for prefix in prefixes if atom.metric and not atom.offset else ():
            readings.setdefault(prefix + code, set()).add(f"{prefix} {code}")
    doubtful = {text for text, ways in readings.items() if len(ways) > 1}
    # UCUM gives way to the atom: minute, not milli-inch and so on; of the rest none may be left in doubt.
    assert doubtful <= set(atoms)


@given(UNITS, UNITS, VALUES)
def test_there_and_back(source, target, value):
    there = convert(value, source, target)
    if source.dimension == target.dimension:
        assert there is not None
        assert convert(there, target, source) == value
    else:
        assert there is None
        assert factor_between(source, target) is None


@given(UNITS, UNITS, UNITS)
def test_factors_chain(first, second, third):
    one, two, both = factor_between(first, second), factor_between(second, third), factor_between(first, third)
    if one is not None and two is not None:
        assert both == one * two


@given(UNITS, UNITS, st.fractions(min_value=Fraction(1, 10**6), max_value=10**6))
def test_bridge_is_exact_in_both_directions(left, right, ratio):
    bridge = with_molar(Fraction(1), left, ratio, right)
    if bridge is None:
        assert left.dimension == right.dimension or left.offset or right.offset
        return
    forth, back = bridged_factor(left, right, bridge), bridged_factor(right, left, bridge)
    assert forth == ratio
    assert back == 1 / ratio


@given(UNITS, UNITS)
def test_product_and_quotient_undo_each_other(left, right):
    product = times(left, right)
    if product is None:
        return
    again = per(product, right)
    assert again is not None
    assert again.factor == left.factor
    assert again.dimension.partition("{")[0] == left.dimension.partition("{")[0]


@given(st.text(max_size=80))
def test_any_text_is_a_unit_or_none(text):
    found = parse_unit(text)
    assert found is None or found.factor > 0
    assert len(suggest_units(text)) <= 3


@given(st.lists(st.sampled_from(["10*", "18", "m", "[IU]", "(", ")", "/", ".", "{a}", "-", "Y", "k", "Cel", "1.73", "²"]), max_size=30))
def test_any_mixture_of_pieces_is_a_unit_or_none(pieces):
    found = parse_unit("".join(pieces))
    assert found is None or found.factor > 0


@given(UNITS)
def test_dimension_key_and_powers_are_inverse(found):
    assert syntax.key(*syntax.powers_of(found.dimension)) == found.dimension


def test_words():
    assert dimension_name(unit("mg/dL")) == "mass concentration"
    assert dimension_name(unit("umol/L")) == "substance concentration"
    assert dimension_name(unit("wk")) == "time"
    assert dimension_name(unit("%")) == "plain number"
    assert dimension_name(unit("Cel")).startswith("temperature")
    assert dimension_name(unit("m7")) == "L7"
    for dimension in words.DIMENSION_WORDS:
        assert syntax.key(*syntax.powers_of(dimension)) == dimension


@pytest.mark.parametrize(
    ("text", "first"),
    [("MMOL/L", "mmol/L"), ("mg/dl", "mg/dL"), ("umol/l", "umol/L"), ("MG/DL", "mg/dL"), ("ML/MIN", "mL/min"), ("[iu]/l", "[IU]/L")],
)
def test_case_slip_is_mended(text, first):
    assert suggest_units(text)[0] == first


@pytest.mark.parametrize(
    ("text", "meant"),
    [("units/kg", "[IU]/kg"), ("cc", "mL"), ("gm/dL", "g/dL"), ("mM", "mmol/L"), ("µM", "umol/L"), ("MMHG", "mm[Hg]"), ("Torr", "mm[Hg]")],
)
def test_what_is_meant_is_offered_and_not_taken(text, meant):
    assert parse_unit(text) is None
    assert suggest_units(text) == (meant,)


def test_suggestions_are_units():
    assert all(parse_unit(text) for text in words.COMMON_UNITS)
    assert suggest_units("zzzzzz") == ()
    assert suggest_units("mg/dL" * 1000) == ()
    assert "mg/dL" in suggest_units("mgs/dL")


def test_bridge_says_its_identity():
    bridge = with_molar(Fraction(2), unit("mEq/L"), Fraction(1), unit("mmol/L"))
    assert bridge is not None
    assert bridge.text == "1 mEq/L = 0.5 mmol/L"
    assert with_molar(Fraction(0), unit("mg/dL"), Fraction(1), unit("umol/L")) is None
    assert with_molar(Fraction(1), unit("mg/dL"), Fraction(-1), unit("umol/L")) is None
    assert with_molar(Fraction(1), unit("mg/dL"), Fraction(10), unit("mg/L")) is None
    assert with_molar(Fraction(1), unit("Cel"), Fraction(10), unit("mg/L")) is None
    third = with_molar(Fraction(3), unit("mg/dL"), Fraction(1), unit("umol/L"))
    assert third is not None
    assert third.text == "1 mg/dL = 1/3 umol/L"


def test_temperatures_have_no_factor():
    assert factor_between(unit("Cel"), unit("[degF]")) is None
    assert factor_between(unit("Cel"), unit("K")) is None
    assert factor_between(unit("Cel"), unit("°C")) == 1
    assert times(unit("Cel"), unit("m")) is None
    assert per(unit("[pH]"), unit("m")) is None


def test_computed_units():
    body_mass_index = per(unit("kg"), unit("m2"))
    assert body_mass_index is not None
    assert body_mass_index.text == "kg/m2"
    assert factor_between(body_mass_index, unit("kg/m2")) == 1
    dose = times(unit("mg/kg"), unit("kg"))
    assert dose is not None
    assert factor_between(dose, unit("mg")) == 1


def test_a_ratio_of_flagged_values_is_a_plain_number():
    for text in ("mL/min/{1.73_m2}", "ng/mL{FEU}", "mg/dL", "%"):
        ratio = per(unit(text), unit(text))
        assert ratio is not None
        assert (ratio.dimension, ratio.factor) == ("1", 1)


def test_bounds_are_those_of_limits():
    assert parse_unit(f"10*{limits.MAX_EXPONENT}") is not None
    assert parse_unit(f"10*{limits.MAX_EXPONENT + 1}") is None
    assert parse_unit("9" * limits.MAX_DIGITS) is not None
    assert parse_unit("9" * (limits.MAX_DIGITS + 1)) is None
    assert parse_unit("{" + "a" * (limits.MAX_UNIT_LENGTH - 2) + "}") is not None
