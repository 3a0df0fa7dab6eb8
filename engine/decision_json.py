"""A decision as JSON, schema `trialrules/decision/1` (`schemas/decision.schema.json`).

Numbers are ints or Decimals, never floats; `canonical.canonical_bytes` writes them, so that equal decisions are equal bytes
on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._version import __version__
from .dates import format_day, format_partial
from .evidence_json import evidence, item_json, number_json, unit_text, window_json
from .explain import effect_words, planned_moments, provisional_words, recheck_day, sentence, verdict_words
from .explain_advice import earliest_words, flips_words, nearest_words, needs_words
from .explain_reasons import Reason, criterion_reason, reasons, title_words
from .explain_words import Lang, words

if TYPE_CHECKING:
    from ..canonical import Json
    from ..dsl.model import Moment
    from .outcome import Advice, CriterionOutcome, Decision, EarliestDay, NearMiss, RankedNeed
    from .record import Unused

SCHEMA = "trialrules/decision/1"
ADVICE_SCHEMA = "trialrules/advice/1"


def decision_to_json(decision: Decision, advice: Advice | None, lang: Lang) -> dict[str, Json]:
    """The whole answer for one patient.

    Args:
        decision: what `screen` gave.
        advice: what `advise` gave; without it needs, nearest misses and the earliest day are empty.
        lang: the language of the words; everything else is the same in every language.
    """
    protocol = decision.protocol
    return {
        "schema": SCHEMA,
        "protocol": {"id": protocol.name, "version": protocol.version, "sha256": protocol.sha256},
        "patient": decision.patient,
        "as_of": format_partial(decision.now),
        "engine": __version__,
        "lang": lang,
        "decision": decision.decision,
        "provisional": decision.provisional,
        "recheck": _recheck(planned_moments(decision), recheck_day(decision)) if decision.provisional else None,
        "sentence": sentence(decision, lang),
        "moments": [_moment_state(decision, index) for index in range(len(decision.moments))],
        "reasons": [_reason(reason) for reason in reasons(decision, advice, lang)],
        "criteria": [criterion_to_json(one, decision, advice, lang) for one in decision.criteria],
        "needs": [] if advice is None else needs_to_json(advice, decision, lang),
        "nearest": [] if advice is None else _nearest(advice, lang),
        "flips": [] if advice is None else _flips(advice, decision, lang),
        "earliest_day": None if advice is None or advice.earliest is None else _earliest(advice, advice.earliest, lang),
        "unused": [unused_json(one) for one in decision.unused],
    }


def advice_to_json(decision: Decision, advice: Advice, lang: Lang) -> dict[str, Json]:
    """The advice alone, schema `trialrules/advice/1` (`schemas/advice.schema.json`)."""
    whole = decision_to_json(decision, advice, lang)
    kept = ("protocol", "patient", "as_of", "engine", "lang", "decision", "provisional", "sentence")
    parts = ("needs", "nearest", "flips", "earliest_day")
    return {"schema": ADVICE_SCHEMA, **{key: whole[key] for key in (*kept, *parts)}}


def _recheck(moments: tuple[Moment, ...], day: int | None) -> dict[str, Json]:
    return {"moments": [moment.name for moment in moments], "day": None if day is None else format_day(day)}


def _moment_state(decision: Decision, index: int) -> dict[str, Json]:
    state = decision.moments[index]
    return {
        "moment": state.moment.name,
        "status": state.status,
        "date": None if state.date is None else format_partial(state.date),
        "assumed": state.assumed,
    }


def _reason(reason: Reason) -> dict[str, Json]:
    return {
        "criterion": reason.criterion,
        "text": reason.text,
        "wording": reason.wording,
        "found": reason.found or None,
        "needed": reason.needed or None,
        "age_days": reason.age_days,
    }


def criterion_to_json(outcome: CriterionOutcome, decision: Decision, advice: Advice | None, lang: Lang) -> dict[str, Json]:
    """One criterion of the answer, with its evidence."""
    w = words(lang)
    criterion = outcome.criterion
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "title": title_words(w, criterion),
        "verdict": outcome.verdict,
        "passes": outcome.passes,
        "provisional": outcome.provisional,
        "recheck": _recheck(outcome.planned, outcome.recheck) if outcome.provisional else None,
        "words": w.chain([verdict_words(w, outcome), effect_words(w, outcome), provisional_words(w, outcome)]),
        "reasons": [_reason(criterion_reason(outcome, decision, advice, lang))],
        "assumptions": list(criterion.assumptions),
        "warnings": [warning.message for warning in outcome.warnings],
        "evidence": evidence(outcome, decision.protocol, lang),
    }


# ---------------------------------------------------------------- advice


def needs_to_json(advice: Advice, decision: Decision, lang: Lang) -> list[Json]:
    """What is missing, in the order in which it helps most."""
    texts = needs_words(advice, decision.protocol, lang)
    return [_need(need, text) for need, text in zip(advice.needs, texts, strict=True)]


def _need(need: RankedNeed, text: str) -> dict[str, Json]:
    unknown = need.unknown
    return {
        "text": text,
        "cause": unknown.cause,
        "fact": None if unknown.fact is None else unknown.fact.name,
        "detail": unknown.detail or None,
        "window": None if unknown.window is None else window_json(unknown.window),
        "newest": None if unknown.newest is None else item_json(unknown.newest),
        "criteria": list(need.criteria),
        "alone": list(need.alone),
    }


def _nearest(advice: Advice, lang: Lang) -> list[Json]:
    return [_miss(miss, text) for miss, text in zip(advice.nearest, nearest_words(advice, lang), strict=True)]


def _miss(miss: NearMiss, text: str) -> dict[str, Json]:
    return {
        "criterion": miss.criterion,
        "text": text,
        "found": number_json(miss.found),
        "op": miss.op,
        "needed": number_json(miss.needed),
        "unit": unit_text(miss.outcome),
        "record": None if miss.item is None else item_json(miss.item),
    }


def _flips(advice: Advice, decision: Decision, lang: Lang) -> list[Json]:
    return [
        {"criterion": flip.criterion, "kind": flip.kind, "text": text}
        for flip, text in zip(advice.flips, flips_words(advice, decision.protocol, lang), strict=True)
    ]


def _earliest(advice: Advice, earliest: EarliestDay, lang: Lang) -> dict[str, Json]:
    return {
        "day": None if earliest.day is None else format_day(earliest.day),
        "text": words(lang).clauses(earliest_words(advice, lang)),
        "criteria": list(earliest.criteria),
        "while_open": [item_json(item) for item in earliest.while_open],
        "newly_failing": [{"criterion": one, "verdict": verdict} for one, verdict in earliest.newly_failing],
    }


def unused_json(unused: Unused) -> dict[str, Json]:
    """Input that was not used, and why."""
    return {"code": unused.code, "reason": unused.reason, "where": unused.where, "nearest": unused.nearest}
