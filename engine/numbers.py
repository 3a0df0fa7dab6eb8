"""Amounts: exact rationals, doubles, and numbers known only as lying in an interval.

Sums, products and quotients of exact numbers stay exact; logarithms, exponentials, roots and fractional powers are IEEE doubles.
A function returns None where there is no number (division by zero, logarithm of zero or less).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from ..dsl.model import Quantity
from ..limits import MAX_EXPONENT
from .outcome import Amount, Exact, Interval, Real, Truth

_MAX_POWER_BITS = 16_384


def exact(value: Decimal | Fraction | int) -> int | Fraction:
    """An exact number, as an int where it is whole."""
    numerator, denominator = value.as_integer_ratio()
    if denominator == 1:
        return numerator
    return value if isinstance(value, Fraction) else Fraction(numerator, denominator)


COMPARISONS: dict[str, Callable[[Real, Real], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def comparison(op: str, threshold: Fraction | None) -> Callable[[Real, Real], bool]:
    """The comparison with a threshold that is known beforehand: an exact fraction is compared by whole numbers, crosswise."""
    plain = COMPARISONS[op]
    if threshold is None:
        return plain
    over, under = threshold.numerator, threshold.denominator

    def crosswise(left: Real, right: Real) -> bool:
        if type(left) is Fraction:
            numerator, denominator = left.as_integer_ratio()
            return plain(numerator * under, over * denominator)
        return plain(left * under, over) if type(left) is int else plain(left, right)

    return crosswise


def compare(op: str, left: Amount, right: Amount) -> Truth:
    """`left op right`; unknown only if the answer differs within the intervals."""
    if isinstance(left, Interval) or isinstance(right, Interval):
        return _compare_intervals(op, as_interval(left), as_interval(right))
    return COMPARISONS[op](left, right)


def as_interval(amount: Amount) -> Interval:
    """A number as the interval that holds only it."""
    return amount if isinstance(amount, Interval) else Interval(amount, amount)


def _compare_intervals(op: str, left: Interval, right: Interval) -> Truth:
    if op in (">", ">="):
        return _compare_intervals("<" if op == ">" else "<=", right, left)
    if op == "<":
        if _below(left.high, right.low, strict=not (left.high_open or right.low_open)):
            return True
        return False if _below(right.high, left.low, strict=False) else None
    if op == "<=":
        if _below(left.high, right.low, strict=False):
            return True
        return False if _below(right.high, left.low, strict=not (right.high_open or left.low_open)) else None
    apart = _compare_intervals("<", left, right) is True or _compare_intervals("<", right, left) is True
    same: Truth = False if apart else None
    if not apart and left.low is not None and left.low == left.high == right.low == right.high:
        same = True
    if op == "=":
        return same
    return None if same is None else not same


def _below(high: Real | None, low: Real | None, *, strict: bool) -> bool:
    """Whether everything up to `high` lies below everything from `low` (not touching, if strict)."""
    if high is None or low is None:
        return False
    return high < low if strict else high <= low


def add(left: Amount, right: Amount) -> Amount:
    """Left + right."""
    if isinstance(left, Interval) or isinstance(right, Interval):
        a, b = as_interval(left), as_interval(right)
        return Interval(
            None if a.low is None or b.low is None else a.low + b.low,
            None if a.high is None or b.high is None else a.high + b.high,
            a.low_open or b.low_open,
            a.high_open or b.high_open,
        )
    return left + right


def negative(amount: Amount) -> Amount:
    """-amount."""
    if isinstance(amount, Interval):
        return Interval(
            None if amount.high is None else -amount.high, None if amount.low is None else -amount.low, amount.high_open, amount.low_open
        )
    return -amount


def multiply(left: Amount, right: Amount) -> Amount | None:
    """Left * right; for intervals the hull of the corner products."""
    if not isinstance(left, Interval) and not isinstance(right, Interval):
        return _finite(left * right)
    if isinstance(left, Interval):
        return _corner_hull(left, right) if isinstance(right, Interval) else _scaled(left, right)
    return _scaled(as_interval(right), left)


def _scaled(interval: Interval, factor: Real) -> Amount:
    if factor == 0:
        return 0
    low = None if interval.low is None else interval.low * factor
    high = None if interval.high is None else interval.high * factor
    if factor < 0:
        return Interval(high, low, interval.high_open, interval.low_open)
    return Interval(low, high, interval.low_open, interval.high_open)


def _corner_hull(left: Interval, right: Interval) -> Interval:
    """The product of two intervals: between the least and the greatest product of their ends; an end that is missing is infinite."""
    corners = [_corner(x, y) for x in _ends(left) for y in _ends(right)]
    low, high = min(corner for corner, _ in corners), max(corner for corner, _ in corners)
    low_open, high_open = (all(is_open for corner, is_open in corners if corner == end) for end in (low, high))
    return Interval(None if low == -math.inf else low, None if high == math.inf else high, low_open, high_open)


def _ends(interval: Interval) -> tuple[tuple[Real, bool], tuple[Real, bool]]:
    """The ends of an interval, each with whether it is left out."""
    low = (-math.inf, True) if interval.low is None else (interval.low, interval.low_open)
    high = (math.inf, True) if interval.high is None else (interval.high, interval.high_open)
    return low, high


def _corner(left: tuple[Real, bool], right: tuple[Real, bool]) -> tuple[Real, bool]:
    """The product of two ends, and whether it is left out: one that is zero makes zero of anything."""
    zeros = [is_open for end, is_open in (left, right) if end == 0]
    return (0, all(zeros)) if zeros else (left[0] * right[0], left[1] or right[1])


def divide(left: Amount, right: Amount) -> Amount | None:
    """Left / right; None if the divisor is or may be zero."""
    if isinstance(right, Interval):
        if right.low is not None and (right.low > 0 or (right.low == 0 and right.low_open)):
            high = None if right.low == 0 else _quotient(1, right.low)
            low: Real = 0 if right.high is None else _quotient(1, right.high)
            return multiply(left, Interval(low, high, right.high_open or right.high is None, right.low_open or high is None))
        if right.high is not None and (right.high < 0 or (right.high == 0 and right.high_open)):
            return divide(negative(left), negative(right))
        return None
    if right == 0:
        return None
    return _scaled(left, _quotient(1, right)) if isinstance(left, Interval) else _finite(_quotient(left, right))


def _quotient(left: Real, right: Real) -> Real:
    if isinstance(left, float) or isinstance(right, float):
        return float(left) / float(right)
    over, under = left.as_integer_ratio()
    times, by = right.as_integer_ratio()
    return _reduced(over * by, under * times)


def _reduced(over: int, under: int) -> Exact:
    """A fraction, as an int where it is whole; from whole numbers, because the operators of fractions reduce more often than they need."""
    fraction = Fraction(over, under)
    return fraction.numerator if fraction.denominator == 1 else fraction


def daily_rise(start: Amount | None, end: Amount | None, days: int) -> Real | None:
    """(end - start) / days of exact numbers, reduced once; None where one of them isn't exact."""
    if not isinstance(start, int | Fraction) or not isinstance(end, int | Fraction):
        return None
    before, before_under = start.as_integer_ratio()
    after, after_under = end.as_integer_ratio()
    return _reduced(after * before_under - before * after_under, before_under * after_under * days)


