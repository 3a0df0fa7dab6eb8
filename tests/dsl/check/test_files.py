"""Used files, digests, names of the language, and texts that are no rules at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st
from trialrules.dsl import resolve
from trialrules.dsl.facade import load, load_scenarios_text, load_text
from trialrules.dsl.includes import Unreadable

from .corpus import CORPUS, bad_files

GRAMMAR = CORPUS.parents[1] / "dsl" / "grammar.lark"
PROTOCOL = 'protocol demo version 1.0 language 1\n  use "lib/one.rules"\nexclusion E1 "One"\n  sepsis ever\n'
LIBRARY = "library one version 1.0 language 1\nfacts\n  sepsis event\n"


def folder(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".rules").write_bytes(text.encode())
    return tmp_path


def test_the_keywords_are_those_of_the_grammar():
    text = re.sub(r"^//.*$", "", GRAMMAR.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r'"([a-z_]+)"', text)) == resolve.KEYWORDS


def test_a_library_is_used(tmp_path):
    root = folder(tmp_path, demo=PROTOCOL, lib__one=LIBRARY)
    result = load(root / "demo.rules")
    assert result.diagnostics == ()
    assert sorted(result.sources) == [str(root / "demo.rules"), str(root / "lib" / "one.rules")]


def test_the_digest_depends_on_names_below_the_folder_and_texts_alone(tmp_path):
    first = folder(tmp_path / "a", demo=PROTOCOL, lib__one=LIBRARY)
    second = folder(tmp_path / "b", demo=PROTOCOL.replace("\n", "\r\n"), lib__one=LIBRARY.replace("\n", "\r\n"))
    third = folder(tmp_path / "c", demo=PROTOCOL, lib__one=LIBRARY + "# more\n")
    digests = [protocol.sha256 for path in (first, second, third) if (protocol := load(path / "demo.rules").protocol) is not None]
    assert len(digests) == 3
    assert digests[0] == digests[1] != digests[2]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    folder(tmp_path, one=LIBRARY)
    root = folder(tmp_path / "in", demo=PROTOCOL)
    (root / "lib").mkdir()
    (root / "lib" / "one.rules").symlink_to(tmp_path / "one.rules")
    assert [diagnostic.code for diagnostic in load(root / "demo.rules").diagnostics if diagnostic.code != "TR030"] == ["TR065"]


def test_a_reader_may_refuse():
    result = load_text(PROTOCOL, "demo.rules", reader=lambda _path: Unreadable("outside"))
    assert "TR065" in {diagnostic.code for diagnostic in result.diagnostics}
    assert result.protocol is None


def test_a_library_used_twice_is_read_once():
    asked = []

    def reader(path):
        asked.append(path)
        return {"lib/one.rules": 'library one version 1.0 language 1\n  use "two.rules"\nfacts\n  fever event\n', "lib/two.rules": LIBRARY}[
            path
        ]

    text = PROTOCOL.replace('  use "lib/one.rules"\n', '  use "lib/one.rules"\n  use "lib/two.rules"\n')
    assert load_text(text, "demo.rules", reader=reader).diagnostics == ()
    assert asked == ["lib/one.rules", "lib/two.rules"]


def test_reach_in_a_library_may_be_left_to_the_protocol():
    library = "library one version 1.0 language 1\nfacts\n  alt lab in U/L\n  sepsis event\ndefine high = alt > 3 U/L\n"
    reader = {"lib/one.rules": library}.__getitem__
    unused = load_text(PROTOCOL, "demo.rules", reader=reader)
    assert unused.diagnostics == ()
    assert unused.protocol is not None
    assert "high" not in unused.protocol.definitions
    used = PROTOCOL + "  or high\n"
    assert [diagnostic.code for diagnostic in load_text(used, "demo.rules", reader=reader).diagnostics] == ["TR043"]
    assert load_text(used + "reach\n  alt 3 days\n", "demo.rules", reader=reader).diagnostics == ()


def test_a_library_may_name_moments_that_protocols_declare():
    library = (
        "library one version 1.0 language 1\nfacts\n  sepsis event\ndefine recent = sepsis since admission\ndefine wrong = sepsys ever\n"
    )
    assert [diagnostic.code for diagnostic in load_text(library).diagnostics] == ["TR030"]
    reader = {"lib/one.rules": library}.__getitem__
    assert load_text(PROTOCOL, "demo.rules", reader=reader).diagnostics == ()
    used = PROTOCOL + "  or recent\n"
    assert [diagnostic.code for diagnostic in load_text(used, "demo.rules", reader=reader).diagnostics] == ["TR030"]
    assert load_text(used + "moments\n  admission given\n", "demo.rules", reader=reader).diagnostics == ()


def test_scenarios_beside_take_over_from_the_rule_file():
    text = PROTOCOL.replace('  use "lib/one.rules"\n', "") + "moments\n  screening given\nfacts\n  sepsis event\n"
    protocol = load_text(text + 'scenario "one"\n  given screening 2026-01-01, sepsis on screening\n').protocol
    assert protocol is not None
    beside = 'scenario "two" like "one"\n  without sepsis\n  given now 2026-02-01\n  expect E1 unknown\n'
    result = load_scenarios_text(beside, "demo.scenarios.rules", protocol)
    assert result.diagnostics == ()
    (scenario,) = result.scenarios
    assert (list(scenario.moments), scenario.givens, scenario.now is not None) == (["screening"], (), True)
    wrong = load_scenarios_text("facts\n  sepsis event\n", "x.rules", protocol)
    assert [diagnostic.code for diagnostic in wrong.diagnostics] == ["TR069"]


def whole_corpus() -> list[str]:
    return [path.read_text(encoding="utf-8", errors="replace") for path in bad_files()]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_in_a_text_raises(data):
    text = data.draw(st.sampled_from(whole_corpus()))
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        words = lines[data.draw(st.integers(0, len(lines) - 1))].split(" ")
        other = lines[data.draw(st.integers(0, len(lines) - 1))].split(" ")
        words[data.draw(st.integers(0, len(words) - 1))] = other[data.draw(st.integers(0, len(other) - 1))]
        lines[data.draw(st.integers(0, len(lines) - 1))] = " ".join(words)
    result = load_text("\n".join(lines))
    assert (result.protocol is None) == any(diagnostic.severity == "error" for diagnostic in result.diagnostics)


@pytest.mark.parametrize("text", ["", "\n\n", "\x00", "protocol", "é", "\ud800", "facts\n" * 50])
def test_odd_texts(text):
    assert load_text(text).protocol is None
