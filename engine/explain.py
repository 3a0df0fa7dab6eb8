"""An outcome in words: the sentence and the verdicts.

The main reasons are in `explain_reasons`, the evidence in `explain_tree`, needs and nearest misses in `explain_advice`.

Words are made from the explanation value alone; no medical value is compared here. Lists are chosen by the truths that the outcome holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .dates import format_day
from .explain_rule import moment_words
from .explain_words import Lang, Words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..dsl import model
    from .outcome import CriterionOutcome, Decision

_MAX_IDS = 6


# ---------------------------------------------------------------- the sentence


def sentence(decision: Decision, lang: Lang) -> str:
    """The answer in one sentence: `Not eligible: I4 and E5 fail; 1 unknown`."""
    w = words(lang)
    failing = [one for one in decision.criteria if one.passes is False]
    open_ones = [one for one in decision.criteria if one.passes is None]
    clauses: list[str] = []
    if failing:
        clauses.append(w.count("sentence.fail", len(failing), ids=_ids(w, failing)))
    elif not open_ones:
        clauses.append(w.count("sentence.pass", len(decision.criteria)))
    elif decision.decision == "undetermined":
        clauses.append(w("sentence.nofail"))
    if open_ones:
        key = "sentence.unknown" if failing or len(open_ones) > _MAX_IDS else "sentence.which"
        clauses.append(w(key, n=str(len(open_ones)), ids=_ids(w, open_ones)))
    if decision.provisional:
        clauses.append(_recheck(w, decision))
    return w("sentence", decision=decision_words(w, decision), clauses=w.clauses(clauses))


def decision_words(w: Words, decision: Decision) -> str:
    """The decision's word; a provisional one says "so far"."""
    word = w(f"decision.{decision.decision}")
    return w("decision.provisional", decision=word) if decision.provisional else word


def _ids(w: Words, criteria: Sequence[CriterionOutcome]) -> str:
    ids = [one.criterion.id for one in criteria]
    if len(ids) > _MAX_IDS:
        ids = [*ids[: _MAX_IDS - 1], w("sentence.more", n=str(len(ids) - _MAX_IDS + 1))]
    return w.listed(ids)


def recheck_day(decision: Decision) -> int | None:
    """The day to check a provisional decision again: the latest that a provisional criterion names."""
    return max((one.recheck for one in decision.criteria if one.provisional and one.recheck is not None), default=None)


def planned_moments(decision: Decision) -> tuple[model.Moment, ...]:
    """The moments, only planned, that a provisional decision hangs on."""
    return tuple(dict.fromkeys(moment for one in decision.criteria if one.provisional for moment in one.planned))


def _recheck(w: Words, decision: Decision) -> str:
    ids = _ids(w, [one for one in decision.criteria if one.provisional])
    moments = w.listed(moment_words(w, moment) for moment in planned_moments(decision))
    day = recheck_day(decision)
    if day is None:
        return w("sentence.provisional.plan", ids=ids, moments=moments)
    key = "sentence.provisional" if moments else "sentence.provisional.bare"
    return w(key, ids=ids, day=format_day(day), moments=moments)


# ---------------------------------------------------------------- criteria


def verdict_words(w: Words, outcome: CriterionOutcome) -> str:
    """The verdict; a provisional one says "so far"."""
    word = w(f"verdict.{outcome.verdict}")
    return w("verdict.provisional", verdict=word) if outcome.provisional else word


def effect_words(w: Words, outcome: CriterionOutcome) -> str:
    """What the verdict means for the patient: passes, fails, excludes, open."""
    if outcome.passes is False and outcome.criterion.kind == "exclusion":
        return w("passes.excludes")
    return w({True: "passes.true", False: "passes.false", None: "passes.none"}[outcome.passes])


def provisional_words(w: Words, outcome: CriterionOutcome) -> str:
    """When a provisional criterion is to be checked again; empty for a firm one."""
    if not outcome.provisional:
        return ""
    moments = w.listed(moment_words(w, moment) for moment in outcome.planned)
    if outcome.recheck is None:
        return w("provisional.undated", moments=moments)
    return w("provisional.moments" if moments else "provisional", moments=moments, day=format_day(outcome.recheck))
