"""What is the same for every subject of one part of a study, found once: in which order days can be worked out, what each visit assesses.

Days hang on one another (a visit on the anchor or on another visit, a moment on a dose that was given); the checker has refused
circles. The order is found here without recursion, so that ten thousand visits in one chain are as good as ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from attrs import Factory, define, field, frozen

from ...dsl import model, schedule_model as plan
from ..doses import stated_dose
from ..outcome import Unknown
from ..plan import CACHED_PROTOCOLS, children
from .result import DoseState, Purpose

SCREENING = "screening"
"""The moment that a re-screening sets anew."""

NO_ARM = Unknown("no record", detail="arm")
"""Why a dose, or whether a visit of some arms applies, is unknown for a subject without an arm."""


@frozen(eq=False)
class Assessing:
    """One thing that a visit assesses; `ready` is its purpose where it hangs on nothing, else the assessment says on what."""

    assessment: plan.Assessment
    item: plan.Assessed
    ready: Purpose | None


@frozen(eq=False)
class Assessed:
    """What a visit assesses, in order of declaration; `purposes` is set where none of it hangs on anything."""

    lines: tuple[Assessing, ...] = ()
    purposes: tuple[Purpose, ...] | None = ()


@frozen(eq=False)
class VisitPlan:
    """A visit with what is known of it before any subject is.

    `rank`: its place among the visits of the part. `chained_to`: the visit whose day it is counted from. `at_anchor`: it lies on the very
    day of this moment. `numbered`: what single occurrences of a repeated visit assess, by their numbers; the others assess `assessed`.
    """

    visit: plan.Visit
    schedule: SchedulePlan
    rank: int
    chained_to: str | None
    at_anchor: model.Moment | None
    assessed: Assessed
    numbered: Mapping[int, Assessed]


@frozen(eq=False)
class SchedulePlan:
    """A schedule; `screened`: its anchor hangs on the screening, so that a re-screening begins it anew."""

    schedule: plan.Schedule
    number: int
    screened: bool
    early: Assessed


@define(eq=False)
class PartPlan:
    """The schedules of one part, ready for its subjects.

    `steps`: moments and visits, each after all that it hangs on. `givers`: the visits that give a dose, by its name. `projected`: moments
    that hang on the last given dose and may look ahead to the doses still planned. `doses`: each dose by arm (None: the arm is not known)
    and name, with its state before any record is looked at. `at_anchor`: the visits that are what their anchor is the day of.
    """

    protocol: model.Protocol
    part: str | None
    schedules: tuple[SchedulePlan, ...]
    visits: Mapping[str, VisitPlan]
    steps: tuple[model.Moment | VisitPlan, ...]
    givers: Mapping[str, tuple[VisitPlan, ...]]
    projected: frozenset[str]
    screened_moments: frozenset[str]
    arms: Mapping[str, plan.Arm]
    doses: Mapping[tuple[str | None, str], tuple[plan.Dose | None, DoseState]]
    anchors: tuple[model.Moment, ...] = field(init=False)
    gives: Mapping[str, tuple[str, ...]] = field(init=False)
    at_anchor: tuple[VisitPlan, ...] = field(init=False)

    @anchors.default
    def _anchors(self) -> tuple[model.Moment, ...]:
        return tuple(dict.fromkeys(one.schedule.anchor for one in self.schedules))

    @gives.default
    def _gives(self) -> Mapping[str, tuple[str, ...]]:
        return {name: one.visit.gives for name, one in self.visits.items() if one.visit.gives}

    @at_anchor.default
    def _at_anchor(self) -> tuple[VisitPlan, ...]:
        """Of each schedule, what gives a dose on the anchor's own day, else what takes place on it."""
        found: list[VisitPlan] = []
        for schedule in self.schedules:
            here = [one for one in self.visits.values() if one.schedule is schedule and _is_its_anchor(one)]
            found += [one for one in here if one.visit.gives] or here
        return tuple(found)


