"""How a page answers: HTML in the user's language, or its JSON twin; a refusal as what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from ...canonical import canonical_bytes
from .. import errors, logs
from ..models.accounts import User
from ..models.studies import Study
from ..work.outcome import Refused, RefusedError
from .frame import lang_of
from .tables import csv_file
from .words import texts

if TYPE_CHECKING:
    from .tables import Table

JSON: Final = "application/json"
CSV: Final = "csv"
_TWIN: Final = "twin"

View = Callable[..., HttpResponseBase]


class StudyRequest(HttpRequest):
    """A request that the gate let through to a page of a study."""

    user: User
    study: Study


def twins(route: str, view: View, name: str, *more: str) -> list[URLPattern]:
    """A page and its JSON twin (`why`, `why.json`), and more twins by their endings, under one name. The name leads to the page."""
    return [*(path(f"{route}.{kind}", view, {_TWIN: kind}, name=name) for kind in (*more, "json")), path(route, view, name=name)]


def page(view: View) -> View:
    """A refusal that a view raises becomes the answer."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, twin: str = "", **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - whatever the address holds
        request.twin = twin  # type: ignore[attr-defined]  # read below
        if twin:
            logs.about(form=twin)
        try:
            return view(request, *args, **kwargs)
        except RefusedError as error:
            return refusal(request, error.refused)

    return run


def wants_json(request: HttpRequest) -> bool:
    """Whether the twin is asked for: by the address, or by the Accept header."""
    twin = getattr(request, _TWIN, "")
    if twin:
        return bool(twin == "json")
    preferred = request.get_preferred_type(["text/html", JSON])
    return preferred == JSON


def wants_csv(request: HttpRequest) -> bool:
    """Whether the address asks for the table alone."""
    return bool(getattr(request, _TWIN, "") == CSV)


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal as a page, or as problem JSON."""
    return errors.problem(refused) if wants_json(request) else errors.answer(request, refused)


def respond(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | Callable[[], Mapping[str, object]],
    twin: Callable[[], object] | None = None,
    *,
    table: Table | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or its twin: `twin` is the value of the JSON, `table` the lines of the CSV.

    A context that takes time to make is given as a function: for a twin it is not made.
    """
    if table is not None and wants_csv(request):
        return csv_file(table(), file_name(request))
    if twin is not None and wants_json(request):
        logs.about(form="json")
        return HttpResponse(canonical_bytes(twin()), status=status, content_type=JSON)
    lang = lang_of(request)
    given = context() if callable(context) else context
    html = render_to_string(template, {"t": texts(lang), "lang": lang, **given}, request)
    response = HttpResponse(html, status=status)
    response.headers["Vary"] = "Accept, HX-Request, Cookie"
    return response


def twin_url(request: HttpRequest, kind: str) -> str:
    """The address of a twin of the page that is asked for, with the same choices."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path}.{kind}" + (f"?{query}" if query else "")


def file_name(request: HttpRequest) -> str:
    """What a table is kept as: its address."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", request.path.removesuffix(f".{CSV}").removeprefix("/s/"))


def in_study(request: HttpRequest) -> StudyRequest:
    """The request as the gate made it."""
    return cast("StudyRequest", request)
