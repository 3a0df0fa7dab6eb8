"""FHIR medications: when, how much, by which route."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trialrules.engine.record import Entry, Quantity

from .demo_protocol import ATC, RXNORM, SNOMED
from .fhir_samples import FIRST, MTX, code, day, only, patient_with, request, resource, unused_codes


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
