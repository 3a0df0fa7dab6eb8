"""Subjects: made from a patient's record of any format, found by code, their facts entered and corrected; each change decides again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from ...canonical import Json
from ...dsl.model import Protocol
from ...engine.dates import PartialDate, format_partial, parse_partial
from ...engine.record import Unused
from ...engine.subject import Subject as Course
from ...records.detect import read_patients
from ...records.subject import read_subjects
from .. import access, clock, logs, seals
from ..models.accounts import User
from ..models.studies import Site, Study
from ..models.subjects import State, Subject
from . import audit, documents, rules, screening, states
from .once import given_once
from .outcome import not_found, refuse, use_case

MAX_UPLOAD: Final = 50_000_000
"""Bytes of one patient's file."""
MAX_FACTS_AT_ONCE: Final = 500
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_BLINDED: Final = ("arm",)


@frozen
class Created:
    """A new subject; `unused` is what of its record no criterion asks for, or could be read."""

    subject: Subject
    unused: tuple[Unused, ...] = ()


@frozen
class Entered:
    """A subject after a change of its record, and what deciding again gave (None: nothing could be decided, `why` says why)."""

    subject: Subject
    change: screening.Change | None = None
    why: str = ""


# ---------------------------------------------------------------- reading


def find(actor: User, study: Study, code: str, may: access.May = access.May.READ_SUBJECTS) -> Subject:
    """A subject by code.

    Raises:
        RefusedError: 404 if there is none, or none that this user may know of.
    """
    subject = Subject.objects.select_related("site").filter(study=study, code=code).first()
    if subject is None or not access.allows(actor, may, study, subject.site):
        raise not_found("subject")
    subject.study = study
    logs.looked_at(subject.pk)
    return subject


def visible(actor: User, study: Study, may: access.May = access.May.READ_SUBJECTS) -> list[Site]:
    """The sites whose subjects a user may see; filter lists of subjects with `site__in`."""
    return access.sites(actor, may, study)


def document_for(actor: User, subject: Subject) -> dict[str, Json]:
    """A subject's document for a reader: without arm and amounts, unless the reader may know them."""
    document = documents.value_of(subject.document)
    if access.unblinded(actor, subject.study, subject.site):
        return document
    shown = {key: value for key, value in document.items() if key not in _BLINDED}
    visits = shown.get("visits")
    if isinstance(visits, list):
        shown["visits"] = [{key: value for key, value in one.items() if key != "doses"} if isinstance(one, dict) else one for one in visits]
    return shown


def course_of(subject: Subject) -> tuple[Protocol, Course]:
    """The protocol and the subject as the engine takes them. Not for blinded eyes: the arm is in it."""
    _, protocol = screening.protocol_for(subject)
    return protocol, documents.subject_of(subject.document, protocol, clock.day(subject.site.timezone))


# ---------------------------------------------------------------- writing


@use_case
def create(actor: User, study: Study, site: Site, code: str, content: bytes, *, part: str | None = None) -> Created:
    """Make a subject from a patient's record: our JSON (patient or subject), FHIR R4, CSV, Parquet; exactly one patient.

    Args:
        actor: a coordinator or investigator of the site.
        study: the study.
        site: one of its sites.
        code: the subject's code, unique in the study; it also takes the place of the patient's own id.
        content: the file.
        part: the part of the study, where it has several.
    """
    if site.study_id != study.pk or not access.allows(actor, access.May.READ_SUBJECTS, study, site):
        raise not_found("site")
    if not access.allows(actor, access.May.WRITE_SUBJECTS, study, site):
        raise refuse("forbidden", 403, "Your role may not write subjects.")
    if not _CODE.fullmatch(code):
        raise refuse("code-wrong", 422, "A code has at most 40 letters, digits and `._-`.", "Such as `S-014`.", "code")
    if len(content) > MAX_UPLOAD:
        raise refuse("too-large", 413, f"A record has at most {MAX_UPLOAD} bytes.", "Leave out what no criterion asks for.", "content")
    taken = refuse("code-taken", 409, f"There is a subject {code} already.", "Choose another code.", "code")
    with_code = Subject.objects.filter(study=study, code=code)
    if with_code.exists():  # before the work of reading the record
        raise taken
    version = rules.current(site) or rules.newest(study)
    if version is None:
        raise refuse("no-rules", 409, "The study has no rules yet.", "Hand in a rule file first.")
    protocol, today = rules.protocol_of(version), clock.day(site.timezone)
    results = list(islice(read_subjects(content, protocol, today), 2))
    if len(results) > 1:
        raise refuse("several-patients", 422, "There are several patients in the input.", "Give one at a time.", "content")
    if not results:
        raise refuse("record-wrong", 422, "There is no patient in it.", "Give the record of one.", "content")
    if results[0].subject is None:
        raise documents.unreadable(results[0].problems)
    read = results[0].subject
    native = _native(content)
    patient = native if native is not None else documents.patient_text(read.patient, protocol)
    document = documents.new_document(code, site.code, part or read.part, patient)
    documents.subject_of(document, protocol, today)
    now = clock.now()
    with given_once(with_code, taken):
        subject = Subject.objects.create(
            study=study, site=site, code=code, document=document, salt=seals.new_salt(), created=now, changed=now
        )
    new = {
        "site": site.code,
        "version": 1,
        "state": str(State(subject.state)),
        "facts": len(read.patient.entries),
        "unused": len(read.patient.unused),
        "document": seals.column_digest(document, subject.salt),
    }
    audit.write(actor, "subject created", f"subject {code}", study=study, new=new)
    return Created(subject, read.patient.unused)


