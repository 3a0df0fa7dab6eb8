"""A subject's events as calendars were told: made from its schedule when something that they are made from has changed, and kept.

Nothing has to announce a change: everything that events are made from goes into a digest, and another digest means to look again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen
from django.conf import settings

from ..._version import __version__
from ...canonical import digest
from ...engine.calendar.identity import KEY_BYTES
from ...engine.calendar.render import TITLE_STYLES, TitleStyle, Variant
from ...engine.calendar.state import CalendarState
from ...engine.calendar.state_json import StateProblem, dump_state, load_state
from ...engine.calendar.update import update
from ...engine.calendar.words import LANGUAGES, Language
from ...engine.dates import of_day
from ...engine.schedule.expand import expand
from .. import clock, logs
from ..models.feeds import CalendarStore, Feed, SubjectCalendar
from ..models.studies import RuleVersion, Site, Study
from ..models.subjects import Subject
from ..work import documents, rules, sites
from ..work.calendars import course_for

_NO_DOMAIN: Final = "trialrules.invalid"
_MADE_BY: Final = f"{__version__} 2"
"""What would make the same things into other events: another program, another way of doing it here."""


@frozen
class Ground:
    """What the events of all subjects of a site have in common on a day."""

    site: Site
    study: Study
    version: RuleVersion | None
    day: date
    digest: str


def ground_of(site: Site, study: Study, variants: Iterable[Variant]) -> Ground:
    """The ground of a site today, in its time zone."""
    day = clock.today(site.timezone)
    version = rules.effective(site, day) or rules.newest(study)
    parts = {
        "by": _MADE_BY,
        "day": day.isoformat(),
        "rules": version and version.sha256,
        "site": [site.code, site.timezone, site.closed_days],
        "study": study.short_name,
        "variants": sorted(one.text for one in variants),
    }
    return Ground(site, study, version, day, digest(parts))


def made_from(ground: Ground, subject: int, version: int) -> str:
    """The digest of everything that a subject's events are made from."""
    return digest([ground.digest, subject, version])


def variant_of(feed: Feed) -> Variant:
    """How a feed shows events."""
    titles: TitleStyle = next((style for style in TITLE_STYLES if style == feed.titles), "full")
    language: Language = next((one for one in LANGUAGES if one == feed.language), "en")
    return Variant(titles, language)


def domain() -> str:
    """What stands behind the @ of new UIDs."""
    host = (urlsplit(settings.PUBLIC_URL).hostname or "").lower()
    return host if "." in host and not host.replace(".", "").isdecimal() else _NO_DOMAIN


def key_of(study: Study) -> bytes:
    """The key of a study's identities, made once; inside a transaction it stays locked until that ends.

    Raises:
        RuntimeError: if the stored state can't be read: beginning anew would give every event a new identity.
    """
    empty = dump_state(CalendarState(secrets.token_bytes(KEY_BYTES)))
    CalendarStore.objects.get_or_create(study=study, defaults={"state": empty, "changed": clock.now()})
    return _read(bytes(CalendarStore.objects.select_for_update().get(study=study).state)).key


@lru_cache(maxsize=512)
def _read(content: bytes) -> CalendarState:
    state = load_state(content)
    if isinstance(state, StateProblem):
        raise RuntimeError(f"a stored calendar state can't be used: {state}")  # noqa: TRY004 - what is stored is wrong, not a type
    return state


def renew(subjects: Iterable[Subject], grounds: dict[int, Ground], key: bytes, variants: tuple[Variant, ...]) -> list[CalendarState]:
    """The events of these subjects, those that changed made anew and stored. To be called inside a transaction, with the key locked.

    A subject whose schedule can't be made keeps the events that it had.
    """
    chosen = list(subjects)
    found = {row.subject_id: row for row in SubjectCalendar.objects.filter(subject__in=[one.pk for one in chosen])}
    states = []
    for subject in chosen:
        row = found.get(subject.pk)
        kept = _read(bytes(row.state)) if row is not None else CalendarState(key)
        wanted = made_from(grounds[subject.site_id], subject.pk, subject.version)
        if row is None or row.made_from != wanted:
            kept = _made_anew(subject, grounds[subject.site_id], kept, variants, wanted)
        states.append(kept)
    return states


def _made_anew(subject: Subject, ground: Ground, kept: CalendarState, variants: tuple[Variant, ...], wanted: str) -> CalendarState:
    try:
        state = _told(subject, ground, kept, variants)
    except Exception as error:  # noqa: BLE001 - whatever it is, one subject must not take everybody's calendar away
        logs.write("fault", name="calendar", **logs.fault(type(error), error.__traceback__))
        return kept
    SubjectCalendar.objects.update_or_create(subject=subject, defaults={"state": dump_state(state), "made_from": wanted})
    return state


def _told(subject: Subject, ground: Ground, kept: CalendarState, variants: tuple[Variant, ...]) -> CalendarState:
    if ground.version is None:
        return kept
    protocol = rules.protocol_of(ground.version)
    if protocol.study is None or not protocol.study.schedules:
        return kept
    today = of_day(ground.day.toordinal())
    person = documents.subject_of(subject.document, protocol, today)
    schedule = expand(protocol, person, today, sites.closed_days(ground.site))
    return update(kept, [course_for(subject, ground.study, ground.site, schedule)], clock.now(), domain(), variants)
