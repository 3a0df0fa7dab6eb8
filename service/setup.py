"""Getting Django ready, for commands that work on the database without a web server."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.core.management import call_command


def start() -> None:
    """Load settings and models; may be called again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialrules.service.settings")
    if not apps.ready:
        django.setup()


def migrate() -> None:
    """Bring the database to the newest form."""
    start()
    call_command("migrate", verbosity=0, interactive=False)
