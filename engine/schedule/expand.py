"""Planned and actual: a checked study and one subject's course become the subject's schedule, as of an instant. Pure and bounded.

Whatever is wrong with the course (a visit that no schedule has, a date after now, an arm that does not exist) is said in `problems`,
and the rest is expanded all the same; nothing is raised. The order of the records does not matter.
"""

from __future__ import annotations

from ...dsl import model, schedule_model as plan
from ...limits import MAX_DIAGNOSTICS, MAX_VISITS
from ..dates import PartialDate, format_day, step
from ..outcome import Unknown
from ..subject import Screening, Subject
from .closed import NO_CLOSED_DAYS, ClosedDays
from .deviations import Course, deviations
from .merge import merged
from .plans import SCREENING, PartPlan, SchedulePlan, part_plan
from .recorded import NOTHING, book_of, enter_anchor
from .repeats import occurrences, periods, series_state
from .result import UNSCHEDULED, Deviation, SeriesState, SubjectSchedule, VisitState
from .states import purposes, visit_state, with_record
from .timeline import Case, Ending, Timeline

_LAST = 1 << 40


def expand(protocol: model.Protocol, subject: Subject, now: PartialDate, closed: ClosedDays = NO_CLOSED_DAYS) -> SubjectSchedule:
    """The schedule of one subject.

    Args:
        protocol: a checked rule file; without schedules the result is empty and says so.
        subject: the patient's record and the course in the study.
        now: the day up to which everything counts.
        closed: days on which sites are closed.
    """
    study = protocol.study
    if study is None or not study.schedules:
        return SubjectSchedule(subject.number, now.last, subject.part, subject.arm, (), problems=("The rule file has no schedule.",))
    problems: list[str] = []
    part = _part(study, subject, problems)
    case = _case(part_plan(protocol, part), subject, now, closed)
    problems.extend(case.book.problems)
    case.book.problems = problems
    case.end = _ending(subject, now, problems)
    case.arm = _arm(case.plan, subject, problems)
    timelines = _timelines(case)
    for timeline in timelines:
        timeline.work_out()
    return _schedule(case, timelines)


def _schedule(case: Case, timelines: list[Timeline]) -> SubjectSchedule:
    current, subject = timelines[-1], case.subject
    visits, series = _visits(case, timelines)
    extra = [*_unscheduled(case), *_early_termination(current)]
    _report_unknown_keys(case, visits, extra)
    visits.extend(extra)
    found = deviations(Course(case, {one.number: one for one in timelines}, tuple(visits)))
    shown = merged(visits, case.book.visits)
    along = {visit.key for visit in shown if visit.status == "done"}
    kept = tuple([one for one in found if not (one.kind == "overdue" and one.key in along)])
    shown.sort(key=_order)
    anchors = {moment.name: current.moments[moment.name] for moment in case.plan.anchors}
    return SubjectSchedule(
        subject=subject.number,
        as_of=case.today,
        part=case.plan.part,
        arm=None if case.arm is None else case.arm.name,
        visits=tuple(shown),
        series=tuple(series),
        periods=tuple(periods(current)),
        deviations=(*kept, *_unscheduled_deviations(case, extra)),
        next_due=_next_due(shown),
        anchors={name: state.date.first if state.date is not None and state.date.exact else None for name, state in anchors.items()},
        anchors_given=frozenset(name for name, state in anchors.items() if state.status == "given"),
        problems=_bounded(case.book.problems),
    )


