"""The days of something that comes again and again, by its step alone."""

from __future__ import annotations

from ...dsl.model import Length
from ..dates import Rounding, add_months


def steps_of(every: Length, start: int, stop: int, times: int, rounding: Rounding) -> tuple[int, ...]:
    """The days from `start` to `stop` (both included), at most `times`; the n-th is n - 1 steps after the first: months do not wander."""
    if every.months is None:
        days = max(every.days, 1)
        return tuple(range(start, min(stop + 1, start + days * times), days))
    found: list[int] = []
    for number in range(times):
        day = add_months(start, every.months * number, rounding)
        if day > stop or (found and day <= found[-1]):
            break
        found.append(day)
    return tuple(found)
