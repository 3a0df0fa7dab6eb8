"""Dates, windows and moments: names become moments, lengths become calendar steps, and every date as written must exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import evolve

from . import ast, model
from .check_numbers import read_length, read_number
from .resolve import Context, near
from .source import Span
from .types import kind_of, time_unit

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(T.+)?)?)?")
ASSESSMENT: Final = model.AssessmentDay()
EVER: Final = model.Window(None, ASSESSMENT)
_TIMED: Final = frozenset({"hours", "minutes"})


def check_date(ctx: Context, node: ast.DateNode) -> model.Date:
    """The date that is meant; a stand-in (the assessment day) where something was reported."""
    return _DATES[type(node)](ctx, node)


def _named(ctx: Context, node: ast.DateName) -> model.Date:
    word = ast.Word(node.name, span=node.span)
    if node.name in ctx.plan.visits and node.name not in ctx.moments:
        return visit_day(ctx, word) or ASSESSMENT
    if ctx.plan.here is not None and node.name not in ctx.names:
        ctx.unknown(word, "moment or visit", [*ctx.moments, *ctx.plan.here], "declare it in the `moments` block, or as a visit")
        return ASSESSMENT
    moment = ctx.moment(word)
    return ASSESSMENT if moment is None else model.MomentDate(moment, span=node.span)


def visit_day(ctx: Context, word: ast.Word) -> model.VisitDate | None:
    """The day of a visit; None (reported) outside the schedules that know it."""
    here = ctx.plan.here
    if here is not None and word.text in here:
        return model.VisitDate(word.text, span=word.span)
    if here is None:
        message = f"`{word.text}` is a visit, and only a schedule knows the days of its visits"
        ctx.report("TR101", word.span, message, "name a moment, or in an outcome `the visit day`")
    else:
        ctx.report("TR101", word.span, f"`{word.text}` is a visit of another part", "name a visit that this part has, or a moment")
    return None


def _dose_day(ctx: Context, node: ast.DoseDay) -> model.Date:
    if node.dose.text not in ctx.plan.doses and not ctx.free_moments:
        ctx.unknown(node.dose, "dose", ctx.plan.doses, 'an arm declares it: `dose NAME "…" 1 mg/kg IV`')
    return model.DoseDate("first" if node.which == "first" else "last", node.dose.text, span=node.span)


def _outcome_day(ctx: Context, node: ast.VisitDay) -> model.Date:
    if not ctx.plan.outcome:
        message = "`the visit day` is the day on which an outcome is computed, and no outcome is at hand"
        ctx.report("TR100", node.span, message, "name a moment or a visit, or move this to an `outcome`")
    return model.OutcomeDay(span=node.span)


def _written(ctx: Context, node: ast.DateText) -> model.Date:
    check_written_date(ctx, node.text, node.span)
    return model.DateLiteral(node.text, span=node.span)


def check_written_date(ctx: Context, text: str, span: Span) -> bool:
    """Whether a date as written exists; reports it otherwise."""
    match = _DATE.fullmatch(text)
    exists = match is not None
    if match is not None:
        year, month, day, time = match.groups()
        try:
            if time is not None:
                datetime.fromisoformat(text)
            else:
                date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            exists = False
    if not exists:
        ctx.report("TR063", span, f"there is no day `{text}`", "dates are written `2026-03-02`, `2026-03` or `2026-03-02T08:30`")
    return exists


def _assessment(_ctx: Context, node: ast.AssessmentDay) -> model.Date:
    return model.AssessmentDay(span=node.span)


def _shifted(ctx: Context, node: ast.Shifted) -> model.Date:
    length = read_length(ctx, node.length)
    return model.Shifted(length, "before" if node.direction == "before" else "after", check_date(ctx, node.date), span=node.span)


def its_attribute(ctx: Context, word: ast.Word, span: Span) -> model.Attribute | None:
    """The attribute of the record at hand; None (reported) where there is no record or no such attribute."""
    fact = ctx.at_hand
    if fact is None:
        ctx.report(
            "TR049",
            span,
            f"`its {word.text}` speaks of a record, and there is none at hand",
            "`its` stands in the dates of a selection's own window, as in `any trial since the earlier of (…)`",
        )
        return None
    found = fact.attributes.get(word.text)
    if found is None:
        attribute_unknown(ctx, word, fact)
    return found


def attribute_unknown(ctx: Context, word: ast.Word, fact: model.Fact) -> None:
    """Report an attribute that the fact does not declare."""
    nearest = near(word.text, fact.attributes)
    known = ", ".join(f"`{name}`" for name in fact.attributes)
    help_ = nearest or (f"`{fact.name}` has {known}" if known else f"declare it: `{fact.name} … with {word.text} …`")
    ctx.report("TR047", word.span, f"`{fact.name}` declares no attribute `{word.text}`", help_)


def _its_shifted(ctx: Context, node: ast.ItsShifted) -> model.Date:
    attribute = its_attribute(ctx, node.attribute, node.span)
    multiple = Fraction(1) if node.multiple is None else read_number(ctx, node.multiple, node.span)
    anchor = check_date(ctx, node.date)
    if attribute is None:
        return anchor
    if attribute.unit is None or attribute.unit.dimension != time_unit("days").dimension:
        ctx.report(
            "TR050",
            node.attribute.span,
            f"`its {attribute.name}` is no length of time, and a date is moved by one",
            f"declare it in a unit of time: `with {attribute.name} in d`",
        )
        return anchor
    return model.ItsShifted(multiple, attribute, "before" if node.direction == "before" else "after", anchor, span=node.span)


def _extreme(ctx: Context, node: ast.Extreme) -> model.Date:
    choices = []
    for choice in node.choices:
        condition = None
        if choice.condition is not None:
            condition = ctx.to_condition(ctx, choice.condition)
        choices.append(model.DateChoice(check_date(ctx, choice.date), condition, span=choice.span))
    return model.Extreme("earlier" if node.which == "earlier" else "later", tuple(choices), span=node.span)


def _day_of(ctx: Context, node: ast.DayOf) -> model.Date:
    selection = node.selection
    bare = selection.pick is None and selection.window is None and selection.attribute is None
    if bare and selection.name.text in ctx.moments:
        return _named(ctx, ast.DateName(selection.name.text, span=selection.name.span))
    if bare and selection.name.text in ctx.plan.visits and selection.name.text not in ctx.facts:
        return visit_day(ctx, selection.name) or ASSESSMENT
    at_hand, ctx.at_hand = ctx.at_hand, None
    found = ctx.select_day(ctx, selection)
    ctx.at_hand = at_hand
    return ASSESSMENT if found is None else model.DayOf(found, span=node.span)


_DATES: Final[Mapping[type, Callable[..., model.Date]]] = MappingProxyType(
    {
        ast.DateName: _named,
        ast.DateText: _written,
        ast.AssessmentDay: _assessment,
        ast.Shifted: _shifted,
        ast.ItsShifted: _its_shifted,
        ast.Extreme: _extreme,
        ast.DayOf: _day_of,
        ast.DoseDay: _dose_day,
        ast.VisitDay: _outcome_day,
    }
)


# ---------------------------------------------------------------- windows


def check_window(ctx: Context, window: ast.Window, fact: model.Fact | None) -> model.Window:
    """A window as dates; `its` inside it speaks of the records of `fact`. Tests of a group header do not reach into it."""
    outer = ctx.at_hand, ctx.header_tests, ctx.header_excluded
    ctx.at_hand, ctx.header_tests, ctx.header_excluded = fact, (), ()
    found = _window(ctx, window)
    ctx.at_hand, ctx.header_tests, ctx.header_excluded = outer
    by_the_clock = window.kind != "on" and not found.timed and (steps_by_hours(found.start) or steps_by_hours(found.end))
    return evolve(found, timed=True) if by_the_clock else found


def _window(ctx: Context, window: ast.Window) -> model.Window:
    span = window.span
    anchor = ASSESSMENT if window.date is None else check_date(ctx, window.date)
    match window.kind:
        case "within" if window.length is not None:
            length = read_length(ctx, window.length)
            start = anchor if window.side == "after" else model.Shifted(length, "before", anchor, span=span)
            end = model.Shifted(length, "after", anchor, span=span) if window.side in {"after", "of"} else anchor
            return model.Window(start, end, timed=length.unit in _TIMED, span=span)
        case "on":
            return model.Window(anchor, anchor, span=span)
        case "since":
            return model.Window(anchor, ASSESSMENT, span=span)
        case "before":
            return model.Window(None, anchor, end_open=True, span=span)
        case "after":
            return model.Window(anchor, ASSESSMENT, start_open=True, span=span)
        case "from" if window.to is not None:
            return model.Window(anchor, check_date(ctx, window.to), span=span)
        case _:
            return model.Window(None, ASSESSMENT, span=span)


def before(length: model.Length, anchor: model.Date, span: Span) -> model.Window:
    """The window [anchor - length, anchor]."""
    start = model.Shifted(length, "before", anchor, span=span)
    return model.Window(start, anchor, timed=steps_by_hours(start), span=span)


def steps_by_hours(date: model.Date | None) -> bool:
    """Whether a length in hours or minutes is a step on the way to the date, so that times decide."""
    if isinstance(date, model.Shifted):
        return date.length.unit in _TIMED or steps_by_hours(date.date)
    if isinstance(date, model.ItsShifted):
        return steps_by_hours(date.date)
    return isinstance(date, model.Extreme) and any(steps_by_hours(choice.date) for choice in date.choices)


def reach_window(ctx: Context, fact: model.Fact) -> model.Window | None:
    """The window of a condition on a value that states none: the fact's reach. None where the fact has none."""
    known = ctx.reach_windows.get(fact.name)
    if known is not None:
        return known
    if kind_of(fact) in {"judgement", "attribute"}:
        window = EVER
    elif ctx.plan.outcome and fact.reach is None:
        # An outcome reads the window of its visit, else its own day. A window without a start would hold for ever.
        return model.Window(ASSESSMENT, ASSESSMENT, reach=True, span=fact.span)
    elif fact.reach is None:
        return None
    elif fact.reach == "ever":
        window = model.Window(None, ASSESSMENT, reach=True, assumed=fact.reach_assumed, span=fact.span)
    else:
        start = model.Shifted(fact.reach, "before", ASSESSMENT, span=fact.span)
        window = model.Window(start, ASSESSMENT, timed=fact.reach.unit in _TIMED, reach=True, assumed=fact.reach_assumed, span=fact.span)
    ctx.reach_windows[fact.name] = window
    return window
