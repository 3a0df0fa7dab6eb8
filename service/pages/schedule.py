"""The page of one subject's schedule as a value: what is late and what comes next, the drawing, and a row for each visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ...engine.dates import format_day, format_partial
from ...engine.schedule.masked import blinded_title
from ...engine.schedule.problem_words import problem_words
from ...engine.schedule.words import ScheduleWords
from .plan_text import sign_words, texts
from .timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...dsl.model import Protocol
    from ...dsl.schedule_model import Study
    from ...engine.explain_words import Lang
    from ...engine.schedule.result import SubjectSchedule, VisitState

OPEN = ("planned", "due", "overdue", "booked")
"""States of visits that are still to take place."""
_SIGNS = {
    "done": "done", "booked": "booked", "planned": "planned", "due": "due", "overdue": "overdue", "missed": "missed",
    "skipped": "skipped", "cancelled": "cancelled",
}  # fmt: skip


@frozen
class Coming:
    """A visit that is late, due or next: its sign, name and day, what is said of the day, and what it is for."""

    key: str
    sign: str
    title: str
    day: str
    note: str
    doses: tuple[str, ...]
    assessments: tuple[str, ...]


@frozen
class VisitRow:
    """One visit in the table. `sign` is drawn beside `status`; `outside`: it took place outside its window.

    `open`: it may be recorded; `kept`: what became of it is told.
    """

    key: str
    title: str
    timing: str
    sign: str
    status: str
    target: str
    window: str
    planned: str
    booked: str
    actual: str
    doses: tuple[str, ...]
    assessments: tuple[str, ...]
    remarks: tuple[str, ...]
    outside: bool
    next: bool
    open: bool
    kept: bool


@frozen
class SchedulePage:
    """All that the page shows, in words of one language."""

    subject: str
    title: str
    head: tuple[str, ...]
    arm: str
    late: tuple[Coming, ...]
    due: tuple[Coming, ...]
    following: tuple[Coming, ...]
    nothing: str
    drawing: Timeline | None
    rows: tuple[VisitRow, ...]
    away: str
    series: tuple[str, ...]
    periods: tuple[str, ...]
    deviations: tuple[str, ...]
    needs: tuple[str, ...]
    problems: tuple[str, ...]


@frozen
class Head:
    """What the head of the page says besides the plan.

    `masked`: something was hidden from the reader. `state`: where the subject stands, in words. `rules`: the version's label.
    """

    site: str
    masked: bool
    state: str
    rules: str


def schedule_page(protocol: Protocol, study: Study, shown: SubjectSchedule, lang: Lang, head: Head) -> SchedulePage:
    """The page of a schedule that was masked for its reader already."""
    return _Page(protocol, study, shown, lang, head).page()


class _Page:
    def __init__(self, protocol: Protocol, study: Study, shown: SubjectSchedule, lang: Lang, head: Head) -> None:
        self.protocol, self.study, self.schedule = protocol, study, shown
        self.say = ScheduleWords(lang, protocol, shown)
        self.head = head
        self.visits = [visit for visit in shown.visits if visit.merged_into is None]

    def page(self) -> SchedulePage:
        """All of it."""
        say, schedule = self.say, self.schedule
        late = [visit for visit in self.visits if visit.status == "overdue"]
        due = [visit for visit in self.visits if visit.status == "due"]
        following = [visit for visit in self.visits if visit.status in ("planned", "booked")][:1]
        unknown = any(visit.status in ("unknown", "undetermined") for visit in self.visits)
        away = [say.visit(visit) for visit in self.visits if visit.status == "not applicable"]
        found = [f"{say.on(one.day)}: {say.deviation(one)}" if one.day is not None else say.deviation(one) for one in schedule.deviations]
        return SchedulePage(
            schedule.subject,
            say.w.title(self.protocol.title, self.protocol.titles, self.protocol.name),
            tuple(self._head()),
            self._arm(),
            tuple(self._coming(visit) for visit in late),
            tuple(self._coming(visit) for visit in due),
            tuple(self._coming(visit) for visit in following),
            "" if late or due or following else say("nothing known" if unknown else "nothing next"),
            timeline(schedule, say, sign_words(say.lang)),
            tuple(self._row(visit) for visit in self.visits if visit.status != "not applicable"),
            say("not applicable list", say.w.chain(away)) if away else "",
            tuple(say.series(one) for one in schedule.series),
            tuple(say.period(one) for one in schedule.periods),
            tuple(found),
            tuple(say("need for", text, say.w.listed(names)) for text, names in say.needs()),
            problem_words(schedule.problems, say.lang),
        )

    def _head(self) -> Iterator[str]:
        say, schedule = self.say, self.schedule
        yield say("head.asof", say.on(schedule.as_of))
        yield say("head.site", self.head.site)
        yield self.head.state
        if schedule.part is not None and schedule.part in self.study.parts:
            yield say("head.part", say.title(self.study.parts[schedule.part]))
        for name, day in schedule.anchors.items():
            title = say.names.get(name, name)
            if day is None:
                yield say("head.anchor unset", title)
            else:
                yield say("head.anchor" if name in schedule.anchors_given else "head.anchor planned", title, format_day(day))
        yield texts(say.lang)["rules_version"].format(self.head.rules)

    def _arm(self) -> str:
        say, schedule = self.say, self.schedule
        blinded = blinded_title(self.study, schedule)
        if schedule.arm is not None:
            return say("head.arm" if blinded is None else "head.arm unblinded", say.title(self.study.arms[schedule.arm]))
        if self.head.masked and blinded is not None:
            return say("head.arm masked", blinded)
        if not self.head.masked and self.study.arms_of(schedule.part):
            return say("head.no arm")
        return ""

    def _coming(self, visit: VisitState) -> Coming:
        say = self.say
        window = visit.shown_window or visit.window
        if visit.status == "overdue":
            note = "" if window is None else say("window closed", format_day(window[1]), say.distance(window[1]))
        elif visit.status == "due" and window is not None:
            note = say("window until", say.w.chain([say.on(window[1]), say.distance(window[1])]))
        else:
            parts = [say("status.booked") if visit.status == "booked" else "", "" if visit.day is None else say.distance(visit.day)]
            parts.append(say("window of", say.days(window)) if window is not None and window[0] < window[1] else "")
            note = say.w.chain([part for part in parts if part])
        doses = tuple(say.dose(dose, future=True) for dose in visit.doses)
        return Coming(visit.key, _SIGNS[visit.status], say.shown(visit), say.day_of(visit), note, doses, tuple(say.assessments(visit)))

    def _row(self, visit: VisitState) -> VisitRow:
        say = self.say
        future = visit.status in OPEN
        window = visit.shown_window or visit.window
        moved = visit.planned is not None and visit.planned != visit.target
        planned = "" if visit.planned is None or (visit.actual is not None and not moved) else format_day(visit.planned)
        return VisitRow(
            visit.key,
            say.shown(visit),
            "" if visit.timing.casefold() == visit.title.casefold() else say.timing(visit.timing),
            "outside" if visit.status == "done" and visit.deviation_days else _SIGNS.get(visit.status, "unknown"),
            say.status(visit),
            "" if visit.target is None else format_day(visit.target),
            say.days(window),
            planned,
            "" if visit.booked is None else clock_text(format_partial(visit.booked)),
            "" if visit.actual is None else clock_text(format_partial(visit.actual)),
            tuple(say.dose(dose, future=future) for dose in visit.doses),
            tuple(say.assessments(visit)),
            tuple(say.remarks(visit)),
            bool(visit.deviation_days),
            visit.key == self.schedule.next_due,
            future and visit.visit is not None,
            visit.status in ("done", "missed", "skipped") and visit.visit is not None,
        )


def clock_text(text: str) -> str:
    """`2026-05-04 08:30` of `2026-05-04T08:30+08:00`: times are shown as the site's clock had them."""
    day, at, time = text.partition("T")
    return f"{day} {time[:5]}" if at else day


def visit_lines(page: SchedulePage) -> Iterator[list[object]]:
    """The visits as lines of a table, heads first."""
    yield ["visit", "title", "target", "window", "planned", "booked", "took_place", "state", "doses", "assessments", "remarks"]
    for row in page.rows:
        texts_of = ["; ".join(part) for part in (row.doses, row.assessments, row.remarks)]
        yield [row.key, row.title, row.target, row.window, row.planned, row.booked, row.actual, row.status, *texts_of]
