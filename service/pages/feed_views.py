"""The page of calendar links: what a link will show before it is made, the link once, and the links there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from attrs import frozen
from django.http import HttpRequest, HttpResponse

from ...engine.calendar.render import TITLE_STYLES, TitleStyle, Variant
from ...engine.calendar.words import LANGUAGES, Language
from .. import access, clock
from ..models.feeds import Feed
from ..models.studies import Site
from ..models.subjects import Subject
from ..work import feeds as links, subjects, visits
from ..work.calendars import course_for
from ..work.outcome import Refused, RefusedError, not_found
from .answers import StudyRequest, in_study, page, wants_json
from .feeds import PROGRAMS, feed_lines, feed_row, feeds_json, new_link, preview
from .frame import lang_of
from .plan_answers import number, shown
from .plan_text import texts

if TYPE_CHECKING:
    from ...engine.calendar.occurrence import Course

_MOST_SUBJECTS: Final = 40
"""Subjects whose events are looked through for a preview."""
_MOST_CODES: Final = 200
_LASTING: Final = (30, 90, links.DAYS, 365)
"""Days that a link may last, to choose from."""


@frozen
class _Choice:
    """What somebody wants a link of."""

    kind: str
    subject: str
    site: str
    titles: TitleStyle
    language: Language
    windows: bool
    days: int

    def fields(self) -> list[tuple[str, str]]:
        """The choice as hidden fields of the form that makes the link."""
        found = [("kind", self.kind), ("subject", self.subject), ("site", self.site), ("titles", self.titles), ("language", self.language)]
        found.append(("days", str(self.days)))
        return [*found, ("windows", "1")] if self.windows else found

    @property
    def variant(self) -> Variant:
        """The way in which events are shown."""
        return Variant(self.titles, self.language)


def _choice(request: HttpRequest) -> _Choice:
    given = request.POST if request.method == "POST" else request.GET
    titles: TitleStyle = next((one for one in TITLE_STYLES if one == given.get("titles")), "full")
    spoken = given.get("language", lang_of(request))
    language: Language = next((one for one in LANGUAGES if one == spoken), "en")
    kind = given.get("kind", "mine")
    subject, site = (given.get(name, "") if kind == name else "" for name in ("subject", "site"))
    return _Choice(kind, subject, site, titles, language, given.get("windows") == "1" or "kind" not in given, _days(given.get("days", "")))


def _days(text: str) -> int:
    """How long a link is to last; what nobody can choose is what is chosen for who says nothing."""
    return next((days for days in _LASTING if str(days) == text), links.DAYS)


@page
def feeds(request: HttpRequest, study: str) -> HttpResponse:  # noqa: ARG001 - the gate found the study
    """The page; what is sent makes, replaces or ends a link."""
    asked = in_study(request)
    problem: Refused | None = None
    made: links.NewFeed | None = None
    ended = ""
    if request.method == "POST":
        try:
            done = _change(asked, request)
        except RefusedError as error:
            done = error.refused
        problem = done if isinstance(done, Refused) else None
        made = done if isinstance(done, links.NewFeed) else None
        if problem is not None and wants_json(request):
            raise RefusedError(problem)
        ended = texts(lang_of(request))["ended_all"].format(done) if isinstance(done, int) else ""
    return _page(request, asked, made, problem, ended)


def _change(asked: StudyRequest, request: HttpRequest) -> links.NewFeed | Feed | int | Refused:
    what = request.POST.get("what", "")
    if what == "revoke all":
        return links.revoke_all(asked.user, asked.study)
    if what in ("rotate", "revoke"):
        held = links.find(asked.user, asked.study, number(request.POST.get("feed", "")))
        return links.rotate(asked.user, held) if what == "rotate" else links.revoke(asked.user, held)
    chosen = _choice(request)
    subject, site = _subject(asked, chosen), _site(asked, chosen)
    return links.create(
        asked.user,
        asked.study,
        chosen.kind,
        subject=subject,
        site=site,
        titles=chosen.titles,
        language=chosen.language,
        windows=chosen.windows,
        days=chosen.days,
    )


def _subject(asked: StudyRequest, chosen: _Choice) -> Subject | None:
    return subjects.find(asked.user, asked.study, chosen.subject, access.May.READ_SCHEDULES) if chosen.kind == "subject" else None


def _site(asked: StudyRequest, chosen: _Choice) -> Site | None:
    if chosen.kind != "site":
        return None
    found = next((one for one in _sites(asked) if one.code == chosen.site), None)
    if found is None:
        raise not_found("site")
    return found


def _sites(asked: StudyRequest) -> list[Site]:
    return access.sites(asked.user, access.May.READ_SCHEDULES, asked.study)


def _page(request: HttpRequest, asked: StudyRequest, made: links.NewFeed | None, problem: Refused | None, ended: str) -> HttpResponse:
    lang = lang_of(request)
    t, chosen, sites = texts(lang), _choice(request), _sites(asked)
    whole = access.allows(asked.user, access.May.READ_SCHEDULES, asked.study)
    kinds = [kind for kind in ("mine", "subject", "site", "study") if kind != "study" or whole]
    rows = [feed_row(one, clock.now(), asked.user, lang) for one in links.listed(asked.user, asked.study)]
    today = max([clock.today(site.timezone).toordinal() for site in sites], default=clock.now().date().toordinal())
    refused = problem
    shows = None
    try:
        shows = preview(_courses(asked, chosen), chosen.variant, today, lang, windows=chosen.windows)
    except RefusedError as error:
        # Without a subject's code chosen yet there is nothing to say.
        refused = problem or (error.refused if chosen.subject or chosen.site else None)
    known = Subject.objects.filter(study=asked.study, site__in=sites).order_by("code").values_list("code", flat=True)
    context = {
        "link": None if made is None else new_link(made.url, asked.study.short_name),
        "ended": ended,
        "lasting": [(days, t["lasting_days"].format(days)) for days in _LASTING],
        "own_living": sum(row.state == "active" and row.own for row in rows),
        "refused": refused,
        "kinds": [(kind, t[f"scope_{kind}"]) for kind in kinds],
        "chosen": chosen,
        "hidden": chosen.fields(),
        "sites": sites,
        "codes": list(known[:_MOST_CODES]),
        "title_styles": [(style, t[f"titles_{style}"]) for style in TITLE_STYLES],
        "preview": shows,
        "preview_limit": t["preview_limit"].format(_MOST_SUBJECTS) if known.count() > _MOST_SUBJECTS and not chosen.subject else "",
        "rows": rows,
        "all_owners": access.anywhere(asked.user, access.May.ALL_FEEDS, asked.study),
        "programs": [(name, t[words]) for name, words in PROGRAMS],
    }
    secret = {} if made is None else {"url": made.url}
    status = 200 if refused is None else refused.status
    return shown(request, "feeds.html", context, lambda: feeds_json(rows) | secret, table=lambda: feed_lines(rows), status=status)


def _courses(asked: StudyRequest, chosen: _Choice) -> Iterator[Course]:
    """The events of the subjects that the link would show, as far as a preview needs them."""
    enrolled = Subject.objects.filter(study=asked.study, site__in=_sites(asked)).exclude(enrolled_as_of="")
    found = enrolled.select_related("study", "site").order_by("code")
    subject, site = _subject(asked, chosen), _site(asked, chosen)
    if subject is not None:
        found = found.filter(pk=subject.pk)
    if site is not None:
        found = found.filter(site=site)
    for one in found[:_MOST_SUBJECTS]:
        schedule = visits.schedule(asked.user, one)
        if not isinstance(schedule, Refused):
            yield course_for(one, asked.study, one.site, schedule)
