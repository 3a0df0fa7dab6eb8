from __future__ import annotations

import pytest
from trialrules.dsl.diagnostics import has_errors
from trialrules.dsl.files import clean, decode, read_rule_file, usable
from trialrules.dsl.parser import parse
from trialrules.dsl.source import Source
from trialrules.limits import MAX_FILE_BYTES

GOOD = "define x = 3\n"


def codes(diagnostics):
    return [d.code for d in diagnostics]


def test_plain_text_is_left_alone():
    loaded = decode(GOOD.encode(), "a.rules")
    assert loaded.source.text == GOOD
    assert loaded.diagnostics == ()
    assert usable(loaded)


def test_bytes_that_are_no_text():
    loaded = decode('define x = 3  # "肌'.encode() + b"\xff\n", "a.rules")
    (problem,) = loaded.diagnostics
    assert problem.code == "TR002"
    assert loaded.source.position(problem.span.start).column == 19
    assert not usable(loaded)
    assert codes(decode("肌".encode("gb18030"), "a.rules").diagnostics) == ["TR002"]


def test_marks_and_line_ends_are_mended_with_a_warning():
    loaded = decode(b"\xef\xbb\xbf# one\r\ndefine x = 3\r\n", "a.rules")
    assert codes(loaded.diagnostics) == ["TR003", "TR004"]
    assert not has_errors(loaded.diagnostics)
    assert loaded.source.text == "# one\ndefine x = 3\n"
    assert loaded.source.position(loaded.diagnostics[1].span.start).line == 1


def test_a_text_of_an_editor_may_have_both():
    result = parse(Source("a.rules", "\ufeffdefine x = 3\r\ndefine y =\r\n  4\r\n"))
    assert codes(result.diagnostics) == ["TR003"]
    assert len(result.file.blocks) == 2


@pytest.mark.parametrize("text", ["", "\n", "  \n", "# only a comment\n", "\r\n"])
def test_nothing_said(text):
    assert codes(parse(Source("a.rules", text)).diagnostics) == ["TR006"]


def test_too_large():
    assert codes(decode(b"#" * (MAX_FILE_BYTES + 1), "a.rules").diagnostics) == ["TR007"]
    assert codes(parse(Source("a.rules", "#" * (MAX_FILE_BYTES + 1))).diagnostics)[0] == "TR007"


def test_tabs_are_one_problem():
    assert codes(parse(Source("a.rules", 'facts\n\talt "ALT" lab in U/L\n\tast lab in U/L\n\t  title zh "x"\n')).diagnostics) == ["TR005"]
    assert codes(parse(Source("a.rules", "define\tx\t= 3\n")).diagnostics) == []


@pytest.mark.parametrize("odd", ["\0", "\x07", "\x0c", "\x1b", "\x85", "\u202e", "\u2066", "\ud800", "\r", "\u2028"])
def test_invisible_characters(odd):
    result = parse(Source("a.rules", f'define x "a{odd}b" = 3\n'))
    assert codes(result.diagnostics) == ["TR009"]
    assert result.diagnostics[0].span.start == 11
    assert len(result.file.blocks) == 1
    assert len(clean(Source("a.rules", f"a{odd}b")).text) == 3


def test_files_on_disk(tmp_path):
    path = tmp_path / "a.rules"
    path.write_text(GOOD, encoding="utf-8")
    assert read_rule_file(path).source.name == str(path)
    assert read_rule_file(path, "lib/a.rules").source.name == "lib/a.rules"
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 10))
    assert codes(read_rule_file(path).diagnostics) == ["TR007"]


def test_what_can_not_be_read_is_said(tmp_path):
    for path in (tmp_path / "none.rules", tmp_path, tmp_path / "a\0b"):
        loaded = read_rule_file(path)
        assert loaded.source is None
        assert codes(loaded.diagnostics) == ["TR025"]
        assert not usable(loaded)
