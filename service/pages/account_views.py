"""Signing in and out, setting a password with a one-time link, choosing the language, choosing the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.contrib.auth import login as start_session, logout as end_session
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from .. import access, sessions
from ..models.accounts import User
from ..models.studies import Study
from ..work import accounts, door, factors, studies as study_facts
from ..work.outcome import Refused
from .answers import in_study, page, respond
from .frame import LANGUAGE_KEY, lang_of, role_words
from .refusals import said
from .words import HTML_LANG, LANGUAGES, say, texts

if TYPE_CHECKING:
    from ...canonical import Json
    from ...engine.explain_words import Lang

_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_HALF: Final = "half"
_HALF_SECONDS: Final = 300
"""How long a password lasts without its code."""


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted else reverse("studies")


@page
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponseBase:
    """User name and password."""
    if request.method != "POST":
        return respond(request, "trialrules/login.html", {"next": _next(request), "error": "", "username": ""})
    username = request.POST.get("username", "")
    found = door.log_in(username, request.POST.get("password", ""), request.META.get("REMOTE_ADDR", ""))
    if isinstance(found, Refused):
        context = {"next": _next(request), "error": said(found, lang_of(request)), "username": username}
        return respond(request, "trialrules/login.html", context, status=found.status)
    return _go_in(request, found, _next(request))


def _go_in(request: HttpRequest, found: User | door.HalfIn, target: str) -> HttpResponseBase:
    """Begin the session; or keep for a while that the password fitted, and ask for the code."""
    if isinstance(found, User):
        start_session(request, found, backend=_BACKEND)
        return redirect(target)
    if isinstance(request.user, User):
        end_session(request)
    else:
        request.session.cycle_key()
    request.session[LANGUAGE_KEY] = found.user.language
    sessions.keep(request.session, _HALF, f"{found.user.pk} {found.user.get_session_auth_hash()}")
    return redirect(f"{reverse('login-code')}?{urlencode({'next': target})}")


def _half_in(request: HttpRequest) -> User | None:
    """Who has given the right password a short while ago. A password that was changed since, or an account switched off, is none."""
    number, _, proof = (sessions.kept(request.session, _HALF, _HALF_SECONDS) or "").partition(" ")
    user = User.objects.filter(pk=int(number), active=True).first() if number.isdecimal() else None
    return user if user is not None and constant_time_compare(user.get_session_auth_hash(), proof) else None


@page
@require_http_methods(["GET", "HEAD", "POST"])
def login_code(request: HttpRequest) -> HttpResponseBase:
    """The code of the second factor, after the password."""
    user = _half_in(request)
    if user is None:
        return redirect(f"{reverse('login')}?{urlencode({'next': _next(request)})}")
    if request.method != "POST":
        return respond(request, "trialrules/login_code.html", {"next": _next(request), "error": ""})
    wrong = factors.enter(user, request.POST.get("code", ""))
    if wrong is not None:
        context = {"next": _next(request), "error": said(wrong, lang_of(request))}
        return respond(request, "trialrules/login_code.html", context, status=wrong.status)
    request.session.pop(_HALF, None)
    start_session(request, user, backend=_BACKEND)
    return redirect(_next(request))


@page
@require_POST
def logout(request: HttpRequest) -> HttpResponseBase:
    """End the session; the next one begins in the same language."""
    lang = lang_of(request)
    if isinstance(request.user, User):
        door.log_out(request.user)
    end_session(request)
    request.session[LANGUAGE_KEY] = lang
    return redirect("login")


@page
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponseBase:
    """A one-time link: choose a password, and be signed in."""
    user = accounts.user_of_link(token)
    if user is None:
        return respond(request, "trialrules/link_dead.html", {}, status=404)
    lang = lang_of(request)
    context = {"for_whom": say(lang, "welcome_for", name=user.name, username=user.username), "username": user.username, "error": ""}
    if request.method != "POST":
        return respond(request, "trialrules/welcome.html", context)
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        return respond(request, "trialrules/welcome.html", {**context, "error": texts(lang)["password_differs"]}, status=422)
    found = accounts.set_password(token, password)
    if isinstance(found, Refused):
        return respond(request, "trialrules/welcome.html", {**context, "error": said(found, lang)}, status=found.status)
    return _go_in(request, door.arrive(found), reverse("studies"))


@page
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """The language of the pages: kept with the account, before signing in with the session."""
    chosen = request.POST.get("language", "")
    if chosen in LANGUAGES:
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        else:
            request.session[LANGUAGE_KEY] = chosen
    response = redirect(_next(request))
    response.headers["Content-Language"] = HTML_LANG[lang_of(request)]
    return response


@page
@require_http_methods(["GET", "HEAD"])
def studies(request: HttpRequest) -> HttpResponseBase:
    """The studies in which somebody has a role, each with where to begin."""
    user = request.user
    if not isinstance(user, User):
        return HttpResponse(status=401)
    found = access.studies(user)
    lang = lang_of(request)
    rows = [
        {
            "study": one.slug,
            "name": one.name,
            "short_name": one.short_name,
            "roles": list(role_words(user, one, lang)),
            **study_facts.retention_json(one),
        }
        for one in found
    ]

    def twin() -> Json:
        return {"schema": "trialrules/studies/1", "studies": rows}  # type: ignore[dict-item]  # plain texts

    shown = [{**row, "url": _first_page(user, one), "kept": _kept(one, lang)} for row, one in zip(rows, found, strict=True)]
    new = reverse("study-new") if user.superuser else ""
    return respond(request, "trialrules/studies.html", {"studies": shown, "new_url": new}, twin)


@page
@require_http_methods(["GET", "HEAD"])
def study_start(request: HttpRequest, study: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """The address of a study alone leads to where its reader begins."""
    asked = in_study(request)
    return redirect(_first_page(asked.user, asked.study))


def _first_page(user: User, study: Study) -> str:
    """Where somebody begins to work: with subjects, else with what is still to be set up, else with the rules."""
    if access.anywhere(user, access.May.READ_SUBJECTS, study):
        name = "worklist"
    else:
        name = "settings" if access.anywhere(user, access.May.ADMINISTER, study) else "rules"
    return reverse(name, kwargs={"study": study.slug})


def _kept(study: Study, lang: Lang) -> str:
    """How long the study's records are kept, in words; empty where nobody has said anything."""
    kept = study_facts.retention(study)
    ended, years = str(kept.ended or ""), str(kept.years or "")
    if kept.until is not None:
        return say(lang, "kept_until", until=str(kept.until), ended=ended, years=years)
    if kept.ended is not None:
        return say(lang, "kept_ended", ended=ended)
    return say(lang, "kept_years", years=years) if years else ""
