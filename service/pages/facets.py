"""The facets of the worklist: what stands in the address, the subjects behind it, and how many each further choice would leave.

A count of a facet counts within what is chosen in all other facets, so that a number is always what a click on it shows. Site, state and
verdict come from one query over the subjects; criteria and missing items from one each, which read indexes only: no count looks at a
subject's document. Counts are kept until the study's audit trail goes on: nothing that is counted changes without an entry there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from attrs import evolve, frozen
from django.db.models import Count, Exists, OuterRef

from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import words
from .. import access, clock
from ..kept import Kept
from ..models.audit import AuditHead
from ..models.subjects import State, Subject
from ..models.todo import Assignment
from ..models.worklist import ItemKind, StandingItem
from ..work import rules, states
from .why import STATES
from .words import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from ...canonical import Json
    from ...dsl.model import Protocol
    from ...engine.explain_words import Lang
    from ..models.studies import Site, Study

NONE: Final = "none"
"""In place of a verdict: not screened yet."""
OVERDUE: Final = "overdue"
"""Something was to be there before today (UTC)."""
FACETS: Final = ("site", "state", "verdict", "fails", "missing", "owner", "due")
_NAMES: Final = (*FACETS, "q", "after")
_WORDS: Final = ("eligible", "ineligible", "undetermined")
_ITEMS: Final = {"fails": ItemKind.FAILS, "missing": ItemKind.MISSING}
_MOST_ITEMS: Final = 40
_LAST: Final = "\U0010ffff"

Cube = dict[tuple[str, str, str], int]
"""How many subjects there are of each site, state and verdict."""
_COUNTS: Final = Kept[dict[Any, int]](8_000_000)
_COUNT_BYTES: Final = 200
"""Of one count with its key, about."""


@frozen
class Filters:
    """What stands in the address; empty: no matter."""

    site: str = ""
    state: str = ""
    verdict: str = ""
    fails: str = ""
    missing: str = ""
    owner: str = ""
    due: str = ""
    q: str = ""
    after: str = ""

    def query(self, **other: str) -> str:
        """The address's query with something else chosen; a new choice starts at the first page."""
        chosen = evolve(self, **{"after": "", **other})
        return "?" + urlencode({name: getattr(chosen, name) for name in _NAMES if getattr(chosen, name)})

    def kept(self) -> tuple[tuple[str, str], ...]:
        """The facets in use, as name and value."""
        return tuple((name, getattr(self, name)) for name in FACETS if getattr(self, name))


@frozen
class Choice:
    """One value of a facet. `count`: how many subjects are left with it and what is chosen elsewhere."""

    value: str
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


def filters_of(query: Mapping[str, str]) -> Filters:
    """What the address asks for; what is too long to be a value of ours is cut."""
    return Filters(**{name: query.get(name, "")[:64] for name in _NAMES})


def chosen(sites: Sequence[Site], study: Study, wanted: Filters) -> QuerySet[Subject]:
    """The subjects behind the filters at the sites that one may see, in no order: who pages through them orders them by code."""
    found = Subject.objects.filter(study=study, code__gt=wanted.after)
    own = [site for site in sites if wanted.site in ("", site.code)]
    if wanted.site or len(own) < len(access.all_sites(study)):
        found = found.filter(site=own[0]) if len(own) == 1 else found.filter(site__in=own)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.q:
        found = found.filter(code__gte=wanted.q, code__lt=wanted.q + _LAST)
    if wanted.verdict == NONE:
        found = found.filter(standing=None)
    elif wanted.verdict:
        found = found.filter(standing__word=wanted.verdict)
    for name, kind in _ITEMS.items():
        key = getattr(wanted, name)
        if key:
            found = found.filter(Exists(StandingItem.objects.filter(subject=OuterRef("pk"), kind=kind, key=key)))
    if wanted.owner or wanted.due:
        given = _given(Assignment.objects.filter(subject=OuterRef("pk")), wanted)
        found = found.filter(Exists(given), state__in=states.OPEN)
    return found


def _given(found: QuerySet[Assignment], wanted: Filters) -> QuerySet[Assignment]:
    """Of items that were given to somebody those that are asked for: one item has to be both, that person's and overdue."""
    if wanted.owner:
        found = found.filter(owner__username=wanted.owner)
    return found.filter(due__lt=clock.now().date()) if wanted.due == OVERDUE else found


def facets(sites: Sequence[Site], study: Study, wanted: Filters, lang: Lang, label: Mapping[str, str]) -> Iterator[Facet]:
    """What can be chosen, and how many subjects each choice leaves; `label` has the names of criteria and facts."""
    t, count = texts(lang), _Counts(sites, study)
    cube = count.cube(wanted)
    by_site, by_state, by_verdict = (_along(cube, wanted, axis) for axis in ("site", "state", "verdict"))
    if len(sites) > 1:
        yield _facet("site", t["site"], [(site.code, f"{site.code} {site.name}", by_site.get(site.code, 0)) for site in sites], wanted)
    states = [(str(state), t[f"state_{state}"], by_state.get(state, 0)) for state in State.values]
    yield _facet("state", t["state"], states, wanted)
    verdicts = [(word, f"{STATES[word][1]} {t[f'decision_{word}']}", by_verdict.get(word, 0)) for word in _WORDS]
    yield _facet("verdict", t["verdict"], [*verdicts, (NONE, t["decision_none"], by_verdict.get(NONE, 0))], wanted)
    for name in _ITEMS:
        counts = dict(count.items(wanted, name))
        now = getattr(wanted, name)
        if now:
            counts.setdefault(now, 0)
        most = sorted(counts.items(), key=lambda pair: (pair[0] != now, -pair[1], pair[0]))[:_MOST_ITEMS]
        yield _facet(name, t[f"facet_{name}"], [(key, label.get(key, key), n) for key, n in most], wanted)
    yield from _todo_facets(sites, study, wanted, lang)


