"""`trialrules soa RULES`: the Schedule of Activities, as the protocol's table shows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.explain_words import LANGUAGES
from ..engine.plan_words import PlanWords
from ..engine.soa import grids
from ._files import give
from ._load import find_part, load_protocol
from ._outcome import InputError, Outcome
from ._soa_render import soa_csv, soa_html, soa_md, soa_text
from ._soa_xlsx import soa_xlsx

if TYPE_CHECKING:
    from ..engine.explain_words import Lang

FORMATS = ("text", "html", "md", "csv", "xlsx")


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.option("--part", metavar="NAME", help="Only this part of the study.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead of the standard output.")
def command(rules: Path, part: str | None, form: str, lang: Lang, output: Path | None) -> Outcome:
    """Show the Schedule of Activities: what is done at which visit.

    Visits stand across with their timing and window, doses, assessments and periods below; footnotes say what binds them and what was
    assumed. CSV holds one part; XLSX needs the extra `xlsx`.
    """
    protocol = load_protocol(rules)
    say = PlanWords(lang, protocol)
    found = grids(protocol, lang, find_part(part, protocol))
    if not found:
        raise InputError(f"{protocol.name} has no schedule.")
    if form == "csv" and len(found) > 1:
        names = ", ".join(protocol.study.parts) if protocol.study is not None else ""
        raise InputError(f"--format csv: {protocol.name} has a schedule for each part; say --part with one of {names}.")
    if form == "xlsx":
        if output is None and sys.stdout.isatty():
            raise InputError("--format xlsx: a workbook is no text; say --output FILE.")
        give(soa_xlsx(protocol, found, say), output)
    elif form == "csv":
        give(soa_csv(found, say), output)
    else:
        give({"text": soa_text, "html": soa_html, "md": soa_md}[form](protocol, found, say), output)
    return Outcome.DONE
