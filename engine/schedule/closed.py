"""Days on which a site is closed, and where a visit planned on one goes. Days are ordinals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

from .result import Days

Shift = Literal["nearest", "later", "earlier"]
_NONE: Mapping[int, str] = MappingProxyType({})


@frozen
class ClosedDay:
    """A day on which a site (None: every site) is closed, and what it is called ("Spring Festival"; "" where nobody says)."""

    day: int
    site: str | None = None
    name: str = ""


def _by_site(days: Iterable[ClosedDay]) -> dict[str | None, dict[int, str]]:
    found: dict[str | None, dict[int, str]] = {}
    # Sorted, so that of two names for one day the same one is shown whatever the order of the table.
    for closed in sorted(days, key=lambda one: (one.day, one.name), reverse=True):
        found.setdefault(closed.site, {})[closed.day] = closed.name
    return found


@frozen
class ClosedDays:
    """A set of closed days; the order in which they are given does not matter."""

    days: frozenset[ClosedDay] = frozenset()
    _sites: dict[str | None, dict[int, str]] = field(init=False, eq=False, repr=False)

    @_sites.default
    def _named(self) -> dict[str | None, dict[int, str]]:
        return _by_site(self.days)

    def of_site(self, site: str | None) -> Mapping[int, str]:
        """The closed days of a site by day, with their names: its own and those of every site."""
        if not self._sites:
            return _NONE
        everywhere = self._sites.get(None, {})
        own = {} if site is None else self._sites.get(site, {})
        return {**everywhere, **own} if own else everywhere


NO_CLOSED_DAYS = ClosedDays()


def open_day(day: int, window: Days, closed: Mapping[int, str], shift: Shift) -> int | None:
    """The open day of the window that a visit planned on `day` goes to; `day` itself if it is open, None if there is none.

    Of two equally near days the later one is taken: a visit too early is harder to mend than one a day later. The search is bounded by
    the closed days, however wide the window is.
    """
    if day not in closed:
        return day
    later = None if shift == "earlier" else _next_open(day, window[1], closed, 1)
    earlier = None if shift == "later" else _next_open(day, window[0], closed, -1)
    if later is None or earlier is None:
        return earlier if later is None else later
    return later if later - day <= day - earlier else earlier


def _next_open(day: int, last: int, closed: Mapping[int, str], step: int) -> int | None:
    while day in closed:
        day += step
    return day if (last - day) * step >= 0 else None
