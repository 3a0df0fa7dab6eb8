"""`check`: exit codes, order, formats, files of scenarios, libraries, speed of the start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from trialrules import cli
from trialrules.commands import _docs_watch, check

ROOT = Path(__file__).resolve().parents[2]
GOOD = """protocol demo version 1.0 language 1
  timezone UTC
  months round down

moments
  screening "Screening" given

facts
  birth_date "Birth date" attribute date

inclusion I1 "Adult"
  age at screening >= 18 years
"""
LIBRARY = 'library shared version 1.0 language 1\n\nfacts\n  pain "Pain" score 0 to 10 reach 1 day\n'


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def writer(name: str, text: str) -> str:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
        return name

    return writer


def test_a_good_file_says_nothing_on_stdout(write, capsys):
    assert cli.run(["check", write("a.rules", GOOD)]) == 0
    assert capsys.readouterr() == ("", "no faults\n")


def test_all_faults_of_all_files_by_place(write, capsys):
    second = write("b.rules", GOOD.replace("screening >=", "screenin >=").replace("timezone UTC", "timezone Mars/Base"))
    first = write("a.rules", GOOD.replace("18 years", "18 mg"))
    assert cli.run(["check", second, first, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    places = [(each["labels"][0]["file"], each["labels"][0]["line"]) for each in found]
    assert places == sorted(places)
    assert {file for file, _ in places} == {"a.rules", "b.rules"}
    assert len([file for file, _ in places if file == "b.rules"]) == 2


def test_warnings_alone_are_no_findings_unless_strict(write, capsys):
    name = write("a.rules", GOOD.replace("inclusion", 'facts\n  pain "Pain" score 0 to 10 reach 1 day\n\ninclusion'))
    assert cli.run(["check", name]) == 0
    assert "warning[" in capsys.readouterr().out
    assert cli.run(["check", name, "--strict"]) == 1


def test_an_unreadable_path_is_two_and_the_rest_is_checked(write, capsys):
    bad = write("bad.rules", GOOD.replace(">= 18", ">="))
    assert cli.run(["check", "none.rules", bad]) == 2
    out = capsys.readouterr().out
    assert "none.rules" in out
    assert "bad.rules:12" in out


def test_a_folder_is_no_rule_file(write, tmp_path, capsys):
    write("x/a.rules", GOOD)
    assert cli.run(["check", "x"]) == 2
    assert "this is a bug" not in capsys.readouterr().err


def test_a_library_is_fine_and_is_named_from_here(write, capsys):
    assert cli.run(["check", write("deep/lib/shared.rules", LIBRARY)]) == 0
    write("deep/lib/shared.rules", LIBRARY.replace("score 0 to 10", "score 10 to 0"))
    user = write("deep/a.rules", GOOD.replace("  months round down\n", '  months round down\n  use "lib/shared.rules"\n'))
    capsys.readouterr()
    assert cli.run(["check", user, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {label["file"] for each in found for label in each["labels"]} == {str(Path("deep/lib/shared.rules"))}


def test_a_file_of_scenarios_is_checked_against_its_rules(write, capsys):
    write("a.rules", GOOD)
    scenarios = write("a.scenarios.rules", 'scenario "x"\n  given screening 2026-03-02, birth_date 2000\n  expect I2 met\n')
    assert cli.run(["check", scenarios]) == 1
    assert "a.scenarios.rules:3" in capsys.readouterr().out
    write("a.rules", GOOD.replace(">= 18", ">="))
    assert cli.run(["check", scenarios]) == 1
    assert "a.rules:12" in capsys.readouterr().out


def test_sarif_has_a_result_for_each_fault(write, capsys):
    assert cli.run(["check", write("a.rules", GOOD.replace("18 years", "18 mg")), "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["version"] == cli.__version__
    assert len(run["results"]) == 1


@pytest.mark.parametrize("text", [GOOD, "", "\x00", GOOD.replace("18 years", "18 mg"), "protocol", "inclusion I1\n\tx"])
def test_json_keeps_to_its_schema(write, capsys, text):
    cli.run(["check", write("a.rules", text), "--format", "json"])
    schema = json.loads((ROOT / "schemas" / "diagnostics.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(capsys.readouterr().out))


def test_the_schema_refuses_something():
    schema = json.loads((ROOT / "schemas" / "diagnostics.schema.json").read_text(encoding="utf-8"))
    assert not Draft202012Validator(schema).is_valid({"schema": "trialrules/diagnostics/1", "diagnostics": [{"code": "X"}]})


def test_the_start_imports_neither_engine_nor_rich():
    program = "import sys; import trialrules.commands.check; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "trialrules.dsl.facade" in loaded
    heavy = {"rich", "jsonschema", "cattrs", "icalendar", "dateutil", "lark", "trialrules.engine.decide"}
    assert loaded & heavy <= {"dateutil"}


class StopNowError(Exception):
    pass


def test_watch_runs_again_when_a_file_changes(write):
    name = write("a.rules", GOOD)
    runs = []

    def run():
        runs.append(1)
        return [Path(name)]

    def pause(_seconds):
        if len(runs) == 2:
            raise StopNowError
        Path(name).write_text(GOOD + f"# {len(runs)}\n", encoding="utf-8")

    with pytest.raises(StopNowError):
        _docs_watch.watch(run, pause)
    assert len(runs) == 2


def test_watch_waits_for_a_file_that_is_being_replaced(write):
    name = Path(write("a.rules", GOOD))
    steps = iter([name.unlink, lambda: None, lambda: name.write_text(GOOD + "#", encoding="utf-8")])
    runs = []

    def pause(_seconds):
        if len(runs) == 2:
            raise StopNowError
        next(steps)()

    with pytest.raises(StopNowError):
        _docs_watch.watch(lambda: runs.append(1) or [name], pause)
    assert len(runs) == 2


def test_the_files_to_watch_are_all_that_were_read(write):
    write("deep/lib/shared.rules", LIBRARY)
    user = write("deep/a.rules", GOOD.replace("  months round down\n", '  months round down\n  use "lib/shared.rules"\n'))
    assert set(check.check_files([Path(user)]).read) == {Path("deep/a.rules"), Path("deep/lib/shared.rules")}
