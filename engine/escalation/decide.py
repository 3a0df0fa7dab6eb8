"""The whole escalation: which level is open, what may happen next and from which day, and what was recorded against the rules."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from ...dsl.schedule_model import Escalation
from ..dates import Rounding
from .level import LevelState, level_state
from .register import Enrolled, Register, Review

ActionKind = Literal["enrol", "observe", "record", "review", "wait", "none"]
Overall = Literal["open", "waiting", "held", "finished", "stopped"]


@frozen
class Action:
    """Something that may or must happen next.

    `enrol`: `count` places at `level`, from `day`. `observe`: wait until `day`. `record`: the results of `subjects` are missing, their
    observation is over. `review`: the committee's turn. `wait`: nothing can be done before something else. `why` is a stable code.
    """

    kind: ActionKind
    level: str
    why: str
    count: int = 0
    day: int | None = None
    subjects: tuple[str, ...] = ()


@frozen
class Finding:
    """Something recorded that the rules do not allow; `code` is stable, `level` and `subject` say where."""

    code: str
    level: str
    subject: str | None = None
    day: int | None = None


@frozen
class EscalationState:
    """The escalation as of a day. `current` is the level in work (None: none); `highest_passed` the highest level found tolerable."""

    design: Escalation
    as_of: int
    levels: tuple[LevelState, ...]
    open: tuple[bool, ...]
    overall: Overall
    current: str | None
    highest_passed: str | None
    stopped_at: str | None
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]

    def may_dose(self, level: str) -> int:
        """How many more subjects the level may take now."""
        return sum(action.count for action in self.actions if action.kind == "enrol" and action.level == level)


def escalation_state(design: Escalation, register: Register, now: int, months: Rounding | None = "down") -> EscalationState:
    """Where an escalation stands on day `now`; what is recorded after that day takes no part.

    Args:
        design: The checked escalation.
        register: Subjects and reviews.
        now: Ordinal day.
        months: The protocol's month rounding, for lengths in months.
    """
    return _state(design, register, now, months, _findings(design, register.as_of(now), months))


def _state(design: Escalation, register: Register, now: int, months: Rounding | None, findings: tuple[Finding, ...]) -> EscalationState:
    known = register.as_of(now)
    levels = tuple(level_state(design, level, known, months) for level in design.levels)
    is_open, passing = [], True
    for state in levels:
        is_open.append(passing)
        passing = passing and state.status == "passed"
    stopped = next((state.level for state in levels if state.status == "stopped"), None)
    position = next((index for index, state in enumerate(levels) if is_open[index] and state.status != "passed"), None)
    passed = [state.level for index, state in enumerate(levels) if is_open[index] and state.status == "passed"]
    current = None if position is None else levels[position]
    actions = _actions(design, levels, position, now)
    return EscalationState(
        design,
        now,
        levels,
        tuple(is_open),
        _overall(current, actions),
        None if current is None else current.level,
        passed[-1] if passed else None,
        stopped,
        actions,
        findings,
    )


def _overall(current: LevelState | None, actions: tuple[Action, ...]) -> Overall:
    if current is None:
        return "finished"
    if current.status == "stopped":
        return "stopped"
    if current.status in ("suspended", "to be reviewed", "sentinel to be reviewed"):
        return "held"
    return "open" if any(action.kind == "enrol" for action in actions) else "waiting"


def _actions(design: Escalation, levels: tuple[LevelState, ...], position: int | None, now: int) -> tuple[Action, ...]:
    """What the level in work asks for, then what is still open at the others (their subjects are observed to the end)."""
    if position is None:
        return (Action("none", levels[-1].level, "all levels passed"), *_missing(levels, now))
    state = levels[position]
    before = levels[position - 1].since if position else None
    own: tuple[Action, ...] = ()
    match state.status:
        case "enrolling":
            since = max((day for day in (state.since, before, now) if day is not None), default=now)
            own = (Action("enrol", state.level, state.why, state.free, since),)
        case "sentinel under observation" | "under observation":
            own = (Action("observe", state.level, state.why, day=state.earliest),)
        case "sentinel to be reviewed" | "to be reviewed" | "suspended":
            own = (Action("review", state.level, state.why, day=state.since),)
        case "stopped":
            own = (Action("none", state.level, state.why, day=state.since), *_below(design, levels, position))
        case "passed":
            pass
    return (*own, *_missing(levels, now))


def _below(design: Escalation, levels: tuple[LevelState, ...], position: int) -> tuple[Action, ...]:
    """After a stop the level below is the candidate; with a small group behind it the committee may expand it."""
    if position == 0:
        return ()
    below = levels[position - 1]
    if below.toxic + below.clear < design.expand:
        return (Action("review", below.level, "expand below", design.expand - below.toxic - below.clear),)
    return (Action("none", below.level, "highest tolerated"),)


def _missing(levels: tuple[LevelState, ...], now: int) -> tuple[Action, ...]:
    """Subjects whose observation is over and whose result nobody has recorded."""
    found = []
    for state in levels:
        late = [view for view in state.subjects if view.state == "observed" and view.until is not None and view.until < now]
        if late:
            first = min(view.until for view in late if view.until is not None)
            numbers = tuple(view.subject.number for view in late)
            found.append(Action("record", state.level, "result not recorded", len(late), first, numbers))
    return tuple(found)


# ---------------------------------------------------------------- what was recorded against the rules


def _findings(design: Escalation, register: Register, months: Rounding | None) -> tuple[Finding, ...]:
    """Each dosing is held against what was known on its day, and each review against the results that it had."""
    found: list[Finding] = []
    for subject in register.subjects:
        if subject.level not in design.levels:
            found.append(Finding("unknown level", subject.level, subject.number))
        elif subject.dosed is not None and not _allowed(design, register, subject, subject.dosed, months):
            found.append(Finding("dosed too early", subject.level, subject.number, subject.dosed))
        if subject.toxic_on is not None and subject.not_evaluable_on is not None:
            found.append(Finding("toxicity is not replaced", subject.level, subject.number, subject.not_evaluable_on))
        if subject.dosed is not None and subject.toxic_on is not None and subject.toxic_on < subject.dosed:
            found.append(Finding("toxicity before dose", subject.level, subject.number, subject.toxic_on))
    early = [review for review in register.reviews if _too_early(design, register, review, months)]
    return (*found, *(Finding("review too early", review.level, None, review.day) for review in early))


def _too_early(design: Escalation, register: Register, review: Review, months: Rounding | None) -> bool:
    """Whether a review that lets something go on was not due on its day: results came after it, or none were there to review."""
    if review.level not in design.levels or review.decision not in ("go on", "step up"):
        return False
    others = Register(register.subjects, tuple(other for other in register.reviews if other is not review)).as_of(review.day)
    state = level_state(design, review.level, others, months)
    if review.about == "level":
        return state.status not in ("to be reviewed", "passed")
    # A second review of the same results breaks no rule: only a sentinel without a result does.
    return state.status == "sentinel under observation" or state.why == "sentinel wanted"


def _allowed(design: Escalation, register: Register, subject: Enrolled, day: int, months: Rounding | None) -> bool:
    """Whether a place was free for a subject on its first dose's day, given all that was known then."""
    before = register.as_of(day)
    earlier = tuple(
        other
        for other in before.subjects
        if other.number != subject.number and other.dosed is not None and (other.dosed, other.number) < (day, subject.number)
    )
    state = _state(design, Register(earlier, before.reviews), day, months, ())
    return state.may_dose(subject.level) > 0
