"""What is recorded of a subject, statement by statement, each with its place; and who changed the record since a version."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from ...canonical import Json, digest, strict_json_loads
from ...dsl.model import Protocol
from ...engine.record import Entry
from ...records.dates import Dates
from ...records.facts import FactReader
from ...records.problems import Place
from ...records.vocabulary import vocabulary_of
from ..models.accounts import User
from ..models.audit import AuditEntry
from ..models.subjects import Subject
from . import documents

_MOST: Final = 40
"""Entries of the trail that are looked through."""


@frozen
class Recorded:
    """One recorded statement: its place, what stands there, and what the rules read from it (None: they ask for no such fact)."""

    index: int
    raw: Json
    entry: Entry | None

    @property
    def mark(self) -> str:
        """By which the same statement is found again, wherever it stands by then."""
        return digest(self.raw)[:16]


@frozen
class Step:
    """One change of a subject's record: which version it made, who did what, and when."""

    version: int
    actor: str
    action: str
    at: str


def recorded(subject: Subject, protocol: Protocol) -> tuple[Recorded, ...]:
    """The recorded statements in the order in which they stand."""
    reader = FactReader(vocabulary_of(protocol), Dates(), _place, strict=False)
    return tuple(Recorded(index, raw, reader.read(index, raw)) for index, raw in enumerate(documents.facts_of(subject.document)))


def _place(index: int, key: str) -> Place:
    return Place("", pointer=f"/facts/{index}" + (f"/{key}" if key else ""))


def steps_since(subject: Subject, version: int) -> tuple[Step, ...]:
    """What was done to a subject's record since a version, oldest first; what was written stays in the audit trail."""
    found = list(
        AuditEntry.objects.filter(study=subject.study_id, target=f"subject {subject.code}").exclude(new="").order_by("-seq")[:_MOST]
    )
    names = dict(User.objects.filter(username__in={one.actor for one in found}).values_list("username", "name"))
    steps = []
    for one in reversed(found):
        new = strict_json_loads(one.new)
        made = new.get("version") if isinstance(new, dict) else None
        if isinstance(made, int) and made > version:
            steps.append(Step(made, names.get(one.actor, one.actor), one.action, one.at))
    return tuple(steps)
