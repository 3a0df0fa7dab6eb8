"""What the rule editor asks for while somebody writes: problems, layout, values, examples, effect, and what a name is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest, HttpResponse

from ... import limits
from ...canonical import canonical_bytes
from ...records.subject import read_subjects
from .. import access, clock
from ..models.subjects import Subject
from ..work import amendment, counted, documents, rules, subjects
from ..work.outcome import Refused, RefusedError, refuse
from .answers import JSON, StudyRequest, in_study, page
from .editor import Checked, Evaluated, checked, evaluated, formatted
from .editor_draft import Draft, draft_of
from .editor_names import block_names, names_of
from .editor_tests import MOST_EXAMPLES, Ran, run
from .frame import lang_of
from .plan_answers import shown
from .plan_text import texts
from .rules import effect_context

if TYPE_CHECKING:
    from ...dsl.model import Protocol
    from ...engine.dates import PartialDate
    from ...engine.explain_words import Lang
    from ...engine.subject import Subject as Course

_LONGEST_NAME: Final = limits.MAX_NAME_LENGTH


# ---------------------------------------------------------------- problems and layout


def looked_at(draft: Draft, lang: Lang) -> Checked:
    """What is wrong with a text, and what may be written in it.

    While it has errors the names of the version that is opened are offered: those of the text can't be told then.
    """
    found = draft.loaded()
    protocol = found.protocol or rules.check(draft.main, draft.files).protocol
    names = block_names(lang) + (() if protocol is None else names_of(protocol, lang))
    return checked(found, draft.main, names)


def problems_context(found: Checked, lang: Lang) -> dict[str, object]:
    """What the list of problems shows."""
    t, number = texts(lang), len(found.problems)
    words = t["problem_one"] if number == 1 else t["problem_count"].format(number)
    return {"checked": found, "checked_data": found.data(), "problem_words": words}


@page
def check(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """What is wrong with the text now."""
    lang = lang_of(request)
    found = looked_at(draft_of(in_study(request), request), lang)
    return shown(request, "_problems.html", problems_context(found, lang), found.data)


@page
def layout(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """The text laid out."""
    after, said = laid_out(draft_of(in_study(request), request), lang_of(request))
    return shown(request, "_format.html", {"formatted": after.source, "format_words": said}, lambda: {"source": after.source})


def laid_out(draft: Draft, lang: Lang) -> tuple[Draft, str]:
    """The text laid out, and what there is to say; as it was, where it has errors."""
    t, text = texts(lang), formatted(draft.source, draft.main)
    if text is None:
        return draft, t["format_not"]
    return draft.laid_out(text), t["format_same"] if text == draft.source else t["formatted"]


# ---------------------------------------------------------------- values of a subject


@page
def evaluate(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """The text tried on a subject."""
    asked = in_study(request)
    context = values_context(asked, draft_of(asked, request), request.POST, lang_of(request))
    return shown(request, "_values.html", context, lambda: {"values": context.get("values_data"), "problem": context.get("values_problem")})


def values_context(asked: StudyRequest, draft: Draft, typed: Mapping[str, str], lang: Lang) -> dict[str, object]:
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


# ---------------------------------------------------------------- examples and effect


@page
def tests(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """The examples run on the text."""
    context = tests_context(draft_of(in_study(request), request), lang_of(request))
    ran = context.get("ran")
    return shown(request, "_tests.html", context, lambda: ran.data() if isinstance(ran, Ran) else {"problem": context["tests_problem"]})


def tests_context(draft: Draft, lang: Lang) -> dict[str, object]:
    """Which examples hold."""
    t, protocol = texts(lang), draft.loaded().protocol
    if protocol is None:
        return {"tests_problem": t["no_values"]}
    ran = run(protocol, draft.examples_name, draft.examples, lang)
    if not ran.examples:
        return {"ran": ran, "tests_words": "" if ran.problems else t["tests_none"]}
    said = t["tests_fail"].format(ran.failed, len(ran.examples)) if ran.failed else t["tests_pass"].format(len(ran.examples))
    if ran.total > len(ran.examples):
        said = f"{said} {t['tests_part'].format(MOST_EXAMPLES, ran.total)}"
    return {"ran": ran, "tests_words": said, "main": draft.main}


@page
def effect(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """What the text would change for subjects."""
    asked = in_study(request)
    draft = draft_of(asked, request)
    found = effect_part(asked, draft, lang_of(request))
    return shown(request, "_effect_part.html", found, lambda: found.get("effect_data", {"problem": found.get("effect_problem")}))


def effect_part(asked: StudyRequest, draft: Draft, lang: Lang) -> dict[str, object]:
    """The text against the version that was approved last."""
    t, protocol = texts(lang), draft.loaded().protocol
    base = rules.newest(asked.study)
    if protocol is None or base is None:
        return {"effect_problem": t["no_values"] if protocol is None else t["no_rules"]}
    found = amendment.compare(asked.user, base, protocol)
    if isinstance(found, Refused):
        raise RefusedError(found)
    here = t["this_text"]
    return {"effect_data": found.data(base.label, here), **effect_context(found, base.label, here, lang)}


# ---------------------------------------------------------------- names


@page
def name(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """Of how many subjects something is recorded under a name: facts, moments, sex and birth date."""
    asked = in_study(request)
    wanted = request.GET.get("name", "")[:_LONGEST_NAME]
    sites = access.sites(asked.user, access.May.READ_SUBJECTS, asked.study)
    having, looked = counted.count(wanted, Subject.objects.filter(study=asked.study, site__in=sites))
    said = texts(lang_of(request))["name_recorded"].format(having, looked) if looked else ""
    value = {"name": wanted, "recorded": having, "subjects": looked, "said": said}
    return HttpResponse(canonical_bytes(value), content_type=JSON)
