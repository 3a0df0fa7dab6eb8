"""A feed: the head, the time zones in use, and the stored bytes of its events in order of their keys. Joining is all that is done here.

The ETag is the hash of the bytes; equal states give equal bytes, whenever and wherever they are asked for.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal

from attrs import frozen
from icalendar import Calendar, Timezone
from icalendar.prop import vText

from .identity import OccurrenceKey, uid
from .occurrence import Occurrence
from .render import Variant, render, text_value
from .state import CalendarState, Entry
from .text import clean_title
from .update import event_bytes
from .words import Language, say
from .zone_file import load_zone
from .zones import timezone_component

Scope = Literal["subject", "site", "study"]
PRODID: Final = "-//trialrules//trialrules//EN"
REFRESH: Final = "PT1H"
"""How often readers may ask (RFC 7986 section 5.7 calls it a minimum; clients that know neither of the two lines ask when they like)."""

_END: Final = b"END:VCALENDAR\r\n"


@frozen
class FeedRequest:
    """Which events of a study a feed holds, and how it shows them.

    `scope` with `who`: one subject's (its code), one site's, or the whole study's. `windows`: the windows of visits as events of their own;
    `ends`: the last days of watch periods and obligations.
    """

    study: str
    scope: Scope = "study"
    who: str = ""
    variant: Variant = Variant()
    windows: bool = True
    ends: bool = False

    def holds(self, key: OccurrenceKey, entry: Entry) -> bool:
        """Whether an event stands in the feed."""
        if entry.status == "dropped" or key.study != self.study:
            return False
        if (key.kind == "window" and not self.windows) or (key.kind == "end" and not self.ends):
            return False
        if self.scope == "subject":
            return key.subject == self.who
        return self.scope == "study" or entry.occurrence.site == self.who


@frozen
class Feed:
    """A feed's bytes and its ETag, quoted as in the HTTP header (RFC 9110 section 8.8.3)."""

    content: bytes
    etag: str


def feed(state: CalendarState, request: FeedRequest, name: str) -> Feed:
    """The calendar of a request; `name` is the study's short name, for the title of the calendar."""
    chosen = sorted(((key.place, entry) for key, entry in state.entries.items() if request.holds(key, entry)), key=itemgetter(0))
    zones: dict[str, tuple[int, int]] = {}
    for _, entry in chosen:
        clock = entry.occurrence.clock
        if clock is not None and clock.zone is not None:
            year, last = int(clock.start[:4]), int(clock.end[:4])
            first, later = zones.get(clock.zone, (year, last))
            zones[clock.zone] = (min(first, year), max(later, last))
    title = say(f"{request.scope} feed", request.variant.language, name, request.who)
    return _assembled(title, zones, [event_bytes(entry, request.variant) for _, entry in chosen])


def tombstone(state: CalendarState, feed_id: str, revoked: datetime, domain: str, language: Language = "en") -> Feed:
    """What is sent in place of a revoked feed: one event that says so, on the day of the revocation (in UTC), and never changes.

    An empty calendar would leave the old events where they are in some clients. `revoked` is aware; `feed_id` tells feeds apart.
    """
    utc = revoked.astimezone(UTC)
    day = date(utc.year, utc.month, utc.day).toordinal()
    title = say("revoked", language)
    key = OccurrenceKey("", feed_id, "", "", 0, "tombstone")
    occurrence = Occurrence(key, "", title, (), day, day, confirmed=True)
    variant = Variant("private", language)
    shown = Occurrence(OccurrenceKey("", "", "", "", 0, "tombstone"), "", title, (), day, day, confirmed=True)
    event = render(shown, variant, uid(state.key, domain, occurrence.key), 0, int(utc.timestamp()))
    return _assembled(title, {}, [event])


def _assembled(title: str, zones: dict[str, tuple[int, int]], events: list[bytes]) -> Feed:
    parts = [_timezone(name, *years) for name, years in sorted(zones.items())]
    content = b"".join([_head(clean_title(title)), *parts, *events, _END])
    return Feed(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


@lru_cache(maxsize=256)
def _head(title: str) -> bytes:
    calendar = Calendar()
    calendar["VERSION"] = vText("2.0")
    calendar["PRODID"] = vText(PRODID)
    calendar["CALSCALE"] = vText("GREGORIAN")
    calendar["NAME"] = text_value(title)
    calendar["X-WR-CALNAME"] = text_value(title)
    calendar["REFRESH-INTERVAL"] = vText(REFRESH, params={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vText(REFRESH)
    return bytes(calendar.to_ical(sorted=False)).removesuffix(_END)


@lru_cache(maxsize=256)
def _timezone(name: str, first_year: int, last_year: int) -> bytes:
    zone = load_zone(name)
    if zone is None:
        # The zone was in the data when the event was made: readers know the name, or take the time as it stands.
        return b""
    component: Timezone = timezone_component(zone, first_year, last_year)
    return bytes(component.to_ical(sorted=False))
