"""`trialrules outcome RULES --subject FILE --on DATE`: derived outcomes at each of their times, with baseline, change and reason."""

from __future__ import annotations

import csv
import io
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.dates import format_day, format_partial
from ..engine.explain_words import words
from ..engine.outcomes.compute import compute
from ..engine.outcomes.words import evidence_lines, need_words, result_words, title_words
from ..engine.outcomes_json import outcomes_to_json
from ..engine.plan_words import PlanWords
from ..engine.schedule.expand import expand
from ._load import find_part, load_protocol, read_day
from ._outcome import InputError, Outcome
from ._render_json import indented, safe_cell
from ._render_text import tree_line
from ._soa_render import table
from ._subjects import about_subjects, closed_days, error_lines, error_of, schedule_errors, subjects_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..canonical import Json
    from ..dsl.model import Protocol
    from ..engine.explain_words import Lang
    from ..engine.outcomes.report import OutcomeReport, OutcomeState

_COLUMNS = ("subject", "outcome", "title", "key", "timing", "day", "status", "result", "provisional", "needed")


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@about_subjects(("text", "json", "csv"))
@click.option("--outcome", "names", multiple=True, metavar="NAME", help="Only this outcome, with its whole evidence; repeatable.")
def command(
    rules: Path, subjects: tuple[str, ...], on: str, part: str | None, closed: str | None, form: str, lang: Lang, names: tuple[str, ...]
) -> Outcome:
    """Compute subjects' outcomes: each at its visits, or on days of its own.

    An outcome is true, false or unknown, or a number with its baseline and change. What is not due yet says so. A subject whose record
    cannot be used gets its error lines, the others are computed, and the exit code is 2.
    """
    now = read_day(on)
    protocol = load_protocol(rules)
    chosen = _chosen(protocol, names)
    part = find_part(part, protocol)
    days = closed_days(closed)
    values: list[Json] = []
    broken, count = False, 0
    for result in subjects_of(subjects, protocol, now, part):
        if result.subject is None:
            broken = True
            click.echo("\n".join(error_lines(result.problems)), err=True)
            values.append(error_of(result))
            continue
        schedule = expand(protocol, result.subject, now, days)
        for line in schedule_errors(schedule):
            broken = True
            click.echo(line, err=True)
        report = compute(protocol, result.subject, schedule, now)
        states = [state for state in report.outcomes if not chosen or state.outcome.name in chosen]
        if form == "json":
            values.append(_json(report, chosen, lang))
        elif form == "csv":
            _csv(report, states, lang, head=not count)
        else:
            text = _evidence(report, states, lang) if chosen else _page(report, states, lang)
            click.echo(("\n" if count else "") + "".join(f"{line}\n" for line in text), nl=False)
        count += 1
    if form == "json":
        click.echo(indented(values[0] if len(values) == 1 else values))
    return Outcome.INPUT_ERROR if broken else Outcome.DONE


def _chosen(protocol: Protocol, names: Sequence[str]) -> frozenset[str]:
    known = {} if protocol.study is None else protocol.study.outcomes
    if not known:
        raise InputError(f"{protocol.name} has no outcomes.")
    for name in names:
        if name not in known:
            near = get_close_matches(name, list(known), n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}."
            raise InputError(f"{protocol.name} has no outcome `{name}`; {hint}")
    return frozenset(names)


# ---------------------------------------------------------------- text


def _head(report: OutcomeReport, lang: Lang) -> Iterator[str]:
    say = PlanWords(lang, report.protocol)
    protocol = report.protocol
    yield click.style(f"{report.subject}  {say.w.title(protocol.title, protocol.titles, protocol.name)}", bold=True)
    about = [say("head.asof", format_partial(report.now))]
    if report.baseline is not None:
        date = report.baseline.date
        title = say.names.get(report.baseline.moment.name, report.baseline.moment.name)
        shown = say("head.anchor unset", title) if date is None else say("head.anchor", title, format_partial(date))
        about.append(say("baseline head", shown))
    yield " · ".join([*about, say("head.rules", protocol.sha256[:12])])


def _when(say: PlanWords, state: OutcomeState) -> str:
    return say.timing(state.timing)


def _page(report: OutcomeReport, states: Sequence[OutcomeState], lang: Lang) -> Iterator[str]:
    """Every outcome with its times; then what is missing."""
    say = PlanWords(lang, report.protocol)
    yield from _head(report, lang)
    titles: dict[str, list[OutcomeState]] = {}
    for state in states:
        titles.setdefault(state.outcome.name, []).append(state)
    for name, group in titles.items():
        yield ""
        yield click.style(title_words(say.w, group[0].outcome), bold=True) + f"  {name}"
        rows = [(_when(say, state), "" if state.day is None else format_day(state.day), _result(state, lang)) for state in group]
        yield from (f"  {line}" for line in table(rows))
    if report.needs:
        yield ""
        yield click.style(say("unknowns"), bold=True)
        yield from (f"  {need_words(need, report, lang)}" for need in report.needs)


def _result(state: OutcomeState, lang: Lang) -> str:
    return result_words(state, lang)


def _evidence(report: OutcomeReport, states: Sequence[OutcomeState], lang: Lang) -> Iterator[str]:
    """Chosen outcomes with the whole evidence at each of their times."""
    say = PlanWords(lang, report.protocol)
    yield from _head(report, lang)
    for state in states:
        day = "" if state.day is None else format_day(state.day)
        yield ""
        title = say.w.chain([title_words(say.w, state.outcome), _when(say, state), day])
        yield click.style(say("outcome line", title, _result(state, lang)), bold=True)
        if state.status in ("known", "unknown"):
            yield from (tree_line(line).rstrip("\n") for line in evidence_lines(state, lang, report.protocol.moments))


# ---------------------------------------------------------------- JSON, CSV


def _json(report: OutcomeReport, chosen: frozenset[str], lang: Lang) -> Json:
    value = outcomes_to_json(report, lang)
    outcomes = value["outcomes"]
    if chosen and isinstance(outcomes, list):
        value["outcomes"] = [one for one in outcomes if isinstance(one, dict) and one["outcome"] in chosen]
    return value


def _csv(report: OutcomeReport, states: Sequence[OutcomeState], lang: Lang, *, head: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    say = PlanWords(lang, report.protocol)
    if head:
        writer.writerow(_COLUMNS)
    needs = [(need, need_words(need, report, lang)) for need in report.needs]
    for state in states:
        mine = (state.outcome.name, state.key)
        cells = [
            report.subject,
            state.outcome.name,
            title_words(words(lang), state.outcome),
            state.key,
            _when(say, state),
            "" if state.day is None else format_day(state.day),
            state.status,
            _result(state, lang),
            "true" if state.provisional else "false",
            " | ".join(text for need, text in needs if mine in need.outcomes),
        ]
        writer.writerow([safe_cell(cell) for cell in cells])
    click.echo(out.getvalue(), nl=False)
