"""A planned move in words: what shifts by how many days, what leaves its window, what joins or parts, which calendar events change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click
from attrs import frozen

from ..engine.calendar.identity import OccurrenceKey
from ..engine.dates import format_day
from ..engine.schedule.words import ScheduleWords
from ._soa_render import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..dsl.model import Protocol
    from ..engine.explain_words import Lang
    from ..engine.schedule.move import MovePlan, Stretch, VisitShift


EventChange = Literal["new", "changed", "gone"]


@frozen
class MovedEvent:
    """A calendar event that changes."""

    key: OccurrenceKey
    how: EventChange

    @property
    def owner(self) -> str:
        """The key of its visit or series in the schedule."""
        timeline = f"{self.key.timeline}:" if self.key.timeline else ""
        return f"{timeline}{self.key.visit}" + (f".{self.key.repeat}" if self.key.repeat else "")


def move_lines(protocol: Protocol, plan: MovePlan, lang: Lang) -> Iterator[str]:
    """The plan, the visit itself first."""
    say = ScheduleWords(lang, protocol, plan.after or plan.before)
    own = next((shift for shift in plan.shifts if shift.key == plan.key), None)
    if own is None or own.old is None or own.new is None:
        yield click.style(say("move none", plan.before.subject, say.named(plan.key), say.on(plan.day)), bold=True)
    else:
        text = say("move", plan.before.subject, say.named(own.key), say.on(own.old), say.on(own.new), _by(say, own.new - own.old))
        yield click.style(text, bold=True)
    if plan.closed is not None:
        yield "  " + click.style(say("move closed", plan.closed or say("remark.closed day")), fg="yellow")
    rows = [_shift(say, shift) for shift in plan.shifts]
    if rows:
        yield ""
        yield click.style(say("move shifts"), bold=True)
        yield from (f"  {line}" for line in table(rows))
    for stretch in plan.stretches:
        yield f"  {_stretch(say, stretch)}"
    for joining in plan.joinings:
        yield "  " + say(f"move {joining.kind}", say.named(joining.key), say.named(joining.other))


def _by(say: ScheduleWords, days: int) -> str:
    return say.count("move later" if days > 0 else "move sooner", abs(days))


def _shift(say: ScheduleWords, shift: VisitShift) -> tuple[str, ...]:
    old = "" if shift.old is None else say.on(shift.old)
    new = say("move gone") if shift.new is None else say.on(shift.new)
    by = "" if shift.old is None or shift.new is None else _by(say, shift.new - shift.old)
    return (say.named(shift.key), old, "→", new, by, _window(say, shift))


def _window(say: ScheduleWords, shift: VisitShift) -> str:
    """Whether the new day lies in the window, and whether that is news."""
    if shift.new is None or shift.window is None:
        return ""
    window = say.days(shift.window)
    if not shift.outside:
        return say("move in window", window)
    how = say.count("early" if shift.outside < 0 else "late", abs(shift.outside))
    text = say("move leaves window" if shift.leaves_window else "move outside window", window, how)
    return click.style(text, fg="yellow")


def _stretch(say: ScheduleWords, one: Stretch) -> str:
    title = next((say.w.title(p.title, p.titles, p.key) for p in say.schedule.periods if p.key == one.key), "")
    title = title or next((say.title(s.series) for s in say.schedule.series if s.key == one.key), one.title)
    # An obligation has no first day: it holds from now on.
    lasting = one.old[0] is None and one.new[0] is None
    shown = [" … ".join("?" if day is None else format_day(day) for day in (days[1:] if lasting else days)) for days in (one.old, one.new)]
    return say("move until" if lasting else "move stretch", title, *shown)


def calendar_lines(events: Sequence[MovedEvent], protocol: Protocol, plan: MovePlan, lang: Lang, *, told: bool) -> Iterator[str]:
    """The calendar events that change; `told`: against what calendars were told last."""
    say = ScheduleWords(lang, protocol, plan.after or plan.before)
    series = {one.key: say.title(one.series) for one in say.schedule.series}
    yield ""
    if not events:
        yield say("move no events")
        return
    yield click.style(say.count("move events told" if told else "move events", len(events)), bold=True)
    for event in events:
        title = series.get(event.owner) or say.named(event.owner)
        yield "  " + say(
            "move event", say("move event window", title) if event.key.kind == "window" else title, say(f"move event.{event.how}")
        )
