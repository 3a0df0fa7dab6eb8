"""What a verb has to say about its run. `cli.py` alone turns it into an exit code."""

from __future__ import annotations

from enum import Enum, auto

import click


class Outcome(Enum):
    """Returned by a verb's callback; returning nothing is DONE."""

    DONE = auto()
    FINDINGS = auto()
    """The verb looked for faults and found some: `check`, `test`, `trace`, `fmt --check`, `doctor`."""
    INPUT_ERROR = auto()
    """Part of the input could not be used, its messages are out already, and the rest was done."""
    NOT_ELIGIBLE = auto()
    """Not eligible or undetermined; only for a caller who opted in with `--exit-code`."""


class InputError(click.ClickException):
    """The input stops the verb: an unreadable file, a rule file with errors. The message goes to stderr as it is."""

    def show(self, file: object = None) -> None:  # noqa: ARG002 - the place is ours to choose, and it is stderr
        click.echo(self.format_message(), err=True)
