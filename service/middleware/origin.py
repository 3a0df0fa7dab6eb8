"""Writes come from our own pages, or from programs: never from another site's page in somebody's browser.

The algorithm is that of Go's CrossOriginProtection: browsers say in Sec-Fetch-Site (which no page can set) where a request comes from;
older ones send Origin; whoever sends neither is no browser. Django's token is asked for besides. A bearer token without a cookie is nothing
that a foreign page could use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from ..errors import CROSS_ORIGIN, answer

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS: Final = frozenset({"same-origin", "none"})


class SameOrigin:
    """Refuses writes that come from elsewhere, whatever cookies they bring."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look where the request comes from."""
        if request.method not in SAFE and not comes_from_here(request):
            return answer(request, CROSS_ORIGIN)
        return self.get_response(request)


def comes_from_here(request: HttpRequest) -> bool:
    """Whether a write may be heard at all."""
    if by_token_only(request):
        return True
    headers = request.META
    site = headers.get("HTTP_SEC_FETCH_SITE")
    if site:
        return site in _OURS
    origin = headers.get("HTTP_ORIGIN")
    if not origin:
        return True
    # Behind a proxy the scheme that we see is not the one of the address people use.
    return origin in settings.CSRF_TRUSTED_ORIGINS or urlsplit(origin).netloc == request.get_host()


def by_token_only(request: HttpRequest) -> bool:
    """Whether the request proves who asks by a bearer token, and brings no session."""
    bearer = request.META.get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer "
    return bearer and settings.SESSION_COOKIE_NAME not in request.COOKIES
