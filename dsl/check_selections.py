"""Selections: which records of which fact, with which tests, in which window."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, cast

from attrs import evolve

from . import ast, model
from .check_dates import ASSESSMENT, EVER, attribute_unknown, check_window, reach_window, visit_day
from .check_numbers import adapt, read_count, read_quantity
from .resolve import Context, near
from .source import Span
from .types import (
    AGGREGATE_PICKS,
    BAD,
    COUNTING_PICKS,
    PERCENT,
    Bad,
    Day,
    Num,
    Records,
    Truth,
    Typed,
    a_kind,
    gives,
    is_rate,
    kind_of,
    time_unit,
    unit_of,
)

_NUMBER_PICKS: Final = frozenset({"highest", "lowest", "sum", "mean", "rise", "change", "percent change", "change from baseline"})
_PICK_WORDS: Final = {"count": "count of", "sum": "sum of", "mean": "mean of", "rise": "mean daily rise of", "change": "change in"}
SINCE_BASELINE: Final = frozenset({"change from baseline", "percent change from baseline"})
_YEARS: Final = time_unit("years")
_ANY_NUMBER: Final = model.Quantity(Fraction(0), None, "")


def check_selection(ctx: Context, node: ast.Selection) -> Typed:
    """A bare name or a selection: a moment's day, a definition, the age, or records of a fact."""
    name = node.name.text
    if name in ctx.facts:
        selection = check_records(ctx, node, ctx.fact(node.name))
        return BAD if selection is None else Records(selection, gives(selection.fact, selection.attribute), span=node.span)
    if name == "age":
        return _age(ctx, node)
    declared = ctx.names.get(name)
    if declared is None and name in ctx.plan.visits:
        _bare(ctx, node, "visit")
        day = visit_day(ctx, node.name)
        return BAD if day is None else Day(day, span=node.span)
    if declared is None:
        names = [*ctx.names, "age"]
        ctx.unknown(node.name, "fact, definition or moment", names, "declare it in a `facts` block, or as a definition")
        return BAD
    ctx.used.add(name)
    if declared.kind == "moment":
        moment = ctx.moments.get(name)
        _bare(ctx, node, "moment")
        return BAD if moment is None else Day(model.MomentDate(moment, span=node.span), span=node.span)
    definition = ctx.definitions.get(name)
    if declared.kind == "definition" and not ctx.definitions_ready:
        ctx.report(
            "TR060", node.span, f"a moment cannot depend on the definition `{name}`", "definitions are built on moments: name facts here"
        )
        return BAD
    if declared.kind == "fact" or definition is None:
        return BAD
    if node.pick is not None and node.pick.kind in SINCE_BASELINE:
        return _since_baseline(ctx, node, definition)
    _bare(ctx, node, "definition")
    if definition.kind == "truth":
        return Truth(model.DefinedTruth(definition, span=node.span), span=node.span)
    return Num(model.DefinedNumber(definition, span=node.span), definition.unit, span=node.span)


def _since_baseline(ctx: Context, node: ast.Selection, definition: model.Definition) -> Typed:
    """`change from baseline in meld`: of a definition, in outcomes only; a fact's change is an aggregate over its records."""
    pick = node.pick.kind if node.pick is not None else ""
    extra = node.attribute or (node.tests or None) or (node.excluded or None) or node.window
    if extra is not None:
        _bare(ctx, evolve(node, pick=None), "definition")
        return BAD
    if not in_outcome(ctx, node.span, f"`{pick} in {definition.name}`"):
        return BAD
    if definition.kind == "truth":
        ctx.report(
            "TR050", node.name.span, f"`{definition.name}` is a truth, and only numbers change", "name a definition that is a number"
        )
        return BAD
    percent = pick.startswith("percent")
    unit = PERCENT if percent else definition.unit
    number = model.DefinedNumber(definition, span=node.name.span)
    return Num(model.SinceBaseline(number, percent, unit, span=node.span), unit, difference=True, span=node.span)


