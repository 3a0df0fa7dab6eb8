"""`trialrules screen RULES --patient FILE --on DATE`: who is eligible, criterion by criterion, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._load import find_criteria, load_protocol, read_day, read_moments
from ._options import about_patients
from ._render_html import HtmlRenderer
from ._render_json import CsvRenderer, JsonLinesRenderer, JsonRenderer
from ._render_md import MarkdownRenderer
from ._render_text import TextRenderer
from ._screening import Job, run

if TYPE_CHECKING:
    from ..engine.explain_words import Lang
    from ._answer import Renderer
    from ._outcome import Outcome

RENDERERS: dict[str, type[Renderer]] = {
    "text": TextRenderer,
    "json": JsonRenderer,
    "jsonl": JsonLinesRenderer,
    "csv": CsvRenderer,
    "html": HtmlRenderer,
    "md": MarkdownRenderer,
}
# One line a patient has no place for advice, and the earliest day costs as much as many screenings.
_SHORT = ("text", "csv")


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@about_patients(RENDERERS)
@click.option("--criterion", "criteria", multiple=True, metavar="ID", help="Show the whole evidence of this criterion; repeatable.")
@click.option("--exit-code", is_flag=True, help="Exit with 3 if anyone is not eligible or undetermined.")
def command(
    rules: Path,
    patients: tuple[str, ...],
    on: str,
    criteria: tuple[str, ...],
    moments: tuple[str, ...],
    form: str,
    lang: Lang,
    *,
    strict: bool,
    exit_code: bool,
) -> Outcome:
    """Decide for patients, criterion by criterion, and say why.

    Patients are native JSON, FHIR R4 (a bundle, a folder of bundles, NDJSON), CSV or Parquet. With many patients, text, CSV and JSON lines
    have one line each; one whose record cannot be used gets its error line, the others are decided, and the exit code is 2.
    """
    day = read_day(on)
    protocol = load_protocol(rules)
    job = Job(
        protocol,
        patients,
        day,
        read_moments(moments, protocol),
        lang,
        strict=strict,
        shown=find_criteria(criteria, protocol),
        advice_for_many=form not in _SHORT,
    )
    return run(job, lambda chosen, many: RENDERERS[form](chosen, many=many), exit_code=exit_code)
