"""Pages of a whole study: the Schedule of Activities, and the board of a dose escalation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve
from django.http import HttpRequest, HttpResponse

from ...engine.escalation.decide import EscalationState, escalation_state
from ...engine.escalation.from_subjects import enrolled
from ...engine.escalation.register import Enrolled, Register
from ...engine.escalation.to_json import to_json
from ...engine.soa import grids
from .. import access, clock
from ..models.subjects import Subject
from ..work import documents, reviews, rules
from ..work.outcome import Refused, RefusedError, refuse
from .answers import StudyRequest, in_study, page, wants_json
from .board import board, board_lines
from .frame import lang_of
from .plan_answers import address, shown
from .plan_text import texts
from .rules import line_anchor
from .soa import shown_grid, soa_json, soa_rows

if TYPE_CHECKING:
    from ...dsl.model import Protocol
    from ...dsl.schedule_model import Escalation
    from ...engine.subject import Subject as Person
    from ..models.studies import RuleVersion


def _newest(asked: StudyRequest) -> tuple[RuleVersion, Protocol] | None:
    """The version in force at a site of the reader, else the newest there is."""
    for site in access.sites(asked.user, access.May.READ_RULES, asked.study):
        version = rules.current(site)
        if version is not None:
            return version, rules.protocol_of(version)
    newest = rules.newest(asked.study)
    return None if newest is None else (newest, rules.protocol_of(newest))


@page
def soa(request: HttpRequest, study: str) -> HttpResponse:
    """The grid: visits across, what is done down."""
    lang = lang_of(request)
    t, found = texts(lang), _newest(in_study(request))
    if found is None:
        return shown(request, "soa.html", {"empty": t["no_rules"]}, lambda: {"grids": []}, table=list)
    version, protocol = found
    shows = grids(protocol, lang)
    page_of = address("rule", study=study, label=version.label)
    lines = [shown_grid(one, lambda span: f"{page_of}#{line_anchor(version, span)}") for one in shows]
    context = {"grids": lines, "title": protocol.titles.get(lang, protocol.title), "rules": t["rules_version"].format(version.label)}
    return shown(
        request,
        "soa.html",
        context | {"empty": t["no_soa"]},
        lambda: soa_json(protocol, shows, lang),
        table=lambda: soa_rows(shows),
    )


@page
def board_page(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001
    """Where each dose escalation of the study stands."""
    asked, lang = in_study(request), lang_of(request)
    found = _newest(asked)
    protocol = None if found is None else found[1]
    problem: Refused | None = None
    if request.method == "POST":
        done = reviews.record(asked.user, asked.study, request.POST.dict())
        problem = done if isinstance(done, Refused) else None
        if problem is not None and wants_json(request):
            raise RefusedError(problem)
    states, empty = ([], "no_board") if protocol is None else _states(asked, protocol)
    urls = _pages(asked) if states else {}
    boards = [board(protocol, state, lang, urls) for state in states if protocol is not None]
    context: dict[str, object] = {
        "boards": boards,
        "empty": texts(lang)[empty],
        "title": "" if protocol is None else protocol.titles.get(lang, protocol.title),
        "refused": problem,
        "may_review": access.anywhere(asked.user, access.May.ENROL, asked.study),
        "today": clock.now().date().isoformat(),
    }
    about = {} if protocol is None else {"id": protocol.name, "version": protocol.version, "sha256": protocol.sha256}
    status = 200 if problem is None else problem.status
    twin = {"boards": [to_json(one, about, lang) for one in states]}
    return shown(request, "board.html", context, lambda: twin, table=lambda: board_lines(boards), status=status)


def _states(asked: StudyRequest, protocol: Protocol) -> tuple[list[EscalationState], str]:
    """The escalations whose levels the reader may know (the level is the arm), and the word for there being none."""
    if protocol.study is None or not protocol.study.escalations:
        return [], "no_board"
    open_to_all = access.unblinded(asked.user, asked.study)
    designs = [
        one for one in protocol.study.escalations if open_to_all or all(arm.blinded_as is None for arm in protocol.study.arms_of(one.part))
    ]
    return [escalation_state(one, _register(asked, protocol, one), _today(asked), protocol.months) for one in designs], "board_blinded"


def _pages(asked: StudyRequest) -> dict[str, str]:
    """The pages of the enrolled subjects that the reader may open, by their code."""
    own = access.sites(asked.user, access.May.READ_SUBJECTS, asked.study)
    codes = Subject.objects.filter(study=asked.study, site__in=own).exclude(enrolled_as_of="").values_list("code", flat=True)
    return {code: address("subject", study=asked.study.slug, code=code) for code in codes}


def _today(asked: StudyRequest) -> int:
    zones = [site.timezone for site in access.sites(asked.user, access.May.READ_SCHEDULES, asked.study)] or ["UTC"]
    return max(clock.today(zone).toordinal() for zone in zones)


def _register(asked: StudyRequest, protocol: Protocol, design: Escalation) -> Register:
    """What is recorded of all subjects of the study who were enrolled; those of other sites count, but are named by their site only.

    Raises:
        RefusedError: if a record can't be read: a toxicity may stand in it, so nothing is said of what may happen next.
    """
    if protocol.study is None:
        return Register()
    own = {site.pk for site in access.sites(asked.user, access.May.READ_SCHEDULES, asked.study)}
    found: list[Enrolled] = []
    elsewhere: dict[str, int] = {}
    dosed = Subject.objects.filter(study=asked.study).exclude(enrolled_as_of="")
    for subject in dosed.select_related("site").order_by("pk"):
        person = _read(subject, protocol, named=subject.site_id in own)
        for one in enrolled(protocol.study, design, [person], clock.day(subject.site.timezone).last, protocol.months):
            if subject.site_id in own:
                found.append(one)
            else:
                elsewhere[subject.site.code] = elsewhere.get(subject.site.code, 0) + 1
                found.append(evolve(one, number=f"{subject.site.code} {elsewhere[subject.site.code]}", reason=None))
    return Register(tuple(found), reviews.of_study(asked.study, design))


def _read(subject: Subject, protocol: Protocol, *, named: bool) -> Person:
    try:
        return documents.subject_of(subject.document, protocol, clock.day(subject.site.timezone))
    except RefusedError:
        message = f"A record of site {subject.site.code} can't be read with these rules."
        if named:
            message = f"The record of subject {subject.code} can't be read with these rules."
        raise refuse("record-unread", 409, message, "The board is shown once it can be.") from None
