"""Files that a verb writes: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file so that readers find the old content or the new one, and a crash leaves the old one.

    Args:
        path: The file; it keeps its permissions. A link is followed: the file that it leads to is written.
        content: What it holds afterwards.
        private: A new file may be read by its owner only.
    """
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, target.stat().st_mode & 0o7777 if target.exists() else 0o600 if private else 0o666 & ~_umask())  # noqa: PTH101
        os.replace(name, target)  # noqa: PTH105 - the same for a name as for a path
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    _sync_folder(target.parent)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system knows how."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def give(content: str | bytes, output: Path | None) -> None:
    """Data to the standard output, or to a file, which stderr then names."""
    if output is not None:
        write_whole(output, content.encode("utf-8") if isinstance(content, str) else content)
        click.echo(f"{output} written", err=True)
    else:
        click.echo(content, nl=False)
