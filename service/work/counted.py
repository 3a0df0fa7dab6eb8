"""Of how many subjects something is recorded under a name; for writers of rules, who are told a number and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import documents

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ...canonical import Json
    from ..models.subjects import Subject

MOST_SUBJECTS: Final = 500
"""How many subjects are looked at; reading a record takes about a millisecond."""
_OF_THE_PERSON: Final = frozenset({"sex", "birth_date"})


def count(name: str, subjects: QuerySet[Subject]) -> tuple[int, int]:
    """How many of the subjects, by code, have a value of the fact, moment or attribute; and how many were looked at."""
    found = list(subjects.order_by("code").values_list("document", flat=True)[:MOST_SUBJECTS])
    return sum(_has(document, name) for document in found), len(found)


def _has(document: str, name: str) -> bool:
    patient = documents.value_of(document).get("patient")
    if not isinstance(patient, dict):
        return False
    moments, facts = patient.get("moments"), patient.get("facts")
    if name in _OF_THE_PERSON:
        return patient.get(name) is not None
    if isinstance(moments, dict) and moments.get(name) is not None:
        return True
    return isinstance(facts, list) and any(_is(fact, name) for fact in facts)


def _is(fact: Json, name: str) -> bool:
    return isinstance(fact, dict) and fact.get("fact") == name
