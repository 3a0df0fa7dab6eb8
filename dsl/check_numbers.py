"""Numbers, counts, units and lengths of time as written, within the bounds; and exact conversion to the unit of the counterpart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, cast

from attrs import evolve

from .. import limits
from . import ast, model, units
from .resolve import Context
from .source import Span
from .types import BAD, ONE, Bad, Num, time_unit

_NUMBER: Final = re.compile(r"0*([0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)0*([0-9]*))?")
_WHOLE_UNITS: Final = frozenset({"days", "weeks", "months", "years"})
_CALENDAR: Final = frozenset({"months", "years"})
_LONGEST_DAYS: Final = 366 * 1000
_ROUGH_DAYS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {"minutes": Fraction(1, 1440), "hours": Fraction(1, 24)}
    | {unit: Fraction(days) for unit, days in (("days", 1), ("weeks", 7), ("months", 31), ("years", 366))}
)
_STAND_IN: Final = Fraction(1)


def read_number(ctx: Context, text: str, span: Span) -> Fraction:
    """The exact value of a number as written; a number beyond the bounds is reported and never computed."""
    match = _NUMBER.fullmatch(text)
    if match is not None:
        whole, decimals, _sign, exponent = match.groups()
        digits = len(whole) + len(decimals or "")
        if digits <= limits.MAX_DIGITS and len(exponent or "") <= 3 and int(exponent or 0) <= limits.MAX_EXPONENT:
            return Fraction(text)
    ctx.report(
        "TR064",
        span,
        "this number is too long or too large",
        f"at most {limits.MAX_DIGITS} digits, and powers of ten from -{limits.MAX_EXPONENT} to {limits.MAX_EXPONENT}",
    )
    return _STAND_IN


def read_count(ctx: Context, text: str, span: Span) -> int:
    """A count: a whole number from 1."""
    value = read_number(ctx, text, span)
    if value.denominator != 1 or value < 1 or value > limits.MAX_FACTS_PER_PATIENT:
        ctx.report("TR051", span, f"`{text}` is no count", "say a whole number from 1")
        return 1
    return value.numerator


def read_length(ctx: Context, duration: ast.Duration, *, stepped: bool = True) -> model.Length:
    """A calendar length; `stepped` ones in months or years need the file to say how it rounds."""
    count = read_number(ctx, duration.count, duration.span)
    unit = duration.unit
    if unit in _WHOLE_UNITS and count.denominator != 1:
        ctx.report("TR074", duration.span, f"`{ctx.words(duration.span)}` is no whole number of {unit}", "say it in a smaller unit of time")
        count = Fraction(1)
    elif count * _ROUGH_DAYS[unit] > _LONGEST_DAYS:
        ctx.report("TR074", duration.span, f"`{ctx.words(duration.span)}` is longer than a thousand years", "say `ever` for no limit")
        count = Fraction(1)
    if stepped and unit in _CALENDAR and ctx.months_needed:
        ctx.months_needed = False
        ctx.report(
            "TR037",
            duration.span,
            "the file steps by months or years and does not say how the days at a month's end are rounded",
            "add `months round down` to the header (31 May - 3 months = 28 February), or `months round up` (1 March)",
        )
    return model.Length(count, cast("model.TimeUnit", unit))


def read_unit(ctx: Context, word: ast.Word) -> units.Unit | None:
    """The unit as written; None (reported) if it is none."""
    unit = units.parse_unit(word.text)
    if unit is None:
        found = units.suggest_units(word.text)
        help_ = (
            "did you mean " + " or ".join(f"`{text}`" for text in found) + "?"
            if found
            else "units are written as in UCUM: `mg/dL`, `10*9/L`, `mm[Hg]`"
        )
        if word.text.lstrip("1").startswith("/") and word.text.lstrip("1")[1:] in ctx.names:
            help_ = "a division has blanks around its sign: `a / b`"
        if word.text == "x10":
            help_ = "a power of ten in a unit has no `x`: write `10*9/L`"
        ctx.report("TR033", word.span, f"`{word.text[: limits.MAX_UNIT_LENGTH]}` is no unit", help_)
    return unit


def read_quantity(ctx: Context, quantity: ast.Quantity) -> Num | Bad:
    """A literal with its own unit, not yet converted."""
    span = quantity.span
    if isinstance(quantity, ast.Duration):
        value = read_number(ctx, quantity.count, span)
        unit: units.Unit | None = time_unit(quantity.unit)
    else:
        value = read_number(ctx, quantity.number, span)
        value = -value if quantity.negative else value
        unit = None
        if quantity.unit is not None:
            if quantity.unit.text in {"ULN", "LLN"}:
                word = quantity.unit.text
                message = f"`{word}` is a limit of the record at hand, not a unit"
                ctx.report("TR033", quantity.unit.span, message, f"write `{quantity.number} x {word}`")
                return BAD
            unit = read_unit(ctx, quantity.unit)
            if unit is None:
                return BAD
    return Num(model.Quantity(value, unit, ctx.words(span), span=span), unit, literal=True, span=span)


def measures(unit: units.Unit | None) -> str:
    """A unit and what it measures, for messages."""
    if unit is None:
        return "a plain number"
    return f"in `{unit.text}` ({units.dimension_name(unit)})"


def adapt(ctx: Context, number: Num, target: Num) -> Num | Bad:
    """`number` in the unit of `target`; Bad (reported) where that is impossible."""
    wanted, unit = target.unit, number.unit
    if number.limit and unit is None:
        return number
    if number.mixed and isinstance(number.node, model.Choose):
        return _branches(ctx, number, number.node, target)
    if wanted is unit:
        return number
    if wanted is None or unit is None:
        return _with_plain(ctx, number, target)
    if wanted.dimension == unit.dimension and (wanted.text == "years") != (unit.text == "years") and "mo" in wanted.dimension:
        return _calendar_mismatch(ctx, number, target)
    if wanted.dimension == unit.dimension:
        offset = Fraction(0) if target.difference else (unit.offset - wanted.offset) / wanted.factor
        return moved(number, unit.factor / wanted.factor, offset, wanted)
    # A rise per day may be compared with `mg/dL` or with `mg/dL/d`.
    each_day = units.times(unit, time_unit("days")) if target.daily else None
    if each_day is not None and each_day.dimension == wanted.dimension:
        return moved(number, each_day.factor / wanted.factor, Fraction(0), wanted)
    factor = bridged(target.fact or number.fact, unit, wanted)
    if factor is None and each_day is not None:
        factor = bridged(target.fact, each_day, wanted)
    if factor is not None:
        return moved(number, factor, Fraction(0), wanted)
    return _mismatch(ctx, number, target)


def _branches(ctx: Context, number: Num, node: model.Choose, target: Num) -> Num | Bad:
    """A choice of literals in units of different dimensions: each is brought to the target by itself."""
    values = [*(branch.value for branch in node.branches), node.otherwise]
    adapted = []
    for value in values:
        unit = value.unit if isinstance(value, model.Quantity) else None
        limit = isinstance(value, model.Limit)
        adapted.append(adapt(ctx, Num(value, unit, literal=True, limit=limit, span=value.span), target))
    numbers = [one.node for one in adapted if isinstance(one, Num)]
    if len(numbers) < len(adapted):
        return BAD
    branches = tuple(
        model.NumberBranch(branch.condition, value, span=branch.span) for branch, value in zip(node.branches, numbers, strict=False)
    )
    return Num(model.Choose(branches, numbers[-1], span=node.span), target.unit, literal=True, limit=number.limit, span=number.span)


def bridged(fact: model.Fact | None, source: units.Unit, target: units.Unit) -> Fraction | None:
    """The factor between two dimensions by the fact's own identities."""
    for bridge in fact.bridges if fact is not None else ():
        known = units.with_molar(bridge.left_value, bridge.left, bridge.right_value, bridge.right)
        factor = units.bridged_factor(source, target, known) if known is not None else None
        if factor is not None:
            return factor
    return None


