"""A subject's schedule, what is recorded of a visit, and moves: the plan first, then the move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from attrs import frozen
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ...engine.dates import format_partial
from ...engine.explain_words import words
from ...engine.schedule.to_json import ScheduleJson
from .. import access, clock
from ..work import documents, feeds, screening, subjects, visits
from ..work.outcome import Refused, RefusedError, not_found, refuse
from .answers import in_study, page, wants_json
from .frame import lang_of
from .move import move_json, move_page
from .overrides import state_words
from .plan_answers import address, number, shown, stale, value
from .plan_text import texts
from .schedule import Head, SchedulePage, VisitRow, clock_text, schedule_page, visit_lines

if TYPE_CHECKING:
    from ...dsl.model import Protocol
    from ...dsl.schedule_model import Study as Plan
    from ...engine.explain_words import Lang
    from ...engine.schedule.result import SubjectSchedule
    from ...engine.subject import VisitRecord
    from ..models.accounts import User
    from ..models.subjects import Subject


@frozen(eq=False)
class _Scene:
    """What all pages of a subject's course need."""

    actor: User
    subject: Subject
    protocol: Protocol
    plan: Plan
    lang: Lang
    rules: str

    @property
    def masked(self) -> bool:
        """Whether the reader may not know arms."""
        return not access.unblinded(self.actor, self.subject.study, self.subject.site)

    @property
    def places(self) -> dict[str, str]:
        """The subject in addresses."""
        return {"study": self.subject.study.slug, "code": self.subject.code}

    def urls(self) -> dict[str, str]:
        """Where one can go from here."""
        schedule = address("schedule", **self.places)
        return {
            "subject": address("why", **self.places) or address("subject", **self.places),
            "record": address("subject", **self.places),
            "worklist": address("worklist", study=self.places["study"]),
            "soa": address("soa", study=self.places["study"]),
            "feeds": f"{address('feeds', study=self.places['study'])}?kind=subject&subject={self.subject.code}",
            "schedule": schedule,
            "visits": schedule.removesuffix("schedule") + "visits/",
        }

    def schedule(self) -> SubjectSchedule:
        """The schedule as the reader may see it."""
        return value(visits.schedule(self.actor, self.subject))

    def page(self, found: SubjectSchedule) -> SchedulePage:
        """The page of that schedule."""
        head = Head(self.subject.site.code, self.masked, self._state(), self.rules)
        return schedule_page(self.protocol, self.plan, found, self.lang, head)

    def _state(self) -> str:
        """Where the subject stands; of one who left, since when."""
        word = state_words(self.subject.state, self.lang, waived=bool(self.subject.waivers))
        end = documents.value_of(self.subject.document).get("end")
        return f"{word} {end['date']}" if isinstance(end, dict) else word

    def today(self) -> str:
        """Today at the site."""
        return clock.today(self.subject.site.timezone).isoformat()


def _scene(request: HttpRequest, code: str) -> _Scene:
    asked = in_study(request)
    subject = subjects.find(asked.user, asked.study, code, access.May.READ_SCHEDULES)
    version, protocol = screening.protocol_for(subject)
    if protocol.study is None or not protocol.study.schedules:
        raise refuse("no-schedule", 409, "The rules have no schedule.")
    return _Scene(asked.user, subject, protocol, protocol.study, lang_of(request), version.label)


