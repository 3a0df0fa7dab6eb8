from __future__ import annotations

import json
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, strategies as st
from trialrules import canonical, load
from trialrules.engine.dates import parse_partial
from trialrules.records.detect import read_patients
from trialrules.service.work import documents
from trialrules.service.work.outcome import RefusedError

from .world import ROOT

NOW = parse_partial("2026-03-02")
RULES = {name: load(ROOT / "rules" / name).protocol for name in ("aclf_phase1.rules", "ankylosing_spondylitis.rules")}
PATIENTS = sorted((ROOT / "demo").glob("*.json"))


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("file", PATIENTS, ids=lambda path: path.stem)
def test_a_patient_of_any_format_survives_as_our_json(file, rules):
    protocol = RULES[rules]
    (read,) = read_patients(file, protocol, NOW)
    text = documents.patient_text(read.patient, protocol)
    (again,) = read_patients(text.encode(), protocol, NOW)
    assert again.problems == ()
    # Our JSON has one key `by` for the recorder and for a declared attribute of that name.
    assert again.patient.entries == tuple(evolve(entry, by=entry.attributes.get("by", entry.by)) for entry in read.patient.entries)
    assert again.patient.moments == read.patient.moments
    assert (again.patient.id, again.patient.sex, again.patient.birth_date) == (read.patient.id, read.patient.sex, read.patient.birth_date)


def test_what_is_over_since_nobody_knows_when_survives():
    bundle = {
        "resourceType": "Bundle", "type": "collection",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980-01-01"}},
            {"resource": {
                "resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"},
                "clinicalStatus": {"coding": [{"code": "resolved"}]},
                "code": {"coding": [{"system": "urn:trialrules:fact", "code": "chronic_liver_disease"}]}, "onsetDateTime": "2015",
            }},
        ],
    }  # fmt: skip
    protocol = RULES["aclf_phase1.rules"]
    (read,) = read_patients(json.dumps(bundle).encode(), protocol, NOW)
    assert [entry.end_kind for entry in read.patient.entries] == ["unknown"]
    text = documents.patient_text(read.patient, protocol)
    (again,) = read_patients(text.encode(), protocol, NOW)
    assert again.patient.entries == read.patient.entries


def test_a_native_patient_is_kept_as_written():
    text = '{"id": "x",\n   "facts": [ {"fact":"inr", "value": 1.80} ]  }'
    patient = documents.native_patient(text)
    assert patient == text
    document = documents.new_document("S-1", "GZ", None, patient)
    assert '"value": 1.80' in document
    assert documents.value_of(document)["patient"]["id"] == "S-1"


@pytest.mark.parametrize("wrap", ["{}", "[{}]", " [ {} ] ", '{{"schema": "trialrules/subject/1", "subject": "s", "patient": {}}}'])
def test_the_patient_is_found_in_what_is_around_it(wrap):
    patient = '{"id": "x", "facts": []}'
    assert documents.native_patient(wrap.format(patient)) == patient


@pytest.mark.parametrize("text", ["[]", '[{"id": "a"}, {"id": "b"}]', "{", "", '{"id": 1'])
def test_no_patient_or_several(text):
    assert documents.native_patient(text) is None


@pytest.mark.parametrize("key", ["arm", "visits", "holds", "end", "screenings", "unscheduled"])
def test_a_course_is_refused_at_the_beginning(key):
    with pytest.raises(RefusedError) as found:
        documents.native_patient(json.dumps({"patient": {"id": "x"}, key: ["x"]}))
    assert found.value.refused.where == f"/{key}"


def test_edits_touch_nothing_else():
    text = '{\n  "a": 1.50,\n  "list": [\n    {"x": 1},\n    {"y": 2.0}\n  ]\n}\n'
    assert documents.append(text, ("list",), {"z": 3}) == text.replace('{"y": 2.0}', '{"y": 2.0},\n    {"z": 3}')
    assert documents.put(text, ("list", 0), {"w": 9}) == text.replace('{"x": 1}', '{"w": 9}')
    assert documents.drop(text, ("list", 0)) == text.replace('{"x": 1},\n    ', "")
    assert documents.drop(text, ("list", 1)) == text.replace(',\n    {"y": 2.0}', "")
    assert documents.put(text, ("b",), "x") == text.replace("\n  ]\n}", '\n  ],\n  "b": "x"\n}')
    assert documents.value_of(documents.put(text, ("c", "d"), 1))["c"] == {"d": 1}


@pytest.mark.parametrize("path", [("list", 7), ("a", "b", 1), ("list", "x", 0), (3,), ()])
def test_a_path_that_leads_nowhere(path):
    with pytest.raises((KeyError, ValueError)):
        documents.drop('{"a": 1, "list": [1]}', path)


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.decimals(-99, 99, places=2) | st.text('ab"\\é,[]{}: ', max_size=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUES, max_size=4)


def plain(value):
    return json.loads(canonical.canonical_bytes(value), parse_float=Decimal)


@given(OBJECTS, st.text("abcd", min_size=1, max_size=2), VALUES, st.sampled_from([None, 1, "\t"]))
def test_put_sets_one_key(document, key, value, indent):
    text = json.dumps(plain(document), indent=indent, default=float)
    found = documents.value_of(documents.put(text, (key,), plain(value)))
    expected = {**documents.value_of(text), key: plain(value)}
    assert canonical.canonical_bytes(found) == canonical.canonical_bytes(expected)
    assert list(found) == list(expected)


@given(st.lists(VALUES, max_size=4), VALUES, st.sampled_from([None, 2]))
def test_append_and_drop_are_inverse(items, value, indent):
    text = json.dumps({"list": plain(items)}, indent=indent, default=float)
    longer = documents.append(text, ("list",), plain(value))
    before = documents.value_of(text)["list"]
    assert canonical.canonical_bytes(documents.value_of(longer)["list"]) == canonical.canonical_bytes([*before, plain(value)])
    shorter = documents.drop(longer, ("list", len(items)))
    assert documents.value_of(shorter) == documents.value_of(text)
