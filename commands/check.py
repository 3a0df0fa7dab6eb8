"""`trialrules check` reads rule files and reports every fault with its place and mend.

It must start at once, so it imports the checker and nothing of the engine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from .._version import __version__
from ..dsl.diagnostics import Diagnostic, has_errors, sorted_diagnostics
from ..dsl.facade import load, load_scenarios
from ..dsl.render import render_text
from ..dsl.render_json import render_json, render_sarif
from ._console import colour_welcome
from ._docs_watch import watch
from ._outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..dsl.source import Source

SCENARIOS = ".scenarios.rules"


@frozen
class Checked:
    """What there is to say about some files, the texts it points into, and the files that could not be read."""

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    unreadable: tuple[Path, ...]
    read: tuple[Path, ...]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends.")
@click.option("--strict", is_flag=True, help="Warnings too give exit code 1.")
def command(files: tuple[Path, ...], form: str, *, watching: bool, strict: bool) -> Outcome:
    """Read rule files and report every fault with its place and mend.

    Takes protocols, libraries, and files of examples (NAME.scenarios.rules, checked against NAME.rules beside them). Exit code 0: none, or
    warnings only; 1: faults; 2: a file cannot be read.
    """
    if watching:
        watch(lambda: _once(files, form).read)
    checked = _once(files, form)
    if checked.unreadable:
        return Outcome.INPUT_ERROR
    faulty = bool(checked.diagnostics) if strict else has_errors(checked.diagnostics)
    return Outcome.FINDINGS if faulty else Outcome.DONE


def _once(files: Iterable[Path], form: str) -> Checked:
    checked = check_files(files)
    if form == "text":
        click.echo(render_text(checked.diagnostics, checked.sources, colour=colour_welcome(sys.stdout)), nl=False)
        if not checked.diagnostics:
            click.echo("no faults", err=True)
    elif form == "json":
        click.echo(json.dumps(render_json(checked.diagnostics, checked.sources), ensure_ascii=False, indent=2))
    else:
        click.echo(json.dumps(render_sarif(checked.diagnostics, checked.sources, __version__), ensure_ascii=False, indent=2))
    return checked


def check_files(files: Iterable[Path]) -> Checked:
    """Check files in the order given; what they share (a library with a fault) is reported once, and everything by place."""
    found: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    unreadable: list[Path] = []
    read: dict[Path, None] = {}
    for path in dict.fromkeys(files):
        diagnostics, texts = _check_one(path)
        found += diagnostics
        sources |= texts
        read |= dict.fromkeys([path, *(Path(name) for name in texts)])
        if not readable(path):
            unreadable.append(path)
    return Checked(sorted_diagnostics(found), sources, tuple(unreadable), tuple(read))


def _check_one(path: Path) -> tuple[tuple[Diagnostic, ...], Mapping[str, Source]]:
    rules = rules_of(path)
    if rules is None or not readable(path):
        loaded = load(path)
        return loaded.diagnostics, loaded.sources
    whole = load(rules)
    if whole.protocol is None:
        # Its faults are what stands in the way; the examples cannot be judged before they are mended.
        return whole.diagnostics, whole.sources
    beside = load_scenarios(path, whole.protocol)
    return beside.diagnostics, {**whole.sources, **beside.sources}


def rules_of(path: Path) -> Path | None:
    """For a file of examples: the rule file that it belongs to."""
    return path.with_name(path.name.removesuffix(SCENARIOS) + ".rules") if path.name.endswith(SCENARIOS) else None


def readable(path: Path) -> bool:
    """Whether the file can be opened; what is in it may still be no text."""
    try:
        with path.open("rb"):
            return True
    except (OSError, ValueError):
        return False
