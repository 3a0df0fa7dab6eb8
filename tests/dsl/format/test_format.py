from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from trialrules.dsl.format import format_text
from trialrules.dsl.parser import parse
from trialrules.dsl.source import Source

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = re.findall(r"^```rules\n(.*?)^```", (ROOT / "docs" / "language.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
FILES = sorted([*(ROOT / "rules").rglob("*.rules"), *(ROOT / "tests" / "corpus" / "good").rglob("*.rules")])


def formatted(text):
    result = format_text(Source("test.rules", text))
    assert result.diagnostics == ()
    return result.text


ROUGH_SCHEDULE = """\
schedule "S"  from x
  visit a "A" day - 14 to - 1 assume "w"
  visit long_one "Long" 7 days after a window - 0 + 2 days give b , c
  visit c day 3 window ± 3 days  in  arm low if sex is male and ( 1 if late,2 else ) > 1
  assess alt at days 3 ,-1
"""
SCHEDULE = """\
schedule "S" from x
  visit a         "A"     day -14 to -1   assume "w"
  visit long_one  "Long"  7 days after a  window -0 +2 days  give b, c
  visit c         day 3                   window +-3 days  in arm low  if sex is male and (1 if late, 2 else) > 1
  assess alt at days 3, -1
"""
CASES = [
    ("define  x=3*( 4+alt )", "define x = 3 * (4 + alt)\n"),
    ("define x = max( 1 ,alt in  mg/dL )\n\n\n", "define x = max(1, alt in mg/dL)\n"),
    ("define x = - 3 - -alt -2\n", "define x = -3 - -alt -2\n"),
    ("define x =\n      alt≤3   # low\n", "define x =\n  alt <= 3  # low\n"),
    ("# top\n\n\ndefine x = 1\ndefine y = 2\n# about z\ndefine z = 3\n",
     "# top\n\ndefine x = 1\n\ndefine y = 2\n\n# about z\ndefine z = 3\n"),
    ("define x =\n  any of\n    a_a > 1\n    # inner\n  # outer\n  b_b > 1\n", None),
    ("define x =\n  any of\n    # first\n    a_a > 1\n\n\n    b_b > 1\n    # last\n# next\ndefine y = 1\n",
     "define x =\n  any of\n    # first\n    a_a > 1\n\n    b_b > 1\n    # last\n\n# next\ndefine y = 1\n"),
    ("define x =\n  max(1, # one\n  # alone\n 2)\n", "define x =\n  max(1,  # one\n      # alone\n      2)\n"),
    ('moments\n   a_b given\n   screening "S" given , else planned 3 days after a_b assume "x"\n',
     'moments\n  a_b        given\n  screening  "S"  given, else planned 3 days after a_b  assume "x"\n'),
    ('facts\n a_b "肌酐" lab in mg/dL reach 3 days\n c_d_e "Cr" grade 0 to 4\n',
     'facts\n  a_b    "肌酐"  lab in mg/dL  reach 3 days\n  c_d_e  "Cr"    grade 0 to 4\n'),
    ('define x =\n  any of\n    a_b:alt>3\n    long_one : ast>3\n    c_d "T":alp>3\n',
     'define x =\n  any of\n    a_b      : alt > 3\n    long_one : ast > 3\n    c_d "T" : alp > 3\n'),
    (f'facts\n  a_b "{"Long " * 9}" event\n  {"c" * 33} "C" event\n  d "D" event\n  e_f "EF" event\n',
     f'facts\n  a_b  "{"Long " * 9}"  event\n  {"c" * 33}  "C"  event\n  d    "D"   event\n  e_f  "EF"  event\n'),
    ('scenario "s"\n  expect I1 . liver met\n', 'scenario "s"\n  expect I1.liver met\n'),
    ('not a rule exclusion 1 because "a"\nnot a rule exclusion 2 because "b"\n', None),
    (ROUGH_SCHEDULE, SCHEDULE),
    ('arm low "L" open\narm b blinded as "x"\n  dose a_b "A" 1 mg IV\n  dose c "Long" by mouth assume "w"\n  title zh "t"\n',
     'arm low "L" open\n\narm b blinded as "x"\n  dose a_b  "A"     1 mg IV\n  dose c    "Long"  by mouth  assume "w"\n  title zh "t"\n'),
    ("outcome a at day 3\n  all of\n    b : x_x improved by>20 % and>=1\n    long : y_y worse\n  and the  remaining not  worse\n",
     "outcome a at day 3\n  all of\n    b    : x_x improved by > 20 % and >= 1\n    long : y_y worse\n  and the remaining not worse\n"),
    ("\ufeffdefine x = 1\r\ndefine y = 2\r\n", "define x = 1\n\ndefine y = 2\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), CASES)
def test_cases(before, after):
    after = before if after is None else after
    assert formatted(before) == after
    assert format_text(Source("test.rules", after)).changed is False


@pytest.mark.parametrize("text", [*SAMPLES, *(path.read_text(encoding="utf-8") for path in FILES)])
def test_texts_keep_their_meaning_and_settle_at_once(text):
    once = formatted(text)
    assert formatted(once) == once
    assert parse(Source("test.rules", once)).file == parse(Source("test.rules", text)).file
    assert not re.search(r"[ \t]$", once, re.MULTILINE)
    assert once.endswith("\n")
    assert not once.endswith("\n\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shipped_files_are_laid_out(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text, f"say: trialrules fmt {path.relative_to(ROOT)}"


def test_a_text_with_mistakes_is_left_alone():
    text = "define  x =  3 ==\n"
    result = format_text(Source("test.rules", text))
    assert result.text == text
    assert not result.changed
    assert [d.code for d in result.diagnostics] == ["TR017"]


@st.composite
def roughened(draw):
    """A sample with blanks, blank lines and comments where none of them means anything."""
    lines = []
    for line in draw(st.sampled_from(SAMPLES)).splitlines():
        indent = len(line) - len(line.lstrip())
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from(["", "   ", "# remark", "  # indented", "      # deep"])))
        pieces = re.split(r'("[^"]*"| +)', line[indent:].split("#")[0].rstrip())
        spaced = "".join(piece + " " * draw(st.integers(0, 2)) if piece.isspace() else piece for piece in pieces)
        tail = draw(st.sampled_from(["", "", "  ", " # tail", "#tail"])) if "#" not in line else ""
        lines.append(" " * (indent * draw(st.sampled_from([1, 1]))) + spaced + tail)
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n# end", "\n  # end\n"]))


@given(roughened())
@settings(max_examples=80, deadline=None)
def test_blanks_and_comments_anywhere(text):
    once = formatted(text)
    assert formatted(once) == once
    found = [re.sub(r'"[^"]*"', "", line).partition("#")[2].strip() for line in text.splitlines()]
    kept = [re.sub(r'"[^"]*"', "", line).partition("#")[2].strip() for line in once.splitlines()]
    assert [c for c in kept if c] == [c for c in found if c]


@pytest.mark.nightly
@given(roughened())
@settings(max_examples=10_000, deadline=None)
def test_blanks_and_comments_anywhere_at_length(text):
    once = formatted(text)
    assert formatted(once) == once
