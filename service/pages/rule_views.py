"""Versions of the rules: the list, and one of them with what may be done with it and what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ... import limits
from ...dsl.facade import LoadResult
from .. import access, clock
from ..models.studies import RuleStatus, RuleVersion
from ..work import amendment, included, rules
from ..work.outcome import Refused, RefusedError, not_found, refuse
from .answers import StudyRequest, in_study, page, wants_json
from .editor import checked
from .editor_parts import problems_context
from .frame import lang_of
from .plan_answers import address, shown, value
from .plan_text import texts
from .rules import VersionRow, differences, effect_context, rules_json, source_files, version_lines, version_row
from .tables import csv_file

if TYPE_CHECKING:
    from ...engine.explain_words import Lang

_LONGEST_CODE: Final = 40
EXAMPLES: Final = rules.examples_name(".rules")


def _urls(asked: StudyRequest) -> dict[str, str]:
    return {name: address(name, study=asked.study.slug) for name in ("rules", "editor")}


def _rows(asked: StudyRequest, lang: Lang) -> list[VersionRow]:
    found = RuleVersion.objects.filter(study=asked.study).select_related("author", "reviewer", "approver").order_by("-pk")
    return [_row(one, lang) for one in found.prefetch_related("effects__site")]


def _row(version: RuleVersion, lang: Lang) -> VersionRow:
    effects = sorted(version.effects.all(), key=lambda one: (one.site.code, one.effective_from))
    return version_row(version, effects, lang)


@page
def rules_page(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """The list; what is sent is a new version."""
    asked, lang = in_study(request), lang_of(request)
    problem: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        done = _import(asked, request)
        if not isinstance(done, Refused):
            return HttpResponseRedirect(address("rule", study=asked.study.slug, label=done.label))
        problem, status = _problem(request, done, lang), done.status
    rows = _rows(asked, lang)
    may = access.anywhere(asked.user, access.May.WRITE_RULES, asked.study)
    typed = {name: request.POST.get(name, "") for name in ("main", "label", "note")}
    context = {"rows": rows, "urls": _urls(asked), "may_write": may, "included": included.PROTOCOLS, **typed, **problem}
    return shown(request, "rules.html", context, lambda: rules_json(rows), table=lambda: version_lines(rows), status=status)


def _problem(request: HttpRequest, refused: Refused, lang: Lang) -> dict[str, object]:
    """A refusal of rules, with the diagnostics where there are some."""
    if wants_json(request):
        raise RefusedError(refused)
    found: dict[str, object] = {"refused": refused}
    diagnostics = refused.more.get("diagnostics")
    if isinstance(diagnostics, Sequence):
        main = str(refused.more.get("main", ""))
        sources = refused.more.get("sources")
        loaded = LoadResult(None, tuple(diagnostics), sources if isinstance(sources, Mapping) else {})
        found |= {"problems": True, **problems_context(checked(loaded, main), lang)}
    return found


def _import(asked: StudyRequest, request: HttpRequest) -> RuleVersion | Refused:
    """What was sent, or the included protocol that was chosen, as a version."""
    name = request.POST.get("included", "")
    if not name:
        return _import_uploaded(asked, request)
    if name not in included.PROTOCOLS:
        return Refused("protocol-unknown", 422, "There is no such protocol.", "Choose one of the list.", "included")
    main, texts_by_path = included.protocol_files(name)
    label, note = request.POST.get("label", ""), request.POST.get("note", "")
    return rules.import_version(asked.user, asked.study, main, texts_by_path, label=label, note=note)


def _import_uploaded(asked: StudyRequest, request: HttpRequest) -> RuleVersion | Refused:
    """The uploaded files as a version. Libraries of one name as the included ones are taken from where the main file says."""
    try:
        files = {name: _text(name, content) for name, content in _uploaded(request)}
    except RefusedError as error:
        return error.refused
    main = request.POST.get("main", "").strip() or next((name for name in files if not name.endswith(EXAMPLES)), "")
    note, label = request.POST.get("note", ""), request.POST.get("label", "")
    done = rules.import_version(asked.user, asked.study, main, _with_libraries(asked, files), label=label, note=note)
    return _with_sources(done, main, files)


def _with_sources(done: RuleVersion | Refused, main: str, files: Mapping[str, str]) -> RuleVersion | Refused:
    if not isinstance(done, Refused) or "diagnostics" not in done.more:
        return done
    return Refused(
        done.code,
        done.status,
        done.message,
        done.mend,
        done.where,
        {**done.more, "main": main, "sources": rules.check(main, files).sources},
    )


def _uploaded(request: HttpRequest) -> list[tuple[str, bytes]]:
    found = []
    for file in request.FILES.getlist("files"):
        if file.size is None or file.size > limits.MAX_FILE_BYTES:
            raise refuse("too-large", 413, f"A rule file has at most {limits.MAX_FILE_BYTES} bytes.", "Split it into libraries.", "files")
        found.append((PurePosixPath(str(file.name)).name, file.read()))
    if not found:
        raise refuse("files-missing", 422, "There is no file.", "Choose the rule file and what it uses.", "files")
    return found


def _text(name: str, content: bytes) -> str:
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise refuse("not-utf-8", 422, f"{name[:100]} is no text in UTF-8.", "Save it as UTF-8.", "files") from None


def _with_libraries(asked: StudyRequest, files: Mapping[str, str]) -> dict[str, str]:
    """Browsers send names without folders: a library also stands below `lib/`, and those that are not sent are the newest version's."""
    newest = rules.newest(asked.study)
    known = {} if newest is None else {name: text for name, text in newest.files.items() if name != newest.main}
    below = {f"lib/{name}": text for name, text in files.items() if "/" not in name}
    return {**known, **below, **files}


