"""A planned move as a value: the sentence, what shifts, what leaves its window, which calendar events and feeds change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ...engine.calendar.occurrences import CalendarSettings, course_of
from ...engine.dates import format_day
from ...engine.schedule.problem_words import problem_words
from ...engine.schedule.words import ScheduleWords
from .plan_text import texts

if TYPE_CHECKING:
    from ...canonical import Json
    from ...dsl.model import Protocol
    from ...engine.calendar.identity import OccurrenceKey
    from ...engine.calendar.occurrence import Occurrence
    from ...engine.explain_words import Lang
    from ...engine.schedule.move import MovePlan, Stretch, VisitShift

SCHEMA = "trialrules/move-plan/1"


@frozen
class ShiftRow:
    """A visit whose day changes; `warn`: it lies outside its window afterwards."""

    key: str
    title: str
    old: str
    new: str
    by: str
    window: str
    warn: bool
    own: bool


@frozen
class MovePage:
    """What follows from a move; with `problems` it can't be made."""

    key: str
    title: str
    sentence: str
    own_window: str
    warn: bool
    closed: str
    shifts: tuple[ShiftRow, ...]
    others: tuple[str, ...]
    events: tuple[str, ...]
    problems: tuple[str, ...]


def move_page(protocol: Protocol, plan: MovePlan, lang: Lang, *, site: str, short_name: str) -> MovePage:
    """The page of a plan; nothing in it tells an arm: the schedule's own words for the visits are used."""
    say = ScheduleWords(lang, protocol, plan.after or plan.before)
    title = say.named(plan.key)
    if plan.after is None:
        return MovePage(
            plan.key, title, "", "", warn=False, closed="", shifts=(), others=(), events=(), problems=problem_words(plan.problems, lang)
        )
    own = next((shift for shift in plan.shifts if shift.key == plan.key), None)
    if own is None or own.old is None or own.new is None:
        sentence = say("move none", plan.before.subject, title, say.on(plan.day))
    else:
        sentence = say("move", plan.before.subject, title, say.on(own.old), say.on(own.new), _by(say, own.new - own.old))
    rows = tuple(_row(say, shift, plan.key) for shift in plan.shifts)
    others = [_stretch(say, one) for one in plan.stretches]
    others += [say(f"move {one.kind}", say.named(one.key), say.named(one.other)) for one in plan.joinings]
    return MovePage(
        plan.key,
        title,
        sentence,
        next((row.window for row in rows if row.own), ""),
        warn=any(row.warn for row in rows),
        closed="" if plan.closed is None else say("move closed", plan.closed or say("remark.closed day")),
        shifts=rows,
        others=tuple(others),
        events=tuple(_events(protocol, plan, say, site, short_name)),
        problems=(),
    )


def move_json(page: MovePage, subject: str, version: int) -> dict[str, Json]:
    """The plan for programs."""
    shifts: list[Json] = [
        {"visit": row.key, "title": row.title, "from": row.old, "to": row.new, "window": row.window, "outside": row.warn}
        for row in page.shifts
    ]
    return {
        "schema": SCHEMA,
        "subject": subject,
        "version": version,
        "visit": page.key,
        "text": page.sentence,
        "closed": page.closed or None,
        "shifts": shifts,
        "others": list(page.others),
        "events": list(page.events),
        "problems": list(page.problems),
    }


def _by(say: ScheduleWords, days: int) -> str:
    return say.count("move later" if days > 0 else "move sooner", abs(days))


def _row(say: ScheduleWords, shift: VisitShift, key: str) -> ShiftRow:
    old = "" if shift.old is None else say.on(shift.old)
    new = say("move gone") if shift.new is None else say.on(shift.new)
    by = "" if shift.old is None or shift.new is None else _by(say, shift.new - shift.old)
    return ShiftRow(shift.key, say.named(shift.key), old, new, by, _window(say, shift), bool(shift.outside), shift.key == key)


def _window(say: ScheduleWords, shift: VisitShift) -> str:
    if shift.new is None or shift.window is None:
        return ""
    window = say.days(shift.window)
    if shift.outside:
        how = say.count("early" if shift.outside < 0 else "late", abs(shift.outside))
        return say("move leaves window" if shift.leaves_window else "move outside window", window, how)
    left = shift.window[1] - shift.new
    return say.w.chain([say("move in window", window), texts(say.lang)["day_left" if left == 1 else "days_left"].format(left)])


def _stretch(say: ScheduleWords, one: Stretch) -> str:
    title = next((say.w.title(p.title, p.titles, p.key) for p in say.schedule.periods if p.key == one.key), "")
    title = title or next((say.title(s.series) for s in say.schedule.series if s.key == one.key), one.title)
    # An obligation has no first day: it holds from now on.
    lasting = one.old[0] is None and one.new[0] is None
    shown = [" … ".join("?" if day is None else format_day(day) for day in (days[1:] if lasting else days)) for days in (one.old, one.new)]
    return say("move until" if lasting else "move stretch", title, *shown)


def _events(protocol: Protocol, plan: MovePlan, say: ScheduleWords, site: str, short_name: str) -> list[str]:
    """The calendar events that the move changes, in words."""
    if plan.after is None:
        return []
    settings = CalendarSettings(protocol.name, short_name, protocol.timezone, site)
    old = {one.key: one for one in course_of(plan.before, settings).occurrences}
    new = {one.key: one for one in course_of(plan.after, settings).occurrences}
    series = {one.key: say.title(one.series) for one in say.schedule.series}
    lines = []
    for key in sorted(old.keys() | new.keys()):
        how = _change(old.get(key), new.get(key))
        if how is not None and key.kind in ("visit", "window", "series"):
            owner = _owner(key)
            title = series.get(owner) or say.named(owner)
            lines.append(say("move event", say("move event window", title) if key.kind == "window" else title, say(f"move event.{how}")))
    return lines


def _change(old: Occurrence | None, new: Occurrence | None) -> str | None:
    if old == new:
        return None
    return "new" if old is None else "gone" if new is None else "changed"


def _owner(key: OccurrenceKey) -> str:
    timeline = f"{key.timeline}:" if key.timeline else ""
    return f"{timeline}{key.visit}" + (f".{key.repeat}" if key.repeat else "")
