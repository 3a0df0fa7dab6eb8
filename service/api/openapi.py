"""The OpenAPI 3.1 document, made from the same table as the addresses and the checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from ..._version import __version__
from ...canonical import canonical_bytes
from ..errors import PROBLEM_TYPE, WRONG_METHOD, problem
from .operation import IDEMPOTENCY_KEY, Operation
from .schema import Schema
from .shapes import component, components
from .table import by_path

PREFIX: Final = "/api/v1"
_STEP: Final = re.compile(r"\{(\w+)\}")
_SAID: Final = {
    400: "The request can't be read.",
    401: "Nobody is signed in.",
    403: "Not allowed.",
    404: "There is nothing here, or not for you.",
    405: "This can't be done here.",
    409: "It does not fit what there is; of a stale edit, `yours` and `current` are the two versions.",
    413: "Too large.",
    414: "The address is too long.",
    415: "The body is no JSON.",
    422: "Something in the request is wrong; `place` says what.",
    429: "Too many attempts.",
}
_ABOUT: Final = (
    "Screening, sign-off, schedules and calendars of trials. Errors are problem+json with `code`, `place` and `mend`. Writes take an "
    "Idempotency-Key: the same key with the same request gets the same answer and nothing is done twice. Writes about a subject name the "
    "`version` that was seen; another one is a 409 with both."
)


def _operation(operation: Operation) -> dict[str, Any]:
    parameters = [_parameter(name, "path", {"type": "string"}) for name in _STEP.findall(operation.path)]
    parameters += [_parameter(name, "query", schema) for name, schema in operation.query.items()]
    if operation.writes:
        parameters.append(_parameter("Idempotency-Key", "header", {"type": "string", "pattern": IDEMPOTENCY_KEY}))
    statuses = {400, 401, 403, 404, 405, 413, 414, *operation.problems}
    statuses |= {415, 422} if operation.body is not None else {422} if operation.query or operation.writes else set()
    # An unknown parameter is a mistake everywhere.
    statuses.add(422)
    responses = {str(operation.status): {"description": "Done.", "content": {"application/json": {"schema": operation.said}}}}
    responses |= {
        str(status): {"description": _SAID[status], "content": {PROBLEM_TYPE: {"schema": component("Problem")}}}
        for status in sorted(statuses)
    }
    found: dict[str, Any] = {
        "operationId": f"{operation.method.lower()}-{operation.name.removeprefix('api-')}",
        "summary": operation.summary,
        "responses": responses,
    }
    if parameters:
        found["parameters"] = parameters
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.body}}}
    return found


def _parameter(name: str, where: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


@lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "trialrules", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}, {"session": []}],
        "paths": {path: {one.method.lower(): _operation(one) for one in operations} for path, operations in by_path().items()},
        "components": {
            "schemas": components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


@lru_cache(maxsize=1)
def _bytes() -> bytes:
    return canonical_bytes(document())


def view(request: HttpRequest) -> HttpResponse:
    """`/api/v1/openapi.json`."""
    if request.method not in ("GET", "HEAD"):
        response = problem(WRONG_METHOD)
        response.headers["Allow"] = "GET, HEAD"
        return response
    return HttpResponse(_bytes(), content_type="application/json")
