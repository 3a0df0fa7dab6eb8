"""`trialrules/decision/1` and `trialrules/advice/1`: valid against their schemas, exact, and the same bytes everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from trialrules.canonical import canonical_bytes, strict_json_loads
from trialrules.dsl.facade import load
from trialrules.engine.advise import advise
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.decision_json import advice_to_json, decision_to_json
from trialrules.engine.evidence_json import amount_json, number_json
from trialrules.engine.outcome import Interval
from trialrules.records.detect import read_patients

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
CASES = [
    *((ROOT / "rules" / "ankylosing_spondylitis.rules", path, "2026-03-02") for path in sorted((ROOT / "demo").glob("as_*.json"))),
    *((ROOT / "rules" / "aclf_phase1.rules", path, "2026-03-02") for path in sorted((ROOT / "demo").glob("aclf_*.json"))),
    (ROOT / "rules" / "aclf_phase2.rules", ROOT / "demo" / "aclf_04_two_phases.json", "2026-03-02"),
    *((GOLDEN / "every_kind.rules", GOLDEN / f"{name}.json", "2026-03-05") for name in ("full", "awkward", "empty")),
]


def validator(name):
    schema = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def decided(rules, patients, on):
    protocol = load(rules).protocol
    assert protocol is not None
    now = parse_partial(on)
    (result,) = read_patients(patients, protocol, now)
    assert result.patient is not None, result.problems
    decision = screen(protocol, result.patient, now)
    return decision, advise(protocol, result.patient, decision)


def leaves(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("rules", "patients", "on"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_the_schema_holds(rules, patients, on, lang):
    decision, advice = decided(rules, patients, on)
    value = decision_to_json(decision, advice, lang)
    assert not any(isinstance(leaf, float | Fraction) for leaf in leaves(value))
    assert [error.message for error in validator("decision.schema.json").iter_errors(json.loads(canonical_bytes(value)))] == []
    short = json.loads(canonical_bytes(advice_to_json(decision, advice, lang)))
    assert [error.message for error in validator("advice.schema.json").iter_errors(short)] == []
    assert len(value["reasons"]) <= 4
    assert [one["id"] for one in value["criteria"]] == [criterion.id for criterion in decision.protocol.criteria]
    assert strict_json_loads(canonical_bytes(value).decode()) == value


def test_without_advice():
    decision, _ = decided(*CASES[0])
    value = decision_to_json(decision, None, "en")
    assert (value["needs"], value["nearest"], value["earliest_day"]) == ([], [], None)
    assert validator("decision.schema.json").is_valid(json.loads(canonical_bytes(value)))


def test_a_provisional_decision_names_the_moment_and_the_day():
    decision, advice = decided(ROOT / "rules" / "ankylosing_spondylitis.rules", ROOT / "demo" / "as_03_provisional.json", "2026-03-02")
    value = decision_to_json(decision, advice, "en")
    assert (value["decision"], value["provisional"]) == ("eligible", True)
    assert value["recheck"] == {"moments": ["randomization"], "day": "2026-03-16"}
    waiting = [one for one in value["criteria"] if one["provisional"]]
    assert waiting
    assert all(one["recheck"]["day"] == "2026-03-16" and one["verdict"] in ("met", "not met") for one in waiting)


def test_the_schema_refuses_what_it_does_not_know():
    decision, advice = decided(*CASES[0])
    value = json.loads(canonical_bytes(decision_to_json(decision, advice, "en")))
    assert not validator("decision.schema.json").is_valid({**value, "extra": 1})
    assert not validator("decision.schema.json").is_valid({**value, "decision": "perhaps"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (Fraction(1, 4), Decimal("0.25")),
        (Fraction(1, 3), Decimal("0.333333333333")),
        (0.1 + 0.2, Decimal("0.3")),
        (Decimal("5.0"), 5),
        (-2.0, -2),
    ],
)
def test_numbers_are_exact_or_rounded_as_stated(value, expected):
    assert number_json(value) == expected
    assert not isinstance(number_json(value), float)


def test_intervals_are_objects():
    assert amount_json(Interval(None, 5, high_open=True)) == {"low": None, "high": 5, "low_open": False, "high_open": True}


def lines(cwd, rules, patients, **env):
    command = [sys.executable, "-m", "trialrules", "screen", rules, "--patient", patients, "--on", "2026-03-02", "--format", "jsonl"]
    return subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, check=True).stdout


def test_the_same_bytes_in_any_folder_zone_locale_and_process(tmp_path):
    shutil.copytree(ROOT / "rules", tmp_path / "elsewhere" / "rules")
    shutil.copy(ROOT / "demo" / "aclf_02_three_organs.json", tmp_path / "p.json")
    patients = str(tmp_path / "p.json")
    first = lines(ROOT, str(ROOT / "rules" / "aclf_phase1.rules"), patients, PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8")
    second = lines(tmp_path / "elsewhere", "rules/aclf_phase1.rules", patients, PYTHONHASHSEED="2", TZ="Asia/Shanghai", LANG="zh_CN.UTF-8")
    assert first == second
    assert first.count(b"\n") == 1
