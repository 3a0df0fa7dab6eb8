"""Where visits lie when everything happens on its planned day: days counted from the schedule's anchor. For pictures and grids only.

No subject is looked at. A month counts as 30.4375 days here, so nothing that is decided may rest on these numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from attrs import frozen

from ...dsl import model, schedule_model as plan
from ...limits import MAX_REPEATS

_MONTH = Fraction(487, 16)  # a twelfth of 365.25 days


@frozen
class NominalVisit:
    """Days from the anchor: the targets (several of a repeated visit) and how far the window reaches before and after each.

    Of a range the window reaches back from its last day, the target.
    """

    targets: tuple[int, ...]
    before: int = 0
    after: int = 0


class NominalDays:
    """The planned days of one schedule; whatever hangs on something else than its anchor has none."""

    def __init__(self, schedule: plan.Schedule) -> None:
        self.schedule = schedule
        self.visits: dict[str, NominalVisit] = {}
        self._plans: Mapping[str, plan.Visit] = {visit.name: visit for visit in schedule.visits}
        waiting = list(schedule.visits)
        # Each turn finds those that hang on what is found; the checker has refused circles.
        while waiting:
            found = [visit for visit in waiting if self._place(visit)]
            if not found:
                break
            waiting = [visit for visit in waiting if visit not in found]

    def _place(self, visit: plan.Visit) -> bool:
        if visit.recurrence is not None:
            targets = self.repeated(visit.recurrence)
        else:
            day = self.day(visit.date)
            targets = () if day is None else (day,)
        if not targets:
            return False
        first = None if visit.first is None else self.day(visit.first)
        before, after = (0, 0) if visit.window is None else (length_days(visit.window.before), length_days(visit.window.after))
        self.visits[visit.name] = NominalVisit(targets, before if first is None else max(targets[0] - first, 0), after)
        return True

    def day(self, date: model.Date) -> int | None:
        """A date as days from the anchor."""
        moved = Fraction(0)
        while isinstance(date, model.Shifted | model.VisitDate):
            if isinstance(date, model.VisitDate):
                known = self.visits.get(date.visit)
                return None if known is None else known.targets[0] + round(moved)
            step = _fraction(date.length)
            moved += step if date.direction == "after" else -step
            date = date.date
        if isinstance(date, model.MomentDate):
            base = 0 if date.moment == self.schedule.anchor else self._moment(date.moment)
        else:
            base = self._dose(date) if isinstance(date, model.DoseDate) else None
        return None if base is None else base + round(moved)

    def _moment(self, moment: model.Moment) -> int | None:
        """A moment that is the day of a dose which the schedule plans."""
        dates = [way.date for way in moment.ways if isinstance(way.date, model.DoseDate)]
        return self._dose(dates[0]) if dates else None

    def _dose(self, date: model.DoseDate) -> int | None:
        givers = [visit for visit in self.schedule.visits if date.dose in visit.gives]
        days = [day for visit in givers for day in (self.visits[visit.name].targets if visit.name in self.visits else ())]
        if not days or any(visit.name not in self.visits for visit in givers):
            return None
        return max(days) if date.which == "last" else min(days)

    def repeated(self, repeat: plan.Recurrence) -> tuple[int, ...]:
        """The days of a repeat; without a known end only the first one."""
        start = self.day(repeat.start)
        if start is None:
            return ()
        step = _fraction(repeat.every)
        if step <= 0:
            return (start,)
        if repeat.times is not None:
            times = -(-repeat.times // max(repeat.per_day, 1))
        else:
            date = repeat.end if repeat.end is not None else repeat.until
            end = None if date is None else self.day(date)
            times = 1 if end is None else int((end - start) / step) + 1
        return tuple(start + round(step * number) for number in range(max(min(times, MAX_REPEATS), 1)))


def _fraction(length: model.Length) -> Fraction:
    return _MONTH * length.months if length.months is not None else Fraction(length.days)


def length_days(length: model.Length) -> int:
    """A calendar length in days, months on average."""
    return round(_fraction(length))
