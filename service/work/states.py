"""What may follow what in a subject's life: screen, sign, enrol, then visits, then the end."""

from __future__ import annotations

from typing import Final

from ..models.subjects import State

BEFORE: Final = frozenset({State.SCREENING, State.ELIGIBLE, State.NOT_ELIGIBLE})
"""Not enrolled yet."""
OPEN: Final = BEFORE | {State.ENROLLED}
"""Still in the study."""
ENDS: Final[dict[State, frozenset[State]]] = {
    State.COMPLETED: frozenset({State.ENROLLED}),
    State.WITHDRAWN: OPEN,
    State.LOST: OPEN,
    State.DIED: OPEN,
    State.SCREEN_FAILED: BEFORE,
}
"""From which states an end may come."""
_OF_DECISION: Final = {"eligible": State.ELIGIBLE, "ineligible": State.NOT_ELIGIBLE, "undetermined": State.SCREENING}


def after_decision(state: State, decision: str) -> State:
    """The state that a decision leads to; whoever is enrolled stays so, whatever later data say."""
    return _OF_DECISION[decision] if state in BEFORE else state
