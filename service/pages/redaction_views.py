"""Redactions: what was asked for, a form to ask, and one of them with where its text stands, to approve or refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from .. import access
from ..models.redactions import RedactionState
from ..models.subjects import Subject
from ..work import redactions
from ..work.outcome import Refused
from .answers import in_study, page, respond
from .frame import address, lang_of, redaction_url
from .refusals import said
from .times import local_time
from .words import say, texts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.redactions import Redaction

_BOTH: Final = ["GET", "HEAD", "POST"]


@frozen
class RedactionRow:
    """One redaction, without its text."""

    name: str
    url: str
    subject: str
    state: str
    look: str
    sign: str
    asked: str
    decided: str
    reason: str


_LOOKS: Final = {"open": ("open", "?"), "done": ("good", "✓"), "refused": ("na", "–")}


def _row(one: Redaction, lang: Lang) -> RedactionRow:
    t, zone = texts(lang), one.subject.site.timezone
    look, sign = _LOOKS[one.state]
    asked = say(lang, "redaction_by", name=one.asker.name, at=local_time(one.asked, zone))
    decided = "" if one.decider is None else say(lang, "redaction_by", name=one.decider.name, at=local_time(one.decided, zone))
    return RedactionRow(str(one), redaction_url(one), one.subject.code, t[f"redaction_{one.state}"], look, sign, asked, decided, one.reason)


def row_json(one: Redaction) -> dict[str, Json]:
    """A redaction in a twin."""
    decider = None if one.decider is None else one.decider.username
    return {
        "redaction": str(one),
        "subject": one.subject.code,
        "state": str(one.state),
        "asked_by": one.asker.username,
        "decided_by": decider,
    }


@page
@require_http_methods(_BOTH)
def all_of(request: HttpRequest, study: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """The redactions of a study; POST asks for one."""
    asked, lang = in_study(request), lang_of(request)
    error, status = "", 200
    typed = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        subject = redactions.subject_for(asked.user, asked.study, typed.get("subject", "").strip())
        done = redactions.ask(asked.user, subject, typed.get("text", ""), typed.get("reason", ""))
        if not isinstance(done, Refused):
            return redirect(redaction_url(done))
        error, status = said(done, lang), done.status
    found = redactions.listed(asked.user, asked.study)
    codes = Subject.objects.filter(site__in=access.sites(asked.user, access.May.REDACT, asked.study)).order_by("code")
    context = {
        "rows": [_row(one, lang) for one in found],
        "codes": list(codes.values_list("code", flat=True)[:500]),
        "typed": {name: typed.get(name, "")[:300] for name in ("subject", "text", "reason")},
        "error": error,
        "json_url": f"{request.path}.json",
    }

    def twin() -> Json:
        return {"schema": "trialrules/redactions/1", "redactions": [row_json(one) for one in found]}

    return respond(request, "trialrules/redactions.html", context, twin, status=status)


@page
@require_http_methods(_BOTH)
def one_of(request: HttpRequest, study: str, number: int) -> HttpResponseBase:  # noqa: ARG001 - as above
    """One redaction. POST approves it, with the password again, or refuses it."""
    asked, lang = in_study(request), lang_of(request)
    found = redactions.find(asked.user, asked.study, number)
    error, status = "", 200
    if request.method == "POST":
        done = _decided(request, found)
        if not isinstance(done, Refused):
            return redirect(request.path)
        error, status = said(done, lang), done.status
    open_ = found.state == RedactionState.OPEN
    where = redactions.places(found) if open_ else ()
    obstacle = said(where, lang) if isinstance(where, Refused) else ""
    own = found.asker_id == asked.user.pk
    approves = access.allows(asked.user, access.May.APPROVE_REDACTIONS, asked.study, found.subject.site)
    places = () if isinstance(where, Refused) else where
    context = {
        "one": _row(found, lang),
        "text": found.text,
        "places": [_place(name, lang) for name in places],
        "obstacle": obstacle,
        "error": error,
        "own": own,
        "open": open_,
        "may_approve": open_ and approves and not own and not obstacle,
        "may_refuse": open_ and (approves or own),
        "all_url": address("redactions", study=asked.study.slug),
        "json_url": f"{request.path}.json",
    }

    def twin() -> Json:
        return {"schema": "trialrules/redaction/1", **row_json(found), "text": found.text or None, "places": list(places)}

    return respond(request, "trialrules/redaction.html", context, twin, status=status)


def _decided(request: HttpRequest, found: Redaction) -> Redaction | Refused:
    user, typed = in_study(request).user, request.POST
    if typed.get("action") == "approve":
        return redactions.approve(user, found, typed.get("password", ""))
    return redactions.refuse_it(user, found, typed.get("reason", ""))


def _place(name: str, lang: Lang) -> str:
    """Where the text stands, in words: `document`, `decision ID`, `entry 12`."""
    kind, _, number = name.partition(" ")
    return say(lang, f"redaction_in_{kind}", number=number)
