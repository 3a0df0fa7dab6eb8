"""What an inspector asks: the same answer anywhere, and the first entry that is not as it was written."""

from __future__ import annotations

import json
import sqlite3

import pytest

from .conftest import program


def sql(home, *statements):
    """Change the database behind the service's back, as its owner can."""
    connection = sqlite3.connect(home / "trialrules.sqlite3")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def decisions(home):
    connection = sqlite3.connect(home / "trialrules.sqlite3")
    found = [row[0] for row in connection.execute("SELECT id FROM trialrules_decision ORDER BY id")]
    connection.close()
    return found


@pytest.mark.req("T-02")
@pytest.mark.parametrize(
    ("seed", "zone", "locale"), [("0", "UTC", "C"), ("1", "Asia/Shanghai", "C.UTF-8"), ("77", "America/New_York", "zh_CN.UTF-8")]
)
def test_every_decision_is_come_to_again(demo_home, seed, zone, locale):
    done = program("replay", "--all", "--format", "json", home=demo_home, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["decisions"]
    assert len(said) == len(decisions(demo_home)) > 10
    assert all(one["agrees"] for one in said)


@pytest.mark.req("T-02")
def test_an_answer_that_was_changed_is_seen(own_home):
    number = decisions(own_home)[0]
    assert program("replay", number, home=own_home).returncode == 0
    sql(own_home, f"UPDATE trialrules_decision SET result = replace(result, 'eligible', 'elegible') WHERE id = '{number}'")
    done = program("replay", number, home=own_home)
    assert done.returncode == 1
    assert "the answer differs" in done.stdout
    assert "/decision: stored" in done.stdout


@pytest.mark.parametrize("number", ["S-01", "019dface-5740-748c-86d0-f4ee8b5354e5"])
def test_there_is_no_such_decision(demo_home, number):
    done = program("replay", number, home=demo_home)
    assert done.returncode == 2
    assert "decision" in done.stderr


def test_replay_wants_one_thing(demo_home):
    assert program("replay", home=demo_home).returncode == 2


@pytest.mark.req("T-12")
def test_the_trail_is_verified_with_its_heads(demo_home):
    done = program("audit", "verify", home=demo_home)
    assert done.returncode == 0, done.stdout
    assert {line.split(":")[0] for line in done.stdout.splitlines()[:4]} == {"installation", "aclf1", "aclf2", "as"}
    assert all(len(line.split(": ")[1]) == 64 for line in done.stdout.splitlines()[:4])


@pytest.mark.req("T-12")
def test_the_first_bad_entry_is_named(own_home):
    sql(
        own_home,
        "UPDATE trialrules_auditentry SET reason = reason || '.' "
        "WHERE seq IN (5, 7) AND study_id = (SELECT id FROM trialrules_study WHERE slug = 'aclf1')",
    )
    done = program("audit", "verify", home=own_home)
    assert done.returncode == 1
    assert "BAD  aclf1: entry 5: the entry is not what was written" in done.stdout
    assert "entry 7" not in done.stdout
    assert program("audit", "verify", "--study", "as", home=own_home).returncode == 0


@pytest.mark.req("T-12")
def test_what_the_trail_vouches_for_is_verified_too(own_home):
    sql(own_home, "UPDATE trialrules_subject SET document = document || ' ' WHERE id = (SELECT min(id) FROM trialrules_subject)")
    done = program("audit", "verify", "--format", "json", home=own_home)
    assert done.returncode == 1
    assert [fault for fault in json.loads(done.stdout)["faults"] if "the document is not what was written" in fault]
