"""Calendars are kept a subject each, and feeds know what they were made from."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations."""

    dependencies: ClassVar = [("trialrules", "0002_append_only")]
    operations: ClassVar = [
        migrations.AddField(model_name="feedbytes", name="made_from", field=models.CharField(default="", max_length=64)),
        migrations.CreateModel(
            name="SubjectCalendar",
            fields=[
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="calendar",
                        serialize=False,
                        to="trialrules.subject",
                    ),
                ),
                ("state", models.BinaryField()),
                ("made_from", models.CharField(max_length=64)),
            ],
        ),
    ]
