"""The earliest day on which every failing window passes ("Meaning" 11).

The least D >= now such that with now and the anchors of the failing windows moved to D every failing window passes: other planned
moments move
along, given ones stay. Only days on which something leaves a window can be the answer, so only these are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from ..dsl import model
from .context import Context
from .dates import LAST_DAY, PartialDate, of_day
from .decide import decide, screen
from .decisive import failing_leaves
from .evaluate import build_record, start
from .outcome import CriterionOutcome, Decision, EarliestDay, Outcome, Verdict
from .plan import children
from .record import Patient

_HORIZON_DAYS = 366 * 30


def time_bound(leaf: Outcome) -> bool:
    """Whether a failing leaf can pass by the mere passing of time.

    So can a hit in a window with a beginning, an age too low, a course too short.
    """
    node = leaf.node
    if isinstance(node, model.Exists):
        return leaf.truth is True and node.selection.window.start is not None and leaf.items != ()
    if isinstance(node, model.TakenSince | model.Unchanged):
        return leaf.truth is False and leaf.items != ()
    if isinstance(node, model.Compare):
        ages = isinstance(node.left, model.Age)
        counts = isinstance(node.left, model.Aggregate) and node.left.selection.pick in ("count", "sum")
        windowed = counts and node.left.selection.window.start is not None  # type: ignore[union-attr]
        younger = ages and ((leaf.truth is False and node.op in (">", ">=")) or (leaf.truth is True and node.op in ("<", "<=")))
        fewer = windowed and ((leaf.truth is False and node.op in ("<", "<=")) or (leaf.truth is True and node.op in (">", ">=")))
        return younger or fewer
    if isinstance(node, model.Between) and isinstance(node.operand, model.Age):
        amount = leaf.children[0].amounts[0] if leaf.children[0].amounts else None
        return leaf.truth is False and isinstance(amount, int) and amount < node.low.value
    return False


def earliest_day(protocol: model.Protocol, patient: Patient, decision: Decision) -> EarliestDay | None:
    """The earliest day, or why there is none; None if no failing criterion hangs on a window."""
    failing = [(outcome, [leaf for leaf in failing_leaves(outcome) if time_bound(leaf)]) for outcome in decision.criteria]
    failing = [(outcome, leaves) for outcome, leaves in failing if leaves]
    if not failing:
        return None
    ids = tuple(outcome.criterion.id for outcome, _ in failing)
    leaves = [leaf for _, found in failing for leaf in found]
    lasting = tuple(item for leaf in leaves if isinstance(leaf.node, model.Exists) for item in leaf.items if item.end_first is None)
    if lasting:
        return EarliestDay(None, tuple(dict.fromkeys(lasting)), (), ids)
    anchors = tuple(dict.fromkeys(moment for leaf in leaves for moment in _moments(leaf.node)))
    criteria = [outcome.criterion for outcome, _ in failing]
    now = decision.now.last
    for day in _candidates(protocol, patient, decision, criteria, anchors):
        moved = _moved(patient, decision, anchors, day)
        ctx = start(build_record(protocol, moved, of_day(day)))
        if all(_window_passes(decide(ctx, criterion)) for criterion in criteria):
            return EarliestDay(day, (), _newly_failing(protocol, moved, decision, day), ids) if day >= now else None
    return EarliestDay(None, (), (), ids)


def _window_passes(outcome: CriterionOutcome) -> bool:
    """Whether no window of the criterion fails any more; what fails for another reason is not this question."""
    return not any(time_bound(leaf) for leaf in failing_leaves(outcome))


def _moments(node: object) -> Iterator[model.Moment]:
    if isinstance(node, model.MomentDate):
        yield node.moment
    for child in children(node):
        yield from _moments(child)


def _moved(patient: Patient, decision: Decision, anchors: Sequence[model.Moment], day: int) -> Patient:
    """The patient with the anchors on a day; later moments that were only given as plans move along by as much as now moves."""
    moments = dict(patient.moments)
    shift = day - decision.now.last
    for state in decision.moments:
        if state.moment.name in moments and state.status == "planned" and state.date is not None:
            moments[state.moment.name] = PartialDate(_clip(state.date.first + shift), _clip(state.date.last + shift))
    for moment in anchors:
        moments[moment.name] = of_day(day)
    return evolve(patient, moments=moments)


def _clip(day: int) -> int:
    return min(day, LAST_DAY)


def _candidates(
    protocol: model.Protocol, patient: Patient, decision: Decision, criteria: Sequence[model.Criterion], anchors: Sequence[model.Moment]
) -> list[int]:
    """Days on which one of the failing windows first passes.

    They are found by halving: the windows move with the day, so each passes from some day on.
    """
    now = decision.now.last
    found = {now}
    horizon = min(now + _HORIZON_DAYS, LAST_DAY)

    def passes(criterion: model.Criterion, day: int) -> bool:
        ctx: Context = start(build_record(protocol, _moved(patient, decision, anchors, day), of_day(day)))
        return _window_passes(decide(ctx, criterion))

    for criterion in criteria:
        low, step = now, 1
        while low + step <= horizon and not passes(criterion, low + step):
            low, step = low + step, step * 2
        high = min(low + step, horizon)
        if not passes(criterion, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if passes(criterion, middle):
                high = middle
            else:
                low = middle
        found.add(high)
    return sorted(found)


def _newly_failing(protocol: model.Protocol, moved: Patient, decision: Decision, day: int) -> tuple[tuple[str, Verdict], ...]:
    """What passed at first and would fail, or become unknown, by that day."""
    then = screen(protocol, moved, of_day(day))
    before = {outcome.criterion.id: outcome for outcome in decision.criteria}
    return tuple(
        (outcome.criterion.id, outcome.verdict)
        for outcome in then.criteria
        if before[outcome.criterion.id].passes is True and outcome.passes is not True
    )
