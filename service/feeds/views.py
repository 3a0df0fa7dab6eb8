"""`/c/TOKEN/calendar.ics`. What is not a living feed answers in the same way, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from .. import metrics
from ..middleware.headers import NO_STORE
from ..outage import RETRY_SECONDS
from . import fetches, serve
from .answer import Answer, answer

_NOTHING: Final = b"There is no such calendar.\n"
_PLAIN: Final = "text/plain; charset=utf-8"
_UNKNOWN: Final = {"Content-Type": _PLAIN, "Content-Length": str(len(_NOTHING)), "Cache-Control": NO_STORE}
_LATER: Final = b"This calendar can't be made just now; ask again later.\n"
_NOT_NOW: Final = {
    "Content-Type": _PLAIN,
    "Content-Length": str(len(_LATER)),
    "Cache-Control": NO_STORE,
    "Retry-After": str(RETRY_SECONDS),
}
_COUNTED: Final = {status: metrics.FEEDS.labels(str(status)) for status in (200, 304, 404, 503)}


def respond(token: str, method: str, asked: Mapping[str, str]) -> Answer:
    """The answer to a fetch; `asked` is the environment of the request."""
    try:
        found = serve.find(token)
    except serve.NotNowError:
        given = Answer(503, _NOT_NOW, b"" if method == "HEAD" else _LATER)
    else:
        given = _given(found, method, asked)
    _COUNTED[given.status].inc()
    return given


def _given(found: serve.Found | None, method: str, asked: Mapping[str, str]) -> Answer:
    if found is None:
        return Answer(404, _UNKNOWN, b"" if method == "HEAD" else _NOTHING)
    if found.feed is not None:
        fetches.note(found.feed, asked.get("HTTP_USER_AGENT", ""))
    return answer(found.stored, method, asked)


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
