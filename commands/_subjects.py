"""What the verbs about trial subjects read: subjects, the days on which sites are closed; and their options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from ..engine.explain_words import LANGUAGES
from ..engine.schedule.closed import NO_CLOSED_DAYS
from ..records.closed_days import read_closed_days
from ..records.subject import read_subjects
from ._load import STDIN
from ._outcome import InputError
from ._render_json import ERROR_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..canonical import Json
    from ..dsl.model import Protocol
    from ..dsl.schedule_model import Study
    from ..engine.dates import PartialDate
    from ..engine.schedule.closed import ClosedDays
    from ..engine.schedule.result import SubjectSchedule
    from ..engine.subject import Subject
    from ..records.problems import InputProblem
    from ..records.subject import SubjectResult

SUBJECT = click.option(
    "--subject", "subjects", multiple=True, required=True, metavar="FILE", help="Subjects (trialrules/subject/1), or - ; repeatable."
)
ON = click.option("--on", "on", required=True, metavar="DATE", help="The day of the question, such as 2026-03-02. Nothing reads the clock.")
PART = click.option("--part", metavar="NAME", help="The part of subjects whose record names none.")
CLOSED = click.option("--closed", metavar="FILE", help="Days on which sites are closed: a table date,site,name.")
LANG = click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words.")
OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead of the standard output.")


def about_subjects(forms: Iterable[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a verb the options about subjects; `forms` are its formats, the first for people."""
    form = click.option("--format", "form", type=click.Choice(list(forms)), default="text", show_default=True)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # The last one applied is listed first in the help.
        for option in (LANG, form, CLOSED, PART, ON, SUBJECT):
            function = option(function)
        return function

    return decorate


def study_of(protocol: Protocol) -> Study:
    """The study of a protocol with a schedule.

    Raises:
        InputError: if the rule file has none.
    """
    if protocol.study is None or not protocol.study.schedules:
        raise InputError(f"{protocol.name} has no schedule.")
    return protocol.study


def subjects_of(files: Sequence[str], protocol: Protocol, now: PartialDate, part: str | None = None) -> Iterator[SubjectResult]:
    """The subjects of all files, in order; `-` is standard input. One that stands in two files is read from the first."""
    if files.count(STDIN) > 1:
        raise InputError("--subject -: standard input can be read once.")
    for file in files:
        for result in read_subjects(sys.stdin.buffer.read() if file == STDIN else Path(file), protocol, now):
            yield result if result.subject is None else evolve(result, subject=_in_part(result.subject, part, protocol))


def _in_part(subject: Subject, part: str | None, protocol: Protocol) -> Subject:
    if part is None or subject.part is not None:
        return subject
    arm = None if protocol.study is None or subject.arm is None else protocol.study.arms.get(subject.arm)
    return subject if arm is not None and arm.part not in (None, part) else evolve(subject, part=part)


def one_subject(files: Sequence[str], protocol: Protocol, now: PartialDate, part: str | None, number: str | None = None) -> Subject:
    """The only subject of the files, or the one with this number.

    Raises:
        InputError: with the problems of the record; or if there are several, or none of that number.
    """
    found: list[Subject] = []
    problems: list[str] = []
    for result in subjects_of(files, protocol, now, part):
        problems += error_lines(result.problems)
        found += [] if result.subject is None else [result.subject]
    if number is not None:
        found = [one for one in found if one.number == number]
    if len(found) == 1 and (not problems or number is not None):
        return found[0]
    if problems:
        raise InputError("\n".join(problems))
    if not found:
        raise InputError("there is no subject in the input." if number is None else f"there is no subject {number} in the input.")
    raise InputError(f"there are several subjects: {', '.join(one.number for one in found)}; say which with --number.")


def error_lines(problems: Iterable[InputProblem]) -> list[str]:
    """What is wrong with a record, a line each."""
    return [click.style("error", fg="red", bold=True) + f": {problem}" for problem in problems]


def schedule_errors(schedule: SubjectSchedule) -> list[str]:
    """What of a subject's course the schedule could not use, a line each."""
    return [click.style("error", fg="red", bold=True) + f": {schedule.subject}: {problem}" for problem in schedule.problems]


def error_of(result: SubjectResult) -> dict[str, Json]:
    """A subject whose record can't be used, as JSON."""
    problems: list[Json] = [
        {"code": each.code, "message": each.message, "where": str(each.where), "help": each.help or None} for each in result.problems
    ]
    return {"schema": ERROR_SCHEMA, "origin": result.origin, "problems": problems}


def closed_days(file: str | None) -> ClosedDays:
    """The days on which sites are closed.

    Raises:
        InputError: if the table can't be read.
    """
    if file is None:
        return NO_CLOSED_DAYS
    result = read_closed_days(sys.stdin.buffer.read() if file == STDIN else Path(file))
    if result.problems:
        raise InputError("\n".join(error_lines(result.problems)))
    return result.days