def in_outcome(ctx: Context, span: Span, what: str) -> bool:
    """Whether an outcome is at hand and the file states a baseline; reports it otherwise."""
    if not ctx.plan.outcome:
        ctx.report("TR100", span, f"{what} compares a visit with the baseline, and no outcome is at hand", "move this to an `outcome`")
        return False
    if ctx.baseline is None:
        ctx.report("TR080", span, "the file states no baseline", "add `baseline MOMENT` to the header")
        return False
    return True


def _bare(ctx: Context, node: ast.Selection, what: str) -> None:
    """A moment or definition stands alone: pick, attribute, tests, exceptions and window belong to facts."""
    extra = node.pick or node.attribute or (node.tests or None) or (node.excluded or None) or node.window
    if extra is None:
        return
    place = extra[0] if isinstance(extra, tuple) else extra
    ctx.report("TR081", place.span, f"`{node.name.text}` is a {what}, and a {what} stands alone", f"say `{node.name.text}` only")


def _age(ctx: Context, node: ast.Selection) -> Typed:
    ctx.used.add("birth_date")
    window = node.window
    if window is None or window.kind != "on" or node.pick or node.attribute or node.tests or node.excluded:
        ctx.report("TR081", node.span, "an age is the age on a day", "say at which moment: `age at screening`")
        return BAD
    day = check_window(ctx, window, None).start or ASSESSMENT
    return Num(model.Age(day, span=node.span), _YEARS, span=node.span)


def check_records(
    ctx: Context, node: ast.Selection, fact: model.Fact | None, *, day: bool = False, window: model.Window | None = None
) -> model.Selection | None:
    """The selection of a fact's records, in `window` if given; None where the fact or its attribute was reported."""
    if fact is None:
        return None
    attribute = None
    if node.attribute is not None:
        attribute = fact.attributes.get(node.attribute.text)
        if attribute is None:
            attribute_unknown(ctx, node.attribute, fact)
            return None
    fits = _pick_fits(ctx, node, fact, attribute, day=day)
    count, last = _pick_counts(ctx, node.pick)
    default: model.Pick = "any" if not day and gives(fact, attribute) == "presence" else "latest"
    found = model.Selection(
        fact,
        default if node.pick is None else cast("model.Pick", node.pick.kind),
        window or _stated_window(ctx, node, fact, day=day),
        attribute,
        _tests(ctx, node, fact),
        _excluded(ctx, node, fact),
        last,
        count,
        span=node.span,
    )
    return found if fits else None


def check_day(ctx: Context, node: ast.Selection) -> model.Selection | None:
    """The selection inside `the day of (…)`: one record."""
    found = check_records(ctx, node, ctx.fact(node.name), day=True)
    if found is not None and (found.pick not in {"latest", "first"} or found.attribute is not None):
        ctx.report("TR081", node.span, "a day is the day of one record", "say `the day of (latest …)` or `the day of (first …)`")
        return None
    return found


def _pick_counts(ctx: Context, pick: ast.Pick | None) -> tuple[int | None, int | None]:
    """The counts of `at least 2 of the last 3`."""
    if pick is None:
        return None, None
    count = None if pick.count is None else read_count(ctx, pick.count, pick.span)
    last = None if pick.last is None else read_count(ctx, pick.last, pick.span)
    if count is not None and last is not None and count > last:
        ctx.report("TR051", pick.span, f"`at least {count}` of the last {last} is impossible", f"say a count up to {last}")
    return count, last


