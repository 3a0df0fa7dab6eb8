"""Pages about one subject: the subject itself, why, one criterion, what is missing, sign-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ...engine.decision_json import criterion_to_json, needs_to_json
from .. import access, sessions
from ..kept import Kept
from ..record import differences
from ..work import replay as replays, screening, signing, subjects
from ..work.outcome import Refused, RefusedError, not_found
from . import reading
from .answers import in_study, page, respond
from .decision_table import decision_lines
from .frame import lang_of
from .letter import letter
from .missing import other_form, save, saved
from .refusals import said
from .sign import sign_json, sign_rows
from .subject_view import criterion_urls, decision_of, shown, urls_of, why_json
from .todo import todos_json
from .why import SHOWS, answer_of, criteria_of, criterion_row, why_page
from .words import say, texts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase
    from django.utils.safestring import SafeString

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.decisions import Decision
    from ..models.subjects import Subject
    from ..record import Computed
    from .tables import Lines

_READ: Final = ["GET", "HEAD"]
_BOTH: Final = ["GET", "HEAD", "POST"]
_CRITERIA: Final = Kept["SafeString"](16_000_000)


def _subject(request: HttpRequest, code: str, may: access.May = access.May.READ_SUBJECTS) -> Subject:
    asked = in_study(request)
    return subjects.find(asked.user, asked.study, code, may)


def _whole(request: HttpRequest, subject: Subject, decision: Decision, computed: Computed) -> dict[str, object]:
    """What the page that says why shows."""
    lang = lang_of(request)
    wanted = request.GET.get("show", "all")
    level = reading.level_of(request.GET)
    criteria = _criteria(subject, decision, computed, lang, unfolded=level == "rule")
    found = why_page(computed.decision, computed.advice, lang, criteria, site=subject.site.code)
    chips = tuple(evolve(one, url=reading.with_(request.GET, show=one.show)) for one in found.chips)
    return {
        "s": shown(in_study(request).user, subject, decision, computed, lang, needs=True),
        "why": evolve(found, chips=chips),
        "show": wanted if wanted in SHOWS else "all",
        "level": level,
        "levels": reading.levels(request.GET, lang),
    }


def _criteria(subject: Subject, decision: Decision, computed: Computed, lang: Lang, *, unfolded: bool) -> SafeString:
    def made() -> tuple[SafeString, int]:
        link = criterion_urls(subject, decision)
        html = criteria_of(computed.decision, computed.advice, lang, link, unfolded=unfolded)
        return html, 2 * len(html)

    # The addresses of the criteria's own pages name study, subject and decision.
    return _CRITERIA.get((*screening.answer_key(decision), subject.study.slug, subject.code, decision.pk, lang, unfolded), made)


@page
@require_http_methods(_BOTH)
def why(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """Why somebody is eligible, or not. POST screens again."""
    subject = _subject(request, code)
    lang = lang_of(request)
    if request.method == "POST":
        done = screening.decide(in_study(request).user, subject, request.POST.get("reason") or "screening")
        if isinstance(done, Refused):
            raise RefusedError(done)
        return redirect(urls_of(subject).why)
    decision = decision_of(subject, request.GET.get("decision", ""))
    if decision is None:
        return respond(request, "trialrules/not_screened.html", _unscreened(request, subject), lambda: _none(subject))
    computed = screening.computed(decision)

    def shown_page() -> dict[str, object]:
        context = _whole(request, subject, decision, computed)
        if "replay" in request.GET:
            found = replays.replay(decision)
            context["replay"] = texts(lang)["replay_ok"] if found.agrees else say(lang, "replay_bad", why=found.why)
            context["replay_agrees"], context["replay_places"] = found.agrees, differences(found)
            context["replay_redacted"] = [say(lang, "replay_redacted", what=one) for one in found.redacted]
        return context

    def table() -> Lines:
        return decision_lines(subject, decision, computed, lang)

    as_letter = reading.level_of(request.GET) == "letter"
    template, made = ("letter", lambda: _letter(request, subject, decision, computed)) if as_letter else ("why", shown_page)
    return respond(request, f"trialrules/{template}.html", made, lambda: why_json(subject, decision, computed, lang), table=table)


def _letter(request: HttpRequest, subject: Subject, decision: Decision, computed: Computed) -> dict[str, object]:
    """The same for the subject, in the language asked for."""
    lang = lang_of(request)
    return {
        "s": shown(in_study(request).user, subject, decision, computed, lang),
        "letter": letter(subject, computed.decision, computed.advice, reading.letter_lang(request.GET, lang)),
        "letter_langs": reading.letter_langs(request.GET, lang),
        "levels": reading.levels(request.GET, lang),
    }


def _unscreened(request: HttpRequest, subject: Subject) -> dict[str, object]:
    asked = in_study(request)
    may = access.allows(asked.user, access.May.SCREEN, asked.study, subject.site)
    return {"code": subject.code, "site": subject.site.code, "urls": urls_of(subject), "may_screen": may}


def _none(subject: Subject) -> Json:
    return {"schema": "trialrules/why/1", "subject": subject.code, "state": str(subject.state), "version": subject.version, "result": None}


@page
@require_http_methods(_READ)
def criterion(request: HttpRequest, study: str, code: str, criterion: str) -> HttpResponseBase:  # noqa: ARG001 - as above
    """One criterion with its whole evidence and the rule's text."""
    subject = _subject(request, code)
    lang = lang_of(request)
    decision = decision_of(subject, request.GET.get("decision", ""))
    if decision is None:
        raise not_found("decision")
    computed = screening.computed(decision)
    outcome = next((one for one in computed.decision.criteria if one.criterion.id == criterion), None)
    if outcome is None:
        raise not_found("criterion")
    ids = [one.criterion.id for one in computed.decision.criteria]
    at = ids.index(criterion)

    def shown_page() -> dict[str, object]:
        return {
            "s": shown(in_study(request).user, subject, decision, computed, lang),
            "row": criterion_row(outcome, computed.decision, computed.advice, lang),
            "before": ids[at - 1] if at else "",
            "after": ids[at + 1] if at + 1 < len(ids) else "",
            "about": answer_of(computed.decision, lang, site=subject.site.code).about,
            "decision": str(decision.pk),
        }

    def twin() -> Json:
        found = criterion_to_json(outcome, computed.decision, computed.advice, lang)
        return {"schema": "trialrules/criterion/1", "decision": str(decision.pk), "subject": subject.code, "criterion": found}

    return respond(request, "trialrules/criterion.html", shown_page, twin)


