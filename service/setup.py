"""Getting Django ready, for commands that work on the database without a web server."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from . import guards


def start() -> None:
    """Load settings and models; may be called again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialrules.service.settings")
    if not apps.ready:
        django.setup()


def owner_alias() -> str:
    """The name of the connection that may change tables: the owner's, where `DATABASE_OWNER_URL` names one."""
    return "owner" if "owner" in connections.databases else "default"


def migrate() -> None:
    """Bring the database to the newest form; with an owner's URL as the owner, and the service's role gets what it needs."""
    start()
    owner = owner_alias()
    call_command("migrate", database=owner, verbosity=0, interactive=False)
    if owner == "owner":
        with connections[owner].cursor() as cursor:
            for statement in guards.grants(str(connections.databases["default"]["USER"]), connections[owner]):
                cursor.execute(statement)
