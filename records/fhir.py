"""FHIR R4 resources gathered by patient: a bundle, or lines of any order, become patients once all have been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .. import limits
from ..engine.record import Patient, Unused
from .fhir_base import Draft, Kit, Resource
from .fhir_codes import CodeIndex, Fhir
from .fhir_condition import needs_birth, read_allergy, read_condition, read_procedure
from .fhir_dates import BadDateError, date_at
from .fhir_medication import MEDICATION_TYPES, read_medication
from .fhir_observation import read_observation
from .native import check_birth
from .problems import (
    BAD_DATE,
    FUTURE_BIRTH,
    NO_PATIENT,
    NOT_DECLARED,
    TOO_LARGE,
    TWICE,
    WRONG_VALUE,
    PatientResult,
    Place,
    Problems,
)
from .words import clean, match_word, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..engine.dates import PartialDate
    from .vocabulary import Vocabulary

_READERS: Final[Mapping[str, Callable[[Resource, str, Kit, Draft], None]]] = {
    "Observation": read_observation,
    "Condition": read_condition,
    "AllergyIntolerance": read_allergy,
    "Procedure": read_procedure,
}
_ABOUT_NOBODY: Final = frozenset({
    "Organization", "Practitioner", "PractitionerRole", "Location", "Provenance", "Device", "Substance", "OperationOutcome", "Group",
    "HealthcareService",
})  # fmt: skip
_DATED_BY_AGE: Final = frozenset({"Condition", "AllergyIntolerance", "Procedure"})


def reference_key(reference: str) -> str:
    """What `Patient/1`, `http://server/fhir/Patient/1/_history/2` and `urn:uuid:1` have in common: `1`."""
    text = clean(reference).partition("/_history/")[0].rstrip("/")
    return text.removeprefix("urn:uuid:").removeprefix("urn:oid:").rpartition("/")[2]


class FhirReader:
    """Takes resources one by one (`add`) and gives the patients at the end (`results`). Only facts of the protocol are kept."""

    def __init__(self, vocabulary: Vocabulary, file: str, now: PartialDate | None, *, strict: bool) -> None:
        self._kit = Kit(vocabulary, CodeIndex(vocabulary))
        self._file = file
        self._now = now
        self._strict = strict
        self._patients: dict[str, tuple[Resource, str]] = {}
        self._aliases: dict[str, str] = {}
        self._drafts: dict[str, Draft] = {}
        self._medications: dict[str, Fhir] = {}
        self._seen: set[str] = set()
        self.more_pages = False
        self.problems = Problems()

    def add(self, resource: Fhir, full_url: str | None = None, where: str = "") -> None:
        """Take one resource; `full_url` is the entry's; `where` says its place for people if it has no id."""
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str):
            self.problems.add(WRONG_VALUE, "This is no FHIR resource: it has no `resourceType`.", Place(self._file, pointer=where))
            return
        own_id = resource.get("id")
        key = reference_key(full_url) if full_url else None
        name = clean(own_id) if isinstance(own_id, str) and own_id else key
        label = f"{kind}/{name}" if name else f"{kind} ({where})"
        if kind == "Patient":
            self._add_patient(resource, name, key)
        elif kind == "Medication":
            self._medications.update({one: resource.get("code") for one in (name, key) if one})
        elif kind not in _ABOUT_NOBODY:
            self._add_record(resource, kind, label, named=bool(name))

    def _add_patient(self, resource: Resource, name: str | None, key: str | None) -> None:
        if name is None:
            self.problems.add(NO_PATIENT, "A Patient has no `id`, so that nothing can refer to it.", Place(self._file))
        elif name in self._patients:
            self.problems.add(TWICE, f"The patient {shown(name)} stands twice in the input.", Place(self._file))
        else:
            self._patients[name] = (resource, f"Patient/{name}")
            self._aliases[name] = name
            if key is not None:
                self._aliases[key] = name

    def _add_record(self, resource: Resource, kind: str, label: str, *, named: bool) -> None:
        subject = resource.get("subject") or resource.get("patient")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        draft = self._drafts.setdefault(reference_key(reference) if isinstance(reference, str) else "", Draft())
        if kind not in _READERS and kind not in MEDICATION_TYPES:
            draft.unread[kind] = draft.unread.get(kind, 0) + 1
            return
        before = len(draft.entries)
        if kind in MEDICATION_TYPES:
            self._add_medication(resource, label, draft)
        elif kind in _DATED_BY_AGE and needs_birth(resource):
            draft.waiting.append((resource, label))
        else:
            _READERS[kind](resource, label, self._kit, draft)
        if named and len(draft.entries) > before:
            self._once(label, draft, before)

    def _once(self, label: str, draft: Draft, before: int) -> None:
        """A resource that a bundle repeats counts once: doses and sums would add up."""
        if label in self._seen:
            del draft.entries[before:]
            draft.note("given twice", "a resource with this id was already read", label)
        self._seen.add(label)

    def _add_medication(self, resource: Resource, label: str, draft: Draft) -> None:
        concept = resource.get("medicationCodeableConcept")
        if concept is None:
            concept = self._referred(resource)
            if concept is None:
                draft.waiting.append((resource, label))
                return
        read_medication(resource, label, self._kit, draft, concept)

    def _referred(self, resource: Resource) -> Fhir:
        link = resource.get("medicationReference")
        reference = link.get("reference") if isinstance(link, dict) else None
        if not isinstance(reference, str):
            return None
        if reference.startswith("#"):
            raw = resource.get("contained")
            inside = [item for item in raw if isinstance(item, dict) and item.get("id") == reference[1:]] if isinstance(raw, list) else []
            return inside[0].get("code") if inside else None
        return self._medications.get(reference_key(reference))

    def results(self) -> Iterator[PatientResult]:
        """The patients in the order in which their Patient resources came; then what could not be given to any of them."""
        by_patient: dict[str, list[Draft]] = {}
        strangers: dict[str, Draft] = {}
        for key, draft in self._drafts.items():
            owner = self._aliases.get(key)
            if owner is None:
                strangers[key] = draft
            else:
                by_patient.setdefault(owner, []).append(draft)
        only = next(iter(self._patients)) if len(self._patients) == 1 else None
        for name, (resource, where) in self._patients.items():
            yield self._patient(name, resource, where, by_patient.get(name, []), strangers if name == only else {})
        if only is None:
            for key, draft in strangers.items():
                self._report_stranger(key, draft)
        if not self._patients and not self.problems:
            self.problems.add(NO_PATIENT, "There is no Patient resource in it.", Place(self._file))
        if self.problems:
            yield PatientResult(None, self.problems.listed(), self._file)

    def _report_stranger(self, key: str, draft: Draft) -> None:
        count = _size(draft)
        if key:
            message = f"{count} resources refer to the patient {shown(key)}, who has no Patient resource here."
            self.problems.add(NO_PATIENT, message, Place(self._file), "Add the Patient resource; sex and birth date stand there.")
        elif draft.entries or draft.unused or draft.waiting:
            self.problems.add(NO_PATIENT, f"{count} resources say of no patient that they are about them.", Place(self._file))

    def _patient(self, name: str, resource: Resource, where: str, drafts: list[Draft], strangers: dict[str, Draft]) -> PatientResult:
        problems = Problems()
        place = Place(self._file, pointer=where)
        try:
            birth = date_at(resource, "birthDate", self._kit.dates)
        except BadDateError as error:
            birth = None
            problems.add(BAD_DATE, f"The birth date {shown(error.text)} is no date.", place)
        late = check_birth(birth, self._now)
        if late:
            problems.add(FUTURE_BIRTH, late, place)
        whole = self._joined(drafts, birth)
        if len(whole.entries) > limits.MAX_FACTS_PER_PATIENT:
            problems.add(TOO_LARGE, f"A patient has at most {limits.MAX_FACTS_PER_PATIENT} facts.", place)
        self._strict_problems(whole, problems)
        if problems:
            return PatientResult(None, problems.listed(), str(place))
        gender = resource.get("gender")
        sex = (match_word(gender, self._kit.vocabulary.sexes) or clean(gender)) if isinstance(gender, str) else None
        pages = (Unused("more pages", "the bundle says that more pages follow", self._file),) if self.more_pages else ()
        unused = (*pages, *_about_patient(resource, where), *whole.unused, *_summaries(whole), *_of_strangers(strangers))
        return PatientResult(Patient(name, sex, birth, whole.moments, tuple(whole.entries), unused), (), str(place))

    def _strict_problems(self, draft: Draft, problems: Problems) -> None:
        for item in draft.unused if self._strict else ():
            if item.code in ("fact not declared", "moment not declared", "group"):
                mend = f"Did you mean `{item.nearest}`?" if item.nearest else ""
                problems.add(NOT_DECLARED, f"{item.reason[0].upper()}{item.reason[1:]}.", Place(self._file, pointer=item.where), mend)

    def _joined(self, drafts: list[Draft], birth: PartialDate | None) -> Draft:
        """One draft for a patient, with what had to wait for the birth date or for a Medication."""
        whole = Draft()
        self._kit.birth = birth
        for draft in drafts:
            for resource, label in draft.waiting:
                self._read_late(resource, label, draft)
            whole.entries += draft.entries
            whole.unused += draft.unused
            for moment, day in draft.moments.items():
                whole.moments.setdefault(moment, day)
            for total, part in ((whole.passed, draft.passed), (whole.unread, draft.unread)):
                for kind, count in part.items():
                    total[kind] = total.get(kind, 0) + count
        self._kit.birth = None
        return whole

    def _read_late(self, resource: Resource, label: str, draft: Draft) -> None:
        before = len(draft.entries)
        kind = resource["resourceType"]
        if kind in _READERS:
            _READERS[kind](resource, label, self._kit, draft)
        else:
            concept = self._referred(resource)
            if concept is None:
                draft.note("medication not found", "nothing says which drug it is", label)
            else:
                read_medication(resource, label, self._kit, draft, concept)
        if len(draft.entries) > before and "(" not in label:
            self._once(label, draft, before)


def _size(draft: Draft) -> int:
    return len({entry.source for entry in draft.entries}) + len(draft.waiting) + sum(draft.passed.values()) + sum(draft.unread.values())


def _about_patient(resource: Resource, where: str) -> Iterator[Unused]:
    died = resource.get("deceasedDateTime")
    if isinstance(died, str):
        yield Unused("deceased", f"the patient died on {clean(died)[:40]}", where)
    elif resource.get("deceasedBoolean") is True:
        yield Unused("deceased", "the patient has died", where)


def _summaries(draft: Draft) -> Iterator[Unused]:
    for kind, count in draft.passed.items():
        yield Unused("no fact", f"{count} {kind} resources have codes that no fact of this protocol has", kind)
    for kind, count in draft.unread.items():
        yield Unused("kind not read", f"{count} {kind} resources are of a kind that is not read", kind)


def _of_strangers(strangers: dict[str, Draft]) -> Iterator[Unused]:
    for key, draft in strangers.items():
        if draft.entries or draft.unused or draft.waiting:
            said = f"refer to another patient, {shown(key)}" if key else "name no patient"
            reason = f"{_size(draft)} resources {said}"
            yield Unused("another patient", reason, draft.entries[0].source or "" if draft.entries else "")
