"""What another version of the rules would change: subjects screened with both, as of today; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from ...dsl.model import Protocol
from ...engine.decide import screen
from ...engine.outcome import Decision
from .. import access, clock
from ..models.accounts import User
from ..models.studies import RuleVersion
from ..models.subjects import Subject
from . import documents, rules
from .outcome import RefusedError, not_found, use_case

MOST_SUBJECTS: Final = 500
"""How many subjects are compared at once."""


@frozen
class ChangedSubject:
    """A subject with another verdict: the decisions, and each criterion that differs (None: only one version has it).

    `problem`: why one of the versions can't read the record.
    """

    code: str
    site: str
    before: str
    after: str
    criteria: tuple[tuple[str, str | None, str | None], ...]
    problem: str = ""


@frozen
class Effect:
    """The comparison of two versions; `compared` of `total` subjects that the reader may see."""

    old: RuleVersion
    new: RuleVersion
    compared: int
    total: int
    changed: tuple[ChangedSubject, ...]


@use_case
def effect(actor: User, old: RuleVersion, new: RuleVersion) -> Effect:
    """Which subjects' verdicts change from one version to another. Of subjects that the reader may not see nothing is said.

    Decisions are left alone: they stand on the version that was in force.
    """
    if old.study_id != new.study_id or not access.anywhere(actor, access.May.READ_RULES, new.study):
        raise not_found("version of the rules")
    visible = access.sites(actor, access.May.READ_SUBJECTS, new.study)
    found = Subject.objects.filter(study=new.study, site__in=visible).select_related("site").order_by("code")
    protocols = rules.protocol_of(old), rules.protocol_of(new)
    chosen = list(found[:MOST_SUBJECTS])
    changed = tuple(_changed(chosen, *protocols))
    return Effect(old, new, len(chosen), found.count(), changed)


def _changed(subjects: list[Subject], old: Protocol, new: Protocol) -> Iterator[ChangedSubject]:
    for subject in subjects:
        site = subject.site.code
        try:
            before, after = _screened(subject, old), _screened(subject, new)
        except RefusedError as error:
            yield ChangedSubject(subject.code, site, "", "", (), error.refused.message)
            continue
        verdicts = _verdicts(before), _verdicts(after)
        names = dict.fromkeys([*verdicts[1], *verdicts[0]])
        differing = tuple(
            (name, verdicts[0].get(name), verdicts[1].get(name)) for name in names if verdicts[0].get(name) != verdicts[1].get(name)
        )
        if differing or before.decision != after.decision:
            yield ChangedSubject(subject.code, site, before.decision, after.decision, differing)


def _screened(subject: Subject, protocol: Protocol) -> Decision:
    now = clock.day(subject.site.timezone)
    return screen(protocol, documents.subject_of(subject.document, protocol, now).patient, now)


def _verdicts(decision: Decision) -> dict[str, str]:
    return {one.criterion.id: one.verdict for one in decision.criteria}
