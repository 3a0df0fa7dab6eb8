"""Operations on decisions: the history of a subject, one decision whole, deciding, signing."""

from __future__ import annotations

import uuid
from typing import cast

from ...canonical import Json, strict_json_loads
from .. import access
from ..models.decisions import Decision, Signature, SignatureVoid
from ..models.subjects import Subject
from ..work import overrides, screening, signing, subjects
from ..work.outcome import Refused, not_found
from .operation import Call, Done


def decision_json(decision: Decision) -> dict[str, Json]:
    """A decision in short: everything but data and evidence."""
    return {
        "id": str(decision.pk),
        "decision": decision.decision,
        "provisional": decision.provisional,
        "draft": decision.draft,
        "as_of": decision.as_of,
        "rules": decision.rule_version.label,
        "rules_sha256": decision.rules_sha256,
        "data_sha256": decision.data_sha256,
        "engine": decision.engine,
        "created": decision.created,
        "by": decision.actor.username,
        "reason": decision.reason,
        "record_hash": decision.record_hash,
        "supersedes": None if decision.supersedes_id is None else str(decision.supersedes_id),
        "signature": _signature(Signature.objects.filter(decision=decision).first()),
        "overrides": [overrides.override_json(one) for one in overrides.of_decision(decision)],
    }


def _signature(signature: Signature | None) -> Json:
    if signature is None:
        return None
    void = SignatureVoid.objects.filter(signature=signature).select_related("by").first()
    return {
        "id": str(signature.pk),
        "name": signature.printed_name,
        "meaning": signature.meaning,
        "at": signature.created,
        "zone": signature.zone,
        "record_hash": signature.record_hash,
        "void": None if void is None else {"why": void.why, "at": void.created, "by": void.by.username},
    }


def change_json(change: screening.Change) -> dict[str, Json]:
    """What deciding again did."""
    shifts: list[Json] = [{"criterion": one.criterion, "old": one.old, "new": one.new} for one in change.shifts]
    return {
        "decision": decision_json(change.new),
        "before": None if change.old is None else str(change.old.pk),
        "differs": change.differs,
        "shifts": shifts,
        "voided": None if change.voided is None else str(change.voided.pk),
    }


def _subject(call: Call) -> Subject:
    return subjects.find(call.actor, call.study, call.path["subject"], access.May.READ_SUBJECTS)


def _decision(call: Call) -> Decision:
    subject = _subject(call)
    try:
        number = uuid.UUID(call.path["decision"])
    except ValueError:
        raise not_found("decision") from None
    found = Decision.objects.filter(pk=number, subject=subject).select_related("rule_version", "actor", "subject", "study", "site").first()
    if found is None:
        raise not_found("decision")
    return found


def history(call: Call) -> Done:
    """All decisions about a subject, the latest first."""
    return Done({"decisions": [decision_json(one) for one in screening.history(_subject(call))]})


def decide(call: Call) -> Done | Refused:
    """The subject is decided with the rules in force."""
    done = screening.decide(call.actor, _subject(call), str(call.body.get("reason", "screening")))
    return done if isinstance(done, Refused) else Done(change_json(done), 201)


def whole(call: Call) -> Done:
    """One decision with the answer and the data that it stands on."""
    found = _decision(call)
    values = {name: cast("Json", strict_json_loads(text)) for name, text in (("result", found.result), ("data", found.snapshot))}
    return Done({**decision_json(found), **values})


def sign(call: Call) -> Done | Refused:
    """An investigator signs."""
    body, decision = call.body, _decision(call)
    outcomes = cast("dict[str, str]", body["outcomes"])
    user, password = str(body["username"]), str(body["password"])
    # A program has no session in which something could have been given before: the code is needed each time.
    done = signing.sign(call.actor, decision, user, password, outcomes, str(body["meaning"]), code=str(body.get("code", "")))
    return done if isinstance(done, Refused) else Done(decision_json(decision), 201)


def override(call: Call) -> Done | Refused:
    """An investigator overrides a criterion; the verdict stays what it is."""
    decision, body = _decision(call), call.body
    done = overrides.record(call.actor, decision, str(body["criterion"]), str(body["reason"]), str(body["reference"]))
    return done if isinstance(done, Refused) else Done(decision_json(decision), 201)


def countersign(call: Call) -> Done | Refused:
    """Another investigator countersigns an override."""
    found = overrides.find(_subject(call), call.path["override"])
    given = str(call.body["username"]), str(call.body["password"])
    done = overrides.countersign(call.actor, found, *given, code=str(call.body.get("code", "")))
    return done if isinstance(done, Refused) else Done(decision_json(found.decision), 201)


def withdraw(call: Call) -> Done | Refused:
    """An override is taken back."""
    found = overrides.find(_subject(call), call.path["override"])
    done = overrides.withdraw(call.actor, found, str(call.body["reason"]))
    return done if isinstance(done, Refused) else Done(decision_json(found.decision), 201)
