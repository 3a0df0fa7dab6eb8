"""What an investigator confirms when signing, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ...engine.explain_reasons import criterion_reason, title_words
from ...engine.explain_words import words
from ..models.decisions import Signature
from ..work import replay as replays, signing
from .why import CLASSES, sign_of, verdict_line
from .words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.decisions import Decision
    from ..record import Computed
    from ..work.outcome import Refused


@frozen
class SignRow:
    """One criterion to confirm; a provisional verdict is shown, but not confirmed (`confirm` is empty)."""

    id: str
    verdict: str
    said: str
    look: str
    sign: str
    title: str
    detail: str
    confirm: str
    checked: bool


def sign_rows(computed: Computed, lang: Lang, confirmed: Mapping[str, str]) -> tuple[SignRow, ...]:
    """Every criterion with its outcome, in protocol order."""
    w = words(lang)
    found = []
    for one in computed.decision.criteria:
        sign = sign_of(one)
        said = verdict_line(w, one)
        detail = "" if one.verdict == "not applicable" else criterion_reason(one, computed.decision, computed.advice, lang).detail
        name = one.criterion.id
        confirm = "" if one.provisional else say(lang, "sign_confirm_one", id=name, verdict=said)
        checked = confirmed.get(name) == one.verdict
        found.append(SignRow(name, one.verdict, said, CLASSES[sign], sign, title_words(w, one.criterion), detail, confirm, checked))
    return tuple(found)


def sign_json(decision: Decision, obstacle: Refused | None) -> dict[str, Json]:
    """The twin: what would be signed, and what stands in the way."""
    signature = Signature.objects.filter(decision=decision).select_related("user").first()
    return {
        "schema": "trialrules/sign/1",
        "decision": str(decision.pk),
        "record_hash": decision.record_hash,
        "outcomes": dict(signing.outcomes_of(decision)),
        "meaning": signing.meaning_of(decision),
        "obstacle": None if obstacle is None else {"code": obstacle.code, "message": obstacle.message, "mend": obstacle.mend},
        "signature": replays.signature_json(signature),
    }
