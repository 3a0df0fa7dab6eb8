"""The doctor finds what is missing, and is not brought down by it."""

from __future__ import annotations

import json

import pytest
from trialrules import cli
from trialrules.commands import doctor


def test_a_whole_installation_is_well(capsys):
    assert cli.run(["doctor", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "trialrules/doctor/1"
    assert {"python", "needs click", "needs lark", "unit table", "rules/aclf_phase1.rules"} <= {each["part"] for each in report["findings"]}


def test_a_broken_part_is_a_finding(capsys, monkeypatch):
    def broken():
        raise RuntimeError("table torn")
        yield

    monkeypatch.setattr(doctor, "LOOKS", (("unit table", broken),))
    assert cli.run(["doctor"]) == 1
    assert "BAD  unit table  RuntimeError: table torn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("no-such-distribution>=1", "not installed"),
        ("click>=99", "99 is needed"),
        ("click<8,>=1.0", "<8 is needed"),
    ],
)
def test_an_unmet_requirement_is_seen(text, word):
    found = doctor.dependency(text)
    assert not found.well
    assert word in found.detail


@pytest.mark.parametrize("text", ["click", "click<9,>=8.1.7", "python-dateutil<5,>=2.9.0.post0"])
def test_a_met_requirement_passes(text):
    assert doctor.dependency(text).well


def test_versions_compare_by_number():
    assert doctor.numbers("8.10") > doctor.numbers("8.9.3")
    assert doctor.numbers("2.9.0.post0") == (2, 9, 0)
    assert doctor.numbers("9") == (9, 0, 0)


@pytest.mark.parametrize(
    ("state", "well", "word"), [("fresh", True, "fresh"), ("stale", False, "make parser-table"), ("missing", False, "not there")]
)
def test_a_stale_parser_table_is_seen(state, well, word):
    found = doctor.grammar_table(state)
    assert found.well is well
    assert word in found.detail
