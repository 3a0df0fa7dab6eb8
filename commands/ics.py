"""`trialrules ics RULES --subject FILE --on NOW --state FILE`: subjects' visits as one calendar that programs subscribe to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ..engine.calendar.feed import FeedRequest, Scope, feed
from ..engine.calendar.occurrence import Course
from ..engine.calendar.render import TITLE_STYLES, Variant
from ..engine.calendar.update import update
from ..engine.schedule.expand import expand
from ._calendar import course, instant, read_state, short_name
from ._files import give
from ._load import find_part, load_protocol, read_day
from ._outcome import InputError, Outcome
from ._subjects import CLOSED, LANG, ON, OUTPUT, PART, SUBJECT, closed_days, error_lines, schedule_errors, study_of, subjects_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..dsl.model import Protocol
    from ..engine.calendar.render import TitleStyle
    from ..engine.calendar.state import CalendarState
    from ..engine.explain_words import Lang
    from ..engine.schedule.result import SubjectSchedule
    from ..engine.subject import Subject
    from ..records.subject import SubjectResult


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@SUBJECT
@ON
@click.option(
    "--state", "state_path", required=True, type=click.Path(path_type=Path), metavar="FILE", help="What calendars were told; made at first."
)
@click.option(
    "--key-file", type=click.Path(path_type=Path), metavar="FILE", help="The key of identities, 64 hexadecimal digits; made at first."
)
@OUTPUT
@PART
@CLOSED
@click.option("--site", metavar="NAME", help="The calendar of one site: all its subjects that the state knows.")
@click.option("--windows/--no-windows", default=True, show_default=True, help="Windows of visits as events of their own.")
@click.option("--ends/--no-ends", default=False, show_default=True, help="Last days of watch periods and obligations.")
@click.option("--details/--no-details", default=False, show_default=True, help="List assessments in the descriptions.")
@click.option(
    "--titles", type=click.Choice(TITLE_STYLES), default="full", show_default=True, help="Titles tell study, visit and subject; or less."
)
@click.option("--study-name", metavar="TEXT", help="What titles call the study [default: its registry number, else its name].")
@LANG
@click.option("--domain", default="trialrules.invalid", show_default=True, help="The domain in the identities of new events.")
def command(
    rules: Path,
    *,
    subjects: tuple[str, ...],
    on: str,
    state_path: Path,
    key_file: Path | None,
    output: Path | None,
    part: str | None,
    closed: str | None,
    site: str | None,
    titles: TitleStyle,
    study_name: str | None,
    lang: Lang,
    domain: str,
    windows: bool,
    ends: bool,
    details: bool,
) -> Outcome:
    """Write subjects' visits as one iCalendar file, and keep what calendars were told.

    One subject gives its own calendar; several give the study's, with everybody whom the state knows. Arms and doses are never in it. The
    state file keeps the key, identities, sequence numbers and bytes: without changes the same bytes come again. --on may have a time.
    """
    now = read_day(on)
    protocol = load_protocol(rules)
    study_of(protocol)
    part = find_part(part, protocol)
    days = closed_days(closed)
    kept = read_state(state_path, key_file)
    name = study_name or short_name(protocol)
    read = _read(protocol, list(subjects_of(subjects, protocol, now, part)), lambda one: expand(protocol, one, now, days), name)
    if not read.courses:
        raise InputError("no subject can be used: nothing was written.")
    variant = Variant(titles, lang, details)
    try:
        state = update(kept.state, read.courses, instant(now, protocol.timezone), domain.lower(), (variant,))
    except ValueError as error:
        raise InputError(f"--domain {domain}: {error}") from None
    scope: Scope = "site" if site is not None else "subject" if read.count == 1 else "study"
    request = FeedRequest(protocol.name, scope, site or read.courses[0].subject, variant, windows, ends)
    # The state first: identities must not be lost, and the calendar can be written again from it.
    kept.save(state)
    give(feed(state, request, name).content, output)
    if output is not None:
        click.echo(_summary(kept.state, state), err=True)
    return Outcome.INPUT_ERROR if read.broken else Outcome.DONE


@frozen
class _Read:
    """What came of the subjects: their courses, how many there were, and whether something could not be used."""

    courses: tuple[Course, ...]
    count: int
    broken: bool


def _read(protocol: Protocol, results: list[SubjectResult], expanded: Callable[[Subject], SubjectSchedule], name: str) -> _Read:
    courses: list[Course] = []
    broken = False
    for result in results:
        if result.subject is None:
            broken = True
            click.echo("\n".join(error_lines(result.problems)), err=True)
            continue
        schedule = expanded(result.subject)
        for line in schedule_errors(schedule):
            broken = True
            click.echo(line, err=True)
        courses.append(course(protocol, schedule, result.subject.site, name))
    return _Read(tuple(courses), len(results), broken)


def _summary(old: CalendarState, new: CalendarState) -> str:
    """How many events are new, changed and called off since the last run."""
    fresh = changed = called_off = 0
    for key, entry in new.entries.items():
        before = old.entries.get(key)
        if before is None:
            fresh += 1
        elif before.status != entry.status and entry.status == "cancelled":
            called_off += 1
        elif before.sequence != entry.sequence:
            changed += 1
    shown = sum(entry.status == "shown" for entry in new.entries.values())
    return f"{shown} events in the state: {fresh} new, {changed} changed, {called_off} called off"
