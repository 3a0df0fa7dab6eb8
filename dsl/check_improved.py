"""`improved by`, `worse`: what an outcome compares with the baseline."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, cast

from . import ast, model
from .check_expressions import to_number
from .check_numbers import adapt, read_quantity
from .check_selections import in_outcome
from .resolve import Context
from .types import BAD, Num, Truth, Typed

_RISING: Final = frozenset({">", ">="})
_HIGHER: Final = "higher is better"


def improved(ctx: Context, node: ast.Improved) -> Typed:
    """`x improved by > 20 % and > 10 mm`, `x worse`: margins in percent of the baseline, or in the unit of x."""
    operand = to_number(ctx, node.operand)
    said = f"`{'worse' if node.worse else 'improved'}`"
    if not in_outcome(ctx, node.span, said) or not isinstance(operand, Num):
        return BAD
    margins = [_margin(ctx, margin, operand) for margin in node.margins]
    kept = [margin for margin in margins if margin is not None]
    if len(kept) < len(margins):
        return BAD
    found = model.Improved(operand.node, node.worse, tuple(kept), _higher_is_better(operand.node), span=node.span)
    return Truth(found, span=node.span)


def _margin(ctx: Context, node: ast.Margin, operand: Num) -> model.Margin | None:
    text = ctx.words(node.span)
    if node.op not in _RISING:
        message = f"a change is at least, or more than, something: `{text}` says how small it is"
        ctx.report("TR104", node.span, message, "write `> …` or `>= …`")
        return None
    op = cast("model.Op", node.op)
    quantity = read_quantity(ctx, node.value)
    if not isinstance(quantity, Num) or not isinstance(quantity.node, model.Quantity):
        return None
    if node.value.unit is not None and node.value.unit.text == "%":
        return model.Margin(op, quantity.node.value, True, text)
    # A difference has no zero point: 1 K of change is 1 Cel of change.
    target = Num(operand.node, operand.unit, difference=True, fact=operand.fact, span=operand.span)
    brought = adapt(ctx, quantity, target)
    if not isinstance(brought, Num) or not isinstance(brought.node, model.Quantity):
        return None
    return model.Margin(op, Fraction(brought.node.value), False, text)


def _higher_is_better(node: model.Number) -> bool:
    """Whether the fact or definition carries the note `higher is better`; without it less is better."""
    notes: tuple[str, ...] = ()
    if isinstance(node, model.Value):
        notes = node.selection.fact.notes
    elif isinstance(node, model.DefinedNumber):
        notes = node.definition.notes
    return any(note.strip().rstrip(".").casefold() == _HIGHER for note in notes)
