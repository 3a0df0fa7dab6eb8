"""Nothing is open that `access.URLS` does not open: every address is looked up there before its view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from .. import access, logs, sessions
from ..errors import FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN, answer, for_program
from ..models.accounts import User
from ..work import factors
from ..work.outcome import Refused
from .origin import SAFE

_HERE: Final = frozenset({"127.0.0.1", "::1"})


class Gate:
    """Lets requests through to views, or not. Views of a study find it in `request.study`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """All else is done once the address is known."""
        if request.method not in SAFE:
            return self.get_response(request)
        with access.remembering():
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look the address up: deny, send to sign in, or let through."""
        match = request.resolver_match
        rule = access.URLS.get(match.url_name or "") if match is not None else None
        if rule is None:
            return answer(request, NOT_FOUND)
        if rule in (access.Gate.ANYBODY, access.Gate.TOKEN):
            return None
        if rule is access.Gate.LOOPBACK:
            return None if request.META.get("REMOTE_ADDR") in _HERE else answer(request, NOT_FOUND)
        user = signed_in(request)
        if user is None:
            return _sign_in(request)
        if rule is access.Gate.OWN_ACCOUNT:
            return None
        if factors.lacking(user):
            return _set_up(request)
        if rule is access.Gate.SIGNED_IN:
            return None
        if rule is access.Gate.INSTALLATION:
            return None if user.superuser else answer(request, NOT_FOUND)
        study = access.study_of(user, str(kwargs.get("study", "")))
        if study is None or not isinstance(rule, access.May):
            return answer(request, NOT_FOUND)
        logs.about(study=study.slug)
        request.study = study  # type: ignore[attr-defined]  # views of studies rely on it
        return None if access.anywhere(user, rule, study) else answer(request, FORBIDDEN)


def signed_in(request: HttpRequest) -> User | None:
    """Who asks. A session that lasted too long, or was idle for too long, ends here."""
    user = request.user
    if not isinstance(user, User) or not user.active:
        return None
    if getattr(request, "by_token", False):
        return user
    if sessions.over(request.session):
        logout(request)
        return None
    sessions.touch(request.session)
    return user


def _set_up(request: HttpRequest) -> HttpResponseBase:
    """Where every account needs a second factor, whoever has none sets it up before anything else."""
    if for_program(request):
        return answer(request, factors.MUST_SET_UP)
    return _whole_page(request, factors.MUST_SET_UP) or redirect("account-factor")


def _whole_page(request: HttpRequest, refused: Refused) -> HttpResponseBase | None:
    """The answer to a request for a part of a page: the whole page is asked for again, as a form of its own would only confuse there."""
    if request.headers.get("HX-Request") != "true":
        return None
    response = answer(request, refused)
    response.headers["HX-Refresh"] = "true"
    return response


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if for_program(request):
        response = answer(request, NOT_SIGNED_IN)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    return _whole_page(request, NOT_SIGNED_IN) or redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
