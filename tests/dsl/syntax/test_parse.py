from __future__ import annotations

import shutil
import subprocess
import sys

import attrs
import pytest
from lark import Lark, Token as LarkToken
from lark.exceptions import LarkError
from lark.indenter import DedentError, Indenter
from trialrules.dsl import ast
from trialrules.dsl._build_expr import Token
from trialrules.dsl._build_schedule import StudyBuilder
from trialrules.dsl.build_table import GRAMMAR, make_table, open_grammar
from trialrules.dsl.parser import automaton, parse, split_blocks, table_state
from trialrules.dsl.source import Source
from trialrules.dsl.walk import children, walk

from .texts import RULE_FILES, SAMPLES, all_texts


def read(text):
    return parse(Source("test.rules", text))


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_of_the_reference_parse(sample):
    result = read(sample)
    assert result.diagnostics == ()
    assert result.file.blocks


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_shipped_rules_parse(path):
    assert read(path.read_text(encoding="utf-8")).diagnostics == ()


def test_the_samples_are_seen():
    assert len(SAMPLES) >= 9


def test_the_saved_table_belongs_to_the_grammar():
    assert table_state() == "fresh", "say: make parser-table"
    made = make_table(GRAMMAR.read_text(encoding="utf-8"))
    saved = automaton()
    assert made["keywords"] == saved.keywords
    assert [actions for _, actions, _ in made["states"]] == saved.actions


def test_the_grammar_is_strictly_lalr():
    open_grammar(GRAMMAR.read_text(encoding="utf-8"), strict=True)


def test_every_rule_has_a_builder():
    methods = {method for _, _, method, _ in automaton().rules} - {"", "*"}
    assert {method for method in methods if not hasattr(StudyBuilder, method)} == set()
    assert all(size > 0 for size, _, _, _ in automaton().rules)


# ---- the same as Lark's own parser


class Layout(Indenter):
    NL_type = "NL"
    OPEN_PAREN_types = ["LPAR"]  # noqa: RUF012 - Lark's interface
    CLOSE_PAREN_types = ["RPAR"]  # noqa: RUF012 - Lark's interface
    INDENT_type = "INDENT"
    DEDENT_type = "DEDENT"
    tab_len = 8


class Bridge:
    """Hands Lark's reductions to our builder."""

    def __init__(self, builder):
        self._builder = builder

    def __getattr__(self, name):
        if name.startswith("_") or not hasattr(self._builder, name) or name.isupper():
            raise AttributeError(name)
        method = getattr(self._builder, name)
        return lambda c: method([Token(t.type, str(t), t.start_pos, t.end_pos) if isinstance(t, LarkToken) else t for t in c])


@pytest.fixture(scope="module")
def lark():
    options = {"keep_all_tokens": True, "maybe_placeholders": False}
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"), parser="lalr", postlex=Layout(), transformer=Bridge(StudyBuilder("test.rules")), **options
    )


def places(node):
    return [(type(n).__name__, n.span.start, n.span.end) for n in walk(node)]


def test_the_tree_is_the_one_lark_makes(lark):
    for text in all_texts():
        for start, end in split_blocks(text):
            if text[start].isalpha():
                block = text[start:end]
                ours = read(block).file.blocks[0]
                theirs = lark.parse(block)
                assert ours == theirs
                assert places(ours) == places(theirs)


BROKEN = [
    "inclusion I1\n",
    "facts\n",
    "define x = (\n",
    'inclusion I1 "a"\n  b > > 3\n',
    "moments\n  a given\n c given\n",
    "facts\n  b lab in\n",
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_lark_refuses_is_refused(lark, text):
    with pytest.raises((LarkError, DedentError, AssertionError)):
        lark.parse(text)
    assert read(text).diagnostics


# ---- the walk


def all_node_classes():
    found = {value for value in vars(ast).values() if isinstance(value, type) and attrs.has(value)}
    return {value for value in found if value.__module__ == ast.__name__}


def test_the_walk_knows_every_class():
    seen = {type(node) for text in all_texts() for node in walk(read(text).file)}
    assert all_node_classes() - seen == set(), "give the texts one of each"
    for cls in all_node_classes():
        blank = {field.name: () for field in attrs.fields(cls) if field.name not in ("span", "kind") and "tuple" in str(field.type)}
        node = cls(**{f.name: blank.get(f.name) for f in attrs.fields(cls) if f.name != "span"})
        children(node)


def test_the_walk_refuses_what_it_does_not_know():
    with pytest.raises(TypeError):
        children(3)


def test_spans_lie_within_their_parents():
    for text in all_texts():
        for block in read(text).file.blocks:
            for node in walk(block):
                assert 0 <= node.span.start < node.span.end <= len(text)
                for child in children(node):
                    assert node.span.start <= child.span.start
                    assert child.span.end <= node.span.end


def test_spans_are_of_the_words():
    text = 'inclusion I1 "a"\n  latest hb within 3 months >= 9.5 g/dL  # enough\n'
    nodes = {type(node): text[node.span.start : node.span.end] for node in walk(read(text).file.blocks[0])}
    assert nodes[ast.Compared] == "latest hb within 3 months >= 9.5 g/dL"
    assert nodes[ast.Window] == "within 3 months"
    assert nodes[ast.Amount] == "9.5 g/dL"
    assert nodes[ast.Pick] == "latest"


def test_reading_imports_no_lark():
    code = "import sys; import trialrules.dsl.parser; print(sorted({'lark', 'interegular', 'rich', 'regex'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("state", ["stale", "missing"])
def test_a_table_of_another_grammar_is_not_used(tmp_path, state):
    package = tmp_path / "trialrules"
    shutil.copytree(GRAMMAR.parent, package / "dsl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "limits.py", "_version.py"):
        shutil.copy(GRAMMAR.parent.parent / name, package / name)
    table = package / "dsl" / "grammar.lalr"
    if state == "stale":
        table.write_text("1:0\n{}\n", encoding="utf-8")
    else:
        table.unlink()
    code = "from trialrules.dsl import parser, source; r = parser.parse(source.Source('a', 'define x = 3')); "
    code += "print(parser.__file__, parser.table_state(), len(r.file.blocks), len(r.diagnostics))"
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(package / "dsl" / "parser.py"), state, "1", "0"]


def test_a_file_is_the_same_alone_and_behind_others():
    first, second = "define a = 1\n", "define b = hb + 2 g/dL\n"
    both = read(first + second).file.blocks
    assert both == (*read(first).file.blocks, *read(second).file.blocks)
    assert both[1].span.start == len(first)
