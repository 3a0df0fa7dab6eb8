"""Bodies and addresses have a size; a view that takes more says so with `@takes_up_to`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

from ... import limits
from ..errors import TOO_LARGE, TOO_LONG, answer, with_number

View = TypeVar("View", bound=Callable[..., Any])


def takes_up_to(size: int) -> Callable[[View], View]:
    """Let a view take a body of so many bytes."""

    def mark(view: View) -> View:
        view.max_body = size  # type: ignore[attr-defined]  # read below
        return view

    return mark


class Sizes:
    """Refuses what is too large before anything of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the address."""
        if len(request.META.get("QUERY_STRING", "")) > limits.MAX_QUERY_BYTES:
            return answer(request, with_number(TOO_LONG, limits.MAX_QUERY_BYTES))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look at the length that is announced; servers cut a body off at it."""
        most = getattr(view, "max_body", limits.MAX_BODY_BYTES)
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdecimal() or int(announced) > most:
            return answer(request, with_number(TOO_LARGE, most))
        return None
