"""The page that says why, as a value: what was decided, from what, and what would change it. It shows; it decides nothing."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal

from attrs import frozen

from ...dsl.source import NOWHERE, indexed
from ...engine.dates import format_partial
from ...engine.explain import effect_words, provisional_words, sentence, verdict_words
from ...engine.explain_reasons import criterion_reason, reasons, title_words, wording
from ...engine.explain_source import annotated
from ...engine.explain_tree import tree
from ...engine.explain_words import words
from .changes import Change, changes
from .evidence import criteria_html
from .findings import Finding, findings, short
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.safestring import SafeString

    from ...engine.explain_source import SourceLine
    from ...engine.explain_tree import Line
    from ...engine.explain_words import Lang, Words
    from ...engine.outcome import Advice, CriterionOutcome, Decision, Truth

Show = Literal["all", "fails", "open", "passes", "na"]
SHOWS: Final[tuple[Show, ...]] = ("all", "fails", "open", "passes", "na")
SIGNS: Final[dict[Truth, str]] = {True: "✓", False: "✗", None: "?"}
CLASSES: Final[dict[str, str]] = {"✓": "good", "✗": "bad", "?": "open", "–": "none"}
STATES: Final[dict[str, tuple[str, str]]] = {"eligible": ("good", "✓"), "ineligible": ("bad", "✗"), "undetermined": ("open", "?")}


@frozen
class Answer:
    """The one sentence. `look` is a class of the style sheet; `word` and `sign` say the same without colour."""

    look: str
    sign: str
    sentence: str
    about: str


@frozen
class ReasonCard:
    """One main reason: the protocol's wording, and what was found against it."""

    id: str
    kind: str
    look: str
    sign: str
    verdict: str
    wording: str
    detail: str
    findings: tuple[Finding, ...]


@frozen
class Row:
    """One criterion: its verdict in words, why, the evidence, and the rule's text with what was found.

    `decided`: the numbers of the lines on which conditions stand that decided.
    """

    id: str
    show: Show
    look: str
    sign: str
    verdict: str
    title: str
    wording: str
    detail: str
    provisional: str
    lines: tuple[Line, ...]
    rule: tuple[SourceLine, ...]
    decided: frozenset[int]
    file: str
    url: str = ""


@frozen
class Chip:
    """One filter of the criteria."""

    show: Show
    label: str
    count: int
    url: str = ""


@frozen
class WhyPage:
    """Everything above the footer.

    `unchanged` is said where there are no `changes`. `rechecks`: why and when, with id and title of each criterion to which it goes.
    """

    answer: Answer
    reasons_head: str
    reasons: tuple[ReasonCard, ...]
    more: str
    changes: tuple[Change, ...]
    unchanged: str
    rechecks: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    chips: tuple[Chip, ...]
    criteria: SafeString
    warnings: tuple[str, ...]
    unused: tuple[str, ...]


def why_page(decision: Decision, advice: Advice, lang: Lang, criteria: SafeString, *, site: str = "") -> WhyPage:
    """The page of a decision; `criteria` comes from `criteria_of`."""
    w = words(lang)
    shows = Counter(show_of(one) for one in decision.criteria)
    failing = any(one.passes is False for one in decision.criteria)
    cards = reason_cards(decision, advice, lang)
    more = shows["fails" if failing else "open"] - len(cards)
    return WhyPage(
        answer_of(decision, lang, site=site),
        texts(lang)["reasons" if failing or not cards else "reasons_open"],
        cards,
        say(lang, "reasons_more", n=str(more)) if more > 0 else "",
        changes(decision, advice, lang),
        texts(lang)["changes_observed" if decision.provisional else "changes_none"],
        _rechecks(w, decision),
        tuple(Chip(show, texts(lang)[f"show_{show}"], shows[show] if show != "all" else shows.total()) for show in SHOWS),
        criteria,
        tuple(w("line.label", label=one.criterion.id, text=warning.message) for one in decision.criteria for warning in one.warnings),
        tuple(
            w("unused.near" if one.nearest else "unused.line", where=one.where, reason=one.reason, nearest=one.nearest or "")
            for one in decision.unused
        ),
    )


def _rechecks(w: Words, decision: Decision) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What is provisional, by why and when it is to be checked again."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in decision.criteria:
        if one.provisional:
            found.setdefault(provisional_words(w, one), []).append((one.criterion.id, title_words(w, one.criterion)))
    return tuple((day, tuple(criteria)) for day, criteria in found.items())


