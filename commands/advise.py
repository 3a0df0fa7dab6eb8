"""`trialrules advise RULES --patient FILE --on DATE`: what is missing, what is nearest, what would change the answer, from which day on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.dates import format_partial
from ..engine.decision_json import advice_to_json
from ..engine.explain import sentence
from ._answer import Quiet
from ._load import load_protocol, read_day, read_moments
from ._options import about_patients
from ._render_json import JsonRenderer, error_json
from ._render_text import advice_sections
from ._screening import Job, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..engine.explain_words import Lang
    from ..records.problems import PatientResult
    from ._answer import Answer, Renderer
    from ._outcome import Outcome


class _Text(Quiet):
    def patient(self, answer: Answer) -> Iterator[str]:
        decision, w = answer.decision, self.w
        about = (w("head.patient", patient=decision.patient), w("head.asof", day=format_partial(decision.now)))
        yield f"{click.style(sentence(decision, self.lang), bold=True)}\n{' · '.join(about)}\n"
        anything = False
        for head, lines in advice_sections(answer, self.lang):
            if lines:
                anything = True
                yield "\n" + click.style(head, bold=True) + "\n" + "".join(f"  {line}\n" for line in lines)
        yield "" if anything else f"\n{w('needs.none')}\n"
        yield "\n" if self.many else ""


class _Json(JsonRenderer):
    def patient(self, answer: Answer) -> Iterator[str]:
        if answer.advice is not None:
            yield from self._one(advice_to_json(answer.decision, answer.advice, self.lang))

    def broken(self, result: PatientResult) -> Iterator[str]:
        yield from self._one(error_json(result))


RENDERERS: dict[str, type[Renderer]] = {"text": _Text, "json": _Json}


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@about_patients(RENDERERS)
def command(rules: Path, patients: tuple[str, ...], on: str, moments: tuple[str, ...], form: str, lang: Lang, *, strict: bool) -> Outcome:
    """Say what is missing, what is nearest, and from which day on.

    What is missing comes in the order of what it decides: first what alone decides most criteria.
    """
    day = read_day(on)
    protocol = load_protocol(rules)
    job = Job(protocol, patients, day, read_moments(moments, protocol), lang, strict=strict)
    return run(job, lambda chosen, many: RENDERERS[form](chosen, many=many))
