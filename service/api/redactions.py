"""Operations on redactions: asked for by one person, approved or refused by another."""

from __future__ import annotations

from typing import Final

from ...canonical import Json
from ..models.redactions import Redaction, RedactionState
from ..work import redactions
from ..work.outcome import Refused, not_found
from .operation import Call, Done, Operation
from .schema import array, obj, text
from .shapes import CODE, COUNT, MAYBE, REASON, STRING


def redaction_json(one: Redaction) -> dict[str, Json]:
    """A redaction without its text."""
    return {
        "redaction": one.pk,
        "subject": one.subject.code,
        "site": one.subject.site.code,
        "state": str(one.state),
        "reason": one.reason,
        "asked_by": one.asker.username,
        "asked": one.asked,
        "decided_by": None if one.decider is None else one.decider.username,
        "decided": one.decided or None,
    }


def listed(call: Call) -> Done:
    """All redactions that the user may know of, the latest first."""
    return Done({"redactions": [redaction_json(one) for one in redactions.listed(call.actor, call.study)]})


def shown(call: Call) -> Done:
    """One redaction; while it is open, with the text and where it stands, or why it can't be taken out."""
    one = _one(call)
    found: dict[str, Json] = {**redaction_json(one), "text": None, "places": [], "obstacle": None}
    if one.state == RedactionState.OPEN:
        where = redactions.places(one)
        more: dict[str, Json] = {"obstacle": where.message} if isinstance(where, Refused) else {"places": list(where)}
        found |= {"text": one.text, **more}
    return Done(found)


def ask(call: Call) -> Done | Refused:
    """A redaction is asked for."""
    subject = redactions.subject_for(call.actor, call.study, str(call.body["subject"]))
    done = redactions.ask(call.actor, subject, str(call.body["text"]), str(call.body["reason"]))
    return done if isinstance(done, Refused) else Done(redaction_json(done), 201)


def approve(call: Call) -> Done | Refused:
    """The text is taken out."""
    return _decided(call, redactions.approve(call.actor, _one(call), str(call.body["password"])))


def refuse(call: Call) -> Done | Refused:
    """The record stays as it is."""
    return _decided(call, redactions.refuse_it(call.actor, _one(call), str(call.body["reason"])))


def _decided(call: Call, done: Redaction | Refused) -> Done | Refused:
    return done if isinstance(done, Refused) else Done(redaction_json(_one(call)))


def _one(call: Call) -> Redaction:
    number = call.path["redaction"]
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise not_found("redaction")
    return redactions.find(call.actor, call.study, int(number))


_REDACTION: Final = obj(
    {
        "redaction": COUNT, "subject": STRING, "site": STRING, "state": {"type": "string", "enum": [str(one) for one in RedactionState]},
        "reason": STRING, "asked_by": STRING, "asked": STRING, "decided_by": MAYBE, "decided": MAYBE,
    }
)  # fmt: skip
_WHOLE: Final = obj({**_REDACTION["properties"], "text": MAYBE, "places": array(STRING), "obstacle": MAYBE})
_ALL: Final = "/studies/{study}/redactions"
_ONE: Final = f"{_ALL}/{{redaction}}"

OPERATIONS: Final = (
    Operation("api-redactions", "GET", _ALL, "Redactions, the latest first", listed, obj({"redactions": array(_REDACTION)})),
    Operation(
        "api-redactions",
        "POST",
        _ALL,
        "Ask for personal data to be taken out of a subject's record",
        ask,
        _REDACTION,
        201,
        body=obj({"subject": CODE, "text": text(redactions.MAX_TEXT, 1), "reason": REASON}),
        problems=(409,),
        writes=True,
    ),
    Operation("api-redaction", "GET", _ONE, "One redaction; while it is open, with the text and where it stands", shown, _WHOLE),
    Operation(
        "api-redaction-approval",
        "POST",
        f"{_ONE}/approval",
        "Approve somebody else's redaction: the text is taken out",
        approve,
        _REDACTION,
        body=obj({"password": text(128, 1)}),
        problems=(409, 429),
        writes=True,
    ),
    Operation(
        "api-redaction-refusal",
        "POST",
        f"{_ONE}/refusal",
        "Refuse a redaction, or take one's own back: the record stays",
        refuse,
        _REDACTION,
        body=obj({"reason": REASON}),
        problems=(409,),
        writes=True,
    ),
)
