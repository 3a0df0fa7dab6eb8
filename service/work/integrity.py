"""Whether what is stored is what the audit trail vouches for: decisions, signatures, overrides, documents, rules, second factors."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from ...canonical import strict_json_loads
from .. import record, seals
from ..models.audit import AuditEntry
from ..models.decisions import Decision, Signature
from ..models.factors import SecondFactor
from ..models.overrides import MarkKind, Override, OverrideMark
from ..models.studies import RuleVersion, Study
from ..models.subjects import Subject
from . import audit, factors, overrides, rules, screening


@frozen
class Flaw:
    """One stored thing that is not as it was written; `study` is the slug, empty for what belongs to the installation."""

    study: str
    target: str
    why: str


def flaws(study: Study | None = None) -> Iterator[Flaw]:
    """Look through what is stored, of one study or of all. The chains themselves are `audit.verify`'s matter."""
    if study is None:
        yield from _factors()
    for one in Study.objects.order_by("pk") if study is None else [study]:
        yield from _rules(one)
        yield from _decisions(one)
        yield from _overrides(one)
        yield from _subjects(one)


def _factors() -> Iterator[Flaw]:
    """Second factors: who has one, by the trail of the installation and by their table."""
    told: dict[str, bool] = {}
    for entry in AuditEntry.objects.filter(study=None, action__in=(*factors.SET, *factors.TAKEN_OFF)).order_by("seq"):
        told[entry.target] = entry.action in factors.SET
    there = {factors.target(one.user) for one in SecondFactor.objects.select_related("user")}
    for target in sorted(there ^ {one for one, has in told.items() if has}):
        yield Flaw("", target, "there is a second factor that nobody set up" if target in there else "the second factor is missing")


def _rules(study: Study) -> Iterator[Flaw]:
    handed_in = {one.target: _value(one.new) for one in AuditEntry.objects.filter(study=study, action="rules handed in")}
    for version in RuleVersion.objects.filter(study=study):
        if rules.examples_digest(version) != handed_in.get(f"rules {version.label}", {}).get("examples_sha256"):
            yield Flaw(study.slug, f"rules {version.label}", "the examples are not those that were handed in")
        try:
            rules.examined(version)
        except RuntimeError:
            yield Flaw(study.slug, f"rules {version.label}", "the files are not those that were handed in")


def _decisions(study: Study) -> Iterator[Flaw]:
    told, swaps = _told(study, ("decided", "draft tried"), "decision"), audit.swaps_of(study)
    for decision in Decision.objects.filter(study=study).select_related("subject").iterator(chunk_size=200):
        target = f"decision {decision.pk}"
        if screening.record_hash(decision, swaps) != decision.record_hash or told.get(str(decision.pk)) != decision.record_hash:
            yield Flaw(study.slug, target, "the record is not what was written")
        elif record.sha256(decision.snapshot) != decision.data_sha256:
            yield Flaw(study.slug, target, "the data are not those whose hash it has")
    for signature in Signature.objects.filter(decision__study=study).select_related("decision"):
        if signature.record_hash != signature.decision.record_hash:
            yield Flaw(study.slug, f"signature {signature.pk}", "it is of another record")


def _overrides(study: Study) -> Iterator[Flaw]:
    told, swaps = _told(study, ("override recorded",), "override"), audit.swaps_of(study)
    for override in Override.objects.filter(decision__study=study):
        if overrides.row_hash(override, swaps) != override.record_hash or told.pop(str(override.pk), None) != override.record_hash:
            yield Flaw(study.slug, f"override {override.pk}", "it is not what was written")
    marks = _told(study, tuple(f"override {kind}" for kind in MarkKind.values), "mark")
    for mark in OverrideMark.objects.filter(override__decision__study=study).select_related("override"):
        if marks.pop(str(mark.pk), None) != overrides.row_hash(mark, swaps) or mark.record_hash != mark.override.record_hash:
            yield Flaw(study.slug, f"override {mark.override_id}", f"that it was {mark.kind} is not what was written")
    for number in [*told, *marks]:
        yield Flaw(study.slug, f"override {number}", "it is missing")


def _told(study: Study, actions: tuple[str, ...], key: str) -> dict[str, str]:
    """What entries of these actions are about (by `key`) -> the hash of its record, as the audit has it."""
    found: dict[str, str] = {}
    for entry in AuditEntry.objects.filter(study=study, action__in=actions).iterator(chunk_size=1000):
        value = _value(entry.new)
        found[str(value.get(key))] = str(value.get("record"))
    return found


def _subjects(study: Study) -> Iterator[Flaw]:
    last: dict[str, dict[str, object]] = {}
    for entry in AuditEntry.objects.filter(study=study, target__startswith="subject ").order_by("seq").iterator(chunk_size=1000):
        last.setdefault(entry.target, {}).update(_value(entry.new))
    for subject in Subject.objects.filter(study=study).iterator(chunk_size=200):
        told = last.get(f"subject {subject.code}", {})
        if told.get("document") != seals.column_digest(subject.document, subject.salt):
            yield Flaw(study.slug, f"subject {subject.code}", "the document is not what was written")
        elif (told.get("version"), told.get("state"), told.get("waivers", [])) != (subject.version, subject.state, subject.waivers):
            yield Flaw(study.slug, f"subject {subject.code}", "version, state or waivers are not what was written")


def _value(text: str) -> dict[str, object]:
    found = strict_json_loads(text) if text else None
    return dict(found) if isinstance(found, dict) else {}
