"""The rule editor: a page that works as a plain form; `editor_parts` has what it asks for while somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

from ... import limits
from .. import access
from ..models.studies import RuleVersion
from ..models.subjects import Subject
from ..work import amendment, rules
from ..work.outcome import Refused, RefusedError
from .answers import StudyRequest, in_study, page, wants_json
from .editor import MOST_PROBLEMS
from .editor_draft import Draft, draft_of
from .editor_parts import effect_part, laid_out, looked_at, problems_context, tests_context, values_context
from .editor_tests import MOST_EXAMPLES
from .frame import lang_of
from .plan_answers import address, number, shown
from .plan_text import texts
from .rules import differences
from .words import sentences

_BUNDLE: Final = "trialrules/editor/editor.js"
_MOST_CODES: Final = 200
_ADDRESSES: Final = (
    "rules", "editor", "editor-check", "editor-format", "editor-evaluate", "editor-tests", "editor-effect", "editor-name",
)  # fmt: skip


@page
def editor(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """The whole page; its buttons work without scripts too."""
    asked, lang = in_study(request), lang_of(request)
    draft, what = draft_of(asked, request), request.POST.get("what", "")
    context: dict[str, object] = {}
    status = 200
    if what == "store":
        return _stored(request, asked, draft)
    if what == "format":
        draft, said = laid_out(draft, lang)
        context |= {"format_words": said}
    if what == "evaluate":
        context |= values_context(asked, draft, request.POST, lang)
    if what == "tests":
        context |= tests_context(draft, lang)
    if what == "effect":
        context |= effect_part(asked, draft, lang)
    return _page(request, asked, draft, context, status)


def _page(request: HttpRequest, asked: StudyRequest, draft: Draft, more: Mapping[str, object], status: int) -> HttpResponse:
    lang, slug = lang_of(request), asked.study.slug
    sites = access.sites(asked.user, access.May.READ_SUBJECTS, asked.study)
    codes = Subject.objects.filter(study=asked.study, site__in=sites).order_by("code").values_list("code", flat=True)
    typed = {name: request.POST.get(name, "") for name in ("subject", "label", "note", "record")}
    found, t = looked_at(draft, lang), texts(lang)
    may_write = access.anywhere(asked.user, access.May.WRITE_RULES, asked.study)
    context = {
        "bundle": static(_BUNDLE) if finders.find(_BUNDLE) else "",
        "draft": draft,
        "seen": rules.latest_number(asked.study),
        "codes": list(codes[:_MOST_CODES]),
        "sees_subjects": bool(sites),
        "codes_limit": t["codes_limit"].format(_MOST_CODES),
        "urls": {name.removeprefix("editor-"): address(name, study=slug) for name in _ADDRESSES},
        "may_write": may_write,
        "hint": sentences(lang, (t["editor_hint"], *([] if may_write else [t["editor_read"]]))),
        "bounds": t["editor_bounds"].format(limits.MAX_FILE_BYTES, MOST_PROBLEMS, MOST_EXAMPLES, amendment.MOST_SUBJECTS),
        **problems_context(found, lang),
        **typed,
        **more,
    }
    return shown(request, "editor.html", context, lambda: {"main": draft.main, "version": draft.version, **found.data()}, status=status)


# ---------------------------------------------------------------- storing


def _stored(request: HttpRequest, asked: StudyRequest, draft: Draft) -> HttpResponse:
    """Keep the text as a new draft and go there; where that is refused, everything stays as it was typed."""
    label, note = request.POST.get("label", ""), request.POST.get("note", "")
    sent = request.POST.get("seen")
    done = rules.import_version(
        asked.user, asked.study, draft.main, draft.handed_in, label=label, note=note, seen=None if sent is None else number(sent)
    )
    by_script = request.headers.get("HX-Request") == "true"
    if not isinstance(done, Refused):
        goal = address("rule", study=asked.study.slug, label=done.label)
        if not by_script:
            return HttpResponseRedirect(goal)
        response = HttpResponse(status=200)
        response.headers["HX-Redirect"] = goal
        return response
    if wants_json(request) and not by_script:
        raise RefusedError(done)
    context = {"refused": done, "seen": rules.latest_number(asked.study), **_theirs(request, asked, draft, done)}
    if by_script:
        return shown(request, "_store.html", context, status=done.status)
    return _page(request, asked, draft, context, done.status)


def _theirs(request: HttpRequest, asked: StudyRequest, draft: Draft, refused: Refused) -> dict[str, object]:
    """Of a stale edit both versions: what stands there now, and how the text differs from it."""
    if refused.code != "stale":
        return {}
    newer = RuleVersion.objects.filter(study=asked.study, pk=int(str(refused.more["current"]))).select_related("author").first()
    if newer is None:
        return {}
    lang = lang_of(request)
    return {
        "newer": {"label": newer.label, "author": newer.author.name, "url": address("rule", study=asked.study.slug, label=newer.label)},
        "diff": differences(newer.files, {name: text for name, text in draft.handed_in.items() if text}, lang),
    }
