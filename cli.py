"""The command line: a group whose verbs load when they are asked for, and the only place for exit codes."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import traceback
from difflib import get_close_matches
from enum import IntEnum
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from ._version import __version__
from .commands._console import colour_refused
from .commands._outcome import Outcome

PROG = "trialrules"
_HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")  # noqa: PTH100, PTH118, PTH120 - pathlib would slow the start

# Verb -> its line in the help. The module is commands/<verb>.py, with "_" for "-", and exposes `command`.
VERBS = {
    "check": "Read rule files and report every fault with its place and mend.",
    "fmt": "Lay rule files out the one way.",
    "test": "Run the examples written in rule files and beside them.",
    "lock": "Write the digests of the source's items beside the rules.",
    "trace": "Show which line of the protocol text each criterion stands for.",
    "screen": "Decide for patients, criterion by criterion, and say why.",
    "explain": "Show the whole evidence of a criterion, or of all, for a --patient.",
    "advise": "Say what is missing, what is nearest, and from which day on.",
    "soa": "Show the Schedule of Activities: what is done at which visit.",
    "schedule": "Show subjects' visits, planned and actual: windows, doses, deviations, what comes next.",
    "move": "Show what follows if a visit is moved, and record the move.",
    "ics": "Write subjects' visits as a calendar to subscribe to.",
    "outcome": "Compute subjects' outcomes, with baseline, change and evidence.",
    "escalation": "Say where a dose escalation stands, and what may happen next.",
    "serve": "Start the service: screening log, schedules, sign-off, calendar feeds.",
    "study": "Make studies and sites of the service, and say what holds for them.",
    "user": "Make accounts of the service, send one-time links, switch accounts off.",
    "migrate": "Bring the service's database to this version's form.",
    "replay": "Come to a stored decision again, and compare byte for byte.",
    "audit": "Look through the audit trail of the service, or of an export.",
    "export": "Write a complete offline copy of a study.",
    "backup": "Copy the service's database while it runs.",
    "restore": "Put a copy of the database into an empty installation.",
    "docs": "Write the readable document of a protocol.",
    "explain-code": "Explain an error code such as TR012.",
    "doctor": "Look whether this installation is whole.",
    "completion": "Print the completion script of a shell.",
}


class ExitCode(IntEnum):
    """Every way that the program ends."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    NOT_ELIGIBLE = 3
    BUG = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


_CODES = {
    Outcome.DONE: ExitCode.DONE,
    Outcome.FINDINGS: ExitCode.FINDINGS,
    Outcome.INPUT_ERROR: ExitCode.USAGE,
    Outcome.NOT_ELIGIBLE: ExitCode.NOT_ELIGIBLE,
}


class _PipeClosedError(Exception):
    """The reader of our output went away. Click would end the process itself, with the code of a finding."""


class LazyVerbs(click.Group):
    """Knows its verbs by name and imports the one that runs; help and completion import none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in VERBS:
            return None
        verb = import_module(f".commands.{cmd_name.replace('-', '_')}", __package__).command
        if not isinstance(verb, click.Command):
            raise TypeError(f"commands/{cmd_name}: `command` is no click command")
        return verb

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        typed = args[0]
        if typed not in VERBS and not typed.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(typed.lower(), VERBS, n=1)
            hint = f"did you mean `{PROG} {near[0]}`?" if near else f"`{PROG} --help` lists the verbs."
            raise click.UsageError(f"there is no verb `{typed}`; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        verbs = [CompletionItem(verb, help=line) for verb, line in VERBS.items() if verb.startswith(incomplete)]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosedError from error


@click.group(cls=LazyVerbs, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name=PROG, message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Protocols of clinical trials as rules: screen patients and say why, plan visits and doses, compute outcomes.

    Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 findings, 2 usage or input error; with --exit-code 3 is "not eligible".
    """
    if colour_refused():
        ctx.color = False


def run(args: list[str] | None = None) -> int:
    """Run one command and give its exit code. Nothing but shell completion leaves by `SystemExit`."""
    try:
        result = program.main(args, prog_name=PROG, standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (_PipeClosedError, BrokenPipeError):
        _drop_output()
        return ExitCode.PIPE_CLOSED
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        click.echo(f"{PROG}: {place}{error.strerror or error}", err=True)
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever comes here is our fault, and says so
        _own_up(error)
        return ExitCode.BUG
    if isinstance(result, Outcome):
        return _CODES[result]
    # `ctx.exit(n)`, as help and version do; no other number has a meaning here.
    return ExitCode.USAGE if isinstance(result, int) and result else ExitCode.DONE


def main() -> None:
    """Console script."""
    # Reading a protocol makes some 100,000 objects that all stay; looking for garbage among them every 700 was a tenth of the start.
    gc.set_threshold(100_000, 50, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show "≥" gets an escape instead of a crash.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())


def _own_up(error: Exception) -> None:
    """Say that it is our bug. The message of a stray exception may quote patient data, so it is shown only on demand."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_HERE)]
    place = f" at {ours[-1].filename.removeprefix(_HERE)}:{ours[-1].lineno}" if ours else ""
    click.echo(f"{PROG} {__version__}: this is a bug in {PROG}, not in your files ({type(error).__name__}{place}).", err=True)
    if os.environ.get("TRIALRULES_DEBUG") == "1":
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    else:
        click.echo("Set TRIALRULES_DEBUG=1 to see the traceback; it may show parts of your data.", err=True)


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain on its way out."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
