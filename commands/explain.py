"""`trialrules explain RULES [CRITERION] --patient FILE --on DATE`: the whole evidence, with the rule text and its values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._docs_sources import read_source
from ._load import find_criteria, load_protocol, read_day, read_moments
from ._options import about_patients
from ._render_html import HtmlRenderer
from ._render_json import JsonRenderer
from ._render_md import MarkdownRenderer
from ._render_text import TextRenderer
from ._screening import Job, run

if TYPE_CHECKING:
    from ..dsl.model import Protocol
    from ..engine.explain_words import Lang
    from ._answer import Renderer
    from ._outcome import Outcome

RENDERERS: dict[str, type[Renderer]] = {"text": TextRenderer, "json": JsonRenderer, "html": HtmlRenderer, "md": MarkdownRenderer}


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.argument("criteria", nargs=-1, metavar="[CRITERION]...")
@about_patients(RENDERERS)
@click.option(
    "--sources", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the source texts: shows the protocol's own words."
)
def command(
    rules: Path,
    criteria: tuple[str, ...],
    patients: tuple[str, ...],
    on: str,
    moments: tuple[str, ...],
    form: str,
    lang: Lang,
    sources: Path | None,
    *,
    strict: bool,
) -> Outcome:
    """Show the whole evidence of one criterion, or of all.

    Every part of the rule is shown with its truth, the records it was found from, its window as dates, and what was assumed. `▸` marks the
    path that decided. The rule text stands above it, with the values beside its lines.
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
        shown=find_criteria(criteria, protocol) or protocol.criteria,
        source=True,
        wordings=() if sources is None else _wordings(protocol, rules, sources),
    )
    return run(job, lambda chosen, many: RENDERERS[form](chosen, many=many))


def _wordings(protocol: Protocol, rules: Path, folder: Path) -> tuple[tuple[str, str], ...]:
    """The source text's own words for each criterion that points to it."""
    items = read_source(protocol, rules, folder).items.items
    words = {(item.list, item.item): item.text for item in items}
    found = []
    for criterion in protocol.criteria:
        texts = [words[(ref.list, ref.item)] for ref in criterion.sources if (ref.list, ref.item) in words]
        if texts:
            found.append((criterion.id, " / ".join(texts)))
    return tuple(found)
