"""The one change that guarded rows take: the text of a redaction gives way to its tombstone. In SQL, for the guards and for who applies it.

A row takes an UPDATE while a redaction of its subject is done by two accounts and still has its text, and if putting that text back in the
place of the tombstones gives the row as it was; nothing else of it may differ. Once the text is forgotten nothing fits any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from .seals import FREE

TABLE: Final = "trialrules_redaction"
_SUBJECT: Final = "(SELECT 'subject ' || s.code FROM trialrules_subject s WHERE s.id = q.subject_id)"
_SIGNED: Final = (
    "(SELECT d.subject_id FROM trialrules_signature g JOIN trialrules_decision d ON d.id = g.decision_id WHERE g.id = OLD.signature_id)"
)
_OVERRIDDEN: Final = "(SELECT d.subject_id FROM trialrules_decision d WHERE d.id = {})"
_MARKED: Final = "(SELECT o.decision_id FROM trialrules_override o WHERE o.id = OLD.override_id)"
# Which redactions are about a row, by its table.
_ABOUT: Final[Mapping[str, str]] = {
    "trialrules_auditentry": f"q.study_id = OLD.study_id AND OLD.target = {_SUBJECT}",
    "trialrules_decision": "q.subject_id = OLD.subject_id",
    "trialrules_signaturevoid": f"q.subject_id = {_SIGNED}",
    "trialrules_override": f"q.subject_id = {_OVERRIDDEN.format('OLD.decision_id')}",
    "trialrules_overridemark": f"q.subject_id = {_OVERRIDDEN.format(_MARKED)}",
}
TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "trialrules_auditentry": FREE["entry"],
    "trialrules_decision": tuple(name for name in FREE["decision"] if name != "data_sha256"),
    "trialrules_signaturevoid": ("why",),
    "trialrules_override": FREE["override"],
    "trialrules_overridemark": FREE["mark"],
}
"""The columns in which a tombstone may stand."""
# What changes with the text: its salts, and the digest that goes over it.
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "trialrules_auditentry": ("salts",),
    "trialrules_decision": ("salts", "data_sha256"),
    "trialrules_signaturevoid": (),
    "trialrules_override": ("salts",),
    "trialrules_overridemark": ("salts",),
}
_OPEN: Final = "q.state = 'done' AND q.text <> '' AND q.decider_id IS NOT NULL AND q.decider_id <> q.asker_id"
ANY_OPEN: Final = f"EXISTS (SELECT 1 FROM {TABLE} q WHERE {_OPEN})"  # noqa: S608 - names of our own tables
"""Whether a redaction is being applied."""


def tombstone(number: int) -> str:
    """What stands where a text was."""
    return f"[redacted R-{number}]"


def possible(vendor: str, table: str, columns: Sequence[str], tables: set[str]) -> str | None:
    """The condition under which a row of a table takes an UPDATE; None where none does, or not in this form of the database.

    Where it is NULL, the row takes none.
    """
    if table not in TEXTS or TABLE not in tables or not set(_BESIDE[table]) <= set(columns):
        return None
    same, other = ("IS NOT DISTINCT FROM", "IS DISTINCT FROM") if vendor == "postgresql" else ("IS", "IS NOT")
    texts, beside = TEXTS[table], _BESIDE[table]
    parts = [f"NEW.{name} {same} OLD.{name}" for name in columns if name not in texts and name not in beside]
    parts.append("(" + " OR ".join(f"NEW.{name} {other} OLD.{name}" for name in texts) + ")")
    if "salts" in beside:
        parts.append(f"NEW.salts {other} OLD.salts")
    if "data_sha256" in beside:
        parts.append(f"(NEW.data_sha256 {same} OLD.data_sha256 OR {_fitting_digest(vendor, other)})")
    stone = "'[redacted R-' || q.id || ']'"
    undone = " AND ".join(f"replace(NEW.{name}, {stone}, q.text) = OLD.{name}" for name in texts)
    parts.append(f"EXISTS (SELECT 1 FROM {TABLE} q WHERE {_OPEN} AND {_ABOUT[table]} AND {undone})")  # noqa: S608 - names of our own
    return " AND ".join(parts)


def _fitting_digest(vendor: str, other: str) -> str:
    """SQLite computes no digests: there the audit trail alone vouches for it."""
    if vendor == "postgresql":
        return "NEW.data_sha256 = encode(sha256(convert_to(NEW.snapshot, 'UTF8')), 'hex')"
    return f"(NEW.snapshot {other} OLD.snapshot AND length(NEW.data_sha256) = 64)"


def functions(tables: set[str]) -> list[str]:
    """PostgreSQL: by these the service's role, which may not UPDATE, applies a redaction; the guards look at what they do."""
    found = []
    for table in TEXTS if TABLE in tables else ():
        name, signature = _function(table)
        settings = ", ".join(f"{column} = ${at}" for at, column in enumerate(_columns(table), 2))
        body = f"UPDATE public.{table} SET {settings} WHERE {_key(table)} = $1 RETURNING 1"  # noqa: S608 - names of our own
        kind = "RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp"
        found.append(f"CREATE OR REPLACE FUNCTION {name}{signature} {kind} AS $$ {body} $$")
        found.append(f"REVOKE ALL ON FUNCTION {name}{signature} FROM PUBLIC")
    return found


def grants(role: str) -> list[str]:
    """PostgreSQL: that a (quoted) role may call the functions."""
    return [f"GRANT EXECUTE ON FUNCTION {''.join(_function(table))} TO {role}" for table in TEXTS]


def _function(table: str) -> tuple[str, str]:
    key = "text" if table == "trialrules_auditentry" else "uuid"
    return f"public.{table}_redact", f"({', '.join([key, *['text'] * len(_columns(table))])})"


def _columns(table: str) -> tuple[str, ...]:
    return (*TEXTS[table], *_BESIDE[table])


def _key(table: str) -> str:
    return "key" if table == "trialrules_auditentry" else "id"


def apply(table: str, key: str | UUID, values: Mapping[str, str]) -> None:
    """Put tombstones into a row: all of its texts and what stands beside them, changed or not.

    Raises:
        DatabaseError: if this is not what a redaction that is done, and not yet applied, may change.
        RuntimeError: if there is no such row.
    """
    given = [values[name] for name in _columns(table)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            name, signature = _function(table)
            types = signature[1:-1].split(", ")
            cursor.execute(f"SELECT {name}({', '.join(f'%s::{one}' for one in types)})", [key, *given])
            done = cursor.fetchone()[0]
        else:
            settings = ", ".join(f"{column} = %s" for column in _columns(table))
            number = key if isinstance(key, str) else key.hex
            cursor.execute(f"UPDATE {table} SET {settings} WHERE {_key(table)} = %s", [*given, number])  # noqa: S608 - names of our own
            done = cursor.rowcount
    if done != 1:
        raise RuntimeError(f"{table}: there is no row {key}")


def forget() -> None:
    """SQLite: what was overwritten leaves the journal too, unless somebody reads it just now. To be called after the transaction."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def columns_of(wrapper: BaseDatabaseWrapper, table: str) -> list[str]:
    """The columns of a table as it is now."""
    with wrapper.cursor() as cursor:
        return [one.name for one in wrapper.introspection.get_table_description(cursor, table)]
