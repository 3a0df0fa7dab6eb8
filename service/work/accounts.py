"""Accounts: made with a one-time link to set the password, roles in studies and at sites, tokens for programs."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Final

from attrs import frozen
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import F

from .. import access, clock
from ..models.accounts import Membership, Role, User
from ..models.studies import Site, Study
from ..models.web import ApiToken, OneTimeLink
from . import audit
from .once import given_once
from .outcome import not_found, refuse, taken, use_case

LINK_HOURS: Final = 72
TOKEN_DAYS: Final = 90
MAX_PASSWORD: Final = 128
LANGUAGES: Final = ("en", "zh")
USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,63}")


@frozen
class NewUser:
    """A new account and the secret of its one-time link (`/welcome/TOKEN`), which is kept nowhere."""

    user: User
    token: str


def hash_token(token: str) -> str:
    """What is kept of a secret with 256 bits."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _may_administer(actor: User | None, study: Study | None) -> bool:
    """None is the person at the command line of the machine."""
    if actor is None or (actor.active and actor.superuser):
        return True
    return study is not None and access.allows(actor, access.May.ADMINISTER, study)


def _administrates_somewhere(actor: User | None) -> bool:
    if actor is None:
        return True
    own = Membership.objects.filter(user=actor, role=Role.ADMINISTRATOR, ended=None).exists()
    return actor.active and (actor.superuser or own)


def manages(actor: User | None, user: User) -> bool:
    """Whether somebody may send an account a link, or switch it: whoever does could act in its place, so all its studies must be his."""
    if _may_administer(actor, None):
        return True
    held = Membership.objects.filter(user=user, ended=None).select_related("study")
    return _administrates_somewhere(actor) and not user.superuser and all(_may_administer(actor, one.study) for one in held)


def _name(actor: User | None) -> User | str:
    return "command line" if actor is None else actor


@use_case
def create_user(actor: User | None, username: str, name: str, *, language: str = "en", superuser: bool = False) -> NewUser:
    """Make an account without a password, and a link to set one."""
    if not _administrates_somewhere(actor) or (superuser and not _may_administer(actor, None)):
        raise refuse("forbidden", 403, "Only administrators make accounts.")
    if not USERNAME.fullmatch(username):
        raise refuse(
            "username-wrong", 422, "A user name has 2 to 64 small letters, digits, `.`, `_`, `-`.", "Such as `wei.lin`.", "username"
        )
    if not name.strip() or len(name) > 200:
        raise refuse("name-wrong", 422, "The name is what stands on signatures.", "Give one of at most 200 characters.", "name")
    if language not in LANGUAGES:
        raise refuse("language-wrong", 422, f"There is no language {language!r}.", f"Say one of {', '.join(LANGUAGES)}.", "language")
    user = User(username=username, name=name.strip(), language=language, superuser=superuser, created=clock.now())
    user.set_unusable_password()
    clash = refuse("username-taken", 409, f"There is a user {username} already.", "Choose another name.", "username")
    with given_once(User.objects.filter(username=username), clash):
        user.save()
    audit.write(_name(actor), "user created", f"user {username}", new={"name": user.name, "superuser": superuser})
    return NewUser(user, _link(actor, user))


@use_case
def new_link(actor: User | None, username: str) -> NewUser:
    """Another one-time link for an account; older ones stop working."""
    user = User.objects.select_for_update().filter(username=username).first()
    if not _administrates_somewhere(actor):
        raise refuse("forbidden", 403, "Only administrators send links.")
    if user is None:
        raise not_found("user")
    if not manages(actor, user):
        raise refuse("forbidden", 403, "This account has roles that you do not administer.", "Ask an administrator of the installation.")
    return NewUser(user, _link(actor, user))


def _link(actor: User | None, user: User) -> str:
    _end_links(user)
    token, now = secrets.token_urlsafe(32), clock.now()
    OneTimeLink.objects.create(user=user, token_hash=hash_token(token), created=now, expires=now + timedelta(hours=LINK_HOURS))
    audit.write(_name(actor), "link made", f"user {user.username}")
    return token


def _end_links(user: User) -> None:
    OneTimeLink.objects.filter(user=user, used=None).update(used=clock.now())


