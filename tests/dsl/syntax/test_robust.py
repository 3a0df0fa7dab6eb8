from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from trialrules.dsl.diagnostics import has_errors
from trialrules.dsl.files import decode
from trialrules.dsl.format import format_text
from trialrules.dsl.parser import parse
from trialrules.dsl.render import render_text
from trialrules.dsl.render_json import render_json, render_sarif
from trialrules.dsl.source import Source

from .texts import MORE, SAMPLES, STUDY

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = [
    "", " ", "  ", "\n", "\n  ", "\n    ", "\t", "#", '"', "(", ")", ":", ",", "=", "==", "-", "3", "mg/dL", "and", "or", "not", "any of",
    "cases", "when", "within", "before", "is", "one of", "I1", "a", "肌酐", "“", "：", "\r", "\0", "\ufeff", "else", "if", ".", "10*9/L",
    "+-", "±", "visit", "day", "window", "every", "from", "to", "give", "by", "at", ", 6 times", "in arm", "and >", "improved",
    "the remaining", "assume", "title zh", "dose", "weeks",
]  # fmt: skip

BEGINNINGS = [
    "inclusion", "facts", "define", "protocol", "scenario", "\nschedule from x\n  ", "\narm a open\n  ", "\noutcome a\n  ",
    '\ninclusion I1 "x"\n  ',
]  # fmt: skip


def survives(text):
    source = Source("test.rules", text)
    result = parse(source)
    sources = {"test.rules": source}
    for diagnostic in result.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text) + 1
        assert diagnostic.message
        assert diagnostic.message[0] == diagnostic.message[0].lower()
    assert render_text(result.diagnostics, sources).count("\n") >= len(result.diagnostics)
    render_json(result.diagnostics, sources)
    render_sarif(result.diagnostics, sources)
    assert parse(source) == result
    assert has_errors(result.diagnostics) or not result.lost
    formatted = format_text(source)
    if has_errors(result.diagnostics):
        assert not formatted.changed
        assert formatted.text == text
    else:
        assert not has_errors(formatted.diagnostics)
        assert not format_text(Source("test.rules", formatted.text)).changed


@st.composite
def mutations(draw):
    text = draw(st.sampled_from([*SAMPLES, MORE, STUDY]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 10, 60]))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    return text


@given(mutations())
@FEW
def test_changed_samples(text):
    survives(text)


@given(st.lists(st.sampled_from([*PIECES, *BEGINNINGS])).map(" ".join))
@FEW
def test_word_salad(text):
    survives(text)


@given(st.binary(max_size=200))
@FEW
def test_any_bytes(content):
    loaded = decode(content, "test.rules")
    if loaded.source is not None:
        survives(loaded.source.text)


@given(st.text(max_size=100))
@FEW
def test_any_text(text):
    survives(text)


@pytest.mark.nightly
@given(st.one_of(mutations(), st.text(max_size=200), st.lists(st.sampled_from(PIECES)).map("".join)))
@MANY
def test_very_many_texts(text):
    survives(text)
