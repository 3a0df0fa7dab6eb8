"""Who brings in what is missing, and until when."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made by makemigrations."""

    dependencies: ClassVar = [
        ("trialrules", "0008_redactions"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("due", models.DateField()),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.site")),
                ("study", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trialrules.study")),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="trialrules.subject"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["study", "owner", "due"], name="assignment_of_owner")],
                "constraints": [models.UniqueConstraint(fields=("subject", "key"), name="assignment_once")],
            },
        ),
    ]
