"""Overrides: an investigator lets a failing criterion pass by a document of the sponsor's or ethics committee's, another countersigns.

They stand beside the machine's verdicts and change none of them, nor a decision's word, nor a signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from attrs import frozen
from django.db.models import QuerySet

from ...canonical import Json
from .. import access, clock, seals
from ..models.accounts import User
from ..models.decisions import Decision
from ..models.overrides import MarkKind, Override, OverrideMark
from ..models.subjects import Subject
from . import audit, screening, signing, states
from .outcome import Refused, not_found, refuse, use_case

MEANING: Final = "override countersigned"
"""What the countersignature says."""
MAX_REFERENCE: Final = 200
_HASHED: Final = ("id", "decision_id", "criterion", "author_id", "role", "reason", "reference", "created", "zone")
_MARK_HASHED: Final = ("id", "override_id", "kind", "user_id", "printed_name", "role", "reason", "record_hash", "created", "zone")
# What has to be the same in a later decision, so that an override is about it too.
_COVERED: Final = ("verdict", "passes", "provisional", "recheck", "evidence")


@frozen
class Overridden:
    """An override as it stands to a decision. `current`: the criterion is there just as it was in the decision that was overridden."""

    override: Override
    countersigned: OverrideMark | None
    withdrawn: OverrideMark | None
    current: bool

    @property
    def holds(self) -> bool:
        """Whether the criterion is let pass: two investigators say so, none of them took it back, and nothing has changed since."""
        return self.current and self.countersigned is not None and self.withdrawn is None


# ---------------------------------------------------------------- reading


def hashed(row: Override | OverrideMark) -> dict[str, Json]:
    """The columns of an override or a mark that its hash covers, those with free text by their salted digests."""
    names = _HASHED if isinstance(row, Override) else _MARK_HASHED
    return {name: value if isinstance(value := getattr(row, name), str | int | None) else str(value) for name in names}


def row_hash(row: Override | OverrideMark, swaps: seals.Swaps | None = None) -> str:
    """The hash by which the audit trail vouches for an override or a mark; `swaps` are the redactions of the study."""
    return seals.row_hash(_kind(row), seals.name_of_override(row.pk), hashed(row), seals.salts_of(row.salts), swaps or {})


def _kind(row: Override | OverrideMark) -> seals.Kind:
    return "override" if isinstance(row, Override) else "mark"


def salt(row: Override | OverrideMark) -> None:
    """Give a new row the salts of its columns with free text."""
    row.salts = seals.new_salts(_kind(row), hashed(row))


def rows_hashed(one: Overridden) -> list[dict[str, Json]]:
    """An override and its marks as they are hashed, with their salts: whoever has an export verifies them by the audit trail in it."""
    rows = [row for row in (one.override, one.countersigned, one.withdrawn) if row is not None]
    return [{"kind": _kind(row), "values": hashed(row), "salts": {**(seals.salts_of(row.salts) or {})}} for row in rows]


def of_subject(decision: Decision) -> tuple[Overridden, ...]:
    """All overrides about the subject of a decision, the oldest first, as they stand to this decision."""
    return _standing(Override.objects.filter(decision__subject_id=decision.subject_id), decision)


def of_decision(decision: Decision) -> tuple[Overridden, ...]:
    """The overrides that were written on one decision, the oldest first."""
    return _standing(Override.objects.filter(decision=decision), decision)


def _standing(found: QuerySet[Override], decision: Decision) -> tuple[Overridden, ...]:
    # There are none, as a rule: decisions, which are long, and authors are asked for only then.
    rows = list(found.prefetch_related("decision", "author").order_by("created", "pk"))
    marks = {(one.override_id, one.kind): one for one in OverrideMark.objects.filter(override__in=rows).select_related("user")}
    now = _criteria(decision) if rows else {}
    before: dict[UUID, dict[str, dict[str, Json]]] = {decision.pk: now}
    for one in rows:
        if one.decision_id not in before:
            before[one.decision_id] = _criteria(one.decision)
    return tuple(
        Overridden(
            one,
            marks.get((one.pk, MarkKind.COUNTERSIGNED)),
            marks.get((one.pk, MarkKind.WITHDRAWN)),
            not decision.draft and _covered(before[one.decision_id], one.criterion) == _covered(now, one.criterion),
        )
        for one in rows
    )


def _criteria(decision: Decision) -> dict[str, dict[str, Json]]:
    criteria = screening.result_of(decision)["criteria"]
    return {str(one["id"]): one for one in criteria if isinstance(one, dict)} if isinstance(criteria, list) else {}


def _covered(criteria: Mapping[str, Mapping[str, Json]], criterion: str) -> dict[str, Json] | None:
    found = criteria.get(criterion)
    return None if found is None else {name: found.get(name) for name in _COVERED}


def failing(decision: Decision) -> tuple[str, ...]:
    """The criteria of a decision that fail, in protocol order."""
    return tuple(name for name, one in _criteria(decision).items() if one["passes"] is False)


def let_pass(decision: Decision) -> tuple[Override, ...] | Refused:
    """The overrides by which a subject may be enrolled under a waiver, in protocol order; or what stands in the way."""
    if not decision.study.waivers:
        return Refused("not-eligible", 409, "There is no decision that the subject is eligible.", "Screen the subject first.")
    criteria = _criteria(decision)
    unsure = [name for name, one in criteria.items() if one["passes"] is None or one["provisional"]]
    if unsure or decision.provisional:
        message = f"No override covers what is unknown or provisional: {', '.join(unsure) or 'the decision'}."
        return Refused("not-eligible", 409, message, "Enter what is missing, or wait.")
    holding = {one.override.criterion: one.override for one in of_subject(decision) if one.holds}
    bare = [name for name in failing(decision) if name not in holding]
    if bare:
        message = f"No countersigned override lets {', '.join(bare)} pass."
        return Refused("not-eligible", 409, message, "Each failing criterion needs one, on the latest decision.")
    return tuple(holding[name] for name in failing(decision))


def find(subject: Subject, number: str) -> Override:
    """An override about a subject by its id.

    Raises:
        RefusedError: 404 if there is none.
    """
    try:
        key = UUID(number)
    except ValueError:
        raise not_found("override") from None
    related = ("decision__subject", "decision__study", "author")
    found = Override.objects.select_related(*related).filter(pk=key, decision__subject=subject).first()
    if found is None:
        raise not_found("override")
    return found


def override_json(one: Overridden) -> dict[str, Json]:
    """An override with its marks, as answers and exports show it."""
    override = one.override
    return {
        "id": str(override.pk),
        "decision": str(override.decision_id),
        "criterion": override.criterion,
        "author": override.author.username,
        "author_name": override.author.name,
        "role": override.role,
        "reason": override.reason,
        "reference": override.reference,
        "created": override.created,
        "zone": override.zone,
        "record_hash": override.record_hash,
        "current": one.current,
        "holds": one.holds,
        "countersigned": _mark_json(one.countersigned),
        "withdrawn": _mark_json(one.withdrawn),
    }


def _mark_json(mark: OverrideMark | None) -> Json:
    if mark is None:
        return None
    return {
        "id": str(mark.pk),
        "user": mark.user.username,
        "printed_name": mark.printed_name,
        "role": mark.role,
        "reason": mark.reason,
        "record_hash": mark.record_hash,
        "created": mark.created,
        "zone": mark.zone,
    }


# ---------------------------------------------------------------- writing


@use_case
def record(actor: User, decision: Decision, criterion: str, reason: str, reference: str) -> Override:
    """Write an override of a failing criterion.

    Args:
        actor: an investigator of the site.
        decision: the latest real decision about a subject that is not enrolled.
        criterion: the id of a criterion that fails in it.
        reason: why it may pass.
        reference: the document by which it may, such as `sponsor letter of 2026-03-01, no. 17`.
    """
    role = _may(actor, decision)
    why = audit.need_reason(reason)
    document = reference.strip()
    if sum(letter.isalnum() for letter in document) < audit.MIN_REASON or len(document) > MAX_REFERENCE:
        message = f"An override names the document of the sponsor or the ethics committee, in at most {MAX_REFERENCE} characters."
        raise refuse("reference-missing", 422, message, "Such as `sponsor letter of 2026-03-01, no. 17`.", "reference")
    latest = screening.latest(decision.subject)
    if decision.draft or latest is None or latest.pk != decision.pk:
        raise refuse("superseded", 409, "A later decision has taken its place.", "Look at the latest decision.")
    if criterion not in failing(decision):
        message = f"{criterion[:64] or 'That'} does not fail in this decision; only what fails is overridden."
        raise refuse("not-failing", 422, message, f"Say one of {', '.join(failing(decision)) or 'none'}.", "criterion")
    if any(one.override.criterion == criterion and one.withdrawn is None for one in of_decision(decision)):
        raise refuse("override-there", 409, f"There is an override of {criterion} on this decision.", "Withdraw it first.", "criterion")
    made = Override(
        decision=decision,
        criterion=criterion,
        author=actor,
        role=role,
        reason=why,
        reference=document,
        created=clock.stamp(),
        zone=decision.zone,
    )
    salt(made)
    made.record_hash = row_hash(made)
    made.save(force_insert=True)
    new = {"override": str(made.pk), "decision": str(decision.pk), "criterion": criterion, "reference": document}
    _told(actor, made, "override recorded", {**new, "record": made.record_hash}, why)
    return made


def countersign(
    actor: User, override: Override, username: str, password: str, *, code: str = "", proven: str | None = None
) -> OverrideMark | Refused:
    """Countersign another investigator's override, with the components of a signature; `code` and `proven` as in `signing.sign`."""
    ready = _check(actor, override)
    if isinstance(ready, Refused):
        return ready
    components = signing.identify(actor, username, password, override.decision.study, code=code, proven=proven)
    return components if isinstance(components, Refused) else seal(actor, override, components)


