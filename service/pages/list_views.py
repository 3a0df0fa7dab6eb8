"""Pages about many subjects, and the one that makes or ends one: worklist, screening log, new subject, subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import asdict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ...canonical import canonical_bytes
from ...engine.decision_json import unused_json
from .. import access
from ..middleware.size import takes_up_to
from ..models.studies import Site
from ..work import documents, enrolment, screening, subjects
from ..work.outcome import Refused, RefusedError
from .answers import file_name, in_study, page, respond, twin_url, wants_csv, wants_json
from .facets import facets_json, filters_of
from .frame import lang_of
from .log import PAGE, SCHEMA, log_lines, log_rows
from .overrides import state_words
from .record import course_conflict, fact_lines
from .refusals import said
from .subject import subject_page
from .subject_view import meaning_words, urls_of
from .tables import csv_stream
from .times import local_time
from .why import STATES
from .words import say, texts
from .worklist import every_row, row_json, row_lines, worklist as worklist_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.subjects import Subject

CREATED_SCHEMA: Final = "trialrules/created/1"
_READ: Final = ["GET", "HEAD"]
_BOTH: Final = ["GET", "HEAD", "POST"]


@page
@require_http_methods(_READ)
def worklist(request: HttpRequest, study: str) -> HttpResponseBase:
    """Subjects by code, with facets."""
    asked, lang = in_study(request), lang_of(request)
    wanted = filters_of(request.GET)
    may_create = bool(access.sites(asked.user, access.May.WRITE_SUBJECTS, asked.study))

    def twin() -> Json:
        rows: list[Json] = [row_json(row) for row in found.rows]
        head: dict[str, Json] = {"schema": "trialrules/worklist/1", "study": study}
        return head | {"subjects": rows, "next": found.next or None, "facets": facets_json(found.facets)}

    if wants_csv(request):
        return csv_stream(row_lines(every_row(asked.user, asked.study, wanted, lang)), file_name(request))
    found = worklist_page(asked.user, asked.study, wanted, lang)
    partial = request.headers.get("HX-Request") == "true"
    context = {"list": found, "study": study, "may_create": may_create}
    context |= {"json_url": twin_url(request, "json"), "csv_url": twin_url(request, "csv")}
    return respond(request, "trialrules/worklist_page.html" if partial else "trialrules/worklist.html", context, twin)


@page
@require_http_methods(_READ)
def log(request: HttpRequest, study: str) -> HttpResponseBase:
    """The screening log: a page of it, or all of it as JSON."""
    asked, lang = in_study(request), lang_of(request)
    if wants_csv(request):
        return csv_stream(log_lines(log_rows(asked.user, asked.study)), file_name(request))
    after = request.GET.get("after", "")[:64]
    rows = list(log_rows(asked.user, asked.study, after, PAGE))
    context: dict[str, object] = {
        "rows": [{**asdict(row), "why": reverse("why", kwargs={"study": study, "code": row.subject})} for row in rows],
        "csv_url": f"{request.path}.csv",
        "json_url": f"{request.path}.json",
        "next": f"?after={rows[-1].subject}" if len(rows) == PAGE else "",
    }

    def twin() -> Json:
        return {"schema": SCHEMA, "study": study, "rows": [asdict(row) for row in log_rows(asked.user, asked.study)]}

    return respond(request, "trialrules/log.html", _named(context, lang), twin)


def _named(context: dict[str, object], lang: Lang) -> dict[str, object]:
    """States and decisions in words."""
    t = texts(lang)
    rows = context["rows"]
    if isinstance(rows, list):
        for row in rows:
            row["state"] = state_words(row["state"], lang, waived=row["waiver"])
            row["look"], row["sign"] = STATES[row["decision"]]
            row["decision"] = t[f"decision_{row['decision']}"]
            row["signed"] = local_time(row["signed_at"], row["signed_zone"]) if row["signed_at"] else ""
            row["meaning"] = meaning_words(row["meaning"], lang)
    return context


@page
@takes_up_to(subjects.MAX_UPLOAD + 100_000)
@require_http_methods(_BOTH)
def new(request: HttpRequest, study: str) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """Make a subject, from a file or from nothing, and screen it."""
    asked, lang = in_study(request), lang_of(request)
    sites = access.sites(asked.user, access.May.WRITE_SUBJECTS, asked.study)
    error, status = "", 200
    if request.method == "POST":
        made = _created(request, sites)
        if not isinstance(made, Refused):
            screening.decide(asked.user, made.subject, texts(lang)["reason_screening"])
            return _made(request, made)
        error, status = said(made, lang), made.status
    context = {"sites": sites, "error": error, "typed": request.POST}
    return respond(request, "trialrules/subject_new.html", context, status=status)


def _made(request: HttpRequest, made: subjects.Created) -> HttpResponseBase:
    """On to the answer; where something of the record was not kept, that is said first."""
    subject, urls, lang = made.subject, urls_of(made.subject), lang_of(request)
    if not made.unused and not wants_json(request):
        return redirect(urls.why)
    kept = len(documents.facts_of(subject.document))
    context = {
        "head": say(lang, "created_head", code=subject.code),
        "kept_words": say(lang, "created_kept", count=str(kept)),
        "lines": [(one.reason, say(lang, "created_nearest", name=one.nearest) if one.nearest else "") for one in made.unused],
        "code": subject.code,
        "urls": urls,
    }

    def twin() -> Json:
        unused: list[Json] = [unused_json(one) for one in made.unused]
        return {"schema": CREATED_SCHEMA, "subject": subject.code, "kept": kept, "unused": unused}

    return respond(request, "trialrules/created.html", context, twin, status=201)


def _created(request: HttpRequest, sites: list[Site]) -> subjects.Created | Refused:
    asked = in_study(request)
    code = request.POST.get("code", "").strip()
    site = next((one for one in sites if one.code == request.POST.get("site", "")), None)
    if site is None:
        return Refused("not-found", 404, "There is no such site.")
    file = request.FILES.get("file")
    content = file.read() if file is not None else _bare(code, request.POST.get("sex", ""), request.POST.get("birth_date", "").strip())
    return subjects.create(asked.user, asked.study, site, code, content)


def _bare(code: str, sex: str, birth_date: str) -> bytes:
    """A record that holds nothing yet."""
    patient: dict[str, Json] = {"schema": "trialrules/patient/1", "id": code, "moments": {}, "facts": []}
    patient |= {key: value for key, value in (("sex", sex), ("birth_date", birth_date)) if value}
    return canonical_bytes(patient)


@page
@require_http_methods(_BOTH)
def subject(request: HttpRequest, study: str, code: str) -> HttpResponseBase:  # noqa: ARG001 - as above
    """One subject; POST enrols, or records the end."""
    asked, lang = in_study(request), lang_of(request)
    found = subjects.find(asked.user, asked.study, code)
    problem: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        done = _acted(request, found)
        if not isinstance(done, Refused):
            return redirect(urls_of(found).subject)
        status = done.status
        found.refresh_from_db()
        stale = done.code == "stale" and request.POST.get("version", "").isdecimal()
        problem = {"conflict": course_conflict(found, request.POST.dict(), lang)} if stale else {"error": said(done, lang)}
    shows = subject_page(asked.user, found, lang)
    context = {"s": shows, **problem}

    def twin() -> Json:
        latest = screening.latest(found)
        return {
            "schema": "trialrules/subject-page/1",
            "subject": found.code,
            "site": found.site.code,
            "state": str(found.state),
            "waivers": found.waivers,
            "version": found.version,
            "decision": None if latest is None else str(latest.pk),
            "document": subjects.document_for(asked.user, found),
        }

    return respond(request, "trialrules/subject.html", context, twin, table=lambda: fact_lines(shows.facts), status=status)


def _acted(request: HttpRequest, found: Subject) -> Subject | Refused:
    user, typed = in_study(request).user, request.POST
    version = typed.get("version", "")
    if not version.isdecimal():
        raise RefusedError(Refused("stale", 409, "The form does not say which version it is about.", "Load the page again.", "version"))
    seen, reason = int(version[:9]), typed.get("reason", "")
    if typed.get("action") == "enrol":
        return enrolment.enrol(user, found, seen)
    if typed.get("action") == "allocate":
        part, arm = (typed.get(key) or None for key in ("part", "arm"))
        return enrolment.allocate(user, found, seen, part=part, arm=arm, reason=reason)
    return enrolment.end(user, found, seen, typed.get("status", ""), typed.get("day", "").strip(), reason)
