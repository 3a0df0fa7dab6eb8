"""Real-sized synthetic data: 615 patients of Synthea in FHIR R4. Counts are compared with a plain count over the files."""

from __future__ import annotations

import gzip
import json
import warnings
from collections import Counter
from pathlib import Path

import pytest
from trialrules.records.detect import read_patients

from .demo_protocol import protocol

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "synthea-r4"
ABSENT = "SKIPPED: the Synthea data at ../shared/data/synthea-r4 are absent, so 615 real-sized records were not read"


@pytest.fixture(scope="module")
def results():
    if not DATA.is_dir():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(ABSENT, stacklevel=1)
        pytest.skip(ABSENT)
    return list(read_patients(DATA, protocol()))


def lines(name):
    with gzip.open(DATA / f"{name}.ndjson.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def test_every_patient_is_read(results):
    assert len(results) == 615
    assert [result.problems for result in results if result.problems] == []
    raw = lines("Patient")
    told = [(one["gender"], one["birthDate"]) for one in raw]
    assert [result.patient.id for result in results] == [one["id"] for one in raw]
    assert [(result.patient.sex, str(result.patient.birth_date)) for result in results] == told
    unused = Counter(item.code for result in results for item in result.patient.unused)
    assert unused["deceased"] == 124
    assert unused.keys() == {"deceased", "no fact", "kind not read"}


def test_facts_are_counted_exactly(results):
    found = Counter(entry.fact for result in results for entry in result.patient.entries)
    assert found == {
        "systolic_bp": 5660, "diastolic_bp": 5660, "creatinine": 2653, "total_bilirubin": 807, "overweight": 206, "allergy": 35,
    }  # fmt: skip
    codes = Counter()
    for one in lines("Observation"):
        codes.update(part["code"]["coding"][0]["code"] for part in [one, *one.get("component", [])])
    assert found["creatinine"] == codes["38483-4"] + codes["2160-0"] == 2652 + 1
    assert found["total_bilirubin"] == codes["1975-2"]
    assert found["systolic_bp"] == codes["8480-6"]


def test_who_has_creatinine(results):
    having = [result for result in results if any(entry.fact == "creatinine" for entry in result.patient.entries)]
    coded = {one["subject"]["reference"] for one in lines("Observation") if one["code"]["coding"][0]["code"] in ("38483-4", "2160-0")}
    assert len(having) == len(coded) == 254
    entries = [entry for result in results for entry in result.patient.entries if entry.fact == "creatinine"]
    assert {entry.unit for entry in entries} == {"mg/dL"}
    assert all(entry.start is not None and entry.start.exact and entry.start.offset is not None for entry in entries)


def test_the_numbers_are_exact(results):
    values = {f"Observation/{one['id']}": one["valueQuantity"]["value"] for one in lines("Observation") if "valueQuantity" in one}
    entries = [entry for result in results for entry in result.patient.entries if entry.fact == "total_bilirubin"]
    assert all(float(entry.value) == values[entry.id] for entry in entries)


def test_bundles_and_lines_say_the_same(results):
    whole = {result.patient.id: result.patient for result in results}
    bundles = list(read_patients(DATA / "bundles", protocol()))
    assert len(bundles) == 12
    for result in bundles:
        patient = result.patient
        key = [(entry.fact, entry.id, entry.value, entry.start) for entry in patient.entries]
        same = whole[patient.id]
        assert sorted(map(repr, key)) == sorted(repr((entry.fact, entry.id, entry.value, entry.start)) for entry in same.entries)
        assert (patient.sex, patient.birth_date) == (same.sex, same.birth_date)
