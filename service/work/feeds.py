"""Links to calendars: made, replaced, ended. The secret is shown once; what is kept is its SHA-256."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen
from django.conf import settings
from django.db.models import Q

from ...engine.calendar.render import TITLE_STYLES
from ...engine.calendar.words import LANGUAGES
from .. import access, clock
from ..models.accounts import User
from ..models.feeds import Feed
from ..models.studies import Site, Study
from ..models.subjects import Subject
from . import audit
from .accounts import hash_token
from .outcome import not_found, refuse, use_case

DAYS: Final = 180
"""Days after which a link ends, if nobody says otherwise."""
MAX_DAYS: Final = 1_100
MAX_LIVING: Final = 200
"""Living links of one user in one study."""


@frozen
class NewFeed:
    """A link and its secret, which is kept nowhere."""

    feed: Feed
    token: str

    @property
    def url(self) -> str:
        """What calendar programs are given."""
        return f"{settings.PUBLIC_URL}/c/{self.token}/calendar.ics"


def listed(actor: User, study: Study) -> list[Feed]:
    """The links that a user may see: the own ones, for administrators all; the latest first."""
    found = Feed.objects.filter(study=study).select_related("subject", "site", "owner", "study")
    if not access.anywhere(actor, access.May.ALL_FEEDS, study):
        found = found.filter(owner=actor)
    return list(found.order_by("-pk"))


def showing(subject: Subject) -> int:
    """How many living links show a subject."""
    of_all = Q(kind__in=(Feed.Kind.STUDY, Feed.Kind.MINE))
    scope = of_all | Q(subject=subject) | Q(kind=Feed.Kind.SITE, site=subject.site)
    return Feed.objects.filter(scope, _still(clock.now()), study=subject.study).count()


def find(actor: User, study: Study, number: int) -> Feed:
    """One of the links that a user may see.

    Raises:
        RefusedError: if there is no such.
    """
    found = next((feed for feed in listed(actor, study) if feed.pk == number), None)
    if found is None:
        raise not_found("calendar link")
    return found


@use_case
def create(
    actor: User,
    study: Study,
    kind: str,
    *,
    subject: Subject | None = None,
    site: Site | None = None,
    titles: str = "full",
    language: str = "en",
    windows: bool = True,
    days: int = DAYS,
) -> NewFeed:
    """Make a link.

    Args:
        actor: whose it is: it never shows more than this user may see.
        study: the study.
        kind: "subject" (with `subject`), "site" (with `site`), "study", or "mine": all sites where the user has a part.
        subject: of a subject's calendar.
        site: of a site's calendar.
        titles: what titles tell: full, visit or private.
        language: of the words.
        windows: whether windows are events of their own.
        days: after how many days the link ends.
    """
    _may(actor, study, kind, subject, site)
    if titles not in TITLE_STYLES:
        raise refuse("titles-wrong", 422, f"There are no titles {titles[:40]!r}.", f"Say one of {', '.join(TITLE_STYLES)}.", "titles")
    if language not in LANGUAGES:
        raise refuse("language-wrong", 422, f"There is no language {language[:40]!r}.", f"Say one of {', '.join(LANGUAGES)}.", "language")
    if not 1 <= days <= MAX_DAYS:
        raise refuse("days-wrong", 422, f"A link lasts 1 to {MAX_DAYS} days.", "", "days")
    now = clock.now()
    if Feed.objects.filter(_still(now), owner=actor, study=study).count() >= MAX_LIVING:
        raise refuse("too-many", 409, f"You have {MAX_LIVING} calendar links.", "End some first.")
    feed = Feed(
        study=study,
        kind=kind,
        subject=subject,
        site=site,
        owner=actor,
        titles=titles,
        language=language,
        windows=windows,
        created=now,
        expires=now + timedelta(days=days),
    )
    made = _with_token(feed)
    audit.write(actor, "feed made", f"feed {feed.prefix}", study=study, new=_shown(feed))
    return made


def _still(now: datetime) -> Q:
    """Links that have not ended."""
    return Q(revoked=None) & (Q(expires=None) | Q(expires__gt=now))


def _with_token(feed: Feed) -> NewFeed:
    token = secrets.token_urlsafe(32)
    feed.token_hash, feed.prefix = hash_token(token), token[:6]
    feed.save()
    return NewFeed(feed, token)


def _may(actor: User, study: Study, kind: str, subject: Subject | None, site: Site | None) -> None:
    wanted = {"subject": (True, False), "site": (False, True), "study": (False, False), "mine": (False, False)}.get(kind)
    if wanted is None:
        raise refuse("kind-wrong", 422, f"There is no calendar of a {kind[:40]!r}.", "Say subject, site, study or mine.", "kind")
    if (subject is not None, site is not None) != wanted:
        raise refuse("kind-wrong", 422, "A subject's calendar names a subject, a site's a site, others neither.", "", "kind")
    where = subject.site if subject is not None else site
    if where is not None and (where.study_id != study.pk or not _sees(actor, study, where)):
        raise not_found("subject" if subject is not None else "site")
    if kind == "study" and not _sees(actor, study, None):
        raise refuse("forbidden", 403, "The calendar of a study is for who sees all its sites.", "Take the one of your site.")
    if not any(access.anywhere(actor, may, study) for may in (access.May.OWN_FEEDS, access.May.ALL_FEEDS)):
        raise refuse("forbidden", 403, "Your role has no calendars.")


def _sees(actor: User, study: Study, site: Site | None) -> bool:
    return any(access.allows(actor, may, study, site) for may in (access.May.READ_SCHEDULES, access.May.ALL_FEEDS))


@use_case
def rotate(actor: User, feed: Feed, reason: str = "new link") -> NewFeed:
    """Replace a link by one with another secret: every calendar program that uses the old one is told that it has ended."""
    held = _living(actor, feed)
    if held.owner_id != actor.pk:
        raise refuse("forbidden", 403, "Only its owner gets a new link.", "Revoke it instead.")
    _end(actor, held, audit.need_reason(reason))
    now = clock.now()
    lasting = timedelta(days=DAYS) if held.expires is None else held.expires - held.created
    made = _with_token(
        Feed(
            study=held.study,
            kind=held.kind,
            subject=held.subject,
            site=held.site,
            owner=held.owner,
            titles=held.titles,
            language=held.language,
            windows=held.windows,
            created=now,
            expires=now + lasting,
        )
    )
    audit.write(actor, "feed made", f"feed {made.feed.prefix}", study=held.study, new={**_shown(made.feed), "replaces": held.prefix})
    return made


@use_case
def revoke(actor: User, feed: Feed, reason: str = "no longer needed") -> Feed:
    """End a link, one's own or (for administrators) anybody's."""
    held = _living(actor, feed)
    _end(actor, held, audit.need_reason(reason))
    return held


@use_case
def revoke_all(actor: User, study: Study, reason: str = "all links ended at once") -> int:
    """End every living link of one's own in a study at once: for a telephone that was lost. How many there were."""
    why = audit.need_reason(reason)
    if not any(access.anywhere(actor, may, study) for may in (access.May.OWN_FEEDS, access.May.ALL_FEEDS)):
        raise refuse("forbidden", 403, "Your role has no calendars.")
    held = (
        Feed.objects.select_for_update(of=("self",))
        .select_related("study", "subject", "site")
        .filter(_still(clock.now()), owner=actor, study=study)
    )
    found = list(held.order_by("pk"))
    for one in found:
        _end(actor, one, why)
    return len(found)


def _living(actor: User, feed: Feed) -> Feed:
    held = Feed.objects.select_for_update(of=("self",)).select_related("study", "subject", "site", "owner").filter(pk=feed.pk).first()
    if held is None or not (held.owner_id == actor.pk or access.anywhere(actor, access.May.ALL_FEEDS, held.study)):
        raise not_found("calendar link")
    if held.revoked is not None:
        raise refuse("revoked", 409, "The link has ended already.", "Make a new one.")
    return held


def _end(actor: User, held: Feed, why: str) -> None:
    held.revoked = clock.now()
    held.save(update_fields=["revoked"])
    audit.write(actor, "feed revoked", f"feed {held.prefix}", study=held.study, old=_shown(held), reason=why)


def _shown(feed: Feed) -> dict[str, object]:
    return {
        "kind": str(feed.kind),
        "subject": feed.subject and feed.subject.code,
        "site": feed.site and feed.site.code,
        "titles": feed.titles,
        "language": feed.language,
        "windows": feed.windows,
        "expires": _stamp(feed.expires),
    }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
