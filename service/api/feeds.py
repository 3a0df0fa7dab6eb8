"""Operations on calendar links, and on the audit trail."""

from __future__ import annotations

from ...canonical import Json
from .. import access
from ..models.feeds import Feed
from ..models.studies import Site
from ..work import audit, feeds, subjects, trail
from ..work.outcome import Refused, not_found
from .operation import Call, Done

_PAGE = 100


def feed_json(feed: Feed) -> dict[str, Json]:
    """A link without its secret."""
    return {
        "id": feed.pk,
        "kind": str(feed.kind),
        "subject": None if feed.subject is None else feed.subject.code,
        "site": None if feed.site is None else feed.site.code,
        "owner": feed.owner.username,
        "prefix": feed.prefix,
        "titles": feed.titles,
        "language": feed.language,
        "windows": feed.windows,
        "created": feed.created.isoformat(),
        "expires": None if feed.expires is None else feed.expires.isoformat(),
        "revoked": None if feed.revoked is None else feed.revoked.isoformat(),
        "last_fetch": None if feed.last_fetch is None else feed.last_fetch.isoformat(),
        "fetches": feed.fetches,
    }


def listed(call: Call) -> Done:
    """The links that the asker may see."""
    return Done({"feeds": [feed_json(one) for one in feeds.listed(call.actor, call.study)]})


def create(call: Call) -> Done | Refused:
    """A new link; its address is told once."""
    body = call.body
    subject = site = None
    if body.get("subject") is not None:
        subject = subjects.find(call.actor, call.study, str(body["subject"]), access.May.READ_SCHEDULES)
    if body.get("site") is not None:
        site = Site.objects.filter(study=call.study, code=body["site"]).first()
        if site is None:
            raise not_found("site")
    days = body.get("days", feeds.DAYS)
    made = feeds.create(
        call.actor,
        call.study,
        str(body["kind"]),
        subject=subject,
        site=site,
        titles=str(body.get("titles", "full")),
        language=str(body.get("language", "en")),
        windows=bool(body.get("windows", True)),
        days=int(days) if isinstance(days, int) else feeds.DAYS,
    )
    return _new(made)


def _new(made: feeds.NewFeed | Refused) -> Done | Refused:
    return made if isinstance(made, Refused) else Done({**feed_json(made.feed), "url": made.url}, 201)


def _feed(call: Call) -> Feed:
    number = call.path["feed"]
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise not_found("calendar link")
    return feeds.find(call.actor, call.study, int(number))


def rotate(call: Call) -> Done | Refused:
    """Another secret for a link."""
    return _new(feeds.rotate(call.actor, _feed(call), str(call.body.get("reason", "new link"))))


def revoke(call: Call) -> Done | Refused:
    """The end of a link."""
    done = feeds.revoke(call.actor, _feed(call))
    return done if isinstance(done, Refused) else Done(feed_json(done))


def entries(call: Call) -> Done:
    """A page of the audit trail, oldest first."""
    limit = int(call.query.get("limit", _PAGE))
    found = trail.entries_for(call.actor, call.study).filter(seq__gt=int(call.query.get("after", 0)))
    if "target" in call.query:
        found = found.filter(target=call.query["target"])
    unblinded = access.unblinded(call.actor, call.study)
    rows = list(found[: limit + 1])
    values: list[Json] = [audit.shown(one, unblinded=unblinded) for one in rows[:limit]]
    return Done({"entries": values, "next": str(rows[limit - 1].seq) if len(rows) > limit else None})
