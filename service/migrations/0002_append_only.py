"""The guards of the append-only tables. They are also put on after every run of migrations; here they stand in the history."""

from __future__ import annotations

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from trialrules.service import guards


def _install(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    guards.install(editor.connection)


class Migration(migrations.Migration):
    """From here on audit entries, decisions and signatures can't be changed."""

    dependencies: ClassVar = [("trialrules", "0001_tables")]
    operations: ClassVar = [migrations.RunPython(_install, migrations.RunPython.noop)]
