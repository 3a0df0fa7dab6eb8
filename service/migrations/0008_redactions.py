"""Redactions; the guards of the append-only tables know them from here on."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations."""

    dependencies: ClassVar = [
        ("trialrules", "0007_second_factor"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                ("asked", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(choices=[("open", "Open"), ("done", "Done"), ("refused", "Refused")], default="open", max_length=8),
                ),
                ("decided", models.CharField(default="", max_length=32)),
                ("asker", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "decider",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="redactions", to="trialrules.study")),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="redactions", to="trialrules.subject"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(("decider__isnull", False), models.Q(("decider", models.F("asker")), _negated=True)),
                            _connector="OR",
                        ),
                        name="redaction_by_two",
                    )
                ],
            },
        ),
    ]
