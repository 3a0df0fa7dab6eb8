"""From an HTTP request to an operation and back: methods, query, JSON, idempotency keys, problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.crypto import salted_hmac

from ...canonical import Json, JsonProblem, canonical_bytes, strict_json_loads
from .. import clock
from ..errors import WRONG_METHOD, problem
from ..middleware.gate import signed_in
from ..models.accounts import User
from ..models.web import Idempotency
from ..work.outcome import Refused, RefusedError
from .operation import IDEMPOTENCY_KEY, Call, Done, Operation
from .schema import Schema, fault_of

View = Callable[..., HttpResponse]
_TRUTHS: Final = {"true": True, "false": False}
_KEY: Final = "Idempotency-Key"


def endpoint(operations: Mapping[str, Operation]) -> View:
    """The view of one address."""
    allowed = ", ".join(sorted({*operations, *(["HEAD"] if "GET" in operations else [])}))

    def view(request: HttpRequest, **path: str) -> HttpResponse:
        operation = operations.get("GET" if request.method == "HEAD" else request.method or "")
        if operation is None:
            response = problem(WRONG_METHOD)
            response.headers["Allow"] = allowed
            return response
        try:
            done = _answered(request, operation, path)
        except RefusedError as error:
            return problem(error.refused)
        return problem(done) if isinstance(done, Refused) else _json(done)

    view.max_body = max(operation.most for operation in operations.values())  # type: ignore[attr-defined]  # middleware.size reads it
    return view


def _json(done: Done) -> HttpResponse:
    return HttpResponse(canonical_bytes(done.value), status=done.status, content_type="application/json")


def _answered(request: HttpRequest, operation: Operation, path: Mapping[str, str]) -> Done | Refused:
    query = _query(request, operation)
    if isinstance(query, Refused):
        return query
    content = _content(request, operation)
    if isinstance(content, Refused):
        return content
    body = _body(content, operation)
    if isinstance(body, Refused):
        return body
    user = None if operation.public else signed_in(request)
    actor = user if user is not None else User()
    call = Call(actor, dict(path), query, body, getattr(request, "study", None))
    key = request.headers.get(_KEY)
    if not operation.writes or key is None:
        return operation.run(call)
    if re.search(IDEMPOTENCY_KEY, key) is None:
        return Refused("key-wrong", 422, "An Idempotency-Key has 1 to 200 visible characters.", "Send a UUID.", _KEY)
    asked = canonical_bytes([request.method, request.get_full_path()]) + content
    # With the key of the installation: a password may stand in what was sent, and nobody shall find it by trying.
    return _once(call, operation, key, salted_hmac("trialrules.idempotency", asked, algorithm="sha256").hexdigest())


def _once(call: Call, operation: Operation, key: str, asked: str) -> Done | Refused:
    """Run, unless the same request was answered before; the answer is stored in the transaction of the write itself."""
    with transaction.atomic():
        Idempotency.objects.bulk_create(
            [Idempotency(user=call.actor, key=key, request_hash=asked, created=clock.now())], ignore_conflicts=True
        )
        row = Idempotency.objects.select_for_update().get(user=call.actor, key=key)
        if row.request_hash != asked:
            return Refused("key-used", 422, "This Idempotency-Key belongs to another request.", "Send a new one.", _KEY)
        if row.status and operation.secret:
            return Refused(
                "told-once", 409, "This was done; its secret was told once.", "Revoke it and make a new one, with a new key.", _KEY
            )
        if row.status:
            return Done(_stored(row.response), row.status)
        done = operation.run(call)
        if isinstance(done, Refused):
            # Nothing was done that must not be done again; and what was refused may be mended.
            row.delete()
            return done
        row.status, row.response = done.status, "" if operation.secret else canonical_bytes(done.value).decode("utf-8")
        row.save(update_fields=["status", "response"])
    return done


def _stored(text: str) -> Json:
    found = strict_json_loads(text)
    if isinstance(found, JsonProblem):
        raise RuntimeError("a stored answer is no JSON")  # noqa: TRY004 - the text is wrong, not its type
    return found


def _query(request: HttpRequest, operation: Operation) -> dict[str, Any] | Refused:
    found: dict[str, Any] = {}
    for name, values in request.GET.lists():
        schema = operation.query.get(name)
        if schema is None or len(values) != 1:
            known = ", ".join(operation.query) or "none"
            return Refused(
                "query-wrong", 422, f"There is no parameter {name[:64]!r} here, or it stands twice.", f"There is {known}.", name[:64]
            )
        value = _typed(values[0], schema)
        fault = fault_of(value, schema)
        if fault is not None:
            return Refused("query-wrong", 422, fault.message, "Correct the parameter.", name)
        found[name] = value
    missing = [name for name, schema in operation.query.items() if schema.get("x-required") and name not in found]
    if missing:
        return Refused("query-wrong", 422, f"The parameter {missing[0]} is missing.", "Add it.", missing[0])
    return found


def _typed(text: str, schema: Schema) -> object:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        try:
            return int(Decimal(text))
        except InvalidOperation:
            return text
    return _TRUTHS.get(text, text) if kind == "boolean" else text


def _content(request: HttpRequest, operation: Operation) -> bytes | Refused:
    if operation.body is None:
        return b""
    if request.content_type != "application/json":
        return Refused("not-json", 415, "The body has to be JSON.", "Send `Content-Type: application/json`.", "Content-Type")
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError):
        return Refused("bad-request", 400, "The body can't be read.", "Send it again.")


def _body(content: bytes, operation: Operation) -> Mapping[str, Json] | Refused:
    if operation.body is None:
        return {}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refused("not-json", 400, "The body is not UTF-8.", "Send JSON in UTF-8.", f"byte {error.start}")
    value = strict_json_loads(text)
    if isinstance(value, JsonProblem):
        return Refused("not-json", 400, value.message, "Send valid JSON.", f"line {value.line}, column {value.column}")
    fault = fault_of(value, operation.body)
    if fault is not None:
        return Refused("body-wrong", 422, fault.message, "Look at /api/v1/openapi.json.", fault.place or "/")
    if not isinstance(value, dict):
        raise RuntimeError("bodies are objects")  # noqa: TRY004 - a mistake in the table, not in the value
    return value
