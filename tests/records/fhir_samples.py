"""FHIR resources for tests, and what the reader makes of them."""

from __future__ import annotations

import json

from trialrules.engine.dates import PartialDate, parse_partial
from trialrules.engine.record import Entry
from trialrules.records.detect import read_patients

from .demo_protocol import LOINC, RXNORM, SNOMED, protocol

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


CANCER = code(SNOMED, "363346000")


def condition(concept=CANCER, status="active", **fields):
    return resource("Condition", code=concept, **{"clinicalStatus": code("x", status), "onsetDateTime": "2026-03-01", **fields})


MTX = {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "6851"}], "text": "Methotrexate 2.5 MG Oral Tablet"}}


def request(status="active", **fields):
    return resource("MedicationRequest", status=status, **{"intent": "order", "authoredOn": "2026-03-01", **MTX, **fields})