@use_case
def _check(actor: User, override: Override) -> None:
    """Everything but password and code, so that nobody types them in vain."""
    _may_countersign(actor, override)


def _may_countersign(actor: User, override: Override) -> str:
    role = _may(actor, override.decision)
    if override.author_id == actor.pk:
        raise refuse("own-override", 403, "Nobody countersigns their own override.", "Ask another investigator.")
    now = screening.latest(override.decision.subject)
    state = next((one for one in of_subject(now or override.decision) if one.override.pk == override.pk), None)
    if state is None:
        raise not_found("override")
    if state.withdrawn is not None:
        raise refuse("withdrawn", 409, "The override was withdrawn.", "")
    if state.countersigned is not None:
        raise refuse("signed", 409, "The override is countersigned.", "")
    if not state.current:
        raise refuse("superseded", 409, "The override is of an earlier decision.", "Write it anew on the latest decision.")
    if override.record_hash != row_hash(override, audit.swaps_of(override.decision.study)):
        raise refuse("record-broken", 409, "The stored override is not what was written.", "Run `trialrules audit verify`.")
    return role


@use_case
def seal(actor: User, override: Override, components: Sequence[str] = signing.COMPONENTS) -> OverrideMark:
    """Countersign for somebody whose `components` have just been confirmed; everything is looked at again, as in `signing.seal`."""
    role = _may_countersign(actor, override)
    return _mark(actor, override, MarkKind.COUNTERSIGNED, role, MEANING, {"components": list(components)})


