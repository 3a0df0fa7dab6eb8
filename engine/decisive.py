"""Which parts of an outcome decided it: the leaves that would have to change for the whole to change."""

from __future__ import annotations

from collections.abc import Iterator

from ..dsl import model
from .outcome import CriterionOutcome, Outcome


def deciding_children(outcome: Outcome) -> tuple[Outcome, ...]:
    """The children that decided a known truth; all unknown ones for an unknown; none for a leaf."""
    node, truth = outcome.node, outcome.truth
    if not outcome.children:
        return ()
    if truth is None:
        return tuple(child for child in outcome.children if child.truth is None and _is_condition(child))
    match node:
        case model.Connective() | model.Group(kind="any" | "all" | "at least"):
            return _of_truth(outcome, truth)
        case model.Group(kind="none" | "at most"):
            return _of_truth(outcome, not truth)
        case model.Cases():
            return _deciding_row(outcome)
        case model.Not() | model.KnownThat() | model.DefinedTruth() | model.Differs() | model.Exists() | model.Group():
            return tuple(child for child in outcome.children if _is_condition(child))
        case _:
            return ()


def _of_truth(outcome: Outcome, truth: bool) -> tuple[Outcome, ...]:  # noqa: FBT001 - a truth value
    return tuple(child for child in outcome.children if child.truth is truth)


def _deciding_row(outcome: Outcome) -> tuple[Outcome, ...]:
    """The first row that holds: its condition and its result; the last result, if none does."""
    *rows, otherwise = outcome.children
    for condition, result in zip(rows[::2], rows[1::2], strict=True):
        if condition.truth is True:
            return condition, result
        if condition.truth is None:
            return tuple(child for child in outcome.children if child.truth is outcome.truth)
    return (otherwise,)


def _is_condition(outcome: Outcome) -> bool:
    return outcome.truth is not None or outcome.firm is not None or not isinstance(outcome.node, _NUMBERS)


_NUMBERS = (
    model.Quantity,
    model.Limit,
    model.Value,
    model.Aggregate,
    model.InUnit,
    model.Arith,
    model.Negative,
    model.Call,
    model.Choose,
    model.FirstKnown,
    model.Age,
    model.DaysBetween,
    model.DefinedNumber,
    model.SinceBaseline,
    model.ItsNumber,
)


def deciding_leaves(outcome: Outcome) -> Iterator[Outcome]:
    """The leaves that decided an outcome, in order of writing."""
    children = deciding_children(outcome)
    if not children:
        yield outcome
        return
    for child in children:
        yield from deciding_leaves(child)


def failing_leaves(criterion: CriterionOutcome) -> tuple[Outcome, ...]:
    """The leaves that make a criterion fail; empty if it does not definitely fail."""
    if criterion.passes is not False:
        return ()
    wrong = criterion.criterion.kind == "exclusion"
    found: list[Outcome] = []
    for block in criterion.blocks:
        if (block.when is None or block.when.truth is True) and block.body.truth is wrong:
            found.extend(deciding_leaves(block.body))
    return tuple(found)
