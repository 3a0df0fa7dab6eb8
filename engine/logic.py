"""`cases`, and the causes that keep an outcome unknown."""

from __future__ import annotations

from collections.abc import Sequence

from ..dsl import model
from .outcome import Outcome, Truth, Unknown
from .truth import agreed


def cases(node: model.Cases, rows: Sequence[tuple[Outcome, Outcome]], otherwise: Outcome) -> Outcome:
    """The first row whose condition holds decides; an unknown condition leaves both ways open, and what they agree on stands."""
    children = (*[part for row in rows for part in row], otherwise)
    for condition, result in rows:
        if condition.truth is None or condition.firm is None:
            break
        if condition.truth:
            return Outcome(node, result.truth, result.firm, children, unknowns=gather(result))
    else:
        return Outcome(node, otherwise.truth, otherwise.firm, children, unknowns=gather(otherwise))
    truth = agreed([outcome.truth for outcome in _open([(c.truth, r) for c, r in rows], otherwise)])
    firm = agreed([outcome.firm for outcome in _open([(c.firm, r) for c, r in rows], otherwise)])
    return Outcome(node, truth, firm, children, unknowns=_causes(rows, otherwise) if truth is None else ())


def _open(rows: Sequence[tuple[Truth, Outcome]], otherwise: Outcome) -> list[Outcome]:
    """The results that remain possible."""
    results: list[Outcome] = []
    for truth, result in rows:
        if truth is False:
            continue
        results.append(result)
        if truth is True:
            return results
    return [*results, otherwise]


def _causes(rows: Sequence[tuple[Outcome, Outcome]], otherwise: Outcome) -> tuple[Unknown, ...]:
    """What would settle it: the unknown conditions on the way, and the unknown results that remain possible."""
    found: tuple[Unknown, ...] = ()
    for condition, result in rows:
        if condition.truth is False:
            continue
        found += gather(condition) + gather(result)
        if condition.truth is True:
            return found
    return found + gather(otherwise)


def gather(outcome: Outcome) -> tuple[Unknown, ...]:
    """The causes that keep a condition unknown: its own, or those of the unknown parts below it (one may come twice).

    Parts that are decided are not asked.
    """
    if outcome.truth is not None:
        return ()
    if outcome.unknowns:
        return outcome.unknowns
    found: tuple[Unknown, ...] = ()
    for child in outcome.children:
        if child.truth is None:
            found += gather(child)
    return found


def choice_causes(outcomes: Sequence[Outcome]) -> tuple[Unknown, ...]:
    """The causes of the unknown conditions of choices inside numbers."""
    found: dict[Unknown, None] = {}
    for outcome in outcomes:
        for inner in outcome.walk():
            if isinstance(inner.node, model.Choose):
                for child in inner.children[: 2 * len(inner.node.branches) : 2]:
                    found.update(dict.fromkeys(gather(child)))
    return tuple(found)
