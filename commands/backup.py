"""`trialrules backup`: a copy of the database, while the service runs."""

from __future__ import annotations

from pathlib import Path

import click

from ._service import home_option, operations, ready, running, use_home


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@home_option
def command(*, output: Path, home: Path | None) -> None:
    """Copy the database into the file OUTPUT: SQLite's online copy, or pg_dump's custom format. The service may run on.

    The copy holds patients' records and one-time secrets' digests: keep it where the database itself could be kept.
    """
    use_home(home)
    ready()
    copies = operations("copies")
    size = running(lambda: copies.backup(output.absolute()))
    click.echo(f"{output}: {size} bytes", err=True)
