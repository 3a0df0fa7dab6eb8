"""Whether what is stored is what the audit trail vouches for: decisions, signatures, subjects' documents, rules."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from ...canonical import strict_json_loads
from .. import record, seals
from ..models.audit import AuditEntry
from ..models.decisions import Decision, Signature
from ..models.studies import RuleVersion, Study
from ..models.subjects import Subject
from . import audit, rules, screening


@frozen
class Flaw:
    """One stored thing that is not as it was written."""

    study: str
    target: str
    why: str


def flaws(study: Study | None = None) -> Iterator[Flaw]:
    """Look through what is stored, of one study or of all. The chains themselves are `audit.verify`'s matter."""
    for one in Study.objects.order_by("pk") if study is None else [study]:
        yield from _rules(one)
        yield from _decisions(one)
        yield from _subjects(one)


def _rules(study: Study) -> Iterator[Flaw]:
    for version in RuleVersion.objects.filter(study=study):
        try:
            rules.protocol_of(version)
        except RuntimeError:
            yield Flaw(study.slug, f"rules {version.label}", "the files are not those that were handed in")


def _decisions(study: Study) -> Iterator[Flaw]:
    told, swaps = _told(study, "record"), audit.swaps_of(study)
    for decision in Decision.objects.filter(study=study).select_related("subject").iterator(chunk_size=200):
        target = f"decision {decision.pk}"
        if screening.record_hash(decision, swaps) != decision.record_hash or told.get(str(decision.pk)) != decision.record_hash:
            yield Flaw(study.slug, target, "the record is not what was written")
        elif record.sha256(decision.snapshot) != decision.data_sha256:
            yield Flaw(study.slug, target, "the data are not those whose hash it has")
    for signature in Signature.objects.filter(decision__study=study).select_related("decision"):
        if signature.record_hash != signature.decision.record_hash:
            yield Flaw(study.slug, f"signature {signature.pk}", "it is of another record")


def _told(study: Study, key: str) -> dict[str, str]:
    """Decision -> the hash of its record, as the audit has it."""
    found: dict[str, str] = {}
    for entry in AuditEntry.objects.filter(study=study, action__in=("decided", "draft tried")).iterator(chunk_size=1000):
        value = _value(entry.new)
        found[str(value.get("decision"))] = str(value.get(key))
    return found


def _subjects(study: Study) -> Iterator[Flaw]:
    last: dict[str, dict[str, object]] = {}
    for entry in AuditEntry.objects.filter(study=study, target__startswith="subject ").order_by("seq").iterator(chunk_size=1000):
        last.setdefault(entry.target, {}).update(_value(entry.new))
    for subject in Subject.objects.filter(study=study).iterator(chunk_size=200):
        told = last.get(f"subject {subject.code}", {})
        if told.get("document") != seals.column_digest(subject.document, subject.salt):
            yield Flaw(study.slug, f"subject {subject.code}", "the document is not what was written")
        elif (told.get("version"), told.get("state")) != (subject.version, subject.state):
            yield Flaw(study.slug, f"subject {subject.code}", "version or state is not what was written")


def _value(text: str) -> dict[str, object]:
    found = strict_json_loads(text) if text else None
    return dict(found) if isinstance(found, dict) else {}
