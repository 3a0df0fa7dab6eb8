"""`trialrules lock` writes the digests of the source's items beside the rules."""

from __future__ import annotations

from pathlib import Path

import click

from ._docs_sources import lock_bytes, lock_path, problem_place, protocol_of, read_source
from ._outcome import Outcome


@click.command()
@click.argument("rules", type=click.Path(path_type=Path))
@click.option("--sources", type=click.Path(path_type=Path), help="Folder of the source texts (default: that of the rule file).")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if the lock file is not up to date.")
def command(rules: Path, sources: Path | None, *, check: bool) -> Outcome:
    """Write NAME.lock.json beside the rules: a digest of the words of each source item, so that `trace` sees what changes.

    Digests only: the lock file holds none of the words.
    """
    protocol = protocol_of(rules)
    text = read_source(protocol, rules, sources)
    for problem in text.items.problems:
        click.echo(f"{problem_place(text, problem)}: {problem.message}\n  help: {problem.help}", err=True)
    path, content = lock_path(rules), lock_bytes(protocol, text)
    old = path.read_bytes() if path.is_file() else None
    if old == content:
        click.echo(f"{path} is up to date: {len(text.items.items)} items", err=True)
        return Outcome.DONE
    if check:
        click.echo(f"{path} {'is not there' if old is None else 'is not up to date'}", err=True)
        return Outcome.FINDINGS
    path.write_bytes(content)
    click.echo(f"{path}: {len(text.items.items)} items locked", err=True)
    return Outcome.DONE
