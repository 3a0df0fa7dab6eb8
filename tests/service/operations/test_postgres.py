"""The verbs on PostgreSQL, as the documentation sets it up: an owner of the tables who migrates, and a role that owns none and works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import psycopg
import pytest
from trialrules.service.operations import place

from .conftest import environment, fetched, program, started
from .postgres import SERVER

pytestmark = pytest.mark.skipif(not SERVER, reason="for the run on PostgreSQL")
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
    "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


def test_of_two_who_migrate_one_waits(empty, tmp_path):
    env = environment(TRIALRULES_HOME=str(tmp_path / "home"), **empty.as_owner)
    with psycopg.connect(empty.owner_url, autocommit=True) as somebody:
        somebody.execute("SELECT pg_advisory_lock(%s)", [place._NUMBER])
        command = [sys.executable, "-m", "trialrules", "migrate"]
        both = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        while somebody.execute(WAITING).fetchone()[0] < 2:
            assert all(one.poll() is None for one in both)
            time.sleep(0.05)
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert somebody.execute(tables).fetchone() == (0,)
        somebody.execute("SELECT pg_advisory_unlock(%s)", [place._NUMBER])
        said = sorted(one.communicate(timeout=100)[1].strip() for one in both)
    assert [one.returncode for one in both] == [0, 0], said
    assert said[1] == "nothing to do"
    assert said[0].endswith("migrations done")


def test_what_is_not_migrated_is_not_served(empty, tmp_path):
    done = program("serve", "--no-migrate", "--port", "0", home=tmp_path / "home", **empty.as_app)
    assert done.returncode == 2
    assert "say: trialrules migrate" in done.stderr


@pytest.mark.req("T-10")
def test_the_services_role_migrates_nothing(empty, tmp_path):
    done = program("migrate", home=tmp_path / "home", **empty.as_app)
    assert done.returncode == 2
    assert "permission denied" in done.stderr


@pytest.mark.req("T-02")
@pytest.mark.req("T-10")
def test_the_services_role_comes_to_every_decision_again(installed):
    home, made = installed
    done = program("replay", "--all", "--format", "json", home=home, **made.as_app)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(json.loads(done.stdout)["decisions"]) > 10


@pytest.mark.req("T-12")
@pytest.mark.req("T-16")
def test_the_services_role_verifies_and_exports(installed, tmp_path):
    home, made = installed
    done = program("audit", "verify", home=home, **made.as_app)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()[:4]} == {"installation", "aclf1", "aclf2", "as"}
    done = program("export", "aclf2", "--output", tmp_path / "copy", home=home, **made.as_app)
    assert done.returncode == 0, done.stderr
    head = re.search(r"audit ([0-9a-f]{64})", done.stdout)[1]
    done = program("audit", "verify", "--export", tmp_path / "copy")
    assert done.returncode == 0, done.stdout
    assert f"aclf2: {head}" in done.stdout


@pytest.mark.req("T-25")
def test_the_installation_is_qualified(installed):
    home, made = installed
    report = json.loads(program("doctor", "--iq", "--format", "json", home=home, **made.as_app).stdout)
    found = {one["part"]: one for one in report["findings"]}
    fast = {"database fsync", "database full_page_writes", "database synchronous_commit"} if os.environ.get("TRIALRULES_PG_FAST") else set()
    # Tests run from a checkout, and their server may be set up for speed.
    assert {part for part, one in found.items() if not one["well"]} == {"installed files"} | fast
    assert found["database role"]["detail"].endswith("_app owns no table")
    assert {"migrations", "clock of the database", "guard of trialrules_auditentry"} <= found.keys()


@pytest.mark.req("T-10")
def test_a_role_that_owns_the_tables_is_named(installed):
    home, made = installed
    report = json.loads(program("doctor", "--iq", "--format", "json", home=home, DATABASE_URL=made.owner_url).stdout)
    (role,) = [one for one in report["findings"] if one["part"] == "database role"]
    assert not role["well"]
    assert "could take the guards off" in role["detail"]


@pytest.mark.req("T-17")
def test_there_and_back(installed, empty, tmp_path):
    home, made = installed
    copy = tmp_path / "copy.dump"
    for by, path in ((made.as_owner, tmp_path / "by the owner.dump"), (made.as_app, copy)):
        done = program("backup", path, home=home, **by)
        assert done.returncode == 0, done.stderr
        assert path.stat().st_mode & 0o777 == 0o600
        assert "secret" not in done.stderr
    new = tmp_path / "new"
    back = program("restore", copy, home=new, **empty.as_owner)
    assert back.returncode == 0, back.stdout + back.stderr
    assert "all is as it was written" in back.stdout
    assert program("replay", "--all", home=new, **empty.as_app).returncode == 0
    assert program("user", "list", home=new, **empty.as_app).stdout == program("user", "list", home=home, **made.as_app).stdout
    again = program("restore", copy, home=new, **empty.as_owner)
    assert (again.returncode, "not empty" in again.stderr) == (2, True)
    # The guards came along, and the service's role can work there but not take them off.
    made_there = program("user", "create", "new.one", home=new, **empty.as_app)
    assert made_there.returncode == 0, made_there.stderr
    with psycopg.connect(empty.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM trialrules_auditentry")
    with psycopg.connect(empty.owner_url) as connection, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        connection.execute("DELETE FROM trialrules_auditentry")


def test_what_is_no_copy_or_a_damaged_one_leaves_the_database_empty(installed, empty, tmp_path):
    home, made = installed
    copy = tmp_path / "copy.dump"
    assert program("backup", copy, home=home, **made.as_app).returncode == 0
    (tmp_path / "text").write_text("no database")
    done = program("restore", tmp_path / "text", home=tmp_path / "new", **empty.as_owner)
    assert done.returncode == 2
    assert "no copy of a PostgreSQL" in done.stderr
    copy.write_bytes(copy.read_bytes()[:-20_000])
    done = program("restore", copy, home=tmp_path / "new", **empty.as_owner)
    assert done.returncode == 2
    assert "pg_restore: " in done.stderr
    with psycopg.connect(empty.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_two_processes_serve_one_database(installed):
    home, made = installed
    running = []
    try:
        for _ in range(2):
            process, url = started(home, "--no-migrate", **made.as_app)
            running.append((process, url))
        assert [fetched(f"{url}/healthz") for _, url in running] == [(200, "ok\n")] * 2
    finally:
        for process, _ in running:
            process.terminate()
            process.communicate(timeout=30)
    assert [process.returncode for process, _ in running] == [0, 0]
