"""Logic as functions: one for each node, made once for a protocol. Every operand is evaluated and kept; nothing is short-circuited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..dsl import model
from .context import Context
from .logic import cases, gather
from .outcome import Note, Outcome, Truth, Unknown
from .plan import ConditionRule, Plan
from .truth import any_of, at_most, exactly, negate


def _fixed(outcome: Outcome) -> ConditionRule:
    return lambda _ctx: outcome


def _constant(_plan: Plan, node: model.Constant) -> ConditionRule:
    return _fixed(Outcome(node, node.value, node.value))


def _stated(_plan: Plan, node: model.UnknownBecause) -> ConditionRule:
    return _fixed(Outcome(node, None, None, unknowns=(Unknown("stated by the rule", detail=node.reason),)))


def _not(plan: Plan, node: model.Not) -> ConditionRule:
    operand = plan.condition_rule(node.operand)

    def rule(ctx: Context) -> Outcome:
        inner = operand(ctx)
        return Outcome(node, negate(inner.truth), negate(inner.firm), (inner,))

    return rule


def _over(node: model.Condition, rules: Sequence[ConditionRule], combine: Callable[[list[Truth]], Truth]) -> ConditionRule:
    """A function of the truths of several parts; firm truths are asked only where one differs."""

    def rule(ctx: Context) -> Outcome:
        children = tuple([part(ctx) for part in rules])
        truths = [child.truth for child in children]
        firms = [child.firm for child in children]
        truth = combine(truths)
        return Outcome(node, truth, truth if firms == truths else combine(firms), children)

    return rule


def _decided_by(node: model.Condition, rules: Sequence[ConditionRule], *, decides: bool) -> ConditionRule:
    """And (one false decides) or or (one true decides), in one pass over the parts."""
    neutral = not decides

    def rule(ctx: Context) -> Outcome:
        children = []
        truth: Truth = neutral
        firm: Truth = neutral
        for part in rules:
            child = part(ctx)
            children.append(child)
            if child.truth is decides:
                truth = decides
            elif child.truth is None and truth is neutral:
                truth = None
            if child.firm is decides:
                firm = decides
            elif child.firm is None and firm is neutral:
                firm = None
        return Outcome(node, truth, firm, tuple(children))

    return rule


def _connective(plan: Plan, node: model.Connective) -> ConditionRule:
    return _decided_by(node, [plan.condition_rule(operand) for operand in node.operands], decides=node.kind == "any")


def _group(plan: Plan, node: model.Group) -> ConditionRule:
    rules = [plan.condition_rule(member.condition) for member in node.members]
    if node.kind in ("any", "all"):
        return _decided_by(node, rules, decides=node.kind == "any")
    count = node.count
    if node.kind == "at least":
        return _at_least(node, rules, count)
    combine: dict[str, Callable[[list[Truth]], Truth]] = {
        "none": lambda truths: negate(any_of(truths)),
        "at most": lambda truths: at_most(count, truths),
        "exactly": lambda truths: exactly(count, truths),
    }
    return _over(node, rules, combine[node.kind])


def _at_least(node: model.Group, rules: Sequence[ConditionRule], count: int) -> ConditionRule:
    """At least so many, in one pass over the parts."""

    def rule(ctx: Context) -> Outcome:
        children = []
        true = unknown = firm_true = firm_unknown = 0
        for part in rules:
            child = part(ctx)
            children.append(child)
            if child.truth is None:
                unknown += 1
            elif child.truth:
                true += 1
            if child.firm is None:
                firm_unknown += 1
            elif child.firm:
                firm_true += 1
        truth: Truth = True if true >= count else None if true + unknown >= count else False
        firm: Truth = True if firm_true >= count else None if firm_true + firm_unknown >= count else False
        return Outcome(node, truth, firm, tuple(children))

    return rule


_COUNTS_AS_FALSE = (Note("unknown counts as false"),)


def _known_that(plan: Plan, node: model.KnownThat) -> ConditionRule:
    """Unknown counts as false; a truth that may still change leaves the answer open."""
    operand = plan.condition_rule(node.operand)

    def rule(ctx: Context) -> Outcome:
        inner = operand(ctx)
        truth = inner.truth is True
        firm = None if inner.firm is None and inner.truth is not None else truth
        return Outcome(node, truth, firm, (inner,), (), None, (), (), () if inner.truth is not None else _COUNTS_AS_FALSE)

    return rule


def _differs(plan: Plan, node: model.Differs) -> ConditionRule:
    def combine(truths: list[Truth]) -> Truth:
        return None if None in truths else truths[0] is not truths[1]

    return _over(node, [plan.condition_rule(node.left), plan.condition_rule(node.right)], combine)


def _cases(plan: Plan, node: model.Cases) -> ConditionRule:
    rows = [(plan.condition_rule(row.condition), plan.condition_rule(row.result)) for row in node.rows]
    otherwise = plan.condition_rule(node.otherwise)
    if len(rows) == 1:
        return _one_case(node, *rows[0], otherwise)
    return lambda ctx: cases(node, [(condition(ctx), result(ctx)) for condition, result in rows], otherwise(ctx))


def _one_case(node: model.Cases, condition: ConditionRule, result: ConditionRule, otherwise: ConditionRule) -> ConditionRule:
    """The frequent form: one row and otherwise; what is otherwise constant is the same outcome for everybody."""
    fixed = otherwise(None) if isinstance(node.otherwise, model.Constant | model.UnknownBecause) else None  # type: ignore[arg-type]

    def rule(ctx: Context) -> Outcome:
        asked, row, rest = condition(ctx), result(ctx), fixed or otherwise(ctx)
        if asked.truth is None or asked.firm is None:
            return cases(node, [(asked, row)], rest)
        taken = row if asked.truth else rest
        unknowns = gather(taken) if taken.truth is None else ()
        return Outcome(node, taken.truth, taken.firm, (asked, row, rest), (), None, (), unknowns)

    return rule


def _defined(plan: Plan, node: model.DefinedTruth) -> ConditionRule:
    """A definition is worked out once for a patient, however often it is named."""
    key = id(node.definition)
    body_rule = plan.condition_rule(node.definition.body)  # type: ignore[arg-type]
    if plan.uses.get(key) == 1:

        def once(ctx: Context) -> Outcome:
            body = body_rule(ctx)
            return Outcome(node, body.truth, body.firm, (body,))

        return once

    def rule(ctx: Context) -> Outcome:
        body = ctx.truths.get(key)
        if body is None:
            body = ctx.truths[key] = body_rule(ctx)
        return Outcome(node, body.truth, body.firm, (body,))

    return rule


LOGIC: dict[type, Callable[[Plan, Any], ConditionRule]] = {
    model.Constant: _constant,
    model.UnknownBecause: _stated,
    model.Not: _not,
    model.Connective: _connective,
    model.Group: _group,
    model.KnownThat: _known_that,
    model.Differs: _differs,
    model.Cases: _cases,
    model.DefinedTruth: _defined,
}
