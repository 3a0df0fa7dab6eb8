"""From a token to the bytes of a feed: one small query where nothing has changed, whatever the size of the calendar.

Every write of a study adds to its audit trail; so while the trail has the same length, the day is the same at its sites, the feed is
not revoked and its owner not switched off, the bytes in memory are right. Else everything is looked at again.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import Final

from attrs import frozen
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import post_save

from ...limits import MAX_FEED_CACHE_BYTES
from .. import clock, logs, metrics
from ..models.feeds import Feed
from ..work import audit
from . import store
from .answer import Stored

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
BLIND_SECONDS: Final = 600
"""How long bytes in memory are served while the database can't be asked whether the feed was revoked (by another process: one that revokes
forgets them at once)."""
_ASK: Final = (
    "SELECT f.revoked IS NULL, u.active, COALESCE(h.seq, 0) FROM trialrules_feed f "
    "JOIN trialrules_user u ON u.id = f.owner_id LEFT JOIN trialrules_audithead h ON h.chain = f.study_id WHERE f.token_hash = %s"
)


@frozen
class Kept:
    """A feed in memory, and while what it is right."""

    feed: int
    stored: Stored
    seq: int
    zones: frozenset[str]
    days: frozenset[date]
    expires: datetime | None
    asked: datetime


@frozen
class Found:
    """What a token leads to. `feed` None: a tombstone, whose fetches nobody counts."""

    stored: Stored
    feed: int | None


class NotNowError(Exception):
    """A living feed of which there are no good bytes: none could be made, and none were made before."""


class Memory:
    """Feeds by the hash of their token, the least used dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> Kept | None:
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: str, one: Kept) -> None:
        with self._lock:
            self._drop(name)
            self._kept[name] = one
            self._size += _size(one)
            while self._size > self._most and self._kept:
                self._drop(next(iter(self._kept)))

    def drop(self, name: str) -> None:
        with self._lock:
            self._drop(name)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _drop(self, name: str) -> None:
        found = self._kept.pop(name, None)
        self._size -= 0 if found is None else _size(found)


def _size(one: Kept) -> int:
    return len(one.stored.content) + len(one.stored.zipped)


MEMORY: Final = Memory(MAX_FEED_CACHE_BYTES)


def _forget(sender: object, instance: Feed, **_more: object) -> None:  # noqa: ARG001 - a signal's arguments
    MEMORY.drop(instance.token_hash)


post_save.connect(_forget, sender=Feed, dispatch_uid="trialrules.feeds.memory")


def find(token: str) -> Found | None:
    """What is served for a token; None if it is unknown, malformed, or revoked long since."""
    if TOKEN.fullmatch(token) is None:
        return None
    name = hashlib.sha256(token.encode("ascii")).hexdigest()
    kept = MEMORY.get(name)
    try:
        row = _row(name)
    except DatabaseError as error:
        return _while_blind(kept, error)
    if row is None:
        return None
    living, active, seq = row
    if kept is not None and living and active and kept.seq == seq and _still(kept):
        return Found(kept.stored, kept.feed)
    found = _looked_up(name, seq, None if kept is None else kept.stored)
    if found is None or found.feed is None:
        MEMORY.drop(name)
    return found


def _row(name: str) -> tuple[bool, bool, int] | None:
    """What the database says of a feed; a connection that was cut in the meantime is opened again."""
    if connection.in_atomic_block:
        return _asked(name)
    connection.close_if_unusable_or_obsolete()
    try:
        return _asked(name)
    except DatabaseError:
        connection.close()
    return _asked(name)


def _asked(name: str) -> tuple[bool, bool, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [name])
        found: tuple[bool, bool, int] | None = cursor.fetchone()
    return found


def _still(kept: Kept) -> bool:
    now = clock.now()
    return (kept.expires is None or now < kept.expires) and kept.days == frozenset(clock.today(zone) for zone in kept.zones)


def _while_blind(kept: Kept | None, error: Exception) -> Found | None:
    logs.write("fault", name="feed", **logs.fault(type(error), error.__traceback__))
    metrics.STALE.inc()
    # Nor for long after a clock was put back.
    if kept is not None and abs(clock.now() - kept.asked) < timedelta(seconds=BLIND_SECONDS):
        return Found(kept.stored, kept.feed)
    raise error


def _looked_up(name: str, seq: int, before: Stored | None) -> Found | None:
    feed = Feed.objects.select_related("study", "subject", "site", "owner").filter(token_hash=name).first()
    if feed is None:
        return None
    if _over(feed):
        return _stone(feed)
    scene = store.scene_of(feed) if feed.owner.active else None
    if scene is None:
        _end(feed)
        return _stone(feed)
    kept, whole = _bytes(scene, before)
    if whole:
        zones = frozenset(ground.site.timezone for ground in scene.grounds.values())
        days = frozenset(clock.today(zone) for zone in zones)
        MEMORY.put(name, Kept(feed.pk, kept, seq, zones, days, feed.expires, clock.now()))
    return Found(kept, feed.pk)


def _over(feed: Feed) -> bool:
    return feed.revoked is not None or (feed.expires is not None and feed.expires <= clock.now())


def _stone(feed: Feed) -> Found | None:
    found = store.stone(feed)
    return None if found is None else Found(found, None)


def _end(feed: Feed) -> None:
    """Whoever may see none of it any more, has no feed of it any more."""
    with transaction.atomic():
        feed.revoked = clock.now()
        if Feed.objects.filter(pk=feed.pk, revoked=None).update(revoked=feed.revoked):
            reason = "its owner may not see it any more"
            audit.write("service", "feed revoked", f"feed {feed.prefix}", study=feed.study, reason=reason)


def _bytes(scene: store.Scene, before: Stored | None) -> tuple[Stored, bool]:
    """The present bytes; if they can't be made, the last good ones, and False.

    Raises:
        NotNowError: if there are none. An empty calendar instead would take every visit out of somebody's program.
    """
    try:
        last = store.last_good(scene.feed)
        before = before if last is None else last[0]
        if last is not None and last[1] == scene.made_from:
            return last[0], True
        return store.renewed(scene), True
    except Exception as error:  # whatever it is: last month's calendar is better than none
        logs.write("fault", name="feed", **logs.fault(type(error), error.__traceback__))
        metrics.STALE.inc()
        if before is None:
            raise NotNowError from error
    return before, False
