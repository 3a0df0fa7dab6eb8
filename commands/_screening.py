"""The loop that `screen`, `explain` and `advise` share: patients in, answers out, one bad patient stopping nobody."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ..dsl.model import Criterion, Protocol
from ..engine.advise import advise
from ..engine.dates import PartialDate
from ..engine.decide import screen
from ..engine.explain_words import Lang
from ._answer import Answer
from ._load import patients_of, with_moments
from ._outcome import InputError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..records.problems import PatientResult
    from ._answer import Renderer

_PROGRESS_SECONDS = 0.2


@frozen
class Job:
    """What is asked: which protocol, for whom, on which day, and what the answer shows."""

    protocol: Protocol
    sources: tuple[str, ...]
    now: PartialDate
    moments: Mapping[str, PartialDate]
    lang: Lang
    strict: bool = False
    shown: tuple[Criterion, ...] = ()
    source: bool = False
    wordings: tuple[tuple[str, str], ...] = ()
    advice: bool = True
    advice_for_many: bool = True


def run(job: Job, make: Callable[[Lang, bool], Renderer], *, exit_code: bool = False) -> Outcome:
    """Screen every patient and write the answers as they come."""
    results = patients_of(job.sources, job.protocol, job.now, strict=job.strict)
    head = list(islice(results, 2))
    if not head:
        raise InputError("there is no patient in the input.")
    many = len(head) > 1
    renderer = make(job.lang, many)
    progress = _Progress(enabled=many and sys.stderr.isatty() and not sys.stdout.isatty())
    broken = passed_over = 0
    _write(renderer.begin())
    for result in chain(head, results):
        if result.patient is None:
            broken += 1
            progress.clear()
            report(result)
            _write(renderer.broken(result))
            continue
        answer = answer_for(job, result, many=many)
        passed_over += answer.decision.decision != "eligible"
        _write(renderer.patient(answer))
        progress.step()
    progress.clear()
    if broken < len(head) or many:
        _write(renderer.end())
    if broken:
        return Outcome.INPUT_ERROR
    return Outcome.NOT_ELIGIBLE if exit_code and passed_over else Outcome.DONE


def answer_for(job: Job, result: PatientResult, *, many: bool) -> Answer:
    """Screen one patient."""
    if result.patient is None:
        raise ValueError("a patient with problems is not screened")
    for name, day in job.moments.items():
        recorded = result.patient.moments.get(name)
        if recorded is not None and recorded != day:
            click.echo(f"note: {result.patient.id} records {name} as {recorded}; --moment {name}={day} is not used", err=True)
    patient = with_moments(result.patient, job.moments)
    decision = screen(job.protocol, patient, job.now)
    advice = advise(job.protocol, patient, decision) if job.advice and (job.advice_for_many or not many) else None
    wanted = {criterion.id for criterion in job.shown}
    shown = tuple(one for one in decision.criteria if one.criterion.id in wanted)
    return Answer(decision, advice, shown, job.source, job.wordings)


def report(result: PatientResult) -> None:
    """The problems of one patient's record, on stderr."""
    for problem in result.problems:
        click.echo(click.style("error", fg="red", bold=True) + f": {problem}", err=True)


def _write(chunks: Iterable[str]) -> None:
    for chunk in chunks:
        if chunk:
            click.echo(chunk, nl=False)


class _Progress:
    """Counts patients on stderr; silent unless a person watches and the answers go elsewhere."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.count = 0
        self.began = self.shown = time.perf_counter()

    def step(self) -> None:
        self.count += 1
        at = time.perf_counter()
        if self.enabled and at - self.shown > _PROGRESS_SECONDS:
            self.shown = at
            click.echo(f"\r{self.count} patients, {self.count / (at - self.began):.0f} a second ", err=True, nl=False)

    def clear(self) -> None:
        if self.enabled:
            click.echo("\r\033[K", err=True, nl=False)
