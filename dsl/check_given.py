"""One recorded statement of a scenario: `crp < 5 mg/L on screening with range 1 mg/L to 5 mg/L`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from . import ast, model, units
from .check_dates import attribute_unknown, check_date, check_written_date
from .check_numbers import bridged, measures, read_number, read_unit
from .check_selections import check_words
from .resolve import Context
from .source import Span
from .types import a_kind, gives, kind_of, time_unit

Amount = tuple[Fraction, str | None]


def day_of_statement(ctx: Context, given: ast.Given) -> model.Date | None:
    """The day that is given for a moment or for `now`."""
    if isinstance(given.value, ast.DateText):
        return check_date(ctx, given.value)
    if given.on is not None:
        return check_date(ctx, given.on)
    ctx.report(
        "TR062", given.span, f"`{given.name.text}` is a moment, and no day is given for it", f"say `given {given.name.text} 2026-03-02`"
    )
    return None


def check_given(ctx: Context, given: ast.Given) -> model.Given | None:
    """The statement; None where it was reported."""
    name = given.name.text
    fact = ctx.facts.get(name)
    if fact is None:
        if name in ctx.names and ctx.names[name].kind == "definition":
            ctx.report("TR062", given.name.span, f"`{name}` is a definition, and only facts are recorded", "give the facts it is made of")
        elif name not in ctx.names:
            ctx.unknown(given.name, "fact or moment", [*ctx.facts, *ctx.moments], "give a fact of the protocol")
        return None
    if fact.kind == "group":
        members = ", ".join(f"`{member.name}`" for member in fact.members)
        ctx.report("TR062", given.name.span, f"`{name}` is a group, which has no records of its own", f"give one of {members}")
        return None
    value, unit, fine = _value(ctx, given, fact)
    attributes, ranges, by = _attributes(ctx, given, fact)
    low, high = ranges
    start, end = _days(ctx, given, fact)
    if not fine:
        return None
    return model.Given(
        fact,
        value,
        unit,
        given.comparator,
        start,
        end,
        given.on is None and given.start is not None and given.end is None,
        attributes,
        low,
        high,
        by,
        span=given.span,
    )


def _days(ctx: Context, given: ast.Given, fact: model.Fact) -> tuple[model.Date | None, model.Date | None]:
    if given.on is not None:
        day = check_date(ctx, given.on)
        return day, day
    if given.start is None and given.end is None:
        if fact.kind != "attribute":
            ctx.report("TR062", given.span, f"nothing says when `{fact.name}` was recorded", "add a day: `on screening`, `on 2026-03-01`")
        return None, None
    if not given.absent and fact.kind not in model.INTERVAL_KINDS:
        message = f"`{fact.name}` is recorded on one day, not from one to another"
        ctx.report("TR062", given.span, message, "say `on` with the day")
    start = None if given.start is None else check_date(ctx, given.start)
    return start, None if given.end is None else check_date(ctx, given.end)


# ---------------------------------------------------------------- values


def _value(ctx: Context, given: ast.Given, fact: model.Fact) -> tuple[Fraction | str | bool | None, str | None, bool]:
    """Value and unit as recorded, and whether they fit."""
    value = given.value
    what = gives(fact, None)
    if given.absent:
        if what != "presence":
            ctx.report(
                "TR062", given.span, f"`no {fact.name}` says that something did not happen, and it is {a_kind(fact)}", "give its value"
            )
            return None, None, False
        return False, None, True
    if value is None:
        return (True if what == "presence" else None), None, True
    if what == "number" and isinstance(value, ast.Amount | ast.Duration):
        amount = check_amount(ctx, value, fact.unit, fact, f"`{fact.name}`")
        return (None, None, False) if amount is None else (*amount, True)
    if what == "word" and isinstance(value, ast.Word):
        return value.text, None, check_words(ctx, (value,), fact.words, fact.name)
    if what == "date" and isinstance(value, ast.DateText):
        return value.text, None, check_written_date(ctx, value.text, value.span)
    if what == "presence" and isinstance(value, ast.Amount | ast.Duration) and "dose" in fact.attributes:
        help_ = f"say it as the dose: `{fact.name} on … with dose {ctx.words(value.span)}`"
    else:
        help_ = {
            "presence": "leave the value out",
            "number": "say a number",
            "word": f"say one of {', '.join(fact.words)}",
            "date": "say a date",
        }[what]
    ctx.report("TR062", value.span, f"`{ctx.words(value.span)}` is no value of `{fact.name}`, which is {a_kind(fact)}", help_)
    return None, None, False


def check_amount(ctx: Context, quantity: ast.Quantity, declared: units.Unit | None, fact: model.Fact, whose: str) -> Amount | None:
    """A recorded number with its unit as written; None (reported) where the unit cannot be converted to the declared one."""
    if isinstance(quantity, ast.Duration):
        value = read_number(ctx, quantity.count, quantity.span)
        unit: units.Unit | None = time_unit(quantity.unit)
        text: str | None = {"minutes": "min", "hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "a"}[quantity.unit]
    else:
        value = read_number(ctx, quantity.number, quantity.span) * (-1 if quantity.negative else 1)
        unit = None if quantity.unit is None else units.parse_unit(quantity.unit.text) if ctx.any_unit else read_unit(ctx, quantity.unit)
        text = quantity.unit.text if quantity.unit is not None else None
        if quantity.unit is not None and unit is None and not ctx.any_unit:
            return None
    if not ctx.any_unit and not _convertible(unit, declared, fact):
        message = f"`{ctx.words(quantity.span)}` is {measures(unit)}, and {whose} is declared {measures(declared)}"
        help_ = f"say it in `{declared.text}`" if declared is not None else "leave out the unit"
        ctx.report("TR062", quantity.span, message, help_)
        return None
    return value, text


def _convertible(unit: units.Unit | None, declared: units.Unit | None, fact: model.Fact) -> bool:
    if unit is None and fact.kind == "score":
        # What a score is counted in goes without saying.
        return True
    if unit is None or declared is None:
        known = unit or declared
        return known is None or (known.is_plain_number and (known.factor == 1 or unit is not None))
    return unit.dimension == declared.dimension or bridged(fact, unit, declared) is not None


# ---------------------------------------------------------------- attributes


def _attributes(
    ctx: Context, given: ast.Given, fact: model.Fact
) -> tuple[Mapping[str, str | Amount], tuple[Amount | None, Amount | None], str | None]:
    found: dict[str, str | Amount] = {}
    low: Amount | None = None
    high: Amount | None = None
    by = None
    seen: dict[str, Span] = {}
    for said in given.attributes:
        name = said.name.text
        first = seen.setdefault(name, said.span)
        if first is not said.span:
            ctx.twice(said.span, f"`{name}`", first, "keep one of them")
        elif name == "by" and isinstance(said.value, ast.Word) and "by" not in fact.attributes:
            by = said.value.text
        elif name == "range":
            low, high = _reference_range(ctx, said, fact)
        else:
            value = _attribute(ctx, said, fact)
            if value is not None:
                found[name] = value
    return found, (low, high), by


def _reference_range(ctx: Context, said: ast.GivenAttribute, fact: model.Fact) -> tuple[Amount | None, Amount | None]:
    if kind_of(fact) not in {"lab", "vital"} or isinstance(said.value, ast.Word) or said.to is None:
        ctx.report(
            "TR062", said.span, "a reference range belongs to a lab or vital and has two bounds", "say `with range 1 mg/L to 5 mg/L`"
        )
        return None, None
    whose = f"`{fact.name}`"
    high = check_amount(ctx, said.to, fact.unit, fact, whose)
    return check_amount(ctx, _as(said.value, said.to), fact.unit, fact, whose), high


def _as(low: ast.Quantity, high: ast.Quantity) -> ast.Quantity:
    """`range 1 to 5 mg/L`: the lower bound takes the unit of the upper."""
    if isinstance(low, ast.Amount) and low.unit is None and isinstance(high, ast.Amount):
        return ast.Amount(low.number, high.unit, low.negative, span=low.span)
    return low


def _attribute(ctx: Context, said: ast.GivenAttribute, fact: model.Fact) -> str | Amount | None:
    attribute = fact.attributes.get(said.name.text)
    if attribute is None:
        attribute_unknown(ctx, said.name, fact)
        return None
    value = said.value
    whose = f"`{attribute.name}` of `{fact.name}`"
    if attribute.kind == "number":
        if isinstance(value, ast.Word):
            ctx.report("TR062", said.span, f"`{value.text}` is no number, and {whose} is one", "say a number with its unit")
            return None
        return check_amount(ctx, value, attribute.unit, fact, whose)
    if not isinstance(value, ast.Word):
        ctx.report(
            "TR062", said.span, f"`{ctx.words(value.span)}` is a number, and {whose} is a word", f"say one of {', '.join(attribute.words)}"
        )
        return None
    if attribute.kind == "word" and not check_words(ctx, (value,), attribute.words, f"{attribute.name}` of `{fact.name}"):
        return None
    return value.text
