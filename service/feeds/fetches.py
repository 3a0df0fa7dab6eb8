"""Who fetched what and when: gathered in memory, written and logged each minute, so that a fetch is no write."""

from __future__ import annotations

import atexit
import threading
from datetime import datetime
from typing import Final

from attrs import define
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q

from .. import clock, logs
from ..models.feeds import Feed

SECONDS: Final = 60.0
_AGENT_LENGTH: Final = 200


@define
class _Gathered:
    count: int
    last: datetime
    agent: str


_gathered: dict[int, _Gathered] = {}
_lock: Final = threading.Lock()
_timer: threading.Timer | None = None


def note(feed: int, agent: str) -> None:
    """Remember one fetch."""
    global _timer  # noqa: PLW0603 - one a process
    now = clock.now()
    with _lock:
        found = _gathered.get(feed)
        if found is None:
            _gathered[feed] = _Gathered(1, now, agent)
        else:
            found.count, found.last, found.agent = found.count + 1, max(found.last, now), agent
        if _timer is None:
            _timer = threading.Timer(SECONDS, _on_time)
            _timer.daemon = True
            _timer.start()


def _on_time() -> None:
    global _timer  # noqa: PLW0603 - one a process
    with _lock:
        _timer = None
    close_old_connections()
    try:
        write()
    except Exception as error:  # noqa: BLE001 - figures are no reason to end the thread; they are kept, and written a minute later
        logs.write("fault", name="fetches", **logs.fault(type(error), error.__traceback__))
    finally:
        connection.close()


def write() -> int:
    """Write what was gathered; how many feeds. What can't be written is kept."""
    with _lock:
        taken = dict(_gathered)
        _gathered.clear()
    try:
        with transaction.atomic():
            for feed, one in sorted(taken.items()):
                row = Feed.objects.filter(pk=feed)
                row.update(fetches=F("fetches") + one.count)
                later = Q(last_fetch=None) | Q(last_fetch__lt=one.last)
                row.filter(later).update(last_fetch=one.last, agent="".join(filter(str.isprintable, one.agent))[:_AGENT_LENGTH])
    except BaseException:
        _put_back(taken)
        raise
    for feed, one in sorted(taken.items()):
        # Not the program's name: somebody else writes it.
        logs.write("feed fetched", feed=feed, fetches=one.count, last=one.last.isoformat())
    return len(taken)


def _put_back(taken: dict[int, _Gathered]) -> None:
    with _lock:
        for feed, one in taken.items():
            newer = _gathered.get(feed)
            if newer is None:
                _gathered[feed] = one
            else:
                newer.count += one.count


@atexit.register
def _at_end() -> None:
    if _gathered:
        _on_time()
