"""The state of an installation: whether it is there, and brought to this version's form."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from .. import setup
from ..home import DEFAULT_HOME
from . import place
from .trouble import OperationError


def start(*, new: bool = False) -> None:
    """Load settings and models. Only `new` makes a home folder that isn't there: a mistyped one is no new installation.

    Raises:
        OperationError: if there is no installation, or it is about to be made where a database can't lie.
    """
    home = Path(os.environ.get("TRIALRULES_HOME") or DEFAULT_HOME)
    if not new and not os.environ.get("DATABASE_URL") and not (home / "trialrules.sqlite3").is_file():
        raise OperationError(f"{home}: there is no installation; name its folder with --home, or make one: trialrules serve --home {home}")
    try:
        setup.start()
    except ImproperlyConfigured as error:
        # What Django wraps says more.
        raise OperationError(str(error.__cause__ or error)) from error
    if new:
        place.need_local()


def pending(alias: str = "default") -> list[str]:
    """Migrations that the database has not seen, asked by way of one of the connections."""
    executor = MigrationExecutor(connections[alias])
    return [f"{migration.app_label}.{migration.name}" for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def need_database() -> None:
    """Look that the database has the form of this version.

    Raises:
        OperationError: if it has not.
    """
    waiting = pending()
    if waiting:
        raise OperationError(f"the database waits for {len(waiting)} migrations, the first {waiting[0]}; say: trialrules migrate")


def migrate() -> list[str]:
    """Bring the database to this version's form; what was done. Of several processes that start at once one does it, the others wait."""
    with place.in_turn():
        # The service's role may not have been given anything yet, least of all after a restore.
        done = pending(setup.owner_alias())
        setup.migrate()
    return done
