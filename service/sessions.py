"""How long a session lasts, and what was proven in it. Times are seconds since 1970, by the service's own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError

from . import clock, logs, outage

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

IDLE_SECONDS: Final = 1800
"""A session that nobody used for so long is over."""
MOST_SECONDS: Final = 12 * 3600
"""However much it is used, it is over then."""
_SEEN_SECONDS: Final = 60
_BEGAN: Final = "began"
_SEEN: Final = "seen"
_PROVEN: Final = "proven"


def _now() -> int:
    return int(clock.now().timestamp())


def begin(request: HttpRequest, **_more: Any) -> None:  # noqa: ANN401 - the arguments of Django's signal user_logged_in
    """Somebody signed in: the hours count from now, and what an earlier session had proven does not count."""
    request.session[_BEGAN] = request.session[_SEEN] = _now()
    request.session.pop(_PROVEN, None)


def over(session: SessionBase) -> bool:
    """Whether a session has come to its end. One that does not say when it began has."""
    began, seen = session.get(_BEGAN), session.get(_SEEN)
    if not isinstance(began, int) or not isinstance(seen, int):
        return True
    return _now() - began >= MOST_SECONDS or _now() - seen > IDLE_SECONDS


def touch(session: SessionBase) -> None:
    """Note that a session is used; not at every request, as it is a write. Also when the clock was put back: else nothing would be idle.

    Where nothing can be written (the disk is full), pages can still be read: the session then seems idle for longer than it was.
    """
    before = session.get(_SEEN)
    if abs(_now() - int(before or 0)) < _SEEN_SECONDS:
        return
    changed = session.modified
    session[_SEEN] = _now()
    try:
        session.save()
    except UpdateError:
        return  # somebody signed out meanwhile; Django's middleware tells of it when it saves
    except DatabaseError as error:
        if outage.refusal(error) is None:
            raise
        logs.write("fault", name="session", **logs.fault(type(error), error.__traceback__))
        session[_SEEN] = before
    session.modified = changed


def prove(session: SessionBase, mark: str) -> None:
    """Note that everything was proven once in this session; `mark` says with what."""
    session[_PROVEN] = mark


def proven(session: SessionBase) -> str | None:
    """With what everything was proven in this session; None if it was not yet."""
    found = session.get(_PROVEN)
    return found if isinstance(found, str) else None


def keep(session: SessionBase, name: str, value: str) -> None:
    """Keep something for the next pages; `kept` finds it for a while."""
    session[name] = [value, _now()]


def kept(session: SessionBase, name: str, seconds: int) -> str | None:
    """What was kept, unless it is older than so many seconds."""
    found = session.get(name)
    if not isinstance(found, list) or len(found) != 2 or not 0 <= _now() - int(found[1]) <= seconds:
        return None
    return str(found[0])
