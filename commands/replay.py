"""`trialrules replay`: a stored decision, come to again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..canonical import strict_json_loads
from ..service.record import Replay, differences, replay as again
from ._outcome import InputError, Outcome
from ._service import home_option, operations, ready, running, use_home


@click.command()
@click.argument("decision", required=False)
@home_option
@click.option("--record", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the decision from a record's file.")
@click.option("--all", "everything", is_flag=True, help="Every decision of the installation, or of the --study.")
@click.option("--study", help="With --all: this study only.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(*, decision: str | None, home: Path | None, record: Path | None, everything: bool, study: str | None, form: str) -> Outcome:
    """Come to a stored DECISION again from its rules, data and day, and compare byte for byte.

    A --record (from `export`, or the page of a decision) needs neither database nor service. Exit code 1 when the answer differs.
    """
    if sum([decision is not None, record is not None, everything]) != 1:
        raise click.UsageError("name one DECISION, one --record, or --all")
    if record is not None:
        results = [_from_file(record)]
    else:
        use_home(home)
        ready()
        examine = operations("examine")
        if everything:
            results = running(lambda: examine.replay_all(study))
        else:
            results = [(str(decision), running(lambda: examine.replay_one(decision))[0])]
    _show(results, form)
    return Outcome.DONE if all(one.agrees for _, one in results) else Outcome.FINDINGS


def _from_file(path: Path) -> tuple[str, Replay]:
    found = strict_json_loads(path.read_bytes().decode("utf-8", "replace"))
    if not isinstance(found, dict):
        raise InputError(f"{path}: this is no record of a decision")
    return str(found.get("id", path.name)), again(found)


def _show(results: list[tuple[str, Replay]], form: str) -> None:
    if form == "json":
        said = [{"decision": number, "agrees": one.agrees, "why": one.why, "redacted": list(one.redacted)} for number, one in results]
        click.echo(json.dumps({"schema": "trialrules/replay/1", "decisions": said}, indent=2))
        return
    for number, one in results:
        click.echo(f"{number}: {'the same, byte for byte' if one.agrees else one.why}")
        for line in one.redacted:
            click.echo(f"    redacted: {line}; compared is what is left")
        for line in differences(one):
            click.echo(f"    {line}")
