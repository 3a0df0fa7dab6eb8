"""Taking personal data out of a record that got into it by accident: one person asks, another approves, and the chain stays whole.

What is taken out is replaced by a tombstone everywhere in what is kept of a subject; the trail keeps who, when, why, and the digests of the
columns before and after. A redaction never changes a verdict.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Q

from .. import access, clock, logs, seals, tombstones
from ..models.accounts import User
from ..models.decisions import Decision
from ..models.redactions import Redaction, RedactionState
from ..models.studies import Study
from ..models.subjects import State, Subject
from ..models.web import Idempotency
from . import audit, door, redactable
from .outcome import Refused, not_found, refuse, use_case

MAX_TEXT: Final = 200
_LEAST: Final = 2
_LEAST_DIGITS: Final = 6


# ---------------------------------------------------------------- reading


def listed(actor: User, study: Study) -> list[Redaction]:
    """The redactions that a user may know of, the latest first."""
    found = Redaction.objects.filter(study=study, subject__site__in=access.sites(actor, access.May.REDACT, study))
    return list(found.select_related("study", "subject__site", "asker", "decider").order_by("-pk"))


def open_about(subject: Subject) -> list[Redaction]:
    """The redactions of a subject that wait for approval."""
    return list(Redaction.objects.filter(subject=subject, state=RedactionState.OPEN).select_related("study").order_by("pk"))


def find(actor: User, study: Study, number: int) -> Redaction:
    """A redaction by its number.

    Raises:
        RefusedError: 404 if there is none, or none that this user may know of.
    """
    found = Redaction.objects.select_related("study", "subject__site", "asker", "decider").filter(pk=number, study=study).first()
    if found is None or not access.allows(actor, access.May.REDACT, study, found.subject.site):
        raise not_found("redaction")
    logs.looked_at(found.subject_id)
    return found


def subject_for(actor: User, study: Study, code: str) -> Subject:
    """The subject that a redaction is to be about: administrators name one without seeing it.

    Raises:
        RefusedError: 404 if there is none, or none at a site of theirs.
    """
    found = Subject.objects.select_related("study", "site").filter(study=study, code=code).first()
    if found is None or not access.allows(actor, access.May.REDACT, study, found.site):
        raise not_found("subject")
    return found


def places(redaction: Redaction) -> tuple[str, ...] | Refused:
    """Where the text of an open redaction stands now, or why it can't be taken out."""
    return _places(redaction)


@use_case
def _places(redaction: Redaction) -> tuple[str, ...]:
    return redactable.redacted(redaction.subject, redaction.text, redaction.pk).places


# ---------------------------------------------------------------- writing


@use_case
def ask(actor: User, subject: Subject, text: str, reason: str) -> Redaction:
    """Ask for a text to be taken out of what is kept of a subject.

    Args:
        actor: who writes subjects at the site, or an administrator.
        subject: whose record it is.
        text: exactly what is to go; no more of a sentence than that.
        reason: why, without saying the text.
    """
    held = _held(actor, subject)
    wanted = text.strip()
    _must_be_text(wanted, held)
    why = _silent(audit.need_reason(reason), wanted)
    made = Redaction.objects.create(study=held.study, subject=held, text=wanted, reason=why, asker=actor, asked=clock.stamp())
    redactable.redacted(held, wanted, made.pk)
    audit.write(actor, "redaction asked", f"subject {held.code}", study=held.study, new={"redaction": str(made)}, reason=why)
    return made


def _held(actor: User, subject: Subject) -> Subject:
    held = Subject.objects.select_for_update(of=("self",)).select_related("study", "site").filter(pk=subject.pk).first()
    if held is None or not access.allows(actor, access.May.REDACT, held.study, held.site):
        raise not_found("subject")
    return held


def _must_be_text(text: str, subject: Subject) -> None:
    letters = sum(letter.isalnum() for letter in text)
    if letters < _LEAST or len(text) > MAX_TEXT or (not any(letter.isalpha() for letter in text) and letters < _LEAST_DIGITS):
        message = f"A text has {_LEAST} letters, or {_LEAST_DIGITS} digits, and at most {MAX_TEXT} characters."
        raise refuse("text-wrong", 422, message, "Name the whole of what has to go.", "text")
    if any(letter in '"\\' or not letter.isprintable() for letter in text):
        message = "A text has no quotation mark, no backslash and no line's end."
        raise refuse("text-wrong", 422, message, "Ask for the pieces before and behind it.", "text")
    if text in subject.code or text in tombstones.tombstone(0):
        raise refuse(
            "text-wrong", 422, "The text is part of the subject's code, or of a tombstone.", "Name more of what has to go.", "text"
        )


def _silent(reason: str, text: str) -> str:
    if text.casefold() in reason.casefold():
        raise refuse("reason-tells", 422, "The reason says the text that is to go.", "Say why without it.", "reason")
    return reason


