"""The outcomes of one subject as JSON, schema `trialrules/outcomes/1` (`schemas/outcomes.schema.json`).

Numbers are ints or Decimals, never floats; `canonical.canonical_bytes` writes them, so that equal reports are equal bytes on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._version import __version__
from .dates import format_day, format_partial
from .evidence_json import amount_json, node_json, unknown_json
from .outcomes.words import evidence_catalogue, need_words, result_words, title_words

if TYPE_CHECKING:
    from ..canonical import Json
    from .explain_words import Lang, Words
    from .outcome import Outcome
    from .outcomes.report import OutcomeNeed, OutcomeReport, OutcomeState

SCHEMA = "trialrules/outcomes/1"


def outcomes_to_json(report: OutcomeReport, lang: Lang) -> dict[str, Json]:
    """The whole report of one subject; only the words differ between languages."""
    protocol, baseline = report.protocol, report.baseline
    return {
        "schema": SCHEMA,
        "protocol": {"id": protocol.name, "version": protocol.version, "sha256": protocol.sha256},
        "subject": report.subject,
        "part": report.part,
        "as_of": format_partial(report.now),
        "engine": __version__,
        "lang": lang,
        "baseline": None
        if baseline is None
        else {
            "moment": baseline.moment.name,
            "status": baseline.status,
            "date": None if baseline.date is None else format_partial(baseline.date),
            "assumed": baseline.assumed,
        },
        "outcomes": [_outcome(state, report, lang) for state in report.outcomes],
        "needs": [_need(need, report, lang) for need in report.needs],
        "unused": [{"code": one.code, "reason": one.reason, "where": one.where, "nearest": one.nearest} for one in report.unused],
    }


def _outcome(state: OutcomeState, report: OutcomeReport, lang: Lang) -> dict[str, Json]:
    outcome, w = state.outcome, evidence_catalogue(state, lang)
    found: dict[str, Json] = {
        "outcome": outcome.name,
        "title": title_words(w, outcome),
        "kind": outcome.kind,
        "unit": None if outcome.unit is None else outcome.unit.text,
        "key": state.key,
        "timing": state.timing,
        "day": None if state.day is None else format_day(state.day),
        "reads": None if state.reads is None else {"first": format_day(state.reads[0]), "last": format_day(state.reads[1])},
        "status": state.status,
        "provisional": state.provisional,
        "recheck": None if state.recheck is None else format_day(state.recheck),
        "words": result_words(state, lang),
        "truth": state.truth,
        "value": _side(state.value, report, w) if outcome.kind == "number" else None,
        "baseline": _side(state.baseline, report, w),
        "change": _amounts(state.change),
        "percent": _amounts(state.percent),
        "unknowns": [unknown_json(unknown, report.protocol, lang) for unknown in state.unknowns],
        "assumptions": list(outcome.notes.assumptions),
    }
    if outcome.kind == "truth" and state.value is not None:
        found["evidence"] = node_json(state.value, report.protocol, evidence_catalogue(state, lang))
    return found


def _side(outcome: Outcome | None, report: OutcomeReport, w: Words) -> Json:
    """A number with the evidence that it was found from; null where it was not asked for."""
    return None if outcome is None else {"amounts": _amounts(outcome), "evidence": node_json(outcome, report.protocol, w)}


def _amounts(outcome: Outcome | None) -> Json:
    """The amounts that the records leave open: one, as a rule; none where it is unknown."""
    return None if outcome is None else [amount_json(amount) for amount in outcome.amounts]


def _need(need: OutcomeNeed, report: OutcomeReport, lang: Lang) -> dict[str, Json]:
    return {
        **unknown_json(need.unknown, report.protocol, lang),
        "text": need_words(need, report, lang),
        "outcomes": [{"outcome": name, "key": key} for name, key in need.outcomes],
    }
