"""Warnings about comparisons that the declared range of a fact decides by itself."""

from __future__ import annotations

from fractions import Fraction

from . import model
from .resolve import Context
from .source import Span
from .types import Num


def declared_range(number: Num) -> tuple[Fraction | None, Fraction | None]:
    """The declared lowest and highest value of what is compared."""
    node = number.node
    if isinstance(node, model.ItsNumber):
        return node.attribute.low, node.attribute.high
    if not isinstance(node, model.Value):
        return None, None
    attribute = node.selection.attribute
    return (node.selection.fact.low, node.selection.fact.high) if attribute is None else (attribute.low, attribute.high)


def warn_comparison(ctx: Context, op: model.Op, left: Num, right: Num, span: Span) -> None:
    """Warn where every declared value gives the same answer."""
    if not isinstance(right.node, model.Quantity):
        return
    low, high = declared_range(left)
    if low is None and high is None:
        return
    answer = _answer(op, right.node.value, low, high)
    if answer is not None:
        says = "always holds" if answer else "can never hold"
        ctx.warn(
            "TR046", span, f"`{ctx.words(span)}` {says}: {_lies(left, low, high)}", "check the number, its unit, and the declared range"
        )


def warn_range(ctx: Context, operand: Num, low: model.Quantity, high: model.Quantity) -> None:
    """Warn where a bound lies outside the declared range."""
    lowest, highest = declared_range(operand)
    for bound in (low, high):
        if (lowest is not None and bound.value < lowest) or (highest is not None and bound.value > highest):
            message = f"`{bound.text}` is no value of `{ctx.words(operand.span)}`: {_lies(operand, lowest, highest)}"
            ctx.warn("TR046", bound.span, message, "check the number, its unit, and the declared range")


def _answer(op: model.Op, value: Fraction, low: Fraction | None, high: Fraction | None) -> bool | None:
    """True or False where the comparison has one answer for all of [low, high]; None otherwise."""
    above = low is not None and value < low
    below = high is not None and value > high
    at_low = low is not None and value <= low
    at_high = high is not None and value >= high
    if op in {"=", "!="}:
        return (op == "!=") if above or below else None
    if op in {"<", ">="}:
        smaller = False if at_low else True if below else None
        return smaller if op == "<" or smaller is None else not smaller
    larger = False if at_high else True if above else None
    return larger if op == ">" or larger is None else not larger


def _lies(number: Num, low: Fraction | None, high: Fraction | None) -> str:
    unit = f" {number.unit.text}" if number.unit is not None else ""
    return f"it is declared as {_short(low)} to {_short(high)}{unit}"


def _short(value: Fraction | None) -> str:
    if value is None:
        return "…"
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