@page
def schedule(request: HttpRequest, study: str, code: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """The drawing and the table."""
    scene = _scene(request, code)
    found = scene.schedule()
    shows, t = scene.page(found), texts(scene.lang)
    sections = [(t["series"], shows.series), (t["periods"], shows.periods), (t["deviations"], shows.deviations), (t["needs"], shows.needs)]
    may_write = _may_write(scene)
    context = {"page": shows, "sections": sections, "urls": scene.urls(), "may_write": may_write, "done": _told(request, t, shows)}
    site = scene.subject.site.code
    twin = ScheduleJson(scene.protocol, scene.plan, found, scene.lang, site=site, masked=scene.masked).value
    whole = lambda: twin() | {"subject_version": scene.subject.version}  # noqa: E731 - the value of the twin
    return shown(request, "schedule.html", context, whole, table=lambda: visit_lines(shows))


def _may_write(scene: _Scene) -> bool:
    subject = scene.subject
    return subject.state == "enrolled" and access.allows(scene.actor, access.May.WRITE_VISITS, subject.study, subject.site)


def _told(request: HttpRequest, t: Mapping[str, str], shows: SchedulePage) -> str:
    """What was done just now, after the form led here."""
    key, how = request.GET.get("visit", ""), request.GET.get("done", "")
    title = next((row.title for row in shows.rows if row.key == key), "")
    return t[f"{how}_done"].format(title) if title and how in ("recorded", "moved") else ""


@page
def visit(request: HttpRequest, study: str, code: str, key: str) -> HttpResponse:  # noqa: ARG001
    """What is known of one visit, and the forms to record it."""
    scene = _scene(request, code)
    if request.method == "POST":
        done = _record(scene, key, request.POST.dict())
        if not isinstance(done, Refused):
            return HttpResponseRedirect(f"{scene.urls()['schedule']}?done=recorded&visit={key}#v-{key}")
        return _visit(request, scene, key, done)
    return _visit(request, scene, key, None)


def _visit(request: HttpRequest, scene: _Scene, key: str, refused: Refused | None) -> HttpResponse:
    scene.subject.refresh_from_db()
    found = scene.schedule()
    shows = scene.page(found)
    row = _row(shows, key)
    state = next(one for one in found.visits if one.key == key)
    doses = [{"name": one.name, "title": one.blinded_as or one.title, "unit": one.unit_text} for one in state.doses]
    typed = texts(scene.lang).get(f"sign_{request.POST.get('what', '')}", "")
    problem = {} if refused is None else stale(refused, scene.lang, " ".join((typed, request.POST.get("date", ""))), row.status)
    context = {"page": shows, "row": row, "doses": doses, "urls": _visit_urls(scene, key), "today": scene.today(), **problem}
    status = 200 if refused is None else refused.status
    if wants_json(request) and refused is not None:
        raise RefusedError(refused)
    slips = (
        [] if not _may_write(scene) else [_slip(one, scene.lang) for one in visits.taken_back(subjects.course_of(scene.subject)[1], key)]
    )
    context |= {
        "slips": slips,
        "may_add": _may_write(scene) and state.status == "done" and not slips,
        "version": scene.subject.version,
        "reload": request.path,
        "may_write": _may_write(scene),
    }
    return shown(request, "visit.html", context, lambda: {"visit": row.key, "title": row.title, "status": state.status}, status=status)


def _slip(one: VisitRecord, lang: Lang) -> str:
    """A record of a visit in words, without what was given."""
    t = texts(lang)
    day = "" if one.date is None else clock_text(format_partial(one.date))
    return words(lang).chain((t[f"record_{one.status}"], day, one.by or "", one.reason or ""))


def _visit_urls(scene: _Scene, key: str) -> dict[str, str]:
    return scene.urls() | {"move": address("move", **scene.places, key=key)}


def _row(shows: SchedulePage, key: str) -> VisitRow:
    row = next((one for one in shows.rows if one.key == key), None)
    if row is None:
        raise not_found("visit")
    return row


def _record(scene: _Scene, key: str, typed: dict[str, str]) -> Subject | Refused:
    actor, subject = scene.actor, scene.subject
    version, what = number(typed.get("version", "")), typed.get("what", "")
    if what == "booked":
        return visits.book(actor, subject, version, key, _when(scene, typed))
    if what == "done":
        try:
            doses = _doses(typed)
        except RefusedError as error:
            return error.refused
        return visits.done(actor, subject, version, key, _when(scene, typed), doses=doses)
    if what in ("missed", "skipped"):
        record = visits.missed if what == "missed" else visits.skipped
        return record(actor, subject, version, key, typed.get("reason", ""))
    if what == "taken back":
        return visits.undo(actor, subject, version, key, typed.get("reason", ""))
    return Refused("what-unknown", 422, "The form does not say what happened.", "Choose one.", "what")


def _when(scene: _Scene, typed: Mapping[str, str]) -> str:
    """The day and time of a form, in the zone of the site; what is none is refused where it is read."""
    day, time = typed.get("date", "").strip(), typed.get("time", "").strip()
    if not time:
        return day
    try:
        local = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(scene.subject.site.timezone))
    except ValueError:
        return f"{day}T{time}"
    return local.isoformat(timespec="minutes")


