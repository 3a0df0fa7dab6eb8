"""Logs: one JSON object a line on standard error, in UTC. Neither tokens nor addresses nor anything about patients stand in them.

What other libraries log is written without its arguments, and exceptions without their messages: both may quote what somebody sent.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

from . import clock

_FRAMES: Final = 12
_GATHERED: Final[ContextVar[dict[str, object]]] = ContextVar("trialrules_gathered")
_QUIET: Final = ("django.request", "django.security.csrf", "django.db.backends")
"""Loggers that say again, with addresses and statements, what the request log says."""


class JsonLines(logging.Formatter):
    """Records of the standard library's logging, as a line of ours."""

    def format(self, record: logging.LogRecord) -> str:
        """The template of the message, never its arguments."""
        # Django writes what was sent into these messages themselves.
        said = "suspicious request" if record.name.startswith("django.security") else str(record.msg)[:200]
        event: dict[str, object] = {"at": clock.stamp(), "level": record.levelname.lower(), "logger": record.name, "event": said}
        if record.exc_info and record.exc_info[0] is not None:
            event |= fault(record.exc_info[0], record.exc_info[2])
        return str(structlog.processors.JSONRenderer()(None, "", event))


def fault(kind: type[BaseException], trace: TracebackType | None) -> dict[str, object]:
    """What went wrong where, without what it said."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return {"error": kind.__name__, "frames": [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]}


def set_up(_settings: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger("django")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel(logging.WARNING)
    for name in _QUIET:
        quiet = logging.getLogger(name)
        quiet.handlers = [logging.NullHandler()]
        quiet.propagate = False
    waitress = logging.getLogger("waitress")
    waitress.handlers = [handler]
    waitress.propagate = False


@contextmanager
def gathering() -> Iterator[Mapping[str, object]]:
    """Gather what `about` and `looked_at` tell while a request is answered."""
    found: dict[str, object] = {}
    token = _GATHERED.set(found)
    try:
        yield found
    finally:
        _GATHERED.reset(token)


def about(**values: str) -> None:
    """Tell what the present request is about; it stands in the request's line. Outside of a request nobody asks."""
    _GATHERED.get({}).update(values)


def looked_at(subject: int) -> None:
    """Tell whose record the present request looks at: by the number of the row, which says nothing to anybody without the database."""
    found = _GATHERED.get({})
    seen = found.get("subjects")
    found["subjects"] = sorted({subject, *(seen if isinstance(seen, list) else ())})


def write(event: str, **values: object) -> None:
    """One line of the service's own."""
    line = structlog.processors.JSONRenderer()(None, "", {"at": clock.stamp(), "event": event, **values})
    # A log that can't be written (its disk is full, its reader is gone) takes no answer away from anybody.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{line!s}\n")
        sys.stderr.flush()
