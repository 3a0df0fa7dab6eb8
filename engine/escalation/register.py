"""What is recorded about an escalation: the subjects of each level, what became of them, and the committee's reviews.

Days are ordinals (`datetime.date.toordinal`). Nothing is taken for granted: a subject counts as free of toxicity only up to the day of a
recorded "none so far", never because nothing was recorded.
"""

from __future__ import annotations

from typing import Literal, get_args

from attrs import frozen

Decision = Literal["go on", "step up", "expand", "stop"]
About = Literal["sentinel", "level"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
ABOUTS: tuple[About, ...] = get_args(About)


@frozen
class Enrolled:
    """A subject of a level.

    `dosed`: day of the first dose (None: has a place, not dosed yet); `last_dosed`: of the last one, once it is given.
    `clear_until`: the last day up to which "no toxicity" is recorded. `toxic_on`: the day of the first dose-limiting toxicity.
    `not_evaluable_on`: the day on which the subject was found not evaluable and may be replaced; it does not undo a toxicity.
    """

    number: str
    level: str
    dosed: int | None = None
    clear_until: int | None = None
    toxic_on: int | None = None
    not_evaluable_on: int | None = None
    reason: str | None = None
    last_dosed: int | None = None


@frozen
class Review:
    """A recorded review by the committee, of a sentinel or of a whole level."""

    level: str
    about: About
    decision: Decision
    day: int
    by: str
    reason: str | None = None


@frozen
class Register:
    """All that is recorded about one escalation."""

    subjects: tuple[Enrolled, ...] = ()
    reviews: tuple[Review, ...] = ()

    def as_of(self, day: int) -> Register:
        """What was known on a day: nothing that happened after it."""
        return Register(
            tuple(_subject_as_of(subject, day) for subject in self.subjects if subject.dosed is None or subject.dosed <= day),
            tuple(review for review in self.reviews if review.day <= day),
        )


def _subject_as_of(subject: Enrolled, day: int) -> Enrolled:
    def reached(value: int | None) -> int | None:
        return value if value is not None and value <= day else None

    return Enrolled(
        subject.number,
        subject.level,
        subject.dosed,
        reached(subject.clear_until),
        reached(subject.toxic_on),
        reached(subject.not_evaluable_on),
        subject.reason,
        reached(subject.last_dosed),
    )
