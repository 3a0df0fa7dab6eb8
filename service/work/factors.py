"""The second factor: codes of a device (TOTP, RFC 6238), recovery codes in its place, and whether every account needs one.

Whether it is required stands in the audit trail and nowhere else, so that nobody takes the requirement back without its being told.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import pyotp
from attrs import frozen
from django.conf import settings
from django.db import transaction

from .. import clock
from ..models.accounts import User
from ..models.audit import AuditEntry
from ..models.factors import RecoveryCode, SecondFactor
from ..models.studies import Study
from ..sealed import seal, unseal
from . import accounts, audit, door, throttle
from .outcome import Refused, refuse, use_case

STEP_SECONDS: Final = 30
RECOVERY_CODES: Final = 8
ISSUER: Final = "trialrules"
_AWAY: Final = 1
"""Steps that the clock of a device may be ahead or behind."""
_DEVICE: Final = re.compile(r"[0-9]{6}")
_ATTEMPTS: Final = 5
_AN_HOUR: Final = 10
_TARGET: Final = "second factors"
_REQUIRED: Final = "second factor required"
_OPTIONAL: Final = "second factor optional"
SET: Final = ("second factor set up", "second factor replaced")
"""Actions of the trail after which an account has a second factor."""
TAKEN_OFF: Final = ("second factor removed", "second factor reset")
"""Actions after which it has none."""

NEEDED: Final = Refused(
    "code-needed", 403, "The code of your second factor is missing.", "Type the six digits that your device shows.", "code"
)
_WRONG: Final = Refused("code-wrong", 403, "The code does not fit, or was used before.", "Wait for the next one, and type that.", "code")
_UNREADABLE: Final = Refused(
    "factor-unreadable",
    403,
    "What is stored of your second factor can't be read: the key of the installation has changed.",
    "Use a recovery code, or ask the administrator of the installation to reset it.",
    "code",
)
MUST_SET_UP: Final = Refused(
    "second-factor-needed", 403, "Every account here needs a second factor, and yours has none yet.", "Sign in to the pages and set it up."
)


@frozen
class Draft:
    """A device that is being set up: the key to type, and the address that its QR code holds."""

    key: str
    address: str


# ---------------------------------------------------------------- reading


def of(user: User) -> SecondFactor | None:
    """The second factor of an account."""
    return SecondFactor.objects.filter(user=user).first()


def mark(factor: SecondFactor) -> str:
    """Tells this device from those before and after it: what was proven with another one does not count."""
    return factor.since.isoformat()


def recovery_codes_left(user: User) -> int:
    """How many recovery codes were not used yet."""
    return RecoveryCode.objects.filter(user=user, used=None).count()


def required() -> bool:
    """Whether every account needs a second factor: what the audit trail said last."""
    told = AuditEntry.objects.filter(study=None, target=_TARGET).order_by("-seq").values_list("action", flat=True).first()
    return told == _REQUIRED


def lacking(user: User) -> bool:
    """Whether somebody has to set up a second factor before anything else."""
    return required() and of(user) is None


# ---------------------------------------------------------------- proving


def confirm(user: User, password: str, code: str) -> Refused | None:
    """Password and, where a second factor is set up, a code again, for a change of the account."""
    wrong = door.confirm_password(user, password)
    return wrong if wrong is not None or of(user) is None else take_code(user, code, "code wrong")


def enter(user: User, code: str) -> Refused | None:
    """The code on the way in, after the password; both answers are logged."""
    wrong = take_code(user, code, "sign-in failed")
    if wrong is None:
        door.signed_in(user)
    return wrong


def take_code(user: User, code: str, action: str, study: Study | None = None) -> Refused | None:
    """Use up a code of the device, or a recovery code. Wrong ones are counted, and logged as `action`.

    Returns:
        None if it fits.
    """
    typed = "".join(code.split()).replace("-", "").upper()
    if not typed:
        return NEEDED
    bucket = f"code:{user.pk}"
    if not throttle.take(bucket, _ATTEMPTS, _AN_HOUR):
        return door.TOO_MANY
    wrong = _of_device(user, typed) if _DEVICE.fullmatch(typed) else _of_recovery(user, typed)
    if wrong is None:
        throttle.give_back(bucket, _ATTEMPTS)
        return None
    with transaction.atomic():
        audit.write(user, action, target(user), study=study, new={"component": "code"})
    return wrong


def _of_device(user: User, typed: str) -> Refused | None:
    factor = of(user)
    if factor is None:
        return _WRONG
    secret = unseal(factor.secret, _about(user))
    if secret is None:
        return _UNREADABLE
    step = _step_of(secret, typed, clock.now())
    if step is None:
        return _WRONG
    # Of two requests that bring the same code in the same instant, one changes the row.
    taken = SecondFactor.objects.filter(user=user, secret=factor.secret, last_step__lt=step).update(last_step=step)
    return None if taken else _WRONG


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The time step to which a code belongs, of those near now."""
    device, here = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    near = range(here - _AWAY, here + _AWAY + 1)
    return max((step for step in near if hmac.compare_digest(device.generate_otp(step), typed)), default=None)


