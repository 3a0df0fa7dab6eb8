"""Verdicts without their explanation, for many patients: the same answers as `decide.evaluate`, without its evidence.

A criterion whose records are all exact (days, usable values, no ties, nothing planned) is decided by plain functions; anything else is handed to
the explaining evaluator, which is the specification. A test proves both equal on random protocols and patients.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ..dsl import model
from . import numbers
from .context import Record
from .dates import completed_years
from .decide import decide
from .evaluate import plan_for, start
from .outcome import Interval, Real, Truth, Verdict
from .plan import CACHED_PROTOCOLS, Plan
from .truth import at_least, at_most, exactly, negate


class VerdictOnly(NamedTuple):
    """A criterion's verdict, with the truth of its condition and whether it passes (inclusion: true; exclusion: false)."""

    id: str
    verdict: Verdict
    truth: Truth
    passes: Truth


class _NotPlainError(Exception):
    """The records of this patient need the explaining evaluator. Never leaves this module."""


_NOT_PLAIN = _NotPlainError()
TruthRule: TypeAlias = Callable[[Record], Truth]
RealRule: TypeAlias = Callable[[Record], "Real | None"]


def verdicts(record: Record) -> list[VerdictOnly]:
    """Every criterion's verdict for a built record, in protocol order."""
    ctx = None
    found = []
    for criterion, rule in _rules(record.protocol):
        if rule is not None:
            try:
                truth = rule(record)
            except _NotPlainError:
                pass
            else:
                word: Verdict = "unknown" if truth is None else "met" if truth else "not met"
                found.append(VerdictOnly(criterion.id, word, truth, truth if criterion.kind == "inclusion" else negate(truth)))
                continue
        ctx = ctx or start(record)
        outcome = decide(ctx, criterion)
        found.append(VerdictOnly(criterion.id, outcome.verdict, outcome.truth, outcome.passes))
    return found


@lru_cache(maxsize=CACHED_PROTOCOLS)
def _rules(protocol: model.Protocol) -> list[tuple[model.Criterion, TruthRule | None]]:
    """A plain function for each criterion that can have one; those with `when` blocks are left to the explaining evaluator."""
    plan = plan_for(protocol)
    found: list[tuple[model.Criterion, TruthRule | None]] = []
    for criterion in protocol.criteria:
        block = criterion.blocks[0]
        plain = len(criterion.blocks) == 1 and block.when is None
        found.append((criterion, _truth(plan, block.condition) if plain else None))
    return found


def _give_up(_record: Record) -> Any:  # noqa: ANN401 - never returns
    raise _NOT_PLAIN


def _truth(plan: Plan, node: model.Condition) -> TruthRule:
    make = _TRUTHS.get(type(node))
    return _give_up if make is None else make(plan, node)


def _real(plan: Plan, node: model.Number) -> RealRule:
    make = _REALS.get(type(node))
    return _give_up if make is None else make(plan, node)


# ---------------------------------------------------------------- logic


def _constant(_plan: Plan, node: model.Constant) -> TruthRule:
    value = node.value
    return lambda _record: value


def _stated(_plan: Plan, _node: model.UnknownBecause) -> TruthRule:
    return lambda _record: None


def _not(plan: Plan, node: model.Not) -> TruthRule:
    operand = _truth(plan, node.operand)
    return lambda record: None if (truth := operand(record)) is None else not truth


def _all(rules: list[TruthRule]) -> TruthRule:
    def rule(record: Record) -> Truth:
        result: Truth = True
        for part in rules:
            truth = part(record)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    return rule


def _any(rules: list[TruthRule]) -> TruthRule:
    def rule(record: Record) -> Truth:
        result: Truth = False
        for part in rules:
            truth = part(record)
            if truth:
                return True
            if truth is None:
                result = None
        return result

    return rule


def _connective(plan: Plan, node: model.Connective) -> TruthRule:
    rules = [_truth(plan, operand) for operand in node.operands]
    return _all(rules) if node.kind == "all" else _any(rules)


def _group(plan: Plan, node: model.Group) -> TruthRule:
    rules = [_truth(plan, member.condition) for member in node.members]
    count = node.count
    match node.kind:
        case "all":
            return _all(rules)
        case "any":
            return _any(rules)
        case "none":
            inner = _any(rules)
            return lambda record: negate(inner(record))
        case "at least":
            return lambda record: at_least(count, [rule(record) for rule in rules])
        case "at most":
            return lambda record: at_most(count, [rule(record) for rule in rules])
        case "exactly":
            return lambda record: exactly(count, [rule(record) for rule in rules])


def _known_that(plan: Plan, node: model.KnownThat) -> TruthRule:
    operand = _truth(plan, node.operand)
    return lambda record: operand(record) is True


def _cases(plan: Plan, node: model.Cases) -> TruthRule:
    rows = [(_truth(plan, row.condition), _truth(plan, row.result)) for row in node.rows]
    otherwise = _truth(plan, node.otherwise)

    def rule(record: Record) -> Truth:
        for condition, result in rows:
            truth = condition(record)
            if truth:
                return result(record)
            if truth is None:
                raise _NOT_PLAIN
        return otherwise(record)

    return rule


