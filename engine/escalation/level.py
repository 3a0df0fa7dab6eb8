"""One dose level of a 3+3: what its subjects and reviews amount to.

Sources: the included protocols' escalation sentences ("3 to 6 subjects in each dose group", the sentinel's 28 days, the committee's
recommendation before a step up), and the rule table of the 3+3 design (Storer, Biometrics 1989;45:925): 0 of 3 goes up, 1 of 3 expands to
6, 1 of 6 goes up, 2 stop. Other than at the ends of cohorts, a second toxicity stops the level at once.
"""

from __future__ import annotations

from typing import Literal

from attrs import evolve, frozen

from ...dsl.model import Length
from ...dsl.schedule_model import Escalation
from ..dates import Rounding, step
from .register import Enrolled, Register, Review

SubjectState = Literal["waiting", "observed", "clear", "toxic", "replaced"]
LevelStatus = Literal[
    "enrolling",  # places are free: `free`
    "sentinel under observation",
    "sentinel to be reviewed",
    "suspended",  # the sentinel had a toxicity and nobody has decided yet
    "under observation",  # all places taken, not everyone observed to the end
    "to be reviewed",  # complete, no valid review yet
    "passed",  # complete, and reviewed where a review is asked for
    "stopped",  # two toxicities, or the committee stopped it
]


@frozen
class SubjectView:
    """A subject as it counts: `until` is the last day of its observation (None: not dosed), `known` the day its state became known."""

    subject: Enrolled
    state: SubjectState
    until: int | None
    known: int | None


@frozen
class LevelState:
    """A level as it stands. `size`: places by the rules now (3, or 6 after an expansion); `free`: how many may still be enrolled.

    `earliest`: the first day on which the next step is possible as far as days decide (None: no day does). `since`: the day on which the
    level came into this status. `why` is a stable code; `review` the review that holds.
    """

    level: str
    status: LevelStatus
    subjects: tuple[SubjectView, ...]
    size: int
    free: int
    toxic: int
    clear: int
    observed: int
    why: str
    earliest: int | None = None
    since: int | None = None
    review: Review | None = None


@frozen
class _Count:
    """The numbers that decide."""

    views: tuple[SubjectView, ...]

    def of(self, *states: SubjectState) -> int:
        return sum(view.state in states for view in self.views)

    @property
    def places(self) -> int:
        return len(self.views) - self.of("replaced")

    @property
    def complete_on(self) -> int | None:
        """The day on which the last of the results became known."""
        return max((view.known for view in self.views if view.state in ("clear", "toxic") and view.known is not None), default=None)

    @property
    def observed_until(self) -> int | None:
        return max((view.until for view in self.views if view.state == "observed" and view.until is not None), default=None)


def level_state(design: Escalation, level: str, register: Register, months: Rounding | None) -> LevelState:
    """What one level amounts to, by itself: whether a lower one lets it open is for `decide`."""
    mine = sorted(
        (subject for subject in register.subjects if subject.level == level),
        key=lambda subject: (subject.dosed is None, subject.dosed or 0),
    )
    count = _Count(tuple(_view(subject, design, months) for subject in mine))
    reviews = tuple(review for review in register.reviews if review.level == level)
    base = LevelState(
        level,
        "enrolling",
        count.views,
        design.group,
        0,
        count.of("toxic"),
        count.of("clear"),
        count.of("observed", "waiting"),
        "group open",
    )
    return _stopped(design, base, count, reviews) or _sentinel(design, base, count, reviews, months) or _group(design, base, count, reviews)


def _view(subject: Enrolled, design: Escalation, months: Rounding | None) -> SubjectView:
    begin = subject.dosed if design.observed_from == "first" else subject.last_dosed
    until = None if begin is None else step(begin, design.observed, 1, months)
    if subject.toxic_on is not None:
        return SubjectView(subject, "toxic", until, subject.toxic_on)
    if until is not None and subject.clear_until is not None and subject.clear_until >= until:
        return SubjectView(subject, "clear", until, subject.clear_until)
    if subject.not_evaluable_on is not None:
        return SubjectView(subject, "replaced", until, subject.not_evaluable_on)
    return SubjectView(subject, "waiting" if subject.dosed is None else "observed", until, None)


