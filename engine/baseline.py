"""What an outcome is compared with: the same number from the last values before the first dose, and how far it has moved since.

Baseline: each value is the last one recorded before the baseline moment (`baseline` line of the header). On the very day times decide where
both sides have one; a value without a time counts as before, and is shown as such.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from attrs import evolve

from ..dsl import model
from . import numbers
from .context import Context
from .outcome import Amount, Interval, MomentState, Note, Outcome, Truth, Unknown
from .plan import ConditionRule, NumberRule, Plan
from .truth import agreed, all_of
from .values import Alternative, Numeric, numeric
from .viewpoint import Reads, View

Combine = Callable[[model.Number, "tuple[Numeric, Numeric]", Callable[["tuple[Amount, ...]"], "Amount | None"]], Numeric]
Judge = Callable[[object, object], Truth]


def baseline_state(ctx: Context) -> MomentState | None:
    """The baseline moment as it stands; None where the file names none."""
    moment = ctx.protocol.baseline
    return None if moment is None else ctx.moments[moment.name]


def at_baseline(ctx: Context, node: model.Number, rule: NumberRule) -> Numeric:
    """A number as it was at the baseline."""
    there = _context(ctx)
    if isinstance(there, Unknown):
        return numeric(node, (Alternative(None, there),))
    found = rule(there)
    same_day = tuple(
        item
        for item in found.items
        if there.view is not None and item.first == there.view.day.first == item.last and _untimed(there, item.seconds)
    )
    return evolve(found, notes=(*found.notes, Note("baseline day", items=same_day))) if same_day else found


def _untimed(ctx: Context, seconds: int | None) -> bool:
    return seconds is None or ctx.view is None or ctx.view.day.seconds is None


def _context(ctx: Context) -> Context | Unknown:
    """The same patient, known up to the same day, seen at the baseline; or why there is no baseline."""
    if ctx.baseline is not None:
        return ctx.baseline
    state = baseline_state(ctx)
    if state is None or state.date is None:
        return Unknown("moment not set", detail="baseline" if state is None else state.moment.name)
    if not state.date.exact:
        return Unknown("date too coarse", detail=state.moment.name)
    planned = (state.moment,) if state.status == "planned" else ()
    there = evolve(
        ctx,
        item=None,
        limit_item=None,
        dates={},
        frames={},
        numbers={},
        truths={},
        view=View(state.date, Reads(None, state.date), planned),
        baseline=None,
    )
    # A change since the baseline, seen at the baseline, counts from there too.
    ctx.baseline = there.baseline = there
    return there


# ---------------------------------------------------------------- `change from baseline in`


def since_baseline(plan: Plan, node: model.SinceBaseline, combine: Combine) -> NumberRule:
    """The number now less the number at the baseline; or by how many per cent of the baseline it has changed."""
    rule = plan.number_rule(node.operand)
    difference = change_operation(node)

    def evaluate(ctx: Context) -> Numeric:
        return combine(node, (rule(ctx), at_baseline(ctx, node.operand, rule)), difference)

    return evaluate


def change_operation(node: model.SinceBaseline) -> Callable[[tuple[Amount, ...]], Amount | None]:
    """What makes a change of the number now and the number at the baseline."""
    return _percent if node.percent else _less


def _less(amounts: tuple[Amount, ...]) -> Amount:
    now, base = amounts
    return numbers.add(now, numbers.negative(base))


def _percent(amounts: tuple[Amount, ...]) -> Amount | None:
    """As a ratio the baseline stands once, so that a value known only by a bound does not count against itself."""
    now, base = amounts
    ratio = numbers.divide(now, base)
    change = None if ratio is None else numbers.multiply(numbers.add(ratio, -1), 100)
    if change is None or isinstance(base, Interval) or base > 0:
        return change
    # Per cent of the size of the baseline: a fall from -2 to -3 is a fall.
    return numbers.negative(change)


# ---------------------------------------------------------------- `improved by`, `worse`


def improved_rule(
    plan: Plan, node: model.Improved, compared: Callable[[model.Improved, Numeric, Numeric, Judge], Outcome], combine: Combine
) -> ConditionRule:
    """Whether a number has moved far enough since the baseline, in the direction asked for.

    The outcome's parts: the number now, at the baseline, the change, and the change in per cent (where there is a baseline other than 0).
    """
    rule = plan.number_rule(node.operand)
    change = model.SinceBaseline(node.operand, percent=False, unit=None, span=node.span)
    percent = model.SinceBaseline(node.operand, percent=True, unit=None, span=node.span)

    def evaluate(ctx: Context) -> Outcome:
        now, base = rule(ctx), at_baseline(ctx, node.operand, rule)
        outcome = compared(node, now, base, lambda a, b: moved(node, a, b))  # type: ignore[arg-type]
        moves = [combine(change, (now, base), _less), combine(percent, (now, base), _percent)]
        outcome.children = (now, base, *[evolve(move, children=(), notes=()) for move in moves if move.known])
        return outcome

    return evaluate


def moved(node: model.Improved, now: Amount, base: Amount) -> Truth:
    """Whether the move from `base` to `now` meets every margin; without margins any move in that direction does.

    Margins in per cent are of the size of the baseline. From a baseline of 0 nothing improves by per cent; for the worse any move counts as
    more than any per cent, for a value that has left 0 is worse.
    """
    rising = node.worse is not node.higher_is_better
    if not node.margins:
        return numbers.compare(">" if rising else "<", now, base)
    return all_of([_meets(node, margin, now, base, rising=rising) for margin in node.margins])


def _meets(node: model.Improved, margin: model.Margin, now: Amount, base: Amount, *, rising: bool) -> Truth:
    sign = 1 if rising else -1
    op = margin.op if rising else _MIRRORED[margin.op]
    value = numbers.exact(margin.value)
    if not margin.percent:
        # now - base op value, with each amount on one side only: bounds are not counted twice.
        return numbers.compare(op, now, numbers.add(base, sign * value))
    truths = []
    whole = numbers.as_interval(base)
    if _may_be(whole, 0, above=True):
        truths.append(_beyond(op, now, _positive(base), 1 + Fraction(sign * value, 100)))
    if _may_be(whole, 0, above=False):
        truths.append(_beyond(op, now, _negative(base), 1 - Fraction(sign * value, 100)))
    if _touches(whole, 0):
        truths.append(numbers.compare(">" if rising else "<", now, 0) if node.worse else False)
    return agreed(truths)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def _beyond(op: str, now: Amount, base: Amount, factor: Fraction) -> Truth:
    limit = numbers.multiply(base, numbers.exact(factor))
    return None if limit is None else numbers.compare(op, now, limit)


def _may_be(bounds: Interval, edge: int, *, above: bool) -> bool:
    if above:
        return bounds.high is None or bounds.high > edge
    return bounds.low is None or bounds.low < edge


def _touches(bounds: Interval, edge: int) -> bool:
    low = bounds.low is None or bounds.low < edge or (bounds.low == edge and not bounds.low_open)
    high = bounds.high is None or bounds.high > edge or (bounds.high == edge and not bounds.high_open)
    return low and high


def _positive(base: Amount) -> Amount:
    if isinstance(base, Interval) and (base.low is None or base.low < 0):
        return Interval(0, base.high, low_open=True, high_open=base.high_open)
    return base


def _negative(base: Amount) -> Amount:
    if isinstance(base, Interval) and (base.high is None or base.high > 0):
        return Interval(base.low, 0, base.low_open, high_open=True)
    return base
