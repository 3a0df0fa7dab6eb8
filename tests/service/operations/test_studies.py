"""Studies and sites from the command line."""

from __future__ import annotations

import json

import pytest

from .conftest import program


def test_a_study_with_a_site_and_its_closed_days(own_home):
    assert program("study", "create", "sle", "--name", "Lupus", home=own_home).returncode == 0
    made = program("study", "site", "sle", "BJ", "--name", "Beijing", "--timezone", "Asia/Shanghai", home=own_home)
    assert made.returncode == 0, made.stderr
    days = ["--day", "2026-10-01 National Day", "--day", "2026-10-02"]
    closed = program("study", "closed", "sle", "BJ", *days, "--reason", "holidays", home=own_home)
    assert closed.returncode == 0, closed.stderr
    found = json.loads(program("study", "list", "--format", "json", home=own_home).stdout)
    assert [one for one in found if one["study"] == "sle"] == [
        {
            "study": "sle",
            "name": "Lupus",
            "short_name": "SLE",
            "sites": [{"site": "BJ", "name": "Beijing", "timezone": "Asia/Shanghai", "closed_days": 2, "rules": None}],
        }
    ]
    text = program("study", "list", home=own_home).stdout
    assert "sle  Lupus  (SLE)\n    BJ  Beijing, Asia/Shanghai, no rules in force, closed on 2 days\n" in text
    assert "    GZ  Guangzhou, Asia/Shanghai, rules 1.0\n" in text
    assert program("audit", "verify", home=own_home).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "as", "--name", "Again"], "There is a study as already"),
        (["create", "A S", "--name", "Blank"], "small letters"),
        (["site", "no", "BJ", "--name", "B", "--timezone", "UTC"], "there is no study no; there are: aclf1, aclf2, as"),
        (["site", "as", "XX", "--name", "X", "--timezone", "Mars/Base"], "There is no time zone 'Mars/Base'"),
        (["closed", "as", "XX", "--reason", "none"], "study as has no site XX"),
        (["closed", "as", "BJ", "--day", "soon", "--reason", "holidays"], "'soon' is no day"),
    ],
)
def test_what_cannot_be_done_says_why(demo_home, words, said):
    done = program("study", *words, home=demo_home)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
