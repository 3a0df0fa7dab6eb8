"""Every rule file of tests/corpus/bad gives exactly the diagnostics written beside it.

Renew the expected texts with `TRIALRULES_RENEW=1 pytest tests/dsl/check/test_bad_files.py`, and read the difference.
"""

from __future__ import annotations

import os

import pytest
from trialrules.dsl.codes import CODES
from trialrules.dsl.facade import load

from .corpus import CORPUS, bad_files, said

OURS = sorted(code for code in CODES if code >= "TR030")
PAGES = CORPUS.parents[1] / "docs" / "errors"


@pytest.mark.parametrize("path", bad_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_expected_diagnostics(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    result = load(path.name)
    text = said(result.diagnostics, result.sources)
    expected = path.with_suffix(".expected")
    if os.environ.get("TRIALRULES_RENEW") == "1":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", bad_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_diagnostics_speak_to_people(path):
    result = load(path)
    for diagnostic in result.diagnostics:
        assert diagnostic.code in CODES or diagnostic.code < "TR030"
        assert diagnostic.help
        assert diagnostic.message[0].islower() or diagnostic.message[0] in '`"'
        assert not diagnostic.message.endswith(".")
        for label in diagnostic.labels:
            assert label.span.file in result.sources
            assert 0 <= label.span.start <= label.span.end <= len(result.sources[label.span.file].text)
        for word in ("Fraction", "Span", "None", "NoneType", "model.", "Unit("):
            assert word not in diagnostic.message + diagnostic.help


@pytest.mark.parametrize("code", OURS)
def test_every_code_has_a_bad_file(code):
    assert any(f" {code}: " in path.read_text(encoding="utf-8") for path in (CORPUS / "bad").glob("*/*.expected"))


@pytest.mark.parametrize("code", OURS)
def test_every_code_has_a_page(code):
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {CODES[code]}\n")
    for part in ("## Avoid", "## Prefer", "## Why"):
        assert part in text


def test_no_page_without_a_code():
    assert sorted(path.stem for path in PAGES.glob("TR[01]*.md") if path.stem >= "TR030") == OURS
