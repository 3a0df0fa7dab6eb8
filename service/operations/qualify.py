"""Installation qualification: whether what is installed is what was released, and whether it is set up as it has to be."""

from __future__ import annotations

import base64
import hashlib
import platform
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from ..._version import __version__
from .. import clock, guards
from ..home import secret_key
from ..work import factors
from . import place, state

Line = tuple[str, bool, str]
"""What was looked at, whether it is well, and what was seen."""
_PARTS: Final = (
    "django",
    "django-htmx",
    "waitress",
    "whitenoise",
    "argon2-cffi",
    "cryptography",
    "psycopg",
    "pyotp",
    "structlog",
    "segno",
    "tzdata",
    "lark",
    "icalendar",
)
_PRAGMAS: Final[dict[str, object]] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "recursive_triggers": 1,
    "secure_delete": 1,
}
_BUSY: Final = 5000
_ASSERTED: Final[dict[str, object]] = {"DEBUG": False, "USE_TZ": True, "TIME_ZONE": "UTC", "SESSION_COOKIE_HTTPONLY": True}


def looks() -> tuple[tuple[str, Callable[[], Iterator[Line]]], ...]:
    """All looks, each with the part that it is about."""
    return (
        ("versions", versions),
        ("installed files", installed_files),
        ("database", database),
        ("migrations", migrations),
        ("guards", guarded),
        ("second factors", second_factors),
        ("clock", clocks),
        ("files", permissions),
        ("settings", asserted),
    )


def versions() -> Iterator[Line]:
    """What runs."""
    yield "version", True, f"trialrules {__version__}"
    yield "interpreter", True, f"{platform.python_implementation()} {platform.python_version()}"
    yield "system", True, f"{platform.system()} {platform.release()} {platform.machine()}"
    for name in _PARTS:
        try:
            yield f"version of {name}", True, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"version of {name}", False, "not installed"


def installed_files() -> Iterator[Line]:
    """Whether every installed file has the digest that the wheel's RECORD states."""
    files = metadata.distribution("trialrules").files or []
    hashed = [(one, one.hash.value) for one in files if one.hash is not None and one.suffix != ".pyc"]
    if not any(str(one).endswith("trialrules/cli.py") for one in files):
        yield "installed files", False, "this is a checkout, not an installed wheel: there are no digests to compare with"
        return
    bad = [str(one) for one, stated in hashed if _digest(Path(str(one.locate()))) != stated]
    for name in bad[:20]:
        yield "installed files", False, f"{name} is not what was released"
    whole = hashlib.sha256("\n".join(sorted(f"{one} {stated}" for one, stated in hashed)).encode("utf-8")).hexdigest()
    if not bad:
        yield "installed files", True, f"{len(hashed)} files as released; all together {whole}"


def _digest(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode("ascii")


def database() -> Iterator[Line]:
    """The database and how it keeps what it was told."""
    with connection.cursor() as cursor:
        yield from _postgres(cursor) if connection.vendor == "postgresql" else _sqlite(cursor)


def _postgres(cursor: CursorWrapper) -> Iterator[Line]:
    for name, wanted in (("server_version", None), ("fsync", "on"), ("full_page_writes", "on"), ("server_encoding", "UTF8")):
        cursor.execute(f"SHOW {name}")
        found = cursor.fetchone()[0]
        yield f"database {name}", wanted is None or found == wanted, str(found)
    cursor.execute("SHOW synchronous_commit")
    found = cursor.fetchone()[0]
    yield "database synchronous_commit", found != "off", str(found)
    # Also by way of a role that it is a member of, and superusers always.
    cursor.execute(
        "SELECT current_user, count(*) FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'member')"
    )
    role, owned = cursor.fetchone()
    told = "owns no table" if not owned else f"could take the guards off {owned} tables; serve with a role of its own (docs/deployment.md)"
    yield "database role", not owned, f"{role} {told}"


def _sqlite(cursor: CursorWrapper) -> Iterator[Line]:
    yield "database version", True, f"SQLite {sqlite3.sqlite_version}"
    for name, value in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}")
        found = cursor.fetchone()[0]
        yield f"database {name}", found == value, str(found)
    cursor.execute("PRAGMA busy_timeout")
    found = cursor.fetchone()[0]
    yield "database busy_timeout", found >= _BUSY, str(found)
    cursor.execute("PRAGMA integrity_check(1)")
    found = cursor.fetchone()[0]
    yield "database integrity", found == "ok", str(found)
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
    yield "database transactions", mode == "IMMEDIATE", str(mode)


def migrations() -> Iterator[Line]:
    """Whether the database has this version's form."""
    waiting = state.pending()
    yield "migrations", not waiting, "all done" if not waiting else f"waiting: {', '.join(waiting)}"


def guarded() -> Iterator[Line]:
    """Whether the append-only tables refuse changes."""
    for table in guards.APPEND_ONLY:
        there = table not in guards.missing(connection)
        yield f"guard of {table}", there, "there" if there else "missing; say: trialrules migrate"


def second_factors() -> Iterator[Line]:
    """Whether every account needs one, and whether codes can be compared with what is stored."""
    yield "second factor", True, "required of every account" if factors.required() else "up to the owner of an account"
    lost = factors.unreadable()
    told = "readable" if not lost else f"sealed under another key: {', '.join(lost[:5])}; bring the key back, or reset them"
    yield "second factors", not lost, told


def clocks() -> Iterator[Line]:
    """Whether the clock goes on, in UTC, and the database's agrees."""
    first, began = clock.now(), time.monotonic()
    time.sleep(0.05)
    second, ended = clock.now(), time.monotonic()
    drift = abs((second - first).total_seconds() - (ended - began))
    yield "clock", drift < 0.05 and first.tzinfo is UTC, first.isoformat()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        else:
            cursor.execute("SELECT strftime('%s', 'now')")
        told = datetime.fromtimestamp(float(cursor.fetchone()[0]), UTC)
    apart = abs((clock.now() - told).total_seconds())
    yield "clock of the database", apart < 5, f"{told.isoformat()}, {apart:.1f} s apart"


def permissions() -> Iterator[Line]:
    """Whether nobody else on the machine can read what is kept, and the file system keeps its word."""
    home = Path(settings.HOME)
    paths = [(home, 0o700), (home / "secret.key", 0o600)]
    path = place.database_file()
    if path is not None:
        paths += [(one, 0o600) for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")) if one.exists()]
        kind = place.file_system(path)
        local = kind not in place.NETWORK
        yield "file system", local, kind if local else f"{kind}: SQLite needs a local one"
    for one, most in paths:
        mode = stat.S_IMODE(one.stat().st_mode)
        yield f"rights of {one.name}", not mode & ~most, f"{mode:04o}"
    yield "key of sessions", len(secret_key(home)) >= 32, "there"


def asserted() -> Iterator[Line]:
    """Whether the settings are those that the service was tested with."""
    for name, wanted in _ASSERTED.items():
        found = getattr(settings, name)
        yield f"setting {name}", found == wanted, str(found)
    hasher = settings.PASSWORD_HASHERS[0]
    yield "setting PASSWORD_HASHERS", hasher.endswith(".Argon2") and len(settings.PASSWORD_HASHERS) == 1, hasher
    secure = settings.SECURE
    cookies = settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == secure
    names = settings.SESSION_COOKIE_NAME.startswith("__Host-") == secure
    yield "setting cookies", cookies and names, "secure, bound to the host" if secure else "plain: for this machine only"
    yield "setting address", True, settings.PUBLIC_URL
