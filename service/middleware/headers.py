"""The headers of every response, errors too: what a browser may load, keep, tell others and embed.

A page that needs an inline script or style gives it `request.csp_nonce`. A view that sets one of these headers itself keeps its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_COMMON: Final = {
    "X-Content-Type-Options": "nosniff",
    # Without a referrer browsers send `Origin: null` with forms, which proves nothing; other sites get none all the same.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
_TLS: Final = "max-age=31536000; includeSubDomains"
_OF_DATA: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
_OF_PAGES: Final = (
    "default-src 'self'; script-src 'self' 'nonce-{0}'; style-src 'self' 'nonce-{0}'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NO_STORE: Final = "no-store"


def of_data() -> tuple[tuple[str, str], ...]:
    """What every response has that is no page."""
    tls = {"Strict-Transport-Security": _TLS} if settings.SECURE else {}
    return tuple({**_COMMON, **tls, "Content-Security-Policy": _OF_DATA}.items())


class NoncedRequest(HttpRequest):
    """A request as views and templates see it."""

    csp_nonce: str


class Headers:
    """Stands before everything else, so that no response gets past it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.common = tuple((_COMMON | ({"Strict-Transport-Security": _TLS} if settings.SECURE else {})).items())
        self.static = settings.STATIC_URL

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Make the nonce, answer, and set what is not set yet."""
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]  # NoncedRequest: Django makes the object
        response = self.get_response(request)
        headers = response.headers
        for name, value in self.common:
            if name not in headers:
                headers[name] = value
        if "Content-Security-Policy" not in headers:
            of_page = headers.get("Content-Type", "").startswith("text/html")
            headers["Content-Security-Policy"] = _OF_PAGES.format(nonce) if of_page else _OF_DATA
        if "Cache-Control" not in headers and not request.path_info.startswith(self.static):
            headers["Cache-Control"] = NO_STORE
        return response
