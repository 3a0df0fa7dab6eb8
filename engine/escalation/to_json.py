"""An escalation as JSON, `trialrules/escalation-state/1`; days are written as `2026-03-02`."""

from __future__ import annotations

from ..dates import format_day
from ..explain_words import Lang
from .decide import EscalationState
from .words import action_words, finding_words, overall_words, status_words

SCHEMA = "trialrules/escalation-state/1"


def to_json(state: EscalationState, protocol: dict[str, str], lang: Lang) -> dict[str, object]:
    """The whole state; `protocol` is its `{id, version, sha256}`."""
    return {
        "schema": SCHEMA,
        "protocol": protocol,
        "part": state.design.part,
        "as_of": format_day(state.as_of),
        "overall": state.overall,
        "text": overall_words(state, lang),
        "current": state.current,
        "highest_passed": state.highest_passed,
        "stopped_at": state.stopped_at,
        "levels": [
            {
                "level": level.level,
                "open": state.open[number],
                "status": level.status,
                "text": status_words(state, level, lang),
                "places": level.size,
                "toxic": level.toxic,
                "clear": level.clear,
                "pending": level.observed,
                "subjects": [
                    {"subject": view.subject.number, "state": view.state, "observed_until": _day(view.until), "known_on": _day(view.known)}
                    for view in level.subjects
                ],
            }
            for number, level in enumerate(state.levels)
        ],
        "next": [
            {
                "action": action.kind,
                "level": action.level,
                "why": action.why,
                "count": action.count,
                "day": _day(action.day),
                "subjects": list(action.subjects),
                "text": action_words(state, action, lang),
            }
            for action in state.actions
        ],
        "findings": [
            {
                "code": finding.code,
                "level": finding.level,
                "subject": finding.subject,
                "day": _day(finding.day),
                "text": finding_words(finding, lang),
            }
            for finding in state.findings
        ],
    }


def _day(day: int | None) -> str | None:
    return None if day is None else format_day(day)
