"""What to do next for one patient ("Meaning" 11): what is still needed, near misses, what would flip a criterion, the earliest day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from ..dsl import model
from . import numbers
from .decisive import failing_leaves
from .earliest import earliest_day, time_bound
from .outcome import Advice, CriterionOutcome, Decision, Flip, FlipKind, Interval, Item, NearMiss, Outcome, RankedNeed, Real, Unknown
from .record import Patient


def advise(protocol: model.Protocol, patient: Patient, decision: Decision) -> Advice:
    """Advice for one patient, from the decision and its evidence; only the earliest day evaluates again (with moments moved)."""
    return Advice(
        ranked_needs(decision),
        tuple(miss for outcome in decision.criteria for miss in near_misses(outcome)),
        tuple(flip for outcome in decision.criteria for flip in _flips(outcome)),
        earliest_day(protocol, patient, decision),
    )


@define
class _Need:
    unknown: Unknown
    criteria: list[str] = field(factory=list)
    alone: list[str] = field(factory=list)


def ranked_needs(decision: Decision) -> tuple[RankedNeed, ...]:
    """What is still needed, ranked: first what alone decides most criteria, then what most criteria hang on, then protocol order."""
    needs: dict[tuple[object, ...], _Need] = {}
    for outcome in decision.criteria:
        if outcome.passes is not None:
            continue
        keys = {_key(unknown): unknown for unknown in outcome.unknowns}
        for key, unknown in keys.items():
            need = needs.setdefault(key, _Need(unknown))
            need.criteria.append(outcome.criterion.id)
            if len(keys) == 1:
                need.alone.append(outcome.criterion.id)
    ranked = sorted(needs.values(), key=lambda need: (-len(need.alone), -len(need.criteria)))
    return tuple(RankedNeed(need.unknown, tuple(need.criteria), tuple(need.alone)) for need in ranked)


def _key(unknown: Unknown) -> tuple[object, ...]:
    """Two unknowns are one need if they ask for the same fact in the same window (or are the same word of the rule)."""
    fact = None if unknown.fact is None else unknown.fact.name
    return (fact, unknown.window, unknown.detail if unknown.fact is None or unknown.cause == "attribute not recorded" else "")


def near_misses(outcome: CriterionOutcome) -> Iterator[NearMiss]:
    """The failing comparisons of a criterion with a number on both sides."""
    for leaf in failing_leaves(outcome):
        yield from _near(outcome.criterion.id, leaf)


def _near(criterion: str, leaf: Outcome) -> Iterator[NearMiss]:
    node = leaf.node
    if isinstance(node, model.Compare):
        found, needed = _single(leaf.children[0]), _single(leaf.children[-1])
        if found is not None and needed is not None:
            yield NearMiss(criterion, leaf, found, _wanted(node.op, leaf.truth), needed, _item(leaf), _selection(node.left))
    elif isinstance(node, model.Between) and not node.negated:
        found = _single(leaf.children[0])
        if found is None:
            return
        low, high = numbers.exact(node.low.value), numbers.exact(node.high.value)
        if leaf.truth is False:
            op, needed = (">=", low) if found < low else ("<=", high)
            yield NearMiss(criterion, leaf, found, op, needed, _item(leaf), _selection(node.operand))


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


def _wanted(op: str, truth: object) -> str:
    """The comparison that would have to hold: the written one if it is false, its opposite if it is true."""
    return op if truth is False else _OPPOSITE[op]


def _single(outcome: Outcome) -> Real | None:
    if len(outcome.amounts) != 1 or isinstance(outcome.amounts[0], Interval):
        return None
    return outcome.amounts[0]


def _item(leaf: Outcome) -> Item | None:
    return leaf.items[-1] if leaf.items else None


def _selection(number: model.Number) -> model.Selection | None:
    return number.selection if isinstance(number, model.Value | model.Aggregate) else None


def _flips(outcome: CriterionOutcome) -> Iterator[Flip]:
    """How each part that makes a criterion fail could change: by another value, by time, by an entry, or not at all."""
    for leaf in failing_leaves(outcome):
        yield Flip(outcome.criterion.id, *_kind(leaf))


def _kind(leaf: Outcome) -> tuple[FlipKind, Outcome, str]:
    node = leaf.node
    if time_bound(leaf):
        lasting = next((item for item in leaf.items if item.end_first is None), None) if isinstance(node, model.Exists) else None
        return ("time", leaf, "") if lasting is None else ("end", leaf, lasting.fact.name)
    match node:
        case model.Compare() | model.Between():
            selections = list(_selections(leaf))
            changing = any(selection.fact.kind in model.NUMBER_KINDS or selection.fact.kind == "exposure" for selection in selections)
            return ("value" if changing else "fixed"), leaf, selections[0].fact.name if selections else ""
        case model.IsWord(selection=selection):
            return ("fixed" if selection.fact.kind == "attribute" else "value"), leaf, selection.fact.name
        case model.Exists(selection=selection) if leaf.truth is False:
            return "need", leaf, selection.fact.name
        case model.TakenSince() | model.Unchanged():
            return "time", leaf, node.selection.fact.name
        case model.Exists(selection=selection) | model.Quantified(selection=selection):
            return "fixed", leaf, selection.fact.name
        case _:
            return "fixed", leaf, ""


def _selections(leaf: Outcome) -> Sequence[model.Selection]:
    found: list[model.Selection] = []
    for outcome in leaf.walk():
        selection = getattr(outcome.node, "selection", None)
        if isinstance(selection, model.Selection):
            found.append(selection)
    return found
