"""Decisions as records that stand for themselves, and coming to them again."""

from __future__ import annotations

from uuid import UUID

from ...canonical import Json, strict_json_loads
from .. import access, record, seals
from ..models.accounts import User
from ..models.audit import AuditEntry
from ..models.decisions import Decision, Signature
from ..models.studies import Study
from . import overrides, rules
from .outcome import not_found


def find(actor: User, study: Study, number: str) -> Decision:
    """A decision by its id.

    Raises:
        RefusedError: 404 if there is none, or none that this user may know of.
    """
    try:
        key = UUID(number)
    except ValueError:
        raise not_found("decision") from None
    related = ("study", "site", "subject", "rule_version", "actor")
    decision = Decision.objects.select_related(*related).filter(pk=key, study=study).first()
    if decision is None or not access.allows(actor, access.May.READ_SUBJECTS, study, decision.site):
        raise not_found("decision")
    return decision


def record_of(decision: Decision) -> dict[str, Json]:
    """A decision with everything it stands on (`trialrules/record/1`); there is neither arm nor visit in it."""
    version = decision.rule_version
    return {
        "schema": record.SCHEMA,
        "id": str(decision.pk),
        "study": decision.study.slug,
        "site": decision.site.code,
        "subject": decision.subject.code,
        "rules": {
            "label": version.label,
            "main": version.main,
            "sha256": decision.rules_sha256,
            "files": dict[str, Json](rules.used_files(version)),
            "status": str(version.status),
            "approver": None if version.approver is None else version.approver.username,
        },
        "data_sha256": decision.data_sha256,
        "snapshot": decision.snapshot,
        "engine": decision.engine,
        "versions": strict(decision.versions),
        "as_of": decision.as_of,
        "zone": decision.zone,
        "decision": decision.decision,
        "provisional": decision.provisional,
        "draft": decision.draft,
        "result": decision.result,
        "actor": decision.actor.username,
        "role": decision.role,
        "reason": decision.reason,
        "created": decision.created,
        "supersedes": None if decision.supersedes_id is None else str(decision.supersedes_id),
        "record_hash": decision.record_hash,
        "signature": signature_json(Signature.objects.filter(decision=decision).select_related("user").first()),
        "overrides": [overrides.override_json(one) for one in overrides.of_decision(decision)],
        "redactions": redactions_of(decision),
    }


def redactions_of(decision: Decision) -> list[Json]:
    """The redactions that took something out of a decision's record: who asked, who approved, when, why."""
    row = seals.name_of_decision(decision.pk)
    entries = AuditEntry.objects.filter(study=decision.study_id, action=seals.ACTION, target=f"subject {decision.subject.code}")
    found: list[Json] = []
    for entry in entries.order_by("seq"):
        told = strict(entry.new)
        columns = told.get("columns") if isinstance(told, dict) else None
        if isinstance(told, dict) and isinstance(columns, list) and any(isinstance(one, dict) and one.get("row") == row for one in columns):
            who = {name: told.get(name) for name in ("redaction", "asked_by", "approved_by")}
            found.append({**who, "at": entry.at, "why": entry.reason, "entry": entry.seq})
    return found


def signature_json(signature: Signature | None) -> Json:
    """A signature with printed name, time, zone and meaning, and that it was voided, if it was."""
    if signature is None:
        return None
    void = getattr(signature, "void", None)
    return {
        "id": str(signature.pk),
        "decision": str(signature.decision_id),
        "user": signature.user.username,
        "printed_name": signature.printed_name,
        "meaning": signature.meaning,
        "outcomes": strict(signature.outcomes),
        "record_hash": signature.record_hash,
        "created": signature.created,
        "zone": signature.zone,
        "void": None if void is None else {"why": void.why, "by": void.by.username, "created": void.created},
    }


def strict(text: str) -> Json:
    """A stored text as the value it is."""
    found = strict_json_loads(text)
    return found if isinstance(found, dict | list) else None


def replay(decision: Decision) -> record.Replay:
    """Come to a stored decision again and compare byte for byte."""
    return record.replay(record_of(decision))