def _pick_fits(ctx: Context, node: ast.Selection, fact: model.Fact, attribute: model.Attribute | None, *, day: bool) -> bool:
    """Whether the fact has what is picked; reports it otherwise."""
    what = gives(fact, attribute)
    pick = node.pick
    if pick is None:
        return True
    said = _PICK_WORDS.get(pick.kind, pick.kind)
    if fact.kind == "attribute":
        message = f"`{fact.name}` is an attribute, which has one value: `{said}` does not fit"
        ctx.report("TR044", pick.span, message, f"say `{fact.name}` only")
        return False
    if pick.kind in _NUMBER_PICKS and what != "number":
        ctx.report("TR044", pick.span, f"`{said}` wants numbers, and `{fact.name}` says {_says(what)}", _pick_help(fact, what))
        return False
    rate = attribute is not None and attribute.unit is not None and is_rate(attribute.unit)
    if pick.kind == "sum" and rate and attribute is not None and kind_of(fact) == "exposure":
        message = f"`{fact.name} {attribute.name}` is a rate, and the rates of several records do not add up to anything"
        help_ = f"say the dose of a day: `{fact.name} {attribute.name} on …`, or count records: `count of {fact.name} …`"
        ctx.report("TR084", pick.span, message, help_)
        return False
    if what == "presence" and not day and pick.kind in {"latest", "first", "every"}:
        help_ = f"say `{fact.name} …` or `count of {fact.name} …`"
        ctx.report("TR044", pick.span, f"`{said}` picks a value, and `{fact.name}` is {a_kind(fact)}", help_)
        return False
    return True


def _says(what: str) -> str:
    return {"presence": "whether something was", "word": "a word", "date": "a date"}.get(what, "a number")


def _pick_help(fact: model.Fact, what: str) -> str:
    numbers = [name for name, attribute in fact.attributes.items() if attribute.kind == "number"]
    if numbers:
        return f"name a number: `{fact.name} {numbers[0]}`"
    return f"count them: `count of {fact.name} …`" if what == "presence" else "name a fact that is a number"


def _stated_window(ctx: Context, node: ast.Selection, fact: model.Fact, *, day: bool) -> model.Window:
    kind = kind_of(fact)
    if node.window is not None:
        window = check_window(ctx, node.window, fact)
        if kind == "attribute":
            ctx.report("TR081", node.window.span, f"`{fact.name}` is an attribute, which has no day", "leave out the window")
            return EVER
        return window
    if day:
        return EVER
    if kind in model.PRESENCE_KINDS:
        ctx.report(
            "TR042",
            node.span,
            f"`{fact.name}` is {a_kind(fact)}, and nothing says when",
            "say a window: `ever`, `on screening`, `within 3 months before screening`",
        )
        return EVER
    window_or_none = reach_window(ctx, fact)
    if window_or_none is None:
        ctx.report(
            "TR043",
            node.span,
            f"nothing says how old the record of `{fact.name}` may be",
            f"say a window here, or give the fact a reach: `{fact.name} … reach 28 days`",
        )
        return EVER
    return window_or_none


def _excluded(ctx: Context, node: ast.Selection, fact: model.Fact) -> tuple[model.Fact, ...]:
    header = ctx.header_excluded if kind_of(fact) in model.PRESENCE_KINDS else ()
    if not node.excluded and not header:
        return ()
    found = [ctx.fact(word) for word in (*header, *node.excluded)]
    return tuple(dict.fromkeys(other for other in found if other is not None))


# ---------------------------------------------------------------- tests of attributes


def _tests(ctx: Context, node: ast.Selection, fact: model.Fact) -> tuple[model.AttributeTest, ...]:
    if not node.tests and not ctx.header_tests:
        return ()
    found = []
    for header in ctx.header_tests:
        if header.test.name.text in fact.attributes:
            header.taken = True
            found.append(check_test(ctx, header.test, fact))
    found += [check_test(ctx, test, fact) for test in node.tests]
    return tuple(test for test in found if test is not None)


def check_test(ctx: Context, test: ast.AttributeTest, fact: model.Fact) -> model.AttributeTest | None:
    """A test of an attribute of the fact's records; None where it was reported."""
    attribute = fact.attributes.get(test.name.text)
    if attribute is None:
        attribute_unknown(ctx, test.name, fact)
        return None
    if test.words:
        if attribute.kind == "number":
            _wrong_test(ctx, test, f"`{attribute.name}` of `{fact.name}` is a number", f"say `with {attribute.name} >= …`")
            return None
        words = tuple(word.text for word in test.words)
        if attribute.kind == "word" and not check_words(ctx, test.words, attribute.words, f"{attribute.name}` of `{fact.name}"):
            return None
        return model.AttributeTest(attribute, words, test.negated, span=test.span)
    if attribute.kind != "number":
        _wrong_test(ctx, test, f"`{attribute.name}` of `{fact.name}` is a word", f"say `with {attribute.name} WORD`")
        return None
    measure = Num(_ANY_NUMBER, attribute.unit, fact=fact, span=test.name.span)
    if test.value is not None:
        value = _test_number(ctx, test.value, measure)
        op = cast("model.Op", test.op or "=")
        return None if value is None else model.AttributeTest(attribute, op=op, value=value, span=test.span)
    if test.low is None:
        return None
    low, high = _bounds(ctx, test, measure)
    if low is None or high is None:
        return None
    return model.AttributeTest(attribute, low=low, high=high, span=test.span)


