"""Keeps beside each subject what the worklist filters by, in the transaction of the decision that says so."""

from __future__ import annotations

from ...canonical import Json
from ...engine.outcome import Advice, Decision as Found, Unknown
from ..models.decisions import Decision
from ..models.todo import Assignment
from ..models.worklist import ItemKind, Standing, StandingItem
from . import audit


def note(decision: Decision, found: Found, advice: Advice) -> None:
    """Note where a subject stands after a real decision."""
    subject = decision.subject
    Standing.objects.update_or_create(
        subject=subject,
        defaults={
            "study_id": decision.study_id,
            "site_id": decision.site_id,
            "decision": decision,
            "word": decision.decision,
            "provisional": decision.provisional,
        },
    )
    fails = [one.criterion.id for one in found.criteria if one.passes is False]
    missing = [key_of(need.unknown) for need in advice.needs]
    StandingItem.objects.filter(subject=subject).delete()
    StandingItem.objects.bulk_create(
        StandingItem(subject=subject, study_id=decision.study_id, site_id=decision.site_id, kind=kind, key=key, place=place)
        for kind, keys in ((ItemKind.FAILS, fails), (ItemKind.MISSING, missing))
        for place, key in enumerate(dict.fromkeys(keys))
        if key
    )
    _settle(decision, missing)


def key_of(unknown: Unknown) -> str:
    """By what name a missing item is kept: that of the fact, else of the moment or whatever it is."""
    return unknown.fact.name if unknown.fact is not None else unknown.detail[:64]


def assignment_json(one: Assignment) -> dict[str, Json]:
    """Who is to bring an item in, and until when."""
    return {"item": one.key, "owner": one.owner.username, "due": one.due.isoformat()}


def _settle(decision: Decision, missing: list[str]) -> None:
    """What is there now is nobody's to bring in any more."""
    target = f"subject {decision.subject.code}"
    for one in Assignment.objects.filter(subject=decision.subject).exclude(key__in=missing).select_related("owner"):
        audit.write(decision.actor, "missing item settled", target, study=decision.study, old=assignment_json(one))
        one.delete()
