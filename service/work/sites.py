"""Sites of a study, and the days on which they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo, available_timezones

from ... import limits
from ...engine.dates import format_day, parse_partial
from ...engine.schedule.closed import ClosedDay, ClosedDays
from .. import access
from ..models.accounts import User
from ..models.studies import Site, Study
from . import audit
from .once import given_once
from .outcome import refuse, use_case


@use_case
def create_site(actor: User | None, study: Study, code: str, name: str, timezone: str) -> Site:
    """Make a site."""
    _may(actor, study)
    if not code.strip() or len(code) > 20 or not code.replace("-", "").isalnum():
        raise refuse("code-wrong", 422, "The code of a site has at most 20 letters, digits, `-`.", "Such as `GZ`.", "code")
    if not name.strip() or len(name) > 200:
        raise refuse("name-wrong", 422, "A site has a name of at most 200 characters.", "", "name")
    if timezone not in available_timezones():
        raise refuse("timezone-wrong", 422, f"There is no time zone {timezone[:64]!r}.", "Such as `Asia/Shanghai`.", "timezone")
    taken = refuse("site-taken", 409, f"There is a site {code} already.", "Choose another code.", "code")
    with given_once(Site.objects.filter(study=study, code=code), taken):
        site = Site.objects.create(study=study, code=code, name=name.strip(), timezone=timezone, closed_days=[])
    who = actor or "command line"
    audit.write(who, "site created", f"site {code}", study=study, new={"name": site.name, "timezone": timezone})
    return site


@use_case
def set_closed_days(actor: User | None, site: Site, days: Sequence[tuple[str, str]], reason: str) -> Site:
    """Replace the days on which a site is closed; `days` are (`2026-10-01`, name)."""
    _may(actor, site.study)
    why = audit.need_reason(reason)
    if len(days) > limits.MAX_CLOSED_DAYS:
        raise refuse("too-many", 422, f"A site has at most {limits.MAX_CLOSED_DAYS} closed days.", "", "days")
    found: dict[str, str] = {}
    for at, (text, name) in enumerate(days):
        day = parse_partial(text)
        if day is None or not day.exact or day.seconds is not None:
            raise refuse("day-wrong", 422, f"{text[:40]!r} is no day.", "Write a day `2026-10-01`.", f"days/{at}")
        found[format_day(day.first)] = name[:200]
    old, site.closed_days = site.closed_days, [{"date": day, "name": found[day]} for day in sorted(found)]
    site.save(update_fields=["closed_days"])
    who = actor or "command line"
    audit.write(who, "closed days set", f"site {site.code}", study=site.study, old=old, new=site.closed_days, reason=why)
    return site


def typed_days(text: str) -> list[tuple[str, str]]:
    """Closed days as people type them: one a line, the day first, then its name."""
    found = []
    for line in text.splitlines():
        day, _, name = line.strip().partition(" ")
        if day:
            found.append((day, name.strip()))
    return found


def _may(actor: User | None, study: Study) -> None:
    if actor is not None and not (actor.active and (actor.superuser or access.allows(actor, access.May.ADMINISTER, study))):
        raise refuse("forbidden", 403, "Only administrators of the study change its sites.")


def closed_days(site: Site) -> ClosedDays:
    """The closed days of a site, as the engine takes them."""
    found = []
    for one in site.closed_days:
        day = parse_partial(str(one["date"]))
        if day is not None:
            found.append(ClosedDay(day.first, site.code, str(one.get("name", ""))))
    return ClosedDays(frozenset(found))


def zone(site: Site) -> ZoneInfo:
    """The time zone of a site."""
    return ZoneInfo(site.timezone)
