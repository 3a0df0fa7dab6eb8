"""The same bytes everywhere: another hash seed, time zone, locale, working folder; once or twice, forwards or backwards in one process."""

from __future__ import annotations

import json
import locale
import shutil
import subprocess
from functools import cache

import pytest
from trialrules import load
from trialrules.canonical import canonical_bytes
from trialrules.engine.advise import advise
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.decision_json import decision_to_json
from trialrules.records.detect import read_patients

from .program import ROOT, start

DAY = "2026-03-02"
DEMO = sorted((ROOT / "demo").glob("*.json"))
VERBS = {
    "screen as JSON": ["screen", "rules/aclf_phase1.rules", "--patient", "demo/aclf_02_three_organs.json", "--on", DAY, "--format", "json"],
    "screen in Chinese": ["screen", "rules/aclf_phase1.rules", "--patient", "demo/aclf_03_missing_inr.json", "--on", DAY, "--lang", "zh"],
    "explain": ["explain", "rules/ankylosing_spondylitis.rules", "--patient", "demo/as_02_embolism.json", "--on", DAY],
    "advise": ["advise", "rules/ankylosing_spondylitis.rules", "--patient", "demo/as_04_near_miss.json", "--on", DAY],
    "docs": ["docs", "rules/ankylosing_spondylitis.rules"],
    "check": ["check", "bad/unknown_name.rules", "rules/aclf_phase2.rules", "--format", "json"],
    "test with coverage": ["test", "rules/aclf_phase1.rules", "--coverage", "--format", "json"],
}
PLACES = {
    "UTC, C, seed 0": {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
    "Kiritimati, seed 1": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    "Pago Pago, plain C": {"TZ": "Pacific/Pago_Pago", "LC_ALL": "C", "PYTHONHASHSEED": "12345", "PYTHONUTF8": "1"},
    "Shanghai, Turkish or German where installed": {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4294967295"},
    "optimised": {"PYTHONOPTIMIZE": "1", "PYTHONHASHSEED": "random"},
}


@cache
def foreign_locale() -> str:
    """A locale with other letters or decimal signs than English, where this machine has one."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split() if shutil.which("locale") else []
    return next((name for name in known if name.lower().startswith(("tr_", "de_", "zh_", "fr_"))), "C.UTF-8")


@pytest.fixture
def copied(tmp_path):
    """Rules, patients and a faulty file, in a folder of any name."""

    def copy(name):
        folder = tmp_path / name
        for part in ("rules", "demo"):
            shutil.copytree(ROOT / part, folder / part)
        shutil.copytree(ROOT / "tests/corpus/bad/names", folder / "bad")
        return folder

    return copy


@pytest.mark.parametrize("verb", VERBS)
def test_the_same_bytes_everywhere(verb, copied):
    outputs = {}
    for number, (place, env) in enumerate(PLACES.items()):
        folder = copied(f"a folder {number} é")
        done = start(*VERBS[verb], cwd=folder, **{"LC_ALL": foreign_locale(), **env})
        outputs[place] = (done.code, done.out)
    first = next(iter(outputs.values()))
    assert first[1]
    assert [place for place, each in outputs.items() if each != first] == []


def test_absolute_paths_change_places_only(copied):
    """Where a file is named otherwise, only its name differs: verdicts, digests and evidence stay."""
    folder = copied("here")
    near = json.loads(start(*VERBS["screen as JSON"], cwd=folder).out)
    verb, rules, flag, patient, *rest = VERBS["screen as JSON"]
    far = json.loads(start(verb, str(folder / rules), flag, str(folder / patient), *rest, cwd=folder.parent).out)
    assert near.pop("unused", None) is not None
    far.pop("unused", None)
    assert near == far


def answer(protocol, patient, decision):
    """Everything that the JSON says, as canonical bytes."""
    return canonical_bytes(decision_to_json(decision, advise(protocol, patient, decision), "en"))


def decisions(cases):
    """Canonical answers of cases (rules, patient), each screened with a freshly loaded protocol and record, in the order given."""
    found = {}
    for rules, path in cases:
        protocol = load(rules).protocol
        now = parse_partial(DAY)
        for result in read_patients(path, protocol, now):
            decision = screen(protocol, result.patient, now)
            found[rules.name, path.name] = answer(protocol, result.patient, decision)
    return found


CASES = [(rules, path) for rules in sorted((ROOT / "rules").glob("*.rules")) if "scenarios" not in rules.name for path in DEMO]


def test_once_twice_and_backwards_in_one_process():
    forwards = decisions(CASES)
    assert len(forwards) == len(CASES) == 3 * len(DEMO)
    assert decisions(CASES) == forwards
    assert decisions(CASES[::-1]) == forwards


def test_one_protocol_for_many_patients_keeps_nothing():
    """A protocol that has screened others answers as a fresh one does."""
    now = parse_partial(DAY)
    fresh = decisions(CASES)
    for rules in {rules for rules, _ in CASES}:
        protocol = load(rules).protocol
        patients = [(path, next(iter(read_patients(path, protocol, now))).patient) for path in DEMO]
        for path, patient in [*patients, *patients[::-1]]:
            assert answer(protocol, patient, screen(protocol, patient, now)) == fresh[rules.name, path.name]


def test_the_locale_of_the_process_does_not_matter():
    before = decisions(CASES[:4])
    old = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, foreign_locale())
        assert decisions(CASES[:4]) == before
    finally:
        locale.setlocale(locale.LC_ALL, old)
