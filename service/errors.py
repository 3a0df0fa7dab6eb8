"""What a refused request is told: a page for people, `application/problem+json` (RFC 9457) for programs. No data, no detail of ours.

Problems have `code` (stable), `title`, `status`, and where there is something to say `place` (JSON pointer or name), `mend` and more.
"""

from __future__ import annotations

import sys
from typing import Final

from attrs import evolve
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from ..canonical import Json, canonical_bytes
from ..dsl.diagnostics import Diagnostic
from ..records.problems import InputProblem
from . import logs, outage
from .work.outcome import Refused

API: Final = "/api/"
PROBLEM_TYPE: Final = "application/problem+json"

BAD_REQUEST: Final = Refused("bad-request", 400, "The request can't be read.", "Correct it and send it again.")
NOT_SIGNED_IN: Final = Refused("not-signed-in", 401, "Nobody is signed in.", "Sign in, or send a token: `Authorization: Bearer …`.")
FORBIDDEN: Final = Refused("forbidden", 403, "This is not allowed to you.", "Ask an administrator of the study for the role.")
CROSS_ORIGIN: Final = Refused("cross-origin", 403, "The request comes from another site.", "Load the page again, and send it from there.")
NO_CSRF: Final = Refused("csrf", 403, "The form is too old, or not from here.", "Load the page again, and send it from there.")
NOT_FOUND: Final = Refused("not-found", 404, "There is nothing here.", "Check the address.")
WRONG_METHOD: Final = Refused("wrong-method", 405, "This can't be done with that address.", "The header `Allow` names what can.")
TOO_LARGE: Final = Refused("too-large", 413, "The request is larger than {} bytes.", "Send less at once.")
TOO_LONG: Final = Refused("address-too-long", 414, "The address is longer than {} bytes.", "Ask for less at once.")
BROKEN: Final = Refused(
    "internal", 500, "Something is wrong on our side; nothing was changed.", "Try again; if it stays, tell the administrator."
)


def for_program(request: HttpRequest) -> bool:
    """Whether the answer is read by a program: the API, and the JSON twins of pages."""
    return request.path_info.startswith(API) or request.path_info.endswith(".json")


def problem(refused: Refused) -> HttpResponse:
    """The refusal as problem JSON."""
    body = {"type": "about:blank", "status": refused.status, "code": refused.code, "title": refused.message}
    body |= {name: text for name, text in (("place", refused.where), ("mend", refused.mend)) if text}
    more = {name: _plain(value) for name, value in refused.more.items()}
    return HttpResponse(canonical_bytes(body | more), status=refused.status, content_type=PROBLEM_TYPE)


def _plain(value: object) -> Json:
    """What belongs to a refusal, in JSON: problems of a record and of rules have the members that problems have."""
    if isinstance(value, InputProblem):
        return {"code": value.code, "title": value.message, "place": str(value.where), "mend": value.help}
    if isinstance(value, Diagnostic):
        return {"code": value.code, "title": value.message, "place": value.span.file, "mend": value.help, "severity": value.severity}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | bool | None) else str(value)


def answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal as the asker reads it. A page is the template `error.html` with `refused`, or plain text where there is none."""
    if for_program(request):
        return problem(refused)
    try:
        template = get_template("error.html")
    except TemplateDoesNotExist:
        text = f"{refused.message}\n{refused.mend}\n"
        return HttpResponse(text, status=refused.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(template.render({"refused": refused}, request), status=refused.status)


def with_number(refused: Refused, number: int) -> Refused:
    """A refusal whose words name a number."""
    return evolve(refused, message=refused.message.format(number))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler400
    """Requests that Django itself can't read."""
    return answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler403
    """Whoever may not."""
    return answer(request, FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's CSRF_FAILURE_VIEW
    """A form without its token."""
    return answer(request, NO_CSRF)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler404
    """Everything that is not there, or not for whoever asks."""
    return answer(request, NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """What nobody expected (Django's handler500), and a database or disk that can't. A page that fails must not fail again: no template."""
    kind, error, trace = sys.exc_info()
    refused = outage.refusal(error) or BROKEN
    match = request.resolver_match
    if kind is not None:
        logs.write("fault", name=match and match.url_name, code=refused.code, **logs.fault(kind, trace))
    if for_program(request):
        response = problem(refused)
    else:
        text = f"{refused.message}\n{refused.mend}\n"
        response = HttpResponse(text, status=refused.status, content_type="text/plain; charset=utf-8")
    if refused is not BROKEN:
        response.headers["Retry-After"] = str(outage.RETRY_SECONDS)
    return response