def _defined(plan: Plan, node: model.DefinedTruth) -> TruthRule:
    return _truth(plan, node.definition.body)  # type: ignore[arg-type]


# ---------------------------------------------------------------- records


def _plain(plan: Plan, selection: model.Selection) -> bool:
    return (
        selection.fact.kind not in ("group", "judgement")
        and selection.fact.kind not in model.INTERVAL_KINDS
        and selection.attribute is None
        and not selection.tests
        and not selection.excluded
        and selection.last is None
        and not selection.window.timed
        and id(selection.window) in plan.same
    )


def _items(plan: Plan, selection: model.Selection) -> Callable[[Record], tuple[Any, ...]]:
    """The items of the selection in its window."""
    name, key = selection.fact.name, plan.same[id(selection.window)]

    def rule(record: Record) -> tuple[Any, ...]:
        facts = record.facts
        track = facts.tracks.get(name)
        if track is None:
            if name in facts.items:
                raise _NOT_PLAIN
            return ()
        frame = record.frames.get(key)
        if frame is None or not frame.plain:
            raise _NOT_PLAIN
        days, first = track.days, frame.start_low
        low = 0 if first is None or first <= days[0] else bisect_left(days, first)
        if days[-1] <= frame.end_high:
            return track.items[low:] if low else track.items
        return track.items[low : max(low, bisect_right(days, frame.end_high))]

    return rule


def _latest(plan: Plan, selection: model.Selection) -> Callable[[Record], Any]:
    """The latest item; None where there is none."""
    name, key = selection.fact.name, plan.same[id(selection.window)]

    def rule(record: Record) -> Any:  # noqa: ANN401 - an item or None
        facts = record.facts
        track = facts.tracks.get(name)
        if track is None:
            if name in facts.items:
                raise _NOT_PLAIN
            return None
        frame = record.frames.get(key)
        if frame is None or not frame.plain:
            raise _NOT_PLAIN
        days, end, first = track.days, frame.end_high, frame.start_low
        at = len(days) - 1 if days[-1] <= end else bisect_right(days, end) - 1
        if at < 0 or (first is not None and days[at] < first):
            return None
        if at and days[at - 1] == days[at]:
            raise _NOT_PLAIN
        return track.items[at]

    return rule


def _is_word(plan: Plan, node: model.IsWord) -> TruthRule:
    if node.selection.pick != "latest" or not _plain(plan, node.selection):
        return _give_up
    latest, words, negated = _latest(plan, node.selection), node.words, node.negated

    def rule(record: Record) -> Truth:
        item = latest(record)
        if item is None or item.problem is not None:
            return None
        return (item.word in words) is not negated

    return rule


def _is_recorded(plan: Plan, node: model.IsRecorded) -> TruthRule:
    if node.unit is not None or not _plain(plan, node.selection):
        return _give_up
    items, negated = _items(plan, node.selection), node.negated
    presence = node.selection.fact.kind in model.PRESENCE_KINDS

    def rule(record: Record) -> Truth:
        for item in items(record):
            if presence or item.entry.value is not None:
                return not negated
        return negated

    return rule


def _quantified(plan: Plan, node: model.Quantified) -> TruthRule:
    if node.selection.pick != "any" or not node.words or not _plain(plan, node.selection):
        return _give_up
    items, words, negated = _items(plan, node.selection), node.words, node.negated

    def rule(record: Record) -> Truth:
        result: Truth = None
        unknown = False
        for item in items(record):
            if item.problem is not None:
                unknown = True
            elif (item.word in words) is not negated:
                return True
            else:
                result = False
        return None if unknown else result

    return rule


def _exists(plan: Plan, node: model.Exists) -> TruthRule:
    selection = node.selection
    if not _plain(plan, selection):
        return _give_up
    items, name, assumed = _items(plan, selection), selection.fact.name, selection.fact.absent_unless_recorded
    key = plan.same[id(selection.window)]

    def rule(record: Record) -> Truth:
        if name in record.facts.denials or not record.frames[key].plain:
            raise _NOT_PLAIN
        if items(record):
            return True
        return False if assumed else None

    return rule


# ---------------------------------------------------------------- numbers


def _compare(plan: Plan, node: model.Compare) -> TruthRule:
    if id(node.right) in plan.limits:
        return _give_up
    left_rule, right_rule = _real(plan, node.left), _real(plan, node.right)
    if isinstance(node.right, model.Quantity):
        against, threshold = numbers.comparison(node.op, node.right.value), numbers.exact(node.right.value)

        def rule_of_literal(record: Record) -> Truth:
            left = left_rule(record)
            return None if left is None else against(left, threshold)

        return rule_of_literal
    operation = numbers.COMPARISONS[node.op]

    def rule(record: Record) -> Truth:
        left, right = left_rule(record), right_rule(record)
        return None if left is None or right is None else operation(left, right)

    return rule


