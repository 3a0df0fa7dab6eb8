"""`trialrules docs` writes the readable document of a protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._docs_page import Document
from ._docs_sources import problem_place, protocol_of, read_source, scenarios_of
from ._outcome import Outcome

if TYPE_CHECKING:
    from ..engine.explain_words import Lang


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.option("--sources", type=click.Path(path_type=Path), help="Folder of the source texts: their words are then shown beside the rules.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead of the standard output.")
def command(rules: Path, sources: Path | None, lang: Lang, output: Path | None) -> Outcome:
    """Write the readable document of a protocol: one HTML page, no scripts, ready to be printed.

    Each criterion comes with its text, the rule in words and as written, assumptions, the data it needs, and the examples that exercise it.
    """
    protocol = protocol_of(rules)
    source = None
    if sources is not None:
        text = read_source(protocol, rules, sources)
        for problem in text.items.problems:
            click.echo(f"{problem_place(text, problem)}: {problem.message}\n  help: {problem.help}", err=True)
        source = text.items
    page = Document(protocol, scenarios_of(protocol, rules), source, lang).html()
    if output is None:
        sys.stdout.write(page)
    else:
        output.write_text(page, encoding="utf-8")
        click.echo(f"{output} written", err=True)
    return Outcome.DONE
