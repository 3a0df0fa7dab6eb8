"""Bundles, folders and lines of FHIR: whose a resource is, and what is wrong with a file."""

from __future__ import annotations

import gzip
import json

import pytest
from trialrules.records.detect import read_patients

from .demo_protocol import LOINC, protocol
from .fhir_samples import PATIENT, between, bundle, code, condition, day, observation, patient_with, read, request, resource


def test_what_is_passed_over_is_counted_by_kind():
    patient = patient_with(
        observation(code(LOINC, "0-0")),
        observation(code(LOINC, "0-1"), id="2"),
        resource("Claim"),
        {"resourceType": "Organization", "id": "o"},
        patient={**PATIENT, "deceasedDateTime": "2026-01-01"},
    )
    assert [(item.code, item.where) for item in patient.unused] == [
        ("deceased", "Patient/p1"),
        ("no fact", "Observation"),
        ("kind not read", "Claim"),
    ]
    assert patient.unused[1].reason.startswith("2 Observation resources")


def test_a_resource_that_stands_twice_counts_once():
    patient = patient_with(request(), request())
    assert len(patient.entries) == 1
    assert [item.code for item in patient.unused] == ["given twice"]


@pytest.mark.parametrize("reference", ["Patient/p1", "urn:uuid:u-1", "http://example.org/fhir/Patient/p1", "Patient/p1/_history/3"])
def test_references(reference):
    entries = [{"fullUrl": "urn:uuid:u-1", "resource": PATIENT}, {"resource": {**condition(), "subject": {"reference": reference}}}]
    (result,) = read({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert len(result.patient.entries) == 1


def test_the_patient_may_come_last_and_a_birth_date_be_partial():
    aged = {key: value for key, value in condition(onsetAge={"value": 40, "code": "a"}).items() if key != "onsetDateTime"}
    (result,) = read(bundle(aged, {**PATIENT, "birthDate": "1980"}))
    assert (result.patient.birth_date, result.patient.entries[0].start) == (day("1980"), between("2020-01-01", "2021-12-30"))


def test_two_patients_and_a_stranger():
    other = {**PATIENT, "id": "p2"}
    stray = {**condition(), "subject": {"reference": "Patient/p3"}}
    results = read(bundle(PATIENT, condition(), other, stray))
    assert [(result.patient and result.patient.id, [problem.code for problem in result.problems]) for result in results] == [
        ("p1", []),
        ("p2", []),
        (None, ["TR213"]),
    ]
    (alone,) = read(bundle(PATIENT, stray))
    assert [item.code for item in alone.patient.unused] == ["another patient"]


@pytest.mark.parametrize(
    ("document", "codes"),
    [
        (bundle(), ["TR213"]),
        (bundle(condition()), ["TR213"]),
        ({"resourceType": "CapabilityStatement"}, ["TR213"]),
        ({"resourceType": "Bundle", "type": "collection"}, ["TR213"]),
        (bundle(PATIENT, PATIENT), ["", "TR210"]),
        (bundle({**PATIENT, "birthDate": "1980-02-30"}), ["TR206"]),
        (bundle({"resourceType": "Patient"}), ["TR213"]),
        (bundle(PATIENT, 7), ["", "TR204"]),
        ({"resourceType": 7}, ["TR204"]),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": NaN}}]}', ["TR202"]),
        (b'{"resourceType": "Bundle", "entry": [', ["TR202"]),
    ],
)
def test_what_is_no_usable_fhir(document, codes):
    assert [result.problems[0].code if result.problems else "" for result in read(document)] == codes


def test_birth_in_the_future():
    assert [problem.code for problem in read(bundle(PATIENT), now=day("1980-04"))[0].problems] == ["TR207"]


def test_pages_that_are_missing_are_told():
    (result,) = read(bundle(PATIENT, link=[{"relation": "next", "url": "x"}]))
    assert [item.code for item in result.patient.unused] == ["more pages"]


def test_ndjson_by_type_in_a_folder(tmp_path):
    (tmp_path / "SOURCE.txt").write_text("not data")
    (tmp_path / "Condition.ndjson").write_text(json.dumps(condition()) + "\n{bad\n")
    (tmp_path / "Patient.ndjson.gz").write_bytes(gzip.compress(json.dumps(PATIENT).encode()))
    results = list(read_patients(tmp_path, protocol()))
    assert [result.patient and result.patient.id for result in results] == ["p1", None]
    assert len(results[0].patient.entries) == 1
    assert [(problem.code, problem.where.line) for problem in results[1].problems] == [("TR202", 2)]


def test_a_folder_of_bundles(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(bundle(PATIENT), indent=1))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps(bundle({**PATIENT, "id": "p2"})).encode()))
    (tmp_path / "c.json").write_text(json.dumps(bundle(PATIENT)))
    results = list(read_patients(str(tmp_path), protocol()))
    assert [result.patient.id if result.patient else result.problems[0].code for result in results] == ["p1", "p2", "TR210"]


def test_bundles_as_lines():
    lines = "\n".join(json.dumps(bundle({**PATIENT, "id": name})) for name in "ab")
    assert [result.patient.id for result in read(lines.encode())] == ["a", "b"]


@pytest.mark.parametrize("files", [{}, {"a.txt": ""}, {"a.ndjson": json.dumps(PATIENT), "b.json": "{}"}])
def test_a_folder_without_plain_meaning_is_an_error(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (result,) = read_patients(tmp_path, protocol())
    assert result.problems[0].code == "TR211"


def test_a_wrong_path_is_an_error(tmp_path):
    (result,) = read_patients(tmp_path / "nothing", protocol())
    assert result.problems[0].code == "TR201"
    (tmp_path / "empty").write_bytes(b"")
    assert next(read_patients(tmp_path / "empty", protocol())).problems[0].code == "TR201"
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b'{"id": "p"}' * 100)[:-9])
    assert next(read_patients(tmp_path / "cut.json.gz", protocol())).problems[0].code == "TR201"
    (tmp_path / "letter.txt").write_text("Dear colleague")
    assert next(read_patients(tmp_path / "letter.txt", protocol())).problems[0].code == "TR211"