def _of_recovery(user: User, typed: str) -> Refused | None:
    with transaction.atomic():
        found = RecoveryCode.objects.filter(user=user, code_hash=accounts.hash_token(typed), used=None)
        if not found.update(used=clock.now()):
            return _WRONG
        audit.write(user, "recovery code used", target(user), new={"left": recovery_codes_left(user)})
    return None


def target(user: User) -> str:
    """What the trail calls an account."""
    return f"user {user.username}"


# ---------------------------------------------------------------- setting up, taking off


def begin(user: User, password: str, code: str) -> str | Refused:
    """Begin to set up a device, or another one in place of it: the sealed draft, which the session keeps until a code confirms it."""
    wrong = confirm(user, password, code)
    return seal(pyotp.random_base32(), _about(user, "draft of ")) if wrong is None else wrong


def shown(user: User, draft: str) -> Draft | None:
    """What the owner of the device has to see; None if the draft is not this user's."""
    secret = unseal(draft, _about(user, "draft of "))
    if secret is None:
        return None
    name = f"{user.username}@{urlsplit(settings.PUBLIC_URL).hostname}"
    return Draft(_in_fours(secret, " "), pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER))


@use_case
def set_up(user: User, draft: str, code: str) -> tuple[str, ...]:
    """Keep a device, once a code shows that it works. Every session ends; recovery codes of before no longer work.

    Returns:
        The recovery codes, which are told once.
    """
    secret = unseal(draft, _about(user, "draft of "))
    if secret is None:
        raise refuse("draft-over", 409, "Setting up took too long.", "Begin again.")
    step = _step_of(secret, "".join(code.split()), clock.now())
    if step is None:
        raise refuse("code-wrong", 403, "The code does not fit.", "Look whether the clock of the device is right.", "code")
    now = clock.now()
    kept = {"secret": seal(secret, _about(user)), "since": now, "last_step": step}
    _, new = SecondFactor.objects.update_or_create(user=user, defaults=kept)
    _end_recovery(user, now)
    codes = [base64.b32encode(secrets.token_bytes(15)).decode("ascii") for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=accounts.hash_token(one)) for one in codes])
    accounts.end_sessions(user)
    audit.write(user, SET[0] if new else SET[1], target(user))
    return tuple(_in_fours(one, "-") for one in codes)


@use_case
def remove(user: User, password: str, code: str) -> User | Refused:
    """Take the own second factor off; not where every account needs one."""
    if required():
        raise refuse("second-factor-required", 409, "Every account here needs a second factor.", "Replace it by another device instead.")
    if of(user) is None:
        raise refuse("second-factor-none", 409, "There is no second factor.", "")
    wrong = confirm(user, password, code)
    if wrong is not None:
        return wrong
    _take_off(user)
    audit.write(user, TAKEN_OFF[0], target(user))
    return user


@use_case
def reset(user: User, reason: str) -> User:
    """Take off a second factor whose device and codes are lost: for the person at the machine, who has made sure who asks."""
    why = audit.need_reason(reason)
    if of(user) is None:
        raise refuse("second-factor-none", 409, f"{user.username} has no second factor.", "")
    _take_off(user)
    audit.write("command line", TAKEN_OFF[1], target(user), reason=why)
    return user


def _take_off(user: User) -> None:
    SecondFactor.objects.filter(user=user).delete()
    _end_recovery(user, clock.now())
    accounts.end_sessions(user)


def _end_recovery(user: User, now: datetime) -> None:
    RecoveryCode.objects.filter(user=user, used=None).update(used=now)


@use_case
def require(*, everybody: bool, reason: str) -> bool:
    """Say that every account needs a second factor, or that it is up to its owner: for the person at the machine. What holds now."""
    why = audit.need_reason(reason)
    if required() != everybody:
        audit.write("command line", _REQUIRED if everybody else _OPTIONAL, _TARGET, reason=why)
    return everybody


def unreadable() -> list[str]:
    """User names whose second factor was sealed under another key, so that no code of theirs can be compared."""
    found = SecondFactor.objects.select_related("user").order_by("user__username")
    return [one.user.username for one in found if unseal(one.secret, _about(one.user)) is None]


def _about(user: User, before: str = "") -> str:
    return f"{before}second factor of {user.pk}"


def _in_fours(text: str, between: str) -> str:
    return between.join(text[at : at + 4] for at in range(0, len(text), 4))
