"""A decision as a table: a line for each criterion, with what it stands on, its overrides, and the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...engine.explain_reasons import criterion_reason, title_words
from ...engine.explain_words import words
from ..models.decisions import Signature
from ..work import overrides
from .overrides import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...engine.explain_words import Lang
    from ..models.decisions import Decision
    from ..models.subjects import Subject
    from ..record import Computed

HEADS: Final = (
    "subject", "site", "state", "waiver", "decision_id", "decision", "provisional", "draft", "as_of", "zone", "decided_by", "decided_at",
    "rules", "rules_sha256", "data_sha256", "record_hash", "engine", "criterion", "kind", "title", "verdict", "passes",
    "criterion_provisional", "why", "override", "override_by", "override_document", "override_reason", "countersigned_by",
    "countersigned_at", "signed_by", "signed_at", "signed_zone", "meaning", "signature_void", "signature_void_why",
)  # fmt: skip


def decision_lines(subject: Subject, decision: Decision, computed: Computed, lang: Lang) -> Iterator[tuple[object, ...]]:
    """The heads, then the criteria in protocol order."""
    yield HEADS
    w = words(lang)
    before = (
        subject.code, subject.site.code, str(subject.state), bool(subject.waivers), decision.pk, decision.decision, decision.provisional,
        decision.draft, decision.as_of, decision.zone, decision.actor.name, decision.created, decision.rule_version.label,
        decision.rules_sha256, decision.data_sha256, decision.record_hash, decision.engine,
    )  # fmt: skip
    told = {one.override.criterion: one for one in overrides.of_subject(decision) if one.current and one.withdrawn is None}
    after = _signature(decision)
    for one in computed.decision.criteria:
        why = "" if one.verdict == "not applicable" else criterion_reason(one, computed.decision, computed.advice, lang).detail
        said = (one.criterion.id, one.criterion.kind, title_words(w, one.criterion), one.verdict, one.passes, one.provisional, why)
        yield (*before, *said, *_override(told.get(one.criterion.id)), *after)


def _override(one: overrides.Overridden | None) -> tuple[object, ...]:
    if one is None:
        return ("",) * 6
    override, mark = one.override, one.countersigned
    signed = ("", "") if mark is None else (mark.printed_name, mark.created)
    return (state_of(one), override.author.name, override.reference, override.reason, *signed)


def _signature(decision: Decision) -> tuple[object, ...]:
    signature = Signature.objects.filter(decision=decision).select_related("void").first()
    if signature is None:
        return ("",) * 6
    void = getattr(signature, "void", None)
    gone = (False, "") if void is None else (True, void.why)
    return (signature.printed_name, signature.created, signature.zone, signature.meaning, *gone)
