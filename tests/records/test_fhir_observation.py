"""FHIR Observation: numbers, words, yes/no, moments, and what is not used."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trialrules.engine.record import Entry

from .demo_protocol import LOINC, SNOMED
from .fhir_samples import (
    BILIRUBIN,
    FACT,
    FIRST,
    MG_DL,
    PATIENT,
    between,
    bundle,
    code,
    day,
    observation,
    only,
    patient_with,
    read,
    unused_codes,
)


@pytest.mark.parametrize(
    ("fields", "entry"),
    [
        ({"valueQuantity": {"value": 1.20, **MG_DL}}, Entry("total_bilirubin", Decimal("1.2"), "mg/dL", start=FIRST)),
        (
            {"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/dL"}},
            Entry("total_bilirubin", Decimal(5), "mg/dL", "<", start=FIRST),
        ),
        ({"valueQuantity": {"value": 5, "unit": "mg\u200b/dL\ufeff"}}, Entry("total_bilirubin", Decimal(5), "mg/dL", start=FIRST)),
        ({"valueInteger": 5}, Entry("total_bilirubin", Decimal(5), start=FIRST)),
        ({"valueString": " <5\u00a0"}, Entry("total_bilirubin", Decimal(5), None, "<", start=FIRST)),
        ({"valueCodeableConcept": {"text": "2"}}, Entry("total_bilirubin", Decimal(2), start=FIRST)),
        ({"dataAbsentReason": {"text": "haemolysed"}}, Entry("total_bilirubin", start=FIRST)),
        (
            {"status": "preliminary", "valueInteger": 1, "effectiveDateTime": "2026-03"},
            Entry("total_bilirubin", Decimal(1), start=day("2026-03")),
        ),
        (
            {"valueInteger": 1, "effectiveDateTime": None, "effectiveInstant": "2026-03-01T08:30:00.123+08:00"},
            Entry("total_bilirubin", Decimal(1), start=day("2026-03-01T08:30+08:00")),
        ),
        (
            {"valueInteger": 1, "effectiveDateTime": None, "effectivePeriod": {"start": "2026-03-01T08:00Z", "end": "2026-03-01T09:00Z"}},
            Entry("total_bilirubin", Decimal(1), start=FIRST),
        ),
        (
            {"valueInteger": 1, "effectiveDateTime": None, "effectivePeriod": {"start": "2026-02-27", "end": "2026-03-01"}},
            Entry("total_bilirubin", Decimal(1), start=between("2026-02-27", "2026-03-01")),
        ),
        (
            {"valueInteger": 1, "effectiveDateTime": None, "effectiveTiming": {"event": ["2026-03-01"]}},
            Entry("total_bilirubin", Decimal(1), start=FIRST),
        ),
        ({"valueInteger": 1, "effectiveDateTime": None, "issued": "2026-03-02T10:00:00Z"}, Entry("total_bilirubin", Decimal(1))),
        (
            {"valueQuantity": {"value": 1, **MG_DL}, "referenceRange": [{"low": {"value": 0.2}, "high": {"value": 1.2}}]},
            Entry(
                "total_bilirubin", Decimal(1), "mg/dL", start=FIRST, range_low=Decimal("0.2"), range_high=Decimal("1.2"), range_unit="mg/dL"
            ),
        ),
        (
            {
                "valueQuantity": {"value": 1, **MG_DL},
                "referenceRange": [
                    {"high": {"value": 20, "unit": "umol/L"}},
                    {"type": {"coding": [{"system": "x", "code": "treatment"}]}, "high": {"value": 3}},
                ],
            },
            Entry("total_bilirubin", Decimal(1), "mg/dL", start=FIRST, range_high=Decimal(20), range_unit="umol/L"),
        ),
        (
            {"valueQuantity": {"value": 1, **MG_DL}, "referenceRange": [{"high": {"value": 1}}, {"high": {"value": 2}}]},
            Entry("total_bilirubin", Decimal(1), "mg/dL", start=FIRST),
        ),
    ],
)
def test_a_number(fields, entry):
    assert only({key: value for key, value in observation(BILIRUBIN, **fields).items() if value is not None}) == entry


@pytest.mark.parametrize(
    ("concept", "fields", "value"),
    [
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "10828004")}, "positive"),
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "260385009")}, "negative"),
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "260373001", display="Detected")}, "positive"),
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "260415000")}, "negative"),
        ("71774-4", {"valueCodeableConcept": code(SNOMED, "82334004")}, "indeterminate"),
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "52101004")}, "positive"),
        ("2118-8", {"valueCodeableConcept": code(SNOMED, "2667000")}, "negative"),
        ("2118-8", {"valueCodeableConcept": {"text": "NEG\u200bATIVE"}}, "negative"),
        ("2118-8", {"valueString": "Not\u00a0Detected"}, "negative"),
        ("2118-8", {"valueString": "trace"}, "trace"),
        ("2118-8", {"interpretation": [code("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "POS")]}, "positive"),
        ("2118-8", {"dataAbsentReason": {"text": "x"}}, None),
        ("uterus_present", {"valueBoolean": False}, "no"),
        ("uterus_present", {"valueCodeableConcept": code(LOINC, "LA33-6")}, "yes"),
        ("uterus_present", {"valueCodeableConcept": code(SNOMED, "52101004")}, "yes"),
    ],
)
def test_a_word(concept, fields, value):
    coded = code(LOINC if "-" in concept else FACT, concept)
    assert only(observation(coded, **fields)).value == value


@pytest.mark.parametrize(
    ("concept", "fields"),
    [
        (BILIRUBIN, {"valueQuantity": {"value": 1, "comparator": "ad"}}),
        (BILIRUBIN, {"valueString": "1,5"}),
        (BILIRUBIN, {"valueRatio": {}}),
        (BILIRUBIN, {"valueCodeableConcept": {"text": "high"}}),
        (code(LOINC, "2118-8"), {"valueBoolean": True}),
        (code(LOINC, "2118-8"), {"valueQuantity": {"value": 100}}),
    ],
)
def test_a_value_that_is_not_understood_is_a_record_without_value(concept, fields):
    patient = patient_with(observation(concept, **fields))
    assert [entry.value for entry in patient.entries] == [None]
    assert [item.code for item in patient.unused] == ["value not understood"]


def test_blood_pressure_stands_in_components():
    panel = observation(
        code(LOINC, "85354-9"),
        component=[
            {"code": code(LOINC, "8462-4"), "valueQuantity": {"value": 80, "unit": "mm[Hg]"}},
            {"code": code(LOINC, "8480-6"), "valueQuantity": {"value": 120, "unit": "mm[Hg]"}},
        ],
    )
    found = patient_with(panel).entries
    assert [(entry.fact, entry.value, entry.id) for entry in found] == [
        ("diastolic_bp", Decimal(80), "Observation/1"),
        ("systolic_bp", Decimal(120), "Observation/1"),
    ]


def test_a_fact_by_its_name_and_a_judgement_by_its_criterion():
    judged = observation(
        code(FACT, "E18"), valueBoolean=False, performer=[{"display": "Dr\u200b A"}], note=[{"text": "none"}, {"text": "seen"}]
    )
    assert only(judged) == Entry("other_unsuitability", "no", start=FIRST, by="Dr A", reason="none seen")
    found = patient_with(observation(code(FACT, "creatinin")))
    assert [(item.code, item.nearest) for item in found.unused] == [("fact not declared", "creatinine"), ("no fact", None)]
    (strict,) = read(bundle(PATIENT, observation(code(FACT, "creatinin"))), strict=True)
    assert (strict.patient, [problem.code for problem in strict.problems]) == (None, ["TR209"])


def test_presence_in_an_observation():
    assert only(observation(code(SNOMED, "77386006"), valueBoolean=False)) == Entry("pregnancy", value=False, start=FIRST)
    assert only(observation(code(LOINC, "82810-3"), valueCodeableConcept=code(SNOMED, "77386006"))) == Entry(
        "pregnancy", value=True, start=FIRST
    )
    assert unused_codes(observation(code(SNOMED, "77386006"))) == ["value not understood"]


def test_moments():
    patient = patient_with(
        observation(code("urn:trialrules:moment", "screening")),
        observation(code("urn:trialrules:moment", "randomization"), valueDateTime="2026-03-05"),
        observation(code("urn:trialrules:moment", "screning")),
        observation(code("urn:trialrules:moment", "screening"), effectiveDateTime="2026-03-09"),
    )
    assert patient.moments == {"screening": FIRST, "randomization": day("2026-03-05")}
    assert [(item.code, item.nearest) for item in patient.unused] == [("moment not declared", "screening"), ("moment given twice", None)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "entered-in-error"}, "entered in error"),
        ({"status": "cancelled"}, "status"),
        ({"status": "registered"}, "status"),
        ({"status": None}, "status"),
        ({"modifierExtension": [{"url": "x"}]}, "modifier"),
        ({"effectiveDateTime": "2026-02-30"}, "date not understood"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-02", "end": "2026-01"}}, "date not understood"),
        ({"code": code(LOINC, "0-0")}, "no fact"),
        ({"code": {"text": "Bilirubin"}}, "no fact"),
    ],
)
def test_observations_that_are_not_used(fields, expected):
    assert unused_codes(observation(BILIRUBIN, valueInteger=1) | fields) == [expected]


def test_attributes_in_components():
    made = observation(
        code(LOINC, "71774-4"),
        valueString="positive",
        component=[
            {"code": code("urn:trialrules:attribute", "method"), "valueString": "IGRA"},
            {"code": code("urn:trialrules:attribute", "methd"), "valueString": "x"},
        ],
    )
    patient = patient_with(made)
    assert [dict(entry.attributes) for entry in patient.entries] == [{"method": "igra"}]
    assert [(item.code, item.nearest) for item in patient.unused] == [("attribute not declared", "method")]
