"""What one protocol asks for, prepared for reading: facts by name and alias, the keys of their records, moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from attrs import frozen

from ..dsl.model import INTERVAL_KINDS, NUMBER_KINDS, PRESENCE_KINDS, Attribute, Criterion, Definition, Fact, Moment, Protocol, Selection
from .words import nearest

PATIENT_FACTS: Final = ("sex", "birth_date")
"""Attributes of the patient, which are no entries."""
FACT_KEYS: Final = frozenset({"fact", "value", "unit", "comparator", "range", "date", "start", "end", "by", "reason", "source", "id"})


@frozen(eq=False)
class FactPlan:
    """How records of one fact are read."""

    fact: Fact
    name: str
    is_number: bool
    is_presence: bool
    is_interval: bool
    is_yes_no: bool
    keys: frozenset[str]
    attributes: Mapping[str, Attribute]


@frozen(eq=False)
class Vocabulary:
    """What a protocol declares. `plans` goes by fact name and by the criterion ids that stand for a judgement."""

    plans: Mapping[str, FactPlan]
    groups: Mapping[str, Fact]
    moments: frozenset[str]
    sexes: tuple[str, ...]

    def nearest_fact(self, name: str) -> str | None:
        """A declared name that looks like `name`."""
        return nearest(name, [*self.plans, *PATIENT_FACTS])

    def nearest_moment(self, name: str) -> str | None:
        """A declared moment that looks like `name`."""
        return nearest(name, sorted(self.moments))


@lru_cache(maxsize=32)
def vocabulary_of(protocol: Protocol) -> Vocabulary:
    """Prepare a protocol for reading records; once, however many records are read."""
    plans = {name: _plan(fact) for name, fact in protocol.facts.items() if fact.kind != "group" and name not in PATIENT_FACTS}
    for criterion in protocol.criteria:
        judgements = {fact.name for fact in facts_tested(criterion) if fact.kind == "judgement"}
        if len(judgements) == 1 and criterion.id not in plans:
            plans[criterion.id] = plans[judgements.pop()]
    groups = {name: fact for name, fact in protocol.facts.items() if fact.kind == "group"}
    sexes = protocol.facts["sex"].words if "sex" in protocol.facts else ()
    return Vocabulary(plans, groups, frozenset(protocol.moments), sexes)


def _plan(fact: Fact) -> FactPlan:
    words = fact.words or (("yes", "no") if fact.kind == "judgement" else ())
    return FactPlan(
        fact=fact,
        name=fact.name,
        is_number=fact.kind in NUMBER_KINDS,
        is_presence=fact.kind in PRESENCE_KINDS,
        is_interval=fact.kind in INTERVAL_KINDS,
        is_yes_no=set(words) == {"yes", "no"},
        keys=FACT_KEYS | set(fact.attributes),
        attributes=fact.attributes,
    )


def facts_tested(criterion: Criterion) -> Iterator[Fact]:
    """The facts that a criterion's conditions select, those of its definitions too."""
    waiting: list[object] = [part for block in criterion.blocks for part in (block.when, block.condition)]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, Definition):
            if id(node) not in seen:
                seen.add(id(node))
                waiting.append(node.body)
        elif isinstance(node, Selection):
            yield node.fact
        elif not isinstance(node, Fact | Moment):
            waiting.extend(getattr(node, part.name) for part in getattr(type(node), "__attrs_attrs__", ()))