def scaling(factor: Exact) -> Callable[[Amount], Amount | None]:
    """Multiplication by a factor that is known beforehand; an exact number is multiplied as two whole ones."""
    over, under = factor.as_integer_ratio()

    def scale(amount: Amount) -> Amount | None:
        if type(amount) is Fraction:
            numerator, denominator = amount.as_integer_ratio()
            return Fraction(numerator * over, denominator * under)
        return multiply(amount, factor)

    return scale


def _finite(value: Real) -> Real | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def power(left: Amount, right: Amount) -> Amount | None:
    """Left ^ right: exact for small whole exponents, otherwise a double; intervals only for positive bases."""
    if isinstance(right, Interval):
        return None
    if isinstance(left, Interval):
        if right < 0 or left.low is None or left.low < 0:
            return None
        low, high = power(left.low, right), None if left.high is None else power(left.high, right)
        if low is None or isinstance(low, Interval) or isinstance(high, Interval):
            return None
        return Interval(low, high, left.low_open, left.high_open)
    if not isinstance(right, float) and not isinstance(left, float) and Fraction(right).denominator == 1:
        base = Fraction(left)
        # A tower of powers would fill the memory with digits that nobody reads: beyond this it is a double.
        if max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(int(right)) <= _MAX_POWER_BITS:
            return None if left == 0 and right < 0 else exact(base ** int(right))
    try:
        result = float(left) ** float(right)
    except (OverflowError, ZeroDivisionError):
        return None
    return None if isinstance(result, complex) else _finite(result)


_ARITHMETIC: dict[str, Callable[[Amount, Amount], Amount | None]] = {
    "+": add,
    "-": lambda left, right: add(left, negative(right)),
    "*": multiply,
    "/": divide,
    "^": power,
}


