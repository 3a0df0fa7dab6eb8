"""FHIR Condition, Procedure and AllergyIntolerance."""

from __future__ import annotations

import pytest
from trialrules.engine.record import Entry

from .demo_protocol import ICD10, SNOMED
from .fhir_samples import BILIRUBIN, FIRST, between, code, condition, day, only, resource, unused_codes


@pytest.mark.parametrize(
    ("fields", "entry"),
    [
        ({}, Entry("malignancy", value=True, start=FIRST)),
        ({"status": "relapse"}, Entry("malignancy", value=True, start=FIRST)),
        ({"status": "resolved"}, Entry("malignancy", value=True, start=FIRST, end_kind="unknown")),
        ({"status": "remission"}, Entry("malignancy", value=True, start=FIRST, end_kind="unknown")),
        (
            {"status": "resolved", "abatementDateTime": "2026-04"},
            Entry("malignancy", value=True, start=FIRST, end=day("2026-04"), end_kind="given"),
        ),
        ({"abatementBoolean": True}, Entry("malignancy", value=True, start=FIRST, end_kind="unknown")),
        ({"abatementBoolean": False}, Entry("malignancy", value=True, start=FIRST)),
        ({"abatementString": "spring"}, Entry("malignancy", value=True, start=FIRST, end_kind="unknown")),
        (
            {"verificationStatus": code("x", "refuted"), "recordedDate": "2026-03-04"},
            Entry("malignancy", value=False, start=day("2026-03-04")),
        ),
        (
            {"onsetDateTime": None, "onsetPeriod": {"start": "2020", "end": "2021"}},
            Entry("malignancy", value=True, start=between("2020", "2021")),
        ),
        (
            {"onsetDateTime": None, "onsetAge": {"value": 40, "unit": "years", "code": "a"}},
            Entry("malignancy", value=True, start=between("2020-05-01", "2021-04-30")),
        ),
        (
            {"onsetDateTime": None, "onsetRange": {"low": {"value": 40, "unit": "years"}, "high": {"value": 42, "unit": "years"}}},
            Entry("malignancy", value=True, start=between("2020-05-01", "2023-04-30")),
        ),
        ({"onsetDateTime": None}, Entry("malignancy", value=True)),
        ({"onsetDateTime": None, "onsetString": "long ago", "recordedDate": "2026"}, Entry("malignancy", value=True)),
        (
            {"onsetDateTime": None, "recordedDate": "2026-03-01"},
            Entry("malignancy", value=True, start=between("1980-05-01", "2026-03-01")),
        ),
        (
            {"severity": code(SNOMED, "24484000"), "extension": [{"url": "urn:trialrules:attribute:type", "valueString": "lymphoma"}]},
            Entry("malignancy", value=True, start=FIRST, attributes={"severity": "severe", "type": "lymphoma"}),
        ),
        (
            {
                "extension": [
                    {
                        "url": "urn:trialrules:attribute",
                        "extension": [
                            {"url": "name", "valueString": "severity"},
                            {"url": "value", "valueCodeableConcept": {"text": "Mild"}},
                        ],
                    }
                ]
            },
            Entry("malignancy", value=True, start=FIRST, attributes={"severity": "mild"}),
        ),
    ],
)
def test_a_condition(fields, entry):
    assert only({key: value for key, value in condition(**fields).items() if value is not None}) == entry


def test_an_event_that_is_coded_as_a_condition():
    assert only(condition(code(SNOMED, "59282003"), "resolved")) == Entry("pulmonary_embolism", value=True, start=FIRST)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"verificationStatus": code("x", "entered-in-error")}, "entered in error"),
        ({"verificationStatus": code("x", "unconfirmed")}, "not confirmed"),
        ({"verificationStatus": code("x", "provisional")}, "not confirmed"),
        ({"verificationStatus": code("x", "differential")}, "not confirmed"),
        ({"abatementDateTime": "2026-02"}, "date not understood"),
        ({"onsetDateTime": "yesterday"}, "date not understood"),
    ],
)
def test_conditions_that_are_not_used(fields, expected):
    assert unused_codes(condition(**fields)) == [expected]


def test_codes_with_prefix_and_exception():
    cm = "http://hl7.org/fhir/sid/icd-10-cm"
    assert only(condition(code(ICD10, "M45"))).fact == "ankylosis"
    assert only(condition(code(cm, "M45.9"))).fact == "ankylosis"
    assert only(condition(code("urn:oid:2.16.840.1.113883.6.90", "M45.9"))).fact == "ankylosis"
    assert unused_codes(condition(code(cm, "M45.A1"))) == ["no fact"]
    assert unused_codes(condition(code(SNOMED, "M45"))) == ["no fact"]
    two = {"coding": [{"system": ICD10, "code": "M45"}, {"system": cm, "code": "M45.A1"}]}
    assert unused_codes(condition(two)) == ["no fact"]


def test_a_lab_cannot_be_a_condition():
    assert unused_codes(condition(BILIRUBIN)) == ["value not understood", "no fact"]


def test_procedures():
    transplant = {"code": code(SNOMED, "18027006")}
    lungs = {"code": code(SNOMED, "40617009")}
    stay = {"performedPeriod": {"start": "2026-03-01", "end": "2026-03-04"}}
    assert only(resource("Procedure", status="completed", performedDateTime="2026-03-01", **transplant)) == Entry(
        "liver_transplant", value=True, start=FIRST
    )
    assert only(resource("Procedure", status="completed", **stay, **transplant)) == Entry("liver_transplant", value=True, start=FIRST)
    assert only(resource("Procedure", status="not-done", performedDateTime="2026-03-01", **transplant)) == Entry(
        "liver_transplant", value=False, start=FIRST
    )
    assert only(resource("Procedure", status="completed", **stay, **lungs)) == Entry(
        "ventilation", value=True, start=FIRST, end=day("2026-03-04"), end_kind="given"
    )
    assert only(resource("Procedure", status="in-progress", performedPeriod={"start": "2026-03-01"}, **lungs)) == Entry(
        "ventilation", value=True, start=FIRST
    )
    assert unused_codes(resource("Procedure", status="preparation", **lungs)) == ["status"]
    assert unused_codes(resource("Procedure", status="entered-in-error", **lungs)) == ["entered in error"]


def test_an_allergy():
    made = resource(
        "AllergyIntolerance",
        code=code(SNOMED, "300913006", display="Shellfish allergy"),
        onsetDateTime="2026-03-01",
        reaction=[{"severity": "mild"}, {"severity": "severe"}],
    )
    assert only(made) == Entry("allergy", value=True, start=FIRST, attributes={"substance": "shellfish", "severity": "severe"})
