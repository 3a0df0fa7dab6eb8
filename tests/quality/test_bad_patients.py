"""Every kind of bad patient record, through `trialrules screen`: a code with a page, a place, a mend, exit code 2, never a traceback."""

from __future__ import annotations

import copy
import gzip
import json
import re
import subprocess
import sys

import pytest

from .program import ROOT, start, told_by_screen

RULES = ROOT / "rules" / "aclf_phase1.rules"
GOOD = json.loads((ROOT / "demo" / "aclf_01_eligible.json").read_text(encoding="utf-8"))
LAST = len(GOOD["facts"])
CREATININE = {"fact": "creatinine", "value": 80, "unit": "umol/L", "date": "2026-03-01"}
DAY = "2026-03-02"


def patient(**changes):
    return {**copy.deepcopy(GOOD), **changes}


def fact(**fields):
    return patient(facts=[*GOOD["facts"], fields])


def written(value):
    return json.dumps(value, ensure_ascii=False).encode()


def screen(folder, data, *more, name="p.json"):
    (folder / name).write_bytes(data)
    return start("screen", str(RULES), "--patient", name, "--on", DAY, *more, cwd=folder)


def bundle(*resources):
    return written({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]})


# Name: bytes, code, a piece of the place, a piece of the message or mend.
MISTAKES = {
    "unknown key": (written(patient(birthdate="1980")), "TR203", "/birthdate", "Did you mean `birth_date`?"),
    "unknown key of a fact": (written(fact(**CREATININE, uni="x")), "TR203", f"/facts/{LAST}/uni", "Did you mean `unit`?"),
    "NaN": (written(GOOD).replace(b'"value": 214', b'"value": NaN'), "TR202", "line 1", "NaN"),
    "infinity": (written(GOOD).replace(b'"value": 214', b'"value": -Infinity'), "TR202", "line 1", "-Infinity"),
    "key twice": (written(GOOD).replace(b'"sex"', b'"sex": "female", "sex"'), "TR202", "line 1", "stands twice"),
    "key of a fact twice": (written(GOOD).replace(b'"value": 214', b'"value": 1, "value": 214'), "TR202", "line 1", "stands twice"),
    "deep": (written(GOOD)[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "TR202", "line 1", "deeper than 64"),
    "deep and never closed": (b'{"id": ' + b"[" * 1_000_000, "TR202", "line 1", ""),
    "huge exponent": (written(GOOD).replace(b"214", b"1e1000000"), "TR202", "line 1", "30 digits"),
    "very long number": (written(GOOD).replace(b"214", b"9" * 100_000), "TR202", "line 1", "30 digits"),
    "very long unit": (written(fact(**{**CREATININE, "unit": "mg/" * 100_000})), "TR212", f"/facts/{LAST}/unit", "10000"),
    "birth in the future": (written(patient(birth_date="2030-01-01")), "TR207", "/birth_date", "2026-03-02"),
    "end before start": (
        written(fact(fact="malignancy", start="2025-06", end="2025-01")), "TR208", f"/facts/{LAST}/end", "before the start",
    ),
    "impossible day": (written(fact(**{**CREATININE, "date": "2026-02-30"})), "TR206", f"/facts/{LAST}/date", "Write a day"),
    "ambiguous day": (written(fact(**{**CREATININE, "date": "1/2/2026"})), "TR206", f"/facts/{LAST}/date", "Write a day"),
    "text for a number": (written(fact(**{**CREATININE, "value": "high"})), "TR204", f"/facts/{LAST}/value", "number"),
    "truth for a number": (written(fact(**{**CREATININE, "value": True})), "TR204", f"/facts/{LAST}/value", "number"),
    "list for a number": (written(fact(**{**CREATININE, "value": [1]})), "TR204", f"/facts/{LAST}/value", "number"),
    "number for a unit": (written(fact(**{**CREATININE, "unit": 3})), "TR204", f"/facts/{LAST}/unit", "text"),
    "number for a sex": (written(patient(sex=5)), "TR204", "/sex", "text"),
    "list for moments": (written(patient(moments=[])), "TR204", "/moments", ""),
    "object for facts": (written(patient(facts={})), "TR204", "/facts", "list"),
    "number for a fact": (written(patient(facts=[5])), "TR204", "/facts/0", "object"),
    "no id": (written({key: value for key, value in GOOD.items() if key != "id"}), "TR205", "/id", "`id`"),
    "another schema": (written(patient(schema="trialrules/patient/2")), "TR204", "/schema", "trialrules/patient/1"),
    "empty": (b"", "TR201", "p.json", "empty"),
    "blank": (b" \n\n", "TR201", "p.json", "empty"),
    "no JSON": (b"hello", "TR211", "p.json", "neither JSON nor a table"),
    "half a file": (written(GOOD)[:200], "TR202", "line 1", "JSON"),
    "no patients": (b"[]", "TR211", "p.json", "no patient"),
    "a number": (b"5", "TR211", "p.json", ""),
    "random bytes": (bytes(range(256)) * 8, "TR211", "p.json", ""),
    "UTF-16": (json.dumps(GOOD).encode("utf-16"), "TR201", "p.json", "UTF-8"),
    "Latin-1": (written(patient(id="é")).decode().encode("latin-1"), "TR201", "p.json", "UTF-8"),
    "half a surrogate": (written(GOOD).replace(b"ACLF-001", rb"\ud800"), "TR202", "line 1", "surrogate"),
    "damaged gzip": (gzip.compress(written(GOOD))[:-20], "TR201", "p.json", ""),
    "damaged Parquet": (b"PAR1" + b"\0" * 50, "TR201", "p.json", ""),
    "FHIR without Patient": (bundle(), "TR213", "p.json", "Patient"),
    "FHIR of another kind": (written({"resourceType": "Foo"}), "TR213", "p.json", "Patient"),
    "table without rows": (b"patient_id,fact,value,date\n", "TR211", "p.json", "no rows"),
    "table with a strange column": (b"patient_id,fact,foo\nP1,creatinine,1\n", "TR203", "row 1", "foo"),
    "table with a bad day": (b"patient_id,fact,value,date\nP1,creatinine,80,2026-13-01\n", "TR206", "row 2", "date"),
    "table with text for a number": (b"patient_id,fact,value,date\nP1,creatinine,high,2026-03-01\n", "TR204", "row 2", "number"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told(name, tmp_path):
    data, code, place, word = MISTAKES[name]
    done = screen(tmp_path, data)
    assert (done.code, done.out) == (2, "")
    found = told_by_screen(done)
    assert [one for one in found if one[0] == code and place in one[1] and word in one[2]], found
    assert all(len(message) < 500 for _, _, message in found)


def test_a_missing_file(tmp_path):
    done = start("screen", str(RULES), "--patient", "none.json", "--on", DAY, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert [one[:2] for one in told_by_screen(done)] == [("TR201", "none.json")]


def test_all_mistakes_of_a_record_in_one_run(tmp_path):
    facts = [
        5,
        {"fact": 7},
        {**CREATININE, "unit": 3},
        {**CREATININE, "date": "2026-02-30"},
        {"fact": "malignancy", "start": "2025", "end": "2024"},
    ]
    done = screen(tmp_path, written(patient(sex=5, birth_date="2030", moments=[], birthdate="1", facts=facts)))
    places = {place.partition(", ")[2] for _, place, _ in told_by_screen(done)}
    wanted = {
        "/sex",
        "/birth_date",
        "/moments",
        "/birthdate",
        "/facts/0",
        "/facts/1/fact",
        "/facts/2/unit",
        "/facts/3/date",
        "/facts/4/end",
    }
    assert wanted <= places


def test_one_bad_patient_stops_nobody(tmp_path):
    lines = [written(GOOD), written(patient(id="B", birth_date="x")), b"{broken", written(patient(id="D"))]
    done = screen(tmp_path, b"\n".join(lines), "--format", "jsonl")
    assert done.code == 2
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [answer["patient"] for answer in answers if answer.get("decision")] == ["ACLF-001", "D"]
    assert [place for _, place, _ in told_by_screen(done)] == ["p.json, line 2, /birth_date", "p.json, line 3"]


def test_the_same_patient_twice(tmp_path):
    done = screen(tmp_path, written([GOOD, GOOD]))
    assert done.code == 2
    assert [one[0] for one in told_by_screen(done)] == ["TR210"]


def test_an_undeclared_fact_is_listed_and_with_strict_refused(tmp_path):
    data = written(fact(fact="creatinin", value=1, date="2026-03-01"))
    done = screen(tmp_path, data)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"creatinin`; did you mean creatinine\?", done.out)
    unused = json.loads(screen(tmp_path, data, "--format", "json").out)["unused"]
    assert [(one["code"], one["nearest"]) for one in unused] == [("fact not declared", "creatinine")]
    strict = screen(tmp_path, data, "--strict")
    assert (strict.code, strict.out) == (2, "")
    assert told_by_screen(strict)[0][0] == "TR209"
    assert "Did you mean `creatinine`?" in strict.err


@pytest.mark.parametrize("unit", ["10*999999999", "m999999999", "mg/" * 3000 + "L", "((((((((", "mg/dL\u200b", "{" * 5000, "%" * 9999])
def test_a_unit_that_nobody_can_convert_makes_the_result_unknown(tmp_path, unit):
    done = screen(tmp_path, written(fact(**{**CREATININE, "unit": unit, "date": DAY})))
    assert done.code == 0
    assert done.out.startswith("Undetermined") or unit.startswith("mg/dL")


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + written(GOOD), json.dumps(GOOD, indent=1).replace("\n", "\r\n").encode()])
def test_marks_and_line_ends_of_other_systems_do_no_harm(tmp_path, data):
    done = screen(tmp_path, data)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Eligible")


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2026-03", "1/2/2026", ""])
def test_a_bad_day_of_assessment(tmp_path, day):
    (tmp_path / "p.json").write_bytes(written(GOOD))
    done = start("screen", str(RULES), "--patient", "p.json", "--on", day, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "2026-03-02" in done.err


@pytest.mark.parametrize("moment", ["screening", "screning=2026-03-02", "screening=x", "=2026-03-02"])
def test_a_bad_moment(tmp_path, moment):
    done = screen(tmp_path, written(GOOD), "--moment", moment)
    assert (done.code, done.out) == (2, "")
    assert "screening" in done.err


# The program screens; the harness measures the memory of that process alone. On Linux `ru_maxrss` would also know the peak of the process
# that started it; the high-water mark of the process's own memory doesn't.
MEASURED = """
import resource, sys
from pathlib import Path
from trialrules.cli import run
code = run(sys.argv[1:])
status = Path("/proc/self/status")
marks = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
print(marks[0] if marks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def write_many(path, count):
    """One patient with so many creatinine values, the last of them on the day before screening."""
    head = json.dumps({**GOOD, "facts": []})[:-2]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head)
        stream.writelines(json.dumps(one) + ",\n" for one in GOOD["facts"] if one["fact"] != "creatinine")
        for number in range(count):
            day = f"{2000 + number % 26}-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}"
            stream.write(f'{{"fact": "creatinine", "value": {number % 90 + 50}.5, "unit": "umol/L", "date": "{day}"}},\n')
        stream.write(json.dumps(CREATININE) + "]}")


def screen_many(folder, count):
    """Kilobytes at the peak."""
    write_many(folder / "p.json", count)
    command = [sys.executable, "-c", MEASURED, "screen", str(RULES), "--patient", "p.json", "--on", DAY]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("Eligible: all 22 criteria pass")
    return int(done.stderr.split()[-1])


def test_a_hundred_thousand_facts_of_one_patient(tmp_path):
    assert screen_many(tmp_path, 100_000) < 400_000


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_a_million_facts_of_one_patient_fit_into_two_gigabytes(tmp_path):
    peak = screen_many(tmp_path, 1_000_000)
    print(f"a million facts through `screen`: peak {peak // 1000} MB")
    assert peak < 2_000_000


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_too_many_facts_are_refused(tmp_path):
    write_many(tmp_path / "p.json", 2_000_001)
    done = subprocess.run(
        [sys.executable, "-m", "trialrules", "screen", str(RULES), "--patient", "p.json", "--on", DAY],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "TR212" in done.stderr
