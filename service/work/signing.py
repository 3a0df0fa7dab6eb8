"""Signing eligibility: an investigator confirms each criterion's outcome, with the password again and a stated meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ...canonical import canonical_bytes
from .. import access, clock
from ..models.accounts import User
from ..models.decisions import Decision, Signature
from ..models.studies import Study
from . import audit, door, factors, screening, states
from .outcome import Refused, refuse, use_case

MEANINGS: Final = ("eligibility confirmed", "not eligible, confirmed")
"""What a signature may say, by the decision's word: the first for eligible, the second for ineligible."""
COMPONENTS: Final = ("user name", "password")
"""What every signature needs."""


def meaning_of(decision: Decision) -> str | None:
    """What signing this decision means; None if it can't be signed."""
    return {"eligible": MEANINGS[0], "ineligible": MEANINGS[1]}.get(decision.decision)


def outcomes_of(decision: Decision) -> dict[str, str]:
    """What a signature confirms: criterion -> verdict, in protocol order. Provisional verdicts can't be signed and are not among them."""
    found = screening.result_of(decision)["criteria"]
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {str(one["id"]): str(one["verdict"]) for one in rows if not one["provisional"]}


def obstacle(decision: Decision, *, latest: bool = False) -> Refused | None:
    """Why a decision can't be signed by anybody; None if it can. `latest`: it is known that no other has taken its place."""
    if decision.draft:
        return Refused("draft", 409, "The decision was made with rules that are not in force.", "Screen with the approved rules.")
    if not latest and Decision.objects.filter(supersedes=decision).exists():
        return Refused("superseded", 409, "A later decision has taken its place.", "Look at the latest decision.")
    if decision.provisional:
        return Refused("provisional", 409, "The decision is provisional.", "Screen again when its day has come.")
    if meaning_of(decision) is None:
        return Refused("undetermined", 409, "The decision is undetermined.", "Enter what is missing.")
    if Signature.objects.filter(decision=decision).exists():
        return Refused("signed", 409, "The decision is signed.", "")
    return None


def sign(
    actor: User,
    decision: Decision,
    username: str,
    password: str,
    outcomes: Mapping[str, str],
    meaning: str,
    *,
    code: str = "",
    proven: str | None = None,
) -> Signature | Refused:
    """Sign a decision. Where the signer has a second factor, its code is needed: at the first signature of a session, or each time.

    Args:
        actor: an investigator of the site.
        decision: the latest real decision about the subject, neither provisional nor undetermined.
        username: typed again: it and the password are the two components of the signature.
        password: typed again.
        outcomes: each criterion's id and the verdict that is confirmed, as decided; all of them but provisional ones (`outcomes_of`).
        meaning: one of `MEANINGS`, the one that fits.
        code: of the second factor.
        proven: `proof` of what was given in full at an earlier signature of this session; None: nothing, or there is no session.
    """
    ready = _check(actor, decision, outcomes, meaning)
    if isinstance(ready, Refused):
        return ready
    components = identify(actor, username, password, decision.study, code=code, proven=proven)
    return components if isinstance(components, Refused) else seal(actor, decision, outcomes, meaning, components)


def identify(
    actor: User, username: str, password: str, study: Study, *, code: str = "", proven: str | None = None
) -> tuple[str, ...] | Refused:
    """Whether the components of a signature are the user's; which ones they were. `code` and `proven` as in `sign`."""
    if username != actor.username:
        return Refused("username-wrong", 403, "The user name is not yours.", "Type your own.", "username")
    with_code = needs_code(actor, proven)
    if with_code and not code.strip():
        return factors.NEEDED
    wrong = door.confirm_password(actor, password, study)
    if wrong is None and with_code:
        wrong = factors.take_code(actor, code, "signing code wrong", study)
    if wrong is not None:
        return wrong
    return (*COMPONENTS, "code") if with_code else COMPONENTS


def needs_code(actor: User, proven: str | None) -> bool:
    """Whether a signature needs the code of the second factor."""
    factor = factors.of(actor)
    return factor is not None and factors.mark(factor) != proven


def proof(actor: User) -> str:
    """What a session keeps after a signature: it tells for which second factor everything was given; empty without one."""
    factor = factors.of(actor)
    return "" if factor is None else factors.mark(factor)


@use_case
def _check(actor: User, decision: Decision, outcomes: Mapping[str, str], meaning: str) -> None:
    """Everything but password and code, so that nobody types them in vain."""
    _may_be_signed(actor, decision, outcomes, meaning)


def _may_be_signed(actor: User, decision: Decision, outcomes: Mapping[str, str], meaning: str) -> None:
    held = screening.locked(actor, decision.subject, access.May.SIGN)
    if held.state not in states.BEFORE:
        raise refuse("wrong-order", 409, f"The subject is {held.state}.", "Eligibility is signed before enrolment.")
    found = obstacle(decision)
    if found is not None:
        raise refuse(found.code, found.status, found.message, found.mend)
    if meaning != meaning_of(decision):
        raise refuse("meaning-wrong", 422, "This is not what the decision says.", f"Say: {meaning_of(decision)}.", "meaning")
    if decision.record_hash != screening.record_hash(decision, audit.swaps_of(decision.study)):
        raise refuse("record-broken", 409, "The stored decision is not what was written.", "Run `trialrules audit verify`.")
    decided = outcomes_of(decision)
    for criterion, verdict in decided.items():
        if outcomes.get(criterion) != verdict:
            message = f"{criterion} is {verdict}; that is what has to be confirmed."
            raise refuse("outcome-missing", 422, message, "Confirm each criterion's outcome.", f"outcomes/{criterion}")
    extra = sorted(outcomes.keys() - decided.keys())
    if extra and extra[0] in screening.verdicts_of(decision):
        message = f"{extra[0]} is provisional: its verdict can't be signed yet."
        raise refuse("outcome-provisional", 422, message, "Leave it out.", f"outcomes/{extra[0]}")
    if extra:
        raise refuse("outcome-unknown", 422, f"There is no criterion {extra[0][:40]!r}.", "", f"outcomes/{extra[0][:40]}")


@use_case
def seal(actor: User, decision: Decision, outcomes: Mapping[str, str], meaning: str, components: Sequence[str] = COMPONENTS) -> Signature:
    """Sign for somebody whose `components` have just been confirmed; everything is looked at again, as something may have changed."""
    _may_be_signed(actor, decision, outcomes, meaning)
    signature = Signature.objects.create(
        decision=decision,
        user=actor,
        printed_name=actor.name,
        meaning=meaning,
        outcomes=canonical_bytes(dict(outcomes)).decode("utf-8"),
        record_hash=decision.record_hash,
        created=clock.stamp(),
        zone=decision.zone,
    )
    new = {
        "signature": str(signature.pk),
        "decision": str(decision.pk),
        "meaning": meaning,
        "record": decision.record_hash,
        "components": list(components),
    }
    audit.write(actor, "signed", f"subject {decision.subject.code}", study=decision.study, new=new, reason=meaning)
    return signature
