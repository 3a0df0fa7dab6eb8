"""The bytes of feeds: made when what they are made from has changed, kept, and served as they are in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from attrs import frozen
from django.db import transaction

from ...canonical import digest
from ...engine.calendar.feed import FeedRequest, Scope, feed as joined, tombstone
from ...engine.calendar.identity import OccurrenceKey
from ...engine.calendar.render import Variant
from ...engine.calendar.state import CalendarState, Entry
from ...limits import FEED_DAYS_AHEAD, FEED_DAYS_BACK
from .. import access, clock
from ..models.feeds import Feed, FeedBytes
from ..models.studies import Site
from ..models.subjects import Subject
from . import events
from .answer import Stored, stored

TOMBSTONE_DAYS: Final = 30
_SCOPES: Final[Mapping[str, Scope]] = {"subject": "subject", "site": "site", "study": "study", "mine": "study"}


@frozen
class Scene:
    """Everything that a feed is made from: the subjects in it with their versions, what their sites have in common, how it shows them."""

    feed: Feed
    subjects: Mapping[int, int]
    grounds: dict[int, events.Ground]
    variants: tuple[Variant, ...]
    made_from: str


def allowed_sites(feed: Feed) -> list[Site]:
    """The sites whose subjects the owner may see now; a feed shows nothing that a page would not."""
    may = access.May.ALL_FEEDS if feed.kind != Feed.Kind.MINE and _administers(feed) else access.May.READ_SCHEDULES
    found = access.sites(feed.owner, may, feed.study)
    wanted = feed.subject.site_id if feed.subject is not None else feed.site_id
    return found if wanted is None else [site for site in found if site.pk == wanted]


def _administers(feed: Feed) -> bool:
    return access.anywhere(feed.owner, access.May.ALL_FEEDS, feed.study)


def scene_of(feed: Feed) -> Scene | None:
    """What a feed is made from now; None if its owner may see none of it any more."""
    found = allowed_sites(feed)
    if not found or (feed.kind == Feed.Kind.STUDY and len(found) < Site.objects.filter(study=feed.study).count()):
        return None
    variants = _variants(feed)
    grounds = {site.pk: events.ground_of(site, feed.study, variants) for site in found}
    chosen = Subject.objects.filter(study=feed.study, site__in=found)
    if feed.subject_id is not None:
        chosen = chosen.filter(pk=feed.subject_id)
    subjects = dict(chosen.order_by("pk").values_list("pk", "version"))
    parts = [
        [feed.kind, feed.titles, feed.language, feed.windows, feed.study.short_name],
        [[pk, ground.digest] for pk, ground in sorted(grounds.items())],
        [list(pair) for pair in subjects.items()],
    ]
    return Scene(feed, subjects, grounds, variants, digest(parts))


def _variants(feed: Feed) -> tuple[Variant, ...]:
    """Every way in which living feeds of the study show events: each event is rendered once in each."""
    living = Feed.objects.filter(study=feed.study_id, revoked=None).only("titles", "language")
    found = {one.text: one for one in map(events.variant_of, (feed, *living))}
    return tuple(found[name] for name in sorted(found))


def last_good(feed: Feed) -> tuple[Stored, str] | None:
    """The bytes that were made last, and what from."""
    row = FeedBytes.objects.filter(feed=feed).first()
    return None if row is None else (Stored(bytes(row.content), bytes(row.gzip), row.etag, row.changed), row.made_from)


def renewed(scene: Scene) -> Stored:
    """Make a feed's bytes and keep them; bytes that come out the same keep their date."""
    feed = scene.feed
    with transaction.atomic():
        key = events.key_of(feed.study)
        subjects = Subject.objects.filter(pk__in=scene.subjects).order_by("pk")
        states = events.renew(subjects, scene.grounds, key, scene.variants)
        made = joined(_joined(key, states, scene), _request(feed), feed.study.short_name)
        before = last_good(feed)
        etag = made.etag.strip('"')
        if before is not None and before[0].etag == etag:
            FeedBytes.objects.filter(feed=feed).update(made_from=scene.made_from)
            return before[0]
        # Two changes within a second still have two dates.
        now = clock.now() if before is None else max(clock.now(), before[0].modified + timedelta(seconds=1))
        kept = stored(made.content, etag, now)
        row = {"etag": kept.etag, "content": kept.content, "gzip": kept.zipped, "changed": kept.modified, "made_from": scene.made_from}
        FeedBytes.objects.update_or_create(feed=feed, defaults=row)
    return kept


def _joined(key: bytes, states: list[CalendarState], scene: Scene) -> CalendarState:
    """All events in one state; of a feed with many subjects only those around the present."""
    entries: dict[OccurrenceKey, Entry] = {}
    for state in states:
        entries.update(state.entries)
    if scene.feed.kind != Feed.Kind.SUBJECT:
        today = max(ground.day for ground in scene.grounds.values()).toordinal()
        first, last = today - FEED_DAYS_BACK, today + FEED_DAYS_AHEAD
        entries = {name: one for name, one in entries.items() if _last_day(one) >= first and one.occurrence.first <= last}
    return CalendarState(key, entries)


def _last_day(entry: Entry) -> int:
    repeat = entry.occurrence.repeat
    return entry.occurrence.last if repeat is None else max(entry.occurrence.last, repeat.until)


def _request(feed: Feed) -> FeedRequest:
    who = feed.subject.code if feed.subject is not None else feed.site.code if feed.site is not None else ""
    return FeedRequest(feed.study.slug, _SCOPES[feed.kind], who, events.variant_of(feed), windows=feed.windows)


def stone(feed: Feed) -> Stored | None:
    """What stands in place of a feed that was revoked or is too old; None once it has stood there long enough."""
    ended = min(one for one in (feed.revoked, feed.expires) if one is not None)
    if clock.now() - ended >= timedelta(days=TOMBSTONE_DAYS):
        return None
    with transaction.atomic():
        key = events.key_of(feed.study)
    made = tombstone(CalendarState(key), f"{feed.pk}", ended, events.domain(), events.variant_of(feed).language)
    return stored(made.content, made.etag, ended)
