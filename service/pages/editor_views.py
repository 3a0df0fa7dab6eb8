"""The rule editor: a page that works as a plain form, and the fragments that it asks for while somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import frozen
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

from ... import limits
from ...records.subject import read_subjects
from .. import access, clock
from ..models.subjects import Subject
from ..work import documents, rules, subjects
from ..work.outcome import Refused, RefusedError, refuse
from .answers import StudyRequest, in_study, page, wants_json
from .editor import Checked, Evaluated, checked, evaluated, formatted
from .frame import lang_of
from .plan_answers import address, shown
from .plan_text import texts

if TYPE_CHECKING:
    from ...dsl.facade import LoadResult
    from ...dsl.model import Protocol
    from ...engine.dates import PartialDate
    from ...engine.explain_words import Lang
    from ...engine.subject import Subject as Course

_BUNDLE: Final = "trialrules/editor/editor.js"
_NEW_RULES: Final = 'protocol my_study version 0.1 language 1\n  title "My study"\n\ninclusion I1 "18 years or older"\n  age >= 18 years\n'
_NEW_MAIN: Final = "study.rules"
_MOST_CODES: Final = 200


@frozen
class _Draft:
    """The text in work: what the form sent, else the version that is opened, else a beginning."""

    main: str
    source: str
    version: str
    files: Mapping[str, str]

    def loaded(self) -> LoadResult:
        """The text with the files of its version, checked."""
        return rules.check(self.main, {**self.files, self.main: self.source})


def _draft(asked: StudyRequest, request: HttpRequest) -> _Draft:
    given = request.POST if request.method == "POST" else request.GET
    label = given.get("version", "")
    version = rules.find(asked.user, asked.study, label) if label else rules.newest(asked.study)
    main, files = (_NEW_MAIN, {}) if version is None else (version.main, version.files)
    source = request.POST.get("source") if request.method == "POST" else None
    text = files.get(main, _NEW_RULES) if source is None else source.replace("\r\n", "\n")
    if len(text.encode("utf-8", "replace")) > limits.MAX_FILE_BYTES:
        raise refuse("too-large", 413, f"A rule file has at most {limits.MAX_FILE_BYTES} bytes.", "Split it into libraries.", "source")
    return _Draft(main, text, "" if version is None else version.label, files)


def problems_context(found: Checked, lang: Lang) -> dict[str, object]:
    """What the list of problems shows."""
    t, number = texts(lang), len(found.problems)
    words = t["problem_one"] if number == 1 else t["problem_count"].format(number)
    return {"checked": found, "checked_data": found.data(), "problem_words": words}


@page
def editor(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """The whole page; its buttons work without scripts too."""
    asked, lang = in_study(request), lang_of(request)
    draft, what = _draft(asked, request), request.POST.get("what", "")
    context: dict[str, object] = {}
    status = 200
    if what == "store":
        done = _store(asked, request, draft)
        if not isinstance(done, Refused):
            return HttpResponseRedirect(address("rule", study=asked.study.slug, label=done))
        context, status = {"refused": done}, done.status
    if what == "format":
        draft, said = _laid_out(draft, lang)
        context |= {"format_words": said}
    if what == "evaluate":
        context |= _values(asked, draft, request.POST, lang)
    return _page(request, asked, draft, context, status)


def _page(request: HttpRequest, asked: StudyRequest, draft: _Draft, more: Mapping[str, object], status: int) -> HttpResponse:
    lang, slug = lang_of(request), asked.study.slug
    sites = access.sites(asked.user, access.May.READ_SUBJECTS, asked.study)
    codes = Subject.objects.filter(study=asked.study, site__in=sites).order_by("code").values_list("code", flat=True)
    names = {"rules": "rules", "check": "editor-check", "format": "editor-format", "evaluate": "editor-evaluate"}
    typed = {name: request.POST.get(name, "") for name in ("subject", "label", "note", "record")}
    found = checked(draft.loaded(), draft.main)
    context = {
        "bundle": static(_BUNDLE) if finders.find(_BUNDLE) else "",
        "main": draft.main,
        "source": draft.source,
        "version": draft.version,
        "codes": list(codes[:_MOST_CODES]),
        "codes_limit": texts(lang)["codes_limit"].format(_MOST_CODES),
        "urls": {key: address(name, study=slug) for key, name in names.items()},
        "may_write": access.anywhere(asked.user, access.May.WRITE_RULES, asked.study),
        **problems_context(found, lang),
        **typed,
        **more,
    }
    return shown(request, "editor.html", context, lambda: {"main": draft.main, "version": draft.version, **found.data()}, status=status)


@page
def check(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """What is wrong with the text now."""
    draft = _draft(in_study(request), request)
    found = checked(draft.loaded(), draft.main)
    return shown(request, "_problems.html", problems_context(found, lang_of(request)), found.data)


@page
def layout(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """The text laid out."""
    before = _draft(in_study(request), request)
    after, said = _laid_out(before, lang_of(request))
    return shown(request, "_format.html", {"formatted": after.source, "format_words": said}, lambda: {"source": after.source})


def _laid_out(draft: _Draft, lang: Lang) -> tuple[_Draft, str]:
    t, text = texts(lang), formatted(draft.source, draft.main)
    if text is None:
        return draft, t["format_not"]
    said = t["format_same"] if text == draft.source else t["formatted"]
    return _Draft(draft.main, text, draft.version, draft.files), said


@page
def evaluate(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """The text tried on a subject."""
    asked = in_study(request)
    context = _values(asked, _draft(asked, request), request.POST, lang_of(request))
    return shown(request, "_values.html", context, lambda: {"values": context.get("values_data"), "problem": context.get("values_problem")})


def _values(asked: StudyRequest, draft: _Draft, typed: Mapping[str, str], lang: Lang) -> dict[str, object]:
    """A subject's values beside the lines, or why there are none. Nothing is stored, and no arm plays a part."""
    t, protocol = texts(lang), draft.loaded().protocol
    if protocol is None:
        return {"values_problem": t["no_values"]}
    code, record = typed.get("subject", "").strip(), typed.get("record", "").strip()
    if not code and not record:
        return {"values_problem": t["no_subject"]}
    try:
        person, now = _person(asked, protocol, code, record)
    except RefusedError as error:
        return {"values_problem": f"{error.refused.message} {error.refused.mend}".strip()}
    found: Evaluated = evaluated(protocol, person.patient, now, lang, draft.main, code or person.number)
    return {"values": found, "values_data": found.data(), "decision_words": t[f"decision_{found.decision}"]}


