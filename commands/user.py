"""`trialrules user`: accounts of the service. There is none by default, and none has a password that somebody else chose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ._service import home_option, operations, ready, running, use_home

ROLES = ("writer", "coordinator", "investigator", "monitor", "administrator")


@click.group(no_args_is_help=True)
def command() -> None:
    """Make accounts, send one-time links, switch accounts off."""


def _people(home: Path | None) -> Any:  # noqa: ANN401 - a module loaded by name
    use_home(home)
    ready()
    return operations("people")


@command.command()
@click.argument("username")
@home_option
@click.option("--name", help="Name that is printed on signatures; left out: the user name.")
@click.option("--admin", is_flag=True, help="Administrator of the installation.")
@click.option("--role", type=click.Choice(ROLES), help="Role in the --study.")
@click.option("--study", help="Study in which the account has the --role.")
@click.option("--site", help="Only at this site; left out: at all.")
@click.option("--unblinded", is_flag=True, help="May see arms and amounts.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def create(
    *,
    username: str,
    home: Path | None,
    name: str | None,
    admin: bool,
    role: str | None,
    study: str | None,
    site: str | None,
    unblinded: bool,
    language: str,
) -> None:
    """Make an account and print its one-time link, with which its owner chooses a password."""
    if (role is None) != (study is None):
        raise click.UsageError("a --role belongs to a --study, and the other way round")
    people = _people(home)
    part = None if role is None else people.Part(study, role, site, unblinded)
    click.echo(running(lambda: people.create(username, name or username, language=language, superuser=admin, part=part)))


@command.command()
@click.argument("username")
@home_option
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--study", required=True)
@click.option("--site", help="Only at this site; left out: at all.")
@click.option("--unblinded", is_flag=True, help="May see arms and amounts.")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def grant(*, username: str, home: Path | None, role: str, study: str, site: str | None, unblinded: bool, reason: str) -> None:
    """Give an account a role in a study."""
    people = _people(home)
    running(lambda: people.grant(username, people.Part(study, role, site, unblinded), reason))


@command.command()
@click.argument("username")
@home_option
def link(*, username: str, home: Path | None) -> None:
    """Print another one-time link; older ones stop working."""
    people = _people(home)
    click.echo(running(lambda: people.link(username)))


def _switch(username: str, home: Path | None, reason: str, *, active: bool) -> None:
    people = _people(home)
    running(lambda: people.switch(username, active=active, reason=reason))


@command.command()
@click.argument("username")
@home_option
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def disable(*, username: str, home: Path | None, reason: str) -> None:
    """Switch an account off; it is signed out everywhere. Accounts are never removed, as the audit trail names them."""
    _switch(username, home, reason, active=False)


@command.command()
@click.argument("username")
@home_option
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def enable(*, username: str, home: Path | None, reason: str) -> None:
    """Switch an account on again."""
    _switch(username, home, reason, active=True)


@command.command(name="reset-second-factor")
@click.argument("username")
@home_option
@click.option("--reason", required=True, help="Why, and how you made sure who asks; it stands in the audit trail.")
def reset_second_factor(*, username: str, home: Path | None, reason: str) -> None:
    """Take off the second factor of somebody who has lost the device and the recovery codes. All sessions of the account end."""
    people = _people(home)
    running(lambda: people.reset_factor(username, reason))


@command.command(name="second-factor")
@home_option
@click.option("--required/--optional", default=None, help="Whether every account needs one; left out: say what holds.")
@click.option("--reason", help="Why; it stands in the audit trail.")
def second_factor(*, home: Path | None, required: bool | None, reason: str | None) -> None:
    """Require a second factor of every account, or leave it to its owner. Who has none then sets it up before anything else."""
    if (required is None) != (reason is None):
        raise click.UsageError("--required and --optional need a --reason, and a reason needs one of them")
    people = _people(home)
    if required is not None:
        running(lambda: people.require_factor(everybody=required, reason=reason))
    click.echo("required" if running(people.factor_required) else "optional")


@command.command(name="list")
@home_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(*, home: Path | None, form: str) -> None:
    """Show all accounts with their roles."""
    people = _people(home)
    found = running(lambda: list(people.listing()))
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        marks = {"administrator": one["administrator"], "second factor": one["second_factor"], "off": not one["active"]}
        click.echo("  ".join([one["username"], one["name"], *(word for word, holds in marks.items() if holds)]))
        for role in one["roles"]:
            where = "all sites" if role["site"] is None else f"site {role['site']}"
            click.echo(f"    {role['study']}: {role['role']}, {where}{', unblinded' if role['unblinded'] else ''}")
