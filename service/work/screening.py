"""Deciding for real: with the approved rules in force, stored whole, superseding what was decided before, voiding what was signed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from attrs import frozen

from ..._version import __version__
from ...canonical import Json, canonical_bytes, strict_json_loads
from ...dsl.model import Protocol
from .. import access, clock, record, seals
from ..kept import Kept
from ..models.accounts import User
from ..models.decisions import Decision, Signature, SignatureVoid
from ..models.studies import RuleStatus, RuleVersion
from ..models.subjects import State, Subject
from . import audit, documents, rules, states, worklist
from .outcome import RefusedError, not_found, refuse, use_case

# By name, so that a column that is added later leaves the hashes of older decisions as they are.
_HASHED: Final = (
    "id", "study_id", "site_id", "subject_id", "subject_version", "rule_version_id", "rules_sha256", "data_sha256", "snapshot", "engine",
    "versions", "as_of", "zone", "result", "decision", "provisional", "draft", "actor_id", "role", "reason", "created", "supersedes_id",
)  # fmt: skip

_FILES: Final = "rule_version__files"
"""Read only where the protocol is not in memory."""
_COMPUTED: Final = Kept[record.Computed](16_000_000)
_HEAVY: Final = ("snapshot", "result", "versions", _FILES)


@frozen
class Shift:
    """A criterion whose verdict changed; None where there was, or is, no such criterion."""

    criterion: str
    old: str | None
    new: str | None


@frozen
class Change:
    """What deciding again did: the decision before, the one now (the same where nothing is new), what differs, what was voided."""

    old: Decision | None
    new: Decision
    shifts: tuple[Shift, ...] = ()
    voided: Signature | None = None

    @property
    def differs(self) -> bool:
        """Whether the answer is another one."""
        return self.old is None or bool(self.shifts) or _word(self.old) != _word(self.new)


def _word(decision: Decision) -> tuple[str, bool]:
    return decision.decision, decision.provisional


# ---------------------------------------------------------------- reading


def latest(subject: Subject) -> Decision | None:
    """The decision that counts: the last real one."""
    found = Decision.objects.filter(subject=subject, draft=False, superseded_by=None).select_related("rule_version", "actor")
    return found.defer(_FILES).order_by("-created", "-pk").first()


def one_of(subject: Subject, number: str) -> Decision | None:
    """A decision about a subject by its id, drafts among them."""
    try:
        key = UUID(number)
    except ValueError:
        return None
    return Decision.objects.filter(pk=key, subject=subject).select_related("rule_version", "actor").defer(_FILES).first()


def history(subject: Subject, *, brief: bool = False) -> list[Decision]:
    """All decisions about a subject, the latest first, drafts among them; `brief`: without what they stand on and say in full."""
    found = Decision.objects.filter(subject=subject).select_related("rule_version", "actor", "signature__user", "signature__void")
    return _newest_first(list((found.defer(*_HEAVY) if brief else found).order_by("-created", "-pk")))


def _newest_first(by_time: list[Decision]) -> list[Decision]:
    """By time; but real decisions among themselves as one superseded the other, which a clock that was put back does not change."""
    real = {one.pk: one for one in by_time if not one.draft}
    superseded = {one.supersedes_id for one in real.values()}
    ordered: list[Decision] = []
    one = next((found for found in real.values() if found.pk not in superseded), None)
    while one is not None:
        ordered.append(one)
        one = None if one.supersedes_id is None else real.get(one.supersedes_id)
    if len(ordered) != len(real):
        return by_time
    following = iter(ordered)
    return [one if one.draft else next(following) for one in by_time]


def result_of(decision: Decision) -> dict[str, Json]:
    """The stored answer (`trialrules/decision/1`) as a value."""
    return _answer(decision.result)


def _answer(result: str) -> dict[str, Json]:
    found = strict_json_loads(result)
    if not isinstance(found, dict):
        raise ValueError("a stored result is no JSON object")  # noqa: TRY004 - the text is wrong, not its type
    return found


def verdicts_of(decision: Decision) -> dict[str, str]:
    """Criterion -> verdict, in protocol order."""
    return verdicts_in(decision.result)


def verdicts_in(result: str) -> dict[str, str]:
    """Criterion -> verdict of a stored answer, in protocol order."""
    criteria = _answer(result)["criteria"]
    found = {}
    for one in criteria if isinstance(criteria, list) else []:
        if isinstance(one, dict):
            found[str(one["id"])] = str(one["verdict"])
    return found


def answer_key(decision: Decision) -> tuple[str, ...]:
    """All that an answer hangs on: rules, data (those that are stored now), day, engine."""
    version = decision.rule_version
    return version.main, version.sha256, record.sha256(decision.snapshot), decision.as_of, __version__


def computed(decision: Decision) -> record.Computed:
    """The engine's values behind a stored decision, for pages that show evidence in words and beside the rule's source.

    Raises:
        RuntimeError: if the stored rules are not what they were, or the stored data can't be read.
    """
    return _COMPUTED.get(answer_key(decision), lambda: _computed(decision))


def _computed(decision: Decision) -> tuple[record.Computed, int]:
    found = record.compute(rules.protocol_of(decision.rule_version), decision.snapshot.encode("utf-8"), decision.as_of)
    if not isinstance(found, record.Computed):
        raise RuntimeError(f"decision {decision.pk}: the stored data can't be read")  # noqa: TRY004 - the data are wrong, not their type
    return _with_size(found, decision)


def _with_size(found: record.Computed, decision: Decision) -> tuple[record.Computed, int]:
    """With the bytes that it takes in memory, about: measured with records of 16 and 32 kB."""
    return found, 50_000 + 5 * len(decision.snapshot)


def signature_of(subject: Subject) -> Signature | None:
    """The signature that holds for a subject; a decision that differs has voided it."""
    found = Signature.objects.filter(decision__subject=subject, void=None).select_related("decision", "user")
    return found.order_by("-created").first()


def protocol_for(subject: Subject) -> tuple[RuleVersion, Protocol]:
    """The rules with which a subject's document is read today.

    Raises:
        RefusedError: if the study has no rules yet.
    """
    version = rules.current(subject.site) or rules.newest(subject.study)
    if version is None:
        raise refuse("no-rules", 409, "The study has no rules yet.", "Hand in a rule file first.")
    return version, rules.protocol_of(version)


def shifts_between(old: Decision | None, new: Decision) -> tuple[Shift, ...]:
    """The criteria whose verdicts differ, in protocol order."""
    before, after = ({} if old is None else verdicts_of(old)), verdicts_of(new)
    names = [*after, *[name for name in before if name not in after]]
    return tuple(Shift(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name))


# ---------------------------------------------------------------- writing


@use_case
def decide(actor: User, subject: Subject, reason: str = "screening") -> Change:
    """Decide for a subject with the rules in force at the site, as of today there.

    Where rules, data and day are the same as last time, that decision stands and nothing is written.
    """
    held = locked(actor, subject, access.May.SCREEN)
    if held.state not in states.OPEN:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Who has left the study is not screened again.")
    return decide_locked(actor, held, audit.need_reason(reason))


@use_case
def try_version(actor: User, subject: Subject, version: RuleVersion, reason: str = "trial of a draft") -> Decision:
    """Decide with any version, for trying it out: the decision is marked as a draft, supersedes nothing and can't be signed."""
    held = locked(actor, subject, access.May.SCREEN)
    if version.study_id != held.study_id:
        raise not_found("version of the rules")
    return _stored(actor, held, version, audit.need_reason(reason), draft=True, supersedes=None)


