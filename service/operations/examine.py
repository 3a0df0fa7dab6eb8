"""What an inspector asks of an installation: come to a decision again, look through the audit trail."""

from __future__ import annotations

from uuid import UUID

from attrs import frozen

from .. import record
from ..models.decisions import Decision
from ..models.studies import Study
from ..work import audit, integrity, replay
from .trouble import OperationError


def study_of(slug: str) -> Study:
    """A study by its slug."""
    found = Study.objects.filter(slug=slug).first()
    if found is None:
        there = ", ".join(sorted(Study.objects.values_list("slug", flat=True))) or "none"
        raise OperationError(f"there is no study {slug}; there are: {there}")
    return found


def decision(number: str) -> Decision:
    """A decision by its id."""
    try:
        key = UUID(number)
    except ValueError:
        raise OperationError(f"{number[:60]!r} is no id of a decision; it looks like 0195…-7…") from None
    found = Decision.objects.select_related("study", "site", "subject", "rule_version", "actor").filter(pk=key).first()
    if found is None:
        raise OperationError(f"there is no decision {key}")
    return found


def replay_one(number: str) -> tuple[record.Replay, dict[str, object]]:
    """Come to a decision again; what that gave, and the record."""
    stored = replay.record_of(decision(number))
    return record.replay(stored), dict(stored)


def replay_all(slug: str | None) -> list[tuple[str, record.Replay]]:
    """Come to every decision again, of a study or of all; those that do not agree first."""
    chosen = Decision.objects.order_by("created", "pk") if slug is None else Decision.objects.filter(study=study_of(slug)).order_by("pk")
    found = [(str(one.pk), replay.replay(one)) for one in chosen.iterator(chunk_size=100)]
    return sorted(found, key=lambda each: each[1].agrees)


@frozen
class Examined:
    """What looking through the audit trail found."""

    entries: int
    heads: dict[str, str]
    faults: list[str]


def verify(slug: str | None = None) -> Examined:
    """Look through the chains, and at what they vouch for."""
    study = None if slug is None else study_of(slug)
    found = audit.verify(study)
    faults = [f"{one.study or 'installation'}: entry {one.seq}: {one.why}" for one in found.breaks]
    faults += [f"{one.study or 'installation'}: {one.target}: {one.why}" for one in integrity.flaws(study)]
    return Examined(found.entries, dict(found.heads), faults)
