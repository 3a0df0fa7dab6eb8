"""Keeps beside each subject what the worklist filters by, in the transaction of the decision that says so."""

from __future__ import annotations

from ...engine.outcome import Advice, Decision as Found
from ..models.decisions import Decision
from ..models.worklist import ItemKind, Standing, StandingItem


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
    missing = [need.unknown.fact.name if need.unknown.fact is not None else need.unknown.detail[:64] for need in advice.needs]
    StandingItem.objects.filter(subject=subject).delete()
    StandingItem.objects.bulk_create(
        StandingItem(subject=subject, study_id=decision.study_id, site_id=decision.site_id, kind=kind, key=key, place=place)
        for kind, keys in ((ItemKind.FAILS, fails), (ItemKind.MISSING, missing))
        for place, key in enumerate(dict.fromkeys(keys))
        if key
    )