def _doses(typed: Mapping[str, str]) -> dict[str, tuple[Decimal, str] | None] | None:
    """The doses given; None: all as planned."""
    chosen = {name.removeprefix("given."): how for name, how in typed.items() if name.startswith("given.")}
    if all(how == "planned" for how in chosen.values()):
        return None
    found: dict[str, tuple[Decimal, str] | None] = {}
    for name, how in chosen.items():
        if how == "planned":
            found[name] = None
        elif how == "amount":
            try:
                found[name] = Decimal(typed.get(f"amount.{name}", "").strip()), typed.get(f"unit.{name}", "")
            except InvalidOperation:
                raise refuse("amount-wrong", 422, "The amount is no number.", "Such as `7.1e7`.", f"amount.{name}") from None
    return found


# ---------------------------------------------------------------- moves


@page
def move(request: HttpRequest, study: str, code: str, key: str) -> HttpResponse:  # noqa: ARG001
    """The plan of a move; sent back with a reason, the move."""
    scene = _scene(request, code)
    if request.method == "POST":
        version, to = number(request.POST.get("version", "")), request.POST.get("to", "")
        done = visits.move(scene.actor, scene.subject, version, key, to, request.POST.get("reason", ""))
        if not isinstance(done, Refused):
            return HttpResponseRedirect(f"{scene.urls()['schedule']}?done=moved&visit={key}#v-{key}")
        if wants_json(request):
            raise RefusedError(done)
        return _plan(request, scene, key, to, done)
    return _plan(request, scene, key, request.GET.get("to", ""), None)


def _plan(request: HttpRequest, scene: _Scene, key: str, to: str, refused: Refused | None) -> HttpResponse:
    scene.subject.refresh_from_db()
    row, t = _row(scene.page(scene.schedule()), key), texts(scene.lang)
    context: dict[str, object] = {"subject": scene.subject.code, "to": to, "today": scene.today(), "version": scene.subject.version}
    context |= {"urls": scene.urls(), "now": row, "reason": request.POST.get("reason", ""), "reload": f"{request.path}?to={to}"}
    if not to:
        return shown(request, "move.html", context | {"page": {"title": row.title, "key": key}})
    site, name = scene.subject.site.code, scene.subject.study.short_name
    found = visits.plan(scene.actor, scene.subject, key, to)
    if isinstance(found, Refused):
        if wants_json(request):
            raise RefusedError(found)
        return shown(request, "move.html", context | {"page": {"title": row.title, "key": key}, "refused": found}, status=found.status)
    shows = move_page(scene.protocol, found, scene.lang, site=site, short_name=name)
    changed = t["feeds_change"].format(len(shows.events), feeds.showing(scene.subject)) if shows.events else t["feeds_same"]
    problem = {} if refused is None else stale(refused, scene.lang, f"→ {to}", row.status)
    status = 200 if refused is None else refused.status
    context |= {"page": shows, "calendars": changed, **problem}
    return shown(request, "move.html", context, lambda: move_json(shows, scene.subject.code, scene.subject.version), status=status)
