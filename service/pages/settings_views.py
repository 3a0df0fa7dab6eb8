"""What administrators do: make studies, sites and accounts, give and end roles, state closed days."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..models.accounts import Membership, Role, User
from ..models.studies import Site, Study
from ..operations.people import address as link_of
from ..work import accounts, sites, studies
from ..work.outcome import Refused
from .answers import StudyRequest, in_study, page, respond
from .frame import lang_of
from .plan_answers import number
from .refusals import said
from .settings import person_rows, settings_json, site_rows
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...engine.explain_words import Lang

_METHODS = ["GET", "HEAD", "POST"]
_NO_USER = Refused("not-found", 404, "There is no such account.", "Look at the list.", "username")
_NO_SITE = Refused("not-found", 404, "There is no such site.", "Choose one of the list.", "site")
_NO_ROLE = Refused("not-found", 404, "There is no such role.", "Load the page again.", "role")


# ---------------------------------------------------------------- one study


@page
@require_http_methods(_METHODS)
def settings_page(request: HttpRequest, study: str) -> HttpResponseBase:  # noqa: ARG001 - the gate found the study
    """Sites and people of a study. A one-time link that was made is shown in the answer, and nowhere else."""
    asked, lang = in_study(request), lang_of(request)
    context: dict[str, object] = {"typed": request.POST}
    status = 200
    if request.method == "POST":
        done = _do(asked, request)
        if isinstance(done, Refused):
            context |= {"error": said(done, lang), "where": done.where}
            status = done.status
        elif not isinstance(done, accounts.NewUser):
            return redirect(request.path)
        else:
            context = {"link": link_of(done.token), "link_for": _whom(done.user, lang)}
    places, people = site_rows(asked.study), person_rows(asked.user, asked.study, lang)
    t = texts(lang)
    asked.study.refresh_from_db()
    context |= {
        "study": asked.study,
        "kept": studies.retention(asked.study),
        "sites": places,
        "people": people,
        "roles": [(role.value, t[f"role_{role.value}"]) for role in Role],
        "zones": sorted(available_timezones()),
        "json_url": reverse("settings", kwargs={"study": asked.study.slug}) + ".json",
    }
    return respond(request, "trialrules/settings.html", context, lambda: settings_json(asked.study, places, people), status=status)


def _whom(user: User, lang: Lang) -> str:
    return say(lang, "set_link_for", name=user.name, username=user.username)


def _do(asked: StudyRequest, request: HttpRequest) -> object:
    """What the form that was sent says."""
    steps: dict[str, Callable[[StudyRequest, HttpRequest], object]] = {
        "site": _make_site,
        "closed": _close,
        "person": _add_person,
        "end": _end_role,
        "link": _send_link,
        "switch": _switch,
        "kept": _keep,
        "waivers": _allow_waivers,
    }
    step = steps.get(request.POST.get("what", ""))
    if step is None:
        return Refused("what-unknown", 422, "The form does not say what to do.", "Load the page again.", "what")
    return step(asked, request)


def _make_site(asked: StudyRequest, request: HttpRequest) -> Site | Refused:
    typed = request.POST
    code, name, zone = (typed.get(key, "").strip() for key in ("code", "name", "timezone"))
    return sites.create_site(asked.user, asked.study, code, name, zone)


def _close(asked: StudyRequest, request: HttpRequest) -> Site | Refused:
    site = _site(asked, request)
    if site is None:
        return _NO_SITE
    return sites.set_closed_days(asked.user, site, sites.typed_days(request.POST.get("days", "")), request.POST.get("reason", ""))


def _site(asked: StudyRequest, request: HttpRequest) -> Site | None:
    return Site.objects.filter(study=asked.study, code=request.POST.get("site", "")).first()


def _add_person(asked: StudyRequest, request: HttpRequest) -> object:
    """A role for an account; where there is no such account it is made, and its link comes back."""
    typed = request.POST
    site = _site(asked, request)
    if site is None and typed.get("site"):
        return _NO_SITE
    return accounts.invite(
        asked.user,
        asked.study,
        typed.get("username", "").strip(),
        typed.get("name", "").strip(),
        typed.get("role", ""),
        site=site,
        unblinded=typed.get("unblinded") == "1",
        reason=typed.get("reason", ""),
    )


def _end_role(asked: StudyRequest, request: HttpRequest) -> object:
    held = Membership.objects.filter(study=asked.study, pk=number(request.POST.get("role", "")), ended=None).first()
    return _NO_ROLE if held is None else accounts.revoke(asked.user, held, request.POST.get("reason", ""))


def _person(asked: StudyRequest, request: HttpRequest) -> User | None:
    """Somebody with a role in the study; of other accounts nothing is said."""
    found = Membership.objects.filter(study=asked.study, ended=None, user__username=request.POST.get("username", ""))
    held = found.select_related("user").first()
    return None if held is None else held.user


def _send_link(asked: StudyRequest, request: HttpRequest) -> object:
    user = _person(asked, request)
    return _NO_USER if user is None else accounts.new_link(asked.user, user.username)


def _switch(asked: StudyRequest, request: HttpRequest) -> object:
    user = _person(asked, request)
    if user is None:
        return _NO_USER
    return accounts.set_active(asked.user, user, active=request.POST.get("active") == "1", reason=request.POST.get("reason", ""))


def _keep(asked: StudyRequest, request: HttpRequest) -> Study | Refused:
    typed = request.POST
    years = typed.get("years", "").strip()
    return studies.set_retention(
        asked.user, asked.study, typed.get("ended", "").strip() or None, number(years) if years else None, typed.get("reason", "")
    )


def _allow_waivers(asked: StudyRequest, request: HttpRequest) -> Study | Refused:
    return studies.allow_waivers(asked.user, asked.study, allowed=request.POST.get("allowed") == "1", reason=request.POST.get("reason", ""))


# ---------------------------------------------------------------- the installation


@page
@require_http_methods(_METHODS)
def new_study(request: HttpRequest) -> HttpResponseBase:
    """Make a study, or take the administrator's role in one; for administrators of the installation."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("the gate lets nobody else in")
    lang = lang_of(request)
    error, status = "", 200
    if request.method == "POST":
        done = _made(user, request)
        if not isinstance(done, Refused):
            return redirect("settings", study=done.slug)
        error, status = said(done, lang), done.status
    own = Membership.objects.filter(user=user, ended=None, role=Role.ADMINISTRATOR, site=None)
    others = list(Study.objects.exclude(pk__in=own.values("study")).order_by("slug"))
    return respond(request, "trialrules/study_new.html", {"error": error, "typed": request.POST, "others": others}, status=status)


def _made(user: User, request: HttpRequest) -> Study | Refused:
    typed = request.POST
    if typed.get("what") == "join":
        study = Study.objects.filter(slug=typed.get("study", "")).first()
        if study is None:
            return Refused("not-found", 404, "There is no such study.", "Choose one of the list.", "study")
        given = accounts.grant(user, user, study, Role.ADMINISTRATOR, reason=typed.get("reason", ""))
        return given if isinstance(given, Refused) else study
    slug, name, short = (typed.get(key, "").strip() for key in ("slug", "name", "short_name"))
    return accounts.create_study(user, slug, name, short or slug.upper())
