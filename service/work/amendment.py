"""What other rules would change: subjects screened with both, each as of its own day; nothing is stored, and old decisions stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from ...canonical import Json
from ...dsl.model import Protocol
from ...engine.dates import parse_partial
from ...engine.decide import screen
from ...engine.outcome import Decision
from .. import access
from ..models.accounts import User
from ..models.studies import RuleVersion, Study
from ..models.subjects import Subject
from . import documents, rules, screening
from .outcome import RefusedError, not_found, use_case

SCHEMA: Final = "trialrules/amendment/1"
MOST_SUBJECTS: Final = 500
"""How many subjects are compared at once."""
COLUMNS: Final = ("subject", "site", "as_of", "before", "after", "criterion", "criterion_before", "criterion_after", "problem")


@frozen
class ChangedSubject:
    """A subject with another verdict: the decisions, and each criterion that differs (None: only one version has it).

    `problem`: why one of the versions can't read the record; then there are no decisions.
    """

    code: str
    site: str
    as_of: str
    before: str
    after: str
    criteria: tuple[tuple[str, str | None, str | None], ...]
    problem: str = ""


@frozen
class Effect:
    """The comparison of two protocols: of the `total` subjects that the reader may see, by code, the `compared` ones after `after`.

    `next`: after which code it goes on; empty if these were the last.
    """

    compared: int
    total: int
    changed: tuple[ChangedSubject, ...]
    after: str = ""
    next: str = ""

    def becoming(self, decision: str) -> int:
        """How many have this decision by the new rules and had another by the old ones."""
        return sum(one.after == decision != one.before for one in self.changed if not one.problem)

    def data(self, old: str, new: str) -> dict[str, Json]:
        """The comparison for programs; `old` and `new` are the versions' labels."""
        changed: list[Json] = [_changed_json(one) for one in self.changed]
        return {
            "schema": SCHEMA,
            "old": old,
            "new": new,
            "compared": self.compared,
            "total": self.total,
            "after": self.after or None,
            "next": self.next or None,
            "becoming": {word: self.becoming(word) for word in ("eligible", "ineligible", "undetermined")},
            "changed": changed,
        }

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The table `COLUMNS`: a row for each criterion of a subject that differs, and one for who changes without any."""
        for one in self.changed:
            for name, before, after in one.criteria or (("", None, None),):
                yield (one.code, one.site, one.as_of, one.before, one.after, name, before or "", after or "", one.problem)


def _changed_json(one: ChangedSubject) -> dict[str, Json]:
    criteria: list[Json] = [{"criterion": name, "before": before, "after": after} for name, before, after in one.criteria]
    return {
        "subject": one.code,
        "site": one.site,
        "as_of": one.as_of,
        "before": one.before or None,
        "after": one.after or None,
        "criteria": criteria,
        "problem": one.problem or None,
    }


@use_case
def effect(actor: User, old: RuleVersion, new: RuleVersion, after: str = "") -> Effect:
    """Which subjects' verdicts change from one version to another: of the first `MOST_SUBJECTS` after a code."""
    if old.study_id != new.study_id:
        raise not_found("version of the rules")
    return _compared(actor, new.study, rules.protocol_of(old), rules.protocol_of(new), after)


@use_case
def compare(actor: User, old: RuleVersion, new: Protocol) -> Effect:
    """Which subjects' verdicts a text would change that is not stored yet: of the first `MOST_SUBJECTS`."""
    return _compared(actor, old.study, rules.protocol_of(old), new)


def _compared(actor: User, study: Study, old: Protocol, new: Protocol, after: str = "") -> Effect:
    """Of subjects that the reader may not see nothing is said. Who is enrolled is compared as of the day that was signed."""
    if not access.anywhere(actor, access.May.READ_RULES, study):
        raise not_found("version of the rules")
    visible = access.sites(actor, access.May.READ_SUBJECTS, study)
    found = Subject.objects.filter(study=study, site__in=visible).select_related("site").order_by("code")
    chosen = list(found.filter(code__gt=after)[: MOST_SUBJECTS + 1])
    here, more = chosen[:MOST_SUBJECTS], len(chosen) > MOST_SUBJECTS
    return Effect(len(here), found.count(), tuple(_changed(here, old, new)), after, here[-1].code if more else "")


def _changed(subjects: list[Subject], old: Protocol, new: Protocol) -> Iterator[ChangedSubject]:
    for subject in subjects:
        site, as_of = subject.site.code, screening.day_of(subject)
        try:
            before, after = _screened(subject, old, as_of), _screened(subject, new, as_of)
        except RefusedError as error:
            yield ChangedSubject(subject.code, site, as_of, "", "", (), error.refused.message)
            continue
        verdicts = _verdicts(before), _verdicts(after)
        names = dict.fromkeys([*verdicts[1], *verdicts[0]])
        differing = tuple(
            (name, verdicts[0].get(name), verdicts[1].get(name)) for name in names if verdicts[0].get(name) != verdicts[1].get(name)
        )
        if differing or before.decision != after.decision:
            yield ChangedSubject(subject.code, site, as_of, before.decision, after.decision, differing)


def _screened(subject: Subject, protocol: Protocol, as_of: str) -> Decision:
    now = parse_partial(as_of)
    if now is None:
        raise ValueError(f"{as_of} is no day")
    return screen(protocol, documents.subject_of(subject.document, protocol, now).patient, now)


def _verdicts(decision: Decision) -> dict[str, str]:
    return {one.criterion.id: one.verdict for one in decision.criteria}
