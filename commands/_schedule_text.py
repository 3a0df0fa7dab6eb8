"""A subject's schedule as text: what is late and what comes next, then every visit along its days, then what lasts, deviates and lacks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from ..engine.dates import format_day
from ..engine.schedule.masked import blinded_title
from ..engine.schedule.problem_words import problem_words
from ..engine.schedule.words import ScheduleWords
from ._render_text import pad, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..dsl.model import Protocol
    from ..dsl.schedule_model import Study
    from ..engine.explain_words import Lang
    from ..engine.schedule.result import SubjectSchedule, VisitState

_COLUMNS = 110
"""Where lists of assessments are wrapped."""
_MARKS = {
    "done": "✓", "overdue": "!", "missed": "!", "skipped": "–", "cancelled": "–",
    "booked": "▸", "due": "▸", "planned": " ", "unknown": "?", "undetermined": "?",
}  # fmt: skip
_COLOURS = {"✓": "green", "!": "red", "▸": "cyan", "?": "yellow", "–": "bright_black"}


class SchedulePage:
    """The page of one subject."""

    def __init__(
        self, protocol: Protocol, study: Study, schedule: SubjectSchedule, lang: Lang, *, site: str | None, details: bool, masked: bool
    ) -> None:
        self.protocol = protocol
        self.study = study
        self.schedule = schedule
        self.say = ScheduleWords(lang, protocol, schedule)
        self.site = site
        self.details = details
        self.masked = masked
        self.visits = [visit for visit in schedule.visits if visit.merged_into is None]

    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        say, schedule = self.say, self.schedule
        title = say.w.title(self.protocol.title, self.protocol.titles, self.protocol.name)
        yield click.style(f"{schedule.subject}  {title}", bold=True)
        yield " · ".join(self._head())
        yield from self._coming()
        yield from self._section(say("visits"), self._timeline(), indent=2)
        yield from self._section(say("series"), [say.series(one) for one in schedule.series])
        yield from self._section(say("periods"), [say.period(one) for one in schedule.periods])
        found = [f"{say.on(one.day)}  {say.deviation(one)}" if one.day is not None else say.deviation(one) for one in schedule.deviations]
        yield from self._section(say("deviations"), found)
        yield from self._section(say("unknowns"), [say("need for", text, say.w.listed(names)) for text, names in say.needs()])
        yield from self._section(say("problems"), problem_words(schedule.problems, say.lang))
        yield ""
        yield click.style(say("legend"), fg="bright_black")

    def _head(self) -> Iterator[str]:
        say, schedule = self.say, self.schedule
        yield say("head.asof", say.on(schedule.as_of))
        if self.site:
            yield say("head.site", self.site)
        if schedule.part is not None and schedule.part in self.study.parts:
            yield say("head.part", say.title(self.study.parts[schedule.part]))
        blinded = blinded_title(self.study, schedule)
        if schedule.arm is not None:
            yield say("head.arm" if blinded is None else "head.arm unblinded", say.title(self.study.arms[schedule.arm]))
        elif self.masked and blinded is not None:
            yield say("head.arm masked", blinded)
        elif not self.masked and self.study.arms_of(schedule.part):
            yield say("head.no arm")
        for name, day in schedule.anchors.items():
            title = say.names.get(name, name)
            if day is None:
                yield say("head.anchor unset", title)
            else:
                yield say("head.anchor" if name in schedule.anchors_given else "head.anchor planned", title, format_day(day))
        yield say("head.rules", self.protocol.sha256[:12])

    def _section(self, head: str, lines: Iterable[str], indent: int = 2) -> Iterator[str]:
        body = list(lines)
        if body:
            yield ""
            yield click.style(head, bold=True)
            yield from (f"{' ' * indent}{line}" for line in body)

    # ---------------------------------------------------------------- what is late, and what comes next

    def _coming(self) -> Iterator[str]:
        say = self.say
        late = [visit for visit in self.visits if visit.status == "overdue"]
        due = [visit for visit in self.visits if visit.status == "due"]
        yield from self._section(click.style(say("overdue"), fg="red"), [line for visit in late for line in self._one(visit)])
        yield from self._section(say("due now"), [line for visit in due for line in self._one(visit)])
        following = [visit for visit in self.visits if visit.status in ("planned", "booked")][:1]
        if following or not (late or due):
            lines = [line for visit in following for line in self._one(visit)]
            unknown = any(visit.status in ("unknown", "undetermined") for visit in self.visits)
            yield from self._section(say("next"), lines or [say("nothing known" if unknown else "nothing next")])

    def _one(self, visit: VisitState) -> Iterator[str]:
        """One visit with all that it is for."""
        say = self.say
        day = visit.day
        if day is None:
            return
        window = visit.shown_window or visit.window
        if visit.status == "overdue":
            yield say("overdue line", say.shown(visit), say.on(day), self._closed(window))
        elif visit.status == "due" and window is not None:
            last = say.w.chain([say.on(window[1]), say.distance(window[1])])
            yield say("next on", say.shown(visit), say.day_of(visit), say("window until", last))
        else:
            about = [say("status.booked") if visit.status == "booked" else "", say.distance(day)]
            about += [say("window of", say.days(window)) if window is not None and window[0] < window[1] else ""]
            yield say("next on", say.shown(visit), say.day_of(visit), say.w.chain(about))
        yield from self._purposes(visit, full=True)

    def _closed(self, window: tuple[int, int] | None) -> str:
        return "" if window is None else self.say("window closed", format_day(window[1]), self.say.distance(window[1]))

    def _purposes(self, visit: VisitState, *, full: bool) -> Iterator[str]:
        say = self.say
        future = visit.status in ("planned", "booked", "due", "overdue")
        yield from (f"    ● {say.dose(dose, future=future)}" for dose in visit.doses)
        found = say.assessments(visit)
        if found and full:
            text = say("assess list", say.w.clauses(found))
            yield from (f"    {line}" for line in _wrapped(text))
        yield from (f"    {text}" for text in say.remarks(visit))

    # ---------------------------------------------------------------- all visits

    def _timeline(self) -> Iterator[str]:
        say = self.say
        shown = [visit for visit in self.visits if visit.status != "not applicable"]
        rows = []
        for visit in shown:
            window = visit.shown_window or visit.window
            number = len(say.assessments(visit))
            about = say.count("assessments count", number) if number else ""
            rows.append((self._mark(visit), say.day_of(visit), say.shown(visit), say.status(visit), say.days(window), about))
        widths = [max((width(row[at]) for row in rows), default=0) for at in range(6)]
        for visit, row in zip(shown, rows, strict=True):
            cells = [pad(cell, columns) for cell, columns in zip(row, widths, strict=True)]
            left, right = "  ".join(cells[:4]), "  ".join(cells[4:]).rstrip()
            left = left if right else left.rstrip()
            coloured = click.style(left, fg=_COLOURS[row[0]]) if row[0] in _COLOURS else left
            yield f"{coloured}  {right}" if right else coloured
            coming = visit.status in ("overdue", "due") or visit.key == self.schedule.next_due
            if self.details or not coming:
                # What is coming stands above already, with all that belongs to it.
                yield from self._purposes(visit, full=self.details)
        away = [say.visit(visit) for visit in self.visits if visit.status == "not applicable"]
        if away:
            yield say("not applicable list", say.w.chain(away))

    def _mark(self, visit: VisitState) -> str:
        return "▸" if visit.key == self.schedule.next_due else _MARKS.get(visit.status, " ")


def _wrapped(text: str) -> list[str]:
    """A long list in lines; Chinese has no blanks to break at and is broken behind its marks."""
    if width(text) == len(text):
        return textwrap.wrap(text, _COLUMNS, subsequent_indent="  ")
    lines, line = [], ""
    for piece in text.replace("；", "；\n").split("\n"):
        if line and width(line) + width(piece) > _COLUMNS:
            lines.append(line)
            line = "  "
        line += piece
    return [*lines, line]
