"""Units of measure: what a unit means, and exact conversion between units.

Units are UCUM (version 2.2, case-sensitive), read by a small parser of our own, with a documented list of customary spellings
(`_unit_aliases`). Factors are exact rationals from a generated table. Quantities of different kinds are never compared in silence:
mass and substance meet only through a `Bridge`, which a rule file states for one analyte.
"""

import re
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import Final

from attrs import frozen

from .. import limits
from . import _unit_syntax as syntax
from ._unit_aliases import CHARACTERS
from ._unit_words import COMMON_UNITS, DIMENSION_WORDS, MEANT, MOLAR

_CACHE_SIZE: Final = 4096
_SUGGESTIONS: Final = 3


@frozen
class Unit:
    """A unit as written, with its meaning.

    `text` is the unit as written, annotations included. `dimension` is the canonical key of what it measures: two units are
    convertible exactly if their keys are equal (`M.L-3` mass concentration, `1` plain number, `[IU].L-3`; a flag such as `{1.73_m2}`
    marks another quantity). A value of 1 is `factor` base units (metre, gram, second, mole, kelvin, coulomb, candela, radian),
    counted from `offset` base units, which is 0 but for temperatures.
    """

    text: str
    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)

    @property
    def is_plain_number(self) -> bool:
        """Whether values in this unit are numbers without dimension: counts, ratios, percent."""
        return self.dimension == syntax.DIMENSIONLESS


@frozen
class Bridge:
    """The identity of one analyte across two dimensions: "1 mg/dL = 17.1 umol/L".

    A value in `left` times `ratio` is the value in `right`, exactly.
    """

    left: Unit
    right: Unit
    ratio: Fraction

    @property
    def text(self) -> str:
        """The identity in words, with 1 on the left side."""
        return f"1 {self.left.text} = {_number(self.ratio)} {self.right.text}"


def parse_unit(text: str) -> Unit | None:
    """Read a unit: UCUM, or a customary spelling such as `mmHg`, `µmol/L`, `x10^9/L`, `mg/week`.

    `%` is the plain number 1/100, `1` and the empty text are the plain number 1. Months and years have a dimension of their own and
    are no number of days.

    Returns:
        The unit, or None if the text is no unit or exceeds the bounds of `limits`.
    """
    return _parse(text) if len(text) <= limits.MAX_UNIT_LENGTH else None


@lru_cache(maxsize=_CACHE_SIZE)
def _parse(text: str) -> Unit | None:
    measure = syntax.read(text)
    if measure is None:
        return None
    return Unit(text.strip(), syntax.key(dict(measure.powers), measure.flags), measure.factor, measure.offset)


def factor_between(source: Unit, target: Unit) -> Fraction | None:
    """What a value in `source` is multiplied with to be in `target`.

    Returns:
        The exact factor; None if the dimensions differ, or if the zero points differ so that no factor exists (use `convert`).
    """
    if source.dimension != target.dimension:
        return None
    if (source.offset or target.offset) and (source.factor, source.offset) != (target.factor, target.offset):
        return None
    return source.factor / target.factor


def convert(value: Fraction, source: Unit, target: Unit, bridge: Bridge | None = None) -> Fraction | None:
    """Convert `value` from `source` to `target`, exactly, temperatures with their zero points included.

    Args:
        value: the number, in `source`.
        source: the unit of `value`.
        target: the unit wanted.
        bridge: the analyte's identity across dimensions, if the rule file states one.

    Returns:
        The number in `target`; None if the units cannot be converted.
    """
    if source.dimension == target.dimension:
        return (value * source.factor + source.offset - target.offset) / target.factor
    if bridge is None:
        return None
    factor = bridged_factor(source, target, bridge)
    return None if factor is None else value * factor


def with_molar(left_value: Fraction, left: Unit, right_value: Fraction, right: Unit) -> Bridge | None:
    """State that `left_value` of `left` is `right_value` of `right` for one analyte, as in `1 mg/dL = 17.1 umol/L`.

    Serves any two dimensions: mass and substance, `meq/L` and `mmol/L`, `[IU]/L` and `U/L`, `ng/mL{FEU}` and `ng/mL{DDU}`.

    Returns:
        The bridge; None if a side is not above zero, if the units are convertible anyway, or if one has a zero point of its own.
    """
    if left_value <= 0 or right_value <= 0 or left.dimension == right.dimension or left.offset or right.offset:
        return None
    return Bridge(left, right, right_value / left_value)


