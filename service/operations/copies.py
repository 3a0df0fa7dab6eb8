"""Copies of the database: made while the service runs, put back into an empty installation only."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Final

from django.db import connection, connections, transaction

from .. import setup
from ..work import audit
from . import place, state
from .trouble import OperationError

_HEAD: Final = b"SQLite format 3\0"
_DUMP: Final = b"PGDMP"
_LIBPQ: Final = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def backup(output: Path) -> int:
    """Copy the database into a file that is not there yet; its size. That it was made stands in the audit trail, and in the copy.

    Raises:
        OperationError: if something stands at `output`, or the copy can't be made.
    """
    if output.exists():
        raise OperationError(f"{output}: there is something already; name a new file")
    if not output.parent.is_dir():
        raise OperationError(f"{output.parent}: there is no such folder")
    with transaction.atomic():
        audit.write("command line", "backup made", "installation")
    draft = output.with_name(f".{output.name}.{secrets.token_hex(6)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        database = place.database_file()
        if database is None:
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
        else:
            _copy_sqlite(database, draft)
        _sync(draft)
        draft.rename(output)
        _sync(output.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return output.stat().st_size


def restore(source: Path) -> None:
    """Put a copy into an empty database, and bring it to this version's form.

    Raises:
        OperationError: if there is something in the database, or the file is no such copy.
    """
    with source.open("rb") as file:
        head = file.read(len(_HEAD))
    database = place.database_file()
    if not head.startswith(_DUMP if database is None else _HEAD):
        wanted = "PostgreSQL (pg_dump, custom format)" if database is None else "SQLite"
        raise OperationError(f"{source}: this is no copy of a {wanted} database, as this installation has")
    if connection.introspection.table_names():
        raise OperationError("the database is not empty: a copy is put into an empty one only; name another folder or database")
    connections.close_all()
    if database is None:
        _run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(source))
    else:
        _whole(source)
        _copy_sqlite(source, database)
    state.migrate()


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy: readers and writers of `source` go on. The copy is one file, without a journal beside it."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as old,
            contextlib.closing(sqlite3.connect(target, timeout=60)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=delete").fetchone()
    except sqlite3.Error as error:
        raise OperationError(f"{source}: SQLite can't copy it: {error}") from error
    _whole(target)


def _whole(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as there:
            said = there.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise OperationError(f"{path}: the copy is damaged: {said}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _run(program: str, *words: str) -> None:
    """Run a program of PostgreSQL's with the database's address in its environment, where `ps` does not show the password."""
    found = shutil.which(program)
    if found is None:
        raise OperationError(f"{program} is not installed; on Debian say: apt-get install postgresql-client")
    told = connections[setup.owner_alias()].settings_dict
    given = {
        "PGHOST": told["HOST"],
        "PGPORT": told["PORT"],
        "PGUSER": told["USER"],
        "PGPASSWORD": told["PASSWORD"],
        "PGDATABASE": told["NAME"],
    }
    given |= {_LIBPQ[key]: value for key, value in told["OPTIONS"].items() if key in _LIBPQ}
    environment = {**os.environ, **{key: str(value) for key, value in given.items() if value}}
    target = [f"--dbname={told['NAME']}"] if program == "pg_restore" else []
    done = subprocess.run([found, *target, *words], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - found by us
    if done.returncode:
        raise OperationError(f"{program}: {done.stderr.strip()[:2000] or f'ended with {done.returncode}'}")
