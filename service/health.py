"""Two addresses for machines that watch over the service."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from . import guards, metrics
from .errors import WRONG_METHOD, answer

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the database answers and its guards stand; nothing else is told."""
    if request.method not in ("GET", "HEAD"):
        return answer(request, WRONG_METHOD)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        whole = not guards.missing(connection)
    except DatabaseError:
        whole = False
    return HttpResponse("ok\n" if whole else "not ready\n", status=200 if whole else 503, content_type="text/plain; charset=utf-8")


def figures(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to this machine only."""
    if request.method not in ("GET", "HEAD"):
        return answer(request, WRONG_METHOD)
    return HttpResponse(metrics.page(), content_type=_PROMETHEUS)
