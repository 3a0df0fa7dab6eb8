"""The committee's reviews of a dose escalation. They are written once and only added to, so the audit trail itself keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from ...dsl.schedule_model import Escalation
from ...engine.dates import parse_partial
from ...engine.escalation.register import ABOUTS, DECISIONS, Review
from .. import access, clock
from ..models.accounts import User
from ..models.audit import AuditEntry
from ..models.studies import Study
from . import audit, rules
from .outcome import refuse, use_case

ACTION: Final = "escalation review"


def of_study(study: Study, design: Escalation) -> tuple[Review, ...]:
    """The reviews of an escalation's levels, in the order in which they were recorded."""
    found = []
    for entry in AuditEntry.objects.filter(study=study, action=ACTION).order_by("seq"):
        kept = json.loads(entry.new)
        day = parse_partial(kept["day"])
        if kept["level"] in design.levels and day is not None:
            found.append(Review(kept["level"], kept["about"], kept["decision"], day.first, kept["by"], entry.reason or None))
    return tuple(found)


@use_case
def record(actor: User, study: Study, typed: Mapping[str, str]) -> AuditEntry:
    """Record what the committee decided: `level`, `about` (sentinel or level), `decision`, `day`, and why."""
    if not access.anywhere(actor, access.May.ENROL, study):
        raise refuse("forbidden", 403, "Only investigators record reviews.")
    why = audit.need_reason(typed.get("reason", ""))
    level, about, decision = (typed.get(name, "") for name in ("level", "about", "decision"))
    if level not in _levels(study):
        raise refuse("level-unknown", 422, "There is no such dose level.", "Choose one of the board.", "level")
    if about not in ABOUTS or decision not in DECISIONS:
        raise refuse("review-wrong", 422, "The review does not say what it is about, or what was decided.", "Choose both.", "decision")
    day = parse_partial(typed.get("day", "").strip())
    if day is None or not day.exact or day.seconds is not None:
        raise refuse("day-wrong", 422, "The day of the review is missing.", "Write a day `2026-03-02`.", "day")
    # The latest zone of the world is a day ahead of UTC at most.
    if day.first > clock.now().date().toordinal() + 1:
        raise refuse("day-ahead", 422, f"{day} is still to come.", "Record the review once it took place.", "day")
    new = {"level": level, "about": about, "decision": decision, "day": str(day), "by": actor.name}
    return audit.write(actor, ACTION, f"level {level}", study=study, new=new, reason=why)


def _levels(study: Study) -> set[str]:
    version = rules.newest(study)
    protocol = None if version is None else rules.protocol_of(version)
    plan = None if protocol is None else protocol.study
    return set() if plan is None else {level for design in plan.escalations for level in design.levels}
