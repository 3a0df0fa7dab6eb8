"""Enrolment after a signature, the arm, and the end of a subject's part in the study."""

from __future__ import annotations

from ...canonical import Json
from ...dsl.model import Protocol
from ...dsl.schedule_model import Arm
from ...engine.dates import format_partial, parse_partial
from .. import access, clock
from ..models.accounts import User
from ..models.decisions import Decision
from ..models.overrides import Override
from ..models.subjects import State, Subject
from . import audit, documents, overrides, screening, states, subjects
from .outcome import Refused, RefusedError, refuse, use_case


@use_case
def enrol(actor: User, subject: Subject, version: int, reason: str = "") -> Subject:
    """Enrol a subject whose eligibility an investigator has signed; left out, the reason says just that.

    Where the study allows waivers, also one who is not eligible: an investigator signed that, and every failing criterion has a
    countersigned override that is about the latest decision.
    """
    held = screening.locked(actor, subject, access.May.ENROL, version)
    if held.state not in states.BEFORE:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Only who is being screened is enrolled.")
    signature, decision = screening.signature_of(held), screening.latest(held)
    if decision is None:
        raise refuse("not-eligible", 409, "There is no decision that the subject is eligible.", "Screen the subject first.")
    under = _let_pass(decision)
    if isinstance(under, Refused):
        raise RefusedError(under)
    usual = f"signed; under a waiver of {', '.join(one.criterion for one in under)}" if under else "eligible and signed"
    why = audit.need_reason(reason or usual)
    if signature is None:
        raise refuse("not-signed", 409, "No investigator has signed the eligibility.", "Have the decision signed.")
    if decision.provisional:
        raise refuse("provisional", 409, "The decision is provisional.", "Screen again when its day has come.")
    old: dict[str, Json] = {"state": str(held.state)}
    held.state, held.enrolled_as_of = State.ENROLLED, decision.as_of
    held.waivers = [str(one.pk) for one in under]
    new: dict[str, Json] = {"signature": str(signature.pk), "decision": str(decision.pk)}
    if held.waivers:
        new["waivers"] = held.waivers
    subjects.store(actor, held, held.document, "enrolled", old, new, why)
    return held


def open_by(decision: Decision) -> bool:
    """Whether a decision, once signed, opens enrolment: it says eligible, or all that fails in it is let pass."""
    return not isinstance(_let_pass(decision), Refused)


def _let_pass(decision: Decision) -> tuple[Override, ...] | Refused:
    """The overrides without which nobody would be enrolled by this decision, or why nobody is."""
    return () if decision.decision == "eligible" else overrides.let_pass(decision)


@use_case
def allocate(actor: User, subject: Subject, version: int, *, part: str | None = None, arm: str | None = None, reason: str) -> Subject:
    """Say in which part and arm an enrolled subject is. A blinded arm is known to unblinded users only, so only they say it."""
    held = screening.locked(actor, subject, access.May.ALLOCATE, version)
    why = audit.need_reason(reason)
    if held.state != State.ENROLLED:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Enrol the subject first.")
    _, protocol = screening.protocol_for(held)
    document, old, new = held.document, dict[str, Json](), dict[str, Json]()
    before = documents.value_of(document)
    for key, value in (("part", part), ("arm", arm)):
        if value is not None:
            document = documents.put(document, (key,), value)
            old[key], new[key] = before.get(key), value
    if not new:
        raise refuse("nothing-said", 422, "Say a part or an arm.", "", "arm")
    _must_exist(protocol, part, arm, before.get("part"))
    if arm is not None or before.get("arm") is not None:
        _may_know(actor, held, protocol, arm, before.get("arm"))
    subjects.store(actor, held, document, "allocated", old, new, why)
    return held


def _must_exist(protocol: Protocol, part: str | None, arm: str | None, part_before: Json) -> None:
    """An arm that the part does not have would give a schedule without doses."""
    plan = protocol.study
    parts = {} if plan is None else plan.parts
    if part is not None and part not in parts:
        raise refuse("part-unknown", 422, f"The study has no part {part[:64]!r}.", f"There are {', '.join(parts) or 'none'}.", "part")
    within = part or (part_before if isinstance(part_before, str) else None)
    known = () if plan is None else [one.name for one in plan.arms_of(within)]
    if arm is not None and arm not in known:
        raise refuse("arm-unknown", 422, f"There is no arm {arm[:64]!r} here.", f"There are {', '.join(known) or 'none'}.", "arm")


def _may_know(actor: User, held: Subject, protocol: Protocol, *arms: Json) -> None:
    known: dict[str, Arm] = {} if protocol.study is None else dict(protocol.study.arms)
    blinded = any(one.blinded_as is not None for name, one in known.items() if name in arms)
    if blinded and not access.unblinded(actor, held.study, held.site):
        raise refuse("blinded", 403, "Only unblinded users allocate to a blinded arm.", "Ask the one who keeps the list.", "arm")


@use_case
def end(actor: User, subject: Subject, version: int, status: str, day: str, reason: str) -> Subject:
    """Record that a subject's part in the study ended: completed, withdrawn, lost, died, screen failed. Nothing is deleted."""
    held = screening.locked(actor, subject, access.May.WRITE_SUBJECTS, version)
    why = audit.need_reason(reason)
    found = next((state for state in states.ENDS if state == status), None)
    if found is None:
        raise refuse("status-wrong", 422, f"There is no end {status[:40]!r}.", f"Say one of {', '.join(states.ENDS)}.", "status")
    if State(held.state) not in states.ENDS[found]:
        raise refuse("wrong-order", 409, f"The subject is {held.state}; that does not end as {found}.", "")
    read = parse_partial(day.strip())
    if read is None or not read.exact:
        raise refuse("day-wrong", 422, f"{day[:40]!r} is no day.", "Write it as 2026-03-02.", "day")
    if read.first > clock.day(held.site.timezone).last:
        raise refuse("day-ahead", 422, f"{day} is still to come.", "Record the end once it is there.", "day")
    value: dict[str, Json] = {"status": str(found), "date": format_partial(read), "reason": why}
    document = documents.put(held.document, ("end",), value)
    old: dict[str, Json] = {"state": str(held.state)}
    held.state = found
    subjects.store(actor, held, document, "ended", old, {"end": value}, why)
    return held