def approve(actor: User, redaction: Redaction, password: str) -> Redaction | Refused:
    """Take the text out everywhere, as somebody else than who asked; the password again."""
    ready = _check(actor, redaction)
    if isinstance(ready, Refused):
        return ready
    wrong = door.confirm_password(actor, password, redaction.study)
    return wrong if wrong is not None else _applied(actor, redaction)


@use_case
def _check(actor: User, redaction: Redaction) -> None:
    """Everything but the password, so that nobody types it in vain."""
    held, subject = _to_decide(actor, redaction, access.May.APPROVE_REDACTIONS)
    _by_another(actor, held)
    redactable.redacted(subject, held.text, held.pk)


def _to_decide(actor: User, redaction: Redaction, may: access.May) -> tuple[Redaction, Subject]:
    subject = _held(actor, redaction.subject)
    held = Redaction.objects.select_for_update(of=("self",)).select_related("study", "subject", "asker").get(pk=redaction.pk)
    if not access.allows(actor, may, held.study, subject.site):
        raise refuse("forbidden", 403, f"Your role may not {may}.")
    if held.state != RedactionState.OPEN:
        raise refuse("redaction-closed", 409, f"The redaction is {held.state} already.", "")
    return held, subject


def _by_another(actor: User, redaction: Redaction) -> None:
    if redaction.asker_id == actor.pk:
        raise refuse("own-redaction", 403, "Nobody approves a redaction of their own.", "Ask an investigator or an administrator.")


@use_case
def _applied(actor: User, redaction: Redaction) -> Redaction:
    held, subject = _to_decide(actor, redaction, access.May.APPROVE_REDACTIONS)
    _by_another(actor, held)
    text = held.text
    found = redactable.redacted(subject, text, held.pk)
    # From here until the text is forgotten the guards let its tombstone through.
    held.state, held.decider, held.decided = RedactionState.DONE, actor, clock.stamp()
    held.save(update_fields=["state", "decider", "decided"])
    for row in found.rows:
        tombstones.apply(row.table, row.key, row.values)
    _change_answers(subject, text, found, held.pk)
    subject.document, subject.salt = found.document, seals.new_salt()
    subject.version, subject.changed = subject.version + 1, clock.now()
    subject.save(update_fields=["document", "salt", "version", "changed"])
    held.text = ""
    held.save(update_fields=["text"])
    _change_requests(actor, held, text)
    new = {
        "redaction": str(held),
        "asked_by": held.asker.username,
        "asked": held.asked,
        "approved_by": actor.username,
        "columns": [seals.told(row.name, column, swap) for row in found.rows for column, swap in row.swaps],
        "places": list(found.places),
        "version": subject.version,
        "state": str(State(subject.state)),
        "document": seals.column_digest(subject.document, subject.salt),
    }
    audit.write(actor, seals.ACTION, f"subject {subject.code}", study=held.study, new=new, reason=held.reason)
    transaction.on_commit(tombstones.forget)
    return held


def _change_requests(actor: User, done: Redaction, text: str) -> None:
    """Other requests about the subject that say the text: those for it have come to their end, reasons get the tombstone."""
    for other in Redaction.objects.filter(subject=done.subject).exclude(pk=done.pk).select_related("asker", "subject", "study"):
        other.reason = other.reason.replace(text, tombstones.tombstone(done.pk))
        other.save(update_fields=["reason"])
        if text in other.text:
            _closed(actor, other, f"{done} took it out")


def _closed(actor: User, held: Redaction, why: str) -> None:
    held.state, held.decider, held.decided, held.text = RedactionState.REFUSED, actor, clock.stamp(), ""
    held.save(update_fields=["state", "decider", "decided", "text"])
    new = {"redaction": str(held), "asked_by": held.asker.username}
    audit.write(actor, "redaction refused", f"subject {held.subject.code}", study=held.study, new=new, reason=why)


def _change_answers(subject: Subject, text: str, found: redactable.Redacted, number: int) -> None:
    """Answers that were given to programs are kept for when they ask again; what they sent is kept as a digest, which goes."""
    about = Q(response__contains=f'"{subject.code}"')
    for decision in Decision.objects.filter(subject=subject).values_list("pk", flat=True):
        about |= Q(response__contains=f'"{decision}"')
    for kept in Idempotency.objects.filter(about):
        kept.response, kept.request_hash = redactable.answer(text, found, kept.response, number), ""
        kept.save(update_fields=["response", "request_hash"])


@use_case
def refuse_it(actor: User, redaction: Redaction, reason: str) -> Redaction:
    """Leave the record as it is: whoever may approve, or who asked. The text that was asked for is forgotten."""
    own = redaction.asker_id == actor.pk
    held, _ = _to_decide(actor, redaction, access.May.REDACT if own else access.May.APPROVE_REDACTIONS)
    why = _silent(audit.need_reason(reason), held.text)
    _closed(actor, held, why)
    return held
