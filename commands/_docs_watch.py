"""`--watch`: run again whenever a file changes, until Ctrl-C."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PAUSE = 0.3
"""Seconds between two looks; short enough to feel at once, long enough to cost nothing."""

Stamp = tuple[int, int] | None


def stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """When each file was changed and how long it is; None for one that is not there."""
    found: dict[Path, Stamp] = {}
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            found[path] = None
        else:
            found[path] = (state.st_mtime_ns, state.st_size)
    return found


def watch(run: Callable[[], Iterable[Path]], pause: Callable[[float], None] = time.sleep) -> None:
    """Call `run` now and after each change of the files that its last call named; ends by Ctrl-C.

    Editors write a file by replacing it: a file that vanishes for a moment is waited for.
    """
    while True:
        before = stamps(run())
        click.echo("watching; Ctrl-C ends", err=True)
        while True:
            pause(PAUSE)
            now = stamps(before)
            if now != before and any(each is not None for each in now.values()):
                break
        click.echo("", err=True)
