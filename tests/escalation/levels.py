"""Walks through everything that can happen at one level, and names each state as the table does."""

from __future__ import annotations

from fractions import Fraction

from attrs import evolve, frozen
from trialrules.dsl.model import Length
from trialrules.dsl.schedule_model import Escalation
from trialrules.engine.escalation.decide import escalation_state
from trialrules.engine.escalation.register import Enrolled, Register, Review

DAYS_28 = Length(Fraction(28), "days")
LEVELS = ("low", "medium", "high")
WITH_SENTINEL = Escalation("3+3", None, LEVELS, 3, 6, 2, DAYS_28, 1, DAYS_28, "Safety Review Committee")
WITHOUT_SENTINEL = Escalation("3+3", None, LEVELS, 3, 6, 2, DAYS_28)
BEGIN = 739_000
STEP = 40
"""Days between two things that happen: longer than an observation, so that each result is known before the next event."""


@frozen
class Walk:
    """A history of one level: what has been recorded, and the day of the last record."""

    register: Register
    day: int

    def state(self, design: Escalation):
        return escalation_state(design, self.register, self.day)


def subject_word(subject: Enrolled) -> str:
    if subject.toxic_on is not None:
        return "toxic"
    return "clear" if subject.clear_until is not None else "observed"


def name(walk: Walk, level: str) -> tuple[str, ...]:
    """The state as the table names it: sentinel, its review, the others' results, the level's review."""
    mine = sorted((s for s in walk.register.subjects if s.level == level), key=lambda s: s.dosed or 0)
    results = [day for s in mine for day in (s.clear_until, s.toxic_on) if day is not None]
    sentinel = mine[0] if mine else None
    known = max((d for d in (sentinel.clear_until, sentinel.toxic_on) if d is not None), default=None) if sentinel else None
    reviews = [r for r in walk.register.reviews if r.level == level]
    sentinel_reviewed = any(r.about == "sentinel" and known is not None and r.day >= known for r in reviews)
    level_reviewed = any(r.about == "level" and r.day >= max(results, default=0) for r in reviews)
    others = [subject_word(s) for s in mine[1:]]
    return (
        subject_word(sentinel) if sentinel else "none",
        "yes" if sentinel_reviewed else "no",
        str(others.count("clear")),
        str(others.count("toxic")),
        str(others.count("observed")),
        "yes" if level_reviewed else "no",
    )


def next_walks(walk: Walk, design: Escalation, level: str) -> list[Walk]:
    """Every one thing that can happen next: a permitted enrolment, a result, a late toxicity, a review."""
    found = []
    day = walk.day + STEP
    register = walk.register
    state = walk.state(design)
    if state.may_dose(level):
        number = f"{level}-{sum(s.level == level for s in register.subjects) + 1}"
        found.append(evolve(register, subjects=(*register.subjects, Enrolled(number, level, dosed=day))))
    for index, subject in enumerate(register.subjects):
        if subject.level != level or subject.toxic_on is not None:
            continue
        changes = [evolve(subject, toxic_on=day)]
        if subject.clear_until is None:
            changes.append(evolve(subject, clear_until=day))
        for changed in changes:
            subjects = (*register.subjects[:index], changed, *register.subjects[index + 1 :])
            found.append(evolve(register, subjects=subjects))
    status = next(one.status for one in state.levels if one.level == level)
    if status in ("sentinel to be reviewed", "suspended"):
        found.append(evolve(register, reviews=(*register.reviews, Review(level, "sentinel", "go on", day, "SRC"))))
    if status == "to be reviewed":
        found.append(evolve(register, reviews=(*register.reviews, Review(level, "level", "step up", day, "SRC"))))
    return [Walk(one, day) for one in found]


def reachable(design: Escalation, level: str, start: Walk) -> dict[tuple[str, ...], Walk]:
    """One history for each state that can be reached."""
    found = {name(start, level): start}
    todo = [start]
    while todo:
        for walk in next_walks(todo.pop(), design, level):
            if name(walk, level) not in found:
                found[name(walk, level)] = walk
                todo.append(walk)
    return found
