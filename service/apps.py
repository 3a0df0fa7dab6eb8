"""The application as Django knows it: label `trialrules`."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db import connections
from django.db.models.signals import post_migrate

from . import guards, sessions


class ServiceConfig(AppConfig):
    """After every run of migrations the append-only tables get their guards again: SQLite loses triggers when a table is rebuilt."""

    name = "trialrules.service"
    label = "trialrules"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the guards, and the hours of sessions."""
        user_logged_in.connect(sessions.begin, dispatch_uid="trialrules.sessions")
        post_migrate.connect(_guard, sender=self, dispatch_uid="trialrules.guards")


def _guard(*, using: str = "default", **_more: Any) -> None:  # noqa: ANN401 - whatever the signal brings
    guards.install(connections[using])
