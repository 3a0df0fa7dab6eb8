"""Every sample of docs/records.md is read, and every code stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trialrules.records import problems
from trialrules.records.detect import read_patients

from .demo_protocol import protocol

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```(json|csv)\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_samples():
    assert [kind for kind, _ in SAMPLES] == ["json", "json", "csv"]


@pytest.mark.parametrize("text", [text for _, text in SAMPLES])
def test_a_sample_is_read(text):
    (result,) = read_patients(text.encode(), protocol(), strict=True)
    assert result.problems == ()
    assert result.patient.unused == ()
    assert str(result.patient.moments["screening"]) == "2026-03-02"
    found = {entry.fact: entry for entry in result.patient.entries}
    assert found["total_bilirubin"].value == 10
    assert found["other_unsuitability"].value == "no"
    assert found["other_unsuitability"].by == "investigator 7"
    assert (found["methotrexate"].attributes["dose"].value, found["methotrexate"].attributes["dose"].unit) == (15, "mg/week")


def test_every_problem_is_listed():
    codes = {value for value in vars(problems).values() if isinstance(value, str) and re.fullmatch(r"TR2[0-9]{2}", value)}
    assert len(codes) == 15
    assert set(re.findall(r"^\| (TR2[0-9]{2}) \|", PAGE, re.MULTILINE)) == codes


def test_every_reason_for_unused_input_is_listed():
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "records").glob("*.py"))
    codes = set(re.findall(r'(?:\.note|Unused)\(\s*"([a-z ]+)"', written))
    assert len(codes) > 15
    table = PAGE.partition("## Unused")[2]
    assert set(re.findall(r"`([a-z ]+)`", "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")))) == codes
