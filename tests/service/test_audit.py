from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from trialrules.service import clock, guards, seals
from trialrules.service.models.audit import AuditEntry, AuditHead
from trialrules.service.work import audit
from trialrules.service.work.outcome import RefusedError

from .redacting import one_of_each

COLUMNS = [field.column for field in AuditEntry._meta.concrete_fields]


@pytest.fixture
def trail(world):
    world.enrolled()
    return world


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.req("T-09")
@pytest.mark.parametrize("table", guards.APPEND_ONLY)
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_changes(trail, table, sql):
    sql = sql.format(table).replace("id = id", "key = key" if table.endswith("entry") else "id = id")
    one_of_each(trail)
    with pytest.raises(DatabaseError, match=guards.REFUSAL):
        run(sql)


@pytest.mark.req("T-09")
@pytest.mark.parametrize("table", guards.APPEND_ONLY)
def test_the_database_refuses_to_empty_or_replace(trail, table):
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match=guards.REFUSAL):
            truncate(table)
        return
    one_of_each(trail)
    with pytest.raises(DatabaseError, match=guards.REFUSAL):
        run(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


def truncate(table):
    with transaction.atomic(), connection.cursor() as cursor:
        # Rows of this transaction would else be looked at first, and TRUNCATE refused for another reason.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def delete_while_replicating():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM trialrules_auditentry")


@pytest.mark.req("T-09")
def test_a_replication_session_is_refused_too(trail):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such switch")
    with pytest.raises(DatabaseError, match=guards.REFUSAL):
        delete_while_replicating()


@pytest.mark.req("T-12")
def test_an_untouched_chain_is_whole(trail):
    found = audit.verify()
    assert found.breaks == ()
    assert found.entries == AuditEntry.objects.count()
    assert set(found.heads) == {"", "aclf1"}
    assert found.heads["aclf1"] == AuditHead.objects.get(chain=trail.study.pk).hash


@pytest.mark.req("T-12")
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_flipped_byte_is_found_in_every_column(trail, column, place):
    guards.remove(connection)
    entries = list(AuditEntry.objects.filter(study=trail.study).order_by("seq"))
    victim = {"first": entries[0], "middle": entries[len(entries) // 2], "last": entries[-1]}[place]
    old = getattr(victim, AuditEntry._meta.get_field("study").attname if column == "study_id" else column)
    if column == "study_id":
        new = None
    elif isinstance(old, int):
        new = old ^ (1 << 12)
    else:
        new = chr(ord(old[len(old) // 2]) ^ 1).join([old[: len(old) // 2], old[len(old) // 2 + 1 :]]) if old else "x"
    run(f"UPDATE trialrules_auditentry SET {column} = %s WHERE key = %s", new, victim.key)
    breaks = audit.verify().breaks
    assert breaks
    assert any(one.study == "aclf1" and one.seq == victim.seq for one in breaks)


@pytest.mark.req("T-12")
@pytest.mark.parametrize("seq", [1, 5, None])
def test_a_removed_entry_is_found(trail, seq):
    guards.remove(connection)
    last = AuditEntry.objects.filter(study=trail.study).order_by("-seq").first().seq
    run("DELETE FROM trialrules_auditentry WHERE key = %s", f"{trail.study.pk}:{seq or last}")
    (found,) = audit.verify(trail.study).breaks
    assert found.seq == (seq or last)


@pytest.mark.req("T-12")
def test_a_forged_entry_at_the_end_is_found(trail):
    last = AuditEntry.objects.filter(study=trail.study).order_by("-seq").first()
    forged = AuditEntry(
        key=f"{trail.study.pk}:{last.seq + 1}", study=trail.study, seq=last.seq + 1, at=last.at, actor="x", action="x", target="x",
        old="", new="", reason="", salts="{}", prev_hash=last.hash,
    )  # fmt: skip
    forged.hash = audit.entry_hash(forged)
    forged.save(force_insert=True)
    assert [one.why for one in audit.verify(trail.study).breaks] == ["the chain ends before its last entry"]


@pytest.mark.req("T-12")
def test_a_chain_of_a_study_that_is_not_there_is_found(trail):
    AuditHead.objects.create(chain=999, seq=3, hash="x" * 64)
    assert [(one.study, one.seq) for one in audit.verify().breaks] == [("#999", 1)]


@pytest.mark.req("T-11")
@pytest.mark.parametrize("reason", ["", "  ", "..", "\t\n", "ab"])
def test_a_reason_says_something(reason):
    with pytest.raises(RefusedError) as found:
        audit.need_reason(reason)
    assert found.value.refused.code == "reason-missing"


@pytest.mark.parametrize("reason", ["new lab", "改期", " moved "])
def test_a_reason_in_any_script(reason):
    assert audit.need_reason(reason) == reason.strip()


def test_an_entry_needs_a_transaction(shared_db):
    with pytest.raises(RuntimeError, match="transaction"):
        audit.write("nobody", "x", "y")


def test_order_comes_from_seq_when_the_clock_goes_back(world):
    with clock.standing_at(clock.now() - timedelta(days=400)):
        world.subject("S-99")
    assert audit.verify().breaks == ()


@pytest.mark.req("T-22")
def test_a_blinded_reader_sees_no_arm(blinded_world):
    blinded_world.enrolled(arm="placebo")
    entry = AuditEntry.objects.get(action="allocated")
    assert "placebo" in entry.new
    shown = audit.shown(entry, unblinded=False)
    assert "placebo" not in str(shown)
    assert all(salt not in str(shown) for salt in seals.salts_of(entry.salts).values())
    assert "placebo" in str(audit.shown(entry, unblinded=True))


@pytest.mark.req("T-13")
def test_nothing_switches_the_audit_off():
    # What writes the trail asks for no setting and reads no environment.
    source = Path(audit.__file__).read_text(encoding="utf-8")
    assert "environ" not in source
    assert "settings" not in source
    settings = Path(audit.__file__).parents[1] / "settings.py"
    assert "audit" not in settings.read_text(encoding="utf-8").replace("none of them turns the audit off", "").lower()