def _bounded(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - MAX_DIAGNOSTICS
    return tuple(problems) if more <= 0 else (*problems[:MAX_DIAGNOSTICS], f"There are {more} more problems.")


def _order(visit: VisitState) -> tuple[int, tuple[int, int, int]]:
    day = visit.day
    return (_LAST if day is None else day, visit.order)


def _next_due(visits: list[VisitState]) -> str | None:
    """The first visit, in order of day, that is still to come: planned, booked, or due by now."""
    return next((visit.key for visit in visits if visit.status in ("planned", "booked", "due") and visit.merged_into is None), None)


# ---------------------------------------------------------------- who the subject is


def _part(study: plan.Study, subject: Subject, problems: list[str]) -> str | None:
    """The subject's part: the recorded one, else the arm's, else the only one."""
    if subject.part is not None:
        if subject.part in study.parts:
            return subject.part
        problems.append(f"The study has no part {subject.part}.")
    arm = None if subject.arm is None else study.arms.get(subject.arm)
    if arm is not None and arm.part is not None:
        return arm.part
    if len(study.parts) == 1:
        return next(iter(study.parts))
    if study.parts and subject.part is None:
        problems.append(f"The subject is in no part of the study yet: {', '.join(study.parts)}.")
    return None


def _arm(part: PartPlan, subject: Subject, problems: list[str]) -> plan.Arm | None:
    if subject.arm is None:
        return next(iter(part.arms.values())) if len(part.arms) == 1 else None
    found = part.arms.get(subject.arm)
    if found is None:
        problems.append(f"There is no arm {subject.arm} here; there are {', '.join(part.arms) or 'none'}.")
    return found


def _case(part: PartPlan, subject: Subject, now: PartialDate, closed: ClosedDays) -> Case:
    book = book_of(subject, now)
    for visit in part.at_anchor:
        moment = visit.schedule.schedule.anchor.name
        date = subject.patient.moments.get(moment)
        if date is not None and date.exact and date.first <= now.last and not (visit.schedule.screened and len(subject.screenings) > 1):
            enter_anchor(book, visit.visit.name, moment, date)
    return Case(part, subject, now, book, closed.of_site(subject.site))


def _ending(subject: Subject, now: PartialDate, problems: list[str]) -> Ending | None:
    """The end of the subject's part in the study, if it has been reached; without one, a last screening that failed."""
    end = subject.end
    if end is not None:
        if end.date.first <= now.last:
            return Ending(end.status, end.date.first if end.date.exact else None, min(end.date.last, now.last), end.reason)
        problems.append(f"The end ({end.status} on {end.date}) is after {now}; it does not count yet.")
    last = max(subject.screenings, key=_screened_on, default=None)
    if last is not None and last.failed and last.date.first <= now.last:
        return Ending(None, None, min(last.date.last, now.last), last.reason)
    return None


def _screened_on(screening: Screening) -> tuple[int, int, bool]:
    return (screening.date.first, screening.date.last, screening.failed)


def _timelines(case: Case) -> list[Timeline]:
    """One timeline for each screening (one, if nothing hangs on it), the earlier ones ending where the next begins."""
    screenings = sorted(case.subject.screenings, key=_screened_on)
    given = case.subject.patient.moments.get(SCREENING)
    if given is not None and screenings and screenings[-1].date.first != given.first:
        case.book.problems.append(f"The record gives the screening on {given}, the last one was on {screenings[-1].date}; {given} stands.")
    if len(screenings) < 2 or not any(one.screened for one in case.plan.schedules):
        return [Timeline(case, screening=screenings[-1].date if screenings else None)]
    most = max(1, MAX_VISITS // max(len(case.plan.visits), 1))
    if len(screenings) > most:
        case.book.problems.append(f"{len(screenings)} screenings are recorded; the last {most} are shown.")
    found = []
    for index in range(max(0, len(screenings) - most), len(screenings)):
        last = index + 1 == len(screenings)
        prefix = f"screening{index + 1}:" if index else ""
        until = None if last else screenings[index + 1].date.first
        found.append(Timeline(case, index + 1, prefix, screenings[index].date, until))
    return found


# ---------------------------------------------------------------- visits


def _visits(case: Case, timelines: list[Timeline]) -> tuple[list[VisitState], list[SeriesState]]:
    visits: list[VisitState] = []
    series: list[SeriesState] = []
    for timeline in timelines:
        for one in case.plan.schedules:
            if timeline.until is not None and not one.screened:
                continue
            _of_schedule(timeline, one, visits)
            if timeline.until is None and one.schedule.series:
                last = _last_planned(timeline, one)
                series.extend(series_state(timeline, one, line, last) for line in one.schedule.series)
        if len(visits) > MAX_VISITS:
            case.book.problems.append(f"There are more than {MAX_VISITS} visits; only those are shown.")
            del visits[MAX_VISITS:]
            break
    return visits, series


def _of_schedule(timeline: Timeline, one: SchedulePlan, visits: list[VisitState]) -> None:
    last: int | None = None
    for visit in one.schedule.visits:
        if visit.recurrence is None:
            visits.append(visit_state(timeline, timeline.slots[visit.name]))
            continue
        if last is None:
            last = _last_planned(timeline, one)
        visits.extend(visit_state(timeline, slot) for slot in occurrences(timeline, timeline.slots[visit.name].plan, last))
        if len(visits) > MAX_VISITS:
            return


def _last_planned(timeline: Timeline, one: SchedulePlan) -> int | None:
    """The last day on which a schedule plans a visit: where a repeat is drawn to whose end is not known."""
    days = [timeline.slots[visit.name].planned for visit in one.schedule.visits]
    return max((day for day in days if day is not None), default=None)


def _early_termination(timeline: Timeline) -> list[VisitState]:
    """The visit that ends the study early: due on the day of the end, for those who withdrew or failed the screening."""
    case = timeline.case
    end = case.end
    one = next((schedule for schedule in case.plan.schedules if schedule.schedule.early_termination is not None), None)
    if one is None or one.schedule.early_termination is None or end is None or end.status not in ("withdrawn", "screen failed"):
        return []
    line = one.schedule.early_termination
    record = case.book.visits.get(plan.EARLY, NOTHING)
    unknowns = () if end.day is not None else (Unknown("date too coarse", detail="end"),)
    window = None if end.day is None else (end.day, step(end.day, line.within, 1, case.plan.protocol.months))
    state = VisitState(
        plan.EARLY,
        plan.EARLY,
        line.title,
        f"within {line.within.count} {line.within.unit}",
        (timeline.number, len(case.plan.visits), 0),
        "unknown",
        target=end.day,
        planned=end.day,
        window=window,
        shown_window=window,
        purposes=purposes(timeline, one.early),
        titles=line.notes.titles,
        unknowns=unknowns,
    )
    return [with_record(state, record, case.today)]


def _unscheduled(case: Case) -> list[VisitState]:
    """Visits that no schedule asked for; their keys are their days, so that a later one leaves earlier keys alone."""
    found: list[VisitState] = []
    seen: dict[int, int] = {}
    ordered = sorted(case.subject.unscheduled, key=lambda one: (one.date.first, one.date.last, one.title or "", one.reason or ""))
    if len(ordered) > MAX_VISITS:
        case.book.problems.append(f"{len(ordered)} unscheduled visits are recorded; the first {MAX_VISITS} are shown.")
    for number, one in enumerate(ordered[:MAX_VISITS]):
        day = one.date.first
        seen[day] = seen.get(day, 0) + 1
        key = f"{UNSCHEDULED}:{format_day(day)}" + (f".{seen[day]}" if seen[day] > 1 else "")
        done = day <= case.today
        found.append(
            VisitState(
                key,
                UNSCHEDULED,
                one.title or "",
                "",
                (_LAST, number, 0),
                "done" if done else "booked",
                planned=day if one.date.exact else None,
                booked=None if done else one.date,
                actual=one.date if done else None,
                reason=one.reason,
            )
        )
    return found


def _unscheduled_deviations(case: Case, extra: list[VisitState]) -> list[Deviation]:
    if any(one.schedule.unscheduled_allowed for one in case.plan.schedules):
        return []
    return [Deviation("unscheduled", visit.key, visit.day) for visit in extra if visit.name == UNSCHEDULED and visit.status == "done"]


def _report_unknown_keys(case: Case, visits: list[VisitState], extra: list[VisitState]) -> None:
    known = {visit.key for visit in visits} | {visit.key for visit in extra}
    for key in case.book.visits:
        if key in known:
            continue
        if key == plan.EARLY:
            case.book.problems.append(f"{key}: the subject has not ended the study early, or the protocol has no such visit.")
        else:
            case.book.problems.append(f"{key}: the schedule of this subject has no such visit.")
