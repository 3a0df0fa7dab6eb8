"""Outcomes in words. Nothing is computed here: the words say what the report holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explain_evidence import amounts_words, number_found, unknown_words
from ..explain_tree import MARKS, Line, condition_lines, number_lines
from ..explain_words import Lang, Words, words

if TYPE_CHECKING:
    from ...dsl import schedule_model as plan
    from ...dsl.units import Unit
    from ..explain_evidence import Moments
    from ..outcome import Outcome
    from .report import OutcomeNeed, OutcomeReport, OutcomeState


def title_words(w: Words, outcome: plan.Outcome) -> str:
    """What the file calls an outcome, in this language."""
    return w.title(outcome.title, outcome.notes.titles, outcome.name)


def result_words(state: OutcomeState, lang: Lang) -> str:
    """What an outcome came to at one of its times, in one phrase: `yes`, `4.2 (baseline 6.3; change -2.1, -33.3 %)`, `unknown`."""
    w = words(lang)
    if state.status == "not due yet" and state.day is not None:
        return w("outcome.not due yet.day", day=w.day(state.day))
    if state.status != "known":
        return w(f"outcome.{state.status}")
    text = w(f"outcome.{'yes' if state.truth else 'no'}") if state.outcome.kind == "truth" else _number(w, state)
    if not state.provisional:
        return text
    if state.recheck is None:
        return w("outcome.provisional", result=text)
    return w("outcome.provisional.day", result=text, day=w.day(state.recheck))


def _number(w: Words, state: OutcomeState) -> str:
    unit = state.outcome.unit
    found = _amounts(w, state.value, unit)
    if state.baseline is None or state.change is None:
        return found
    base, change = _amounts(w, state.baseline, unit), _amounts(w, state.change, unit)
    if not base or not state.baseline.known:
        return w("outcome.number.alone", value=found)
    if not change or not state.change.known:
        return w("outcome.number.baseline", value=found, baseline=base)
    return w(
        "outcome.number",
        value=found,
        baseline=base,
        change=w.chain([change, "" if state.percent is None else number_found(w, state.percent)]),
    )


def _amounts(w: Words, outcome: Outcome | None, unit: Unit | None) -> str:
    return "" if outcome is None or not outcome.amounts else amounts_words(w, outcome.amounts, unit)


def evidence_catalogue(state: OutcomeState, lang: Lang) -> Words:
    """The catalogue for an outcome's rules: at a visit its days stand in for the age that a record may have."""
    return words(lang, at_visits=state.reads is not None)


def evidence_lines(state: OutcomeState, lang: Lang, moments: Moments | None = None) -> tuple[Line, ...]:
    """The evidence tree of one outcome at one of its times; without evidence, why there is none."""
    w = evidence_catalogue(state, lang)
    if state.value is None:
        return tuple(Line(0, MARKS[None], unknown_words(w, unknown, moments or {}), "unknown") for unknown in state.unknowns)
    if state.outcome.kind == "truth":
        return condition_lines(state.value, w, moments)
    parts = [one for one in (state.value, state.baseline, state.change, state.percent) if one is not None]
    return number_lines(tuple(parts), state.unknowns, w, moments)


def need_words(need: OutcomeNeed, report: OutcomeReport, lang: Lang) -> str:
    """What is missing, and for which outcomes."""
    w = words(lang)
    titles = {state.outcome.name: title_words(w, state.outcome) for state in report.outcomes}
    timings = {(state.outcome.name, state.key): state.timing for state in report.outcomes}
    named: dict[str, list[str]] = {}
    for name, key in need.outcomes:
        named.setdefault(titles[name], []).append(timings[name, key])
    places = w.clauses(w("outcome.for", title=title, times=w.chain(times)) for title, times in named.items())
    return w("outcome.need", what=unknown_words(w, need.unknown, report.protocol.moments), outcomes=places)