def _is_its_anchor(one: VisitPlan) -> bool:
    """Whether a visit that everyone has lies on the anchor's own day."""
    visit = one.visit
    everyone = visit.first is None and visit.recurrence is None and not visit.arms and visit.condition is None
    return everyone and one.at_anchor is one.schedule.schedule.anchor


@lru_cache(maxsize=2 * CACHED_PROTOCOLS)
def part_plan(protocol: model.Protocol, part: str | None) -> PartPlan:
    """The plan of a part (None: what holds for every part) of a protocol with a study; protocols are compared by identity."""
    study = protocol.study
    assert study is not None  # noqa: S101 - the caller has looked
    links = _Links(protocol)
    schedules: list[SchedulePlan] = []
    visits: dict[str, VisitPlan] = {}
    screened = links.above(SCREENING)
    for number, schedule in enumerate(study.schedules_of(part)):
        assessed = _assessed(schedule)
        made = SchedulePlan(schedule, number, schedule.anchor.name in screened, _made(assessed.get(plan.EARLY, [])))
        schedules.append(made)
        for visit in schedule.visits:
            visits[visit.name] = _visit_plan(visit, made, len(visits), assessed)
    givers: dict[str, tuple[VisitPlan, ...]] = {}
    for one in visits.values():
        for name in one.visit.gives:
            givers[name] = (*givers.get(name, ()), one)
    for name, one in visits.items():
        links.add_visit(name, one.visit)
    projected = links.add_projections(givers)
    steps: list[model.Moment | VisitPlan] = []
    for kind, name in links.in_order():
        found = protocol.moments.get(name) if kind == "moment" else visits.get(name)
        if found is not None:
            steps.append(found)
    arms = {arm.name: arm for arm in study.arms_of(part)}
    return PartPlan(protocol, part, tuple(schedules), visits, tuple(steps), givers, projected, screened, arms, _doses(arms.values()))


def _doses(arms: Iterable[plan.Arm]) -> dict[tuple[str | None, str], tuple[plan.Dose | None, DoseState]]:
    found: dict[tuple[str | None, str], tuple[plan.Dose | None, DoseState]] = {}
    for arm in arms:
        for name, dose in arm.doses.items():
            found[arm.name, name] = (dose, stated_dose(dose, arm.blinded_as))
            known = found.get((None, name))
            title = dose.title if known is None or known[1].title == dose.title else name
            blinded_as = arm.blinded_as if known is None else known[1].blinded_as
            found[None, name] = (None, DoseState(name, title, dose.route, blinded_as=blinded_as, unknowns=(NO_ARM,)))
    return found


_Ranked = list[tuple[int, Assessing]]


def _assessed(schedule: plan.Schedule) -> dict[str, _Ranked]:
    """What each visit of a schedule (`fu`) or one of its occurrences (`fu.3`) assesses, with the rank of declaration."""
    found: dict[str, _Ranked] = {}
    rank = 0
    for assessment in schedule.assessments:
        plain = assessment.condition is None and not assessment.arms
        for item in assessment.items:
            one = Assessing(assessment, item, Purpose(item) if plain else None)
            for visit in dict.fromkeys(assessment.visits):
                found.setdefault(visit, []).append((rank, one))
            rank += 1
    return found


def _made(ranked: _Ranked) -> Assessed:
    lines = tuple([one for _, one in sorted(ranked, key=lambda pair: pair[0])])
    ready: dict[str, Purpose] = {}
    for one in lines:
        if one.ready is None:
            return Assessed(lines, None)
        ready.setdefault(one.item.name, one.ready)
    return Assessed(lines, tuple(ready.values()))


