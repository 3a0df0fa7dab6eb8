"""`trialrules screen`: answers, formats, many patients, mistakes of the user, exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from trialrules import cli
from trialrules.commands._render_json import safe_cell
from trialrules.commands._render_text import pad, width

ROOT = Path(__file__).resolve().parents[2]
AS = str(ROOT / "rules" / "ankylosing_spondylitis.rules")
ACLF = str(ROOT / "rules" / "aclf_phase1.rules")
DAY = "2026-03-02"
RULES = """protocol small version 1.0 language 1
  months round down
moments
  screening "Screening" given
facts
  inr "INR" lab reach 3 days
  dvt "Thrombosis" condition absent unless recorded
inclusion I1 "=INR below 2"
  inr within 3 days before screening < 2
exclusion E1 "Thrombosis"
  dvt on screening
"""
GOOD = {"id": "P-1", "moments": {"screening": DAY}, "facts": [{"fact": "inr", "value": 1.5, "date": DAY}]}
FAILS = {"id": "P-2", "moments": {"screening": DAY}, "facts": [{"fact": "inr", "value": 2.5, "date": DAY}]}
OPEN = {"id": "P-3", "facts": [{"fact": "inr", "value": 1.5, "date": DAY}]}
BROKEN = {"id": "P-4", "moments": {"screening": "yesterday"}, "facts": []}


@pytest.fixture
def small(tmp_path):
    (tmp_path / "small.rules").write_text(RULES, encoding="utf-8")

    def run(*patients, args=(), on=DAY, stdin=None):
        file = tmp_path / "patients.json"
        file.write_text(json.dumps(list(patients) if len(patients) != 1 else patients[0]), encoding="utf-8")
        return ends(str(tmp_path / "small.rules"), "--patient", str(file), "--on", on, *args, stdin=stdin)

    return run


def ends(*args, stdin=None):
    import contextlib

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(["screen", *args])
    return int(code), out.getvalue(), err.getvalue()


# ---------------------------------------------------------------- one patient


def test_the_sentence_comes_first_then_the_table_then_what_is_needed():
    code, out, err = ends(ACLF, "--patient", str(ROOT / "demo" / "aclf_03_missing_inr.json"), "--on", DAY)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "Undetermined: nothing fails; 2 unknown (I5 and E16)"
    assert re.search(r"^  \? I5 +unknown +MELD below 30 +too old$", out, re.MULTILINE)
    assert re.search(r"^  ✓ E1 +not met, passes +", out, re.MULTILINE)
    assert out.index("MELD below 30 ") < out.index("Still needed")
    assert "\x1b" not in out


def test_every_criterion_stands_in_protocol_order():
    _, out, _ = ends(AS, "--patient", str(ROOT / "demo" / "as_02_embolism.json"), "--on", DAY)
    assert re.findall(r"^  [✓✗?–] ([IE]\d+) ", out, re.MULTILINE) == [f"I{n}" for n in range(1, 10)] + [f"E{n}" for n in range(1, 19)]
    assert out.startswith("Not eligible: E17 fails\n")
    assert re.search(r"^  ✗ E17 +met, excludes ", out, re.MULTILINE)
    assert "E10  not met, passes" in out  # creatinine of exactly 1.5 mg/dL


def test_chinese():
    _, out, _ = ends(AS, "--patient", str(ROOT / "demo" / "as_02_embolism.json"), "--on", DAY, "--lang", "zh")
    assert out.startswith("不符合入组条件")
    assert re.search(r"^  ✗ E17 +符合，应排除 +深静脉血栓史或近期肺栓塞$", out, re.MULTILINE)


def test_a_provisional_answer_says_when_to_check_again():
    _, out, _ = ends(AS, "--patient", str(ROOT / "demo" / "as_03_provisional.json"), "--on", DAY)
    assert out.startswith("Eligible so far: ")
    assert "again on 2026-03-16 (Randomization only planned)" in out


def test_a_criterion_shows_its_whole_evidence(small):
    code, out, _ = small(FAILS, args=("--criterion", "i1"))
    assert code == 0
    assert "✗ INR within" not in out
    assert "▸ ✗ latest INR within 3 days before Screening < 2\n" in out
    assert "· 2.5, 2026-03-02" in out
    assert "· window: 2026-02-27 to 2026-03-02" in out
    assert "Thrombosis" not in out


# ---------------------------------------------------------------- formats


def test_json_is_one_object_for_one_patient_and_an_array_for_many(small):
    _, out, _ = small(GOOD, args=("--format", "json"))
    assert json.loads(out)["decision"] == "eligible"
    _, out, _ = small(GOOD, FAILS, args=("--format", "json"))
    assert [one["decision"] for one in json.loads(out)] == ["eligible", "ineligible"]


def test_json_of_one_criterion_holds_only_that(small):
    _, out, _ = small(GOOD, args=("--format", "json", "--criterion", "E1"))
    assert [one["id"] for one in json.loads(out)["criteria"]] == ["E1"]


def test_json_lines_are_one_line_a_patient_in_order(small):
    code, out, err = small(GOOD, BROKEN, FAILS, args=("--format", "jsonl"))
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["schema"] for one in found] == ["trialrules/decision/1", "trialrules/error/1", "trialrules/decision/1"]
    assert found[1]["problems"][0]["code"] == "TR206"
    assert code == 2
    assert "TR206" in err


def test_csv_has_a_column_for_each_criterion_and_no_formulas(small):
    _, out, _ = small({**GOOD, "id": "=1+1"}, FAILS, args=("--format", "csv"))
    head, first, second = csv.reader(io.StringIO(out))
    assert head == ["patient", "as_of", "decision", "provisional", "sentence", "I1", "E1", "reasons"]
    assert first[:4] == ["'=1+1", DAY, "eligible", "false"]
    assert (second[2], second[5], second[6]) == ("ineligible", "not met", "not met")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_cells_that_a_spreadsheet_would_run(text):
    assert safe_cell(text) == "'" + text
    assert safe_cell("1" + text) == "1" + text


def test_html_is_one_page_without_scripts_and_escapes_everything(small):
    _, out, _ = small({**GOOD, "id": "<script>alert(1)</script>"}, FAILS, args=("--format", "html"))
    assert out.startswith("<!doctype html>")
    assert out.count("<html") == out.count("</html>") == 1
    assert "<script" not in out
    assert "&lt;script&gt;" in out
    assert not re.search(r"(?:src|href)=", out)


def test_markdown_takes_nothing_for_markup(small):
    _, out, _ = small({**FAILS, "id": "a|b*c"}, args=("--format", "md"))
    assert "a\\|b\\*c" in out
    assert out.startswith("# Not eligible: I1 fails")


def test_chinese_columns_line_up():
    assert width("肌酐") == 4
    assert pad("肌酐", 6) == "肌酐  "


# ---------------------------------------------------------------- many patients


def test_many_patients_have_one_line_each_and_one_bad_one_stops_nobody(small):
    code, out, err = small(GOOD, BROKEN, FAILS, OPEN)
    assert out.splitlines() == [
        "P-1\tEligible: all 2 criteria pass",
        "P-2\tNot eligible: I1 fails",
        "P-3\tUndetermined: nothing fails; 2 unknown (I1 and E1)",
    ]
    assert (code, err.count("TR206")) == (2, 1)


def test_several_files_and_a_folder(tmp_path, small):
    small(GOOD)
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in (2, 1):
        (folder / f"{number}.json").write_text(json.dumps({**GOOD, "id": f"F-{number}"}), encoding="utf-8")
    rules = str(tmp_path / "small.rules")
    _, out, _ = ends(rules, "--patient", str(folder), "--patient", str(tmp_path / "patients.json"), "--on", DAY)
    assert [line.split("\t")[0] for line in out.splitlines()] == ["F-1", "F-2", "P-1"]


def test_standard_input(tmp_path):
    (tmp_path / "small.rules").write_text(RULES, encoding="utf-8")
    result = CliRunner().invoke(
        cli.program, ["screen", str(tmp_path / "small.rules"), "--patient", "-", "--on", DAY], input=json.dumps(GOOD), standalone_mode=False
    )
    assert result.output.startswith("Eligible: all 2 criteria pass")


def test_a_single_broken_patient(small):
    code, out, err = small(BROKEN)
    assert (code, out) == (2, "")
    assert "TR206" in err


@pytest.mark.parametrize("form", ["json", "jsonl", "html", "md"])
def test_a_single_broken_patient_is_still_well_formed(small, form):
    code, out, _ = small(BROKEN, args=("--format", form))
    assert code == 2
    assert "TR206" in out
    if form in ("json", "jsonl"):
        assert json.loads(out)["schema"] == "trialrules/error/1"


# ---------------------------------------------------------------- moments and options


def test_a_moment_that_the_data_lack_can_be_set(small):
    assert small(OPEN, args=("--moment", f"screening={DAY}"))[1].startswith("Eligible")


def test_what_the_record_says_stands(small):
    _, out, err = small(GOOD, args=("--moment", "screening=2020-01-01"))
    assert out.startswith("Eligible")
    assert err == "note: P-1 records screening as 2026-03-02; --moment screening=2020-01-01 is not used\n"


def test_strict_refuses_what_the_rules_do_not_declare(small):
    odd = {**GOOD, "facts": [*GOOD["facts"], {"fact": "inrr", "value": 1, "date": DAY}]}
    code, out, _ = small(odd)
    assert (code, "did you mean inr?" in out) == (0, True)
    assert small(odd, args=("--strict",))[0] == 2


def test_not_eligible_is_an_answer_unless_the_caller_wants_a_code(small):
    assert small(FAILS)[0] == 0
    assert small(FAILS, args=("--exit-code",))[0] == 3
    assert small(OPEN, args=("--exit-code",))[0] == 3
    assert small(GOOD, args=("--exit-code",))[0] == 0
    assert small(BROKEN, FAILS, args=("--exit-code",))[0] == 2


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--criterion", "E9"), "small has no criterion `E9`; did you mean `E1`?"),
        (("--criterion", "zzz"), "small has no criterion `zzz`; there are I1, E1."),
        (("--moment", "screning=2026-03-02"), "small has no moment `screning`; did you mean `screening`?"),
        (("--moment", "screening"), "write it as --moment screening=2026-03-02"),
        (("--moment", "screening=soon"), "there is no such day"),
        (("--moment", "screening=2026-03-02", "--moment", "screening=2026-03-03"), "is given twice"),
    ],
)
def test_usage_errors_say_what_to_write(small, args, message):
    code, out, err = small(GOOD, args=args)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(("on", "message"), [("2026-02-30", "no such day"), ("March", "no such day"), ("2026-03", "is on one day")])
def test_the_day_of_assessment_is_a_day(small, on, message):
    code, _, err = small(GOOD, on=on)
    assert (code, message in err) == (2, True)


def test_the_day_of_assessment_is_never_guessed(small):
    code, _, err = ends(AS, "--patient", str(ROOT / "demo" / "as_01_eligible.json"))
    assert (code, "--on" in err) == (2, True)


def test_a_rule_file_with_errors_shows_them(tmp_path):
    (tmp_path / "bad.rules").write_text(RULES.replace("inr within", "inrr within"), encoding="utf-8")
    code, out, err = ends(str(tmp_path / "bad.rules"), "--patient", "x.json", "--on", DAY)
    assert (code, out) == (2, "")
    assert re.search(r"error\[TR\d{3}\].*inrr", err)
    assert "^^^" in err


def test_a_library_has_no_criteria():
    code, _, err = ends(str(ROOT / "rules" / "lib" / "common.rules"), "--patient", "x.json", "--on", DAY)
    assert (code, "is a library" in err) == (2, True)


def test_missing_files_are_named():
    assert ends("nowhere.rules", "--patient", "x.json", "--on", DAY)[0] == 2
    code, _, err = ends(AS, "--patient", "nowhere.json", "--on", DAY)
    assert (code, "nowhere.json" in err) == (2, True)


# ---------------------------------------------------------------- the other verbs


def verb(name, *args):
    import contextlib

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run([name, *args])
    return int(code), out.getvalue(), err.getvalue()


def test_explain_writes_the_values_beside_the_rule():
    patient = str(ROOT / "demo" / "aclf_02_three_organs.json")
    code, out, _ = verb("explain", ACLF, "E5", "--patient", patient, "--on", DAY)
    assert code == 0
    assert re.search(r"\d+ \|   at least 3 of +# ✓$", out, re.MULTILINE)
    assert "· 12.4 mg/dL = 212.04 umol/L, 2026-03-01 [Observation/obs-5]" in out
    assert out.count("exclusion E") >= 1
    assert "I5" not in out


@pytest.mark.parametrize("form", ["json", "html", "md"])
def test_explain_has_other_formats(form):
    code, out, _ = verb("explain", ACLF, "--patient", str(ROOT / "demo" / "aclf_01_eligible.json"), "--on", DAY, "--format", form)
    assert (code, len(out) > 1000) == (0, True)


def test_explain_shows_the_source_texts_own_words(tmp_path, small):
    small(GOOD)
    rules = tmp_path / "small.rules"
    with_source = RULES.replace("months round down", 'months round down\n  source "p.md" from "Inclusion"').replace(
        'I1 "=INR below 2"', 'I1 "=INR below 2"\n  source inclusion 1'
    )
    rules.write_text(with_source, encoding="utf-8")
    (tmp_path / "p.md").write_text("# Inclusion Criteria\n\n1. The INR is low.\n", encoding="utf-8")
    patients = str(tmp_path / "patients.json")
    code, out, err = verb("explain", str(rules), "I1", "--patient", patients, "--on", DAY, "--sources", str(tmp_path))
    assert (code, err) == (0, "")
    assert "Protocol wording: The INR is low." in out


def test_advise_ranks_what_is_needed():
    patient = str(ROOT / "demo" / "aclf_03_missing_inr.json")
    code, out, _ = verb("advise", ACLF, "--patient", patient, "--on", DAY)
    assert (code, out.splitlines()[0]) == (0, "Undetermined: nothing fails; 2 unknown (I5 and E16)")
    assert "INR: a newer record" in out
    _, out, _ = verb("advise", ACLF, "--patient", patient, "--on", DAY, "--format", "json")
    value = json.loads(out)
    assert (value["schema"], value["needs"][0]["alone"]) == ("trialrules/advice/1", ["I5"])


def test_the_demo_runs_from_any_folder(tmp_path):
    import subprocess
    import sys

    shutil.copy(ROOT / "demo" / "run.py", tmp_path / "unused.py")
    done = subprocess.run([sys.executable, str(ROOT / "demo" / "run.py")], cwd=tmp_path, capture_output=True, check=False)
    text = done.stdout.decode("utf-8", "backslashreplace")
    assert (done.returncode, done.stderr) == (0, b"")
    assert text.count("Eligible: all") == 3
    assert "Not eligible: I5 and E5 fail" in text
    assert "\x1b" not in text
