"""What a subject's record may name: the parts, arms, visits, doses and series of a study, with near misses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

from .. import limits
from ..dsl.schedule_model import EARLY
from .words import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..dsl.schedule_model import Study

_KEY: Final = re.compile(r"(?:screening([0-9]{1,6}):)?([^.:]+)(?:\.([0-9]{1,6}))?")


@frozen(eq=False)
class StudyWords:
    """The names of a study; `visits` tells whether one is repeated. `arms`, `visit_parts`: the parts they belong to (None: all)."""

    parts: frozenset[str]
    arms: dict[str, str | None]
    visits: dict[str, bool]
    visit_parts: dict[str, frozenset[str | None]]
    doses: frozenset[str]
    series: frozenset[str]

    def part_problem(self, name: str) -> tuple[str, str] | None:
        """What is wrong with the name of a part, and how to mend it."""
        return None if name in self.parts else _unknown("part", name, self.parts)

    def arm_problem(self, name: str, part: str | None) -> tuple[str, str] | None:
        """What is wrong with the name of an arm of a part."""
        if name not in self.arms:
            return _unknown("arm", name, [arm for arm, of in self.arms.items() if of in (None, part)] or self.arms)
        of = self.arms[name]
        if part is not None and of is not None and of != part and part in self.parts:
            return f"{shown(name)} is an arm of {of}, and the subject is in {part}.", ""
        return None

    def dose_problem(self, name: str) -> tuple[str, str] | None:
        """What is wrong with the name of a dose."""
        return None if name in self.doses else _unknown("dose", name, self.doses)

    def held_problem(self, name: str) -> tuple[str, str] | None:
        """What is wrong with the name of what is held."""
        known = self.doses | self.series
        return None if name in known else _unknown("dose or series", name, known)

    def visit_problem(self, key: str, part: str | None, screenings: int) -> tuple[str, str] | None:
        """What is wrong with a visit's key (`d28`, `fu.3`, `screening2:pre`)."""
        match = _KEY.fullmatch(key)
        if match is None:
            return f"{shown(key)} is no key of a visit.", "Write `d28`, of a repeated visit `fu.3`, after a re-screening `screening2:d28`."
        screening, name, number = match.groups()
        if name != EARLY and name not in self.visits:
            return _unknown("visit", name, [*self.visits, EARLY])
        of = self.visit_parts.get(name)
        if of is not None and part in self.parts and part not in of and None not in of:
            return f"{shown(name)} is no visit of {part}.", ""
        if screening is not None and not 2 <= int(screening) <= max(screenings, 1):
            return f"{shown(key)} belongs to a screening that is not recorded.", "Record every screening under `screenings`."
        if not self.visits.get(name, False):
            return None if number is None else (f"{shown(name)} is no repeated visit.", f"Write `{name}`.")
        if number is None or not 1 <= int(number) <= limits.MAX_REPEATS or number.startswith("0"):
            return f"{shown(name)} is a repeated visit; which one is meant?", f"Write `{name}.1` for the first."
        return None


def words_of(study: Study | None) -> StudyWords:
    """The names of a study; without one there are none."""
    if study is None:
        return StudyWords(frozenset(), {}, {}, {}, frozenset(), frozenset())
    parts: dict[str, set[str | None]] = {}
    visits: dict[str, bool] = {}
    for schedule in study.schedules:
        for visit in schedule.visits:
            visits[visit.name] = visits.get(visit.name, False) or visit.recurrence is not None
            parts.setdefault(visit.name, set()).add(schedule.part)
    return StudyWords(
        frozenset(study.parts),
        {arm.name: arm.part for arm in study.arms.values()},
        visits,
        {name: frozenset(of) for name, of in parts.items()},
        frozenset(name for arm in study.arms.values() for name in arm.doses),
        frozenset(series.name for schedule in study.schedules for series in schedule.series),
    )


def _unknown(kind: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    names = sorted(known)
    near = nearest(name, names)
    some = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    message = f"The rule file has no {kind} {shown(name)}."
    if near:
        return message, f"Did you mean `{near}`?"
    return message, f"There are {some}." if some else f"It declares no {kind}."
