"""Accounts, as the person at the machine makes them."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from django.conf import settings
from django.db import transaction

from ..models.accounts import Membership, User
from ..models.factors import SecondFactor
from ..work import accounts, factors
from ..work.outcome import taken
from . import studies
from .trouble import OperationError


@frozen
class Part:
    """A role in a study, at one site or (None) at all of them."""

    study: str
    role: str
    site: str | None
    unblinded: bool


def create(username: str, name: str, *, language: str, superuser: bool, part: Part | None) -> str:
    """Make an account, with a role if one is named; its one-time link."""
    with transaction.atomic():
        made = taken(accounts.create_user(None, username, name, language=language, superuser=superuser))
        if part is not None:
            grant(username, part, "account made")
    return address(made.token)


def grant(username: str, part: Part, reason: str) -> None:
    """Give a role."""
    study = studies.find(part.study)
    site = None if part.site is None else studies.find_site(study, part.site)
    taken(accounts.grant(None, _user(username), study, part.role, site=site, unblinded=part.unblinded, reason=reason))


def link(username: str) -> str:
    """Another one-time link."""
    return address(taken(accounts.new_link(None, username)).token)


def switch(username: str, *, active: bool, reason: str) -> None:
    """Switch an account off, or on again."""
    taken(accounts.set_active(None, _user(username), active=active, reason=reason))


def reset_factor(username: str, reason: str) -> None:
    """Take off a second factor whose device is lost."""
    taken(factors.reset(_user(username), reason))


def require_factor(*, everybody: bool, reason: str) -> None:
    """Say whether every account needs a second factor."""
    taken(factors.require(everybody=everybody, reason=reason))


def factor_required() -> bool:
    """Whether every account needs a second factor."""
    return factors.required()


def address(token: str) -> str:
    """Where a one-time link leads."""
    return f"{settings.PUBLIC_URL}/welcome/{token}"


def listing() -> Iterator[dict[str, object]]:
    """All accounts with their roles, by name."""
    with_factor = set(SecondFactor.objects.values_list("user", flat=True))
    for user in User.objects.order_by("username"):
        held = Membership.objects.filter(user=user, ended=None).select_related("study", "site").order_by("study__slug", "role", "pk")
        yield {
            "username": user.username,
            "name": user.name,
            "active": user.active,
            "administrator": user.superuser,
            "second_factor": user.pk in with_factor,
            "roles": [_role(one) for one in held],
        }


def _role(one: Membership) -> dict[str, object]:
    return {
        "study": one.study.slug,
        "role": str(one.role),
        "site": None if one.site is None else one.site.code,
        "unblinded": one.unblinded,
    }


def _user(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise OperationError(f"there is no user {username}; `trialrules user list` shows them")
    return found