def _with_plain(ctx: Context, number: Num, target: Num) -> Num | Bad:
    """One side is a plain number."""
    unit = number.unit or target.unit
    if unit is not None and unit.is_plain_number and unit.factor == 1:
        return moved(number, Fraction(1), Fraction(0), target.unit)
    if target.unit is None and unit is not None and unit.is_plain_number:
        return moved(number, unit.factor, Fraction(0), None)
    if unit is not None and unit.text == "days" and isinstance(target.node, model.DaysBetween):
        return number
    if number.unit is None:
        written = ctx.words(number.span)
        unit_text = target.unit.text if target.unit is not None else ""
        measured = f"`{ctx.words(target.span)}` is measured in `{unit_text}`"
        if number.literal:
            ctx.report("TR035", number.span, f"`{written}` has no unit, and {measured}", f"write `{written} {unit_text}`")
        else:
            ctx.report(
                "TR035", number.span, f"`{written}` is a plain number, and {measured}", f"write `{ctx.words(target.span)} in {unit_text}`"
            )
        return BAD
    return _mismatch(ctx, number, target)


def _mismatch(ctx: Context, number: Num, target: Num) -> Bad:
    calendar = [side for side in (number, target) if side.unit is not None and side.unit.dimension == time_unit("years").dimension]
    if calendar and number.unit is not None and target.unit is not None:
        return _calendar_mismatch(ctx, number, target)
    message = f"`{ctx.words(number.span)}` is {measures(number.unit)}, and `{ctx.words(target.span)}` is {measures(target.unit)}"
    near = units.suggest_units(number.unit.text) if number.unit is not None else ()
    wanted = target.unit
    fitting = [
        text for text in near if wanted is not None and (unit := units.parse_unit(text)) is not None and unit.dimension == wanted.dimension
    ]
    if fitting:
        help_ = f"did you mean `{fitting[0]}`?"
    elif number.unit is not None and wanted is not None and not number.literal:
        help_ = "compare values of one dimension"
    elif number.unit is not None and wanted is not None and _concentration(number.unit) and _concentration(wanted):
        help_ = f"say it in `{wanted.text}`, or give the fact an identity such as `1 {number.unit.text} = … {wanted.text}`"
    else:
        help_ = "leave out the unit" if wanted is None else f"say it in `{wanted.text}`"
    ctx.report("TR034", number.span, message, help_)
    return BAD


