"""`trialrules schedule RULES --subject FILE --on DATE`: planned and actual visits, doses, deviations, and what is still to come."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.schedule.expand import expand
from ..engine.schedule.masked import blinded_title, masked, unmasked
from ..engine.schedule.to_json import CSV_COLUMNS, ScheduleJson
from ._load import find_part, load_protocol, read_day
from ._outcome import InputError, Outcome
from ._render_json import indented, safe_cell
from ._schedule_text import SchedulePage
from ._subjects import about_subjects, closed_days, error_lines, error_of, schedule_errors, study_of, subjects_of

if TYPE_CHECKING:
    from ..canonical import Json
    from ..dsl.model import Protocol
    from ..dsl.schedule_model import Study
    from ..engine.explain_words import Lang
    from ..engine.schedule.result import SubjectSchedule
    from ..engine.subject import Subject
    from ..records.subject import SubjectResult


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@about_subjects(("text", "json", "csv"))
@click.option("--details", is_flag=True, help="In text: what is assessed at every visit, not only at those that are due.")
@click.option("--public", is_flag=True, help="For readers outside the site: no arm, no amounts, no reasons, in open studies too.")
@click.option("--unblinded", is_flag=True, help="Show arm and amounts of blinded subjects. Without it they are never shown.")
def command(
    rules: Path,
    subjects: tuple[str, ...],
    on: str,
    part: str | None,
    closed: str | None,
    form: str,
    lang: Lang,
    *,
    details: bool,
    public: bool,
    unblinded: bool,
) -> Outcome:
    """Show subjects' schedules: what is late, what comes next, every visit with its window, doses and deviations.

    Arms of blinded parts are masked unless --unblinded is said. A subject whose record cannot be used gets its error lines, the others
    are shown, and the exit code is 2.
    """
    if public and unblinded:
        raise InputError("--public and --unblinded: take one of them.")
    now = read_day(on)
    protocol = load_protocol(rules)
    study = study_of(protocol)
    part = find_part(part, protocol)
    days = closed_days(closed)
    show = _FORMS[form](protocol, study, lang, details=details, public=public, unblinded=unblinded)
    broken = False
    for result in subjects_of(subjects, protocol, now, part):
        if result.subject is None:
            broken = True
            click.echo("\n".join(error_lines(result.problems)), err=True)
            show.broken(result)
            continue
        schedule = expand(protocol, result.subject, now, days)
        for line in schedule_errors(schedule):
            broken = True
            click.echo(line, err=True)
        show.subject(result.subject, schedule)
    show.end()
    return Outcome.INPUT_ERROR if broken else Outcome.DONE


class _Show:
    """Writes schedules as they come."""

    def __init__(self, protocol: Protocol, study: Study, lang: Lang, *, details: bool, public: bool, unblinded: bool) -> None:
        self.protocol = protocol
        self.study = study
        self.lang = lang
        self.details = details
        self.public = public
        self.unblinded = unblinded
        self.count = 0

    def masked(self, schedule: SubjectSchedule) -> tuple[SubjectSchedule, bool]:
        """The schedule as it may be shown here, and whether something was hidden."""
        hide = self.public or (not self.unblinded and blinded_title(self.study, schedule) is not None)
        return (masked(self.study, schedule, public=self.public) if hide else unmasked(schedule)), hide

    def subject(self, subject: Subject, schedule: SubjectSchedule) -> None:
        raise NotImplementedError

    def broken(self, result: SubjectResult) -> None:
        """Nothing: stderr has told."""

    def end(self) -> None:
        """Nothing."""


class _Text(_Show):
    def subject(self, subject: Subject, schedule: SubjectSchedule) -> None:
        shown, hidden = self.masked(schedule)
        page = SchedulePage(self.protocol, self.study, shown, self.lang, site=subject.site, details=self.details, masked=hidden)
        click.echo(("\n" if self.count else "") + page.text(), nl=False)
        self.count += 1


class _Json(_Show):
    def __init__(self, protocol: Protocol, study: Study, lang: Lang, *, details: bool, public: bool, unblinded: bool) -> None:
        super().__init__(protocol, study, lang, details=details, public=public, unblinded=unblinded)
        self.values: list[Json] = []

    def subject(self, subject: Subject, schedule: SubjectSchedule) -> None:
        shown, hidden = self.masked(schedule)
        self.values.append(ScheduleJson(self.protocol, self.study, shown, self.lang, site=subject.site, masked=hidden).value())

    def broken(self, result: SubjectResult) -> None:
        self.values.append(error_of(result))

    def end(self) -> None:
        value = self.values[0] if len(self.values) == 1 else self.values
        click.echo(indented(value))


class _Csv(_Show):
    def subject(self, subject: Subject, schedule: SubjectSchedule) -> None:
        shown, hidden = self.masked(schedule)
        if not self.count:
            _row(CSV_COLUMNS)
        self.count += 1
        for row in ScheduleJson(self.protocol, self.study, shown, self.lang, site=subject.site, masked=hidden).rows():
            _row(row)


def _row(cells: tuple[str, ...] | list[str]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    click.echo(out.getvalue(), nl=False)


_FORMS: dict[str, type[_Show]] = {"text": _Text, "json": _Json, "csv": _Csv}
