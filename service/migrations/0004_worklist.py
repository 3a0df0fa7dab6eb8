"""What the worklist filters by."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations."""

    dependencies: ClassVar = [
        ("trialrules", "0003_calendars"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to="trialrules.subject",
                    ),
                ),
                ("word", models.CharField(max_length=12)),
                ("provisional", models.BooleanField()),
                ("decision", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.decision")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.site")),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.study")),
            ],
            options={
                "indexes": [models.Index(fields=["study", "site", "word"], name="standing_by_word")],
            },
        ),
        migrations.CreateModel(
            name="StandingItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("fails", "Fails"), ("missing", "Missing")], max_length=8)),
                ("key", models.CharField(max_length=64)),
                ("place", models.PositiveIntegerField()),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.site")),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.study")),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="standing_items", to="trialrules.subject"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["study", "kind", "site", "key"], name="standing_item_by_key")],
                "constraints": [models.UniqueConstraint(fields=("subject", "kind", "key"), name="standing_item_once")],
            },
        ),
    ]
