"""A schedule as it may be shown: without arm, amounts and whatever follows from them. What is left is the same under every allocation."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from ...dsl import schedule_model as plan
from .result import UNSCHEDULED, Deviation, DoseState, SubjectSchedule, VisitState
from .states import NOT_GIVEN


def blinded_title(study: plan.Study, schedule: SubjectSchedule) -> str | None:
    """What everyone reads in place of the arm; None in an open part."""
    return next((arm.blinded_as for arm in study.arms_of(schedule.part) if arm.blinded_as is not None), None)


def masked(study: plan.Study, schedule: SubjectSchedule, *, public: bool = False) -> SubjectSchedule:
    """The schedule without what tells the arm, in a blinded part; others come back as they are.

    Args:
        study: the study whose arms are blinded, or not.
        schedule: what `expand` gave.
        public: for readers outside the site: open parts too lose arm and amounts, and reasons that somebody wrote are left out.

    Returns:
        The masked schedule. Why an amount is unknown goes too: only an arm that is dosed by weight misses a weight.
    """
    blinded = blinded_title(study, schedule)
    if blinded is None and not public:
        return schedule
    titles = _dose_titles(study, schedule.part)
    visits = tuple(_visit(visit, titles, public=public) for visit in schedule.visits)
    found = tuple(_deviation(one) for one in schedule.deviations)
    return evolve(schedule, arm=None, visits=visits, deviations=found)


def _dose_titles(study: plan.Study, part: str | None) -> dict[str, str]:
    """What everyone may read of each dose: the text of the blinded arms, or the title that it has in every arm."""
    found: dict[str, dict[str, None]] = {}
    for arm in study.arms_of(part):
        for name, dose in arm.doses.items():
            found.setdefault(name, {})[arm.blinded_as or dose.title] = None
    return {name: next(iter(titles)) if len(titles) == 1 else name for name, titles in found.items()}


def _visit(visit: VisitState, titles: Mapping[str, str], *, public: bool) -> VisitState:
    doses = tuple(_dose(dose, titles.get(dose.name, dose.name), public=public) for dose in visit.doses)
    # A line for one arm alone is refused in blinded parts; what is missing for an open part's arm is nobody's business outside.
    if not public:
        return evolve(visit, doses=doses)
    # What somebody wrote in words may tell a symptom or a diagnosis: the title of an unscheduled visit too.
    return evolve(visit, doses=doses, reason=None, title="" if visit.name == UNSCHEDULED else visit.title)


def _dose(dose: DoseState, title: str, *, public: bool) -> DoseState:
    given = None if dose.given is None else NOT_GIVEN if dose.given == NOT_GIVEN else "given"
    held = None if dose.held is None else "" if public else dose.held
    return DoseState(dose.name, title, held=held, given=given, blinded_as=dose.blinded_as or title)


def _deviation(one: Deviation) -> Deviation:
    """A dose deviation without its amounts; others say nothing of the arm."""
    if one.kind != "dose":
        return one
    name, _, what = one.detail.partition(": ")
    return one if what in (NOT_GIVEN, "given while held", "not planned") else evolve(one, detail=f"{name}: another amount")


def unmasked(schedule: SubjectSchedule) -> SubjectSchedule:
    """The schedule of a subject whose arm may be seen: doses are shown as what they are."""
    visits = tuple(
        evolve(visit, doses=tuple(evolve(dose, blinded_as=None) for dose in visit.doses)) if visit.doses else visit
        for visit in schedule.visits
    )
    return evolve(schedule, visits=visits)
