"""`trialrules audit`: the audit trail of an installation, or of an offline copy."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..service.operations.offline import NoCopyError, verify as verify_copy
from ._outcome import InputError, Outcome
from ._service import home_option, operations, ready, running, use_home


@click.group(no_args_is_help=True)
def command() -> None:
    """Look through the audit trail."""


@command.command()
@home_option
@click.option("--study", help="This study only; left out: all, and the installation's own chain.")
@click.option("--export", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Verify this offline copy instead.")
@click.option("--replay/--no-replay", default=True, help="With --export: come to every decision again, too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(*, home: Path | None, study: str | None, folder: Path | None, replay: bool, form: str) -> Outcome:
    """Verify the chains of hashes, and what they vouch for; name the first bad entry of each chain.

    Exit code 1 when something is not as it was written. An --export needs neither database nor service.
    """
    if folder is not None:
        return _copy(folder, form, replay=replay)
    use_home(home)
    ready()
    examine = operations("examine")
    found = running(lambda: examine.verify(study))
    heads = {slug or "installation": head for slug, head in sorted(found.heads.items())}
    return _show(form, heads, found.entries, [], found.faults)


def _copy(folder: Path, form: str, *, replay: bool) -> Outcome:
    try:
        found = verify_copy(folder, replay=replay)
    except NoCopyError as error:
        raise InputError(str(error)) from error
    notes = [f"manifest {found.manifest}", f"{found.decisions} decisions{', each come to again' if replay else ''}"]
    if found.blinded:
        notes.append(f"{found.blinded} entries are blinded: of these the place in the chain is verified, not the contents")
    return _show(form, {found.study: found.head}, found.entries, notes, list(found.faults))


def _show(form: str, heads: dict[str, str], entries: int, notes: list[str], faults: list[str]) -> Outcome:
    if form == "json":
        said = {"schema": "trialrules/audit-verify/1", "entries": entries, "heads": heads, "notes": notes, "faults": faults}
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        for name, head in heads.items():
            click.echo(f"{name}: {head or 'empty'}")
        for line in notes:
            click.echo(line)
        for line in faults:
            click.echo(f"BAD  {line}")
        click.echo(f"{entries} entries; {'all is as it was written' if not faults else f'{len(faults)} faults'}")
    return Outcome.FINDINGS if faults else Outcome.DONE
