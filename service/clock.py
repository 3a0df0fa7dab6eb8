"""The only place where the service reads the clock; tests, and the loader of demonstration data, put another time in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ..engine.dates import PartialDate, of_day

_STANDS: Final[ContextVar[datetime | None]] = ContextVar("trialrules_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _STANDS.get() or datetime.now(UTC)


def today(zone: str) -> date:
    """The present day in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def day(zone: str) -> PartialDate:
    """The present day in a time zone, as the engine takes it."""
    return of_day(today(zone).toordinal())


def stamp() -> str:
    """The present instant as text that sorts: `2026-03-02T01:02:03.000004Z`."""
    return now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand, in this thread."""
    token = _STANDS.set(instant)
    try:
        yield
    finally:
        _STANDS.reset(token)
