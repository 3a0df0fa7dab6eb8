"""Installation qualification names what is not as it has to be."""

from __future__ import annotations

import json
import sqlite3

import pytest

from .conftest import program


def findings(home):
    done = program("doctor", "--iq", "--format", "json", home=home)
    report = json.loads(done.stdout)
    return report, {one["part"]: one for one in report["findings"]}


@pytest.mark.req("T-25")
def test_a_good_installation(demo_home):
    report, found = findings(demo_home)
    assert report["schema"] == "trialrules/doctor/1"
    assert report["at"].endswith("+00:00")
    # Tests run from a checkout, which has no digests; the check before a merge runs this on the installed wheel.
    assert {part for part, one in found.items() if not one["well"]} <= {"installed files"}
    wanted = {"database journal_mode": "wal", "database synchronous": "2", "database trusted_schema": "0", "setting DEBUG": "False"}
    assert {part: found[part]["detail"] for part in wanted} == wanted
    assert {"second factor", "second factors", "version of pyotp", "version of cryptography"} <= found.keys()
    assert {"migrations", "clock", "clock of the database", "rights of trialrules.sqlite3", "guard of trialrules_decision"} <= found.keys()


@pytest.mark.req("T-25")
def test_what_is_amiss_is_named(own_home):
    (own_home / "trialrules.sqlite3").chmod(0o644)
    connection = sqlite3.connect(own_home / "trialrules.sqlite3")
    connection.execute("DROP TRIGGER trialrules_decision_update")
    connection.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'trialrules')")
    connection.commit()
    connection.close()
    _, found = findings(own_home)
    bad = {part for part, one in found.items() if not one["well"]} - {"installed files"}
    assert {"rights of trialrules.sqlite3", "guard of trialrules_decision", "migrations"} <= bad


def test_the_report_goes_to_a_file(demo_home, tmp_path):
    program("doctor", "--iq", "--output", tmp_path / "iq.txt", home=demo_home)
    assert "database journal_mode" in (tmp_path / "iq.txt").read_text()