def _stopped(design: Escalation, base: LevelState, count: _Count, reviews: tuple[Review, ...]) -> LevelState | None:
    """Two toxicities stop a level at once, and so does the committee; only a later decision of the committee undoes its own stop."""
    if base.toxic >= design.stop:
        second = sorted(view.subject.toxic_on for view in count.views if view.subject.toxic_on is not None)[design.stop - 1]
        return evolve(base, status="stopped", size=count.places, why="toxicities", since=second)
    last = max(reviews, key=lambda review: review.day, default=None)
    if last is not None and last.decision == "stop":
        return evolve(base, status="stopped", size=count.places, why="stopped by review", since=last.day, review=last)
    return None


def _sentinel(
    design: Escalation, base: LevelState, count: _Count, reviews: tuple[Review, ...], months: Rounding | None
) -> LevelState | None:
    """The first subjects of a level go alone; None once they no longer hold the others back."""
    if not design.sentinel or design.sentinel_observed is None:
        return None
    first = [view for view in count.views if view.state != "replaced"][: design.sentinel]
    if len(first) < design.sentinel:
        return evolve(base, free=design.sentinel - len(first), why="sentinel wanted")
    results = [_sentinel_known(view, design.sentinel_observed, months) for view in first]
    toxic = any(view.state == "toxic" for view in first)
    if not toxic and any(day is None for day in results):
        ends = [step(view.subject.dosed, design.sentinel_observed, 1, months) for view in first if view.subject.dosed is not None]
        earliest = max(ends) if len(ends) == len(first) else None
        return evolve(base, status="sentinel under observation", why="sentinel observed", earliest=earliest)
    known = max(day for day in results if day is not None)
    if design.review_by is None and not toxic:
        return None
    if not any(review.about == "sentinel" and review.decision == "go on" and review.day >= known for review in reviews):
        status: LevelStatus = "suspended" if toxic else "sentinel to be reviewed"
        why = "sentinel toxic" if toxic else "sentinel clear"
        return evolve(base, status=status, why=why, since=known)
    return None


def _sentinel_known(view: SubjectView, observed: Length, months: Rounding | None) -> int | None:
    """The day on which the sentinel's result was known: its toxicity, or the record that it had none to the end."""
    subject = view.subject
    if subject.toxic_on is not None:
        return subject.toxic_on
    if subject.dosed is None or subject.clear_until is None or subject.clear_until < step(subject.dosed, observed, 1, months):
        return None
    return subject.clear_until


def _group(design: Escalation, base: LevelState, count: _Count, reviews: tuple[Review, ...]) -> LevelState:
    """Fill the group, wait for its results, expand it, have it reviewed."""
    mine = [review for review in reviews if review.about == "level"]
    results, places = base.toxic + base.clear, count.places
    size, why, since = design.group, "group open", None
    if _expands(design, base, results, mine):
        size, why = design.expand, "expanded"
        since = count.complete_on if places <= design.group else None
    if places < size:
        return evolve(base, size=size, free=size - places, why=why, since=since)
    if results < places:
        return evolve(base, status="under observation", size=size, why="results pending", earliest=count.observed_until)
    complete = count.complete_on
    valid = [review for review in mine if complete is not None and review.day >= complete and review.decision == "step up"]
    if design.review_by is not None and not valid:
        return evolve(base, status="to be reviewed", size=size, why="group complete", since=complete)
    review = max(valid, key=lambda one: one.day, default=None)
    return evolve(base, status="passed", size=size, why="group passed", since=review.day if review else complete, review=review)


def _expands(design: Escalation, base: LevelState, results: int, reviews: list[Review]) -> bool:
    """One toxicity among a whole group's results asks for the larger group; so may the committee."""
    return (results >= design.group and 0 < base.toxic < design.stop) or any(review.decision == "expand" for review in reviews)
