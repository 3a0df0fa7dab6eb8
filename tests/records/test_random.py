"""Random input: what is written comes back as it was; nothing that anybody sends raises."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import example, given, settings, strategies as st
from trialrules.canonical import canonical_bytes
from trialrules.engine.record import Entry, Patient, Quantity
from trialrules.records.detect import read_patients
from trialrules.records.problems import PatientResult

from .demo_protocol import LOINC, RXNORM, SNOMED, protocol
from .test_native import SAMPLE
from .test_table import SAMPLE as TABLE

PROTOCOL = protocol()
DAYS = st.dates().map(lambda day: day.isoformat())
DATES = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4]), DAYS.map(lambda day: f"{day}T08:30+08:00"))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
OPTIONAL = {"by": TEXTS, "reason": TEXTS, "source": TEXTS, "id": TEXTS}


def facts(**fields):
    return st.fixed_dictionaries(fields, optional=OPTIONAL)


FACTS = st.one_of(
    facts(fact=st.just("crp"), value=NUMBERS, unit=TEXTS, comparator=st.sampled_from(["<", "<=", ">", ">="]), date=DATES),
    facts(fact=st.just("crp"), value=NUMBERS, range=st.fixed_dictionaries({"high": NUMBERS}, optional={"unit": TEXTS}), date=DATES),
    facts(fact=st.just("hcg_serum"), value=st.sampled_from(["positive", "negative"]), date=DATES),
    facts(fact=st.just("lesion_risk"), value=st.booleans(), date=DATES),
    facts(fact=st.just("pregnancy"), value=st.booleans(), date=DATES),
    facts(fact=st.just("methotrexate"), start=DATES, dose=st.fixed_dictionaries({"value": NUMBERS, "unit": TEXTS})),
    facts(fact=st.just("malignancy"), end=DATES, type=TEXTS),
)
PATIENTS = st.fixed_dictionaries(
    {"id": TEXTS.filter(str.strip), "facts": st.lists(FACTS, max_size=8)},
    optional={
        "sex": st.sampled_from(["male", "female"]),
        "birth_date": DATES,
        "moments": st.dictionaries(st.sampled_from(["screening", "randomization"]), DATES),
    },
)


def written(patient: Patient) -> dict[str, object]:
    """A patient in the keys of native JSON; the mirror of the reader."""
    raw = {"id": patient.id, "facts": [written_fact(entry) for entry in patient.entries]}
    raw |= {"sex": patient.sex} if patient.sex else {}
    raw |= {"birth_date": str(patient.birth_date)} if patient.birth_date else {}
    return raw | ({"moments": {name: str(day) for name, day in patient.moments.items()}} if patient.moments else {})


def written_fact(entry: Entry) -> dict[str, object]:
    interval = entry.fact in ("methotrexate", "malignancy")
    raw: dict[str, object] = {"fact": entry.fact, "value": {"yes": True, "no": False}.get(entry.value, entry.value)}
    raw |= {key: getattr(entry, key) for key in ("unit", "comparator", *OPTIONAL) if getattr(entry, key) is not None}
    raw |= {"start" if interval else "date": str(entry.start)} if entry.start else {}
    raw |= {"end": str(entry.end)} if entry.end else {}
    limits = {"low": entry.range_low, "high": entry.range_high, "unit": entry.range_unit}
    if entry.range_high is not None:
        raw["range"] = {key: value for key, value in limits.items() if value is not None}
    for name, value in entry.attributes.items():
        raw[name] = {"value": value.value, "unit": value.unit} if isinstance(value, Quantity) else value
    return raw


@given(PATIENTS)
def test_native_records_come_back_as_they_were_written(raw):
    comes_back(raw)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@given(PATIENTS)
@settings(max_examples=5_000, deadline=None, database=None)
def test_native_records_come_back_at_length(raw):
    comes_back(raw)


def comes_back(raw):
    (result,) = read_patients(canonical_bytes(raw), PROTOCOL)
    assert result.problems == ()
    assert len(result.patient.entries) == len(raw["facts"])
    (again,) = read_patients(canonical_bytes(written(result.patient)), PROTOCOL)
    assert again.patient == result.patient
    for entry, fact in zip(result.patient.entries, raw["facts"], strict=True):
        if isinstance(fact.get("value"), Decimal):
            assert entry.value == fact["value"]


def check(data: bytes) -> None:
    results = list(read_patients(data, PROTOCOL))
    assert results
    for result in results:
        assert isinstance(result, PatientResult)
        assert (result.patient is None) == bool(result.problems)
        assert all(str(problem) for problem in result.problems)


@given(st.binary(max_size=200))
@example(b"\x1f\x8b")
@example(b"\x1f\x8b\x08\x00garbage")
@example(b"PAR1")
@example(b"PAR1PAR1")
@example(b"\xff\xfe{\x00}\x00")
@example(b"patient_id,fact\n\x00,\x00\n")
def test_random_bytes_never_raise(data):
    check(data)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
@settings(max_examples=20_000, deadline=None, database=None)
def test_random_bytes_never_raise_at_length(data):
    check(data)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_files_never_raise(data):
    damaged(data)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@given(st.data())
@settings(max_examples=10_000, deadline=None, database=None)
def test_damaged_files_never_raise_at_length(data):
    damaged(data)


def damaged(data):
    whole = data.draw(st.sampled_from([SAMPLE.encode(), TABLE.encode(), FHIR]))
    at = data.draw(st.integers(0, len(whole)))
    check(whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 10)) :])


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 3000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["2026-03-01", ""])
)
KEYS = st.sampled_from(["value", "unit", "coding", "code", "system", "start", "end", "url", "extension", "text", "reference"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def about(kind, number="1", **fields):
    return {"resourceType": kind, "id": number, "subject": {"reference": "Patient/p"}, **fields}


MG = {"value": 1.5, "unit": "mg"}
DOSAGE = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "route": {}, "doseAndRate": [{"doseQuantity": MG}]}
METHOD = {
    "url": "urn:trialrules:attribute",
    "extension": [{"url": "name", "valueString": "method"}, {"url": "value", "valueString": "igra"}],
}
LAB = {"valueQuantity": MG | {"comparator": "<"}, "referenceRange": [{"low": {"value": 1}}], "component": [], "interpretation": []}
RESOURCES = [
    about("Observation", status="final", code=coded(LOINC, "1975-2"), effectiveDateTime="2026-03-01", **LAB),
    about("Observation", "2", status="final", code=coded(LOINC, "71774-4"), valueCodeableConcept={"text": "positive"}, extension=[METHOD]),
    about("Observation", "3", status="final", code=coded("urn:trialrules:fact", "E18"), valueBoolean=True, performer=[{}], note=[{}]),
    about(
        "Condition",
        code=coded(SNOMED, "363346000"),
        clinicalStatus=coded("x", "active"),
        onsetAge={"value": 3, "unit": "a"},
        abatementPeriod={"start": "2026"},
        severity={},
    ),
    about(
        "MedicationRequest",
        status="stopped",
        intent="order",
        medicationCodeableConcept=coded(RXNORM, "6851"),
        authoredOn="2026",
        dosageInstruction=[DOSAGE],
        dispenseRequest={"validityPeriod": {"end": "2027"}},
    ),
    about("MedicationRequest", "2", status="active", intent="order", medicationReference={"reference": "#m"}, contained=[{"id": "m"}]),
    about("Procedure", status="completed", code=coded(SNOMED, "18027006"), performedPeriod={"start": "2026", "end": "2027"}),
    about(
        "AllergyIntolerance",
        code=coded(SNOMED, "300913006"),
        reaction=[{"severity": "mild", "substance": {}}],
        onsetRange={"low": {"value": 3}},
    ),
    {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980", "deceasedBoolean": False},
]
WHOLE = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:p", "resource": one} for one in RESOURCES]}
FHIR = json.dumps(WHOLE).encode()


def places(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


@pytest.mark.parametrize("number", range(len(RESOURCES)))
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_fhir_of_any_form_never_raises(number, data):
    """Any part of a resource may be of any other form."""
    of_any_form(number, data)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.parametrize("number", range(len(RESOURCES)))
@given(st.data())
@settings(max_examples=2_000, deadline=None, database=None)
def test_fhir_of_any_form_never_raises_at_length(number, data):
    of_any_form(number, data)


def of_any_form(number, data):
    resource = json.loads(json.dumps(RESOURCES[number]))
    path = data.draw(st.sampled_from([path for path in places(resource) if path]))
    inner = resource
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = data.draw(JSON)
    entries = [{"resource": one} for one in [resource, RESOURCES[-1]][: 1 if number == len(RESOURCES) - 1 else 2]]
    check(json.dumps({"resourceType": "Bundle", "entry": entries}).encode())


def test_the_whole_bundle_is_read():
    (result,) = read_patients(FHIR, PROTOCOL)
    facts = ["total_bilirubin", "tb_test", "other_unsuitability", "methotrexate", "liver_transplant", "malignancy", "allergy"]
    assert [entry.fact for entry in result.patient.entries] == facts


CELLS = st.sampled_from(["p", "crp", "pregnancy", "sex", "2026-03-01", "x,y", '"', "<5", "1e5", "LOINC", "1975-2", "\n", ""])


@given(st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_tables_of_any_form_never_raise(rows):
    check("\n".join(["patient_id,fact,value,date,system,code", *(",".join(row) for row in rows)]).encode())
