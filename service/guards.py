"""Append-only tables: the database itself refuses UPDATE, DELETE and TRUNCATE, whoever asks; but for tombstones (`tombstones`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from . import tombstones

APPEND_ONLY: Final[tuple[str, ...]] = (
    "trialrules_auditentry",
    "trialrules_decision",
    "trialrules_signature",
    "trialrules_signaturevoid",
    "trialrules_override",
    "trialrules_overridemark",
)
"""Tables whose rows stay as they were written."""
# A row that has one of these equal to a new one's would be replaced by INSERT OR REPLACE, which fires no DELETE trigger by itself.
_KEYS: Final[dict[str, str]] = {
    "trialrules_auditentry": "key = NEW.key OR (study_id IS NEW.study_id AND seq = NEW.seq)",
    "trialrules_decision": "id = NEW.id",
    "trialrules_signature": "id = NEW.id OR decision_id = NEW.decision_id",
    "trialrules_signaturevoid": "id = NEW.id OR signature_id = NEW.signature_id",
    "trialrules_override": "id = NEW.id",
    "trialrules_overridemark": "id = NEW.id OR (override_id = NEW.override_id AND kind = NEW.kind)",
}
REFUSAL: Final = "append-only"
"""What the database says."""
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION trialrules_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME <> 'trialrules_signature' AND to_regclass('public.{tombstones.TABLE}') IS NOT NULL THEN
    IF {tombstones.ANY_OPEN} THEN RETURN NULL; END IF;
  END IF;
  RAISE EXCEPTION '% is {REFUSAL}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# Each row of a statement that the first guard let pass.
_ROW_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION {table}_row() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF {possible} THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is {refusal}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Put guards on those of the tables that exist, in the form that fits them; may be called again.

    On SQLite the guards name the table of redactions: a migration that changes that one takes them off first (`remove`).
    """
    there = set(connection.introspection.table_names())
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in _statements(connection, there):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards off: for tests that empty the database, and for nothing else."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            if table in there:
                for name in _names(connection.vendor, table):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables whose guards are not all there, switched off, or (SQLite) not these."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
            found = {name for (name,) in cursor.fetchall()}
            return [
                table for table in APPEND_ONLY if not set(_names(connection.vendor, table)) - _needless(connection, table, there) <= found
            ]
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        written = {sql for (sql,) in cursor.fetchall()}
    return [table for table in APPEND_ONLY if table not in there or not set(_of_sqlite(connection, table, there).values()) <= written]


def _needless(connection: BaseDatabaseWrapper, table: str, there: set[str]) -> set[str]:
    """Guards that this form of a table has no need of."""
    return {f"{table}_row"} if table in there and _possible(connection, table, there) is None else set()


def grants(role: str, connection: BaseDatabaseWrapper) -> list[str]:
    """PostgreSQL statements by which `role`, which owns no table, gets just what the service needs: no change of append-only tables."""
    name = connection.ops.quote_name(role)
    whole = "ALL TABLES IN SCHEMA public"
    return [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {whole} TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(APPEND_ONLY)} FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM {name}",
        *tombstones.grants(name),
    ]


def _names(vendor: str, table: str) -> list[str]:
    words = ("guard", "row") if vendor == "postgresql" else ("update", "delete", "insert")
    return [f"{table}_{word}" for word in words]


def _possible(connection: BaseDatabaseWrapper, table: str, there: set[str]) -> str | None:
    return tombstones.possible(connection.vendor, table, tombstones.columns_of(connection, table), there)


def _statements(connection: BaseDatabaseWrapper, there: set[str]) -> Iterator[str]:
    tables = [table for table in APPEND_ONLY if table in there]
    if connection.vendor != "postgresql":
        for table in tables:
            for name, trigger in _of_sqlite(connection, table, there).items():
                yield f"DROP TRIGGER IF EXISTS {name}"
                yield trigger
        return
    yield _FUNCTION
    for table in tables:
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION trialrules_refuse()"
        )
        # Also while a session says that it replicates.
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_guard"
        possible = _possible(connection, table, there)
        if possible is not None:
            yield _ROW_FUNCTION.format(table=table, possible=possible, refusal=REFUSAL)
            yield f"CREATE OR REPLACE TRIGGER {table}_row BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_row()"
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_row"
    yield from tombstones.functions(there)


def _of_sqlite(connection: BaseDatabaseWrapper, table: str, there: set[str]) -> dict[str, str]:
    """The guards of a table, by name, as SQLite keeps them."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is {REFUSAL}'); END"
    possible = _possible(connection, table, there)
    unless = "" if possible is None else f"WHEN ({possible}) IS NOT TRUE "
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {_KEYS[table]})"  # noqa: S608 - names of our own tables
    return {
        f"{table}_update": f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {unless}{refuse}",
        f"{table}_delete": f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_insert": f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN {taken} {refuse}",
    }
