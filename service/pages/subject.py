"""The page of one subject, as a value: where it stands, what is recorded, what was decided, what may happen next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.dates import format_partial
from ...engine.explain_evidence import origin, recorded_value
from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import words
from .. import access
from ..models.subjects import State
from ..work import enrolment, screening, states, subjects
from .frame import address
from .overrides import state_words
from .subject_view import Urls, bands, urls_of
from .times import local_time
from .why import STATES
from .words import texts

if TYPE_CHECKING:
    from ...dsl.model import Protocol
    from ...engine.explain_words import Lang, Words
    from ...engine.record import Entry, Patient
    from ..models.accounts import User
    from ..models.decisions import Decision
    from ..models.subjects import Subject
    from .subject_view import Band

_END_ORDER: Final = (State.SCREEN_FAILED, State.COMPLETED, State.WITHDRAWN, State.LOST, State.DIED)


@frozen
class FactRow:
    """One recorded statement."""

    what: str
    value: str
    dated: str
    by: str
    source: str


@frozen
class DecisionRow:
    """One decision of the past."""

    url: str
    at: str
    as_of: str
    look: str
    sign: str
    verdict: str
    note: str
    rules: str
    by: str
    reason: str
    signed: str


@frozen
class Pair:
    """A name and its value."""

    label: str
    value: str


@frozen
class SubjectPage:
    """Everything on the page."""

    code: str
    site: str
    state: str
    version: int
    urls: Urls
    schedule: str
    bands: tuple[Band, ...]
    verdict: DecisionRow | None
    person: tuple[Pair, ...]
    moments: tuple[Pair, ...]
    facts: tuple[FactRow, ...]
    history: tuple[DecisionRow, ...]
    may_write: bool
    may_screen: bool
    may_sign: bool
    may_enrol: bool
    ends: tuple[tuple[str, str], ...]


def subject_page(user: User, subject: Subject, lang: Lang) -> SubjectPage:
    """The page of a subject."""
    study, site = subject.study, subject.site
    protocol, course = subjects.course_of(subject)
    decisions = screening.history(subject, brief=True)
    latest = screening.latest(subject)
    signature = screening.signature_of(subject)
    t, w = texts(lang), words(lang)
    open_ = subject.state in states.OPEN
    writes = access.allows(user, access.May.WRITE_SUBJECTS, study, site) and open_
    enrols = access.allows(user, access.May.ENROL, study, site) and subject.state in states.BEFORE
    rows = tuple(_decision(one, subject, lang) for one in decisions)
    return SubjectPage(
        subject.code,
        f"{site.code} {site.name}",
        state_words(subject.state, lang, waived=bool(subject.waivers)),
        subject.version,
        urls_of(subject),
        address("schedule", study=study.slug, code=subject.code),
        () if latest is None else bands(subject, latest, lang, latest=True),
        None if latest is None else _decision(latest, subject, lang),
        tuple(_person(course.patient, lang)),
        tuple(_moments(course.patient, protocol, w)),
        tuple(_fact(one, protocol, w) for one in course.patient.entries),
        rows,
        writes,
        access.allows(user, access.May.SCREEN, study, site) and open_,
        access.allows(user, access.May.SIGN, study, site) and latest is not None and signature is None and subject.state in states.BEFORE,
        enrols and signature is not None and latest is not None and enrolment.open_by(latest),
        tuple((str(end), t[f"state_{end}"]) for end in _END_ORDER if State(subject.state) in states.ENDS[end]) if writes else (),
    )


def _person(patient: Patient, lang: Lang) -> list[Pair]:
    t = texts(lang)
    sex = "–" if patient.sex is None else t.get(f"sex_{patient.sex}", patient.sex)
    born = "–" if patient.birth_date is None else format_partial(patient.birth_date)
    return [Pair(t["sex"], sex), Pair(t["birth_date"], born)]


def _moments(patient: Patient, protocol: Protocol, w: Words) -> list[Pair]:
    t = texts(w.lang)
    days = {name: format_partial(day) for name, day in patient.moments.items()}
    return [Pair(moment_words(w, moment), days.get(name, t["not_set"])) for name, moment in protocol.moments.items()]


def _fact(entry: Entry, protocol: Protocol, w: Words) -> FactRow:
    fact = protocol.facts.get(entry.fact)
    if fact is None:
        return FactRow(
            entry.fact, str(entry.value), "" if entry.start is None else format_partial(entry.start), entry.by or "", origin(entry)
        )
    value = recorded_value(w, entry, fact) or w("item.yes")
    start = "" if entry.start is None else format_partial(entry.start)
    if entry.end is not None:
        start = w("item.span", start=start or w("item.start.unknown"), end=format_partial(entry.end))
    return FactRow(fact_words(w, fact), value, start, entry.by or "", origin(entry))


def _decision(one: Decision, subject: Subject, lang: Lang) -> DecisionRow:
    t = texts(lang)
    look, sign = STATES[one.decision]
    signature = getattr(one, "signature", None)
    void = getattr(signature, "void", None)
    signed = "" if signature is None else signature.printed_name + (f" ({t['signature_void']})" if void is not None else "")
    notes = [t["draft"]] if one.draft else []
    if one.provisional:
        notes.append(t["provisional"])
    return DecisionRow(
        f"{urls_of(subject).why}?decision={one.pk}",
        local_time(one.created, one.zone),
        one.as_of,
        look,
        sign,
        t[f"decision_{one.decision}"],
        ", ".join(notes),
        one.rule_version.label,
        one.actor.name,
        one.reason,
        signed,
    )
