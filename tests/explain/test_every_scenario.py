"""Every scenario of the shipped rule files has words: no outcome of the engine is without an explanation, in either language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from trialrules.canonical import canonical_bytes
from trialrules.dsl.facade import load, load_scenarios, scenarios_beside
from trialrules.engine.advise import advise
from trialrules.engine.decide import screen
from trialrules.engine.decision_json import decision_to_json
from trialrules.engine.explain import provisional_words, sentence, verdict_words
from trialrules.engine.explain_advice import earliest_words, flips_words, nearest_words, needs_words
from trialrules.engine.explain_reasons import criterion_reason, reasons
from trialrules.engine.explain_source import annotated
from trialrules.engine.explain_tree import tree
from trialrules.engine.explain_words import words
from trialrules.engine.scenarios import patient_of

ROOT = Path(__file__).resolve().parents[2]
PROTOCOLS = ("ankylosing_spondylitis", "aclf_phase1", "aclf_phase2")
# What a forgotten piece would leave behind: an unfilled place, doubled marks, the repr of a value, a dangling separator.
SLIP = re.compile(r"\{[a-z]*\}|None|Fraction\(|Decimal\(|<trialrules|; ;|,,|  |[；，]{2}|^[;,:：；，]|[,;：；，]$")
STEP = 6


@pytest.fixture(scope="module", params=PROTOCOLS)
def cases(request):
    path = ROOT / "rules" / f"{request.param}.rules"
    protocol = load(path).protocol
    assert protocol is not None
    scenarios = load_scenarios(scenarios_beside(path), protocol).scenarios
    assert len(scenarios) > 50
    patients = [patient_of(protocol, scenario) for scenario in scenarios]
    return protocol, [(patient, screen(protocol, patient, now)) for patient, now in patients]


def slips(lang, texts):
    return [text for text in texts if not text.strip() or SLIP.search(text)] + (
        [text for text in texts if re.search(r"[\u4e00-\u9fff]", text)] if lang == "en" else []
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_evidence_and_reasons(cases, lang):
    protocol, decisions = cases
    w = words(lang)
    for _, decision in decisions:
        texts = [sentence(decision, lang), *(reason.text for reason in reasons(decision, None, lang))]
        for one in decision.criteria:
            texts += [verdict_words(w, one), criterion_reason(one, decision, None, lang).text]
            texts += [line.text for line in tree(one, lang, protocol.moments)]
            texts += [provisional_words(w, one)] if one.provisional else []
            assert annotated(one, protocol, lang)
        assert slips(lang, texts) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_advice(cases, lang):
    protocol, decisions = cases
    for patient, decision in decisions[::STEP]:
        advice = advise(protocol, patient, decision)
        texts = [*needs_words(advice, protocol, lang), *nearest_words(advice, lang), *flips_words(advice, protocol, lang)]
        assert slips(lang, [*texts, *earliest_words(advice, lang)]) == []


def test_json(cases):
    protocol, decisions = cases
    schema = Draft202012Validator(json.loads((ROOT / "schemas" / "decision.schema.json").read_text(encoding="utf-8")))
    for patient, decision in decisions[:: 5 * STEP]:
        value = decision_to_json(decision, advise(protocol, patient, decision), "en")
        assert [error.message for error in schema.iter_errors(json.loads(canonical_bytes(value)))] == []


def test_a_verdict_that_is_known_has_a_path_that_decided(cases):
    protocol, decisions = cases
    for _, decision in decisions[::STEP]:
        for one in decision.criteria:
            assert any(line.decisive for line in tree(one, "en", protocol.moments)), one.criterion.id


def test_an_open_criterion_says_why(cases):
    for _, decision in cases[1]:
        for one in decision.criteria:
            if one.passes is None:
                assert criterion_reason(one, decision, None, "en").detail, one.criterion.id
