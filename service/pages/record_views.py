"""Pages on which one recorded item is corrected or taken out: a fact, sex, birth date, a moment.

Each change wants a reason and decides again; who is too late sees both versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.views.decorators.http import require_http_methods

from .. import access, clock
from ..work import screening, states, subjects
from ..work.outcome import Refused, RefusedError
from .answers import in_study, page, respond, wants_json
from .entry import corrected
from .frame import lang_of
from .missing import saved
from .record import PERSON, Item, conflict, detail_item, fact_item, find, find_again, with_typed
from .refusals import said
from .subject import subject_page
from .subject_view import urls_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponseBase

    from ...canonical import Json
    from ..models.subjects import Subject

_BOTH: Final = ["GET", "HEAD", "POST"]
_PAGE: Final = "trialrules/record.html"

_Change = subjects.Entered | Refused


@page
@require_http_methods(_BOTH)
def fact(request: HttpRequest, study: str, code: str, index: int) -> HttpResponseBase:  # noqa: ARG001 - the gate has found the study
    """One recorded statement: what stands there, and the form that corrects it or takes it out."""
    asked, lang = in_study(request), lang_of(request)
    subject = subjects.find(asked.user, asked.study, code)

    def there() -> Item:
        return fact_item(*find(subject, index), subject, lang)

    def later(typed: Mapping[str, str]) -> Item | None:
        moved = find_again(subject, index, typed.get("mark", ""), typed.get("name", ""))
        return None if moved is None else fact_item(*moved, subject, lang)

    def change(version: int, typed: Mapping[str, str], why: str) -> _Change:
        new: dict[str, Json] | None = None
        if typed.get("action") != "remove":
            try:
                one, protocol = find(subject, index)
            except RefusedError as error:
                # Somebody else took it out: then this edit is stale, which its page says with both versions.
                return error.refused if version == subject.version else screening.stale(subject, version).refused
            known = None if one.entry is None else protocol.facts.get(one.entry.fact)
            if known is None or not isinstance(one.raw, dict):
                return Refused("fact-undeclared", 422, "The rules ask for no such fact.", "It can only be taken out.", "fact")
            new = corrected(known, typed, clock.today(subject.site.timezone).isoformat(), one.raw)
        return subjects.correct_fact(asked.user, subject, version, index, new, why)

    if request.method == "POST":
        return _changed(request, subject, later, change)

    def twin() -> Json:
        raw = find(subject, index)[0].raw
        return {"schema": "trialrules/fact/1", "subject": code, "version": subject.version, "index": index, "fact": raw}

    return respond(request, _PAGE, _context(request, subject, there()), twin)


@page
@require_http_methods(_BOTH)
def detail(request: HttpRequest, study: str, code: str, name: str) -> HttpResponseBase:  # noqa: ARG001 - as above
    """Sex, birth date, or when a moment was."""
    asked, lang = in_study(request), lang_of(request)
    subject = subjects.find(asked.user, asked.study, code)

    def there() -> Item:
        return detail_item(name, subject, lang)

    def change(version: int, typed: Mapping[str, str], why: str) -> _Change:
        if name in PERSON:
            return subjects.set_person(asked.user, subject, version, **{name: typed.get("value", "").strip()}, reason=why)
        moment_day = None if typed.get("action") == "remove" else typed.get("date", "")
        return subjects.set_moment(asked.user, subject, version, name, moment_day, why)

    if request.method == "POST":
        return _changed(request, subject, lambda _: there(), change)
    item = there()

    def twin() -> Json:
        return {"schema": "trialrules/detail/1", "subject": code, "version": subject.version, "name": name, "recorded": item.said}

    return respond(request, _PAGE, _context(request, subject, item), twin)


def _context(request: HttpRequest, subject: Subject, item: Item | None) -> dict[str, object]:
    user = in_study(request).user
    writes = access.allows(user, access.May.WRITE_SUBJECTS, subject.study, subject.site) and subject.state in states.OPEN
    return {"code": subject.code, "urls": urls_of(subject), "item": item, "version": subject.version, "may_write": writes}


def _changed(
    request: HttpRequest,
    subject: Subject,
    there: Callable[[Mapping[str, str]], Item | None],
    change: Callable[[int, Mapping[str, str], str], _Change],
) -> HttpResponseBase:
    """Change the item; the answer is the subject with what that did, or the form again with what stands in the way.

    A page that names no version is as stale as one that names an old one. `there` finds the item as it is now.
    """
    lang, typed = lang_of(request), request.POST.dict()
    version = typed.get("version", "")
    seen = int(version[:9]) if version.isdecimal() else 0
    before, was = screening.latest(subject), there(typed)
    done = change(seen, typed, typed.get("why", ""))
    subject.refresh_from_db()
    if not isinstance(done, Refused):
        told = saved(done, before, "" if was is None else was.title, lang)
        return respond(request, "trialrules/subject.html", {"s": subject_page(in_study(request).user, subject, lang), "saved": told})
    if wants_json(request):
        raise RefusedError(done)
    item = there(typed)
    again = None if item is None else with_typed(item, typed)
    context = {**_context(request, subject, again), "why": typed.get("why", "")}
    if done.code == "stale":
        context["conflict"] = conflict(subject, item, typed, lang)
    else:
        context["problem"] = said(done, lang)
    return respond(request, _PAGE, context, status=done.status)