@page
@require_http_methods(_BOTH)
def missing(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - as above
    """What is missing, with forms. Saving decides again and says what changed."""
    subject = _subject(request, code)
    lang = lang_of(request)
    extra: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        before = screening.latest(subject)
        done = save(in_study(request).user, subject, request.POST, lang)
        subject.refresh_from_db()
        if isinstance(done, Refused):
            extra, status = {"problem": said(done, lang), "target": request.POST.get("target", "")}, done.status
        else:
            extra = {"saved": saved(done, before, request.POST.get("title", ""), lang)}
    decision = screening.latest(subject)
    if decision is None:
        return respond(request, "trialrules/not_screened.html", {**_unscreened(request, subject), **extra}, lambda: _none(subject))
    computed = screening.computed(decision)
    fragment = request.headers.get("HX-Request") == "true"
    origin = "why" if request.POST.get("from") == "why" else "missing"
    template = f"trialrules/{origin}_page.html" if fragment else f"trialrules/{origin}.html"

    def shown_page() -> dict[str, object]:
        # Saved on the page that says why, the answer is that page; there is no room for other facts on it.
        if origin == "why":
            return {**_whole(request, subject, decision, computed), **extra}
        found = shown(in_study(request).user, subject, decision, computed, lang, needs=True)
        other = other_form(subject, request.GET.get("fact", ""), lang)
        return {"s": found, "answer": answer_of(computed.decision, lang, site=subject.site.code), "other": other, **extra}

    def twin() -> Json:
        needs = needs_to_json(computed.advice, computed.decision, lang)
        return {
            "schema": "trialrules/missing/1",
            "subject": subject.code,
            "version": subject.version,
            "needs": needs,
            "todo": todos_json(subject),
        }

    return respond(request, template, shown_page, twin, status=status)


@page
@require_http_methods(_BOTH)
def sign(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - as above
    """Confirm each criterion's outcome, then sign with name and password."""
    subject = _subject(request, code, access.May.SIGN)
    lang = lang_of(request)
    decision = screening.latest(subject)
    if decision is None:
        raise not_found("decision")
    obstacle = signing.obstacle(decision)
    error, status = "", 200
    meaning = signing.meaning_of(decision) or ""
    confirmed = {key.removeprefix("confirm-"): str(value) for key, value in request.POST.items() if key.startswith("confirm-")}
    if request.method == "POST":
        user = in_study(request).user
        wanted = request.POST.get("decision", "")
        if wanted != str(decision.pk):
            error, status = texts(lang)["stale"], 409
        else:
            typed = (request.POST.get("username", ""), request.POST.get("password", ""))
            meant, code = request.POST.get("meaning", ""), request.POST.get("code", "")
            done = signing.sign(user, decision, *typed, confirmed, meant, code=code, proven=sessions.proven(request.session))
            if not isinstance(done, Refused):
                sessions.prove(request.session, signing.proof(user))
                return redirect(urls_of(subject).why)
            error, status = said(done, lang), done.status
    computed = screening.computed(decision)
    context = {
        "s": shown(in_study(request).user, subject, decision, computed, lang),
        "answer": answer_of(computed.decision, lang, site=subject.site.code),
        "rows": sign_rows(computed, lang, confirmed),
        "obstacle": "" if obstacle is None else said(obstacle, lang),
        "error": error,
        "meaning": meaning,
        "meaning_text": texts(lang)["sign_meaning_eligible" if decision.decision == "eligible" else "sign_meaning_not"],
        "decision": str(decision.pk),
        "needs_code": signing.needs_code(in_study(request).user, sessions.proven(request.session)),
        "signer": say(lang, "sign_as", name=in_study(request).user.name),
    }
    return respond(request, "trialrules/sign.html", context, lambda: sign_json(decision, obstacle), status=status)
