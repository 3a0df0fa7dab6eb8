"""`trialrules migrate`: the database in this version's form."""

from __future__ import annotations

from pathlib import Path

import click

from ._service import home_option, operations, running, use_home


@click.command()
@home_option
def command(*, home: Path | None) -> None:
    """Bring the database to this version's form, as `serve` does when it starts.

    With DATABASE_OWNER_URL the tables belong to that role, and the role of DATABASE_URL gets what the service needs, no more.
    """
    use_home(home)
    state = operations("state")
    running(lambda: state.start(new=True))
    done = running(state.migrate)
    click.echo(f"{len(done)} migrations done" if done else "nothing to do", err=True)
