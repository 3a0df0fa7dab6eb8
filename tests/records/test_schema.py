"""The published JSON Schema and the reader agree."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from .test_native import SAMPLE, read
from .test_random import PATIENTS

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "patient.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == "trialrules/patient/1"


def test_the_sample_is_valid():
    VALIDATOR.validate(json.loads(SAMPLE))


def plain(value):
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@given(PATIENTS)
def test_what_the_reader_takes_is_valid(raw):
    VALIDATOR.validate(plain(raw))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": None},
        {"id": " "},
        {"id": 3},
        {"id": "p", "sexx": "male"},
        {"id": "p", "schema": "trialrules/patient/2"},
        {"id": "p", "birth_date": "3 May"},
        {"id": "p", "moments": ["screening"]},
        {"id": "p", "facts": {}},
        {"id": "p", "facts": [3]},
        {"id": "p", "facts": [{"value": 3}]},
        {"id": "p", "facts": [{"fact": "crp", "value": [3]}]},
        {"id": "p", "facts": [{"fact": "crp", "value": 3, "comparator": "~"}]},
        {"id": "p", "facts": [{"fact": "crp", "value": 3, "range": {"hi": 3}}]},
        {"id": "p", "facts": [{"fact": "pregnancy", "date": "2026", "end": "2027"}]},
        {"id": "p", "facts": [{"fact": "methotrexate", "dose": {"value": 3, "units": "mg"}}]},
    ],
)
def test_what_is_not_valid_is_refused_by_the_reader_too(document):
    assert not VALIDATOR.is_valid(document)
    assert all(result.patient is None for result in read(json.dumps(document)))


@pytest.mark.parametrize(
    "document",
    [
        {"id": "p", "schema": None, "sex": None, "birth_date": None, "moments": None, "facts": None},
        {"id": "p", "moments": {"screening": None}, "facts": [{"fact": "crp", "value": None, "unit": None, "date": None, "range": None}]},
        {"id": "p", "facts": [{"fact": "pregnancy", "start": None, "end": None, "id": None}]},
    ],
)
def test_null_is_the_same_as_missing(document):
    VALIDATOR.validate(document)
    (result,) = read(json.dumps(document))
    assert result.problems == ()
