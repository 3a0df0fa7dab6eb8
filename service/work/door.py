"""The door: passwords and who gives them, on the way in and again for what matters; signing out."""

from __future__ import annotations

from typing import Final

from attrs import frozen
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils.crypto import salted_hmac

from ..models.accounts import User
from ..models.factors import SecondFactor
from ..models.studies import Study
from . import accounts, audit, throttle
from .outcome import Refused, use_case

WRONG: Final = Refused("login-wrong", 401, "User name and password do not fit.", "Try again; an administrator can send a new link.")
TOO_MANY: Final = Refused("too-many-attempts", 429, "Too many attempts.", "Wait some minutes, then try again.")
_BY_SOURCE: Final = 20
_BY_NAME: Final = 10
_AGAIN: Final = 10


@frozen
class HalfIn:
    """The password fits, and the code of the second factor is still to come: nobody is signed in yet."""

    user: User


def log_in(username: str, password: str, source: str) -> User | HalfIn | Refused:
    """Check a password for signing in; `source` is the address that asks. All answers are logged, and look alike for unknown names."""
    # What was typed as a name may be a password: it is kept nowhere in the clear.
    name = salted_hmac("trialrules.throttle", username.lower().encode("utf-8", "backslashreplace"), algorithm="sha256").hexdigest()
    buckets = {f"login:{source}": _BY_SOURCE, f"login-name:{name}": _BY_NAME}
    if not all(throttle.take(bucket, most, most) for bucket, most in buckets.items()):
        return TOO_MANY
    found = _with_password(username, password)
    if found is None:
        with transaction.atomic():
            known = accounts.USERNAME.fullmatch(username) and User.objects.filter(username=username).exists()
            audit.write("nobody", "sign-in failed", f"user {username}" if known else "unknown user")
        return WRONG
    for bucket, most in buckets.items():
        throttle.give_back(bucket, most)
    return arrive(found)


def _with_password(username: str, password: str) -> User | None:
    """The active user with this name and password. It takes as long for names that can't be and passwords that are too long."""
    name = username if accounts.USERNAME.fullmatch(username) else ""
    found = authenticate(username=name, password=password if len(password) <= accounts.MAX_PASSWORD else "")
    return found if isinstance(found, User) else None


def arrive(user: User) -> User | HalfIn:
    """What follows on the password: somebody with a second factor is not in yet, anybody else is. Both are logged: it tells who has it."""
    if SecondFactor.objects.filter(user=user).exists():
        with transaction.atomic():
            audit.write("nobody", "code asked for", f"user {user.username}")
        return HalfIn(user)
    signed_in(user)
    return user


def signed_in(user: User) -> None:
    """Note that somebody signed in."""
    with transaction.atomic():
        audit.write(user, "signed in", f"user {user.username}")


def log_out(user: User) -> None:
    """Note that somebody signed out."""
    with transaction.atomic():
        audit.write(user, "signed out", f"user {user.username}")


def confirm_password(actor: User, password: str, study: Study | None = None) -> Refused | None:
    """The password again, for a signature in a study or (None) a change of the account; wrong ones are counted and logged."""
    bucket = f"again:{actor.pk}"
    if not throttle.take(bucket, _AGAIN, 2 * _AGAIN):
        return TOO_MANY
    if _with_password(actor.username, password) == actor:
        throttle.give_back(bucket, _AGAIN)
        return None
    with transaction.atomic():
        audit.write(actor, "password wrong" if study is None else "signing password wrong", f"user {actor.username}", study=study)
    return Refused("password-wrong", 403, "The password does not fit.", "Type it again.", "password")


@use_case
def change_password(actor: User, old: str, new: str) -> User | Refused:
    """Set another password, knowing the present one; every session of the user ends."""
    wrong = confirm_password(actor, old)
    if wrong is not None:
        return wrong
    accounts.check_new_password(new, actor)
    accounts.store_password(actor, new)
    return actor
