"""What the pages about plans, links, rules and the audit trail share: their words, addresses, refusals and stale edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from ..work.outcome import Refused, RefusedError
from .answers import respond, twin_url
from .frame import lang_of
from .plan_text import texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang
    from .tables import Table

_T = TypeVar("_T")


def shown(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    twin: Callable[[], object] | None = None,
    *,
    table: Table | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page of `templates/trialrules/plan/` with the words it needs and the addresses of its twins, or the twin itself."""
    words: dict[str, object] = {"t": texts(lang_of(request)), "twin": twin_url(request, "json")}
    if table is not None:
        words["csv"] = twin_url(request, "csv")
    return respond(request, f"trialrules/plan/{template}", words | dict(context), twin, table=table, status=status)


def value(found: _T | Refused) -> _T:
    """The value of a use-case; a refusal is raised, and becomes the answer.

    Raises:
        RefusedError: if it was refused.
    """
    if isinstance(found, Refused):
        raise RefusedError(found)
    return found


def address(name: str, **places: object) -> str:
    """An address by name; empty where this installation has no such page."""
    try:
        return reverse(name, kwargs=places)
    except NoReverseMatch:
        return ""


def number(text: str) -> int:
    """A whole number that was sent; -1 for anything else, which is nobody's version."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def stale(refused: Refused, lang: Lang, yours: str, now: str) -> dict[str, object]:
    """What a form that was refused shows: why, and of a stale edit both versions, the one that was sent and the one there is."""
    t = texts(lang)
    if refused.code != "stale":
        return {"refused": refused}
    rows = [(t["yours"], refused.more.get("yours"), yours), (t["theirs"], refused.more.get("current"), now)]
    return {"refused": refused, "stale": [{"name": name, "version": version, "text": text} for name, version, text in rows]}
