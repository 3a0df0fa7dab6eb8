"""Which exceptions come from a database or a disk that can't do its work just now: no fault of the request, and over once it is mended."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

from django.db import InterfaceError, OperationalError

from .work.outcome import Refused

UNAVAILABLE: Final = Refused(
    "database-unavailable",
    503,
    "The database does not answer, or can't write just now.",
    "Try again in a minute, a write with the same Idempotency-Key; on a page look first whether your change is there. If it stays, tell "
    "the administrator.",
)
NO_ROOM: Final = Refused(
    "disk-full",
    507,
    "The disk is full; nothing was changed.",
    "Tell the administrator; once there is room, try again. Nothing has to be restarted.",
)
RETRY_SECONDS: Final = 30
"""What such answers say in `Retry-After`."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
# Primary codes (sqlite.org/rescode.html). Others, such as a table that is not there, are faults of ours.
_SQLITE_FULL: Final = sqlite3.SQLITE_FULL
_SQLITE_OUTAGES: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)
_POSTGRES_FULL: Final = "53100"


def refusal(error: BaseException | None) -> Refused | None:
    """What is told of an exception that a full disk or an absent database made; None for any other."""
    chain = list(_chain(error))
    if any(map(_says_full, chain)):
        return NO_ROOM
    return UNAVAILABLE if any(map(_says_outage, chain)) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it was raised from; what was merely being handled when it came is another matter."""
    while error is not None:
        yield error
        error = error.__cause__


def _says_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return _primary(error) == _SQLITE_FULL
    if isinstance(error, OSError):
        return error.errno in _FULL
    return getattr(error, "sqlstate", None) == _POSTGRES_FULL


def _says_outage(error: BaseException) -> bool:
    """SQLite says with a code what it is; of PostgreSQL's, these two are about the connection and the server, not about the statement."""
    if isinstance(error, sqlite3.Error):
        return _primary(error) in _SQLITE_OUTAGES
    return isinstance(error, OperationalError | InterfaceError) and not isinstance(error.__cause__, sqlite3.Error)


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
