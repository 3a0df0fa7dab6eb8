"""The verb `test`: what holds, what fails and why, coverage, JUnit, JSON."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from trialrules import cli
from trialrules.commands import _docs_junit

RULES = """protocol demo version 1.0 language 1
  timezone UTC
  months round down

moments
  screening "Screening" given

facts
  crp "CRP" lab in mg/L reach 28 days

inclusion I1 "CRP"
  crp >= 5 mg/L

scenario "high"
  given screening 2026-03-02, crp 9 mg/L on screening
  expect I1 met
"""
WRONG = 'scenario "low" like "high"\n  without crp\n  given crp 2 mg/L on screening\n  expect I1 met\n'


@pytest.fixture
def rules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.rules").write_text(RULES, encoding="utf-8")
    return "a.rules"


def test_examples_that_hold(rules, capsys):
    assert cli.run(["test", rules]) == 0
    assert capsys.readouterr().out == "ok a.rules: 1 passed\n"


def test_a_failure_shows_expected_got_place_and_why(rules, capsys):
    Path("a.scenarios.rules").write_text(WRONG, encoding="utf-8")
    assert cli.run(["test", rules]) == 1
    out = capsys.readouterr().out
    assert 'FAIL "low"  a.scenarios.rules:1:1' in out
    assert "a.scenarios.rules:4:3: I1" in out
    assert "expected  met" in out
    assert "got       not met" in out
    assert "because   CRP: 2 mg/L, 2026-03-02" in out
    assert out.endswith("FAILED a.rules: 1 passed, 1 failed\n")


def test_a_file_of_examples_stands_for_its_rules(rules, capsys):
    Path("a.scenarios.rules").write_text(WRONG, encoding="utf-8")
    assert cli.run(["test", "a.scenarios.rules", rules]) == 1
    assert capsys.readouterr().out.count("FAILED a.rules") == 1


def test_a_scenario_that_cannot_run_fails(rules, capsys):
    Path("a.scenarios.rules").write_text('scenario "lost"\n  given crp 2 mg/L on 2026-03-01\n  expect I1 met\n', encoding="utf-8")
    assert cli.run(["test", rules]) == 1
    assert "no moment is given" in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["a.rules", "a.scenarios.rules"])
def test_a_file_with_errors_is_two_and_the_others_are_run(rules, capsys, broken):
    Path("b.rules").write_text(RULES, encoding="utf-8")
    Path(broken).write_text("scenario 1\n", encoding="utf-8")
    assert cli.run(["test", rules, "b.rules"]) == 2
    out, err = capsys.readouterr()
    assert out == "ok b.rules: 1 passed\n"
    assert broken in err


def test_coverage_names_what_is_missing_with_its_place(rules, capsys):
    assert cli.run(["test", rules, "--coverage"]) == 0
    out = capsys.readouterr().out
    assert "I1  not seen: not met, unknown  a.rules:11:1" in out
    assert "coverage 33 %: 1 of 3 results" in out


def test_json_holds_everything(rules, capsys):
    Path("a.scenarios.rules").write_text(WRONG, encoding="utf-8")
    assert cli.run(["test", rules, "--coverage", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (suite,) = report["suites"]
    assert report["schema"] == "trialrules/test/1"
    assert [each["passed"] for each in suite["scenarios"]] == [True, False]
    (failure,) = suite["scenarios"][1]["failures"]
    assert (failure["target"], failure["expected"], failure["got"], failure["place"]) == ("I1", "met", "not met", "a.scenarios.rules:4:3")
    assert (suite["coverage"]["found"], suite["coverage"]["wanted"]) == (2, 3)
    assert suite["coverage"]["targets"][0]["missing"] == ["unknown"]


def test_junit_is_xml_and_always_the_same(rules):
    Path("a.scenarios.rules").write_text(WRONG.replace("low", "low <&> niedrig é"), encoding="utf-8")
    assert cli.run(["test", rules, "--junit", "one.xml"]) == 1
    assert cli.run(["test", rules, "--junit", "two.xml"]) == 1
    assert Path("one.xml").read_bytes() == Path("two.xml").read_bytes()
    root = ET.parse("one.xml").getroot()  # noqa: S314 - our own file
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    case = root.findall("testsuite/testcase")[1]
    assert (case.get("name"), case.get("file"), case.get("line")) == ("low <&> niedrig é", "a.scenarios.rules", "1")
    assert "expected met, got not met" in case.find("failure").get("message")


def test_junit_survives_control_characters():
    text = _docs_junit.junit([("a", [_docs_junit.Case("b\x00\x1b\ud800", "f:1:1", ("c\x0b",))])])
    assert ET.fromstring(text).find("testsuite/testcase").get("name") == "b\ufffd\ufffd\ufffd"  # noqa: S314 - our own text


def test_a_library_has_nothing_to_test(tmp_path, capsys):
    path = tmp_path / "lib.rules"
    path.write_text("library shared version 1.0 language 1\n", encoding="utf-8")
    assert cli.run(["test", str(path)]) == 2
    assert "library" in capsys.readouterr().err
