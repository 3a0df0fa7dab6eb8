"""Strong Kleene logic over True, False and None (unknown).

Every function commutes: what one side decides, the other cannot spoil (Kleene 1952, section 64).
"""

from __future__ import annotations

from collections.abc import Iterable

from .outcome import Truth


def negate(value: Truth) -> Truth:
    """Not: unknown stays unknown."""
    return None if value is None else not value


def all_of(values: Iterable[Truth]) -> Truth:
    """And: false if any is false, else unknown if any is unknown, else true."""
    unknown = False
    for value in values:
        if value is False:
            return False
        if value is None:
            unknown = True
    return None if unknown else True


def any_of(values: Iterable[Truth]) -> Truth:
    """Or: true if any is true, else unknown if any is unknown, else false."""
    unknown = False
    for value in values:
        if value is True:
            return True
        if value is None:
            unknown = True
    return None if unknown else False


def _counts(values: Iterable[Truth]) -> tuple[int, int]:
    true = unknown = 0
    for value in values:
        if value is True:
            true += 1
        elif value is None:
            unknown += 1
    return true, unknown


def at_least(count: int, values: Iterable[Truth]) -> Truth:
    """At least `count` true: true once so many are true, false once too few are left."""
    true, unknown = _counts(values)
    if true >= count:
        return True
    return None if true + unknown >= count else False


def at_most(count: int, values: Iterable[Truth]) -> Truth:
    """At most `count` true."""
    return negate(at_least(count + 1, values))


def exactly(count: int, values: Iterable[Truth]) -> Truth:
    """Exactly `count` true."""
    true, unknown = _counts(values)
    if true > count or true + unknown < count:
        return False
    return None if unknown else True


def agreed(values: Iterable[Truth]) -> Truth:
    """What all alternatives agree on; unknown if they differ or any is unknown."""
    result: Truth = None
    first = True
    for value in values:
        if value is None:
            return None
        if first:
            result, first = value, False
        elif value is not result:
            return None
    return result
