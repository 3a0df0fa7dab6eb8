"""What is stored about a decision: the whole record, in the form that is published (`schemas/record.schema.json`).

Renew the record that was looked at with `TRIALRULES_RENEW=1 pytest tests/service/test_record.py`, and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from trialrules.service.models.accounts import Role
from trialrules.service.work import overrides, replay, screening, subjects
from trialrules.service.work.outcome import taken

from .redacting import approved, named
from .world import PASSWORD, ROOT

GOLDEN = Path(__file__).with_name("record.json")
_RANDOM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{64}\b")


def schema(name):
    return Draft202012Validator(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")))


def faults(record):
    """Where a record is not as its schema says, and the answer in it not as its own says."""
    inside = schema("decision").iter_errors(json.loads(record["result"]))
    return [f"{one.json_path}: {one.message}" for found in (schema("record").iter_errors(record), inside) for one in found]


def comparable(record):
    """Without what differs from run to run or with every release: ids and digests numbered as they come, versions and texts left out."""
    record = {**record, "versions": sorted(record["versions"]), "rules": {**record["rules"], "files": sorted(record["rules"]["files"])}}
    record |= {"snapshot": json.loads(record["snapshot"]), "result": sorted(json.loads(record["result"]))}
    seen = {}
    text = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)
    return _RANDOM.sub(lambda found: f"#{seen.setdefault(found[0], len(seen) + 1)}", text) + "\n"


@pytest.mark.req("T-01")
@pytest.mark.parametrize("file", ["aclf_01_eligible.json", "aclf_02_three_organs.json", "aclf_03_missing_inr.json"])
def test_the_record_has_its_form_and_so_has_the_answer_in_it(world, file):
    assert faults(replay.record_of(screening.latest(world.decided(file=file)))) == []


@pytest.mark.req("T-01")
def test_a_decision_that_replaces_another_names_it(world):
    subject = world.decided(file="aclf_03_missing_inr.json")
    first = screening.latest(subject)
    fact = {"fact": "inr", "value": 1.8, "date": "2026-03-02"}
    subjects.enter_facts(world.coordinator, subject, subject.version, [fact], "the laboratory called")
    second = replay.record_of(screening.latest(subject))
    assert (second["supersedes"], second["reason"]) == (str(first.pk), "the laboratory called")


@pytest.mark.req("T-01")
def test_a_signed_record_is_the_one_that_was_looked_at(world):
    subject = world.decided()
    taken(world.sign(subject))
    record = replay.record_of(screening.latest(subject))
    assert faults(record) == []
    text = comparable(record)
    if os.environ.get("TRIALRULES_RENEW") == "1":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.req("T-01")
def test_overrides_voids_and_redactions_have_their_form_too(world):
    second = world.user("second", Role.INVESTIGATOR)
    sick = world.decided("S-02", file="aclf_02_three_organs.json")
    for criterion in ("I5", "E5"):
        found = taken(overrides.record(world.investigator, screening.latest(sick), criterion, "the sponsor agrees", "letter no. 17"))
        taken(overrides.countersign(second, found, second.username, PASSWORD))
    taken(overrides.withdraw(world.investigator, found, "a slip"))
    record = replay.record_of(screening.latest(sick))
    assert faults(record) == []
    held = {one["criterion"]: (one["holds"], one["withdrawn"] is None) for one in record["overrides"]}
    assert held == {"I5": (True, True), "E5": (False, False)}
    subject = named(world)
    taken(approved(world, subject))
    history = [replay.record_of(one) for one in screening.history(subject)]
    assert [faults(one) for one in history] == [[], []]
    assert [(len(one["redactions"]), one["signature"] and one["signature"]["void"] is None) for one in history] == [(1, None), (1, False)]


@pytest.mark.req("T-01")
def test_a_record_with_more_or_less_has_not_the_form(world):
    record = replay.record_of(screening.latest(world.decided()))
    for name in record:
        assert not schema("record").is_valid({key: value for key, value in record.items() if key != name}), name
    assert not schema("record").is_valid({**record, "arm": "low"})
