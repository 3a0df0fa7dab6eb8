"""Small disks that can be filled to the last byte and emptied again; Linux lets root make them."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int):
    """A file system of its own at `place`; where none may be made, the test is skipped."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


class Disk:
    """A file system, and the ballast that fills it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Leave not a byte."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            (self.place / "one byte more").write_bytes(b"x")
        (self.place / "one byte more").unlink(missing_ok=True)

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink()
