"""The worklist as a value: a page of subjects by code, behind facets that stand in the address. Every look-up goes by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen
from django.db.models import F
from django.urls import reverse

from ...engine.explain_words import words
from .. import access, clock
from ..models.decisions import Signature
from ..models.subjects import State
from ..models.todo import Assignment
from ..models.worklist import StandingItem
from ..work import states, subjects
from .facets import Filters, chosen, facets, names
from .frame import address
from .overrides import state_words
from .todo import Todo, todo_of
from .why import STATES
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.studies import Site, Study
    from ..models.subjects import Subject
    from ..models.worklist import Standing
    from .facets import Facet

PAGE: Final = 50
_BATCH: Final = 500


@frozen
class Row:
    """One subject."""

    code: str
    url: str
    why: str
    site: str
    state: str
    waiver: bool
    look: str
    sign: str
    verdict: str
    provisional: bool
    as_of: str
    fails: str
    missing: str
    missing_count: int
    todo: Todo | None
    signed: str
    next: str
    next_url: str


@frozen
class Worklist:
    """A page of the worklist."""

    rows: tuple[Row, ...]
    facets: tuple[Facet, ...]
    q: str
    hidden: tuple[tuple[str, str], ...]
    filtered: bool
    clear: str
    next: str
    first: str
    told: str


def worklist(user: User, study: Study, wanted: Filters, lang: Lang) -> Worklist:
    """A page of the worklist, with the facets."""
    sites = subjects.visible(user, study)
    found = list(_ordered(sites, study, wanted)[: PAGE + 1])
    label = names(study, lang)
    rows = _rows(_around(user, study, sites, label, lang), found[:PAGE])
    last = found[PAGE - 1].code if len(found) > PAGE else ""
    shown = tuple(facets(sites, study, wanted, lang, label))
    return Worklist(
        rows,
        shown,
        wanted.q,
        wanted.kept(),
        bool(wanted.kept() or wanted.q),
        Filters().query(),
        wanted.query(after=last) if last else "",
        wanted.query() if wanted.after else "",
        say(lang, "shown_of", n=str(len(rows)), all=str(_all(shown, wanted))),
    )


def _ordered(sites: Sequence[Site], study: Study, wanted: Filters) -> QuerySet[Subject]:
    """The subjects behind the filters by code, with what a row says of them and without the texts that it does not show."""
    found = chosen(sites, study, wanted).order_by("code").select_related("standing").defer("document")
    return found.annotate(as_of=F("standing__decision__as_of"))


def _all(found: Sequence[Facet], wanted: Filters) -> int:
    """How many subjects are behind all filters: the states among them, of which each subject has one."""
    state = next(facet for facet in found if facet.name == "state")
    return sum(one.count for one in state.choices if wanted.state in ("", one.value))


def every_row(user: User, study: Study, wanted: Filters, lang: Lang) -> Iterator[Row]:
    """All rows behind the filters from `after` on, in batches, so that no study is too large."""
    sites = subjects.visible(user, study)
    around = _around(user, study, sites, names(study, lang), lang)
    while True:
        found = list(_ordered(sites, study, wanted)[:_BATCH])
        yield from _rows(around, found)
        if len(found) < _BATCH:
            return
        wanted = evolve(wanted, after=found[-1].code)


@frozen
class _Around:
    """What all rows of a page have in common: sites by number with their codes and with what the user may there (write, sign)."""

    study: Study
    sites: Mapping[int, str]
    may: Mapping[int, tuple[bool, bool]]
    label: Mapping[str, str]
    lang: Lang


def _around(user: User, study: Study, sites: Sequence[Site], label: Mapping[str, str], lang: Lang) -> _Around:
    may = {
        site.pk: (access.allows(user, access.May.WRITE_SUBJECTS, study, site), access.allows(user, access.May.SIGN, study, site))
        for site in sites
    }
    return _Around(study, {site.pk: site.code for site in sites}, may, label, lang)


def _rows(around: _Around, found: Sequence[Subject]) -> tuple[Row, ...]:
    """The subjects as rows; three look-ups for all of them together."""
    keys: dict[tuple[int, str], list[str]] = {}
    items = StandingItem.objects.filter(subject__in=found).order_by("subject", "kind", "place")
    for subject, kind, key in items.values_list("subject", "kind", "key"):
        keys.setdefault((subject, kind), []).append(key)
    valid = Signature.objects.filter(decision__subject__in=found, void=None).values_list("decision__subject_id", "printed_name")
    signed = dict(valid)
    first = _first_todos(found, around)
    return tuple(
        evolve(
            _row(around, one, keys.get((one.pk, "fails"), []), keys.get((one.pk, "missing"), []), signed.get(one.pk, "")),
            todo=first.get(one.pk),
        )
        for one in found
    )


def _first_todos(found: Sequence[Subject], around: _Around) -> dict[int, Todo]:
    """Of each subject still in the study the item that somebody is to bring in soonest."""
    first: dict[int, Todo] = {}
    open_ = [one.pk for one in found if one.state in states.OPEN]
    for given in Assignment.objects.filter(subject__in=open_).select_related("owner", "site").order_by("subject", "due", "pk"):
        first.setdefault(given.subject_id, todo_of(given, clock.today(given.site.timezone), around.lang))
    return first


def _row(around: _Around, one: Subject, fails: list[str], missing: list[str], signed: str) -> Row:
    lang = around.lang
    t = texts(lang)
    standing = getattr(one, "standing", None)
    look, sign = STATES[standing.word] if standing is not None else ("none", "–")
    whole = {"study": around.study.slug, "code": one.code}
    step, page = _next(one, standing, missing, signed, around.may[one.site_id])
    return Row(
        one.code,
        reverse("subject", kwargs=whole),
        reverse("why", kwargs=whole),
        around.sites[one.site_id],
        state_words(one.state, lang, waived=bool(one.waivers)),
        bool(one.waivers),
        look,
        sign,
        t["decision_none" if standing is None else f"decision_{standing.word}"],
        standing is not None and standing.provisional,
        getattr(one, "as_of", None) or "",
        ", ".join(fails),
        words(lang).chain(around.label.get(key, key) for key in missing[:2]) + (" …" if len(missing) > 2 else ""),
        len(missing),
        None,
        signed,
        say(lang, f"next_{step}", n=str(len(missing))) if step else "",
        address(page, **whole) if page else "",
    )


def _next(one: Subject, standing: Standing | None, missing: list[str], signed: str, may: tuple[bool, bool]) -> tuple[str, str]:
    """What this user could do next for a subject, and on which page."""
    writes, signs = may
    if one.state == State.ENROLLED:
        return "schedule", "schedule"
    if one.state not in states.BEFORE:
        return "", ""
    if standing is None:
        return ("screen", "why") if writes else ("", "")
    if missing and standing.word == "undetermined":
        return ("missing", "missing") if writes else ("", "")
    if standing.provisional:
        return ("recheck", "why") if writes else ("", "")
    if not signed:
        return ("sign", "sign") if signs and standing.word != "undetermined" else ("", "")
    return ("enrol", "subject") if signs and standing.word == "eligible" else ("", "")


def row_json(row: Row) -> dict[str, Json]:
    """A row of the twin."""
    return {
        "subject": row.code,
        "site": row.site,
        "state": row.state,
        "waiver": row.waiver,
        "verdict": row.verdict,
        "provisional": row.provisional,
        "as_of": row.as_of or None,
        "fails": [key for key in row.fails.split(", ") if key],
        "missing": row.missing_count,
        "todo": None if row.todo is None else {"owner": row.todo.username, "due": row.todo.due, "overdue": row.todo.overdue},
        "signed_by": row.signed or None,
    }


def row_lines(rows: Iterable[Row]) -> Iterator[list[object]]:
    """The rows as lines of a table, heads first; the names are those of the twin."""
    yield [
        "subject", "site", "state", "waiver", "verdict", "provisional", "as_of", "fails", "missing", "todo_owner", "todo_due", "signed_by",
    ]  # fmt: skip
    for row in rows:
        before = [row.code, row.site, row.state, row.waiver, row.verdict, row.provisional, row.as_of, row.fails, row.missing_count]
        yield [*before, *(("", "") if row.todo is None else (row.todo.username, row.todo.due)), row.signed]
