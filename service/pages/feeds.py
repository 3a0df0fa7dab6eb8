"""The page of calendar links as a value: the links there are, exactly what calendars will show, and how often they look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from attrs import frozen

from ...engine.calendar.render import title_of
from .plan_text import texts
from .qr import qr_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from ...canonical import Json
    from ...engine.calendar.occurrence import Course, Occurrence
    from ...engine.calendar.render import Variant
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.feeds import Feed

SHOWN: Final = 12
_GOOGLE: Final = "https://calendar.google.com/calendar/r"
_OUTLOOK: Final = "https://outlook.live.com/calendar/0/addfromweb"
_OFFICE: Final = "https://outlook.office.com/calendar/0/addfromweb"
PROGRAMS: Final = (
    ("Apple", "refresh_apple"),
    ("Google Calendar", "refresh_google"),
    ("Outlook.com", "refresh_outlook"),
    ("Thunderbird", "refresh_thunderbird"),
)
"""Calendar programs, and the words for how often they really look."""


@frozen
class PreviewEvent:
    """One event as a calendar program shows it."""

    title: str
    when: str
    confirmed: bool
    state: str


@frozen
class Preview:
    """The next events, and how many more there are."""

    events: tuple[PreviewEvent, ...]
    more: str


@frozen
class FeedRow:
    """One link in the list. `state`: active, revoked or expired."""

    pk: int
    prefix: str
    scope: str
    shows: str
    owner: str
    created: str
    expires: str
    last_fetch: str
    fetches: int
    agent: str
    state: str
    state_words: str
    own: bool


@frozen
class NewLink:
    """A link that was made just now, shown once."""

    https: str
    webcal: str
    google: str
    outlook: str
    office: str
    qr: str


def preview(courses: Iterable[Course], variant: Variant, today: int, lang: Lang, *, windows: bool) -> Preview:
    """Exactly what calendars show: titles as they are rendered, from today on, in order of days."""
    t = texts(lang)
    found = [one for course in courses for one in course.occurrences if _shown(one, today, windows=windows)]
    found.sort(key=lambda one: (one.first, one.key.place))
    events = tuple(
        PreviewEvent(title_of(one, variant), _when(one, t), one.confirmed, t["confirmed" if one.confirmed else "tentative"])
        for one in found[:SHOWN]
    )
    return Preview(events, t["preview_more"].format(len(found) - SHOWN) if len(found) > SHOWN else "")


def _shown(one: Occurrence, today: int, *, windows: bool) -> bool:
    if one.key.kind == "end" or (one.key.kind == "window" and not windows):
        return False
    return (one.last if one.repeat is None else max(one.last, one.repeat.until)) >= today


def _when(one: Occurrence, t: dict[str, str]) -> str:
    first = date.fromordinal(one.first).isoformat()
    if one.clock is not None:
        zone = one.clock.zone or "UTC"
        start, end = (f"{text[9:11]}:{text[11:13]}" for text in (one.clock.start, one.clock.end))
        return f"{first} {start}–{end} ({zone})"
    last = date.fromordinal(one.repeat.until if one.repeat is not None else one.last).isoformat()
    return f"{first}, {t['all_day']}" if first == last else f"{first} … {last}, {t['all_day']}"


def feed_row(feed: Feed, now: datetime, reader: User, lang: Lang) -> FeedRow:
    """A link of the list as `reader` sees it; the secret is not kept, only its first characters."""
    t = texts(lang)
    state = "revoked" if feed.revoked is not None else "expired" if feed.expires is not None and feed.expires <= now else "active"
    what = feed.subject.code if feed.subject is not None else feed.site.code if feed.site is not None else ""
    shows = [t.get(f"titles_{feed.titles}", feed.titles), {"en": "English", "zh": "中文"}.get(feed.language, feed.language)]
    shows += [t["window"]] if feed.windows else []
    return FeedRow(
        feed.pk,
        f"{feed.prefix}…",
        " ".join(filter(None, (t[f"scope_{feed.kind}"], what))),
        ", ".join(shows),
        feed.owner.name,
        _minute(feed.created),
        "" if feed.expires is None else feed.expires.date().isoformat(),
        t["never"] if feed.last_fetch is None else _minute(feed.last_fetch),
        feed.fetches,
        feed.agent,
        state,
        t[state],
        feed.owner_id == reader.pk,
    )


def _minute(at: datetime) -> str:
    return (at - timedelta(seconds=at.second, microseconds=at.microsecond)).strftime("%Y-%m-%d %H:%M UTC")


def new_link(url: str, name: str) -> NewLink:
    """A link in its forms, for a calendar of that name."""
    webcal = f"webcal://{url.split('://', 1)[1]}"
    added = urlencode({"url": url, "name": name})
    return NewLink(url, webcal, f"{_GOOGLE}?{urlencode({'cid': webcal})}", f"{_OUTLOOK}?{added}", f"{_OFFICE}?{added}", qr_svg(url))


def feeds_json(rows: Sequence[FeedRow]) -> dict[str, Json]:
    """The links for programs, without their secrets."""
    links: list[Json] = [
        {
            "id": row.pk,
            "prefix": row.prefix,
            "holds": row.scope,
            "shows": row.shows,
            "owner": row.owner,
            "created": row.created,
            "expires": row.expires or None,
            "last_fetch": row.last_fetch,
            "fetches": row.fetches,
            "program": row.agent or None,
            "state": row.state,
        }
        for row in rows
    ]
    return {"schema": "trialrules/feeds/1", "feeds": links}


def feed_lines(rows: Sequence[FeedRow]) -> Iterator[list[object]]:
    """The links as lines of a table, heads first."""
    yield ["prefix", "holds", "shows", "owner", "created", "expires", "last_fetch", "fetches", "program", "state"]
    for row in rows:
        yield [row.prefix, row.scope, row.shows, row.owner, row.created, row.expires, row.last_fetch, row.fetches, row.agent, row.state]
