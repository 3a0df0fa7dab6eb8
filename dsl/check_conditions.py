"""Conditions: what may be true of numbers, words, dates and records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, cast

from . import ast, model
from .check_dates import before, check_date, its_attribute
from .check_expressions import NUMBERS, as_number
from .check_improved import improved
from .check_numbers import adapt, read_length, read_quantity, read_unit
from .check_ranges import warn_comparison, warn_range
from .check_selections import check_records, check_words, is_counting, number_of, same_unit, upside_down
from .resolve import Context
from .source import Span
from .types import BAD, BAD_TRUTH, Bad, Day, Num, Records, Truth, Typed, a_kind, gives, kind_of

_FLIPPED: Final[Mapping[str, model.Op]] = MappingProxyType({"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="})


def evaluate(ctx: Context, node: ast.Expr) -> Typed:
    """What the expression is."""
    return _ALL[type(node)](ctx, node)


def to_condition(ctx: Context, node: ast.Expr) -> model.Condition:
    """The expression as a condition; a stand-in where something was reported."""
    return as_condition(ctx, evaluate(ctx, node), node.span)


def as_condition(ctx: Context, found: Typed, span: Span) -> model.Condition:
    """What was found as a condition; a stand-in (reported) where it is none."""
    if isinstance(found, Truth):
        return found.node
    if isinstance(found, Bad):
        return BAD_TRUTH
    said = ctx.words(span)
    if isinstance(found, Records):
        selection = found.selection
        if selection.pick == "at least":
            return _at_least(found)
        if found.gives == "presence" and selection.pick != "count":
            return model.Exists(selection, span=span)
        if found.gives == "word":
            words = selection.attribute.words if selection.attribute is not None else selection.fact.words
            ctx.report(
                "TR044", span, f"`{said}` says a word, and nothing says which one is wanted", f"write `{said} is {(words or ('…',))[0]}`"
            )
            return BAD_TRUTH
    if isinstance(found, Day) or (isinstance(found, Records) and found.gives == "date"):
        ctx.report("TR050", span, f"`{said}` is a date, and a truth is wanted here", "compare it with another date")
    else:
        ctx.report(
            "TR050", span, f"`{said}` is a number, and a truth is wanted here", f"compare it: `{said} < …`, or ask `{said} is recorded`"
        )
    return BAD_TRUTH


def _at_least(found: Records) -> model.Condition:
    """`at least 2 of hb within …` with no test: that many records."""
    selection = found.selection
    counted = model.Selection(
        selection.fact, "count", selection.window, None, selection.tests, selection.excluded, selection.last, span=selection.span
    )
    count = model.Quantity(Fraction(selection.count or 1), None, str(selection.count or 1), span=selection.span)
    return model.Compare(">=", model.Aggregate(counted, None, span=found.span), count, span=found.span)


# ---------------------------------------------------------------- logic


def constant(_ctx: Context, node: ast.Constant) -> Typed:
    """`always`, `never`."""
    return Truth(model.Constant(node.value, span=node.span), span=node.span)


def unknown_because(_ctx: Context, node: ast.UnknownBecause) -> Typed:
    """`unknown because "…"`."""
    return Truth(model.UnknownBecause(node.reason, span=node.span), span=node.span)


def logic(ctx: Context, node: ast.Logic) -> Typed:
    """Inline `and`, `or`."""
    for operand in node.operands:
        if isinstance(operand, ast.Logic) and operand.kind != node.kind:
            mixed(ctx, node.span)
            break
    operands = tuple(to_condition(ctx, operand) for operand in node.operands)
    return Truth(model.Connective("all" if node.kind == "and" else "any", operands, span=node.span), span=node.span)


def mixed(ctx: Context, span: Span) -> None:
    """Report `and` beside `or` without parentheses or a group."""
    ctx.report("TR038", span, "`and` and `or` stand side by side", "put one of them in parentheses, or use `any of` and `all of`")


def negation(ctx: Context, node: ast.Not) -> Typed:
    """`not X`."""
    return Truth(model.Not(to_condition(ctx, node.operand), span=node.span), span=node.span)


def known_that(ctx: Context, node: ast.KnownThat) -> Typed:
    """`known that X`."""
    return Truth(model.KnownThat(to_condition(ctx, node.operand), span=node.span), span=node.span)


def differs(ctx: Context, node: ast.Differs) -> Typed:
    """`X differs from Y`."""
    found = model.Differs(to_condition(ctx, node.left), to_condition(ctx, node.right), span=node.span)
    return Truth(found, span=node.span)


# ---------------------------------------------------------------- comparisons


def compared(ctx: Context, node: ast.Compared) -> Typed:
    """`left op right`: numbers, or dates."""
    left = evaluate(ctx, node.left)
    if isinstance(left, Records) and left.gives == "word" and isinstance(node.right, ast.Selection):
        said, word = ctx.words(node.left.span), node.right.name.text
        negated = "is not" if node.op == "!=" else "is"
        ctx.report("TR044", node.span, f"`{said}` says a word, which is not compared with `{node.op}`", f"write `{said} {negated} {word}`")
        return BAD
    right = evaluate(ctx, node.right)
    op = cast("model.Op", node.op)
    if isinstance(left, Bad) or isinstance(right, Bad):
        return BAD
    if isinstance(left, Day) and isinstance(right, Day):
        return Truth(model.CompareDates(op, left.node, right.node, span=node.span), span=node.span)
    if isinstance(left, Day) or isinstance(right, Day):
        date, other = (node.left, node.right) if isinstance(left, Day) else (node.right, node.left)
        message = f"`{ctx.words(date.span)}` is a date, and `{ctx.words(other.span)}` is none"
        ctx.report("TR050", node.span, message, "compare two dates, or count the days: `days from A to B`")
        return BAD
    if is_counting(right) and not is_counting(left):
        left, right, op = right, left, _FLIPPED[op]
        return _compared(ctx, node, (left, node.right.span), (right, node.left.span), op)
    return _compared(ctx, node, (left, node.left.span), (right, node.right.span), op)


def _compared(ctx: Context, node: ast.Compared, first: tuple[Typed, Span], second: tuple[Typed, Span], op: model.Op) -> Typed:
    counting = first[0] if is_counting(first[0]) else None
    left = _measured(ctx, counting) if isinstance(counting, Records) else as_number(ctx, *first)
    right = as_number(ctx, *second)
    if isinstance(left, Bad) or isinstance(right, Bad):
        return BAD
    if left.literal and not right.literal:
        left, right, op = right, left, _FLIPPED[op]
    if not _limit_fits(ctx, left, right):
        return BAD
    adapted = adapt(ctx, right, left)
    if isinstance(adapted, Bad):
        return adapted
    warn_comparison(ctx, op, left, adapted, node.span)
    if isinstance(counting, Records):
        return Truth(model.Quantified(counting.selection, op=op, value=adapted.node, span=node.span), span=node.span)
    return Truth(model.Compare(op, left.node, adapted.node, span=node.span), span=node.span)


def _measured(ctx: Context, found: Records) -> Num | Bad:
    """The number of each of several records; words are not compared."""
    if found.gives != "number":
        ctx.report("TR044", found.span, f"`{ctx.words(found.span)}` says a word, and a number is wanted here", "test it with `is`")
        return BAD
    return number_of(ctx, found)


def _limit_fits(ctx: Context, left: Num, right: Num) -> bool:
    """`ULN` is a limit of the record it is compared with: a lab's or vital's own value."""
    if not (left.limit or right.limit):
        return True
    node = left.node
    record = isinstance(node, model.Value) and node.selection.attribute is None and kind_of(node.selection.fact) in {"lab", "vital"}
    if record and not left.limit:
        return True
    place = left if left.limit else right
    message = "`ULN` and `LLN` come with a laboratory value, and this is compared with something else"
    ctx.report("TR075", place.span, message, "compare the record of a lab or vital with it: `alt > 3 x ULN`")
    return False


def is_range(ctx: Context, node: ast.IsRange) -> Typed:
    """`x is 3 to 4`."""
    found = evaluate(ctx, node.operand)
    if isinstance(found, Bad):
        return found
    counting = found if isinstance(found, Records) and is_counting(found) else None
    operand = _measured(ctx, counting) if counting is not None else as_number(ctx, found, node.operand.span)
    bounds = [read_quantity(ctx, same_unit(node.low, node.high)), read_quantity(ctx, node.high)]
    if isinstance(operand, Bad) or any(isinstance(bound, Bad) for bound in bounds):
        return BAD
    adapted = [adapt(ctx, bound, operand) for bound in bounds if isinstance(bound, Num)]
    quantities = [bound.node for bound in adapted if isinstance(bound, Num) and isinstance(bound.node, model.Quantity)]
    if len(quantities) < 2:
        return BAD
    low, high = quantities
    if low.value > high.value:
        upside_down(ctx, node.span)
        return BAD
    warn_range(ctx, operand, low, high)
    if counting is not None:
        return Truth(model.Quantified(counting.selection, low=low, high=high, negated=node.negated, span=node.span), span=node.span)
    return Truth(model.Between(operand.node, low, high, node.negated, span=node.span), span=node.span)


# ---------------------------------------------------------------- words


def is_word(ctx: Context, node: ast.IsWord) -> Typed:
    """`x is not one of (a, b)`."""
    words = tuple(word.text for word in node.words)
    if isinstance(node.operand, ast.Its):
        return _its_word(ctx, node, node.operand, words)
    found = evaluate(ctx, node.operand)
    if isinstance(found, Bad):
        return found
    said = ctx.words(node.operand.span)
    if not isinstance(found, Records) or found.gives != "word":
        _no_word(ctx, node, found, said)
        return BAD
    selection = found.selection
    if selection.pick == "count":
        as_condition(ctx, found, node.operand.span)
        return BAD
    declared = selection.attribute.words if selection.attribute is not None else selection.fact.words
    free = selection.attribute is not None and selection.attribute.kind == "text"
    name = selection.fact.name if selection.attribute is None else f"{selection.fact.name} {selection.attribute.name}"
    if not free and not check_words(ctx, node.words, declared, name):
        return BAD
    if is_counting(found):
        return Truth(model.Quantified(selection, words=words, negated=node.negated, span=node.span), span=node.span)
    return Truth(model.IsWord(selection, words, node.negated, span=node.span), span=node.span)


def _its_word(ctx: Context, node: ast.IsWord, operand: ast.Its, words: tuple[str, ...]) -> Typed:
    attribute = its_attribute(ctx, operand.attribute, operand.span)
    if attribute is None:
        return BAD
    if attribute.kind == "number":
        ctx.report("TR044", node.span, f"`its {attribute.name}` is a number, not a word", f"compare it: `its {attribute.name} > …`")
        return BAD
    if attribute.kind == "word" and not check_words(ctx, node.words, attribute.words, f"its {attribute.name}"):
        return BAD
    return Truth(model.ItsWord(attribute, words, node.negated, span=node.span), span=node.span)


def _no_word(ctx: Context, node: ast.IsWord, found: Typed, said: str) -> None:
    wanted = node.words[0].text if node.words else "…"
    if isinstance(found, Num) or (isinstance(found, Records) and found.gives == "number"):
        ctx.report(
            "TR044",
            node.span,
            f"`{said}` is a number and is never a word such as `{wanted}`",
            f"compare it: `{said} < …`, or `{said} is 3 to 4`",
        )
    elif isinstance(found, Day) or (isinstance(found, Records) and found.gives == "date"):
        ctx.report("TR050", node.span, f"`{said}` is a date and is never a word such as `{wanted}`", "compare it with another date")
    else:
        help_ = (
            f"write `{said}` alone" if wanted == "yes" else f"write `not {said}`" if wanted == "no" else f"write `{said}` or `not {said}`"
        )
        ctx.report("TR044", node.span, f"`{said}` is true or false and is never a word such as `{wanted}`", help_)


# ---------------------------------------------------------------- the data themselves, therapies


def is_recorded(ctx: Context, node: ast.IsRecorded) -> Typed:
    """`x is recorded in mg/day`."""
    found = evaluate(ctx, node.operand)
    unit = None if node.unit is None else read_unit(ctx, node.unit)
    if isinstance(found, Bad) or (node.unit is not None and unit is None):
        return BAD
    if not isinstance(found, Records) or is_counting(found):
        said = ctx.words(node.operand.span)
        ctx.report("TR044", node.span, f"`{said}` is no fact, and only facts are recorded", "name a fact, perhaps with its window")
        return BAD
    if unit is not None and found.gives != "number":
        ctx.report("TR044", node.span, f"`{ctx.words(node.operand.span)}` has no unit", "say `is recorded` only")
        return BAD
    return Truth(model.IsRecorded(found.selection, unit, node.negated, span=node.span), span=node.span)


_THERAPY_KINDS: Final = {"taken": model.INTERVAL_KINDS, "unchanged": model.INTERVAL_KINDS, "stopped": model.PRESENCE_KINDS}
_THERAPY_WORDS: Final = {"taken": "taken since", "unchanged": "unchanged for", "stopped": "stopped at least"}


def therapy(ctx: Context, node: ast.Therapy) -> Typed:
    """`taken since`, `unchanged for`, `stopped at least`."""
    length = read_length(ctx, node.length)
    anchor = check_date(ctx, node.date)
    operand = node.operand
    said = ctx.words(operand.span)
    fact = ctx.fact(operand.name) if isinstance(operand, ast.Selection) and operand.name.text in ctx.facts else None
    if fact is None or not isinstance(operand, ast.Selection):
        if not isinstance(evaluate(ctx, operand), Bad):
            ctx.report("TR044", node.span, f"`{said}` is not a drug or another exposure", "name a fact of kind exposure")
        return BAD
    if kind_of(fact) not in _THERAPY_KINDS[node.kind]:
        message = f"`{fact.name}` is {a_kind(fact)}, which is never `{_THERAPY_WORDS[node.kind]}`"
        ctx.report("TR044", node.span, message, "name a fact of kind exposure")
        return BAD
    for extra in (operand.pick, operand.window):
        if extra is not None:
            ctx.report("TR081", extra.span, f"`{_THERAPY_WORDS[node.kind]}` says the days itself", "leave this out")
            return BAD
    if node.kind != "stopped" and length.unit in {"hours", "minutes"}:
        message = f"a course of treatment is counted in days or longer, not in {length.unit}"
        help_ = f"say days, or look at the records in a window: `{fact.name} within {ctx.words(node.length.span)} before …`"
        ctx.report("TR074", node.length.span, message, help_)
        return BAD
    window = before(length, anchor, node.span)
    selection = check_records(ctx, operand, fact, window=window)
    if selection is None:
        return BAD
    if node.kind == "stopped":
        return Truth(model.Not(model.Exists(selection, span=node.span), span=node.span), span=node.span)
    if node.kind == "taken":
        return Truth(model.TakenSince(selection, length, anchor, span=node.span), span=node.span)
    if gives(fact, selection.attribute) != "number":
        ctx.report("TR044", operand.span, f"`{said}` is no number that could stay unchanged", _unchanged_help(fact))
        return BAD
    return Truth(model.Unchanged(selection, length, anchor, span=node.span), span=node.span)


def _unchanged_help(fact: model.Fact) -> str:
    numbers = [attribute.name for attribute in fact.attributes.values() if attribute.kind == "number"]
    return f"say `{fact.name} {numbers[0]} unchanged for …`" if numbers else f"declare a dose: `{fact.name} exposure in mg/d`"


_ALL: Final[Mapping[type, Callable[..., Typed]]] = MappingProxyType(
    {
        **NUMBERS,
        ast.Constant: constant,
        ast.UnknownBecause: unknown_because,
        ast.Logic: logic,
        ast.Not: negation,
        ast.KnownThat: known_that,
        ast.Differs: differs,
        ast.Compared: compared,
        ast.IsRange: is_range,
        ast.IsWord: is_word,
        ast.IsRecorded: is_recorded,
        ast.Therapy: therapy,
        ast.Improved: improved,
    }
)
