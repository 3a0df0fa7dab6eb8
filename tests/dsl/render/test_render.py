from __future__ import annotations

import json

from trialrules.dsl.diagnostics import Diagnostic, Label
from trialrules.dsl.render import render_one, render_text, width
from trialrules.dsl.render_json import SCHEMA, render_json, render_sarif
from trialrules.dsl.source import Source, Span

TEXT = 'facts\n  cr  "肌酐"  labx in mg/dL\n  cr  "Cr"  lab\n'
SOURCE = Source("a.rules", TEXT)
SOURCES = {"a.rules": SOURCE}


def label(word, caption="", nth=0):
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(word, start + 1)
    return Label(Span("a.rules", start, start + len(word)), caption)


TYPO = Diagnostic("TR001", "`labx` can't stand here", (label("labx"),), "did you mean `lab`?")
TWICE = Diagnostic("TR031", "`cr` is declared twice", (label("cr", "again here", 1), label("cr", "first here")))
SOFT = Diagnostic("TR004", "lines end in CR LF", (Label(Span("a.rules", 0, 0)),), "", "warning")


def test_text():
    assert render_one(TYPO, SOURCES) == (
        "error[TR001]: `labx` can't stand here\n"
        " --> a.rules:2:13\n"
        "  |\n"
        '2 |   cr  "肌酐"  labx in mg/dL\n'
        "  |               ^^^^\n"
        "  = help: did you mean `lab`?\n"
    )


def test_further_places_have_captions():
    assert render_one(TWICE, SOURCES) == (
        "error[TR031]: `cr` is declared twice\n"
        " --> a.rules:3:3\n"
        "  |\n"
        '3 |   cr  "Cr"  lab\n'
        "  |   ^^ again here\n"
        " ::: a.rules:2:3\n"
        "  |\n"
        '2 |   cr  "肌酐"  labx in mg/dL\n'
        "  |   -- first here\n"
    )


def test_all_by_place_with_a_count():
    text = render_text([TWICE, TYPO, SOFT, TYPO], SOURCES)
    assert [line[:5] for line in text.splitlines() if "[TR" in line] == ["warni", "error", "error"]
    assert text.endswith("\n2 errors, 1 warning\n")
    assert render_text([TYPO, TWICE, SOFT], SOURCES) == text
    assert render_text([], SOURCES) == ""


def test_colours_only_if_asked():
    assert "\x1b" not in render_text([TYPO], SOURCES)
    assert "\x1b[1;31m" in render_text([TYPO], SOURCES, colour=True)


def test_widths():
    assert width("abc") == 3
    assert width("肌酐") == 4
    assert width("e\u0301") == 1
    assert width("ｱ") == 1


def test_what_a_terminal_would_act_on_is_not_written():
    source = Source("b.rules", "define \x1b[31m\ud800 \t= 3\n")
    shown = render_one(Diagnostic("TR009", "a \x07", (Label(Span("b.rules", 7, 8)),)), {"b.rules": source})
    assert "\x1b" not in shown
    assert "\x07" not in shown
    shown.encode()


def test_places_at_the_end_and_in_missing_texts():
    end = Diagnostic("TR001", "x", (Label(Span("a.rules", len(TEXT), len(TEXT) + 1)),))
    assert "a.rules:4:1" in render_one(end, SOURCES)
    assert "^" in render_one(end, SOURCES)
    lost = Diagnostic("TR025", "x", (Label(Span("none.rules", 3, 4)),))
    assert render_one(lost, {}) == "error[TR025]: x\n --> none.rules\n"
    over = Diagnostic("TR001", "x", (Label(Span("a.rules", 0, len(TEXT))),))
    assert max(len(line) for line in render_one(over, SOURCES).splitlines()) < 40


def test_long_lines_are_cut():
    source = Source("c.rules", "x" * 5_000)
    shown = render_one(Diagnostic("TR001", "x", (Label(Span("c.rules", 4_000, 4_010)),)), {"c.rules": source})
    assert max(len(line) for line in shown.splitlines()) < 200


def test_json():
    data = json.loads(json.dumps(render_json([TWICE, TYPO], SOURCES)))
    assert data["schema"] == SCHEMA
    assert [d["code"] for d in data["diagnostics"]] == ["TR001", "TR031"]
    assert data["diagnostics"][0]["labels"] == [
        {
            "file": "a.rules",
            "start": TEXT.index("labx"),
            "end": TEXT.index("labx") + 4,
            "line": 2,
            "column": 13,
            "end_line": 2,
            "end_column": 17,
        }
    ]
    assert data["diagnostics"][1]["labels"][1]["caption"] == "first here"
    assert "line" not in render_json([TYPO], {})["diagnostics"][0]["labels"][0]


def test_sarif():
    log = json.loads(json.dumps(render_sarif([TWICE, TYPO, SOFT], SOURCES, "1.0")))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"] == {"name": "trialrules", "version": "1.0", "rules": [{"id": "TR001"}, {"id": "TR004"}, {"id": "TR031"}]}
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
    assert run["results"][2]["relatedLocations"][0]["message"]["text"] == "first here"
    spaced = Diagnostic("TR001", "x", (Label(Span("my rules\\肌.rules", 0, 1)),))
    uri = render_sarif([spaced], {})["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "my%20rules/%E8%82%8C.rules"
