"""`trialrules serve`: the service, from one command."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import click

from ._outcome import InputError, Outcome
from ._service import Ops, home_option, operations, running, use_home


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than this machine only behind a proxy.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 takes a free one.")
@click.option("--demo", is_flag=True, help="Load three studies with invented subjects, and print a one-time link for each role.")
@click.option("--check", is_flag=True, help="Start, look at the main addresses, stop; without --home in a folder that is thrown away.")
@click.option("--proxy", metavar="ADDRESS", help="Address of the proxy whose X-Forwarded-For is believed.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests answered at once.")
@click.option("--migrate/--no-migrate", default=True, help="Whether to bring the database to this version's form first.")
def command(*, home: Path | None, host: str, port: int, demo: bool, check: bool, proxy: str | None, threads: int, migrate: bool) -> Outcome:
    """Start the service: pages, JSON interface and calendar feeds.

    Everything is kept in one folder: the database (SQLite, unless DATABASE_URL names a PostgreSQL) and the key of sessions. There is no
    account by default; `trialrules user create NAME --admin` makes the first.
    """
    state = operations("state")
    with tempfile.TemporaryDirectory(prefix="trialrules-check-") as scratch, contextlib.ExitStack() as held:
        use_home(Path(scratch) if check and home is None else home)
        if not check:
            running(lambda: operations("listen").need_proxy(proxy))
        listening = running(lambda: operations("listen").bind(host, 0 if check else port))
        url = running(lambda: operations("listen").public_url(listening))
        running(lambda: state.start(new=True))
        running(lambda: held.enter_context(operations("place").only_one()))
        running(state.migrate if migrate else state.need_database)
        server = operations("server")
        ways = running(server.demonstration) if demo else []
        _greet(server, url, ways)
        if check:
            return _check(server, listening, url, ways)
        click.echo("Ctrl-C stops it.", err=True)
        running(lambda: server.serve(listening, threads=threads, proxy=proxy))
    click.echo("stopped", err=True)
    return Outcome.DONE


def _greet(server: Ops, url: str, ways: list[Any]) -> None:
    """The address, and the links: the only place where they ever stand."""
    click.echo(f"trialrules runs at {url}/")
    click.echo(f"in {Path(os.environ.get('TRIALRULES_HOME') or 'trialrules-data').absolute()}: {server.counted()}", err=True)
    if not ways:
        return
    click.echo("\nOne-time links; each lets its account choose a password:")
    width, role = max(len(way.username) for way in ways), max(len(way.role) for way in ways)
    for way in ways:
        click.echo(f"  {way.role:<{role}}  {way.username:<{width}}  {url}{way.path}")
    click.echo("")


def _check(server: Ops, listening: object, url: str, ways: list[Any]) -> Outcome:
    check = operations("check")
    with server.in_background(listening):
        lines = running(lambda: check.look(url, ways))
    for line in lines:
        click.echo(f"{'ok  ' if line.well else 'BAD '} {line.what}: {line.detail}")
    if not lines:
        raise InputError("nothing was looked at")
    return Outcome.DONE if all(line.well for line in lines) else Outcome.FINDINGS
