"""After every step of the migrations the guards are there, on whichever database; and the service's role can't take them off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from trialrules.service import guards

STEPS = sorted(name for app, name in MigrationLoader(None).disk_migrations if app == "trialrules")
SCRIPT = """
import json, sys
from trialrules.service import setup; setup.start()
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from trialrules.service import guards

def attempts(table, cursor):
    columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
    yield f"UPDATE {table} SET {columns[0]} = {columns[0]}"
    yield f"DELETE FROM {table}"
    if connection.vendor == "postgresql":
        yield f"TRUNCATE {table} CASCADE"

def fill(table, cursor):
    # A row of anything: on SQLite triggers fire for rows only.
    columns = connection.introspection.get_table_description(cursor, table)
    values = ", ".join("'1'" for one in columns)
    cursor.execute(f"INSERT OR IGNORE INTO {table} VALUES ({values})")

found = {}
for step in json.loads(sys.argv[1]):
    call_command("migrate", "trialrules", step, verbosity=0)
    held = []
    there = [table for table in guards.APPEND_ONLY if table in connection.introspection.table_names()]
    for table in there:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA foreign_keys=off")
            with transaction.atomic():
                if connection.vendor == "sqlite":
                    fill(table, cursor)
                for sql in list(attempts(table, cursor)):
                    try:
                        with transaction.atomic():
                            cursor.execute(sql)
                        held.append(f"{sql} went through")
                    except DatabaseError as error:
                        if guards.REFUSAL not in str(error):
                            held.append(f"{sql}: {error}")
                transaction.set_rollback(True)
    found[step] = held + [table for table in guards.missing(connection) if table in there]
found["tables"] = there
print(json.dumps(found))
"""


REDACT = """
import json, sys
from trialrules.service import setup; setup.start()
from django.db import DatabaseError, connection, transaction
from tests.service.world import PASSWORD, World
from trialrules.service.models.decisions import Decision
from trialrules.service.models.redactions import Redaction
from trialrules.service.operations import examine
from trialrules.service.work import redactions
from trialrules.service.work.outcome import taken

def change(patient):
    patient["facts"][0]["source"] = "letter of Zhang Xiaoming"
    return patient

