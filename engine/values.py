"""The number of an expression: the alternatives that the records leave open, each with the items it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define

from .outcome import Amount, Item, Outcome, Unknown


@define
class Alternative:
    """One way the number (or word) may be: its amount or word, or why it is unknown; and the items that it was made from."""

    amount: Amount | None
    unknown: Unknown | None = None
    items: tuple[Item, ...] = ()
    word: str | None = None


@define(eq=False)
class Numeric:
    """A number as far as it is known.

    `firm` are the alternatives if what is still to be observed is left open (None: then it is unknown); the same object as
    `alternatives` where
    nothing is to be observed.
    """

    alternatives: tuple[Alternative, ...]
    firm: tuple[Alternative, ...] | None
    outcome: Outcome

    @property
    def known(self) -> bool:
        """Whether every alternative has an amount."""
        return all(alternative.unknown is None for alternative in self.alternatives)


def unknowns_of(alternatives: Iterable[Alternative]) -> tuple[Unknown, ...]:
    """The causes among alternatives, each once."""
    return tuple(dict.fromkeys(alternative.unknown for alternative in alternatives if alternative.unknown is not None))


def amounts_of(alternatives: Iterable[Alternative]) -> tuple[Amount, ...]:
    """The different amounts among alternatives, in order."""
    return tuple(dict.fromkeys(alternative.amount for alternative in alternatives if alternative.amount is not None))


def items_of(alternatives: Sequence[Alternative]) -> tuple[Item, ...]:
    """The items behind alternatives, each once."""
    if len(alternatives) == 1:
        return alternatives[0].items
    found: dict[int, Item] = {}
    for alternative in alternatives:
        for item in alternative.items:
            found[id(item)] = item
    return tuple(found.values())