def _bounds(ctx: Context, test: ast.AttributeTest, measure: Num) -> tuple[Fraction | None, Fraction | None]:
    assert test.low is not None  # noqa: S101 - the caller has looked
    low = test.low if test.high is None else same_unit(test.low, test.high)
    first = _test_number(ctx, low, measure)
    last = first if test.high is None else _test_number(ctx, test.high, measure)
    if first is not None and last is not None and first > last:
        upside_down(ctx, test.span)
    return first, last


def _test_number(ctx: Context, quantity: ast.Quantity, measure: Num) -> Fraction | None:
    read = read_quantity(ctx, quantity)
    number = read if isinstance(read, Bad) else adapt(ctx, read, measure)
    return number.node.value if isinstance(number, Num) and isinstance(number.node, model.Quantity) else None


def same_unit(low: ast.Quantity, high: ast.Quantity) -> ast.Quantity:
    """`3 to 5 mg/dL`: the lower bound takes the unit of the upper where it has none."""
    if isinstance(low, ast.Amount) and low.unit is None:
        if isinstance(high, ast.Duration):
            return low if low.negative else ast.Duration(low.number, high.unit, span=low.span)
        if high.unit is not None:
            return ast.Amount(low.number, high.unit, low.negative, span=low.span)
    return low


def upside_down(ctx: Context, span: Span) -> None:
    """Report a range whose lower bound lies above the upper."""
    ctx.report("TR077", span, f"`{ctx.words(span)}` runs from high to low", "say the lower bound first")


def _wrong_test(ctx: Context, test: ast.AttributeTest, message: str, help_: str) -> None:
    ctx.report("TR044", test.span, message, help_)


def check_words(ctx: Context, words: tuple[ast.Word, ...], declared: tuple[str, ...], whose: str) -> bool:
    """Whether all words are declared; reports those that are not."""
    wrong = [word for word in words if word.text not in declared]
    for word in wrong:
        known = ", ".join(f"`{text}`" for text in declared)
        ctx.report("TR045", word.span, f"`{whose}` is never `{word.text}`", near(word.text, declared) or f"it is one of {known}")
    return not wrong


# ---------------------------------------------------------------- what records give


def number_of(ctx: Context, found: Records) -> Num | Bad:
    """The number that records give: of one record, or over all of them."""
    selection = found.selection
    unit = unit_of(selection.fact, selection.attribute)
    if selection.pick in AGGREGATE_PICKS:
        aggregate_unit = None if selection.pick == "count" else PERCENT if selection.pick == "percent change" else unit
        baseline = None
        if selection.pick == "change from baseline":
            if ctx.baseline is None:
                ctx.report("TR080", found.span, "the file states no baseline", "add `baseline MOMENT` to the header")
                return BAD
            baseline = model.MomentDate(ctx.baseline, span=ctx.baseline.span)
        node = model.Aggregate(selection, aggregate_unit, baseline, span=found.span)
        change = selection.pick in {"rise", "change", "change from baseline"}
        return Num(node, aggregate_unit, daily=selection.pick == "rise", difference=change, fact=selection.fact, span=found.span)
    return Num(model.Value(selection, unit, span=found.span), unit, fact=selection.fact, span=found.span)


def is_counting(found: Typed) -> bool:
    """Whether records are asked one by one: `any`, `every`, `at least n of`."""
    return isinstance(found, Records) and found.selection.pick in COUNTING_PICKS and found.gives != "presence"
