"""The common case of a leaf, done at once: exact days, a plain window, a usable value. Everything else is left to the leaf's own rule.

A short cut gives the very outcome that the leaf's rule gives (a test compares them); it saves only the bookkeeping for ties, coarse dates,
plans and missing values.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from ..dsl import model
from . import numbers
from .aggregate import aggregate
from .context import Context
from .outcome import Item, Outcome, Unknown
from .picked import picked
from .plan import ConditionRule, NumberRule, Plan
from .prepare import Track
from .values import Alternative, Numeric
from .windows import Frame, frame_of


def _latest(ctx: Context, name: str, frame: Frame) -> Item | None:
    """The latest item, if it stands alone and its value can be used."""
    track = ctx.tracks.get(name)
    if track is None or not frame.plain:
        return None
    days = track.days
    at = len(days) - 1
    if days[at] > frame.end_high:
        at = bisect_right(days, frame.end_high) - 1
        if at < 0:
            return None
    if (frame.start_low is not None and days[at] < frame.start_low) or (at and days[at - 1] == days[at]):
        return None
    item = track.items[at]
    return item if item.problem is None else None


def _inside(track: Track, frame: Frame) -> tuple[Item, ...]:
    """The items in a plain window."""
    days, first = track.days, frame.start_low
    low = 0 if first is None or first <= days[0] else bisect_left(days, first)
    if days[-1] <= frame.end_high:
        return track.items[low:] if low else track.items
    return track.items[low : max(low, bisect_right(days, frame.end_high))]


def _missing(ctx: Context, fact: model.Fact, frame: Frame) -> Unknown | None:
    """Why a plain window holds nothing; None where that is not so easily said, or it holds something."""
    if not frame.plain or fact.kind == "judgement":
        return None
    track = ctx.tracks.get(fact.name)
    if track is None:
        return None if fact.name in ctx.facts.items else Unknown("no record", fact, frame.span)
    days = track.days
    low = 0 if frame.start_low is None else bisect_left(days, frame.start_low)
    if low < bisect_right(days, frame.end_high):
        return None
    if low:
        return Unknown("too old", fact, frame.span, track.items[low - 1])
    return Unknown("no record", fact, frame.span, track.items[0])


def _nothing(ctx: Context, node: model.Condition, fact: model.Fact, frame: Frame) -> Outcome | None:
    """The outcome of a condition on records of which the window holds none."""
    unknown = _missing(ctx, fact, frame)
    return None if unknown is None else Outcome(node, None, None, (), (), frame.span, (), (unknown,))


def _no_number(ctx: Context, node: model.Value | model.Aggregate, frame: Frame) -> Numeric | None:
    """The outcome of a number from records of which the window holds none."""
    unknown = _missing(ctx, node.selection.fact, frame)
    if unknown is None:
        return None
    return Numeric(node, None, None, (), (), frame.span, (), (unknown,), (), (Alternative(None, unknown),))


def value_rule(plan: Plan, node: model.Value) -> NumberRule:
    """The number of the latest record."""
    selection = node.selection
    if not plan.short_cuts or not plan.is_plain(selection):
        return lambda ctx: picked(ctx, node)
    if selection.pick in ("highest", "lowest"):
        return _extreme(plan, node)
    if selection.pick != "latest":
        return lambda ctx: _no_number(ctx, node, frame_of(ctx, selection.window)) or picked(ctx, node)
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]

    def rule(ctx: Context) -> Numeric:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        item = _latest(ctx, name, frame)
        if item is None or item.number is None:
            return _no_number(ctx, node, frame) or picked(ctx, node)
        return Numeric(node, None, None, (), (item,), frame.span, (item.number,))

    return rule


def _extreme(plan: Plan, node: model.Value) -> NumberRule:
    """The highest or lowest of records of which one stands out."""
    selection = node.selection
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]
    best_of = max if selection.pick == "highest" else min

    def rule(ctx: Context) -> Numeric:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        track = ctx.tracks.get(name)
        if track is None or not frame.plain or not track.exact:
            return _no_number(ctx, node, frame) or picked(ctx, node)
        items = _inside(track, frame)
        if items:
            best = best_of([item.number for item in items])  # type: ignore[type-var]
            chosen = tuple([item for item in items if item.number == best])
            if len(chosen) == 1 and best is not None:
                return Numeric(node, None, None, (), chosen, frame.span, (best,))
            return picked(ctx, node)
        return _no_number(ctx, node, frame) or picked(ctx, node)

    return rule


def aggregate_rule(plan: Plan, node: model.Aggregate) -> NumberRule:
    """A number over all records of a window; a mean daily rise at once, where the first and the last stand alone on their days."""
    selection = node.selection
    if not plan.short_cuts or selection.pick != "rise" or not plan.is_plain(selection):
        return lambda ctx: aggregate(ctx, node)
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]

    def rule(ctx: Context) -> Numeric:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        track = ctx.tracks.get(name)
        items = _inside(track, frame) if track is not None and frame.plain else ()
        if not items:
            return _no_number(ctx, node, frame) or aggregate(ctx, node)
        start, end = items[0], items[-1]
        if len(items) > 1 and start.first < items[1].first and items[-2].first < end.first:
            amount = numbers.daily_rise(start.number, end.number, end.first - start.first)
            if amount is not None:
                return Numeric(node, None, None, (), (start, end), frame.span, (amount,))
        return aggregate(ctx, node)

    return rule


def _is_word(plan: Plan, node: model.IsWord, slow: ConditionRule) -> ConditionRule:
    selection = node.selection
    if selection.pick != "latest" or not plan.is_plain(selection):
        return slow
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]
    words, negated = node.words, node.negated

    def rule(ctx: Context) -> Outcome:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        item = _latest(ctx, name, frame)
        if item is None:
            return _nothing(ctx, node, selection.fact, frame) or slow(ctx)
        truth = (item.word in words) is not negated
        return Outcome(node, truth, truth, (), (item,), frame.span)

    return rule


def _is_recorded(plan: Plan, node: model.IsRecorded, slow: ConditionRule) -> ConditionRule:
    selection = node.selection
    if node.unit is not None or not plan.is_plain(selection):
        return slow
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]
    negated, found = node.negated, not node.negated

    def rule(ctx: Context) -> Outcome:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        track = ctx.tracks.get(name)
        if track is None or not frame.plain or not track.recorded:
            if frame.plain and name not in ctx.facts.items:
                return Outcome(node, negated, negated, (), (), frame.span)
            return slow(ctx)
        items = _inside(track, frame)
        if items:
            return Outcome(node, found, found, (), items, frame.span)
        return Outcome(node, negated, negated, (), (), frame.span)

    return rule


def _quantified(plan: Plan, node: model.Quantified, slow: ConditionRule) -> ConditionRule:
    selection = node.selection
    if selection.pick not in ("any", "every") or not node.words or not plan.is_plain(selection):
        return slow
    name, window, key = selection.fact.name, selection.window, plan.same[id(selection.window)]
    words, negated = node.words, node.negated
    decides = selection.pick == "any"

    def rule(ctx: Context) -> Outcome:
        frame = ctx.frames.get(key) or frame_of(ctx, window)
        track = ctx.tracks.get(name)
        if track is None or not frame.plain or not track.usable:
            return _nothing(ctx, node, selection.fact, frame) or slow(ctx)
        items = _inside(track, frame)
        if not items:
            return _nothing(ctx, node, selection.fact, frame) or slow(ctx)
        truth = not decides
        for item in items:
            if ((item.word in words) is not negated) is decides:
                truth = decides
                break
        return Outcome(node, truth, truth, (), items, frame.span)

    return rule


SHORT_CUTS: dict[type, Callable[[Plan, Any, ConditionRule], ConditionRule]] = {
    model.IsWord: _is_word,
    model.IsRecorded: _is_recorded,
    model.Quantified: _quantified,
}