def _between(plan: Plan, node: model.Between) -> TruthRule:
    operand, negated = _real(plan, node.operand), node.negated
    low, high = numbers.exact(node.low.value), numbers.exact(node.high.value)

    def rule(record: Record) -> Truth:
        value = operand(record)
        return None if value is None else (low <= value <= high) is not negated

    return rule


def _literal(_plan: Plan, node: model.Quantity) -> RealRule:
    value = numbers.exact(node.value)
    return lambda _record: value


def _value(plan: Plan, node: model.Value) -> RealRule:
    selection = node.selection
    if not _plain(plan, selection):
        return _give_up
    if selection.pick == "latest":
        latest = _latest(plan, selection)

        def rule(record: Record) -> Real | None:
            item = latest(record)
            if item is None or item.problem is not None:
                return None
            if item.number.__class__ is Interval:
                raise _NOT_PLAIN
            return item.number  # type: ignore[no-any-return]

        return rule
    if selection.pick not in ("highest", "lowest"):
        return _give_up
    items, best = _items(plan, selection), max if selection.pick == "highest" else min

    def extreme(record: Record) -> Real | None:
        values = []
        for item in items(record):
            if item.problem is not None:
                return None
            if item.number.__class__ is Interval:
                raise _NOT_PLAIN
            values.append(item.number)
        return best(values) if values else None

    return extreme


def _rise(plan: Plan, node: model.Aggregate) -> RealRule:
    selection = node.selection
    if selection.pick != "rise" or not _plain(plan, selection):
        return _give_up
    items = _items(plan, selection)

    def rule(record: Record) -> Real | None:
        found = items(record)
        if len(found) < 2:
            return None
        first, last = found[0], found[-1]
        if found[1].first == first.first or found[-2].first == last.first:
            raise _NOT_PLAIN
        if first.problem is not None or last.problem is not None:
            return None
        if first.number.__class__ is Interval or last.number.__class__ is Interval:
            raise _NOT_PLAIN
        return numbers.divide(last.number - first.number, last.first - first.first)  # type: ignore[return-value]

    return rule


def _arith(plan: Plan, node: model.Arith) -> RealRule:
    left_rule, right_rule, operation = _real(plan, node.left), _real(plan, node.right), numbers.operation(node.op, node.left)

    def rule(record: Record) -> Real | None:
        left, right = left_rule(record), right_rule(record)
        return None if left is None or right is None else operation(left, right)  # type: ignore[return-value]

    return rule


def _call(plan: Plan, node: model.Call) -> RealRule:
    function, rules = node.function, [_real(plan, argument) for argument in node.arguments]

    def rule(record: Record) -> Real | None:
        values = [part(record) for part in rules]
        return None if None in values else numbers.call(function, values)  # type: ignore[arg-type,return-value]

    return rule


def _in_unit(plan: Plan, node: model.InUnit) -> RealRule:
    operand, factor, offset = _real(plan, node.operand), numbers.exact(node.factor), numbers.exact(node.offset)

    def rule(record: Record) -> Real | None:
        value = operand(record)
        return None if value is None else value * factor + offset if offset else value * factor

    return rule


def _age(plan: Plan, node: model.Age) -> RealRule:
    if not isinstance(node.at, model.MomentDate):
        return _give_up
    name = node.at.moment.name

    def rule(record: Record) -> Real | None:
        birth, state = record.facts.birth, record.moments[name]
        if birth is None or state.date is None:
            return None
        if not birth.exact or not state.date.exact or state.status != "given":
            raise _NOT_PLAIN
        return completed_years(birth.first, state.date.first)

    return rule


def _first_known(plan: Plan, node: model.FirstKnown) -> RealRule:
    rules = [_real(plan, operand) for operand in node.operands]

    def rule(record: Record) -> Real | None:
        for part in rules:
            value = part(record)
            if value is not None:
                return value
        return None

    return rule


def _defined_number(plan: Plan, node: model.DefinedNumber) -> RealRule:
    if node.definition.apart is not None:
        return _give_up
    return _real(plan, node.definition.body)  # type: ignore[arg-type]


_TRUTHS: dict[type, Callable[[Plan, Any], TruthRule]] = {
    model.Constant: _constant,
    model.UnknownBecause: _stated,
    model.Not: _not,
    model.Connective: _connective,
    model.Group: _group,
    model.KnownThat: _known_that,
    model.Cases: _cases,
    model.DefinedTruth: _defined,
    model.IsWord: _is_word,
    model.IsRecorded: _is_recorded,
    model.Quantified: _quantified,
    model.Exists: _exists,
    model.Compare: _compare,
    model.Between: _between,
}
_REALS: dict[type, Callable[[Plan, Any], RealRule]] = {
    model.Quantity: _literal,
    model.Value: _value,
    model.Aggregate: _rise,
    model.Arith: _arith,
    model.Call: _call,
    model.InUnit: _in_unit,
    model.Age: _age,
    model.FirstKnown: _first_known,
    model.DefinedNumber: _defined_number,
}
