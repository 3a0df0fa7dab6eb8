"""Sites and people of a study as values, for the page of its administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..models.accounts import Membership, User
from ..models.studies import Site
from ..work import accounts, rules, studies
from .words import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.studies import Study


@frozen
class SiteRow:
    """A site. `closed`: its closed days as they are typed, one a line."""

    code: str
    name: str
    timezone: str
    rules: str
    closed: str
    closed_count: int


@frozen
class RoleRow:
    """One role that somebody has now."""

    pk: int
    role: str
    words: str
    site: str
    unblinded: bool


@frozen
class PersonRow:
    """Somebody with a role in the study. `manageable`: whether the reader may send a link, or switch the account."""

    username: str
    name: str
    active: bool
    manageable: bool
    roles: tuple[RoleRow, ...]


def site_rows(study: Study) -> tuple[SiteRow, ...]:
    """The sites, by code."""
    return tuple(_site_row(one) for one in Site.objects.filter(study=study).order_by("code"))


def _site_row(one: Site) -> SiteRow:
    version = rules.current(one)
    closed = "\n".join(f"{day['date']} {day.get('name', '')}".strip() for day in one.closed_days)
    return SiteRow(one.code, one.name, one.timezone, "" if version is None else version.label, closed, len(one.closed_days))


def person_rows(actor: User, study: Study, lang: Lang) -> tuple[PersonRow, ...]:
    """Everybody with a role in the study, by user name."""
    t = texts(lang)
    held: dict[User, list[RoleRow]] = {}
    found = Membership.objects.filter(study=study, ended=None).select_related("user", "site").order_by("user__username", "role", "pk")
    for one in found:
        site = "" if one.site is None else one.site.code
        held.setdefault(one.user, []).append(RoleRow(one.pk, str(one.role), t[f"role_{one.role}"], site, one.unblinded))
    return tuple(
        PersonRow(user.username, user.name, user.active, accounts.manages(actor, user), tuple(roles)) for user, roles in held.items()
    )


def settings_json(study: Study, sites: Sequence[SiteRow], people: Sequence[PersonRow]) -> dict[str, Json]:
    """The same for programs."""
    return {
        "schema": "trialrules/study-settings/1",
        "study": study.slug,
        "name": study.name,
        "short_name": study.short_name,
        "waivers": study.waivers,
        "retention": studies.retention_json(study),
        "sites": [
            {
                "site": one.code,
                "name": one.name,
                "timezone": one.timezone,
                "rules": one.rules or None,
                "closed_days": list(one.closed.splitlines()),
            }
            for one in sites
        ],
        "people": [
            {
                "username": one.username,
                "name": one.name,
                "active": one.active,
                "roles": [{"role": role.role, "site": role.site or None, "unblinded": role.unblinded} for role in one.roles],
            }
            for one in people
        ],
    }
