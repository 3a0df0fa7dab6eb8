"""Programs prove whom they act for with a token; the session, if there is one, is then not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from ..errors import API, NOT_SIGNED_IN, answer
from ..work.accounts import user_of_token

_WORD: Final = "bearer "
_MOST: Final = 200


class Bearer:
    """Sets `request.user` from `Authorization: Bearer …`, for the API only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """A token that is not good is no reason to look at the session."""
        given = request.META.get("HTTP_AUTHORIZATION", "")
        if given and request.path_info.startswith(API):
            token = given[len(_WORD) :].strip()
            user = user_of_token(token) if given[: len(_WORD)].lower() == _WORD and len(token) < _MOST and token.isascii() else None
            if user is None:
                response = answer(request, NOT_SIGNED_IN)
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            request.user = user
            request.by_token = True  # type: ignore[attr-defined]  # the gate asks
            # No page can make a browser send this header: there is nothing for the form's token to guard.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own switch
        return self.get_response(request)
