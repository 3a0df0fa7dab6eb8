"""`trialrules restore`: a copy of the database back in place."""

from __future__ import annotations

from pathlib import Path

import click

from ._outcome import Outcome
from ._service import home_option, operations, running, use_home


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
def command(*, source: Path, home: Path | None) -> Outcome:
    """Put the copy SOURCE into an empty installation, then verify the audit trail. What is not empty is left alone.

    Exit code 1 when something in the copy is not as it was written.
    """
    use_home(home)
    state = operations("state")
    running(lambda: state.start(new=True))
    copies, examine = operations("copies"), operations("examine")
    running(lambda: copies.restore(source))
    found = running(examine.verify)
    for line in found.faults:
        click.echo(f"BAD  {line}")
    click.echo(f"{found.entries} entries of the audit trail; {'all is as it was written' if not found.faults else 'faults'}")
    return Outcome.FINDINGS if found.faults else Outcome.DONE
