"""`/c/TOKEN/calendar.ics`. What is not a living feed answers in the same way, whatever it is."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from .. import metrics
from . import fetches, serve
from .answer import answer

_NOTHING: Final = "There is no such calendar.\n"
_PLAIN: Final = "text/plain; charset=utf-8"


def calendar(request: HttpRequest, token: str = "") -> HttpResponse:
    """The calendar of a token."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = serve.find(token)
    if found is None:
        metrics.FEEDS.labels("unknown").inc()
        return HttpResponse(_NOTHING, status=404, content_type=_PLAIN)
    if found.feed is not None:
        fetches.note(found.feed, request.META.get("HTTP_USER_AGENT", ""))
    given = answer(found.stored, request.method, request.META)
    metrics.FEEDS.labels(str(given.status)).inc()
    response = HttpResponse(given.body, status=given.status)
    del response.headers["Content-Type"]
    for name, value in given.headers.items():
        response.headers[name] = value
    return response
