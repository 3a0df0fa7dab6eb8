"""Builds syntax-tree nodes for parts, arms, schedules, escalations and outcomes (see `_build_expr` for how).

Only a file with such blocks needs this module, so `parser` imports it when it meets one.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from ._build_blocks import Builder
from ._build_expr import PLURALS, Children, Part, Token, solid, text_of
from .ast import Amount, Duration, Expr, Item, SourceRef, Text, Word
from .schedule_ast import (
    AnchorTime,
    Arm,
    ArmFilter,
    Assess,
    Assessed,
    ClosedDays,
    Dose,
    EarlyTermination,
    Escalation,
    EscalationLine,
    NotBefore,
    Obligation,
    Outcome,
    Part as StudyPart,
    Recurrence,
    Rescreening,
    Schedule,
    Series,
    Target,
    Tolerance,
    Unscheduled,
    Visit,
    Watch,
)

T = TypeVar("T")
STEPS: Final = {"daily": "days", "weekly": "weeks"}
PER_DAY: Final = {"twice": 2, "three": 3, "four": 4}


def only(kind: type[T], c: Children) -> T | None:
    """The child of a class, if there is one."""
    return next((child for child in c if type(child) is kind), None)


def clauses_of(c: Children) -> tuple[Any, ...]:
    """The clauses indented below a line."""
    return tuple([child for child in c if type(child) in (Text, SourceRef)])


class StudyBuilder(Builder):
    """All rules of the grammar, those of schedules among them."""

    # ---- what several lines have in common

    def _named(self, c: Children) -> tuple[Word, str | None, int]:
        """Name and title behind the keyword of a line, and which child comes next."""
        name = self.word(c[1])
        if type(c[2]) is Token and c[2].type == "STRING":
            return name, text_of(c[2]), 3
        return name, None, 2

    def _title(self, c: Children, at: int) -> str | None:
        return text_of(c[at]) if type(c[at]) is Token and c[at].type == "STRING" else None

    def _line(self, c: Children) -> dict[str, Any]:
        """Clauses and span of a line that ends in a `line_end`."""
        return {"clauses": c[-1].value["clauses"], "span": self.span(c[0], c[-1] if c[-1].end else c[-2])}

    def line_end(self, c: Children) -> Part:
        """What stands at a line's end and below it; a line without either ends nowhere (0)."""
        s = solid(c)
        clauses: list[Any] = list(s)
        if s and type(s[0]) is Part:
            clauses[0] = Text("assume", s[0].value, span=self.span(s[0], s[0]))
        start, end = (clauses[0].span.start, clauses[-1].span.end) if clauses else (0, 0)
        return Part({"clauses": tuple(clauses)}, start, end)

    def _before_end(self, key: str, value: object, first: Any, rest: Part) -> Part:  # noqa: ANN401 - a token or a node
        span = self.span(first, rest if rest.end else first)
        rest.value[key] = value
        return Part(rest.value, span.start, span.end)

    def window_end(self, c: Children) -> Part:
        return self._before_end("window", c[0], c[0], c[1])

    def optimum_end(self, c: Children) -> Part:
        return self._before_end("optimum", c[0], c[0], c[1])

    def give_end(self, c: Children) -> Part:
        return self._before_end("gives", c[0].value, c[0], c[1])

    def arms_end(self, c: Children) -> Part:
        return self._before_end("arms", c[0], c[0], c[1])

    def if_end(self, c: Children) -> Part:
        condition: Expr = c[1]
        stretch = self.span(c[0], condition)
        return self._before_end("condition", condition, Part(None, stretch.start, stretch.end), c[2])

    def arms(self, c: Children) -> ArmFilter:
        return ArmFilter(c[2].value, len(c) == 4, span=self.span(c[0], c[-1]))

    # ---- parts and arms

    def part(self, c: Children) -> StudyPart:
        s = solid(c)
        return StudyPart(self.word(s[1]), self._title([*s, None], 2), clauses_of(s), span=self.span(s[0], s[-1]))

    def arm(self, c: Children) -> Arm:
        s = solid(c)
        name, title, at = self._named(s)
        blinded_as = text_of(s[at + 2]) if s[at].type == "BLINDED" else None
        doses = tuple([child for child in s if type(child) is Dose])
        return Arm(name, title, blinded_as, doses, clauses_of(s), span=self.span(s[0], s[-1]))

    def dose(self, c: Children) -> Dose:
        name, title, at = self._named(c)
        amount, of = c[at].value if type(c[at]) is Part and type(c[at].value) is tuple else (None, None)
        at_most = None
        if type(c[-2]) is Word:
            at_most = Amount(c[-3].text, c[-2], span=self.span(c[-3], c[-2]))
        return Dose(name, title, amount, of, self._route(c), at_most, **self._line(c))

    def dose_amount(self, c: Children) -> Part:
        amount = self.word(c[0]) if c[0].type == "NAME" else Amount(c[0].text, c[1], span=self.span(c[0], c[1]))
        of = self.word(c[-1]) if len(c) > 2 else None
        span = self.span(c[0], c[-1])
        return Part((amount, of), span.start, span.end)

    def route(self, c: Children) -> Part:
        return Part(" ".join([token.text.strip('"') for token in c]), c[0].start, c[-1].end)

    def _route(self, c: Children) -> str | None:
        return next((child.value for child in c if type(child) is Part and type(child.value) is str), None)

    # ---- schedules

    def schedule(self, c: Children) -> Schedule:
        title = self._title(c, 1)
        at = 2 if title is None else 3
        return Schedule(title, self.word(c[at]), tuple(c[at + 3 : -1]), span=self.span(c[0], c[-2]))

    def visit(self, c: Children) -> Visit:
        name, title, at = self._named(c)
        when = c[at]
        start = end = recurrence = None
        if type(when) is Part:
            start, end = when.value
        elif type(when) is Recurrence:
            recurrence = when
        else:
            start = when
        span = self.span(c[0], c[-1] if c[-1].end else c[-2])
        return Visit(name, title, start, end, recurrence, span=span, **c[-1].value)

    def time_range(self, c: Children) -> Part:
        start, end = c[0], c[2]
        if type(end) is Amount:
            # `day -14 to -1`: the second number is counted in the unit of the first.
            unit = start.unit if type(start) is AnchorTime else "days"
            end = AnchorTime(unit, end.number, end.negative, span=end.span)
        return Part((start, end), start.span.start, end.span.end)

    def anchor_time(self, c: Children) -> AnchorTime:
        unit = c[0].text
        return AnchorTime(PLURALS.get(unit, unit), c[1].number, c[1].negative, span=self.span(c[0], c[1]))

    def recurrence(self, c: Children) -> Recurrence:
        every, per_day = c[0].value
        end = times = until = None
        match c[3].text:
            case "to":
                end = c[4]
            case "until":
                until = c[4]
            case _:
                times = c[4].text
        return Recurrence(every, c[2], end, times, until, per_day, span=self.span(c[0], c[-1]))

    def step(self, c: Children) -> Part:
        words = [child.text for child in c if type(child) is Token]
        span = self.span(c[0], c[-1])
        per_day = PER_DAY.get(words[0], 1)
        every = c[1] if words == ["every"] else Duration("1", STEPS[words[-1]], span=span)
        return Part((every, per_day), span.start, span.end)

    def visit_window(self, c: Children) -> Tolerance:
        before, after, unit = c[1].value
        return Tolerance(before, after, unit, span=self.span(c[0], c[1]))

    visit_optimum = visit_window

    def tolerance(self, c: Children) -> Part:
        unit = PLURALS.get(c[-1].text, c[-1].text)
        return Part((c[1].text, c[-2].text, unit), c[0].start, c[-1].end)

    def visit_give(self, c: Children) -> Part:
        return Part(c[1].value, c[0].start, c[1].end)

    def series(self, c: Children) -> Series:
        name, title, at = self._named(c)
        amount = Amount(c[at].text, c[at + 1], span=self.span(c[at], c[at + 1])) if type(c[at]) is Token else None
        span = self.span(c[0], c[-1] if c[-1].end else c[-2])
        return Series(name, title, amount, self._route(c[:-1]), c[-2], span=span, **c[-1].value)

    def assess(self, c: Children) -> Assess:
        items = tuple([child for child in c if type(child) is Assessed])
        span = self.span(c[0], c[-1] if c[-1].end else c[-2])
        return Assess(items, tuple(c[-2].value), span=span, **c[-1].value)

    def assessed(self, c: Children) -> Assessed:
        return Assessed(self.word(c[0]), text_of(c[1]) if len(c) == 2 else None, span=self.span(c[0], c[-1]))

    def timed_targets(self, c: Children) -> Part:
        if len(c) == 1:
            return Part([c[0]], c[0].span.start, c[0].span.end)
        # One list grows along the line: a copy for each target would cost the square of their number.
        found, last = c[0].value, c[2]
        if type(last) is Amount:
            unit = found[-1].time.unit
            last = Target("time", time=AnchorTime(unit, last.number, last.negative, span=last.span), span=last.span)
        found.append(last)
        return Part(found, c[0].start, last.span.end)

    other_targets = timed_targets

    def timed_target(self, c: Children) -> Target:
        time = self.anchor_time(c)
        return Target("time", time=time, span=time.span)

    def other_target(self, c: Children) -> Target:
        span = self.span(c[0], c[-1])
        if c[0].type == "NAME":
            return Target("visit", self.word(c[0]), span=span)
        return Target(c[0].text, span=span)

    def watch(self, c: Children) -> Watch:
        name, title, at = self._named(c)
        return Watch(name, title, c[at + 1], c[at + 3], **self._line(c))

    def obligation(self, c: Children) -> Obligation:
        name, title, at = self._named(c)
        return Obligation(name, title, c[at], **self._line(c))

    def early_end(self, c: Children) -> EarlyTermination:
        return EarlyTermination(self._title(c, 2), c[-2], **self._line(c))

    def unscheduled(self, c: Children) -> Unscheduled:
        return Unscheduled(**self._line(c))

    def rescreening(self, c: Children) -> Rescreening:
        times = c[2].text if type(c[2]) is Token and c[2].type == "NUMBER" else None
        return Rescreening(times, only(Duration, c), **self._line(c))

    def closed_days(self, c: Children) -> ClosedDays:
        return ClosedDays(None if c[2].text == "keep" else c[3].text, **self._line(c))

    def not_before(self, c: Children) -> NotBefore:
        return NotBefore(c[3], **self._line(c))

    # ---- escalation

    def escalation(self, c: Children) -> Escalation:
        return Escalation(text_of(c[1]), tuple(c[4:-1]), span=self.span(c[0], c[-2]))

    def levels(self, c: Children) -> EscalationLine:
        return EscalationLine("levels", names=c[1].value, **self._line(c))

    def sentinel(self, c: Children) -> EscalationLine:
        return EscalationLine("sentinel", count=c[1].text, length=c[3], **self._line(c))

    def observe(self, c: Children) -> EscalationLine:
        last = "last" if type(c[2]) is Token and c[2].text == "after" else None
        return EscalationLine("observe", length=c[1], text=last, **self._line(c))

    def cohort(self, c: Children) -> EscalationLine:
        return EscalationLine("group", count=c[2].text, expand=c[6].text, **self._line(c))

    def stop(self, c: Children) -> EscalationLine:
        return EscalationLine("stop", names=(self.word(c[3]),), count=c[2].text, **self._line(c))

    def review(self, c: Children) -> EscalationLine:
        return EscalationLine("review", text=text_of(c[2]), **self._line(c))

    def replace(self, c: Children) -> EscalationLine:
        return EscalationLine("replace", text=text_of(c[1]), **self._line(c))

    # ---- outcomes

    def outcome(self, c: Children) -> Outcome:
        s = solid(c)
        name, title, at = self._named(s)
        timed = type(s[at]) is Token and s[at].type == "AT"
        targets = tuple(s[at + 1].value) if timed else ()
        exact = timed and type(s[at + 2]) is Token and s[at + 2].type == "EXACT"
        items = tuple([child for child in s if type(child) is Item])
        remaining = any(type(child) is Part and child.value == "remaining" for child in s)
        return Outcome(name, title, targets, exact, items, remaining, clauses_of(s), span=self.span(s[0], s[-1]))

    def remaining(self, c: Children) -> Part:
        return Part("remaining", c[0].start, c[-2].end)
