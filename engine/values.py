"""The number of an expression: the alternatives that the records leave open, each with the items it came from."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from ..dsl.model import Number
from .outcome import Amount, Item, Note, Outcome, Span, Unknown


@define
class Alternative:
    """One way the number (or word) may be: its amount or word, or why it is unknown; and the items that it was made from.

    `reason` tells why an amount is a range, where records that only perhaps count made it one.
    """

    amount: Amount | None
    unknown: Unknown | None = None
    items: tuple[Item, ...] = ()
    word: str | None = None
    reason: Unknown | None = None


@define(eq=False)
class Numeric(Outcome):
    """The outcome of a number: the alternatives that the records leave open.

    One known amount, the common case, is held as `amounts[0]` with its `items` (`options` None); otherwise `options` lists the
    alternatives.
    `settled` tells that nothing is still to be observed; if it isn't, `firm_options` are what then remains (None: it is unknown).
    """

    options: tuple[Alternative, ...] | None = None
    settled: bool = True
    firm_options: tuple[Alternative, ...] | None = None

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The ways the number may be."""
        return self.options if self.options is not None else (Alternative(self.amounts[0], None, self.items),)

    @property
    def firm_alternatives(self) -> tuple[Alternative, ...] | None:
        """The alternatives if what is still to be observed is left open; None: then it is unknown."""
        return self.alternatives if self.settled else self.firm_options

    @property
    def known(self) -> bool:
        """Whether every alternative has an amount."""
        return self.options is None or all(alternative.unknown is None for alternative in self.options)


def numeric(  # the one place that makes the outcome of a number from its alternatives
    node: Number,
    alternatives: tuple[Alternative, ...],
    *,
    settled: bool = True,
    firm: tuple[Alternative, ...] | None = None,
    children: tuple[Outcome, ...] = (),
    window: Span | None = None,
    notes: tuple[Note, ...] = (),
) -> Numeric:
    """The outcome of a number; `firm` matters only where it is not settled."""
    items = items_of(alternatives)
    if len(alternatives) == 1 and (amount := alternatives[0].amount) is not None and alternatives[0].reason is None:
        return Numeric(node, None, None, children, items, window, (amount,), (), notes, None, settled, firm)
    return Numeric(
        node, None, None, children, items, window, amounts_of(alternatives), unknowns_of(alternatives), notes, alternatives, settled, firm
    )


def unknowns_of(alternatives: Sequence[Alternative]) -> tuple[Unknown, ...]:
    """The causes among alternatives, each once."""
    if len(alternatives) == 1:
        unknown = alternatives[0].unknown
        return () if unknown is None else (unknown,)
    return tuple(dict.fromkeys(alternative.unknown for alternative in alternatives if alternative.unknown is not None))


def amounts_of(alternatives: Sequence[Alternative]) -> tuple[Amount, ...]:
    """The different amounts among alternatives, in order."""
    if len(alternatives) == 1:
        amount = alternatives[0].amount
        return () if amount is None else (amount,)
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