world = World()
subject = world.decided(change=change)
redaction = taken(redactions.ask(world.coordinator, subject, "Zhang Xiaoming", "a name got in"))
refused = []
with transaction.atomic():
    # Even while a redaction is applied the role itself changes no row, and replaces no function.
    Redaction.objects.filter(pk=redaction.pk).update(state="done", decider=world.investigator)
    for sql in (
        "UPDATE trialrules_decision SET snapshot = replace(snapshot, 'Zhang Xiaoming', '[redacted R-1]'), salts = salts || ' '",
        "CREATE OR REPLACE FUNCTION public.trialrules_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
        except DatabaseError as error:
            refused.append(type(error.__cause__).__name__)
    transaction.set_rollback(True)
done = taken(redactions.approve(world.investigator, redaction, PASSWORD))
left = Decision.objects.filter(snapshot__contains="Zhang").count()
print(json.dumps({"refused": refused, "state": done.state, "faults": examine.verify().faults, "left": left}))
"""


def environment(tmp_path, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_", "TRIALRULES_"))}
    return {**kept, "TRIALRULES_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "trialrules.service.settings", **more}


@pytest.fixture
def new_database(tmp_path):
    """The environment of a database with nothing in it."""
    url = os.environ.get("TRIALRULES_TEST_DATABASE_URL")
    if not url:
        yield environment(tmp_path)
        return
    import psycopg

    name = f"steps_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as maker:
        maker.execute(f"CREATE DATABASE {name}")
    yield environment(tmp_path, DATABASE_URL=url.replace("/trialrules?", f"/{name}?"))
    with psycopg.connect(url, autocommit=True) as maker:
        maker.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(script, env, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=env, cwd=Path(env["TRIALRULES_HOME"]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.req("T-09")
def test_guards_hold_after_every_step(new_database):
    found = json.loads(run(SCRIPT, new_database, json.dumps(STEPS)))
    assert found == {step: [] for step in STEPS} | {"tables": list(guards.APPEND_ONLY)}


@pytest.mark.req("T-09")
def test_a_rebuilt_table_gets_its_guards_again(shared_db):
    # SQLite changes a table by copying it, and the copy has no triggers.
    guards.remove(connection)
    assert guards.missing(connection) == list(guards.APPEND_ONLY)
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == []


def test_models_and_migrations_agree(db):
    call_command("makemigrations", "trialrules", check=True, dry_run=True, verbosity=0)


@pytest.mark.req("T-10")
@pytest.mark.req("T-15")
def test_the_role_of_the_service_changes_no_guarded_table(new_database):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    import psycopg

    owner = new_database["DATABASE_URL"]
    role = f"app_{uuid4().hex[:8]}"
    with psycopg.connect(owner, autocommit=True) as maker:
        maker.execute(f"CREATE ROLE {role} LOGIN")
    app = owner.replace("trialrules@", f"{role}@")
    env = {**new_database, "DATABASE_URL": app, "DATABASE_OWNER_URL": owner}
    run("from trialrules.service import setup; setup.migrate()", env)
    make = """from trialrules.service import setup; setup.start()
from trialrules.service.work import accounts
print(accounts.create_study(None, "a", "A", "A"))"""
    assert run(make, env).strip() == "a"
    root = Path(__file__).resolve().parents[2]
    told = run(REDACT, {**env, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])})
    assert json.loads(told) == {"refused": ["InsufficientPrivilege", "InsufficientPrivilege"], "state": "done", "faults": [], "left": 0}
    with psycopg.connect(app, autocommit=True) as service:
        for table in guards.APPEND_ONLY:
            for sql in (
                f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TRIGGER {table}_guard ON {table}", f"DROP TABLE {table}",
                f"UPDATE {table} SET id = id" if not table.endswith("entry") else f"UPDATE {table} SET key = key",
                f"DELETE FROM {table}", f"TRUNCATE {table}",
            ):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    service.execute(sql)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute("SET session_replication_role = replica")
        assert service.execute("SELECT count(*) FROM trialrules_auditentry").fetchone()[0] > 1
    with psycopg.connect(owner, autocommit=True) as maker:
        maker.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_sqlite_is_set_up_to_last(db):
    if connection.vendor != "sqlite":
        pytest.skip("settings of SQLite")
    pragmas = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "trusted_schema": 0,
        "recursive_triggers": 1,
        "secure_delete": 1,
    }
    with connections["default"].cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}
    assert found == pragmas


def test_files_of_the_home_are_for_the_owner(tmp_path):
    env = environment(tmp_path)
    run("from trialrules.service import setup; setup.migrate()", env)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir() if path.is_file()}
    assert modes["secret.key"] == "0o600"
    assert modes["trialrules.sqlite3"] == "0o600"
    assert set(modes.values()) == {"0o600"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "mysql://x", "DATABASE_URL"),
        ("TRIALRULES_URL", "http://trials.example.org", "https"),
        ("TRIALRULES_URL", "ftp://localhost", "https"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, name, value, message):
    env = environment(tmp_path, **{name: value})
    done = subprocess.run(
        [sys.executable, "-c", "import trialrules.service.settings"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert message in done.stderr.splitlines()[-1]


def test_rows_hashed_in_another_way_are_refused_and_stay(new_database):
    make = """import sys
from trialrules.service import setup; setup.start()
from django.core.management import call_command
from django.db import connection
call_command("migrate", "trialrules", "0004", verbosity=0)
with connection.cursor() as cursor:
    columns = [one.name for one in connection.introspection.get_table_description(cursor, "trialrules_auditentry")]
    values = ["1" if name == "seq" else "NULL" if name == "study_id" else "'x'" for name in columns]
    cursor.execute(f"INSERT INTO trialrules_auditentry ({', '.join(columns)}) VALUES ({', '.join(values)})")"""
    run(make, new_database)
    done = subprocess.run(
        [sys.executable, "-m", "trialrules", "migrate"], env=new_database, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 2
    assert "begun with a version before 0.1.0" in done.stderr
    count = """from trialrules.service import setup; setup.start()
from django.db import connection
with connection.cursor() as cursor:
    columns = connection.introspection.get_table_description(cursor, "trialrules_auditentry")
    cursor.execute("SELECT count(*) FROM trialrules_auditentry")
    print("rows", cursor.fetchone()[0], *[one.name for one in columns])"""
    said = run(count, new_database).split()
    assert said[:2] == ["rows", "1"]
    assert "hash" in said
    assert "salts" not in said
