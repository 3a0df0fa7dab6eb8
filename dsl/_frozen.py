"""`frozen` of attrs, quicker to start with: a command spends more time on making the classes of the two trees than on reading a file.

attrs writes and compiles `__eq__`, `__hash__` and `__repr__` for each class. Here all classes share one of each, which reads what to
compare and to show from the fields; only `__init__`, which is called for every node, is still made for its class.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

import attrs

# What is compared of each class.
_VALUES: dict[type, Callable[[Any], object]] = {}


def _equal(self: object, other: object) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    values = _VALUES[self.__class__]
    same: bool = values(self) == values(other)
    return same


def _hash(self: object) -> int:
    kind = self.__class__
    return hash((kind, _VALUES[kind](self)))


@recursive_repr()
def _shown(self: attrs.AttrsInstance) -> str:
    kind = self.__class__
    return f"{kind.__name__}({', '.join(f'{part.name}={getattr(self, part.name)!r}' for part in attrs.fields(kind) if part.repr)})"


def _nothing(_node: object) -> None:
    """What is compared of a class without fields."""


if TYPE_CHECKING:
    # Checkers of types know what attrs does to a class.
    from attrs import frozen as frozen  # noqa: PLC0414 - said to be exported
else:

    def frozen(cls: type | None = None, *, eq: bool = True) -> object:
        """A frozen class with slots, compared by value; without `eq` by identity."""
        if cls is None:
            return lambda given: frozen(given, eq=eq)
        made = attrs.frozen(cls, repr=False, eq=False)
        made.__repr__ = _shown
        if eq:
            names = [part.name for part in attrs.fields(made) if part.eq]
            _VALUES[made] = attrgetter(*names) if names else _nothing
            made.__eq__, made.__hash__ = _equal, _hash
        return made