def _concentration(unit: units.Unit) -> bool:
    return "concentration" in units.dimension_name(unit)


def _calendar_mismatch(ctx: Context, number: Num, target: Num) -> Bad:
    target_is_age = isinstance(target.node, model.Age)
    help_ = (
        "an age is compared with `years`"
        if target_is_age
        else "say it in `days`, `weeks` or a UCUM unit such as `d`: months differ in length"
    )
    ctx.report(
        "TR036",
        number.span,
        f"`{ctx.words(number.span)}` cannot be compared with `{ctx.words(target.span)}`, which is {measures(target.unit)}",
        help_,
    )
    return BAD


def moved(number: Num, factor: Fraction, offset: Fraction, unit: units.Unit | None) -> Num:
    """The number times factor plus offset, in another unit: literals are computed, the rest gets a conversion around it."""
    same = factor == 1 and not offset
    node = _relabelled(number.node, unit) if same else _moved(number.node, factor, offset, unit or ONE)
    return evolve(number, node=node, unit=unit, mixed=False)


def _relabelled(node: model.Number, unit: units.Unit | None) -> model.Number:
    return model.Quantity(node.value, unit, node.text, span=node.span) if isinstance(node, model.Quantity) else node


def _moved(node: model.Number, factor: Fraction, offset: Fraction, unit: units.Unit) -> model.Number:
    if isinstance(node, model.Quantity):
        kept = None if unit is ONE else unit
        return model.Quantity(node.value * factor + offset, kept, node.text, span=node.span)
    if isinstance(node, model.Choose):
        branches = tuple(model.NumberBranch(b.condition, _moved(b.value, factor, offset, unit), span=b.span) for b in node.branches)
        return model.Choose(branches, _moved(node.otherwise, factor, offset, unit), span=node.span)
    if isinstance(node, model.Negative) and not offset:
        return model.Negative(_moved(node.operand, factor, offset, unit), span=node.span)
    if isinstance(node, model.Limit):
        return node
    return model.InUnit(node, factor, offset, unit, span=node.span)


def in_unit(ctx: Context, operand: Num, word: ast.Word, span: Span) -> Num | Bad:
    """`creatinine in mg/dL`: the plain number in a unit."""
    unit = read_unit(ctx, word)
    if unit is None:
        return BAD
    source = operand.unit
    if source is None:
        if not unit.is_plain_number:
            ctx.report(
                "TR034", span, f"`{ctx.words(operand.span)}` is a plain number and cannot be said in `{unit.text}`", "leave out `in`"
            )
            return BAD
        source = ONE
    if source.dimension == unit.dimension:
        factor = source.factor / unit.factor
        offset = Fraction(0) if operand.difference else (source.offset - unit.offset) / unit.factor
    else:
        found = bridged(operand.fact, source, unit)
        if found is None:
            ctx.report(
                "TR034",
                word.span,
                f"`{ctx.words(operand.span)}` is {measures(source)} and cannot be said in `{unit.text}` ({units.dimension_name(unit)})",
                f"give the fact an identity such as `1 {unit.text} = … {source.text}`",
            )
            return BAD
        factor, offset = found, Fraction(0)
    return Num(model.InUnit(operand.node, factor, offset, unit, span=span), None, span=span)
