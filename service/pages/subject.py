"""The page of one subject, as a value: where it stands, what is recorded, what was decided, what may happen next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.explain_words import words
from .. import access
from ..models.subjects import State
from ..work import enrolment, redactions, screening, states, subjects
from .frame import address, redaction_url
from .life import Allocation, Step, allocation_of, steps_of
from .overrides import state_words
from .record import DetailRow, FactRow, detail_rows, fact_rows
from .subject_view import Urls, bands, urls_of
from .times import local_time
from .why import STATES
from .words import texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.decisions import Decision
    from ..models.subjects import Subject
    from .subject_view import Band

_END_ORDER: Final = (State.SCREEN_FAILED, State.COMPLETED, State.WITHDRAWN, State.LOST, State.DIED)


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
    details: tuple[DetailRow, ...]
    facts: tuple[FactRow, ...]
    history: tuple[DecisionRow, ...]
    may_write: bool
    may_screen: bool
    may_sign: bool
    may_enrol: bool
    ends: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    allocation: Allocation | None
    redact: str
    redactions: tuple[tuple[str, str], ...]


def subject_page(user: User, subject: Subject, lang: Lang) -> SubjectPage:
    """The page of a subject."""
    study, site = subject.study, subject.site
    protocol, course = subjects.course_of(subject)
    decisions = screening.history(subject, brief=True)
    latest = screening.latest(subject)
    signature = screening.signature_of(subject)
    allocation = allocation_of(user, subject, protocol, lang)
    t = texts(lang)
    open_ = subject.state in states.OPEN
    redacts = access.allows(user, access.May.REDACT, study, site)
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
        detail_rows(subject, course.patient, protocol, lang),
        fact_rows(subject, protocol, lang),
        rows,
        writes,
        access.allows(user, access.May.SCREEN, study, site) and open_,
        access.allows(user, access.May.SIGN, study, site) and latest is not None and signature is None and subject.state in states.BEFORE,
        enrols and signature is not None and latest is not None and enrolment.open_by(latest),
        tuple((str(end), t[f"state_{end}"]) for end in _END_ORDER if State(subject.state) in states.ENDS[end]) if writes else (),
        steps_of(subject, latest, signature, allocation, lang),
        allocation,
        f"{address('redactions', study=study.slug)}?subject={subject.code}" if redacts else "",
        tuple((str(one), redaction_url(one)) for one in redactions.open_about(subject)) if redacts else (),
    )


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
        words(lang).chain(notes),
        one.rule_version.label,
        one.actor.name,
        one.reason,
        signed,
    )