def bridged_factor(source: Unit, target: Unit, bridge: Bridge) -> Fraction | None:
    """What a value in `source` is multiplied with to be in `target`, for the analyte of `bridge`, in either direction.

    Returns:
        The exact factor; None if the units are neither of one dimension nor on the two sides of the bridge.
    """
    if source.dimension == target.dimension:
        return factor_between(source, target)
    if (source.dimension, target.dimension) == (bridge.left.dimension, bridge.right.dimension):
        return source.factor / bridge.left.factor * bridge.ratio * bridge.right.factor / target.factor
    if (source.dimension, target.dimension) == (bridge.right.dimension, bridge.left.dimension):
        return source.factor / bridge.right.factor / bridge.ratio * bridge.left.factor / target.factor
    return None


def times(left: Unit, right: Unit) -> Unit | None:
    """The unit of a product of two quantities; None if one of them is a temperature scale or another unit that stands alone."""
    return _combined(left, right, 1)


def per(left: Unit, right: Unit) -> Unit | None:
    """The unit of a quotient of two quantities; None if one of them is a temperature scale or another unit that stands alone."""
    return _combined(left, right, -1)


def _combined(left: Unit, right: Unit, sign: int) -> Unit | None:
    factors = _factor_of_product(left), _factor_of_product(right)
    if factors[0] is None or factors[1] is None:
        return None
    joined = syntax.product(factors[0], factors[1], sign)
    bracketed = f"({right.text})" if re.search(r"[./]", right.text) else right.text
    text = f"{left.text or '1'}{'.' if sign == 1 else '/'}{bracketed or '1'}"
    return Unit(text, syntax.key(dict(joined.powers), joined.flags), joined.factor)


def _factor_of_product(unit: Unit) -> syntax.Measure | None:
    measure = syntax.read(unit.text)
    if unit.offset or (measure is not None and measure.alone):
        return None
    powers, flags = syntax.powers_of(unit.dimension)
    return syntax.Measure(unit.factor, tuple(powers.items()), flags)


def dimension_name(unit: Unit) -> str:
    """What the unit measures, in words for a message; the dimension's key where no word is known."""
    if unit.offset:
        return "temperature on a scale with its own zero"
    return DIMENSION_WORDS.get(unit.dimension, unit.dimension)


def suggest_units(text: str) -> tuple[str, ...]:
    """Units near to a text that is none (or is one in an uncommon spelling): `MMOL/L` gives `mmol/L`.

    Returns:
        At most three, best first; those that differ only in upper and lower case go before those that differ in letters.
    """
    wanted = text.strip()[: limits.MAX_UNIT_LENGTH].replace(" ", "").translate(CHARACTERS)
    if wanted in MOLAR:
        return (MOLAR[wanted],)
    folded = wanted.casefold()
    same = tuple(unit for unit in COMMON_UNITS if unit.casefold() == folded and unit != wanted)
    if same:
        return same[:_SUGGESTIONS]
    meant = "".join(MEANT.get(part.casefold(), part) for part in re.split(r"([./])", wanted))
    if meant != wanted and parse_unit(meant) is not None:
        return (meant,)
    by_fold = {unit.casefold(): unit for unit in reversed(COMMON_UNITS) if unit != wanted}
    near = get_close_matches(folded, by_fold, n=_SUGGESTIONS, cutoff=0.7)
    return tuple(by_fold[fold] for fold in near)


def _number(value: Fraction) -> str:
    """The shortest exact writing: a decimal if finite, else a fraction."""
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return str(value)
    places = 0
    while value.denominator != 1:
        value, places = value * 10, places + 1
    digits = str(value.numerator).rjust(places + 1, "0")
    return digits if not places else f"{digits[:-places]}.{digits[-places:]}"
