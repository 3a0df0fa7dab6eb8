"""Overrides as pages show them: beside the verdicts, with who, why, by which document, and how they stand to the decision that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..models.subjects import State
from ..work import overrides
from .times import local_time
from .words import say, sentences, texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.decisions import Decision
    from ..work.overrides import Overridden

_STOPS: Final = ".。 "


@frozen
class OverrideCard:
    """One override; `state` is holds, open, earlier or withdrawn. The last two say what this user could do with it."""

    id: str
    criterion: str
    state: str
    text: str
    standing: str
    may_countersign: bool
    may_withdraw: bool


def cards(decision: Decision, lang: Lang, user: User | None = None) -> tuple[OverrideCard, ...]:
    """The overrides that were written on a decision or on an earlier one, as they stand to it; `user`: who may override."""
    found = [one for one in overrides.of_subject(decision) if one.override.decision.created <= decision.created]
    return tuple(_card(one, lang, user) for one in found)


def _card(one: Overridden, lang: Lang, user: User | None) -> OverrideCard:
    override, state = one.override, state_of(one)
    text = say(
        lang,
        "override_band",
        id=override.criterion,
        why=override.reason.rstrip(_STOPS),
        document=override.reference.rstrip(_STOPS),
        name=override.author.name,
        role=texts(lang)[f"role_{override.role}"],
        at=local_time(override.created, override.zone),
        zone=override.zone,
    )
    open_ = user is not None and state == "open"
    return OverrideCard(
        str(override.pk),
        override.criterion,
        state,
        text,
        _standing(one, lang),
        open_ and user is not None and override.author_id != user.pk,
        user is not None and one.withdrawn is None,
    )


def state_of(one: Overridden) -> str:
    """How an override stands, in one word."""
    if one.withdrawn is not None:
        return "withdrawn"
    if not one.current:
        return "earlier"
    return "open" if one.countersigned is None else "holds"


def _standing(one: Overridden, lang: Lang) -> str:
    """What became of it: all of that, as a later mark does not undo that there was an earlier one."""
    said = []
    if one.countersigned is not None:
        mark = one.countersigned
        said.append(say(lang, "override_countersigned", name=mark.printed_name, at=local_time(mark.created, mark.zone), zone=mark.zone))
    elif one.withdrawn is None:
        said.append(texts(lang)["override_open"])
    if one.withdrawn is not None:
        mark = one.withdrawn
        said.append(
            say(lang, "override_withdrawn", name=mark.printed_name, at=local_time(mark.created, mark.zone), why=mark.reason.rstrip(_STOPS))
        )
    if not one.current:
        said.append(texts(lang)["override_earlier"])
    return sentences(lang, said)


def state_words(state: str, lang: Lang, *, waived: bool) -> str:
    """The state of a subject; that somebody was enrolled under a waiver is said in every state that follows."""
    t = texts(lang)
    word = t[f"state_{state}"]
    if not waived:
        return word
    return t["state_waived"] if state == State.ENROLLED else say(lang, "state_was_waived", state=word)