def criteria_of(decision: Decision, advice: Advice, lang: Lang, link: Callable[[str], str], *, unfolded: bool) -> SafeString:
    """All criteria with their evidence, `unfolded` or behind their verdicts; `link` gives the address of a criterion's own page."""
    w = words(lang)
    groups = groupby(decision.criteria, key=lambda one: one.criterion.kind)
    rows = ((w(f"kind.{kind}.head"), [_row(w, one, decision, advice, link(one.criterion.id)) for one in found]) for kind, found in groups)
    return criteria_html(rows, texts(lang), unfolded=unfolded)


def answer_of(decision: Decision, lang: Lang, *, site: str = "") -> Answer:
    """The sentence, with a sign and a look that go with it."""
    look, sign = STATES[decision.decision]
    protocol = decision.protocol
    about = say(
        lang,
        "answer_about",
        code=decision.patient,
        site=site,
        protocol=protocol.titles.get(lang) or protocol.title,
        version=protocol.version,
        day=format_partial(decision.now),
    )
    return Answer(look, sign, sentence(decision, lang), about)


def reason_cards(decision: Decision, advice: Advice, lang: Lang) -> tuple[ReasonCard, ...]:
    """At most four main reasons."""
    w = words(lang)
    by_id = {one.criterion.id: one for one in decision.criteria}
    return tuple(_card(w, by_id[reason.criterion], reason.detail, decision, advice) for reason in reasons(decision, advice, lang))


def _card(w: Words, outcome: CriterionOutcome, detail: str, decision: Decision, advice: Advice) -> ReasonCard:
    sign = sign_of(outcome)
    return ReasonCard(
        outcome.criterion.id,
        texts(w.lang)[f"kind_{outcome.criterion.kind}"],
        CLASSES[sign],
        sign,
        w.chain([verdict_words(w, outcome), effect_words(w, outcome)]),
        wording(w, outcome.criterion),
        short(detail),
        findings(outcome, decision, advice, w.lang),
    )


def sign_of(outcome: CriterionOutcome) -> str:
    """✓ passes, ✗ fails, ? open, – not applicable: what the verdict means for the patient."""
    return "–" if outcome.verdict == "not applicable" else SIGNS[outcome.passes]


def show_of(outcome: CriterionOutcome) -> Show:
    """Under which filter a criterion stands."""
    if outcome.verdict == "not applicable":
        return "na"
    return {True: "passes", False: "fails", None: "open"}[outcome.passes]  # type: ignore[return-value]  # the three words are literals


def criterion_row(outcome: CriterionOutcome, decision: Decision, advice: Advice, lang: Lang) -> Row:
    """One criterion with all there is to say about it."""
    return _row(words(lang), outcome, decision, advice)


def _row(w: Words, outcome: CriterionOutcome, decision: Decision, advice: Advice, url: str = "") -> Row:
    criterion, sign = outcome.criterion, sign_of(outcome)
    applies = outcome.verdict != "not applicable"
    said, title = wording(w, criterion), title_words(w, criterion)
    lines = tree(outcome, w.lang, decision.protocol.moments)
    return Row(
        criterion.id,
        show_of(outcome),
        CLASSES[sign],
        sign,
        verdict_line(w, outcome),
        title,
        said if said != title else "",
        short(criterion_reason(outcome, decision, advice, w.lang).detail) if applies else "",
        provisional_words(w, outcome),
        lines,
        annotated(outcome, decision.protocol, w.lang),
        _decided(lines, criterion.span.file, decision.protocol.files.get(criterion.span.file, "")),
        criterion.span.file,
        url,
    )


def verdict_line(w: Words, outcome: CriterionOutcome) -> str:
    """`not met, passes`: for an exclusion that is the good news, and says so."""
    word = verdict_words(w, outcome)
    if outcome.verdict in ("unknown", "not applicable") and outcome.passes is not False:
        return word
    return w.chain([word, effect_words(w, outcome)])


def _decided(lines: Sequence[Line], file: str, text: str) -> frozenset[int]:
    """Numbers of the lines of a file on which conditions stand that decided."""
    source = indexed(file, text)
    places = [line.place for line in lines if line.decisive and line.place != NOWHERE and line.place.file == file]
    return frozenset(source.position(place.start).line for place in places)