@use_case
def withdraw(actor: User, override: Override, reason: str) -> OverrideMark:
    """Take an override back; it stays visible as withdrawn."""
    role = _may(actor, override.decision)
    why = audit.need_reason(reason)
    if OverrideMark.objects.filter(override=override, kind=MarkKind.WITHDRAWN).exists():
        raise refuse("withdrawn", 409, "The override was withdrawn.", "")
    return _mark(actor, override, MarkKind.WITHDRAWN, role, why)


def _mark(actor: User, override: Override, kind: MarkKind, role: str, why: str, more: Mapping[str, object] | None = None) -> OverrideMark:
    made = OverrideMark(
        override=override,
        kind=kind,
        user=actor,
        printed_name=actor.name,
        role=role,
        reason=why,
        record_hash=override.record_hash,
        created=clock.stamp(),
        zone=override.zone,
    )
    salt(made)
    made.save(force_insert=True)
    new = {"override": str(override.pk), "mark": str(made.pk), "criterion": override.criterion, "record": row_hash(made), **(more or {})}
    _told(actor, override, f"override {kind}", new, why)
    return made


def _may(actor: User, decision: Decision) -> str:
    """The role by which somebody overrides; the subject is held until the end of the transaction."""
    held = screening.locked(actor, decision.subject, access.May.OVERRIDE)
    if held.state not in states.BEFORE:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Overrides belong to the time before enrolment.")
    return access.role_for(actor, access.May.OVERRIDE, held.study, held.site) or ""


def _told(actor: User, override: Override, action: str, new: Mapping[str, object], why: str) -> None:
    decision = override.decision
    audit.write(actor, action, f"subject {decision.subject.code}", study=decision.study, new=new, reason=why)
