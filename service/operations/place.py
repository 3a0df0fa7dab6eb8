"""Where an installation on SQLite lies, that one process serves it, and that one at a time changes the database's form."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection

from ..home import own_file
from .trouble import OperationError

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "glusterfs", "ceph", "lustre", "gpfs", "beegfs", "vboxsf", "davfs"}
    | {f"fuse.{name}" for name in ("sshfs", "glusterfs", "ceph", "rclone", "s3fs", "gcsfuse", "davfs2")}
)
"""Kinds of file systems that several machines may share."""
_MOUNTS: Final = Path("/proc/self/mounts")
_WAIT_SECONDS: Final = 600
_NUMBER: Final = 0x7261_636B
"""The number of PostgreSQL's lock under which migrations run: any, as long as it stays the same."""


def database_file() -> Path | None:
    """The file of the database; None on PostgreSQL."""
    return Path(str(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else None


def file_system(path: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system that a path is on, where Linux tells it; else "unknown"."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    found = [(fields[1].replace("\\040", " "), fields[2]) for fields in (line.split(" ") for line in lines) if len(fields) > 2]
    fitting = [(point, kind) for point, kind in found if path.resolve().is_relative_to(point)]
    # Of two on one point the later one covers the other.
    return max(reversed(fitting), key=lambda one: len(one[0]), default=("", "unknown"))[1]


def need_local(mounts: Path = _MOUNTS) -> None:
    """Look that a SQLite database lies where SQLite keeps its word.

    Raises:
        OperationError: if it lies on a network file system.
    """
    path = database_file()
    kind = "" if path is None else file_system(path, mounts)
    if kind in NETWORK:
        raise OperationError(
            f"{path} lies on a network file system ({kind}), where SQLite's log and locks do not work; "
            "name a folder on a local disk with --home, or use PostgreSQL (DATABASE_URL)"
        )


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Serve alone: until the body ends, or the process, however it ends. On PostgreSQL several may serve.

    Raises:
        OperationError: if another process serves this installation.
    """
    path = database_file()
    if path is None:
        yield
        return
    with _held(path, "serving", 0, "another process serves this installation already; stop it first, or name another folder with --home"):
        yield


@contextlib.contextmanager
def in_turn() -> Iterator[None]:
    """Change the form of the database, once whoever does so already has done it.

    Raises:
        OperationError: if that takes longer than ten minutes (SQLite).
    """
    path = database_file()
    if path is not None:
        with _held(path, "migrating", _WAIT_SECONDS, "another process migrates this installation, and does not end"):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_NUMBER])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_NUMBER])


@contextlib.contextmanager
def _held(path: Path, what: str, seconds: int, otherwise: str) -> Iterator[None]:
    """Hold a lock beside the database: SQLite's own on an empty file, which every system has and no killed process leaves behind."""
    beside = path.with_name(f"{path.name}.{what}")
    own_file(beside)
    with contextlib.closing(sqlite3.connect(beside, timeout=seconds, isolation_level=None)) as lock:
        try:
            lock.execute("PRAGMA journal_mode=memory")  # nothing is ever written
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            why = otherwise if error.sqlite_errorcode == sqlite3.SQLITE_BUSY else f"{beside.name} can't be locked: {error}"
            raise OperationError(f"{path.parent}: {why}") from error
        yield
