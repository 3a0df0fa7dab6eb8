"""Numbers, units, truths and calendar steps for the naive evaluator: written from the reference, sharing no code with the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from dateutil.relativedelta import relativedelta
from trialrules.dsl.units import parse_unit

PAST, FUTURE = -(10**7), 10**7  # days before and after every calendar day


def fold(truths):
    """One truth for all that is left open: the same everywhere, or unknown."""
    seen = set(truths)
    return seen.pop() if len(seen) == 1 else None


def conj(truths):
    truths = list(truths)
    if any(t is False for t in truths):
        return False
    return True if all(t is True for t in truths) else None


def disj(truths):
    truths = list(truths)
    if any(t is True for t in truths):
        return True
    return False if all(t is False for t in truths) else None


def neg(truth):
    return None if truth is None else not truth


def at_least(count, truths):
    truths = list(truths)
    sure = sum(t is True for t in truths)
    perhaps = sum(t is None for t in truths)
    if sure >= count:
        return True
    return None if sure + perhaps >= count else False


def step(day, length, sign, rounding):
    """Move a day by a length; `sign` -1 goes back. Months and years are calendar steps."""
    if day in (PAST, FUTURE):
        return day
    if length.unit in ("months", "years"):
        months = int(length.count) * (12 if length.unit == "years" else 1)
        start = date.fromordinal(day)
        moved = start + relativedelta(months=sign * months)
        if rounding == "up" and moved.day != start.day:
            moved += relativedelta(days=1)
        return moved.toordinal()
    per_day = {"days": 1, "weeks": Fraction(1, 7), "hours": 24, "minutes": 1440}[length.unit]
    return day + sign * math.ceil(Fraction(length.count) / per_day)


def seconds_of(length):
    return int(Fraction(length.count) * {"minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}[length.unit])


def completed_years(birth, day):
    return relativedelta(date.fromordinal(day), date.fromordinal(birth)).years


# ---------------------------------------------------------------- intervals of numbers


@dataclass(frozen=True)
class Iv:
    """All numbers between two bounds; None is unbounded. An exact number has equal closed bounds."""

    lo: Fraction | float | None
    hi: Fraction | float | None
    lo_open: bool = False
    hi_open: bool = False

    @property
    def exact(self):
        return self.lo is not None and self.lo == self.hi


def just(number):
    return Iv(number, number)


def bounded(number, comparator):
    return {
        None: Iv(number, number),
        "<": Iv(None, number, hi_open=True),
        "<=": Iv(None, number),
        ">": Iv(number, None, lo_open=True),
        ">=": Iv(number, None),
    }[comparator]


def scale(x, factor, offset=0):
    if factor == 0:
        return just(Fraction(0) + offset)
    lo = None if x.lo is None else x.lo * factor + offset
    hi = None if x.hi is None else x.hi * factor + offset
    return Iv(lo, hi, x.lo_open, x.hi_open) if factor > 0 else Iv(hi, lo, x.hi_open, x.lo_open)


def add(x, y):
    lo = None if x.lo is None or y.lo is None else x.lo + y.lo
    hi = None if x.hi is None or y.hi is None else x.hi + y.hi
    return Iv(lo, hi, x.lo_open or y.lo_open, x.hi_open or y.hi_open)


def times(x, y):
    if y.exact:
        return scale(x, y.lo)
    if x.exact:
        return scale(y, x.lo)
    corners = []
    for a, a_open, a_sign in ((x.lo, x.lo_open, -1), (x.hi, x.hi_open, 1)):
        for b, b_open, b_sign in ((y.lo, y.lo_open, -1), (y.hi, y.hi_open, 1)):
            if a == 0 or b == 0:
                corners.append((0, (a == 0 and a_open) or (b == 0 and b_open)))
            elif a is None or b is None:
                sign = (a_sign if a is None else (1 if a > 0 else -1)) * (b_sign if b is None else (1 if b > 0 else -1))
                corners.append((math.inf * sign, True))
            else:
                corners.append((a * b, a_open or b_open))
    lo, hi = min(c[0] for c in corners), max(c[0] for c in corners)
    lo_open, hi_open = all(c[1] for c in corners if c[0] == lo), all(c[1] for c in corners if c[0] == hi)
    return Iv(None if lo == -math.inf else lo, None if hi == math.inf else hi, lo_open, hi_open)


def holds_zero(x):
    below = x.lo is None or x.lo < 0 or (x.lo == 0 and not x.lo_open)
    above = x.hi is None or x.hi > 0 or (x.hi == 0 and not x.hi_open)
    return below and above


def divide(x, y):
    if holds_zero(y):
        return None
    if y.exact:
        one = 1.0 if isinstance(y.lo, float) else Fraction(1)
        return just(x.lo / y.lo) if x.exact else scale(x, one / y.lo)
    lo = Fraction(0) if y.hi is None else (None if y.hi == 0 else 1 / y.hi)
    hi = Fraction(0) if y.lo is None else (None if y.lo == 0 else 1 / y.lo)
    return times(x, Iv(lo, hi, y.hi_open or y.hi is None, y.lo_open or y.lo is None))


def power(x, y):
    if y.exact and not x.exact and y.lo >= 0 and x.lo is not None and x.lo >= 0:
        low, high = power(just(x.lo), y), None if x.hi is None else power(just(x.hi), y)
        return Iv(low.lo, None if high is None else high.lo, x.lo_open, x.hi_open)
    if not (x.exact and y.exact):
        return None
    base, exponent = x.lo, y.lo
    if exponent == int(exponent):
        if base == 0 and exponent < 0:
            return None
        return just(base ** int(exponent))
    if base < 0 or (base == 0 and exponent < 0):
        return None
    try:
        return just(float(base) ** float(exponent))
    except OverflowError:
        return None


def rounded(number, places=0):
    factor = Fraction(10) ** places
    scaled = Fraction(number) * factor
    return Fraction(math.floor(abs(scaled) + Fraction(1, 2))) * (1 if scaled >= 0 else -1) / factor


def _log(number):
    return math.log(number) if number > 0 else None


def _log10(number):
    return math.log10(number) if number > 0 else None


def _root(number):
    return math.sqrt(number) if number >= 0 else None


MONOTONE = {
    "ln": _log,
    "log10": _log10,
    "exp": math.exp,
    "sqrt": _root,
    "floor": lambda n: Fraction(math.floor(n)),
    "ceil": lambda n: Fraction(math.ceil(n)),
    "round": rounded,
}


def call(function, arguments):
    """A function of numbers; None where it is not computable for something that is left open."""
    if function in ("min", "max"):
        choose = min if function == "min" else max
        return _extreme(choose, arguments)
    x = arguments[0]
    if function == "abs":
        if x.exact:
            return just(abs(x.lo))
        if holds_zero(x):
            return Iv(Fraction(0), None) if x.lo is None or x.hi is None else Iv(Fraction(0), max(-x.lo, x.hi))
        return x if x.lo is not None and x.lo >= 0 else scale(x, -1)
    places = [int(argument.lo) for argument in arguments[1:]]
    if not x.exact and function in ("ln", "log10", "sqrt") and (x.lo is None or x.lo <= 0):
        # Of a bound (`< 5`) only what can be taken the logarithm of is compared.
        x = Iv(None, x.hi, hi_open=x.hi_open)
    ends = []
    for end in (x.lo, x.hi):
        try:
            ends.append(None if end is None else MONOTONE[function](end, *places))
        except OverflowError:
            return None
        if end is not None and ends[-1] is None:
            return None
    return Iv(ends[0], ends[1], x.lo_open, x.hi_open)


def _extreme(choose, arguments):
    """The least or greatest of some numbers: an end is reached where one that has it may reach it, or where all may."""
    low_wide, high_wide = (any, all) if choose is max else (all, any)
    lows = [-math.inf if x.lo is None else x.lo for x in arguments]
    highs = [math.inf if x.hi is None else x.hi for x in arguments]
    lo, hi = choose(lows), choose(highs)
    lo_open = low_wide(x.lo_open for x, end in zip(arguments, lows, strict=True) if end == lo)
    hi_open = high_wide(x.hi_open for x, end in zip(arguments, highs, strict=True) if end == hi)
    return Iv(None if lo == -math.inf else lo, None if hi == math.inf else hi, lo_open, hi_open)


def _certainly_less(x, y):
    return x.hi is not None and y.lo is not None and (x.hi < y.lo or (x.hi == y.lo and (x.hi_open or y.lo_open)))


def _never_less(x, y):
    """No number of x is below a number of y."""
    return x.lo is not None and y.hi is not None and x.lo >= y.hi


def compare(op, x, y):
    """The truth of a comparison over everything two intervals hold."""
    if x is None or y is None:
        return None
    if op == ">":
        return compare("<", y, x)
    if op in ("<=", ">="):
        return neg(compare("<", y, x) if op == "<=" else compare("<", x, y))
    if op == "!=":
        return neg(compare("=", x, y))
    if op == "<":
        if _certainly_less(x, y):
            return True
        return False if _never_less(x, y) else None
    if x.exact and y.exact:
        return x.lo == y.lo
    return False if _certainly_less(x, y) or _certainly_less(y, x) else None


# ---------------------------------------------------------------- units


def convert(number, unit_text, target, bridges=()):
    """A recorded number in the declared unit, exactly; None if that can't be done. `target` None is the plain number."""
    unit = parse_unit(unit_text)
    if unit is None:
        return None
    if target is None:
        return number * unit.factor if unit.is_plain_number else None
    if unit.dimension == target.dimension:
        return (number * unit.factor + unit.offset - target.offset) / target.factor
    for bridge in bridges:
        for near, near_value, far, far_value in (
            (bridge.left, bridge.left_value, bridge.right, bridge.right_value),
            (bridge.right, bridge.right_value, bridge.left, bridge.left_value),
        ):
            if (unit.dimension, target.dimension) == (near.dimension, far.dimension):
                in_near = number * unit.factor / near.factor
                return in_near / near_value * far_value * far.factor / target.factor
    return None
