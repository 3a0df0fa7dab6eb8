"""`trialrules move RULES --subject FILE --on DATE VISIT NEW_DATE`: what follows if a visit is moved; with --apply it is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.calendar.update import update
from ..engine.dates import parse_partial
from ..engine.schedule.move import apply_move, plan_move
from ..records.subject_write import write_subject
from ._calendar import course, instant, read_state, short_name
from ._files import write_whole
from ._load import STDIN, find_part, load_protocol, read_day
from ._move_text import EventChange, MovedEvent, calendar_lines, move_lines
from ._outcome import InputError, Outcome
from ._subjects import CLOSED, LANG, ON, PART, closed_days, one_subject, study_of

if TYPE_CHECKING:
    from ..dsl.model import Protocol
    from ..engine.calendar.identity import OccurrenceKey
    from ..engine.calendar.occurrence import Course
    from ..engine.calendar.state import CalendarState
    from ..engine.dates import PartialDate
    from ..engine.explain_words import Lang
    from ..engine.schedule.move import MovePlan
    from ..engine.subject import Subject

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_NO_DOMAIN = "trialrules.invalid"


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.argument("visit")
@click.argument("new_date")
@click.option("--subject", "file", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The file with the subject.")
@click.option("--number", metavar="CODE", help="Which subject, where the file holds several.")
@ON
@PART
@CLOSED
@click.option(
    "--state",
    "state_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The state of `ics`: compare with what calendars were told.",
)
@click.option("--apply", "apply_", is_flag=True, help="Record the move in the subject's file.")
@click.option("--reason", metavar="TEXT", help="Why; --apply wants it.")
@click.option("--by", "author", metavar="NAME", help="Who moves it.")
@LANG
def command(
    rules: Path,
    visit: str,
    new_date: str,
    *,
    file: Path,
    number: str | None,
    on: str,
    part: str | None,
    closed: str | None,
    state_path: Path | None,
    reason: str | None,
    author: str | None,
    lang: Lang,
    apply_: bool,
) -> Outcome:
    """Show what follows if a visit is moved: what shifts, leaves its window, joins or parts, and which calendar events change.

    VISIT is its key (d28, fu.3), NEW_DATE a day or, for an appointment, a time. Nothing is written without --apply, which wants a reason;
    then the move is put into the subject's file, and nothing else in it changes.
    """
    if apply_ and not (reason or "").strip():
        raise InputError("--apply: a move needs a reason; say --reason TEXT.")
    if str(file) == STDIN:
        raise InputError("--subject -: a move is about a file, which --apply writes.")
    now = read_day(on)
    protocol = load_protocol(rules)
    study_of(protocol)
    content = file.read_bytes()
    subject = one_subject((str(file),), protocol, now, find_part(part, protocol), number)
    plan = plan_move(protocol, subject, now, visit, _new_day(new_date), closed_days(closed))
    if plan.subject is None:
        raise InputError("\n".join([*plan.problems, *_near(plan, visit)]))
    for line in move_lines(protocol, plan, lang):
        click.echo(line)
    for line in calendar_lines(_events(protocol, subject, plan, now, state_path), protocol, plan, lang, told=state_path is not None):
        click.echo(line)
    if apply_:
        _write(file, content, subject, apply_move(plan, (reason or "").strip(), author))
    else:
        click.echo("nothing is written yet: say --apply --reason TEXT", err=True)
    return Outcome.DONE


def _new_day(text: str) -> PartialDate:
    day = parse_partial(text.strip())
    if day is None or not day.exact:
        raise InputError(f"{text}: there is no such day; write it as 2026-03-02, or as 2026-03-02T09:00+08:00 for an appointment.")
    return day


def _near(plan: MovePlan, key: str) -> list[str]:
    """The keys there are, where the one asked for is not among them."""
    keys = [visit.key for visit in plan.before.visits if visit.visit is not None]
    return [] if key in keys else [f"The visits of {plan.before.subject}: {', '.join(keys) or 'none'}."]


def _events(protocol: Protocol, subject: Subject, plan: MovePlan, now: PartialDate, state_path: Path | None) -> list[MovedEvent]:
    """Which calendar events change: of those that calendars were told, else of those that they would be told without the move."""
    if plan.after is None:
        return []
    name = short_name(protocol)
    after = course(protocol, plan.after, subject.site, name)
    if state_path is None:
        found = _compared(course(protocol, plan.before, subject.site, name), after)
    elif not state_path.exists():
        raise InputError(f"{state_path}: there is no such file; `trialrules ics` makes it.")
    else:
        old = read_state(state_path, None).state
        found = _told(old, update(old, [after], instant(now, protocol.timezone), _NO_DOMAIN, ()))
    return [MovedEvent(key, how) for key, how in sorted(found) if key.kind in ("visit", "window", "series")]


def _compared(before: Course, after: Course) -> list[tuple[OccurrenceKey, EventChange]]:
    old = {one.key: one for one in before.occurrences}
    new = {one.key: one for one in after.occurrences}
    found: list[tuple[OccurrenceKey, EventChange]] = [(key, "gone") for key in old if key not in new]
    return [*found, *((key, "changed" if key in old else "new") for key, one in new.items() if old.get(key) != one)]


def _told(old: CalendarState, new: CalendarState) -> list[tuple[OccurrenceKey, EventChange]]:
    found: list[tuple[OccurrenceKey, EventChange]] = []
    for key, entry in new.entries.items():
        known = old.entries.get(key)
        if known is None or known.status != entry.status:
            found.append((key, "new" if entry.status == "shown" else "gone"))
        elif known.sequence != entry.sequence:
            found.append((key, "changed"))
    return found


def _write(file: Path, content: bytes, before: Subject, after: Subject) -> None:
    """Put the move into the file, if it is still what was read."""
    if content.startswith(_GZIP):
        raise InputError(f"{file}: it is compressed; unpack it, so that the move can be written.")
    mark = _BOM if content.startswith(_BOM) else b""
    text = write_subject(content.removeprefix(_BOM).decode("utf-8"), before, after)
    if text is None or file.read_bytes() != content:
        raise InputError(f"{file}: the subject does not stand in it as it was read. Nothing was written; look at it and run again.")
    write_whole(file, mark + text.encode("utf-8"))
    click.echo(f"{file} written", err=True)
