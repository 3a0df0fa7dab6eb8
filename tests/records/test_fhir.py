"""FHIR R4 resources become exact entries; what can't be used is said."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest
from trialrules.engine.dates import PartialDate, parse_partial
from trialrules.engine.record import Entry, Quantity
from trialrules.records.detect import read_patients

from .demo_protocol import ATC, ICD10, LOINC, RXNORM, SNOMED, protocol

FACT = "urn:trialrules:fact"
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-01"}


def day(text):
    found = parse_partial(text)
    assert found is not None
    return found


def between(first, last):
    return PartialDate(day(first).first, day(last).last)


def code(system, value, **more):
    return {"coding": [{"system": system, "code": value, **more}]}


def resource(kind, number="1", **fields):
    subject = "patient" if kind == "AllergyIntolerance" else "subject"
    return {"resourceType": kind, "id": number, subject: {"reference": "Patient/p1"}, **fields}


def observation(concept, **fields):
    return resource("Observation", **{"status": "final", "code": concept, "effectiveDateTime": "2026-03-01", **fields})


def bundle(*resources, **fields):
    return {"resourceType": "Bundle", "type": "collection", **fields, "entry": [{"resource": one} for one in resources]}


def read(document, **options):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_patients(data, protocol(), **options))


def patient_with(*resources, patient=PATIENT):
    (result,) = read(bundle(patient, *resources))
    assert result.problems == ()
    return result.patient


def only(*resources):
    """The one entry that resources give, without where it came from; nothing is unused."""
    patient = patient_with(*resources)
    assert patient.unused == ()
    (entry,) = patient.entries
    assert entry.id == entry.source == f"{resources[0]['resourceType']}/1"
    return Entry(**{name: getattr(entry, name) for name in Entry.__slots__ if name not in ("id", "source", "__weakref__")})


def unused_codes(*resources):
    patient = patient_with(*resources)
    assert patient.entries == ()
    return [item.code for item in patient.unused]


BILIRUBIN = code(LOINC, "1975-2")
MG_DL = {"unit": "milligram per decilitre", "system": "http://unitsofmeasure.org", "code": "mg/dL"}
FIRST = day("2026-03-01")


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


CANCER = code(SNOMED, "363346000")


def condition(concept=CANCER, status="active", **fields):
    return resource("Condition", code=concept, **{"clinicalStatus": code("x", status), "onsetDateTime": "2026-03-01", **fields})


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


MTX = {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "6851"}], "text": "Methotrexate 2.5 MG Oral Tablet"}}


def request(status="active", **fields):
    return resource("MedicationRequest", status=status, **{"intent": "order", "authoredOn": "2026-03-01", **MTX, **fields})


def dosage(value, frequency, period, unit, **more):
    repeat = {"frequency": frequency, "period": period, "periodUnit": unit}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg"}}], **more}


@pytest.mark.parametrize(
    ("made", "entry"),
    [
        (request(), Entry("methotrexate", value=True, start=FIRST)),
        (request("stopped"), Entry("methotrexate", value=True, start=FIRST, end_kind="unknown")),
        (request("on-hold"), Entry("methotrexate", value=True, start=FIRST, end_kind="unknown")),
        (
            request("completed", dispenseRequest={"validityPeriod": {"end": "2026-04-01"}}),
            Entry("methotrexate", value=True, start=FIRST, end=day("2026-04-01"), end_kind="given"),
        ),
        (request(dispenseRequest={"validityPeriod": {"end": "2026-04-01"}}), Entry("methotrexate", value=True, start=FIRST)),
        (request(doNotPerform=True), Entry("methotrexate", value=False, start=FIRST)),
        (
            request(dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2026-03-05", "end": "2026-05"}}}}]),
            Entry("methotrexate", value=True, start=day("2026-03-05"), end=day("2026-05"), end_kind="given"),
        ),
        (
            resource("MedicationStatement", status="active", effectivePeriod={"start": "2025-06"}, **MTX),
            Entry("methotrexate", value=True, start=day("2025-06")),
        ),
        (
            resource("MedicationStatement", status="completed", effectivePeriod={"start": "2025-06", "end": "2026-01-31"}, **MTX),
            Entry("methotrexate", value=True, start=day("2025-06"), end=day("2026-01-31"), end_kind="given"),
        ),
        (
            resource("MedicationStatement", status="not-taken", dateAsserted="2026-03-01", **MTX),
            Entry("methotrexate", value=False, start=FIRST),
        ),
        (
            resource(
                "MedicationAdministration",
                status="completed",
                effectiveDateTime="2026-03-01",
                dosage={"dose": {"value": 15, "unit": "mg"}},
                **MTX,
            ),
            None,
        ),
    ],
)
def test_a_medication(made, entry):
    if entry is None:
        (found,) = patient_with(made).entries
        assert (found.start, found.end, found.end_kind) == (FIRST, FIRST, "given")
    else:
        assert only(made) == entry


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (dosage(15, 1, 1, "wk"), Quantity(Decimal(15), "mg/week")),
        (dosage(2.5, 2, 1, "d"), Quantity(Decimal(35), "mg/week")),
        (dosage(2.5, 1, 12, "h"), Quantity(Decimal(35), "mg/week")),
        (dosage(15, 1, 2, "wk"), Quantity(Decimal("7.5"), "mg/week")),
        (dosage(15, 1, 1, "mo"), Quantity(Decimal(15), "mg/mo")),
        (dosage(5, 1, 3, "d"), Quantity(Decimal(5), "mg/(3.d)")),
        (
            {
                "timing": {"code": code("http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "BID")},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}],
            },
            Quantity(Decimal(14), "mg/week"),
        ),
    ],
)
def test_a_dose_per_time_is_exact(made, expected):
    assert only(request(dosageInstruction=[made])).attributes == {"dose": expected}


@pytest.mark.parametrize(
    "made",
    [
        [dosage(5, 1, 1, "d"), dosage(10, 1, 1, "d")],
        [dosage(5, 1, 1, "d", asNeededBoolean=True)],
        [{"timing": {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}}, "doseAndRate": [{"doseQuantity": {"value": 1}}]}],
        [{"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}]}],
        [
            {
                "timing": {"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}],
            }
        ],
        [{"doseAndRate": [{"doseRange": {}}]}],
    ],
)
def test_a_dose_that_is_not_clear_is_not_guessed(made):
    patient = patient_with(request(dosageInstruction=made))
    assert [dict(entry.attributes) for entry in patient.entries] == [{}]
    assert [item.code for item in patient.unused] == ["dose not understood"]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (code(SNOMED, "26643006", display="Oral route"), "oral"),
        ({"text": "By mouth"}, "oral"),
        ({"text": "Intramuscular"}, "im"),
        (code(SNOMED, "34206005"), "sc"),
    ],
)
def test_the_route(route, expected):
    assert only(request(dosageInstruction=[{"route": route}])).attributes == {"route": expected}


def test_the_agent_is_the_drug_itself():
    tramadol = {"medicationCodeableConcept": {"coding": [{"system": ATC, "code": "N02AX02"}], "text": "Tramadol 50 mg"}}
    assert only(request(**tramadol)).attributes == {"agent": "Tramadol 50 mg"}


def test_a_referred_medication():
    fields = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m1"}}
    made = {key: value for key, value in request(**fields).items() if value is not None}
    drug = {"resourceType": "Medication", "id": "m1", "code": code(RXNORM, "6851")}
    assert only(made, drug).fact == "methotrexate"
    inside = {**made, "medicationReference": {"reference": "#m1"}, "contained": [drug]}
    assert only(inside).fact == "methotrexate"
    assert unused_codes(made) == ["medication not found"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (request("cancelled"), "status"),
        (request("draft"), "status"),
        (request("entered-in-error"), "entered in error"),
        (request(intent="plan"), "not an order"),
        (resource("MedicationStatement", status="intended", **MTX), "status"),
        (resource("MedicationAdministration", status="not-done", **MTX), "status"),
    ],
)
def test_medications_that_are_not_used(made, expected):
    assert unused_codes(made) == [expected]


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
