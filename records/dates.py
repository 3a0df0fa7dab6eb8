"""Dates of records: read once each, shared between entries, and compared."""

from __future__ import annotations

from typing import Final

from ..engine.dates import PartialDate, parse_partial

_KEPT: Final = 100_000


class Dates:
    """Reads dates and keeps those it has read: a million records share a few thousand days."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, PartialDate | None] = {}

    def read(self, text: str) -> PartialDate | None:
        """The date that `text` writes (see `engine.dates.parse_partial`); None if it writes none or there is no such day."""
        known = self._known
        if text in known:
            return known[text]
        if len(known) >= _KEPT:
            known.clear()
        found = parse_partial(text)
        known[text] = found
        return found


def certainly_before(one: PartialDate, other: PartialDate) -> bool:
    """Whether `one` is earlier, whatever days coarse dates stand for; on one day only times of one offset are compared."""
    if one.last != other.first or not (one.exact and other.exact):
        return one.last < other.first
    if one.seconds is None or other.seconds is None or one.offset != other.offset:
        return False
    return one.seconds < other.seconds
