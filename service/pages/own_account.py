"""Pages about the own account: password, second factor, tokens for programs. No name stands in them: nobody reaches another one's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from django.contrib.auth import update_session_auth_hash
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ...engine.explain_words import words
from .. import access, sessions
from ..models.accounts import User
from ..models.web import ApiToken
from ..work import accounts, door, factors
from ..work.outcome import Refused
from .answers import page, respond
from .frame import lang_of, role_words
from .qr import qr_svg
from .refusals import said
from .words import say, texts

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, HttpResponseBase

_READ: Final = ["GET", "HEAD"]
_BOTH: Final = ["GET", "HEAD", "POST"]
_DRAFT: Final = "device"
_DRAFT_SECONDS: Final = 900


def _user(request: HttpRequest) -> User:
    """Who asks; the gate lets nobody else through."""
    return cast("User", request.user)


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


@page
@require_http_methods(_READ)
def account(request: HttpRequest) -> HttpResponseBase:
    """What there is of the own account, and where to change it."""
    user, lang = _user(request), lang_of(request)
    factor = factors.of(user)
    context = {
        "username": user.username,
        "name": user.name,
        "roles": [(one.short_name, words(lang).chain(role_words(user, one, lang))) for one in access.studies(user)],
        "factor": "" if factor is None else say(lang, "factor_since", at=_minute(factor.since), n=str(factors.recovery_codes_left(user))),
        "required": factors.required(),
        "tokens": say(lang, "account_programs_n", n=str(len(accounts.tokens_of(user)))),
        "changed": texts(lang)["password_changed"] if "changed" in request.GET else "",
    }
    return respond(request, "trialrules/account.html", context)


@page
@require_http_methods(_BOTH)
def password(request: HttpRequest) -> HttpResponseBase:
    """Another password, knowing the present one. All other sessions end."""
    user, lang = _user(request), lang_of(request)
    error, status = "", 200
    if request.method == "POST":
        new = request.POST.get("password", "")
        if new != request.POST.get("again", ""):
            error, status = texts(lang)["password_differs"], 422
        else:
            done = door.change_password(user, request.POST.get("old", ""), new)
            if not isinstance(done, Refused):
                update_session_auth_hash(request, user)
                return redirect(f"{reverse('account')}?changed")
            error, status = said(done, lang), done.status
    return respond(request, "trialrules/account_password.html", {"error": error, "username": user.username}, status=status)


@page
@require_http_methods(_BOTH)
def factor(request: HttpRequest) -> HttpResponseBase:
    """Set up a device, or another one: the password first, then the QR code, then a code of the device, then the recovery codes."""
    if request.method != "POST":
        return _begin_page(request, None)
    if request.POST.get("step") == "confirm":
        return _confirmed(request)
    draft = factors.begin(_user(request), request.POST.get("password", ""), request.POST.get("code", ""))
    if isinstance(draft, Refused):
        return _begin_page(request, draft)
    sessions.keep(request.session, _DRAFT, draft)
    return _device_page(request, draft, None)


def _confirmed(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    draft = sessions.kept(request.session, _DRAFT, _DRAFT_SECONDS) or ""
    codes = factors.set_up(user, draft, request.POST.get("code", ""))
    if isinstance(codes, Refused):
        return _begin_page(request, codes) if factors.shown(user, draft) is None else _device_page(request, draft, codes)
    request.session.pop(_DRAFT, None)
    update_session_auth_hash(request, user)
    return respond(request, "trialrules/account_codes.html", {"codes": codes, "all_codes": "\n".join(codes)})


def _begin_page(request: HttpRequest, refused: Refused | None) -> HttpResponse:
    user, lang = _user(request), lang_of(request)
    has = factors.of(user) is not None
    context = {
        "has": has,
        "required": factors.required() and not has,
        "error": "" if refused is None else said(refused, lang),
        "username": user.username,
    }
    return respond(request, "trialrules/account_factor.html", context, status=200 if refused is None else refused.status)


def _device_page(request: HttpRequest, draft: str, refused: Refused | None) -> HttpResponse:
    device = factors.shown(_user(request), draft)
    context = {
        "key": "" if device is None else device.key,
        "qr": "" if device is None else qr_svg(device.address),
        "error": "" if refused is None else said(refused, lang_of(request)),
    }
    return respond(request, "trialrules/account_device.html", context, status=200 if refused is None else refused.status)


@page
@require_http_methods(_BOTH)
def factor_remove(request: HttpRequest) -> HttpResponseBase:
    """Take the second factor off, with password and code."""
    user, lang = _user(request), lang_of(request)
    error, status = "", 200
    if request.method == "POST":
        done = factors.remove(user, request.POST.get("password", ""), request.POST.get("code", ""))
        if not isinstance(done, Refused):
            update_session_auth_hash(request, user)
            return redirect("account")
        error, status = said(done, lang), done.status
    context = {"error": error, "has": factors.of(user) is not None, "required": factors.required(), "username": user.username}
    return respond(request, "trialrules/account_factor_remove.html", context, status=status)


@page
@require_http_methods(_BOTH)
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The tokens with which programs act for their owner: made with password and code, shown once, ended."""
    user, lang = _user(request), lang_of(request)
    made: accounts.NewToken | ApiToken | Refused | None = None
    if request.method == "POST":
        made = _revoked(request) if request.POST.get("what") == "revoke" else _made(request)
    refused = made if isinstance(made, Refused) else None
    context = {
        "error": "" if refused is None else said(refused, lang),
        "made": made.token if isinstance(made, accounts.NewToken) else "",
        "rows": [
            {
                "pk": one.pk,
                "prefix": one.prefix,
                "name": one.name,
                "created": _minute(one.created),
                "expires": one.expires.date().isoformat(),
            }
            for one in accounts.tokens_of(user)
        ],
        "has": factors.of(user) is not None,
        "days": say(lang, "token_days", n=str(accounts.TOKEN_DAYS)),
        "name": request.POST.get("name", "") if refused is not None else "",
        "username": user.username,
    }
    return respond(request, "trialrules/account_tokens.html", context, status=200 if refused is None else refused.status)


def _made(request: HttpRequest) -> accounts.NewToken | Refused:
    user = _user(request)
    wrong = factors.confirm(user, request.POST.get("password", ""), request.POST.get("code", ""))
    return accounts.create_token(user, request.POST.get("name", "")) if wrong is None else wrong


def _revoked(request: HttpRequest) -> ApiToken | Refused:
    user, number = _user(request), request.POST.get("token", "")
    record = ApiToken.objects.filter(user=user, pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    return accounts.revoke_token(user, record) if record is not None else Refused("not-found", 404, "There is no such token.")
