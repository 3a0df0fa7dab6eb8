"""`trialrules escalation RULES --register FILE --on DATE`: where a dose escalation stands, and what may happen next."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from ..engine.dates import format_day
from ..engine.escalation.decide import EscalationState, escalation_state
from ..engine.escalation.from_subjects import enrolled
from ..engine.escalation.register import Register
from ..engine.escalation.to_json import to_json
from ..engine.escalation.words import action_words, finding_words, overall_words, status_words, subject_words
from ..engine.explain_words import LANGUAGES
from ..engine.plan_words import PlanWords
from ..records.escalation import read_register
from ..records.files import Input
from ..records.problems import InputProblem
from ._load import STDIN, find_part, load_protocol, read_day
from ._outcome import InputError, Outcome
from ._subjects import error_lines, subjects_of

if TYPE_CHECKING:
    from ..dsl.model import Protocol
    from ..dsl.schedule_model import Escalation
    from ..engine.dates import PartialDate
    from ..engine.explain_words import Lang


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.option("--register", "register", metavar="FILE", help="Subjects of each level and reviews (trialrules/escalation/1), or - .")
@click.option("--subject", "subjects", multiple=True, metavar="FILE", help="Subjects' own records, in place of the register's; repeatable.")
@click.option("--part", metavar="NAME", help="The part of the study, where several have an escalation.")
@click.option("--on", "on", required=True, metavar="DATE", help="The day of the question, such as 2026-03-02. Nothing reads the clock.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words.")
def command(rules: Path, register: str | None, subjects: tuple[str, ...], part: str | None, on: str, form: str, lang: Lang) -> Outcome:
    """Say where a dose escalation stands: what may happen next, from which day, and why.

    Nothing is taken for granted: a subject is free of toxicity up to the day for which that is recorded. Exit code 1 if something was
    recorded that the rules do not allow.
    """
    now = read_day(on)
    protocol = load_protocol(rules)
    part = find_part(part, protocol)
    if register == STDIN and STDIN in subjects:
        raise InputError("--register - and --subject -: standard input can be read once.")
    design, known = _design(protocol, part, register, now)
    known = _with_subjects(protocol, design, known, subjects, now)
    state = escalation_state(design, known, now.last, protocol.months)
    if form == "json":
        about = {"id": protocol.name, "version": protocol.version, "sha256": protocol.sha256}
        click.echo(json.dumps(to_json(state, about, lang), ensure_ascii=False, indent=2))
    else:
        click.echo(text_of(protocol, state, lang), nl=False)
    return Outcome.FINDINGS if state.findings else Outcome.DONE


def _design(protocol: Protocol, part: str | None, register: str | None, now: PartialDate) -> tuple[Escalation, Register]:
    """The escalation that is asked about, and what its register says."""
    designs = protocol.study.escalations if protocol.study is not None else ()
    if not designs:
        raise InputError(f"{protocol.name} has no escalation.")
    levels = [level for design in designs for level in design.levels]
    result = None if register is None else read_register(_text(register), register, levels, now)
    if result is not None and result.register is None:
        raise InputError("\n".join(error_lines(result.problems)))
    wanted = part or (result.part if result is not None else None)
    found = [design for design in designs if wanted is None or design.part in (None, wanted)]
    if len(found) != 1:
        parts = ", ".join(design.part or "the whole study" for design in designs)
        raise InputError(f"{protocol.name} has escalations in: {parts}; say which with --part.")
    return found[0], result.register if result is not None and result.register is not None else Register()


def _text(register: str) -> str:
    given = Input(STDIN, data=sys.stdin.buffer.read()) if register == STDIN else Input(register, Path(register))
    text = given.text()
    if isinstance(text, InputProblem):
        raise InputError("\n".join(error_lines([text])))
    return text


def _with_subjects(protocol: Protocol, design: Escalation, register: Register, files: tuple[str, ...], now: PartialDate) -> Register:
    """The register with what subjects' own records say; a subject may stand in one of the two only."""
    if not files or protocol.study is None:
        return register
    found, problems = [], []
    for result in subjects_of(files, protocol, now, design.part):
        problems += error_lines(result.problems)
        found += [result.subject] if result.subject is not None else []
    own = enrolled(protocol.study, design, found, now.last, protocol.months)
    numbers = {subject.number for subject in register.subjects}
    problems += [
        f"subject {one.number} stands in the register and has a record of its own: keep one." for one in own if one.number in numbers
    ]
    if problems:
        raise InputError("\n".join(problems))
    return evolve(register, subjects=(*register.subjects, *own))


def text_of(protocol: Protocol, state: EscalationState, lang: Lang) -> str:
    """For people at a terminal: the sentence, the levels with their subjects, what may happen next, what is wrong."""
    say = PlanWords(lang, protocol)
    title = say.w.title(state.design.title, state.design.notes.titles, state.design.title)
    lines = [click.style(say("outcome line", title, overall_words(state, lang)), bold=True)]
    lines += [f"{protocol.name} {protocol.version} · {format_day(state.as_of)}", ""]
    width = max(len(level.level) for level in state.levels)
    arms = protocol.study.arms if protocol.study is not None else {}
    for level in state.levels:
        name = say.title(arms[level.level]) if level.level in arms else ""
        mark = "▸" if level.level == state.current else " "
        counts = f"{level.clear + level.toxic + level.observed}/{level.size}, DLT {level.toxic}"
        lines.append(f"{mark} {level.level:<{width}}  {counts:<13}  {status_words(state, level, lang)}" + (f"  ({name})" if name else ""))
        lines += [f"    {number}  {words}" for number, words in subject_words(state, level, lang)]
    lines += ["", click.style(say("escalation next"), bold=True)]
    lines += [f"  {action_words(state, action, lang)}" for action in state.actions]
    if state.findings:
        lines += ["", click.style(say("escalation findings"), bold=True)]
        lines += [f"  {finding_words(finding, lang)}" for finding in state.findings]
    return "\n".join(lines) + "\n"
