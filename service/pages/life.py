"""A subject's way through the study, as a value: the steps in order, which comes next and for whom; and the choice of part and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.plan_words import PlanWords
from .. import access
from ..models.subjects import State
from ..work import documents, states
from .words import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...dsl.model import Protocol
    from ...dsl.schedule_model import Arm, Part, Study as Plan
    from ...engine.explain_words import Lang
    from ..models.accounts import User
    from ..models.decisions import Decision, Signature
    from ..models.subjects import Subject

_STEPS: Final = ("record", "screen", "sign", "enrol", "allocate", "visits", "end")


@frozen
class Step:
    """One step: done, next, or later; `hint` says of the next one who does what."""

    name: str
    label: str
    standing: str
    hint: str


@frozen
class Option:
    """A part or an arm to choose; `now`: it is the subject's."""

    name: str
    title: str
    now: bool


@frozen
class Allocation:
    """What may be said of part and arm.

    `blinded`: there are arms, and only unblinded users know and say them. `waits`: it is said once the subject is enrolled.
    """

    parts: tuple[Option, ...]
    arms: tuple[Option, ...]
    blinded: bool
    may: bool
    waits: bool

    @property
    def part(self) -> str:
        """The subject's part; empty while nobody has said it."""
        return next((one.title for one in self.parts if one.now), "")

    @property
    def arm(self) -> str:
        """The subject's arm, for who may know it; empty while nobody has said it."""
        return next((one.title for one in self.arms if one.now), "")


def steps_of(
    subject: Subject, decision: Decision | None, signature: Signature | None, allocation: Allocation | None, lang: Lang
) -> tuple[Step, ...]:
    """The steps; those that the study does not have are left out."""
    done = set(_done(subject, decision, signature, allocation))
    wanted = [name for name in _STEPS if name != "allocate" or allocation is not None]
    over = State(subject.state) not in states.OPEN
    following = "" if over else next((name for name in wanted if name not in done), "")
    t = texts(lang)
    return tuple(
        Step(
            name,
            t[f"step_{name}"],
            "done" if name in done else "next" if name == following else "later",
            t.get(_hint(name, decision), "") if name == following else "",
        )
        for name in wanted
    )


def _done(subject: Subject, decision: Decision | None, signature: Signature | None, allocation: Allocation | None) -> Iterator[str]:
    state = State(subject.state)
    enrolled = state not in states.BEFORE and (state != State.SCREEN_FAILED and bool(subject.enrolled_as_of))
    if decision is not None and (decision.decision != "undetermined" or enrolled):
        yield "record"
        if not decision.provisional or enrolled:
            yield "screen"
    if signature is not None or enrolled:
        yield "sign"
    if enrolled:
        yield "enrol"
        # A blinded reader learns nothing of whether an arm is known: for them this step is over once the part is said.
        if allocation is None or all(any(one.now for one in group) for group in (allocation.parts, allocation.arms) if group):
            yield "allocate"
    if state not in states.OPEN:
        yield "visits" if enrolled else "record"
        yield "end"


def _hint(name: str, decision: Decision | None) -> str:
    if name == "record":
        return "hint_first" if decision is None else "hint_record"
    if name == "screen":
        return "hint_provisional"
    if name == "enrol" and decision is not None and decision.decision != "eligible":
        return "hint_not_eligible"
    return f"hint_{name}"


def allocation_of(user: User, subject: Subject, protocol: Protocol, lang: Lang) -> Allocation | None:
    """The choice of part and arm; None where the study has neither."""
    plan = protocol.study
    if plan is None or not (plan.parts or plan.arms):
        return None
    document = documents.value_of(subject.document)
    part, arm = (None if document.get(key) is None else str(document[key]) for key in ("part", "arm"))
    say = PlanWords(lang, protocol)
    open_to = access.unblinded(user, subject.study, subject.site)
    arms = _arms(plan, part)
    hidden = any(one.blinded_as is not None for one in arms) and not open_to
    may = subject.state == State.ENROLLED and access.allows(user, access.May.ALLOCATE, subject.study, subject.site)
    return Allocation(
        tuple(_option(one, part, say) for one in plan.parts.values()),
        () if hidden else tuple(_option(one, arm, say) for one in arms),
        hidden,
        may,
        subject.state in states.BEFORE,
    )


def _arms(plan: Plan, part: str | None) -> tuple[Arm, ...]:
    """The arms to choose from: those of the subject's part; before it is said, all."""
    return plan.arms_of(part) if part is not None or not plan.parts else tuple(plan.arms.values())


def _option(one: Part | Arm, now: str | None, say: PlanWords) -> Option:
    return Option(one.name, say.title(one), one.name == now)
