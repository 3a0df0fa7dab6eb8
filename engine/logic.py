"""`cases`, and the causes that keep an outcome unknown."""

from __future__ import annotations

from collections.abc import Sequence

from ..dsl import model
from .outcome import Outcome, Truth, Unknown
from .truth import agreed


def cases(node: model.Cases, rows: Sequence[tuple[Outcome, Outcome]], otherwise: Outcome) -> Outcome:
    """The first row whose condition holds decides; an unknown condition leaves both ways open, and what they agree on stands."""
    truth = agreed([outcome.truth for outcome in _open([(c.truth, r) for c, r in rows], otherwise)])
    firm = agreed([outcome.firm for outcome in _open([(c.firm, r) for c, r in rows], otherwise)])
    unknowns: tuple[Unknown, ...] = ()
    if truth is None:
        unknowns = _causes(rows, otherwise)
    children = tuple(part for row in rows for part in row)
    return Outcome(node, truth, firm, (*children, otherwise), unknowns=unknowns)


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
    found: dict[Unknown, None] = {}
    for condition, result in rows:
        if condition.truth is False:
            continue
        for unknown in (*gather(condition), *gather(result)):
            found.setdefault(unknown)
        if condition.truth is True:
            return tuple(found)
    for unknown in gather(otherwise):
        found.setdefault(unknown)
    return tuple(found)


def gather(outcome: Outcome) -> tuple[Unknown, ...]:
    """The causes that keep a condition unknown: its own, or those of the unknown parts below it. Parts that are decided are not asked."""
    if outcome.truth is not None:
        return ()
    if outcome.unknowns:
        return outcome.unknowns
    found: dict[Unknown, None] = {}
    for child in outcome.children:
        for unknown in gather(child):
            found.setdefault(unknown)
    return tuple(found)


def choice_causes(outcomes: Sequence[Outcome]) -> tuple[Unknown, ...]:
    """The causes of the unknown conditions of choices inside numbers."""
    found: dict[Unknown, None] = {}
    for outcome in outcomes:
        for inner in outcome.walk():
            if isinstance(inner.node, model.Choose):
                for child in inner.children[: 2 * len(inner.node.branches) : 2]:
                    for unknown in gather(child):
                        found.setdefault(unknown)
    return tuple(found)