def _visit_plan(visit: plan.Visit, schedule: SchedulePlan, rank: int, assessed: Mapping[str, _Ranked]) -> VisitPlan:
    always = assessed.get(visit.name, [])
    numbered: dict[int, Assessed] = {}
    if visit.recurrence is not None:
        for key, ranked in assessed.items():
            name, _, number = key.partition(".")
            if name == visit.name and number.isdecimal():
                numbered[int(number)] = _made([*always, *ranked])
    return VisitPlan(visit, schedule, rank, _chained_to(visit.date), _at_anchor(visit.date), _made(always), numbered)


def _chained_to(date: model.Date) -> str | None:
    while isinstance(date, model.Shifted):
        date = date.date
    return date.visit if isinstance(date, model.VisitDate) else None


def _at_anchor(date: model.Date) -> model.Moment | None:
    while isinstance(date, model.Shifted):
        if date.length.count:
            return None
        date = date.date
    return date.moment if isinstance(date, model.MomentDate) else None


_Step = tuple[str, str]


def _steps_of(node: object) -> Iterator[_Step]:
    """The moments and visits that a date (or a condition in it) hangs on; definitions are entered."""
    waiting, seen = [node], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, model.MomentDate):
            yield ("moment", one.moment.name)
        elif isinstance(one, model.VisitDate):
            yield ("visit", one.visit)
        elif isinstance(one, model.DefinedTruth | model.DefinedNumber):
            if id(one.definition) not in seen:
                seen.add(id(one.definition))
                waiting.append(one.definition.body)
        elif one is not None:
            waiting.extend(children(one))


def _last_doses(node: object) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, model.DoseDate):
            if one.which == "last":
                yield one.dose
        elif one is not None:
            waiting.extend(children(one))


@define(eq=False)
class _Links:
    """What hangs on what."""

    protocol: model.Protocol
    down: dict[_Step, tuple[_Step, ...]] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        for moment in self.protocol.moments.values():
            dates = [way.date for way in moment.ways if way.date is not None]
            self.down["moment", moment.name] = tuple(dict.fromkeys(step for date in dates for step in _steps_of(date)))

    def above(self, name: str) -> frozenset[str]:
        """The moments that hang on a moment, itself included."""
        return frozenset(moment for moment in self.protocol.moments if ("moment", name) in self._below([("moment", moment)]))

    def _below(self, steps: Iterable[_Step]) -> set[_Step]:
        waiting, found = list(steps), set[_Step]()
        while waiting:
            step = waiting.pop()
            if step not in found:
                found.add(step)
                waiting.extend(self.down.get(step, ()))
        return found

    def add_visit(self, name: str, visit: plan.Visit) -> None:
        """A visit hangs on what its date, the first day of its range and the start of its repeat hang on."""
        dates = [visit.date, visit.first, None if visit.recurrence is None else visit.recurrence.start]
        self.down["visit", name] = tuple(dict.fromkeys(step for date in dates for step in _steps_of(date)))

    def add_projections(self, givers: Mapping[str, tuple[VisitPlan, ...]]) -> frozenset[str]:
        """Let moments that hang on a last dose hang on the visits that give it, where that closes no circle."""
        projected = set[str]()
        for moment in self.protocol.moments.values():
            step = ("moment", moment.name)
            doses = [dose for way in moment.ways if way.date is not None for dose in _last_doses(way.date)]
            visits = [("visit", giver.visit.name) for dose in doses for giver in givers.get(dose, ())]
            if visits and step not in self._below(visits):
                projected.add(moment.name)
                self.down[step] = (*self.down[step], *visits)
        return frozenset(projected)

    def in_order(self) -> list[_Step]:
        """Every step after those it hangs on (in a circle, which the checker has refused, in any order)."""
        done: dict[_Step, None] = {}
        for root in self.down:
            waiting = [(root, False)]
            entered = set[_Step]()
            while waiting:
                step, below_done = waiting.pop()
                if below_done:
                    done.setdefault(step)
                elif step not in done and step not in entered:
                    entered.add(step)
                    waiting.append((step, True))
                    waiting.extend((below, False) for below in reversed(self.down.get(step, ())))
        return list(done)
