"""Schedules by hand, for tests of calendars: what a subject's days look like, without a rule file behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from trialrules.dsl import schedule_model as plan
from trialrules.dsl.model import Length
from trialrules.engine.calendar.feed import FeedRequest, feed
from trialrules.engine.calendar.occurrences import CalendarSettings, course_of
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.update import update
from trialrules.engine.dates import parse_partial
from trialrules.engine.schedule.result import PeriodState, Purpose, SeriesState, SubjectSchedule, VisitState

KEY = bytes(range(32))
DOMAIN = "calendars.example.org"
SETTINGS = CalendarSettings("study-42", "AS-1", "Europe/Berlin", site="GZ")
PLAIN = (Variant(),)
FIRST_LOOK = datetime(2026, 9, 1, 8, tzinfo=UTC)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def visit(key: str, on: str | None, status: str = "planned", **more: object) -> VisitState:
    """A visit planned for a day; `window` as two dates, `booked` and `actual` as texts."""
    window = more.pop("window", None)
    for name in ("booked", "actual"):
        if isinstance(more.get(name), str):
            more[name] = parse_partial(more[name])
    days = None if window is None else tuple(day(end) for end in window)
    title = more.pop("title", key.rpartition(":")[2].capitalize())
    at = None if on is None else day(on)
    return VisitState(
        key, key.partition(".")[0], title, "", (0, 0, 0), status, target=at, planned=at, window=days, shown_window=days, **more
    )


def purpose(name: str, title: str, **more: object) -> Purpose:
    return Purpose(plan.Assessed(name, title, "activity", more.pop("titles", {})), **more)


def series(key: str, days: list[int], left_out: tuple[int, ...] = (), title: str = "Celecoxib", per_day: int = 1, status: str = "running"):
    every = plan.Recurrence(Length(Fraction(1), "days"), None, per_day=per_day)
    drug = plan.Series(key, title, 0, None, "0.2 g", None, None, every, "daily", notes=plan.Notes(titles={"zh": "塞来昔布"}))
    return SeriesState(key, drug, days[0] if days else None, days[-1] if days else None, tuple(days), left_out, status)


def period(key: str, end: str | None, title: str = "Contraception", kind: str = "until", status: str = "running") -> PeriodState:
    return PeriodState(key, kind, title, "", None, None if end is None else day(end), status)


def schedule(*visits: VisitState, subject: str = "S-0007", arm: str | None = None, **more: object) -> SubjectSchedule:
    return SubjectSchedule(subject, day("2026-09-01"), None, arm, visits, **more)


def after(state: CalendarState | None, *schedules: SubjectSchedule, days: int = 0, settings=SETTINGS, variants=PLAIN) -> CalendarState:
    """The state after these schedules were seen, `days` after the first look."""
    courses = [course_of(one, settings) for one in schedules]
    return update(state or CalendarState(KEY), courses, FIRST_LOOK + timedelta(days=days), DOMAIN, variants)


def study_feed(state: CalendarState, **more: object) -> bytes:
    return feed(state, FeedRequest(SETTINGS.study, **more), SETTINGS.name).content


def events(content: bytes) -> list[dict[str, str]]:
    """The VEVENTs of a feed, unfolded: property name (with parameters) to value, as written."""
    lines = content.decode("utf-8").replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    inside = False
    for line in lines:
        if line == "BEGIN:VEVENT":
            inside = True
            found.append({})
        elif line == "END:VEVENT":
            inside = False
        elif inside:
            name, _, value = line.partition(":")
            assert name not in found[-1]
            found[-1][name] = value
    return found
