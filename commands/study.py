"""`trialrules study`: studies and sites of the service, and what holds for a study. Studies and sites are on pages too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ._service import home_option, operations, ready, running, use_home


@click.group(no_args_is_help=True)
def command() -> None:
    """Make studies and their sites, say when a site is closed, and what holds for a study."""


def _studies(home: Path | None) -> Any:  # noqa: ANN401 - a module loaded by name
    use_home(home)
    ready()
    return operations("studies")


@command.command()
@click.argument("slug")
@home_option
@click.option("--name", required=True, help="Title of the study.")
@click.option("--short-name", help="What calendars show; left out: SLUG in capitals.")
def create(*, slug: str, home: Path | None, name: str, short_name: str | None) -> None:
    """Make a study; SLUG stands in its addresses, such as `aclf2`."""
    studies = _studies(home)
    running(lambda: studies.create(slug, name, short_name or slug.upper()))


@command.command()
@click.argument("study")
@click.argument("code")
@home_option
@click.option("--name", required=True, help="Name of the site.")
@click.option("--timezone", required=True, help="Its time zone, such as Asia/Shanghai.")
def site(*, study: str, code: str, home: Path | None, name: str, timezone: str) -> None:
    """Make a site of a study; CODE is short, such as `GZ`."""
    studies = _studies(home)
    running(lambda: studies.site(study, code, name, timezone))


@command.command()
@click.argument("study")
@click.argument("site")
@home_option
@click.option("--day", "days", multiple=True, help="A day with its name, such as `2026-10-01 National Day`; may be given again.")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def closed(*, study: str, site: str, home: Path | None, days: tuple[str, ...], reason: str) -> None:
    """State the days on which a site is closed; they take the place of those stated before."""
    studies = _studies(home)
    running(lambda: studies.closed(study, site, days, reason))


@command.command(name="set")
@click.argument("study")
@home_option
@click.option("--waivers/--no-waivers", default=None, help="Whether countersigned overrides of all failing criteria open enrolment.")
@click.option("--ended", metavar="DAY", help="Day on which the study ended; `none` takes it away.")
@click.option("--keep-years", type=click.IntRange(0), help="Years for which the records are kept from then on; 0 takes it away.")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def set_(*, study: str, home: Path | None, waivers: bool | None, ended: str | None, keep_years: int | None, reason: str) -> None:
    """Say what holds for a study. Nothing is ever deleted by it."""
    if waivers is None and ended is None and keep_years is None:
        raise click.UsageError("say what to set: --waivers, --no-waivers, --ended or --keep-years")
    studies = _studies(home)
    day = "" if ended == "none" else ended
    running(lambda: studies.change(study, waivers=waivers, ended=day, keep_years=keep_years, reason=reason))


@command.command(name="list")
@home_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(*, home: Path | None, form: str) -> None:
    """Show all studies: sites and the rules in force there, how long records are kept, whether waivers open enrolment."""
    studies = _studies(home)
    found = running(lambda: list(studies.listing()))
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['study']}  {one['name']}  ({one['short_name']})")
        for place in one["sites"]:
            rules = f"rules {place['rules']}" if place["rules"] else "no rules in force"
            closed_days = f", closed on {place['closed_days']} days" if place["closed_days"] else ""
            click.echo(f"    {place['site']}  {place['name']}, {place['timezone']}, {rules}{closed_days}")
        ended = one["ended"] or "no end is recorded"
        years = "no retention period is stated" if one["keep_years"] is None else f"kept for {one['keep_years']} years"
        until = "" if one["retain_until"] is None else f": retain until {one['retain_until']}"
        click.echo(f"    {ended}; {years}{until}; waivers open {'' if one['waivers'] else 'no '}enrolment")
