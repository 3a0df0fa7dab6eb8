"""What the database itself lets through while a redaction is applied, whoever asks: the tombstone, once, and nothing else."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from trialrules.service import guards, tombstones
from trialrules.service.models.audit import AuditEntry
from trialrules.service.models.redactions import Redaction
from trialrules.service.work import screening

from .redacting import CANARY, asked, named, one_of_each, run, with_name


@pytest.fixture
def subject(world):
    return named(world)


@pytest.fixture
def half_done(world, subject):
    """Somebody approved, and nothing is applied yet: the moment in which guards are least strict."""
    redaction = asked(world, subject)
    Redaction.objects.filter(pk=redaction.pk).update(state="done", decider=world.investigator)
    return redaction


def entry_with_text():
    return AuditEntry.objects.get(action="facts entered")


@pytest.mark.req("T-15")
@pytest.mark.req("T-09")
@pytest.mark.parametrize(
    "change",
    [
        "reason = 'another'",
        "reason = replace(reason, 'fax', 'letter'), salts = salts || ' '",
        "reason = replace(reason, '{text}', '{stone}')",
        "reason = replace(reason, '{text}', '{stone}'), salts = salts || ' ', actor = 'x'",
        "reason = replace(reason, '{text}', '{stone}'), salts = salts || ' ', seq = seq + 100",
        "reason = replace(reason, '{text}', '{stone}'), salts = salts || ' ', new = replace(new, 'inr', 'alt')",
        "reason = replace(reason, '{text}', '[redacted R-0]'), salts = salts || ' '",
        "reason = replace(reason, '{text}', ''), salts = salts || ' '",
        "salts = salts || ' '",
        "key = key",
    ],
)
def test_a_guard_lets_nothing_through_but_the_tombstone(world, half_done, change):
    sql = change.format(text=CANARY, stone=tombstones.tombstone(half_done.pk))
    with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
        run(f"UPDATE trialrules_auditentry SET {sql} WHERE key = '{entry_with_text().key}'")


@pytest.mark.req("T-15")
@pytest.mark.req("T-09")
def test_a_guard_lets_the_tombstone_through_once(world, half_done):
    stone = tombstones.tombstone(half_done.pk)
    columns = ", ".join(f"{name} = replace({name}, '{CANARY}', '{stone}')" for name in ("new", "reason"))
    sql = f"UPDATE trialrules_auditentry SET {columns}, salts = salts || ' ' WHERE key = '{entry_with_text().key}'"
    with transaction.atomic():
        run(sql)
        with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
            run(sql)
        transaction.set_rollback(True)
    Redaction.objects.filter(pk=half_done.pk).update(text="")
    with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
        run(sql)


@pytest.mark.req("T-15")
@pytest.mark.req("T-09")
@pytest.mark.parametrize("state", ["open", "refused"])
def test_a_guard_lets_nothing_through_for_a_redaction_that_is_not_approved(world, half_done, state):
    Redaction.objects.filter(pk=half_done.pk).update(state=state)
    stone = tombstones.tombstone(half_done.pk)
    sql = f"UPDATE trialrules_auditentry SET reason = replace(reason, '{CANARY}', '{stone}'), salts = salts || ' ' WHERE key = %s"
    with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
        run(sql, entry_with_text().key)


@pytest.mark.req("T-15")
@pytest.mark.req("T-09")
def test_a_guard_keeps_what_belongs_to_another_subject(world, half_done):
    other = world.decided("S-02", change=with_name)
    decision = screening.latest(other)
    stone = tombstones.tombstone(half_done.pk)
    for table, key, column in (("trialrules_decision", decision.pk, "snapshot"), ("trialrules_signature", None, "outcomes")):
        where = "1 = 1" if key is None else f"id = '{key.hex if connection.vendor == 'sqlite' else key}'"
        beside = ", salts = salts || ' '" if table.endswith("decision") else ""
        with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
            run(f"UPDATE {table} SET {column} = replace({column}, '{CANARY}', '{stone}'){beside} WHERE {where}")


@pytest.mark.req("T-15")
@pytest.mark.req("T-09")
@pytest.mark.parametrize("table", guards.APPEND_ONLY)
def test_rows_are_never_removed_while_a_redaction_is_applied(world, half_done, table):
    one_of_each(world)
    attempts = ["DELETE FROM {}"]
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        attempts.append("TRUNCATE {} CASCADE")
    for sql in attempts:
        with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic():
            run(sql.format(table))
