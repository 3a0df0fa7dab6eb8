"""Conditions of one evaluation: three-valued truth with its evidence. Every operand is evaluated and kept; nothing is short-circuited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from ..dsl import model
from ..dsl.units import Unit, parse_unit
from . import numbers
from .baseline import improved_rule
from .context import Context, DateValue
from .logic import choice_causes
from .logic_rules import LOGIC
from .numeric import combined
from .outcome import Interval, Item, Note, Outcome, Real, Span, Truth, Unknown
from .picked import notes_on, pick
from .plan import ConditionRule, NumberRule, Plan
from .prepare import attribute_word
from .presence import exists
from .quantify import quantified
from .select import members_of
from .short_cuts import SHORT_CUTS
from .therapy import Course, taken_since, unchanged
from .truth import agreed, all_of, negate
from .values import Alternative, Numeric, items_of, unknowns_of
from .windows import date_value, seconds_of


def condition_rule(plan: Plan, node: model.Condition) -> ConditionRule:
    """The function that evaluates a condition."""
    if isinstance(node, model.Compare):
        return _compare(plan, node)
    if isinstance(node, model.Improved):
        return improved_rule(plan, node, _compared, combined)
    logic = LOGIC.get(type(node))
    if logic is not None:
        return logic(plan, node)
    leaf = partial(_leaf, _LEAVES[type(node)], node)
    short_cut = SHORT_CUTS.get(type(node)) if plan.short_cuts else None
    return leaf if short_cut is None else short_cut(plan, node, leaf)


def _leaf(rule: Callable[[Context, model.Condition], Outcome], node: model.Condition, ctx: Context) -> Outcome:
    return rule(ctx, node)


# ---------------------------------------------------------------- comparisons


def _compare(plan: Plan, node: model.Compare) -> ConditionRule:
    """Two numbers; at once where each is one known amount."""
    left_rule = plan.number_rule(node.left)
    if id(node.right) in plan.limits:
        return lambda ctx: _compare_with_limit(ctx, node, left_rule(ctx))
    right_rule, op, operation = plan.number_rule(node.right), node.op, numbers.comparison(node.op, _literal_value(node.right))

    if isinstance(node.right, model.Quantity):
        return _compare_with_literal(node, left_rule, right_rule, operation)

    def rule(ctx: Context) -> Outcome:
        left, right = left_rule(ctx), right_rule(ctx)
        if left.options is None and right.options is None and left.settled and right.settled:
            a, b = left.amounts[0], right.amounts[0]
            if not isinstance(a, Interval) and not isinstance(b, Interval):
                truth = operation(a, b)
                return Outcome(node, truth, truth, (left, right), left.items, left.window)
        elif left.settled and right.settled and not (left.amounts and right.amounts):
            return Outcome(node, None, None, (left, right), left.items, left.window, (), _both(left.unknowns, right.unknowns))
        return _compared(node, left, right, lambda a, b: numbers.compare(op, a, b))  # type: ignore[arg-type]

    return rule


def _both(left: tuple[Unknown, ...], right: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    """The causes of two sides, each once."""
    if not left or not right or left == right:
        return left or right
    return tuple(dict.fromkeys(left + right))


def _compare_with_literal(
    node: model.Compare, left_rule: NumberRule, right_rule: NumberRule, operation: Callable[[Real, Real], bool]
) -> ConditionRule:
    """The most frequent comparison; the outcome of a literal is the same for everybody, whatever the context."""
    right = right_rule(None)  # type: ignore[arg-type]
    threshold, op = right.amounts[0], node.op
    assert not isinstance(threshold, Interval)  # noqa: S101 - a literal is one number

    def rule(ctx: Context) -> Outcome:
        left = left_rule(ctx)
        if left.options is None and left.settled:
            amount = left.amounts[0]
            if amount.__class__ is not Interval:
                truth = operation(amount, threshold)  # type: ignore[arg-type]
                return Outcome(node, truth, truth, (left, right), left.items, left.window)
        elif left.settled and left.unknowns and not left.amounts:
            return Outcome(node, None, None, (left, right), left.items, left.window, (), left.unknowns)
        return _compared(node, left, right, lambda a, b: numbers.compare(op, a, b))  # type: ignore[arg-type]

    return rule


def _literal_value(node: model.Number) -> Fraction | None:
    return node.value if isinstance(node, model.Quantity) else None


def _compare_with_limit(ctx: Context, node: model.Compare, left: Numeric) -> Outcome:
    """Each alternative is compared with the limit of its own record."""
    outer = ctx.limit_item
    truths: list[Truth] = []
    unknowns: dict[Unknown, None] = {}
    rights: list[Numeric] = []
    for alternative in left.alternatives:
        if not alternative.items:
            # No record, so no reference range is missed either.
            truths.append(None)
            if alternative.unknown is not None:
                unknowns.setdefault(alternative.unknown)
            continue
        ctx.limit_item = alternative.items[0]
        right = ctx.plan.number(ctx, node.right)
        rights.append(right)
        truths.extend([_pair(node.op, alternative, other, unknowns) for other in right.alternatives])
    ctx.limit_item = outer
    truth = agreed(truths)
    if truth is None and not unknowns:
        unknowns = dict.fromkeys(_disagreement(left, rights[0] if rights else None))
    settled = left.settled and all(right.settled for right in rights)
    return Outcome(node, truth, truth if settled else None, (left, *rights), left.items, unknowns=tuple(unknowns) if truth is None else ())


def _pair(op: str, left: Alternative, right: Alternative, unknowns: dict[Unknown, None]) -> Truth:
    for side in (left, right):
        if side.unknown is not None:
            unknowns.setdefault(side.unknown)
    if left.amount is None or right.amount is None:
        return None
    truth = numbers.compare(op, left.amount, right.amount)
    if truth is None:
        unknowns.setdefault(_bound(left, right))
    return truth


def _bound(*alternatives: Alternative) -> Unknown:
    """Why intervals leave a comparison open: a recorded bound (`<5`), or dates."""
    for alternative in alternatives:
        if alternative.reason is not None:
            return alternative.reason
    items = [item for alternative in alternatives for item in alternative.items]
    for item in items:
        if item.problem is not None:
            return Unknown(item.problem, item.fact, newest=item)
        if isinstance(item.number, Interval):
            return Unknown("bound only", item.fact, newest=item)
    coarse = next((item for item in items if not item.exact), items[0] if items else None)
    return Unknown("date too coarse", None if coarse is None else coarse.fact, newest=coarse)


def _compared(
    node: model.Compare | model.Between | model.Improved, left: Numeric, right: Numeric | None, judge: Callable[[object, object], Truth]
) -> Outcome:
    """A comparison over all alternatives: it stands where they agree."""
    truth, unknowns = _judged(left.alternatives, None if right is None else right.alternatives, judge)
    if truth is None and not unknowns:
        unknowns = _disagreement(left, right)
    firm = truth
    if not left.settled or (right is not None and not right.settled):
        firm = None
        left_firm, right_firm = left.firm_alternatives, None if right is None else right.firm_alternatives
        if left_firm is not None and (right is None or right_firm is not None):
            firm, _ = _judged(left_firm, right_firm, judge)
    children = (left,) if right is None else (left, right)
    return Outcome(node, truth, firm, children, left.items, left.window, unknowns=unknowns if truth is None else ())


def _judged(
    left: Sequence[Alternative], right: Sequence[Alternative] | None, judge: Callable[[object, object], Truth]
) -> tuple[Truth, tuple[Unknown, ...]]:
    if right is None:
        right = (_NOTHING,)
    if len(left) == 1 and len(right) == 1 and left[0].amount is not None and (right[0].amount is not None or right[0] is _NOTHING):
        truth = judge(left[0].amount, right[0].amount)
        return truth, () if truth is not None else (_bound(left[0], right[0]),)
    unknowns: dict[Unknown, None] = {}
    truths: list[Truth] = []
    for a in left:
        for b in right:
            for side in (a, b):
                if side.unknown is not None:
                    unknowns.setdefault(side.unknown)
            if a.unknown is not None or b.unknown is not None:
                truths.append(None)
                continue
            truth = judge(a.amount, b.amount)
            truths.append(truth)
            if truth is None:
                unknowns.setdefault(_bound(a, b))
    return agreed(truths), tuple(unknowns)


_NOTHING = Alternative(None)


def _disagreement(left: Numeric, right: Numeric | None) -> tuple[Unknown, ...]:
    """Why known alternatives differ: a choice that is open, coarse dates, or conflicting records."""
    causes = choice_causes([left] if right is None else [left, right])
    if causes:
        return causes
    for number in (left, right):
        if number is not None and len(number.alternatives) > 1:
            return (_conflict(number.items, number.window),)
    return (Unknown("conflicting records"),)


def _conflict(items: Sequence[Item], span: Span | None) -> Unknown:
    """Records that are equally latest and disagree; or whose order nobody knows because a date is coarse."""
    coarse = next((item for item in items if item.first != item.last), None)
    if coarse is not None:
        return Unknown("date too coarse", coarse.fact, span, coarse)
    return Unknown("conflicting records", items[-1].fact if items else None, span, items[-1] if items else None)


def _between(ctx: Context, node: model.Between) -> Outcome:
    low, high = numbers.exact(node.low.value), numbers.exact(node.high.value)

    def judge(amount: object, _nothing: object) -> Truth:
        inside = all_of((numbers.compare(">=", amount, low), numbers.compare("<=", amount, high)))  # type: ignore[arg-type]
        return negate(inside) if node.negated else inside

    return _compared(node, ctx.plan.number(ctx, node.operand), None, judge)


def _compare_dates(ctx: Context, node: model.CompareDates) -> Outcome:
    left, right = date_value(ctx, node.left), date_value(ctx, node.right)
    items = left.items + right.items
    for side in (left, right):
        if side.unset:
            return Outcome(node, None, None, items=items, unknowns=left.unknowns + right.unknowns)
    truth = agreed([_dates_compared(node.op, a, b) for a in left.options or (left,) for b in right.options or (right,)])
    unknowns: tuple[Unknown, ...] = ()
    if truth is None:
        coarse = next((item for item in items if not item.exact), items[0] if items else None)
        unknowns = left.unknowns + right.unknowns or (Unknown("date too coarse", None if coarse is None else coarse.fact, newest=coarse),)
    firm = None if left.planned or right.planned or left.unsettled or right.unsettled else truth
    return Outcome(node, truth, firm, items=items, unknowns=unknowns)


def _dates_compared(op: str, left: DateValue, right: DateValue) -> Truth:
    """Days first; on one exact day times decide where both have one, otherwise it is a tie."""
    if left.exact and right.exact and left.low == right.low and not _stepped_in_time(left) and not _stepped_in_time(right):
        a, b = 0, 0
        if left.seconds is not None and right.seconds is not None:
            a, b = left.seconds, right.seconds
            if left.offset is not None and right.offset is not None:
                a, b = a - left.offset, b - right.offset
        return numbers.compare(op, a, b)
    if _stepped_in_time(left) or _stepped_in_time(right):
        return numbers.compare(op, Interval(*seconds_of(left)), Interval(*seconds_of(right)))
    return numbers.compare(op, Interval(left.low, left.high), Interval(right.low, right.high))


def _stepped_in_time(value: DateValue) -> bool:
    """Whether a date was moved by hours or minutes: then it is an instant, or a stretch of them, and days are too coarse to compare."""
    return value.second_low is not None or value.second_high is not None


# ---------------------------------------------------------------- words and records


def _is_word(ctx: Context, node: model.IsWord) -> Outcome:
    alternatives, members = pick(ctx, node.selection)
    truths = [None if a.unknown is not None else (a.word in node.words) is not node.negated for a in alternatives]
    truth = agreed(truths)
    unknowns = unknowns_of(alternatives)
    if truth is None and not unknowns:
        unknowns = (_conflict(items_of(alternatives), members.frame.span),)
    span = members.frame.span
    return Outcome(
        node,
        truth,
        None if span.open else truth,
        items=items_of(alternatives),
        window=span,
        unknowns=unknowns if truth is None else (),
        notes=notes_on(members, alternatives),
    )


def _its_word(ctx: Context, node: model.ItsWord) -> Outcome:
    item = ctx.item
    word = None if item is None else attribute_word(item.entry, node.attribute)
    if item is None or word is None:
        unknown = Unknown("attribute not recorded", None if item is None else item.fact, newest=item, detail=node.attribute.name)
        return Outcome(node, None, None, unknowns=(unknown,))
    notes: tuple[Note, ...] = ()
    if node.attribute.name not in item.entry.attributes:
        notes = (Note("attribute assumed", node.attribute.default_assumed or "", (item,)),)
    truth = (word in node.words) is not node.negated
    return Outcome(node, truth, truth, items=(item,), notes=notes)


def _is_recorded(ctx: Context, node: model.IsRecorded) -> Outcome:
    """About the data: whether a usable record lies, or may lie, in the window."""
    members = members_of(ctx, node.selection)
    found = [item for item in members.sure + members.perhaps if _counts_as_recorded(node, item)]
    truth = bool(found) is not node.negated
    span = members.frame.span
    firm = None if span.open and not found else truth
    return Outcome(node, truth, firm, items=tuple(found), window=span)


def _counts_as_recorded(node: model.IsRecorded, item: Item) -> bool:
    attribute = node.selection.attribute
    if attribute is not None:
        value = item.entry.attributes.get(attribute.name)
        if value is None:
            return False
        return node.unit is None or (not isinstance(value, str) and _same_unit(node.unit, value.unit))
    if node.unit is not None:
        return _same_unit(node.unit, item.entry.unit)
    return item.fact.kind in model.PRESENCE_KINDS or (item.entry.value is not None and item.problem != "judgement pending")


def _same_unit(unit: Unit, text: str | None) -> bool:
    recorded = None if text is None else parse_unit(text)
    return recorded is not None and (recorded.dimension, recorded.factor, recorded.offset) == (unit.dimension, unit.factor, unit.offset)


# ---------------------------------------------------------------- courses of treatment


def _taken_since(ctx: Context, node: model.TakenSince) -> Outcome:
    course = taken_since(ctx, node, date_value(ctx, node.anchor))
    # A course begun too late stays so; one that is not going on may still be recorded.
    firm = None if course.open and (course.truth is True or not course.lasting) else course.truth
    return _course_outcome(node, course, firm)


def _unchanged(ctx: Context, node: model.Unchanged) -> Outcome:
    course = unchanged(ctx, node, date_value(ctx, node.anchor))
    firm = None if course.open and course.truth is True else course.truth
    return _course_outcome(node, course, firm)


def _course_outcome(node: model.Condition, course: Course, firm: Truth) -> Outcome:
    window = course.members.frame.span
    return Outcome(node, course.truth, firm, items=course.items, window=window, unknowns=course.unknowns, notes=course.notes)


_LEAVES: dict[type, Callable[[Context, Any], Outcome]] = {
    model.Between: _between,
    model.CompareDates: _compare_dates,
    model.IsWord: _is_word,
    model.ItsWord: _its_word,
    model.Exists: exists,
    model.IsRecorded: _is_recorded,
    model.Quantified: quantified,
    model.TakenSince: _taken_since,
    model.Unchanged: _unchanged,
}
