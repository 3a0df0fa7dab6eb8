"""What takes time to make and follows from what never changes, kept in the memory of a process: bounded, and for all of its threads.

Nothing is kept under a name of something that can change: keys are digests of rules and data, days, versions of the engine.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, the least recently used ones given up first.

    Args:
        most: the bytes that all values together may have, as far as their makers know.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._found: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        _ALL.add(self)

    def get(self, key: Hashable, make: Callable[[], tuple[Value, int]]) -> Value:
        """The value of a key, made if it is not there; `make` gives it with its size in bytes. What it raises is not kept.

        Two threads that ask at the same time may both make it: equal keys have equal values, so that it does not matter whose stays.
        """
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
                return found[0]
        value, size = make()
        with self._lock:
            self._put(key, value, size)
        return value

    def _put(self, key: Hashable, value: Value, size: int) -> None:
        before = self._found.pop(key, None)
        if before is not None:
            self.size -= before[1]
        if size > self.most:
            return
        self._found[key] = value, size
        self.size += size
        while self.size > self.most:
            _, (_, gone) = self._found.popitem(last=False)
            self.size -= gone

    def clear(self) -> None:
        """Give up everything."""
        with self._lock:
            self._found.clear()
            self.size = 0

    def __len__(self) -> int:
        return len(self._found)


_ALL: Final[WeakSet[Kept[Any]]] = WeakSet()


def forget() -> None:
    """Give up everything that the process keeps: for measuring what a first look takes."""
    for one in list(_ALL):
        one.clear()