def locked(actor: User, subject: Subject, may: access.May, version: int | None = None) -> Subject:
    """The subject as it is now, held until the end of the transaction.

    Raises:
        RefusedError: 404 if the user has nothing to do with it, 403 if the role does not allow it, 409 if it has changed since `version`.
    """
    held = Subject.objects.select_for_update(of=("self",)).select_related("study", "site").filter(pk=subject.pk).first()
    if held is None or not _sees(actor, held):
        raise not_found("subject")
    if not access.allows(actor, may, held.study, held.site):
        raise refuse("forbidden", 403, f"Your role may not {may}.")
    if version is not None and version != held.version:
        raise stale(held, version)
    return held


def stale(subject: Subject, version: int) -> RefusedError:
    """The refusal of a change that was made looking at an older version."""
    message = f"The subject has changed: you saw version {version}, now it is {subject.version}."
    return refuse("stale", 409, message, "Look at it again, then repeat your change.", yours=version, current=subject.version)


def _sees(actor: User, subject: Subject) -> bool:
    return any(access.allows(actor, may, subject.study, subject.site) for may in (access.May.READ_SUBJECTS, access.May.READ_SCHEDULES))


def decide_locked(actor: User, held: Subject, reason: str) -> Change:
    """Decide for a subject that is held; see `decide`."""
    version = rules.current(held.site)
    if version is None:
        raise refuse("no-rules", 409, "No approved rules are in force at this site.", "Have a version approved and put in force.")
    old = latest(held)
    as_of = day_of(held)
    data = record.sha256(documents.snapshot_of(held.document).decode("utf-8"))
    if old is not None and (old.rules_sha256, old.data_sha256, old.as_of) == (version.sha256, data, as_of):
        return Change(old, old)
    new = _stored(actor, held, version, reason, draft=False, supersedes=old)
    shifts = shifts_between(old, new)
    voided = _void(actor, held, new, reason)
    _set_state(held, states.after_decision(State(held.state), new.decision))
    return Change(old, new, shifts, voided)


def day_of(subject: Subject) -> str:
    """The day as of which a subject is decided: today at the site; for who is enrolled, the day of the decision that was signed."""
    return subject.enrolled_as_of or clock.today(subject.site.timezone).isoformat()