def user_of_link(token: str) -> User | None:
    """Whose link this is; None if it is unknown, used or too old."""
    link = OneTimeLink.objects.filter(token_hash=hash_token(token), used=None, expires__gt=clock.now()).select_related("user").first()
    return None if link is None or not link.user.active else link.user


@use_case
def set_password(token: str, password: str) -> User:
    """Set the password with a one-time link, which is used up; every session of the user ends."""
    user = user_of_link(token)
    if user is None:
        raise not_found("link")
    check_new_password(password, user)
    if not OneTimeLink.objects.filter(token_hash=hash_token(token), used=None).update(used=clock.now()):
        raise not_found("link")
    store_password(user, password)
    return user


def store_password(user: User, password: str) -> None:
    """Keep a password that was found good; every session and every link of the user ends."""
    user.set_password(password)
    user.save(update_fields=["password"])
    _end_links(user)
    end_sessions(user)
    audit.write(user, "password set", f"user {user.username}")


def end_sessions(user: User) -> None:
    """End all sessions of a user, wherever they are."""
    User.objects.filter(pk=user.pk).update(sessions=F("sessions") + 1)
    user.refresh_from_db(fields=["sessions"])


def check_new_password(password: str, user: User) -> None:
    """Whether a password is good enough.

    Raises:
        RefusedError: if it is not, with what is missing.
    """
    if len(password) > MAX_PASSWORD:
        raise refuse("password-weak", 422, f"A password has at most {MAX_PASSWORD} characters.", "", "password")
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise refuse("password-weak", 422, " ".join(error.messages), "Take several words, 12 characters or more.", "password") from error


