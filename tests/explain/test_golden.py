"""Whole answers, word by word, in both languages.

`tests/golden/every_kind.rules` has every kind of condition once; of the patients beside it one has full records, one awkward ones.
Renew the expected texts with `TRIALRULES_RENEW=1 pytest tests/explain/test_golden.py`, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from trialrules.canonical import canonical_bytes
from trialrules.commands._answer import Answer
from trialrules.commands._render_html import HtmlRenderer
from trialrules.commands._render_json import indented
from trialrules.commands._render_md import MarkdownRenderer
from trialrules.commands._render_text import TextRenderer
from trialrules.dsl.facade import load_text
from trialrules.engine.advise import advise
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.decision_json import decision_to_json
from trialrules.records.detect import read_patients

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
RENEW = os.environ.get("TRIALRULES_RENEW") == "1"
NOW = parse_partial("2026-03-05")


@pytest.fixture(scope="module")
def protocol():
    result = load_text((GOLDEN / "every_kind.rules").read_text(encoding="utf-8"), "every_kind.rules")
    assert result.protocol is not None, result.diagnostics
    return result.protocol


def answer(protocol, name, *, evidence=False):
    # As bytes: what could not be used is named by its place in the input, and the folder of this checkout is nobody's business.
    (result,) = read_patients((GOLDEN / f"{name}.json").read_bytes(), protocol, NOW)
    assert result.patient is not None, result.problems
    decision = screen(protocol, result.patient, NOW)
    return Answer(decision, advise(protocol, result.patient, decision), decision.criteria if evidence else (), source=evidence)


def rendered(renderer, one):
    return click.unstyle("".join([*renderer.begin(), *renderer.patient(one), *renderer.end()]))


def hold(name: str, got: str) -> None:
    path = GOLDEN / "expected" / name
    if RENEW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["full", "awkward", "empty"])
def test_page(protocol, name, lang):
    hold(f"{name}.page.{lang}.txt", rendered(TextRenderer(lang, many=False), answer(protocol, name)))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["full", "awkward", "empty"])
def test_evidence(protocol, name, lang):
    hold(f"{name}.evidence.{lang}.txt", rendered(TextRenderer(lang, many=False), answer(protocol, name, evidence=True)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_markdown(protocol, lang):
    hold(f"awkward.{lang}.md", rendered(MarkdownRenderer(lang, many=False), answer(protocol, "awkward")))


def test_html(protocol):
    # The frame of the page, its styles included, is another module's.
    text = rendered(HtmlRenderer("en", many=False), answer(protocol, "full"))
    hold("full.en.html", text[text.index("<body>") :])


def test_json(protocol):
    one = answer(protocol, "full")
    hold("full.en.json", indented(decision_to_json(one.decision, one.advice, "en")) + "\n")


@pytest.mark.parametrize("name", ["full", "awkward", "empty"])
def test_twice_the_same_bytes(protocol, name):
    first, second = answer(protocol, name), answer(protocol, name)
    assert canonical_bytes(decision_to_json(first.decision, first.advice, "zh")) == canonical_bytes(
        decision_to_json(second.decision, second.advice, "zh")
    )
