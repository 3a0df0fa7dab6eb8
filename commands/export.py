"""`trialrules export`: a study to take away, readable and verifiable without the service."""

from __future__ import annotations

from pathlib import Path

import click

from ._service import home_option, operations, ready, running, use_home


@click.command()
@click.argument("study")
@home_option
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder to make.")
@click.option("--blinded", is_flag=True, help="Leave out arms, doses and what could give them away.")
def command(*, study: str, home: Path | None, output: Path, blinded: bool) -> None:
    """Write a complete offline copy of a STUDY: pages and JSON with subjects, decisions, signatures, rules and the audit trail.

    It prints the last hash of the audit trail and the digest of the manifest: note them apart from the copy.
    `trialrules audit verify --export FOLDER` verifies it, on any machine.
    """
    use_home(home)
    ready()
    module = operations("export")
    made = running(lambda: module.export(study, output.absolute(), blinded=blinded))
    click.echo(f"{output}: {made.subjects} subjects, {made.decisions} decisions, {made.files} files", err=True)
    click.echo(f"audit {made.head}")
    click.echo(f"manifest {made.manifest}")
