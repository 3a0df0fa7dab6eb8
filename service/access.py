"""Roles and the permission table: deny by default. Every URL name has one row; a name without a row is refused to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final

from attrs import Factory, frozen

from .models.accounts import Membership, Role, User
from .models.studies import Site, Study

Roles = frozenset[Role]

_EVERYBODY: Final = frozenset(Role)
_SITE_STAFF: Final = frozenset({Role.COORDINATOR, Role.INVESTIGATOR})
_CLINICAL: Final = frozenset({Role.COORDINATOR, Role.INVESTIGATOR, Role.MONITOR})


class May(StrEnum):
    """What somebody may be allowed to do in a study."""

    READ_SUBJECTS = "read subjects"
    WRITE_SUBJECTS = "write subjects"
    SCREEN = "screen"
    SIGN = "sign"
    OVERRIDE = "override"
    ENROL = "enrol"
    ALLOCATE = "allocate"
    READ_SCHEDULES = "read schedules"
    WRITE_VISITS = "write visits"
    READ_RULES = "read rules"
    WRITE_RULES = "write rules"
    REVIEW_RULES = "review rules"
    APPROVE_RULES = "approve rules"
    READ_AUDIT = "read audit"
    EXPORT = "export"
    REDACT = "ask for redactions"
    APPROVE_REDACTIONS = "approve redactions"
    OWN_FEEDS = "own feeds"
    ALL_FEEDS = "all feeds"
    ADMINISTER = "administer"


PERMISSIONS: Final[dict[May, Roles]] = {
    May.READ_SUBJECTS: _CLINICAL,
    May.WRITE_SUBJECTS: _SITE_STAFF,
    May.SCREEN: _SITE_STAFF,
    May.SIGN: frozenset({Role.INVESTIGATOR}),
    May.OVERRIDE: frozenset({Role.INVESTIGATOR}),
    May.ENROL: frozenset({Role.INVESTIGATOR}),
    May.ALLOCATE: _SITE_STAFF,
    May.READ_SCHEDULES: _CLINICAL,
    May.WRITE_VISITS: _SITE_STAFF,
    May.READ_RULES: _EVERYBODY,
    May.WRITE_RULES: frozenset({Role.WRITER}),
    May.REVIEW_RULES: frozenset({Role.WRITER, Role.INVESTIGATOR}),
    May.APPROVE_RULES: frozenset({Role.INVESTIGATOR, Role.ADMINISTRATOR}),
    May.READ_AUDIT: frozenset({Role.INVESTIGATOR, Role.MONITOR, Role.ADMINISTRATOR}),
    May.EXPORT: frozenset({Role.INVESTIGATOR, Role.MONITOR}),
    May.REDACT: _SITE_STAFF | {Role.ADMINISTRATOR},
    May.APPROVE_REDACTIONS: frozenset({Role.INVESTIGATOR, Role.ADMINISTRATOR}),
    May.OWN_FEEDS: _CLINICAL | {Role.ADMINISTRATOR},
    May.ALL_FEEDS: frozenset({Role.ADMINISTRATOR}),
    May.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}
"""Who may do what."""


class Gate(StrEnum):
    """Addresses that are not about one study."""

    ANYBODY = "anybody"
    """Without signing in."""
    SIGNED_IN = "signed in"
    """Any account; the page shows only what is in the user's studies."""
    OWN_ACCOUNT = "own account"
    """As before, and also for an account that has to set up a second factor before anything else. There is nothing but the account here."""
    INSTALLATION = "installation"
    """Administrators of the installation; for others there is no such page."""
    TOKEN = "token"  # noqa: S105 - the word for it, not one
    """The secret in the address is the permission."""
    LOOPBACK = "loopback"
    """Only from this machine."""


