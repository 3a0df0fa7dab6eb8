"""Nothing is open that `access.URLS` does not open: every address is looked up there before its view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from .. import access, clock
from ..errors import FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN, answer, for_program
from ..models.accounts import User
from .origin import SAFE

IDLE_SECONDS: Final = 1800
"""A session that nobody used for so long is over."""
_SEEN: Final = "seen"
_SEEN_SECONDS: Final = 60
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
        if rule is access.Gate.SIGNED_IN:
            return None
        if rule is access.Gate.INSTALLATION:
            return None if user.superuser else answer(request, NOT_FOUND)
        study = access.study_of(user, str(kwargs.get("study", "")))
        if study is None or not isinstance(rule, access.May):
            return answer(request, NOT_FOUND)
        request.study = study  # type: ignore[attr-defined]  # views of studies rely on it
        return None if access.anywhere(user, rule, study) else answer(request, FORBIDDEN)


def signed_in(request: HttpRequest) -> User | None:
    """Who asks. A session that was idle for too long ends here."""
    user = request.user
    if not isinstance(user, User) or not user.active:
        return None
    if getattr(request, "by_token", False):
        return user
    now = int(clock.now().timestamp())
    seen = request.session.get(_SEEN)
    if isinstance(seen, int) and now - seen > IDLE_SECONDS:
        logout(request)
        return None
    if not isinstance(seen, int) or now - seen >= _SEEN_SECONDS:
        request.session[_SEEN] = now
    return user


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if for_program(request):
        response = answer(request, NOT_SIGNED_IN)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if request.headers.get("HX-Request") == "true":
        # A fragment in which a sign-in form stands would only confuse: the whole page goes there.
        response = answer(request, NOT_SIGNED_IN)
        response.headers["HX-Refresh"] = "true"
        return response
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