def _person(asked: StudyRequest, protocol: Protocol, code: str, record: str) -> tuple[Course, PartialDate]:
    """The subject of that code as of today at its site, else the one of the record as of today in the study's zone."""
    if code:
        subject = subjects.find(asked.user, asked.study, code)
        now = clock.day(subject.site.timezone)
        return documents.subject_of(subject.document, protocol, now), now
    if len(record.encode("utf-8", "replace")) > limits.MAX_FILE_BYTES:
        raise refuse("too-large", 413, f"A record has at most {limits.MAX_FILE_BYTES} bytes here.", "Leave out what no criterion asks for.")
    now = clock.day(protocol.timezone)
    found = list(islice(read_subjects(record.encode("utf-8", "replace"), protocol, now), 2))
    if len(found) != 1:
        raise refuse("one-record", 422, "There has to be one record.", "Paste one subject or patient.", "record")
    if found[0].subject is None:
        raise documents.unreadable(found[0].problems)
    return found[0].subject, now


def _store(asked: StudyRequest, request: HttpRequest, draft: _Draft) -> str | Refused:
    """Keep the text as a new draft; the label that it got."""
    files = {**draft.files, draft.main: draft.source}
    label, note = request.POST.get("label", ""), request.POST.get("note", "")
    done = rules.import_version(asked.user, asked.study, draft.main, files, label=label, note=note)
    if isinstance(done, Refused) and wants_json(request):
        raise RefusedError(done)
    return done if isinstance(done, Refused) else done.label
