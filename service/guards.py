"""Append-only tables: the database itself refuses UPDATE, DELETE and TRUNCATE, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

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
CREATE OR REPLACE FUNCTION trialrules_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%% is {REFUSAL}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Put guards on those of the tables that exist; may be called again."""
    there = set(connection.introspection.table_names())
    tables = [table for table in APPEND_ONLY if table in there]
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, tables):
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
    """Tables whose guards are not all there, or switched off."""
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    return [table for table in APPEND_ONLY if not set(_names(connection.vendor, table)) <= found]


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
    ]


def _names(vendor: str, table: str) -> list[str]:
    return [f"{table}_guard"] if vendor == "postgresql" else [f"{table}_{word}" for word in ("update", "delete", "insert")]


def _statements(vendor: str, tables: list[str]) -> Iterator[str]:
    if vendor == "postgresql":
        yield _FUNCTION.replace("%%", "%")
        for table in tables:
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION trialrules_refuse()"
            )
            # Also while a session says that it replicates.
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_guard"
        return
    for table in tables:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is {REFUSAL}'); END"
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_update BEFORE UPDATE ON {table} {refuse}"
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_delete BEFORE DELETE ON {table} {refuse}"
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {_KEYS[table]})"  # noqa: S608 - names of our own tables
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_insert BEFORE INSERT ON {table} WHEN {taken} {refuse}"