def operation(op: str, left: object, right: object) -> Callable[[Amount, Amount], Amount | None]:
    """The operation `left op right`.

    A literal meets a double as the double nearest to it, found once; Python would find the same each time.
    """
    plain = _ARITHMETIC[op]
    if op == "*" and isinstance(left, Quantity):
        factor = float(left.value)
        return lambda a, b: factor * b if type(b) is float and b - b == 0 else plain(a, b)
    if op == "+" and isinstance(right, Quantity):
        summand = float(right.value)
        return lambda a, b: a + summand if type(a) is float else plain(a, b)
    return plain


def _log(value: Real) -> Real | None:
    if type(value) is Fraction:
        # What float() does, without its detours.
        over, under = value.as_integer_ratio()
        nearest = over / under
    else:
        nearest = float(value)
    if nearest > 0:
        return math.log(nearest)
    # A fraction too small for a double still has a logarithm.
    return math.log(value.numerator) - math.log(value.denominator) if isinstance(value, Fraction) and value > 0 else None


def _log10(value: Real) -> Real | None:
    return math.log10(float(value)) if value > 0 else None


def _exp(value: Real) -> Real | None:
    try:
        return math.exp(float(value))
    except OverflowError:
        return None


def _sqrt(value: Real) -> Real | None:
    return math.sqrt(float(value)) if value >= 0 else None


def round_half_away(value: Real, digits: int) -> Real:
    """Round to `digits` decimals, halves away from zero, exactly on the rational (or the double's own value)."""
    scale = 10**digits if digits >= 0 else Fraction(1, 10**-digits)
    scaled = Fraction(value) * scale
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return exact(Fraction(whole if scaled >= 0 else -whole) / scale)


_MONOTONE: dict[str, Callable[[Real], Real | None]] = {
    "ln": _log,
    "log10": _log10,
    "exp": _exp,
    "sqrt": _sqrt,
    "floor": math.floor,
    "ceil": math.ceil,
}


def call(function: str, arguments: Sequence[Amount]) -> Amount | None:
    """A named function of amounts; None where it has no value."""
    if function in ("min", "max"):
        return _extreme(function, arguments)
    first = arguments[0]
    if function == "abs":
        return _absolute(first)
    if function == "round":
        digits = arguments[1] if len(arguments) > 1 else 0
        if isinstance(digits, Interval) or not -MAX_EXPONENT <= digits <= MAX_EXPONENT:
            return None
        return _monotone(lambda value: round_half_away(value, int(digits)), first)
    return _monotone(_MONOTONE[function], first)


def _monotone(apply: Callable[[Real], Real | None], amount: Amount) -> Amount | None:
    """A rising function of a number or, bound by bound, of an interval."""
    if not isinstance(amount, Interval):
        return apply(amount)
    high = None if amount.high is None else apply(amount.high)
    if amount.high is not None and high is None:
        return None
    # Below its domain a logarithm or root has no value that could be compared: a bound `< 5` is read as what can be there, (0, 5).
    low = None if amount.low is None else apply(amount.low)
    return Interval(low, high, amount.low_open and low is not None, amount.high_open)


def unary(function: str) -> Callable[[Amount], Amount | None]:
    """A named function of one amount."""
    apply = _MONOTONE.get(function)
    if apply is None:
        return lambda amount: call(function, (amount,))
    return lambda amount: _monotone(apply, amount) if amount.__class__ is Interval else apply(amount)  # type: ignore[arg-type]


def _absolute(amount: Amount) -> Amount:
    if not isinstance(amount, Interval):
        return -amount if amount < 0 else amount
    if amount.low is not None and amount.low >= 0:
        return amount
    if amount.high is not None and amount.high <= 0:
        return negative(amount)
    if amount.low is None or amount.high is None:
        return Interval(0, None)
    return Interval(0, max(-amount.low, amount.high))


def _extreme(function: str, amounts: Sequence[Amount]) -> Amount:
    pick: Callable[[Iterable[Real]], Real] = min if function == "min" else max
    if not any(isinstance(amount, Interval) for amount in amounts):
        return pick(amount for amount in amounts if not isinstance(amount, Interval))
    intervals = [as_interval(amount) for amount in amounts]
    unbounded_low = any(i.low is None for i in intervals) if function == "min" else all(i.low is None for i in intervals)
    unbounded_high = any(i.high is None for i in intervals) if function == "max" else all(i.high is None for i in intervals)
    low = None if unbounded_low else pick(i.low for i in intervals if i.low is not None)
    high = None if unbounded_high else pick(i.high for i in intervals if i.high is not None)
    low_open = low is not None and all(i.low_open for i in intervals if i.low == low)
    high_open = high is not None and all(i.high_open for i in intervals if i.high == high)
    return Interval(low, high, low_open, high_open)
