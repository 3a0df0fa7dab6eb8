"""Overrides of single criteria with their marks; what a study makes of them, and how long its records are kept."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
import trialrules.service.ids
import trialrules.service.models.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations. The guards of the new tables are put on after every run of migrations."""

    dependencies: ClassVar = [
        ("trialrules", "0005_salted_digests"),
    ]

    operations: ClassVar = [
        migrations.AddField(model_name="study", name="waivers", field=models.BooleanField(default=False)),
        migrations.AddField(model_name="study", name="ended", field=models.DateField(null=True)),
        migrations.AddField(model_name="study", name="retention_years", field=models.PositiveIntegerField(null=True)),
        migrations.AddField(model_name="subject", name="waivers", field=trialrules.service.models.fields.JsonText(default=list)),
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.UUIDField(default=trialrules.service.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("criterion", models.CharField(max_length=64)),
                ("role", models.CharField(max_length=16)),
                ("reason", models.TextField()),
                ("reference", models.CharField(max_length=200)),
                ("created", models.CharField(max_length=32)),
                ("zone", models.CharField(max_length=64)),
                ("salts", models.TextField()),
                ("record_hash", models.CharField(max_length=64)),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "decision",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="trialrules.decision"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OverrideMark",
            fields=[
                ("id", models.UUIDField(default=trialrules.service.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("countersigned", "Countersigned"), ("withdrawn", "Withdrawn")], max_length=16)),
                ("printed_name", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=16)),
                ("reason", models.TextField()),
                ("record_hash", models.CharField(max_length=64)),
                ("created", models.CharField(max_length=32)),
                ("zone", models.CharField(max_length=64)),
                ("salts", models.TextField()),
                (
                    "override",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="trialrules.override"),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("override", "kind"), name="override_mark_once")],
            },
        ),
    ]
