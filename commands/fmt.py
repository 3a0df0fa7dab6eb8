"""`trialrules fmt` lays rule files out the one way."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import click

from .. import limits
from ..dsl.diagnostics import has_errors
from ..dsl.format import FormatResult, format_text
from ..dsl.render import render_text
from ..dsl.source import Source
from ._console import colour_welcome
from ._outcome import InputError, Outcome

STDIN = Path("-")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(files: tuple[Path, ...], *, check: bool, diff: bool) -> Outcome:
    """Lay rule files out the one way: spaces, indentation, columns. Words, numbers and comments stay as they are.

    `-` formats the standard input to the standard output. A file with errors is left alone (exit code 2).
    """
    unusable = changed = False
    for path in dict.fromkeys(files):
        try:
            source, result = formatted(path)
        except InputError as error:
            error.show()
            unusable = True
            continue
        changed = changed or result.changed
        if path == STDIN and not check and not diff:
            sys.stdout.write(result.text)
        elif result.changed:
            _tell(path, source, result, check=check, diff=diff)
    if unusable:
        return Outcome.INPUT_ERROR
    return Outcome.FINDINGS if check and changed else Outcome.DONE


def formatted(path: Path) -> tuple[Source, FormatResult]:
    """A file's text and what it should be.

    Raises:
        InputError: if it cannot be read, or has errors and is therefore left alone.
    """
    try:
        content = sys.stdin.buffer.read(limits.MAX_FILE_BYTES + 1) if path == STDIN else _read(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    name = "<stdin>" if path == STDIN else str(path)
    if len(content) > limits.MAX_FILE_BYTES:
        raise InputError(f"{name}: the file is larger than {limits.MAX_FILE_BYTES} bytes")
    try:
        source = Source(name, content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from error
    result = format_text(source)
    if has_errors(result.diagnostics):
        raise InputError(render_text(result.diagnostics, {name: source}, colour=colour_welcome(sys.stderr)).rstrip())
    return source, result


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.MAX_FILE_BYTES + 1)


def _tell(path: Path, source: Source, result: FormatResult, *, check: bool, diff: bool) -> None:
    if diff:
        click.echo(unified(source, result.text), nl=False)
    if check:
        click.echo(f"{source.name} would change", err=True)
    elif not diff:
        _replace(path, result.text)
        click.echo(f"{path} formatted", err=True)


def unified(source: Source, text: str) -> str:
    """What would change, as a patch."""
    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, source.name, f"{source.name} (formatted)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _replace(path: Path, text: str) -> None:
    """Write a file in one step, so that a full disk or a Ctrl-C never leaves half of it; links keep pointing to it."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        shutil.copymode(target, fresh)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
