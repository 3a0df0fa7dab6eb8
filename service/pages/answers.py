"""How a page answers: HTML in the user's language, or its JSON twin; a refusal as what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from ...canonical import canonical_bytes
from .. import errors
from ..models.accounts import User
from ..models.studies import Study
from ..work.outcome import Refused, RefusedError
from .frame import lang_of
from .words import texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang

JSON: Final = "application/json"
_TWIN: Final = "twin"

View = Callable[..., HttpResponseBase]


class StudyRequest(HttpRequest):
    """A request that the gate let through to a page of a study."""

    user: User
    study: Study


def twins(route: str, view: View, name: str) -> list[URLPattern]:
    """A page and its JSON twin, under one name: `why` and `why.json`. The name leads to the page."""
    return [path(f"{route}.json", view, {_TWIN: "json"}, name=name), path(route, view, name=name)]


def page(view: View) -> View:
    """A refusal that a view raises becomes the answer."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, twin: str = "", **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - whatever the address holds
        if twin:
            request.wants_json = True  # type: ignore[attr-defined]  # read below
        try:
            return view(request, *args, **kwargs)
        except RefusedError as error:
            return refusal(request, error.refused)

    return run


def wants_json(request: HttpRequest) -> bool:
    """Whether the twin is asked for: by the address, or by the Accept header."""
    if getattr(request, "wants_json", False):
        return True
    preferred = request.get_preferred_type(["text/html", JSON])
    return preferred == JSON


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as a page, or as problem JSON."""
    return errors.problem(refused) if wants_json(request) else errors.answer(request, refused)


def said(refused: Refused, lang: Lang) -> str:
    """What a refusal says to people, in their language where we have it."""
    known = texts(lang).get(f"refused_{refused.code}")
    return known or " ".join(part for part in (refused.message, refused.mend) if part)


def respond(
    request: HttpRequest, template: str, context: Mapping[str, object], twin: Callable[[], object] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page, or its twin."""
    if twin is not None and wants_json(request):
        return HttpResponse(canonical_bytes(twin()), status=status, content_type=JSON)
    lang = lang_of(request)
    html = render_to_string(template, {"t": texts(lang), "lang": lang, **context}, request)
    response = HttpResponse(html, status=status)
    response.headers["Vary"] = "Accept, HX-Request, Cookie"
    return response


def in_study(request: HttpRequest) -> StudyRequest:
    """The request as the gate made it."""
    return cast("StudyRequest", request)
