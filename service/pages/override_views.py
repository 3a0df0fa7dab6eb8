"""The page of a subject's overrides: what there is, and for investigators how to write, countersign and withdraw one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ...engine.explain_reasons import title_words
from ...engine.explain_words import words
from .. import access, sessions
from ..work import overrides, screening, signing, states, subjects
from ..work.outcome import Refused, not_found
from .answers import in_study, page, respond
from .frame import lang_of
from .overrides import cards, state_words
from .refusals import said
from .subject_view import answer_line, decision_of, urls_of
from .words import texts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.decisions import Decision
    from ..models.overrides import Override, OverrideMark
    from ..models.subjects import Subject

_MAX_ID: Final = 64


@page
@require_http_methods(["GET", "HEAD", "POST"])
def overrides_page(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """All overrides about a subject. POST writes one, countersigns or withdraws."""
    asked, lang = in_study(request), lang_of(request)
    subject = subjects.find(asked.user, asked.study, code)
    error, status = "", 200
    if request.method == "POST":
        done = _done(request, subject)
        if not isinstance(done, Refused):
            return redirect(reverse("overrides", kwargs={"study": asked.study.slug, "code": code}))
        error, status = said(done, lang), done.status
    decision = screening.latest(subject)
    if decision is None:
        raise not_found("decision")
    may = access.allows(asked.user, access.May.OVERRIDE, asked.study, subject.site) and subject.state in states.BEFORE
    context = {
        "s": {
            "code": subject.code,
            "site": subject.site.code,
            "state": state_words(subject.state, lang, waived=bool(subject.waivers)),
            "urls": urls_of(subject),
        },
        "answer": answer_line(screening.computed(decision), lang),
        "decision": str(decision.pk),
        "cards": cards(decision, lang, asked.user if may else None),
        "choices": _choices(decision, lang) if may else (),
        "wanted": str(request.POST.get("criterion", request.GET.get("criterion", "")))[:_MAX_ID],
        "typed": request.POST if error else {},
        "error": error,
        "needs_code": signing.needs_code(asked.user, sessions.proven(request.session)),
        "effect": texts(lang)["override_opens" if subject.study.waivers else "override_opens_not"],
    }

    def twin() -> Json:
        found: list[Json] = [overrides.override_json(one) for one in overrides.of_subject(decision)]
        return {
            "schema": "trialrules/overrides/1",
            "subject": subject.code,
            "decision": str(decision.pk),
            "waivers_open_enrolment": subject.study.waivers,
            "enrolled_under": subject.waivers,
            "overrides": found,
        }

    return respond(request, "trialrules/overrides.html", context, twin, status=status)


def _choices(decision: Decision, lang: Lang) -> tuple[tuple[str, str], ...]:
    """The failing criteria that have no override yet which counts."""
    w = words(lang)
    taken = {one.override.criterion for one in overrides.of_decision(decision) if one.withdrawn is None}
    failing = [one.criterion for one in screening.computed(decision).decision.criteria if one.passes is False]
    return tuple((one.id, f"{one.id} {title_words(w, one)}") for one in failing if one.id not in taken)


def _done(request: HttpRequest, subject: Subject) -> Override | OverrideMark | Refused:
    user, typed = in_study(request).user, request.POST
    action = typed.get("action")
    if action == "record":
        decision = decision_of(subject, typed.get("decision", "")[:_MAX_ID])
        if decision is None:
            raise not_found("decision")
        return overrides.record(user, decision, typed.get("criterion", "")[:_MAX_ID], typed.get("reason", ""), typed.get("reference", ""))
    found = overrides.find(subject, typed.get("override", "")[:_MAX_ID])
    if action == "withdraw":
        return overrides.withdraw(user, found, typed.get("reason", ""))
    given, code = (typed.get("username", ""), typed.get("password", "")), typed.get("code", "")
    done = overrides.countersign(user, found, *given, code=code, proven=sessions.proven(request.session))
    if not isinstance(done, Refused):
        sessions.prove(request.session, signing.proof(user))
    return done
