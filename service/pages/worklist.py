"""The worklist as a value: a page of subjects by code, behind facets that stand in the address. Every look-up goes by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from attrs import evolve, frozen
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import words
from .. import access
from ..models.decisions import Signature
from ..models.subjects import State, Subject
from ..models.worklist import ItemKind, Standing, StandingItem
from ..work import rules, states, subjects
from .frame import address
from .why import STATES
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.studies import Site, Study

PAGE: Final = 50
_NONE: Final = "none"
_WORDS: Final = ("eligible", "ineligible", "undetermined")
_MOST_ITEMS: Final = 40


@frozen
class Filters:
    """What stands in the address; empty: no matter."""

    site: str = ""
    state: str = ""
    verdict: str = ""
    fails: str = ""
    missing: str = ""
    q: str = ""
    after: str = ""

    def query(self, **other: str) -> str:
        """The address's query with something else chosen; a new choice starts at the first page."""
        chosen = evolve(self, **{"after": "", **other})
        pairs = {name: getattr(chosen, name) for name in ("site", "state", "verdict", "fails", "missing", "q", "after")}
        return "?" + urlencode({name: value for name, value in pairs.items() if value})


@frozen
class Choice:
    """One value of a facet."""

    label: str
    count: int
    url: str
    chosen: bool


@frozen
class Facet:
    """One facet with its values."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@frozen
class Row:
    """One subject."""

    code: str
    url: str
    why: str
    site: str
    state: str
    look: str
    sign: str
    verdict: str
    provisional: bool
    as_of: str
    fails: str
    missing: str
    missing_count: int
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


def filters_of(query: Mapping[str, str]) -> Filters:
    """What the address asks for; what is too long to be a value of ours is cut."""
    return Filters(**{name: query.get(name, "")[:64] for name in ("site", "state", "verdict", "fails", "missing", "q", "after")})


def chosen(user: User, study: Study, wanted: Filters) -> QuerySet[Subject]:
    """The subjects behind the filters, by code, from `after` on."""
    sites = subjects.visible(user, study)
    found = Subject.objects.filter(study=study, code__gt=wanted.after).order_by("code")
    own = [site for site in sites if wanted.site in ("", site.code)]
    if wanted.site or len(own) < study.sites.count():
        found = found.filter(site=own[0]) if len(own) == 1 else found.filter(site__in=own)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.q:
        found = found.filter(code__gte=wanted.q, code__lt=wanted.q + "\U0010ffff")
    if wanted.verdict == _NONE:
        found = found.filter(standing=None)
    elif wanted.verdict:
        found = found.filter(standing__word=wanted.verdict)
    for kind, key in ((ItemKind.FAILS, wanted.fails), (ItemKind.MISSING, wanted.missing)):
        if key:
            found = found.filter(Exists(StandingItem.objects.filter(subject=OuterRef("pk"), kind=kind, key=key)))
    return found


def worklist(user: User, study: Study, wanted: Filters, lang: Lang) -> Worklist:
    """A page of the worklist, with the facets."""
    found = list(chosen(user, study, wanted).select_related("study", "site", "standing__decision")[: PAGE + 1])
    rows = rows_of(user, study, found[:PAGE], lang)
    last = found[PAGE - 1].code if len(found) > PAGE else ""
    kept = ("site", "state", "verdict", "fails", "missing")
    return Worklist(
        rows,
        tuple(facets(subjects.visible(user, study), study, wanted, lang)),
        wanted.q,
        tuple((name, getattr(wanted, name)) for name in kept if getattr(wanted, name)),
        any(getattr(wanted, name) for name in (*kept, "q")),
        Filters().query(),
        wanted.query(after=last) if last else "",
        wanted.query() if wanted.after else "",
        say(lang, "shown_of", n=str(len(rows))),
    )


def facets(sites: Sequence[Site], study: Study, wanted: Filters, lang: Lang) -> Iterable[Facet]:
    """What can be chosen, and how many subjects have it at the sites that one may see."""
    t = texts(lang)
    mine = Subject.objects.filter(study=study, site__in=sites).order_by()
    if len(sites) > 1:
        counts = dict(mine.values_list("site__code").annotate(n=Count("pk")))
        yield _facet("site", t["site"], [(site.code, f"{site.code} {site.name}", counts.get(site.code, 0)) for site in sites], wanted)
    counts = dict(mine.values_list("state").annotate(n=Count("pk")))
    yield _facet("state", t["state"], [(state, t[f"state_{state}"], counts[state]) for state in State.values if state in counts], wanted)
    words_found = dict(Standing.objects.filter(study=study, site__in=sites).order_by().values_list("word").annotate(n=Count("pk")))
    verdicts = [(word, f"{STATES[word][1]} {t[f'decision_{word}']}", words_found[word]) for word in _WORDS if word in words_found]
    without = sum(counts.values()) - sum(words_found.values())
    if without:
        verdicts.append((_NONE, t["decision_none"], without))
    yield _facet("verdict", t["verdict"], verdicts, wanted)
    label = names(study, lang)
    for kind, name in ((ItemKind.FAILS, "fails"), (ItemKind.MISSING, "missing")):
        items = StandingItem.objects.filter(study=study, kind=kind, site__in=sites).order_by()
        counted = sorted(items.values_list("key").annotate(n=Count("pk")), key=lambda pair: (-pair[1], pair[0]))[:_MOST_ITEMS]
        yield _facet(name, t[f"facet_{name}"], [(key, label.get(key, key), n) for key, n in counted], wanted)


def _facet(name: str, label: str, values: Iterable[tuple[str, str, int]], wanted: Filters) -> Facet:
    now = getattr(wanted, name)
    choices = tuple(Choice(text, n, wanted.query(**{name: "" if key == now else key}), key == now) for key, text, n in values)
    return Facet(name, label, choices)


def names(study: Study, lang: Lang) -> dict[str, str]:
    """What criteria, facts and moments of the study's rules are called."""
    version = rules.newest(study)
    if version is None:
        return {}
    protocol, w = rules.protocol_of(version), words(lang)
    found = {one.id: f"{one.id} {one.titles.get(lang) or one.title}" for one in protocol.criteria}
    found |= {name: moment_words(w, moment) for name, moment in protocol.moments.items()}
    return found | {name: fact_words(w, fact) for name, fact in protocol.facts.items()}