# ---------------------------------------------------------------- one version


@page
def rule(request: HttpRequest, study: str, label: str) -> HttpResponse:  # noqa: ARG001
    """One version: who wrote, reviewed and approved it, from when it holds, and what it changes against another."""
    asked, lang = in_study(request), lang_of(request)
    version = rules.find(asked.user, asked.study, label)
    problem: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        done = _step(asked, request, version)
        if not isinstance(done, Refused):
            return HttpResponseRedirect(request.path)
        problem, status = _problem(request, done, lang), done.status
    version.refresh_from_db()
    others = list(RuleVersion.objects.filter(study=asked.study).exclude(pk=version.pk).order_by("-pk").values_list("label", flat=True))
    other = _other(asked, request, version)
    row = _row(version, lang)
    context: dict[str, object] = {
        "row": row,
        "sha256": version.sha256,
        "urls": _urls(asked),
        "own": version.author_id == asked.user.pk and version.status in (RuleStatus.DRAFT, RuleStatus.REVIEWED),
        "steps": _steps(asked, version, texts(lang)),
        "today": clock.now().date().isoformat(),
        "others": others,
        "sources": source_files(version),
        "effect_limit": texts(lang)["effect_limit"].format(amendment.MOST_SUBJECTS),
        "other": "" if other is None else other.label,
    }
    if other is not None:
        context |= _compared(asked, other, version, _after(request), lang)
    return shown(request, "rule.html", context | problem, lambda: _rule_json(row, context), status=status)


def _other(asked: StudyRequest, request: HttpRequest, version: RuleVersion) -> RuleVersion | None:
    """The version that is asked for to compare with, else the one that one would compare with."""
    chosen = request.GET.get("with", "")
    return rules.find(asked.user, asked.study, chosen) if chosen else rules.before(version)


def _after(request: HttpRequest) -> str:
    """After which subject a comparison goes on."""
    return request.GET.get("after", "")[:_LONGEST_CODE]


def _compared(asked: StudyRequest, old: RuleVersion, new: RuleVersion, after: str, lang: Lang) -> dict[str, object]:
    found = value(amendment.effect(asked.user, old, new, after))
    here = {"with": old.label} | ({"after": after} if after else {})
    table = f"{address('rule', study=asked.study.slug, label=new.label)}/effect.csv?{urlencode(here)}"
    return {
        "diff": differences(old.files, new.files, lang),
        "effect_data": found.data(old.label, new.label),
        "effect_csv": table,
        "effect_more": f"?{urlencode({'with': old.label, 'after': found.next})}#diff" if found.next else "",
        **effect_context(found, old.label, new.label, lang),
    }


def _rule_json(row: VersionRow, context: Mapping[str, object]) -> dict[str, object]:
    """The version, and what it would change against the one that it is compared with."""
    return {"version": rules_json([row])["versions"], "sha256": context["sha256"], "effect": context.get("effect_data")}


@page
def effect_csv(request: HttpRequest, study: str, label: str) -> HttpResponse:  # noqa: ARG001
    """The subjects whose verdict changes, as a table."""
    asked = in_study(request)
    version = rules.find(asked.user, asked.study, label)
    other = _other(asked, request, version)
    if other is None:
        raise not_found("version to compare with")
    found = value(amendment.effect(asked.user, other, version, _after(request)))
    return csv_file([amendment.COLUMNS, *found.rows()], f"effect-{asked.study.slug}")


def _steps(asked: StudyRequest, version: RuleVersion, t: Mapping[str, str]) -> list[dict[str, object]]:
    """What the reader may do with a version as it stands."""

    def may(what: access.May) -> bool:
        return access.anywhere(asked.user, what, asked.study)

    own = version.author_id == asked.user.pk
    found: list[dict[str, object]] = []
    if version.status == RuleStatus.DRAFT and may(access.May.REVIEW_RULES) and not own:
        found.append({"what": "review", "title": t["review"]})
    if version.status == RuleStatus.REVIEWED and may(access.May.APPROVE_RULES) and not own:
        found.append({"what": "approve", "title": t["approve"]})
    if version.status == RuleStatus.APPROVED and may(access.May.APPROVE_RULES):
        sites = list(asked.study.sites.order_by("code"))
        found.append({"what": "effect", "title": t["set_effect"], "button": t["set_it"], "sites": sites})
    if version.status != RuleStatus.RETIRED and may(access.May.APPROVE_RULES):
        found.append({"what": "retire", "title": t["retire"], "danger": True})
    return found


def _step(asked: StudyRequest, request: HttpRequest, version: RuleVersion) -> object:
    what, reason = request.POST.get("what", ""), request.POST.get("reason", "")
    if what == "effect":
        site = asked.study.sites.filter(code=request.POST.get("site", "")).first()
        if site is None:
            return Refused("site-unknown", 422, "There is no such site.", "Choose one.", "site")
        try:
            day = date.fromisoformat(request.POST.get("from", ""))
        except ValueError:
            return Refused("day-wrong", 422, "The day is missing.", "Write a day `2026-03-02`.", "from")
        return rules.put_in_force(asked.user, version, site, day, reason)
    steps = {"review": rules.review, "approve": rules.approve, "retire": rules.retire}
    if what not in steps:
        return Refused("what-unknown", 422, "The form does not say what to do.", "", "what")
    return steps[what](asked.user, version, reason)
