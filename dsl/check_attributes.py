"""Attributes that a fact declares for its records: `with route im, iv else iv`."""

from __future__ import annotations

from typing import Literal

from . import ast, model
from .check_numbers import read_number, read_unit
from .resolve import FREE_FOR_ATTRIBUTES, Context
from .source import Span
from .units import Unit


def dose(unit: Unit, span: Span) -> model.Attribute:
    """The attribute that `exposure in UNIT` declares."""
    return model.Attribute("dose", "number", unit=unit, span=span)


def check_attribute(ctx: Context, clause: ast.WithClause, node: ast.Fact) -> model.Attribute | None:
    """One attribute; None where it was reported."""
    name = clause.name
    if name.text not in FREE_FOR_ATTRIBUTES and not ctx.allowed(name):
        return None
    words = tuple(word.text for word in clause.words)
    if len(set(words)) < len(words):
        ctx.twice(clause.span, f"a word of `{name.text}`", clause.words[0].span, "say each word once")
    unit = None
    if clause.unit is not None:
        unit = read_unit(ctx, clause.unit)
        if unit is None:
            return None
    low = high = None
    if clause.low is not None and clause.high is not None:
        low, high = (read_number(ctx, side.number, side.span) * (-1 if side.negative else 1) for side in (clause.low, clause.high))
        if low > high:
            ctx.report(
                "TR077", clause.span, f"the range of `{name.text}` of `{node.name.text}` runs from high to low", "say the lower bound first"
            )
    kind: Literal["word", "number", "text"] = "word" if clause.kind == "word" else "text" if clause.kind == "text" else "number"
    default = clause.default
    if default is not None and default.text not in words:
        message = f"`{default.text}` is none of the words of `{name.text}`"
        ctx.report("TR045", default.span, message, f"say one of {', '.join(words)}" if words else "only words have an `else`")
        default = None
    return model.Attribute(
        name.text,
        kind,
        words,
        unit,
        low,
        high,
        default.text if default is not None else None,
        clause.assume,
        span=name.span,
    )
