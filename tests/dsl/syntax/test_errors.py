from __future__ import annotations

import pytest
from trialrules.dsl._syntax_hints import HINTS
from trialrules.dsl._syntax_hints_study import STUDY_HINTS
from trialrules.dsl.parser import automaton, parse
from trialrules.dsl.source import Source
from trialrules.dsl.syntax_errors import TERMINALS, expected_words
from trialrules.limits import MAX_DIAGNOSTICS, MAX_FILE_BYTES

HEAD = 'inclusion I1 "t"\n  '
BLOCKS = ("define", "inclusion", "facts", "facts:", "not", "moments", "part", "arm", "schedule", "escalation", "outcome")
LINES_OF_SCHEDULES = ("visit", "repeat", "assess", "watch", "until", "early", "unscheduled")


def problems(text):
    source = Source("test.rules", text)
    return [(source.position(d.span.start).line, source.position(d.span.start).column, d.code) for d in parse(source).diagnostics]


def whole(example):
    """An example inside a block."""
    first = example.split()[0]
    if first in ("given", "expect"):
        return f'scenario "s"\n  {example}\n'
    if first in LINES_OF_SCHEDULES:
        return f"schedule from x\n  {example}\n"
    return f"{example}\n" if first in BLOCKS else f"{HEAD}{example}\n"


@pytest.mark.parametrize("hint", [*STUDY_HINTS, *HINTS], ids=lambda hint: hint.example)
def test_each_known_mistake_is_explained(hint):
    found = parse(Source("test.rules", whole(hint.example))).diagnostics
    assert [d.code for d in found] == [hint.code]
    assert found[0].help
    assert found[0].message.split("`")[0] == hint.message.split("`")[0]
    assert "{" not in found[0].message


LINES = [
    ("alt == 3", "TR017", "`==` is not a sign of this language", "write `=`"),
    ("alt == positive", "TR017", "`==` is not a sign of this language", "write `is positive` for a word, `= …` for a number"),
    ("platelets < 100,000 /uL", "TR027", "`100,000` can be read in two ways", "write `100000`, or `100.000` if a decimal point is meant"),
    ("platelets < 1.000,5 /uL", "TR027", "a number has one sign in it, a decimal point", "write `1000.5`"),
    ("alt between 1 and 2 mg/dL", "TR022", "a range is written with `is … to …`", "write `is 1 mg/dL to 2 mg/dL`"),
    ("fits in 6 months prior to screening", "TR028", "a window is written with `within`", "write `within 6 months before screening`"),
    ("alt within the last 6 weeks", "TR028", "a window up to the assessment day is written `within`", "write `within 6 weeks`"),
    ("steroid dose on screening <= 5 mg daily", "TR021", "a dose in a time is one unit", "write `mg/day`"),
    (
        "steroid with route oral dose on screening > 5 mg/day",
        "TR024",
        "the attribute stands before the tests",
        "write `steroid dose with route oral`",
    ),
    ("known : alt > 3", "TR020", "a word of the language cannot be a label here", "choose another label, such as `known_`"),
    ("alt > 3 && ast > 3", "TR017", "`&&` is not a sign of this language", "write `and`"),
    ("alt => 3", "TR017", "`=>` is not a sign of this language", "write `>=`"),
    ("alt <> 3", "TR017", "`<>` is not a sign of this language", "write `!=`"),
    ("alt ± 3 > 4", "TR017", "a tolerance can't be read here", "state both ends: `is 3 to 4`, or `within 3 days of …`"),
    ("alt > 3 × ULN", "TR017", "`×` is not a sign of this language", "write `*`"),
    ("text “smart”", "TR018", "`“` does not quote", 'texts stand in straight double quotes: `"…"`'),
    ("text 'single'", "TR018", "`'` does not quote", 'texts stand in straight double quotes: `"…"`'),
    ("text “a” alt", "TR018", "`“` does not quote", 'texts stand in straight double quotes: `"…"`'),
    ("alt ＞ 3", "TR019", "`＞` is a full-width sign", "write `>`"),
    ("alt > ３", "TR019", "`３` is a full-width sign", "write `3`"),
    ("alt\u3000> 3", "TR019", "a blank of another kind stands here", "write a plain blank"),
    ('text "open', "TR010", "this text has no closing quote", 'end it with `"` on the same line'),
    ("alt > 3)", "TR015", "this `)` closes nothing", "remove it, or open a parenthesis before it"),
    ("alt > (3", "TR014", "this `(` is not closed", "add the `)`"),
    ("alt > > 3", "TR001", "expected a condition or a number, found `>`", ""),
    ("alt 3", "TR001", "expected an operator, a window, the end of the line, `,` or `:`, found `3`", ""),
    ("source inclusion", "TR001", "expected a number, found the end of the line", ""),
    (
        'wran if alt > 3 "x"',
        "TR001",
        "expected an operator, a window or the end of the line, found `alt`",
        "did you mean `warn` for `wran`?",
    ),
    ("when", "TR001", "expected a condition or a number, found the end of the line", ""),
]


