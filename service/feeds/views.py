"""`/c/TOKEN/calendar.ics`. What is not a living feed answers in the same way, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from .. import metrics
from ..middleware.headers import NO_STORE
from . import fetches, serve
from .answer import Answer, answer

_NOTHING: Final = b"There is no such calendar.\n"
_PLAIN: Final = "text/plain; charset=utf-8"
_UNKNOWN: Final = {"Content-Type": _PLAIN, "Content-Length": str(len(_NOTHING)), "Cache-Control": NO_STORE}
_COUNTED: Final = {status: metrics.FEEDS.labels(str(status)) for status in (200, 304, 404)}


def respond(token: str, method: str, asked: Mapping[str, str]) -> Answer:
    """The answer to a fetch; `asked` is the environment of the request."""
    found = serve.find(token)
    if found is None:
        given = Answer(404, _UNKNOWN, b"" if method == "HEAD" else _NOTHING)
    else:
        if found.feed is not None:
            fetches.note(found.feed, asked.get("HTTP_USER_AGENT", ""))
        given = answer(found.stored, method, asked)
    _COUNTED[given.status].inc()
    return given


def calendar(request: HttpRequest, token: str = "") -> HttpResponse:
    """The calendar of a token."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    given = respond(token, request.method, request.META)
    response = HttpResponse(given.body, status=given.status)
    del response.headers["Content-Type"]
    for name, value in given.headers.items():
        response.headers[name] = value
    return response
