"""The outcomes of the included protocols: every one can be computed for any subject, and reads in both languages."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from trialrules.canonical import canonical_bytes
from trialrules.dsl.facade import load
from trialrules.engine.dates import format_day
from trialrules.engine.outcomes.words import evidence_lines, result_words
from trialrules.engine.outcomes_json import outcomes_to_json
from trialrules.engine.record import Patient
from trialrules.engine.subject import Subject

from .builder import DOSE_DAY, RULES, day, done, fact, report

PROTOCOLS = {name: load(RULES / f"{name}.rules").protocol for name in ("ankylosing_spondylitis", "aclf_phase1", "aclf_phase2")}
PARTS = [(name, part) for name, protocol in PROTOCOLS.items() for part in (protocol.study.parts or [None])]
SCHEMA = Draft202012Validator(json.loads((RULES.parent / "schemas" / "outcomes.schema.json").read_text(encoding="utf-8")))


def someone(protocol, part, entries=(), visits=None):
    visits = (done("inf1", DOSE_DAY),) if visits is None else visits
    arm = protocol.study.arms_of(part)[0].name
    person = Patient("p1", "male", day("1990-01-01"), {"screening": day("2026-02-23")}, tuple(entries))
    return Subject(person, "S-0001", part=part, arm=arm, visits=visits)


def plain_value(entry, date):
    """A record of a fact that is usable, whatever the fact is."""
    if entry.words:
        return fact(entry.name, entry.words[0], date)
    number = entry.low if entry.low is not None else 1
    return fact(entry.name, int(number), date, entry.unit_text)


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_without_records_every_outcome_says_what_is_needed(name, part):
    protocol = PROTOCOLS[name]
    found = report(protocol, someone(protocol, part), "2027-01-31")
    assert found.outcomes
    for state in found.outcomes:
        assert state.status in ("unknown", "not applicable", "known")
        assert bool(state.unknowns) is (state.status == "unknown"), state.outcome.name
        assert evidence_lines(state, "zh", protocol.moments)


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_with_a_record_of_every_fact_on_every_visit_every_outcome_at_a_visit_is_known(name, part):
    protocol = PROTOCOLS[name]
    first = report(protocol, someone(protocol, part), "2027-01-31")
    dates = sorted({state.day for state in first.outcomes if state.day is not None} | {day("2026-03-01").first})
    measured = [one for one in protocol.facts.values() if one.kind in ("lab", "vital", "score", "grade", "finding")]
    entries = [plain_value(one, format_day(at)) for one in measured for at in dates]
    happened = [one for one in protocol.facts.values() if one.kind in ("event", "condition", "exposure")]
    entries += [fact(one.name, False, format_day(at)) for one in happened for at in dates]
    found = report(protocol, someone(protocol, part, entries), "2027-01-31")
    assert [(state.outcome.name, state.key) for state in found.outcomes if state.status != "known"] == []
    for lang in ("en", "zh"):
        assert all(result_words(state, lang) for state in found.outcomes)
        written = json.loads(canonical_bytes(outcomes_to_json(found, lang)))
        # One state of each outcome: the validator is slow, and the others differ in days alone.
        written["outcomes"] = list({one["outcome"]: one for one in written["outcomes"]}.values())
        assert [error.message for error in SCHEMA.iter_errors(written)] == []
