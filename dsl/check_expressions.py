"""Numbers: literals, arithmetic, functions, choices. Each gets its unit, and its operands are brought to one unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from .. import limits
from . import ast, model
from .check_dates import check_date, its_attribute
from .check_numbers import adapt, in_unit, measures, read_number, read_quantity
from .check_selections import check_selection, is_counting, number_of
from .resolve import Context, near
from .source import Span
from .types import BAD, Bad, Day, Num, Records, Truth, Typed, time_unit

_OPERATORS: Final[Mapping[str, Literal["*", "/", "^"]]] = MappingProxyType({"*": "*", "/": "/", "^": "^"})
_PLAIN_FUNCTIONS: Final = frozenset({"ln", "log10", "exp", "sqrt"})
_SEVERAL: Final = frozenset({"min", "max"})
_ROUNDING: Final = frozenset({"round", "floor", "ceil", "abs"})
FUNCTIONS: Final = _PLAIN_FUNCTIONS | _SEVERAL | _ROUNDING


def to_number(ctx: Context, node: ast.Expr) -> Num | Bad:
    """The expression as a number; Bad (reported) where it is none."""
    return one_unit(ctx, as_number(ctx, ctx.evaluate(ctx, node), node.span))


def one_unit(ctx: Context, number: Num | Bad) -> Num | Bad:
    """Refuse a choice of units of different dimensions where nothing says to which they are brought."""
    if isinstance(number, Num) and number.mixed:
        message = f"the branches of `{ctx.words(number.span)}` have units of different dimensions"
        ctx.report("TR034", number.span, message, "say all branches in one unit")
        return BAD
    return number


def as_number(ctx: Context, found: Typed, span: Span) -> Num | Bad:
    """What was found as a number; Bad (reported) where it is none."""
    if isinstance(found, Num | Bad):
        return found
    said = ctx.words(span)
    if isinstance(found, Records) and found.gives == "number":
        if is_counting(found):
            ctx.report(
                "TR044", span, f"`{said}` speaks of several records, and one number is wanted here", "compare it alone: `any … > 3 mg/dL`"
            )
            return BAD
        return number_of(ctx, found)
    if isinstance(found, Records) and found.selection.pick == "count":
        return number_of(ctx, found)
    if isinstance(found, Records) and found.gives == "word":
        ctx.report("TR044", span, f"`{said}` says a word, and a number is wanted here", f"write `{said} is …`")
    elif isinstance(found, Day) or (isinstance(found, Records) and found.gives == "date"):
        ctx.report("TR050", span, f"`{said}` is a date, and a number is wanted here", "count days: `days from A to B`")
    else:
        ctx.report("TR050", span, f"`{said}` is a truth, and a number is wanted here", _number_help(found))
    return BAD


def _number_help(found: Typed) -> str:
    if isinstance(found, Records):
        name = found.selection.fact.name
        numbers = [attribute.name for attribute in found.selection.fact.attributes.values() if attribute.kind == "number"]
        return f"name its number: `{name} {numbers[0]}`" if numbers else f"count its records: `count of {name} …`"
    return "choose a number by it: `(1 if …, 0 else)`"


# ---------------------------------------------------------------- leaves


def literal(ctx: Context, node: ast.Number) -> Typed:
    """`2.0 mg/dL`."""
    return read_quantity(ctx, node.quantity)


def reference_limit(ctx: Context, node: ast.Limit) -> Typed:
    """`1.5 x ULN`."""
    multiple = Fraction(1) if node.multiple is None else read_number(ctx, node.multiple, node.span)
    limit = model.Limit(multiple, "high" if node.which == "high" else "low", span=node.span)
    return Num(limit, None, literal=True, limit=True, span=node.span)


def day(ctx: Context, node: ast.DateExpr) -> Typed:
    """A date in an expression."""
    return Day(check_date(ctx, node.date), span=node.span)


def days_between(ctx: Context, node: ast.DaysBetween) -> Typed:
    """`days from A to B`."""
    found = model.DaysBetween(check_date(ctx, node.start), check_date(ctx, node.end), span=node.span)
    return Num(found, time_unit("days"), span=node.span)


def its(ctx: Context, node: ast.Its) -> Typed:
    """`its dose` as a number; words are read where they are tested."""
    attribute = its_attribute(ctx, node.attribute, node.span)
    if attribute is None:
        return BAD
    if attribute.kind != "number":
        ctx.report("TR050", node.span, f"`its {attribute.name}` says a word", f"write `its {attribute.name} is …`")
        return BAD
    return Num(model.ItsNumber(attribute, span=node.span), attribute.unit, fact=ctx.at_hand, span=node.span)


def parens(ctx: Context, node: ast.Parens) -> Typed:
    """`(…)`."""
    return ctx.evaluate(ctx, node.inner)


# ---------------------------------------------------------------- arithmetic


def said_in(ctx: Context, node: ast.InUnit) -> Typed:
    """`creatinine in mg/dL`."""
    operand = to_number(ctx, node.operand)
    if isinstance(operand, Num) and operand.limit:
        return _no_limit(ctx, operand)
    return operand if isinstance(operand, Bad) else in_unit(ctx, operand, node.unit, node.span)


def negative(ctx: Context, node: ast.Negative) -> Typed:
    """Unary minus."""
    operand = to_number(ctx, node.operand)
    if isinstance(operand, Bad):
        return operand
    if operand.limit:
        return _no_limit(ctx, operand)
    if isinstance(operand.node, model.Quantity):
        quantity = operand.node
        negated = model.Quantity(-quantity.value, quantity.unit, ctx.words(node.span), span=node.span)
        return Num(negated, operand.unit, literal=True, span=node.span)
    return Num(model.Negative(operand.node, span=node.span), operand.unit, fact=operand.fact, difference=operand.difference, span=node.span)


def arith(ctx: Context, node: ast.Arith) -> Typed:
    """`+ - * / ^`."""
    left, right = to_number(ctx, node.left), to_number(ctx, node.right)
    if isinstance(left, Bad) or isinstance(right, Bad):
        return BAD
    if left.limit or right.limit:
        return _no_limit(ctx, left if left.limit else right)
    left, right = _age_as_plain(left), _age_as_plain(right)
    op = node.op
    if op in {"+", "-"}:
        return _sum(ctx, node, left, right)
    if op == "/" and left.unit is not None and right.unit is not None and not left.literal:
        adapted = adapt(ctx, right, left)
        if isinstance(adapted, Bad):
            return adapted
        return Num(model.Arith("/", left.node, adapted.node, None, span=node.span), None, span=node.span)
    if op == "^" and isinstance(right.node, model.Quantity) and abs(right.node.value) > limits.MAX_EXPONENT:
        ctx.report(
            "TR064", node.right.span, f"`{ctx.words(node.right.span)}` is too large a power", f"powers go up to {limits.MAX_EXPONENT}"
        )
        return BAD
    wrong = _unit_too_many(op, left, right)
    if wrong is not None:
        message = f"`{ctx.words(wrong.span)}` is {measures(wrong.unit)}, and a plain number is wanted on this side of `{op}`"
        ctx.report(
            "TR034",
            wrong.span,
            message,
            f"say the unit that the formula means: `({ctx.words(wrong.span)} in {wrong.unit and wrong.unit.text})`",
        )
        return BAD
    unit = left.unit or right.unit
    fact = left.fact if left.unit is not None else right.fact
    return Num(model.Arith(_OPERATORS[op], left.node, right.node, unit, span=node.span), unit, fact=fact, span=node.span)


def _unit_too_many(op: str, left: Num, right: Num) -> Num | None:
    """The operand whose unit makes a product or quotient of two units, or stands where only a plain number may."""
    if op == "^" and left.unit is not None:
        return left
    if right.unit is not None and (op != "*" or left.unit is not None):
        return right
    return None


def _sum(ctx: Context, node: ast.Arith, left: Num, right: Num) -> Typed:
    swapped = left.literal and not right.literal
    base, literal_side = (right, left) if swapped else (left, right)
    adapted = adapt(ctx, literal_side, base)
    if isinstance(adapted, Bad):
        return BAD
    first, second = (adapted, base) if swapped else (base, adapted)
    op: Literal["+", "-"] = "+" if node.op == "+" else "-"
    found = model.Arith(op, first.node, second.node, base.unit, span=node.span)
    return Num(found, base.unit, fact=base.fact, difference=base.difference or op == "-", span=node.span)


def _age_as_plain(number: Num) -> Num:
    """In a formula an age is a plain number of years."""
    return Num(number.node, None, span=number.span) if isinstance(number.node, model.Age) else number


def _no_limit(ctx: Context, number: Num) -> Bad:
    ctx.report(
        "TR075",
        number.span,
        "`ULN` and `LLN` are limits of a compared record, not numbers of a formula",
        "compare a lab or vital with it: `alt > 3 x ULN`",
    )
    return BAD


# ---------------------------------------------------------------- functions and choices


def call(ctx: Context, node: ast.Call) -> Typed:
    """`max(1, creatinine in mg/dL)`."""
    name = node.function.text
    if name not in FUNCTIONS:
        ctx.report(
            "TR078",
            node.function.span,
            f"there is no function `{name}`",
            near(name, FUNCTIONS) or f"functions: {', '.join(sorted(FUNCTIONS))}",
        )
        return BAD
    found = [to_number(ctx, argument) for argument in node.arguments]
    numbers = [_age_as_plain(number) for number in found if isinstance(number, Num)]
    if len(numbers) < len(found):
        return BAD
    for number in numbers:
        if number.limit:
            return _no_limit(ctx, number)
    places = len(numbers) == 2 and name == "round"
    if not (len(numbers) == 1 or places or name in _SEVERAL):
        ctx.report("TR078", node.span, f"`{name}` takes one number, not {len(numbers)}", f"write `{name}(x)`")
        return BAD
    if places:
        digits = numbers[1].node
        if (
            not isinstance(digits, model.Quantity)
            or digits.unit is not None
            or digits.value.denominator != 1
            or not 0 <= digits.value <= 12
        ):
            ctx.report("TR078", numbers[1].span, "the second argument of `round` is a count of decimals", "say 0 to 12: `round(x, 1)`")
            return BAD
    return _call(ctx, node, numbers)


def _call(ctx: Context, node: ast.Call, numbers: list[Num]) -> Typed:
    name = node.function.text
    first = numbers[0]
    if name in _PLAIN_FUNCTIONS and first.unit is not None:
        message = f"`{name}` wants a plain number, and `{ctx.words(first.span)}` is {measures(first.unit)}"
        ctx.report(
            "TR034", first.span, message, f"say the unit that the formula means: `{name}({ctx.words(first.span)} in {first.unit.text})`"
        )
        return BAD
    if name in _SEVERAL:
        target = next((number for number in numbers if not number.literal), first)
        adapted = [number if number is target else adapt(ctx, number, target) for number in numbers]
        numbers = [number for number in adapted if isinstance(number, Num)]
        if len(numbers) < len(adapted):
            return BAD
        first = target
    found = model.Call(name, tuple(number.node for number in numbers), span=node.span)
    return Num(found, first.unit, fact=first.fact, difference=first.difference, span=node.span)


def first_known(ctx: Context, node: ast.FirstKnown) -> Typed:
    """`first known of (a, b)`."""
    found = [to_number(ctx, operand) for operand in node.operands]
    numbers = [number for number in found if isinstance(number, Num)]
    if len(numbers) < len(found):
        return BAD
    first = numbers[0]
    adapted = [first, *(adapt(ctx, number, first) for number in numbers[1:])]
    kept = [number for number in adapted if isinstance(number, Num)]
    if len(kept) < len(adapted):
        return BAD
    node_ = model.FirstKnown(tuple(number.node for number in kept), span=node.span)
    return Num(node_, first.unit, fact=first.fact, span=node.span)


def choose(ctx: Context, node: ast.Choose) -> Typed:
    """`(1200 mL if sex is male, 800 mL else)`; a choice of truths is a `cases` in one line."""
    conditions = [ctx.to_condition(ctx, branch.condition) for branch in node.branches]
    values = [(ctx.evaluate(ctx, branch.value), branch.value) for branch in node.branches]
    values.append((ctx.evaluate(ctx, node.otherwise), node.otherwise))
    if any(isinstance(value, Bad) for value, _ in values):
        return BAD
    if any(isinstance(value, Truth) or (isinstance(value, Records) and value.gives == "presence") for value, _ in values):
        results = [ctx.to_condition(ctx, written) for _, written in values]
        rows = tuple(
            model.Case(condition, result, span=branch.span)
            for condition, result, branch in zip(conditions, results, node.branches, strict=False)
        )
        return Truth(model.Cases(rows, results[-1], span=node.span), span=node.span)
    found = [as_number(ctx, value, written.span) for value, written in values]
    numbers = [number for number in found if isinstance(number, Num)]
    return BAD if len(numbers) < len(found) else _choice(ctx, node, conditions, numbers)


def _choice(ctx: Context, node: ast.Choose, conditions: list[model.Condition], numbers: list[Num]) -> Typed:
    plain = [number for number in numbers if not (number.limit and number.unit is None)]
    limit = any(number.limit for number in numbers)
    dimensions = {number.unit.dimension if number.unit is not None else "" for number in plain}
    if len(dimensions) > 1 and all(isinstance(number.node, model.Quantity | model.Limit) for number in numbers):
        values = [number.node for number in numbers]
        mixed = tuple(
            model.NumberBranch(condition, value, span=branch.span)
            for condition, value, branch in zip(conditions, values, node.branches, strict=False)
        )
        choice = model.Choose(mixed, values[-1], span=node.span)
        return Num(choice, plain[0].unit, literal=True, limit=limit, mixed=True, span=node.span)
    target = next((number for number in plain if not number.literal), plain[0] if plain else numbers[0])
    adapted = [adapt(ctx, number, target) for number in numbers]
    kept = [number for number in adapted if isinstance(number, Num)]
    if len(kept) < len(adapted):
        return BAD
    branches = tuple(
        model.NumberBranch(condition, number.node, span=branch.span)
        for condition, number, branch in zip(conditions, kept, node.branches, strict=False)
    )
    found = model.Choose(branches, kept[-1].node, span=node.span)
    return Num(
        found,
        target.unit,
        literal=all(number.literal for number in kept),
        limit=limit,
        fact=target.fact,
        span=node.span,
    )


NUMBERS: Final[Mapping[type, Callable[..., Typed]]] = MappingProxyType(
    {
        ast.Number: literal,
        ast.Limit: reference_limit,
        ast.DateExpr: day,
        ast.DaysBetween: days_between,
        ast.Its: its,
        ast.Parens: parens,
        ast.InUnit: said_in,
        ast.Negative: negative,
        ast.Arith: arith,
        ast.Call: call,
        ast.FirstKnown: first_known,
        ast.Choose: choose,
        ast.Selection: check_selection,
    }
)
