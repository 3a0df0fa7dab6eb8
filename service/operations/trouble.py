"""Why an operation can't be done, and the exceptions that say so."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from ..home import SettingError
from ..work.outcome import RefusedError


class OperationError(Exception):
    """Something about the machine or the request: the message says what, and how to mend it."""


TROUBLE: Final = (OperationError, SettingError, RefusedError, ImproperlyConfigured, DatabaseError)
"""What a verb shows as a message; anything else is a fault of ours."""


def words(error: BaseException) -> str:
    """The message for a terminal."""
    if isinstance(error, RefusedError):
        return f"{error.refused.message} {error.refused.mend}".strip()
    if isinstance(error, DatabaseError):
        return f"the database refuses: {str(error).strip()}"
    return str(error)
