"""The hash of a row goes over digests of its columns from here on, salted where people write.

Rows that were hashed in another way could not be verified any more, and can't be hashed anew: they stay as they were written. Nothing was
released before, so a database that has such rows is refused, whole and unchanged.
"""

from __future__ import annotations

from typing import ClassVar

from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _must_be_new(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if apps.get_model("trialrules", "AuditEntry").objects.using(editor.connection.alias).exists():
        raise ImproperlyConfigured(
            "this database was begun with a version before 0.1.0, whose audit trail is hashed in another way; "
            "export its studies with that version, and begin a new one"
        )


class Migration(migrations.Migration):
    """Salts beside the columns with free text."""

    dependencies: ClassVar = [("trialrules", "0004_worklist")]
    operations: ClassVar = [
        migrations.RunPython(_must_be_new, migrations.RunPython.noop),
        migrations.AddField(model_name="auditentry", name="salts", field=models.TextField(default=""), preserve_default=False),
        migrations.AddField(model_name="decision", name="salts", field=models.TextField(default=""), preserve_default=False),
        migrations.AddField(model_name="subject", name="salt", field=models.CharField(default="", max_length=32), preserve_default=False),
    ]