def _set_state(subject: Subject, state: State) -> None:
    if subject.state != state:
        subject.state = state
        subject.save(update_fields=["state"])


def _stored(actor: User, held: Subject, version: RuleVersion, reason: str, *, draft: bool, supersedes: Decision | None) -> Decision:
    protocol = rules.examined(version)
    snapshot = documents.snapshot_of(held.document)
    found = record.compute(protocol, snapshot, day_of(held))
    if not isinstance(found, record.Computed):
        raise documents.unreadable(found)
    role = access.role_for(actor, access.May.SCREEN, held.study, held.site) or access.role_for(
        actor, access.May.SIGN, held.study, held.site
    )
    decision = Decision(
        study=held.study,
        site=held.site,
        subject=held,
        subject_version=held.version,
        rule_version=version,
        rules_sha256=protocol.sha256,
        data_sha256=record.sha256(snapshot.decode("utf-8")),
        snapshot=snapshot.decode("utf-8"),
        engine=str(record.versions(protocol)["engine"]),
        versions=canonical_bytes(record.versions(protocol)).decode("utf-8"),
        as_of=day_of(held),
        zone=held.site.timezone,
        result=found.result(),
        decision=found.decision.decision,
        provisional=found.decision.provisional,
        draft=draft or version.status != RuleStatus.APPROVED,
        actor=actor,
        role=role or "",
        reason=reason,
        created=clock.stamp(),
        supersedes=supersedes,
    )
    decision.salts = seals.new_salts("decision", hashed(decision))
    decision.record_hash = record_hash(decision)
    decision.save(force_insert=True)
    # Whoever decided looks at the answer next.
    _COMPUTED.get(answer_key(decision), lambda: _with_size(found, decision))
    if not draft:
        worklist.note(decision, found.decision, found.advice)
    audit.write(
        actor,
        "draft tried" if decision.draft else "decided",
        f"subject {held.code}",
        study=held.study,
        old=None if supersedes is None else _brief(supersedes),
        new={**_brief(decision), "state": str(held.state if draft else states.after_decision(State(held.state), decision.decision))},
        reason=reason,
    )
    return decision


def _brief(decision: Decision) -> dict[str, object]:
    return {
        "decision": str(decision.pk),
        "outcome": decision.decision,
        "provisional": decision.provisional,
        "rules": decision.rule_version.label,
        "as_of": decision.as_of,
        "record": decision.record_hash,
    }


def record_hash(decision: Decision, swaps: seals.Swaps | None = None) -> str:
    """The hash over every column of a decision but salts and this hash itself: what a signature covers, and what the audit vouches for.

    `swaps` are the redactions of the study.
    """
    return seals.row_hash("decision", seals.name_of_decision(decision.pk), hashed(decision), seals.salts_of(decision.salts), swaps or {})


def hashed(decision: Decision) -> dict[str, Json]:
    """The columns that the record's hash covers, those with free text by their salted digests."""
    values = {name: getattr(decision, name) for name in _HASHED}
    return {name: value if isinstance(value, str | int | bool | None) else str(value) for name, value in values.items()}


def _void(actor: User, held: Subject, new: Decision, reason: str) -> Signature | None:
    """Void every signature that this decision has overtaken (a decision of each day may have its own); the last of them is told."""
    last: Signature | None = None
    holding = Signature.objects.filter(decision__subject=held, void=None).select_related("decision", "user").order_by("created", "pk")
    for signature in holding:
        difference = _difference(signature.decision, new, enrolled=bool(held.enrolled_as_of))
        if not difference:
            continue
        why = f"{difference}: {reason}"
        void = SignatureVoid.objects.create(signature=signature, why=why, by=actor, created=clock.stamp())
        new_value = {"signature": str(signature.pk), "void": str(void.pk), "decision": str(new.pk)}
        audit.write(actor, "signature voided", f"subject {held.code}", study=held.study, new=new_value, reason=why)
        last = signature
    return last


def _difference(signed: Decision, new: Decision, *, enrolled: bool) -> str:
    """What a decision says otherwise than the one that was signed; empty where the signature still says what is so.

    Until somebody is enrolled also other evidence counts: whoever signed has not seen it. That a day has gone by is none: the evidence is
    looked at as of the day that was signed. Who is enrolled was enrolled on what was signed, and is measured again and again.
    """
    if _word(signed) != _word(new) or shifts_between(signed, new):
        return "A later decision differs"
    if enrolled or _criteria_as_of(new, signed.as_of) == result_of(signed)["criteria"]:
        return ""
    return "A later decision rests on other evidence"


def _criteria_as_of(decision: Decision, day: str) -> Json:
    """The criteria with their evidence as the rules and data of a decision give them as of a day."""
    if decision.as_of == day:
        return result_of(decision)["criteria"]
    found = record.compute(rules.protocol_of(decision.rule_version), decision.snapshot.encode("utf-8"), day)
    return _answer(found.result())["criteria"] if isinstance(found, record.Computed) else None