@use_case
def create_study(actor: User | None, slug: str, name: str, short_name: str) -> Study:
    """Make a study."""
    if not _may_administer(actor, None):
        raise refuse("forbidden", 403, "Only administrators of the installation make studies.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug):
        raise refuse("slug-wrong", 422, "The short address of a study has small letters, digits and `-`.", "Such as `aclf-1`.", "slug")
    if not name.strip() or not short_name.strip() or len(name) > 200 or len(short_name) > 40:
        raise refuse("name-wrong", 422, "A study has a name and a short one, of at most 200 and 40 characters.", "", "name")
    clash = refuse("study-taken", 409, f"There is a study {slug} already.", "Choose another address.", "slug")
    with given_once(Study.objects.filter(slug=slug), clash):
        study = Study.objects.create(slug=slug, name=name.strip(), short_name=short_name.strip())
    audit.write(_name(actor), "study created", f"study {slug}", study=study, new={"name": study.name, "short_name": study.short_name})
    if actor is not None:
        _give(actor, actor, study, Role.ADMINISTRATOR, None, unblinded=False, why="made the study")
    return study


@use_case
def grant(
    actor: User | None, user: User, study: Study, role: str, *, site: Site | None = None, unblinded: bool = False, reason: str
) -> Membership:
    """Give a user a role in a study, at one site or (None) at all."""
    if not _may_administer(actor, study):
        raise refuse("forbidden", 403, "Only administrators of the study give roles in it.")
    why = audit.need_reason(reason)
    if role not in Role.values:
        raise refuse("role-wrong", 422, f"There is no role {role!r}.", f"Say one of {', '.join(Role.values)}.", "role")
    if site is not None and site.study_id != study.pk:
        raise not_found("site")
    living = Membership.objects.filter(user=user, study=study, site=site, role=role, ended=None)
    held = living.select_for_update().first()
    if held is not None and held.unblinded == unblinded:
        return held
    if held is not None:
        _end(actor, held, why)
    busy = refuse("role-taken", 409, "Somebody gave this role in the same instant.", "Look at the roles again.", "role")
    with given_once(living, busy):
        return _give(actor, user, study, Role(role), site, unblinded=unblinded, why=why)


def _give(actor: User | None, user: User, study: Study, role: Role, site: Site | None, *, unblinded: bool, why: str) -> Membership:
    made = Membership.objects.create(user=user, study=study, site=site, role=role, unblinded=unblinded)
    audit.write(_name(actor), "role given", f"user {user.username}", study=study, new=_shown(made), reason=why)
    return made


@use_case
def invite(
    actor: User, study: Study, username: str, name: str, role: str, *, site: Site | None, unblinded: bool, reason: str
) -> NewUser | Membership:
    """Give somebody a role; where there is no such account it is made first, and comes back with its one-time link."""
    user = User.objects.filter(username=username).first()
    made = taken(create_user(actor, username, name)) if user is None else None
    whose = user if made is None else made.user
    if whose is None:
        raise RuntimeError("an account that is not there is made")
    given = taken(grant(actor, whose, study, role, site=site, unblinded=unblinded, reason=reason))
    return given if made is None else made


@use_case
def revoke(actor: User | None, membership: Membership, reason: str) -> Membership:
    """End a role."""
    if not _may_administer(actor, membership.study):
        raise refuse("forbidden", 403, "Only administrators of the study end roles in it.")
    why = audit.need_reason(reason)
    held = Membership.objects.select_for_update(of=("self",)).select_related("user", "study", "site").get(pk=membership.pk)
    if held.ended is None:
        _end(actor, held, why)
    return held


def _end(actor: User | None, membership: Membership, why: str) -> None:
    membership.ended = clock.now()
    membership.save(update_fields=["ended"])
    target = f"user {membership.user.username}"
    audit.write(_name(actor), "role ended", target, study=membership.study, old=_shown(membership), reason=why)


def _shown(membership: Membership) -> dict[str, object]:
    site = None if membership.site is None else membership.site.code
    return {"role": str(membership.role), "site": site, "unblinded": membership.unblinded}


@use_case
def set_active(actor: User | None, user: User, *, active: bool, reason: str) -> User:
    """Switch an account off or on. Off ends its sessions, tokens and links for good: what was stolen does not come back to life."""
    if not manages(actor, user):
        raise refuse("forbidden", 403, "Only administrators of all its studies switch an account.")
    why = audit.need_reason(reason)
    held = User.objects.select_for_update().get(pk=user.pk)
    if held.active != active:
        held.active = active
        held.save(update_fields=["active"])
        audit.write(_name(actor), "user switched on" if active else "user switched off", f"user {held.username}", reason=why)
        if not active:
            end_sessions(held)
            _end_links(held)
            for record in ApiToken.objects.filter(user=held, revoked=None).order_by("pk"):
                _revoke(_name(actor), record)
    user.refresh_from_db(fields=["active", "sessions"])
    return user


@frozen
class NewToken:
    """A token for programs; the secret is kept nowhere."""

    record: ApiToken
    token: str


@use_case
def create_token(actor: User, name: str) -> NewToken:
    """Make a token with which a program acts for its user."""
    if not name.strip() or len(name) > 100:
        raise refuse("token-name-wrong", 422, "A token has a name of at most 100 characters.", "Say what uses it.", "name")
    token, now = secrets.token_urlsafe(32), clock.now()
    record = ApiToken.objects.create(
        user=actor, token_hash=hash_token(token), prefix=token[:6], name=name.strip(), created=now, expires=now + timedelta(days=TOKEN_DAYS)
    )
    audit.write(actor, "token made", f"user {actor.username}", new={"prefix": record.prefix, "name": record.name})
    return NewToken(record, token)


@use_case
def revoke_token(actor: User, record: ApiToken) -> ApiToken:
    """End a token."""
    if record.user_id != actor.pk:
        raise not_found("token")
    held = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=record.pk)
    if held.revoked is None:
        _revoke(actor, held)
    return held


def _revoke(actor: User | str, record: ApiToken) -> None:
    record.revoked = clock.now()
    record.save(update_fields=["revoked"])
    audit.write(actor, "token revoked", f"user {record.user.username}", old={"prefix": record.prefix})


def tokens_of(user: User) -> list[ApiToken]:
    """The tokens of a user that still work, the latest first."""
    return list(ApiToken.objects.filter(user=user, revoked=None, expires__gt=clock.now()).order_by("-pk"))


def user_of_token(token: str) -> User | None:
    """Whose token this is; None if it is unknown, revoked or too old."""
    found = ApiToken.objects.filter(token_hash=hash_token(token), revoked=None, expires__gt=clock.now()).select_related("user").first()
    return None if found is None or not found.user.active else found.user