URLS: Final[dict[str, May | Gate]] = {
    "login": Gate.ANYBODY,
    "login-code": Gate.ANYBODY,
    "logout": Gate.OWN_ACCOUNT,
    "account": Gate.OWN_ACCOUNT,
    "account-password": Gate.OWN_ACCOUNT,
    "account-factor": Gate.OWN_ACCOUNT,
    "account-factor-remove": Gate.OWN_ACCOUNT,
    "account-tokens": Gate.SIGNED_IN,
    "language": Gate.ANYBODY,
    "welcome": Gate.TOKEN,
    "healthz": Gate.ANYBODY,
    "metrics": Gate.LOOPBACK,
    "feed": Gate.TOKEN,
    "studies": Gate.SIGNED_IN,
    "study-new": Gate.INSTALLATION,
    "study": May.READ_RULES,
    "settings": May.ADMINISTER,
    "worklist": May.READ_SUBJECTS,
    "subject-new": May.WRITE_SUBJECTS,
    "subject": May.READ_SUBJECTS,
    "fact": May.READ_SUBJECTS,
    "detail": May.READ_SUBJECTS,
    "why": May.READ_SUBJECTS,
    "criterion": May.READ_SUBJECTS,
    "missing": May.READ_SUBJECTS,
    "todo": May.WRITE_SUBJECTS,
    "log": May.READ_SUBJECTS,
    "sign": May.SIGN,
    "overrides": May.READ_SUBJECTS,
    "schedule": May.READ_SCHEDULES,
    "visit": May.WRITE_VISITS,
    "move": May.WRITE_VISITS,
    "soa": May.READ_RULES,
    "board": May.READ_SCHEDULES,
    "feeds": May.OWN_FEEDS,
    "rules": May.READ_RULES,
    "rule": May.READ_RULES,
    "editor": May.READ_RULES,
    "editor-check": May.READ_RULES,
    "editor-format": May.READ_RULES,
    "editor-evaluate": May.READ_RULES,
    "editor-tests": May.READ_RULES,
    "editor-effect": May.READ_RULES,
    "editor-name": May.READ_RULES,
    "code": Gate.SIGNED_IN,
    "audit": May.READ_AUDIT,
    "redactions": May.REDACT,
    "redaction": May.REDACT,
    "feed-unknown": Gate.TOKEN,
    "api-openapi": Gate.ANYBODY,
    "api-studies": Gate.SIGNED_IN,
    "api-check": Gate.SIGNED_IN,
    "api-protocols": May.READ_RULES,
    "api-protocol": May.READ_RULES,
    "api-effect": May.READ_RULES,
    "api-screen": May.READ_RULES,
    "api-subjects": May.READ_SUBJECTS,
    "api-subject": May.READ_SUBJECTS,
    "api-facts": May.WRITE_SUBJECTS,
    "api-fact": May.WRITE_SUBJECTS,
    "api-moments": May.WRITE_SUBJECTS,
    "api-decisions": May.READ_SUBJECTS,
    "api-decision": May.READ_SUBJECTS,
    "api-sign": May.SIGN,
    "api-overrides": May.OVERRIDE,
    "api-countersignature": May.SIGN,
    "api-withdrawal": May.OVERRIDE,
    "api-enrolment": May.ENROL,
    "api-allocation": May.ALLOCATE,
    "api-end": May.WRITE_SUBJECTS,
    "api-schedule": May.READ_SCHEDULES,
    "api-visits": May.WRITE_VISITS,
    "api-move": May.READ_SCHEDULES,
    "api-feeds": May.OWN_FEEDS,
    "api-feed": May.OWN_FEEDS,
    "api-feed-rotate": May.OWN_FEEDS,
    "api-audit": May.READ_AUDIT,
    "api-redactions": May.REDACT,
    "api-redaction": May.REDACT,
    "api-redaction-approval": May.APPROVE_REDACTIONS,
    "api-redaction-refusal": May.REDACT,
}
"""One row for each URL name."""


@frozen
class _Read:
    """What one request has read already: roles by user and study, sites by study."""

    roles: dict[tuple[int, int], list[Membership]] = Factory(dict)
    sites: dict[int, list[Site]] = Factory(dict)


_READ: Final[ContextVar[_Read | None]] = ContextVar("trialrules_read", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Read once what somebody is in a study, and which sites it has, for as long as one question takes that changes nothing.

    Whoever writes looks each time: a role may have ended since the request came in.
    """
    token = _READ.set(_Read())
    try:
        yield
    finally:
        _READ.reset(token)


def memberships(user: User, study: Study) -> list[Membership]:
    """What a user is in a study now; nothing for an account that is switched off."""
    if not user.active:
        return []
    read = _READ.get()
    if read is not None and (user.pk, study.pk) in read.roles:
        return read.roles[user.pk, study.pk]
    found = list(Membership.objects.filter(user=user, study=study, ended=None).select_related("site"))
    if read is not None:
        read.roles[user.pk, study.pk] = found
    return found


def all_sites(study: Study) -> list[Site]:
    """The sites of a study by code, whoever asks."""
    read = _READ.get()
    if read is not None and study.pk in read.sites:
        return read.sites[study.pk]
    found = list(Site.objects.filter(study=study).order_by("code"))
    if read is not None:
        read.sites[study.pk] = found
    return found


def _holding(found: Iterable[Membership], may: May, site: Site | None) -> Membership | None:
    fitting = [
        one for one in found if one.role in PERMISSIONS[may] and (one.site_id is None or (site is not None and one.site_id == site.pk))
    ]
    return min(fitting, key=lambda one: one.pk, default=None)


def allows(user: User, may: May, study: Study, site: Site | None = None) -> bool:
    """Whether a user may do something at a site (None: at every site of the study)."""
    return role_for(user, may, study, site) is not None


def role_for(user: User, may: May, study: Study, site: Site | None = None) -> Role | None:
    """The role by which a user may do something at a site; None: may not."""
    found = _holding(memberships(user, study), may, site)
    return None if found is None else Role(found.role)


def anywhere(user: User, may: May, study: Study) -> bool:
    """Whether a user may do something at one site of the study at least."""
    return any(one.role in PERMISSIONS[may] for one in memberships(user, study))


def sites(user: User, may: May, study: Study) -> list[Site]:
    """The sites of a study at which a user may do something, by code."""
    found = [one for one in memberships(user, study) if one.role in PERMISSIONS[may]]
    everywhere = any(one.site_id is None for one in found)
    own = {one.site_id for one in found}
    return [site for site in all_sites(study) if everywhere or site.pk in own]


def unblinded(user: User, study: Study, site: Site | None = None) -> bool:
    """Whether a user may see arms and amounts: only by a role that says so, at that site or (site None) at all of them."""
    return any(one.unblinded and (one.site_id is None or (site is not None and one.site_id == site.pk)) for one in memberships(user, study))


def study_of(user: User, slug: str) -> Study | None:
    """A study in which the user has a role; None for any other, whether it exists or not."""
    if not user.active:
        return None
    found = list(Membership.objects.filter(user=user, study__slug=slug, ended=None).select_related("study", "site"))
    if not found:
        return None
    study, read = found[0].study, _READ.get()
    if read is not None:
        read.roles[user.pk, study.pk] = found
    return study


def studies(user: User) -> list[Study]:
    """The studies in which a user has a role, by name."""
    own = Study.objects.filter(memberships__user=user, memberships__ended=None, memberships__user__active=True)
    return list(own.distinct().order_by("short_name", "slug"))
