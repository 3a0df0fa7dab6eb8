"""Studies and sites from the command line; waivers, the end of a study, how long its records are kept."""

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
            "waivers": False,
            "keep_years": None,
            "ended": None,
            "retain_until": None,
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


def listed(home):
    found = json.loads(program("study", "list", "--format", "json", home=home).stdout)
    return {one["study"]: {name: one[name] for name in ("waivers", "keep_years", "ended", "retain_until")} for one in found}


@pytest.mark.req("T-17")
def test_the_retention_clock_of_a_study(own_home):
    nothing = {"waivers": False, "keep_years": None, "ended": None, "retain_until": None}
    assert listed(own_home)["as"] == nothing
    done = program("study", "set", "as", "--ended", "2024-02-29", "--keep-years", "25", "--reason", "last visit", home=own_home)
    assert (done.returncode, done.stderr) == (0, "")
    # There is no 29 February 2049: never less than whole years.
    assert listed(own_home)["as"] == nothing | {"keep_years": 25, "ended": "2024-02-29", "retain_until": "2049-03-01"}
    assert (
        "2024-02-29; kept for 25 years: retain until 2049-03-01; waivers open no enrolment"
        in program("study", "list", home=own_home).stdout
    )
    assert program("study", "set", "as", "--ended", "none", "--reason", "was a slip", home=own_home).returncode == 0
    assert listed(own_home)["as"] == nothing | {"keep_years": 25}
    assert program("study", "set", "as", "--keep-years", "0", "--reason", "was a slip", home=own_home).returncode == 0
    assert listed(own_home)["as"] == nothing
    assert program("audit", "verify", home=own_home).returncode == 0


@pytest.mark.req("T-17")
def test_an_export_says_until_when_it_has_to_be_kept(own_home, tmp_path):
    program("study", "set", "aclf2", "--ended", "2026-03-02", "--keep-years", "15", "--reason", "last visit", home=own_home)
    assert program("export", "aclf2", "--output", tmp_path / "copy", home=own_home).returncode == 0
    kept = json.loads((tmp_path / "copy" / "study.json").read_text())["retention"]
    assert kept == {"keep_years": 15, "ended": "2026-03-02", "retain_until": "2041-03-02"}
    assert "retain until <strong>2041-03-02</strong>" in (tmp_path / "copy" / "index.html").read_text()


@pytest.mark.req("T-05")
def test_waivers_are_off_until_somebody_says_otherwise(own_home):
    assert {one["waivers"] for one in listed(own_home).values()} == {False}
    assert program("study", "set", "aclf1", "--waivers", "--reason", "amendment 2", home=own_home).returncode == 0
    assert listed(own_home)["aclf1"]["waivers"] is True
    assert program("study", "set", "aclf1", "--no-waivers", "--reason", "amendment 3", home=own_home).returncode == 0
    assert listed(own_home)["aclf1"]["waivers"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["as", "--reason", "why not"], "say what to set"),
        (["nothing", "--waivers", "--reason", "why not"], "there are: aclf1, aclf2, as"),
        (["as", "--waivers", "--reason", "-"], "A change needs a reason."),
        (["as", "--ended", "2099-01-01", "--reason", "last visit"], "2099-01-01 is still to come."),
        (["as", "--ended", "2024-02", "--reason", "last visit"], "'2024-02' is no day."),
        (["as", "--keep-years", "101", "--reason", "last visit"], "Records are kept from 1 to 100 years."),
    ],
)
def test_what_does_not_fit_is_refused(demo_home, words, said):
    done = program("study", "set", *words, home=demo_home)
    assert done.returncode == 2
    assert said in done.stderr
