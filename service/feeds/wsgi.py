"""Feeds in front of Django: what thousands of calendar programs ask for again and again is answered without its machinery.

The answer is the one that the view gives (a test compares them); whatever is not a plain fetch, or fails, goes on to Django.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .. import metrics
from ..middleware.headers import of_data
from .views import respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BEFORE: Final = "/c/"
_BEHIND: Final = "/calendar.ics"
_LONGEST: Final = 200
_REASONS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class FeedsFirst:
    """A WSGI application around Django's."""

    def __init__(self, django: WSGIApplication) -> None:
        self.django = django
        self.headers = list(of_data())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a fetch, or hand on."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or len(path) > _LONGEST or not (path.startswith(_BEFORE) and path.endswith(_BEHIND)):
            return self.django(environ, start_response)
        token = path[len(_BEFORE) : -len(_BEHIND)]
        if "/" in token or environ.get("QUERY_STRING"):
            return self.django(environ, start_response)
        began = time.perf_counter()
        try:
            given = respond(token, method, environ)
        except Exception:  # noqa: BLE001 - Django tells of it, with its headers
            return self.django(environ, start_response)
        start_response(_REASONS[given.status], [*given.headers.items(), *self.headers])
        metrics.seen("feed", method, given.status, time.perf_counter() - began)
        return [given.body]