def _todo_facets(sites: Sequence[Site], study: Study, wanted: Filters, lang: Lang) -> Iterator[Facet]:
    """Who is to bring something in, and what is overdue."""
    t = texts(lang)
    subject = Count("subject", distinct=True)
    by_owner = _assigned(sites, study, evolve(wanted, owner="")).order_by("owner__name", "owner__username")
    people = list(by_owner.values_list("owner__username", "owner__name").annotate(n=subject))
    yield _facet("owner", t["facet_owner"], people, wanted)
    late = _assigned(sites, study, evolve(wanted, due=OVERDUE)).aggregate(n=subject)["n"]
    yield _facet("due", t["facet_due"], [(OVERDUE, t["todo_overdue"], late)], wanted)


def _assigned(sites: Sequence[Site], study: Study, wanted: Filters) -> QuerySet[Assignment]:
    """The items that were given to somebody, of the subjects behind the filters."""
    elsewhere = evolve(wanted, owner="", due="", after="")
    found = _given(Assignment.objects.filter(study=study, site__in=sites, subject__state__in=states.OPEN), wanted)
    return found if elsewhere == Filters() else found.filter(subject__in=chosen(sites, study, elsewhere).order_by().values("pk"))


class _Counts:
    """Counts subjects of a study at the sites that one may see. What was counted since the last entry of the audit trail still holds."""

    def __init__(self, sites: Sequence[Site], study: Study) -> None:
        self.sites = {site.pk: site.code for site in sites}
        self.seen = sites
        self.study = study
        # Read before anything is counted: a change in between makes the count newer than its key, which then is never asked for again.
        self.trail = AuditHead.objects.filter(chain=study.pk).values_list("hash", flat=True).first()

    def cube(self, wanted: Filters) -> Cube:
        """The subjects behind everything that is chosen outside site, state and verdict, in one query."""
        elsewhere = evolve(wanted, site="", state="", verdict="", after="")
        return self._kept("", elsewhere, lambda: self._cube(elsewhere))

    def items(self, wanted: Filters, name: str) -> dict[str, int]:
        """How many subjects have each item of a kind, within what is chosen elsewhere."""
        elsewhere = evolve(wanted, after="", **{name: ""})
        return self._kept(name, elsewhere, lambda: self._items(elsewhere, name))

    def _kept(self, what: str, elsewhere: Filters, counted: Callable[[], dict[Any, int]]) -> dict[Any, int]:
        # What is overdue hangs on the day as well.
        if not self.trail or elsewhere.due:
            return counted()

        def made() -> tuple[dict[Any, int], int]:
            found = counted()
            return found, _COUNT_BYTES * (len(found) + 2)

        return _COUNTS.get((self.trail, self.study.pk, tuple(self.sites), what, elsewhere), made)

    def _cube(self, elsewhere: Filters) -> Cube:
        # Of all subjects: those of the sites, which an index alone answers.
        everybody = elsewhere == Filters()
        found = Subject.objects.filter(site__in=self.seen) if everybody else chosen(self.seen, self.study, elsewhere)
        grouped = found.order_by().values_list("site", "state", "standing__word").annotate(n=Count("pk"))
        return {(self.sites[site], state, word or NONE): n for site, state, word, n in grouped}

    def _items(self, elsewhere: Filters, name: str) -> dict[str, int]:
        items = StandingItem.objects.filter(study=self.study, kind=_ITEMS[name], site__in=self.seen).order_by()
        if elsewhere != Filters():
            items = items.filter(subject__in=chosen(self.seen, self.study, elsewhere).order_by().values("pk"))
        return dict(items.values_list("key").annotate(n=Count("pk")))


def _along(cube: Cube, wanted: Filters, axis: str) -> dict[str, int]:
    """How many there are of each value of one axis, within what is chosen in the two others."""
    at = FACETS.index(axis)
    fixed = [(place, getattr(wanted, name)) for place, name in enumerate(FACETS[:3]) if place != at and getattr(wanted, name)]
    found: dict[str, int] = {}
    for place, n in cube.items():
        if all(place[where] == value for where, value in fixed):
            found[place[at]] = found.get(place[at], 0) + n
    return found


def _facet(name: str, label: str, values: Iterable[tuple[str, str, int]], wanted: Filters) -> Facet:
    """A facet with the values that some subject has; what is chosen stays, so that it can be taken back."""
    now = getattr(wanted, name)
    choices = tuple(
        Choice(key, text, n, wanted.query(**{name: "" if key == now else key}), key == now) for key, text, n in values if n or key == now
    )
    return Facet(name, label, choices)


def names(study: Study, lang: Lang) -> Mapping[str, str]:
    """What criteria, facts and moments of the study's rules are called."""
    version = rules.newest(study)
    if version is None:
        return {}
    return _names(rules.protocol_of(version), lang)


@lru_cache(maxsize=32)
def _names(protocol: Protocol, lang: Lang) -> Mapping[str, str]:
    w = words(lang)
    found = {one.id: f"{one.id} {one.titles.get(lang) or one.title}" for one in protocol.criteria}
    found |= {name: moment_words(w, moment) for name, moment in protocol.moments.items()}
    return found | {name: fact_words(w, fact) for name, fact in protocol.facts.items()}


def facets_json(found: Sequence[Facet]) -> dict[str, Json]:
    """The facets of the twin: name -> value -> how many."""
    return {facet.name: {one.value: one.count for one in facet.choices} for facet in found}
