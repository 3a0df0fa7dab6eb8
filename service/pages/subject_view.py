"""What the pages about one subject share, as values: the decision that is shown, its signature, the footer, what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from attrs import evolve, frozen
from django.urls import reverse

from ...engine.decision_json import decision_to_json
from ...engine.explain import sentence
from ...engine.explain_words import words
from .. import access, clock
from ..models.decisions import Decision, Signature
from ..work import overrides, replay as replays, screening, signing, states, todo
from ..work.outcome import not_found
from .entry import needs_of
from .overrides import cards, state_words
from .times import local_time
from .todo import todos
from .why import STATES
from .words import say, sentences, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.subjects import Subject
    from ..record import Computed
    from .entry import Need

WHY_SCHEMA: Final = "trialrules/why/1"
_ANY: Final = "-"
"""Stands for a criterion in an address."""


@frozen
class Band:
    """A line across the page that nobody should overlook."""

    look: str
    sign: str
    text: str
    url: str = ""
    link: str = ""


@frozen
class Footer:
    """What a decision stands on."""

    rules: str
    rules_hash: str
    data_hash: str
    record_hash: str
    engine: str
    as_of: str
    by: str
    at: str
    reason: str
    id: str
    supersedes: str
    copy: str


@frozen
class Urls:
    """Where the pages of one subject are."""

    worklist: str
    subject: str
    why: str
    missing: str
    todo: str
    sign: str
    overrides: str
    log: str


@frozen
class Shown:
    """One subject with one decision, ready for the templates."""

    code: str
    site: str
    state: str
    version: int
    urls: Urls
    permalink: str
    bands: tuple[Band, ...]
    needs: tuple[Need, ...]
    people: tuple[tuple[str, str], ...]
    footer: Footer
    may_write: bool
    may_sign: bool
    may_screen: bool
    may_override: bool
    latest: bool
    counted: str


def urls_of(subject: Subject) -> Urls:
    """The addresses of a subject's pages."""
    study = subject.study.slug
    whole = {"study": study, "code": subject.code}
    return Urls(
        reverse("worklist", kwargs={"study": study}),
        reverse("subject", kwargs=whole),
        reverse("why", kwargs=whole),
        reverse("missing", kwargs=whole),
        reverse("todo", kwargs=whole),
        reverse("sign", kwargs=whole),
        reverse("overrides", kwargs=whole),
        reverse("log", kwargs={"study": study}),
    )


def decision_of(subject: Subject, wanted: str) -> Decision | None:
    """The decision asked for by id, else the one that holds.

    Raises:
        RefusedError: if there is no such decision about the subject.
    """
    if not wanted:
        return screening.latest(subject)
    found = screening.one_of(subject, wanted)
    if found is None:
        raise not_found("decision")
    return found


def shown(user: User, subject: Subject, decision: Decision, computed: Computed, lang: Lang, *, needs: bool = False) -> Shown:
    """What stands around the answer, and with `needs` what is missing, with its forms."""
    urls = urls_of(subject)
    latest = not decision.draft and not Decision.objects.filter(supersedes=decision).exists()
    site, study = subject.site, subject.study
    return Shown(
        subject.code,
        site.code,
        state_words(subject.state, lang, waived=bool(subject.waivers)),
        subject.version,
        urls,
        f"{urls.why}?decision={decision.pk}",
        bands(subject, decision, lang, latest=latest),
        _needs(subject, computed, lang) if needs else (),
        tuple((one.username, one.name) for one in todo.people(site)) if needs else (),
        footer(subject, decision, computed, lang),
        access.allows(user, access.May.WRITE_SUBJECTS, study, site) and subject.state in states.OPEN,
        latest and access.allows(user, access.May.SIGN, study, site) and signing.obstacle(decision, latest=latest) is None,
        access.allows(user, access.May.SCREEN, study, site) and subject.state in states.OPEN,
        access.allows(user, access.May.OVERRIDE, study, site) and subject.state in states.BEFORE and decision.decision == "ineligible",
        latest,
        _counted(subject, decision, lang),
    )


def _counted(subject: Subject, decision: Decision, lang: Lang) -> str:
    """Of a decision of another day: that "1 day ago" on its page is seen from then."""
    today, day = clock.today(subject.site.timezone).isoformat(), decision.as_of[:10]
    return "" if day == today else say(lang, "counted_from", day=day, today=today)