@pytest.mark.parametrize(("line", "code", "message", "help_"), LINES, ids=[line for line, *_ in LINES])
def test_messages(line, code, message, help_):
    (found,) = parse(Source("test.rules", f"{HEAD}{line}\n  always\n")).diagnostics
    assert (found.code, found.message, found.help) == (code, message, help_)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('incluson I1 "x"\n  always\n', [(1, 1, "TR016")]),
        ("define x =\n  alt\n    ast\n", [(3, 5, "TR012")]),
        ("define x =\n    alt\n  ast\n", [(3, 3, "TR011")]),
        (HEAD + "any of\n  alt > 3\n", [(2, 3, "TR013")]),
        ("facts\nmoments\n", [(1, 1, "TR013"), (2, 1, "TR013")]),
        ("  alt > 3\n", [(1, 3, "TR012")]),
        ('facts\n  alt "ALT" labb in U/L\n  ast "AST" lab in U/L\n  alp "ALP" vitl\n', [(2, 13, "TR001"), (4, 13, "TR001")]),
    ],
)  # fmt: skip
def test_places(text, expected):
    assert problems(text) == expected


def test_all_problems_in_one_run_without_echoes():
    text = (
        'inclusion i1 "x"\n  alt == 3\n  when alt > > 3\n    ast == 3\n    alp > 3\n  any of\n    bili == 4\ninclusion I2 "y"\n  alt & 3\n'
    )
    assert [line for line, _, _ in problems(text)] == [1, 2, 3, 4, 7, 9]


def test_a_good_line_between_bad_ones_is_kept():
    result = parse(Source("test.rules", 'inclusion I1 "x"\n  alt == 3\n  ast > 3\n  alp ==\n'))
    (block,) = result.file.blocks
    assert [item.content.left.name.text for item in block.lines] == ["ast"]
    assert {"alt", "alp"} <= result.lost


def test_a_block_with_a_bad_head_is_not_made_up():
    result = parse(Source("test.rules", "inclusion I1 x\n  alt > 3\ndefine y = 3\n"))
    assert [type(block).__name__ for block in result.file.blocks] == ["Define"]
    assert "I1" in result.lost


def test_expected_words_are_words_of_the_language():
    keywords = automaton().keywords
    for state in range(len(automaton().actions)):
        for word in expected_words(frozenset(automaton().actions[state]), keywords):
            assert word not in automaton().keywords.values()
            assert word not in automaton().terminals
    assert set(automaton().terminals) - TERMINALS.keys() <= {"COMMENT", "__IGNORE_0"}


# ---- bounds

DEEP = [
    HEAD + "alt > " + "(" * 70 + "1" + ")" * 70,
    HEAD + "alt > " + "-" * 70 + "1",
    HEAD + "alt > " + " + ".join("1" * 80),
    HEAD + "not " * 100 + "alt > 1",
    HEAD.rstrip() + "".join("\n" + " " * (2 * i + 2) + "all of" for i in range(100)),
    HEAD + "alt on " + "3 days before " * 100 + "screening",
]


@pytest.mark.parametrize("text", DEEP)
def test_nesting_is_bounded(text):
    assert [code for _, _, code in problems(text + "\n")] == ["TR008"]


def test_long_chains_are_no_nesting():
    assert problems(HEAD + " or ".join(["alt > 1"] * 5_000) + "\n") == []
    assert problems(HEAD + "first known of (" + ", ".join(["alt"] * 5_000) + ") > 3\n") == []


BIG = [
    "\n", "(", "a", '"', "\n(", " ", "a\n", "#\n", "a.", "[", "{", "\r", "\t", "\n  a", "\na(", "é", "1e", "\n  x =\n", "a/b.",
    "x > 3 and ",
]  # fmt: skip


@pytest.mark.parametrize("head", ["", HEAD, HEAD + "alt > 3 "])
@pytest.mark.parametrize("size", [MAX_FILE_BYTES // 20, pytest.param(MAX_FILE_BYTES, marks=pytest.mark.nightly)])
def test_large_files_are_read_to_their_end(size, head):
    for piece in BIG:
        text = (head + piece * (size // len(piece)))[: size - 1] + "\n"
        found = parse(Source("test.rules", text)).diagnostics
        assert len(found) <= MAX_DIAGNOSTICS + 30