def _native(content: bytes) -> str | None:
    """The patient's text, if the content is our own JSON: then it is kept as it was written."""
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.lstrip().startswith(("{", "[")) or '"resourceType"' in text:
        return None
    return documents.native_patient(text)


@use_case
def enter_facts(actor: User, subject: Subject, version: int, facts: Sequence[Mapping[str, Json]], reason: str = "new data") -> Entered:
    """Record facts (keys of `trialrules/patient/1`; `by` is filled in where a judgement lacks it), and decide again."""
    held = _open(actor, subject, version)
    why = audit.need_reason(reason)
    if not 1 <= len(facts) <= MAX_FACTS_AT_ONCE:
        raise refuse("facts-wrong", 422, f"Give 1 to {MAX_FACTS_AT_ONCE} facts.", "", "facts")
    _, protocol = screening.protocol_for(held)
    document = held.document
    added: list[Json] = []
    for fact in facts:
        whole = _judged(actor, protocol, fact)
        document = documents.append(document, ("patient", "facts"), whole)
        added.append(whole)
    _must_be_declared(document, protocol, held)
    return _changed(actor, held, document, "facts entered", None, {"facts": added}, why)


def _judged(actor: User, protocol: Protocol, fact: Mapping[str, Json]) -> dict[str, Json]:
    """A fact with the name of who judged, where it is a judgement that names nobody."""
    whole = dict(fact)
    declared = protocol.facts.get(str(whole.get("fact")))
    if declared is not None and declared.kind == "judgement" and whole.get("by") is None:
        whole["by"] = actor.name
    return whole


@use_case
def correct_fact(actor: User, subject: Subject, version: int, index: int, fact: Mapping[str, Json] | None, reason: str) -> Entered:
    """Replace a recorded fact by another (None: take it out). What stood there stays in the audit trail."""
    held = _open(actor, subject, version)
    why = audit.need_reason(reason)
    known = documents.facts_of(held.document)
    if not 0 <= index < len(known):
        raise refuse("fact-unknown", 404, f"There is no fact {index}.", "Look at the subject again.", f"/facts/{index}")
    path = ("patient", "facts", index)
    _, protocol = screening.protocol_for(held)
    whole = None if fact is None else _judged(actor, protocol, fact)
    document = documents.drop(held.document, path) if whole is None else documents.put(held.document, path, whole)
    if whole is not None:
        _must_be_declared(document, protocol, held)
    new: Json = None if whole is None else {"index": index, "fact": whole}
    return _changed(actor, held, document, "fact corrected", {"index": index, "fact": known[index]}, new, why)