def _needs(subject: Subject, computed: Computed, lang: Lang) -> tuple[Need, ...]:
    given = todos(subject, lang)
    found = needs_of(computed.advice, computed.decision.protocol, lang)
    return tuple(evolve(need, todo=given.get(need.key)) for need in found)


def criterion_urls(subject: Subject, decision: Decision) -> Callable[[str], str]:
    """Where the pages of the criteria are: the route is looked up once for all of them."""
    anyone = reverse("criterion", kwargs={"study": subject.study.slug, "code": subject.code, "criterion": _ANY})
    return lambda criterion: f"{anyone.removesuffix(_ANY)}{quote(criterion, safe='')}?decision={decision.pk}"


def bands(subject: Subject, decision: Decision, lang: Lang, *, latest: bool) -> tuple[Band, ...]:
    """What has to be seen before the answer is used."""
    t = texts(lang)
    found: list[Band] = []
    if decision.draft:
        found.append(Band("open", "△", t["draft_band"]))
    elif not latest:
        found.append(Band("open", "△", t["superseded"], urls_of(subject).why, t["to_newest"]))
    if decision.provisional:
        found.append(Band("open", "◷", t["provisional_band"]))
    for signature in Signature.objects.filter(decision__subject=subject).select_related("void").order_by("created"):
        void = getattr(signature, "void", None)
        at = local_time(signature.created, signature.zone)
        if void is not None:
            found.append(Band("bad", "✗", say(lang, "void_band", name=signature.printed_name, at=at, why=void.why)))
        elif signature.decision_id == decision.pk or latest:
            meaning = meaning_words(signature.meaning, lang)
            found.append(
                Band("good", "✎", say(lang, "signed_band", name=signature.printed_name, at=at, zone=signature.zone, meaning=meaning))
            )
    for one in cards(decision, lang):
        said = sentences(lang, [one.text, one.standing])
        found.append(Band(f"override {one.state}", "⚑", said, urls_of(subject).overrides, t["overrides"]))
    return tuple(found)


def meaning_words(meaning: str, lang: Lang) -> str:
    """What a signature says, in the language."""
    known = dict(zip(signing.MEANINGS, ("sign_meaning_eligible", "sign_meaning_not"), strict=True))
    return texts(lang)[known[meaning]] if meaning in known else meaning


def footer(subject: Subject, decision: Decision, computed: Computed, lang: Lang) -> Footer:
    """What a decision stands on. `copy` is its line for a log kept elsewhere, with tabs between the cells."""
    t = texts(lang)
    word = t[f"decision_{decision.decision}"] + (f" ({t['provisional']})" if decision.provisional else "")
    fails = " ".join(one.criterion.id for one in computed.decision.criteria if one.passes is False)
    decided = datetime.fromisoformat(decision.created).astimezone(ZoneInfo(decision.zone)).date().isoformat()
    return Footer(
        decision.rule_version.label,
        decision.rules_sha256,
        decision.data_sha256,
        decision.record_hash,
        decision.engine,
        f"{decision.as_of} ({decision.zone})",
        f"{decision.actor.name} ({texts(lang).get(f'role_{decision.role}', decision.role)})",
        local_time(decision.created, decision.zone),
        decision.reason,
        str(decision.pk),
        "" if decision.supersedes_id is None else str(decision.supersedes_id),
        "\t".join([subject.code, decided, word, fails, decision.as_of, decision.rule_version.label, str(decision.pk)]),
    )


def answer_line(computed: Computed, lang: Lang) -> tuple[str, str, str]:
    """Look, sign and sentence of a decision."""
    look, sign = STATES[computed.decision.decision]
    return look, sign, sentence(computed.decision, lang)


def verdict_text(lang: Lang, verdict: str | None) -> str:
    """A verdict's word; a dash for a criterion that did not exist."""
    return "–" if verdict is None else words(lang)(f"verdict.{verdict}")


def why_json(subject: Subject, decision: Decision, computed: Computed, lang: Lang) -> dict[str, Json]:
    """The page's twin: the decision in the language, and what it stands on."""
    record = {key: value for key, value in replays.record_of(decision).items() if key not in ("result", "snapshot", "rules")}
    return {
        "schema": WHY_SCHEMA,
        "subject": subject.code,
        "state": str(subject.state),
        "waivers": subject.waivers,
        "version": subject.version,
        "record": record,
        "overrides": [overrides.override_json(one) for one in overrides.of_subject(decision)],
        "result": decision_to_json(computed.decision, computed.advice, lang),
    }
