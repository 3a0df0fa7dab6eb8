"""Conditions of the verdict-only path: plain functions from a record to a truth, or a call for the explaining evaluator.

Here, and only here, what is decided is not evaluated further: there is no explanation to be complete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..dsl import model
from . import numbers
from .context import Record
from .outcome import Truth
from .plain_numbers import NOT_PLAIN, give_up, is_plain, items_rule, latest_rule, real_rule
from .plan import Plan
from .truth import at_least, at_most, exactly, negate

TruthRule: TypeAlias = Callable[[Record], Truth]


def truth_rule(plan: Plan, node: model.Condition) -> TruthRule:
    """The plain function of a condition."""
    make = _TRUTHS.get(type(node))
    return give_up if make is None else make(plan, node)


# ---------------------------------------------------------------- logic


def _constant(_plan: Plan, node: model.Constant) -> TruthRule:
    value = node.value
    return lambda _record: value


def _stated(_plan: Plan, _node: model.UnknownBecause) -> TruthRule:
    return lambda _record: None


def _not(plan: Plan, node: model.Not) -> TruthRule:
    operand = truth_rule(plan, node.operand)
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
    rules = [truth_rule(plan, operand) for operand in node.operands]
    return _all(rules) if node.kind == "all" else _any(rules)


def _group(plan: Plan, node: model.Group) -> TruthRule:
    rules = [truth_rule(plan, member.condition) for member in node.members]
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
    operand = truth_rule(plan, node.operand)
    return lambda record: operand(record) is True


def _cases(plan: Plan, node: model.Cases) -> TruthRule:
    rows = [(truth_rule(plan, row.condition), truth_rule(plan, row.result)) for row in node.rows]
    otherwise = truth_rule(plan, node.otherwise)

    def rule(record: Record) -> Truth:
        for condition, result in rows:
            truth = condition(record)
            if truth:
                return result(record)
            if truth is None:
                raise NOT_PLAIN
        return otherwise(record)

    return rule


def _defined(plan: Plan, node: model.DefinedTruth) -> TruthRule:
    return truth_rule(plan, node.definition.body)  # type: ignore[arg-type]


def _is_word(plan: Plan, node: model.IsWord) -> TruthRule:
    if node.selection.pick != "latest" or not is_plain(plan, node.selection):
        return give_up
    latest, words, negated = latest_rule(plan, node.selection), node.words, node.negated

    def rule(record: Record) -> Truth:
        item = latest(record)
        if item is None or item.problem is not None:
            return None
        return (item.word in words) is not negated

    return rule


def _is_recorded(plan: Plan, node: model.IsRecorded) -> TruthRule:
    if node.unit is not None or not is_plain(plan, node.selection):
        return give_up
    items, negated = items_rule(plan, node.selection), node.negated
    presence = node.selection.fact.kind in model.PRESENCE_KINDS

    def rule(record: Record) -> Truth:
        for item in items(record):
            if presence or item.entry.value is not None:
                return not negated
        return negated

    return rule


def _quantified(plan: Plan, node: model.Quantified) -> TruthRule:
    if node.selection.pick != "any" or not node.words or not is_plain(plan, node.selection):
        return give_up
    items, words, negated = items_rule(plan, node.selection), node.words, node.negated

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
    if not is_plain(plan, selection):
        return give_up
    items, name, assumed = items_rule(plan, selection), selection.fact.name, selection.fact.absent_unless_recorded
    key = plan.same[id(selection.window)]

    def rule(record: Record) -> Truth:
        if name in record.facts.denials or not record.frames[key].plain:
            raise NOT_PLAIN
        if items(record):
            return True
        return False if assumed else None

    return rule


def _compare(plan: Plan, node: model.Compare) -> TruthRule:
    if id(node.right) in plan.limits:
        return give_up
    left_rule, right_rule = real_rule(plan, node.left), real_rule(plan, node.right)
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
    operand, negated = real_rule(plan, node.operand), node.negated
    low, high = numbers.exact(node.low.value), numbers.exact(node.high.value)

    def rule(record: Record) -> Truth:
        value = operand(record)
        return None if value is None else (low <= value <= high) is not negated

    return rule


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