def rows_of(user: User, study: Study, found: Sequence[Subject], lang: Lang) -> tuple[Row, ...]:
    """The subjects as rows; three look-ups for all of them together."""
    keys: dict[tuple[int, str], list[str]] = {}
    for item in StandingItem.objects.filter(subject__in=found).order_by("subject", "kind", "place"):
        keys.setdefault((item.subject_id, item.kind), []).append(item.key)
    valid = Signature.objects.filter(decision__subject__in=found, void=None).values_list("decision__subject_id", "printed_name")
    signed = dict(valid)
    label = names(study, lang)
    may = {
        site.pk: (access.allows(user, access.May.WRITE_SUBJECTS, study, site), access.allows(user, access.May.SIGN, study, site))
        for site in {one.site for one in found}
    }
    return tuple(
        _row(one, keys.get((one.pk, "fails"), []), keys.get((one.pk, "missing"), []), signed.get(one.pk, ""), label, may[one.site_id], lang)
        for one in found
    )


def _row(
    one: Subject, fails: list[str], missing: list[str], signed: str, label: Mapping[str, str], may: tuple[bool, bool], lang: Lang
) -> Row:
    t = texts(lang)
    standing = getattr(one, "standing", None)
    look, sign = STATES[standing.word] if standing is not None else ("none", "–")
    whole = {"study": one.study.slug, "code": one.code}
    step, page = _next(one, standing, missing, signed, may)
    return Row(
        one.code,
        reverse("subject", kwargs=whole),
        reverse("why", kwargs=whole),
        one.site.code,
        t[f"state_{one.state}"],
        look,
        sign,
        t["decision_none" if standing is None else f"decision_{standing.word}"],
        standing is not None and standing.provisional,
        "" if standing is None else standing.decision.as_of,
        ", ".join(fails),
        words(lang).chain(label.get(key, key) for key in missing[:2]) + (" …" if len(missing) > 2 else ""),
        len(missing),
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
        "verdict": row.verdict,
        "provisional": row.provisional,
        "as_of": row.as_of or None,
        "fails": [key for key in row.fails.split(", ") if key],
        "missing": row.missing_count,
        "signed_by": row.signed or None,
    }
