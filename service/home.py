"""The folder of an installation: the database, the secret key. Everything in it is for its owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

DEFAULT_HOME: Final = "trialrules-data"
_POSTGRES: Final = frozenset({"postgres", "postgresql"})
_SQLITE_SET_UP: Final = (
    "PRAGMA journal_mode=wal; PRAGMA synchronous=full; PRAGMA foreign_keys=on; PRAGMA busy_timeout=5000; "
    "PRAGMA trusted_schema=off; PRAGMA recursive_triggers=on; PRAGMA secure_delete=on;"
)


class SettingError(Exception):
    """An environment variable that can't be used; the message says which, and how to mend it."""


def home_folder() -> Path:
    """`TRIALRULES_HOME`, made if it is not there yet."""
    folder = Path(os.environ.get("TRIALRULES_HOME") or DEFAULT_HOME).absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"TRIALRULES_HOME={folder}: {error.strerror}; name a folder that can be written") from error
    return folder


def secret_key(folder: Path) -> str:
    """The key that signs sessions, made once. Two processes that start together end up with the same one."""
    path = folder / "secret.key"
    if not path.exists():
        draft = folder / f".secret.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename, this leaves the key of whoever was first
        draft.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise SettingError(f"{path} holds no key; remove it, and everybody signs in again")
    return key


def database(folder: Path, url: str | None) -> dict[str, object]:
    """Django's entry for the database: SQLite in the folder, or what `DATABASE_URL` names."""
    if not url:
        return _sqlite(folder / "trialrules.sqlite3", folder)
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)), folder)
    if parts.scheme not in _POSTGRES:
        raise SettingError("DATABASE_URL: write postgres://user:password@host:5432/name, or leave it out for SQLite")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def own_file(path: Path) -> None:
    """Make an empty file for its owner only, if there is none; SQLite gives its side files the rights of the file itself."""
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _sqlite(path: Path, folder: Path) -> dict[str, object]:
    if path.parent.is_dir():
        own_file(path)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # One connection a thread for good: opening one and its PRAGMAs cost more than most requests.
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": _SQLITE_SET_UP, "transaction_mode": "IMMEDIATE", "timeout": 5},
        "TEST": {"NAME": str(folder / "test.sqlite3")},
    }
