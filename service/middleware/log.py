"""A line for each request: who asked, in which study, which subjects were looked at (by number), in which form.

It has the name of the address, never the address itself, which may hold a token or a subject's code.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from .. import logs, metrics

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestLog:
    """Measures, counts and writes down every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then tell."""
        began = time.perf_counter()
        with logs.gathering() as gathered:
            response = self.get_response(request)
        took = time.perf_counter() - began
        match = request.resolver_match
        name = "none" if match is None else match.url_name or "unnamed"
        metrics.seen(name, request.method or "", response.status_code, took)
        if name in metrics_only:
            return response
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        number = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        response.headers["X-Request-Id"] = number
        logs.write(
            "request",
            id=number,
            method=request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other",
            name=name,
            status=response.status_code,
            ms=round(took * 1000, 1),
            user=_user(request),
            **gathered,
        )
        return response


metrics_only: Final = frozenset({"feed", "feed-unknown", "healthz", "metrics"})
"""Asked for so often that a line each would bury the others: counted, and feeds' fetches are gathered by `feeds.fetches`."""


def _user(request: HttpRequest) -> object:
    """The account's number; of a request that never looked who asks, nothing: looking would be a query."""
    cached = getattr(request, "_cached_user", None)
    return getattr(cached, "pk", None)