@use_case
def set_moment(actor: User, subject: Subject, version: int, moment: str, day: str | None, reason: str) -> Entered:
    """Record when a moment was (screening, randomization, first_infusion); None takes the date away."""
    held = _open(actor, subject, version)
    why = audit.need_reason(reason)
    _, protocol = screening.protocol_for(held)
    if moment not in protocol.moments:
        raise refuse(
            "moment-unknown", 422, f"The rules have no moment {moment[:64]!r}.", f"Say one of {', '.join(protocol.moments)}.", "moment"
        )
    read = None if day is None else parse_partial(day.strip())
    if day is not None and read is None:
        raise refuse("day-wrong", 422, f"{day[:40]!r} is no day.", "Write it as 2026-03-02.", "day")
    value = None if read is None else format_partial(read)
    patient = documents.value_of(held.document)["patient"]
    moments = patient.get("moments") if isinstance(patient, dict) else None
    old = moments.get(moment) if isinstance(moments, dict) else None
    document = documents.put(held.document, ("patient", "moments", moment), value)
    return _changed(actor, held, document, "moment set", {"moment": moment, "day": old}, {"moment": moment, "day": value}, why)


@use_case
def set_person(
    actor: User, subject: Subject, version: int, *, sex: str | None = None, birth_date: str | None = None, reason: str
) -> Entered:
    """Record sex or birth date."""
    held = _open(actor, subject, version)
    why = audit.need_reason(reason)
    document = held.document
    new: dict[str, Json] = {key: value for key, value in (("sex", sex), ("birth_date", birth_date)) if value is not None}
    patient = documents.value_of(document)["patient"]
    old = {key: patient.get(key) for key in new} if isinstance(patient, dict) else {}
    for key, value in new.items():
        document = documents.put(document, ("patient", key), value)
    if not new:
        raise refuse("nothing-said", 422, "Say the sex or the birth date.", "", "sex")
    return _changed(actor, held, document, "person corrected", old, new, why)


def _open(actor: User, subject: Subject, version: int) -> Subject:
    held = screening.locked(actor, subject, access.May.WRITE_SUBJECTS, version)
    if held.state not in states.OPEN:
        raise refuse(
            "wrong-order", 409, f"The subject is {held.state}.", "What belongs to the time before may be corrected by an amendment only."
        )
    return held


def _must_be_declared(document: str, protocol: Protocol, held: Subject) -> None:
    """What somebody types in has to be something that the rules ask for: a slip in a name would be silently unused.

    The record may hold undeclared facts from elsewhere; only new ones are refused.
    """
    today = clock.day(held.site.timezone)
    before = {(one.code, one.nearest, one.reason.split(" (")[0]) for one in _unused(held.document, protocol, today)}
    for one in _unused(document, protocol, today):
        if (one.code, one.nearest, one.reason.split(" (")[0]) not in before:
            mend = f"Did you mean `{one.nearest}`?" if one.nearest else "Look at what is missing for the names."
            raise refuse("fact-undeclared", 422, f"{one.reason[0].upper()}{one.reason[1:]}.", mend, one.where)


def _unused(document: str, protocol: Protocol, today: PartialDate) -> tuple[Unused, ...]:
    read = next(iter(read_patients(documents.snapshot_of(document), protocol, today)))
    if read.patient is None:
        raise documents.unreadable(read.problems)
    return read.patient.unused


def _changed(actor: User, held: Subject, document: str, action: str, old: Json, new: Json, why: str) -> Entered:
    """Store a document, tell the audit, decide again."""
    store(actor, held, document, action, old, new, why)
    if rules.current(held.site) is None:
        return Entered(held, None, "No approved rules are in force at this site.")
    return Entered(held, screening.decide_locked(actor, held, why))


def store(actor: User, held: Subject, document: str, action: str, old: Json, new: Json, why: str) -> None:
    """Put a document in the place of a held subject's, with its audit entry; the rules in force must be able to read it."""
    _, protocol = screening.protocol_for(held)
    documents.subject_of(document, protocol, clock.day(held.site.timezone))
    held.document, held.salt, held.version, held.changed = document, seals.new_salt(), held.version + 1, clock.now()
    held.save(update_fields=["document", "salt", "version", "changed", "state", "enrolled_as_of", "waivers"])
    vouched = {"version": held.version, "state": str(State(held.state)), "document": seals.column_digest(document, held.salt)}
    after = {**(new if isinstance(new, dict) else {}), **vouched}
    audit.write(actor, action, f"subject {held.code}", study=held.study, old=old, new=after, reason=why)
