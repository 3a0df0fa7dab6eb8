"""What is stored about a decision: the whole record, in the form that is published."""

from __future__ import annotations

import json

import jsonschema
import pytest
from trialrules.service.work import replay, screening, subjects

from .world import ROOT

SCHEMA = json.loads((ROOT / "schemas" / "decision.schema.json").read_text(encoding="utf-8"))
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TEXT = {"type": "string", "minLength": 1}
RECORD = {
    "type": "object",
    "required": [
        "schema", "id", "study", "site", "subject", "rules", "data_sha256", "snapshot", "engine", "versions", "as_of", "zone", "decision",
        "provisional", "draft", "result", "actor", "role", "reason", "created", "supersedes", "record_hash",
    ],
    "properties": {
        "schema": {"const": "trialrules/record/1"},
        "id": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        **dict.fromkeys(("study", "site", "subject", "snapshot", "engine", "zone", "result", "actor", "role", "reason"), TEXT),
        "rules": {
            "type": "object",
            "required": ["label", "main", "sha256", "files", "status", "approver"],
            "properties": {
                "sha256": DIGEST, "status": {"const": "approved"}, "files": {"type": "object", "minProperties": 1}, "approver": TEXT,
            },
        },
        "data_sha256": DIGEST,
        "record_hash": DIGEST,
        "as_of": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "created": {"type": "string", "pattern": "Z$"},
        "decision": {"enum": ["eligible", "ineligible", "undetermined"]},
        "draft": {"const": False},
        "supersedes": {"type": ["string", "null"]},
    },
}  # fmt: skip
"""Of a decision that was made for real."""


@pytest.mark.req("T-01")
@pytest.mark.parametrize("file", ["aclf_01_eligible.json", "aclf_02_three_organs.json", "aclf_03_missing_inr.json"])
def test_the_record_has_its_form_and_so_has_the_answer_in_it(world, file):
    record = replay.record_of(screening.latest(world.decided(file=file)))
    jsonschema.validate(record, RECORD)
    jsonschema.validate(json.loads(record["result"]), SCHEMA)


@pytest.mark.req("T-01")
def test_a_decision_that_replaces_another_names_it(world):
    subject = world.decided(file="aclf_03_missing_inr.json")
    first = screening.latest(subject)
    fact = {"fact": "inr", "value": 1.8, "date": "2026-03-02"}
    subjects.enter_facts(world.coordinator, subject, subject.version, [fact], "the laboratory called")
    second = replay.record_of(screening.latest(subject))
    assert (second["supersedes"], second["reason"]) == (str(first.pk), "the laboratory called")
