"""`lock` and `trace`: the matrix, its findings, what changed, and that nothing outside the folder of sources is read."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import get_args

import pytest
from trialrules import cli
from trialrules.commands._docs_trace import CODES, FindingKind

SOURCE = """Inclusion Criteria:
1. Adults.
2. One of
   - a cat
   - a dog
Exclusion Criteria:
1. =Afraid of water.
2. None of our business.
Read More
"""
RULES = """protocol demo version 1.0 language 1
  source "page.md" from "Inclusion Criteria" to "Read More"
  timezone UTC

facts
  asked "Asked" finding yes, no reach 28 days

inclusion I1 "Adult"
  source inclusion 1
  asked is yes
inclusion I2 "Pet"
  source inclusion 2
  asked is yes
exclusion E1 "Water"
  source exclusion 1
  asked is no
not a rule exclusion 2 because "none of ours"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sources").mkdir()
    write("sources/page.md", SOURCE)
    write("a.rules", RULES)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def trace(capsys, *more: str):
    capsys.readouterr()
    code = cli.run(["trace", "a.rules", "--sources", "sources", "--format", "json", *more])
    (report,) = json.loads(capsys.readouterr().out)["protocols"]
    return code, report


def kinds(report) -> list[str]:
    return [each["kind"] for each in report["findings"]]


def test_a_matrix_without_findings(folder, capsys):
    code, report = trace(capsys)
    assert (code, kinds(report), report["locked"]) == (0, [], False)
    rows = {f"{row['list']} {row['item']}": (row["criteria"], row["through"], row["not_a_rule"]) for row in report["items"]}
    assert rows == {
        "inclusion 1": (["I1"], None, None),
        "inclusion 2": (["I2"], None, None),
        "inclusion 2.1": ([], "2", None),
        "inclusion 2.2": ([], "2", None),
        "exclusion 1": (["E1"], None, None),
        "exclusion 2": ([], None, "none of ours"),
    }


@pytest.mark.parametrize(
    ("old", "new", "kind", "word"),
    [
        ("  source inclusion 2\n", "  source inclusion 1\n", "no rule", "inclusion 2 has no rule"),
        ("source inclusion 2\n", "source inclusion 2.1\n", "no rule", "inclusion 2.2 has no rule"),
        ("source exclusion 1\n", "source exclusion 1\n  source exclusion 3\n", "no such item", "E1 points to exclusion 3"),
        ("not a rule exclusion 2", "not a rule exclusion 7", "no such item", "`not a rule` points to exclusion 7"),
        ("  source exclusion 1\n", "", "no source", "E1 names no source item"),
        ("not a rule exclusion 2", "not a rule exclusion 1", "rule and no rule", "exclusion 1 is said to be no rule, and E1"),
    ],
)
def test_each_finding_is_found_with_its_place(folder, capsys, old, new, kind, word):
    assert old in RULES
    write("a.rules", RULES.replace(old, new))
    code, report = trace(capsys)
    assert code == 1
    assert any(each["kind"] == kind and word in each["message"] for each in report["findings"]), report["findings"]
    assert all(each["place"].startswith("a.rules") and each["help"] for each in report["findings"])


def test_a_finding_has_a_code_with_a_page(folder, capsys):
    write("a.rules", RULES.replace("  source exclusion 1\n", ""))
    _, report = trace(capsys)
    assert [(each["code"], each["kind"]) for each in report["findings"]] == [("TR301", "no rule"), ("TR303", "no source")]
    assert CODES.keys() == set(get_args(FindingKind))
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 1
    assert "no source [TR303]: a.rules" in capsys.readouterr().out
    for code in CODES.values():
        assert cli.run(["explain-code", code]) == 0
        assert capsys.readouterr().out.startswith(f"# {code}: ")


def test_not_a_rule_says_nothing_of_sub_items(folder, capsys):
    write("a.rules", RULES.replace("  source inclusion 2\n", "  source inclusion 1\n") + 'not a rule inclusion 2 because "a heading"\n')
    _, report = trace(capsys)
    assert [each["message"] for each in report["findings"]] == ["inclusion 2.1 has no rule", "inclusion 2.2 has no rule"]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("1. Adults.", "1.  Adults.  ", []),
        ("- a dog", "- a\n     dog", []),
        ("- a dog", "- a wolf", ["the words of inclusion 2.2 changed since the lock: look at I2"]),
        ("   - a dog\n", "", ["inclusion 2.2 was locked and is no longer in the source"]),
        ("our business.", "our business.\n3. New.", ["exclusion 3 has no rule", "exclusion 3 is new since the lock"]),
        (
            "2. One of",
            "2. Willing.\n3. One of",
            [
                "inclusion 3 has no rule",
                "inclusion 3.1 has no rule",
                "inclusion 3.2 has no rule",
                "the words of inclusion 2 changed since the lock: look at I2",
                "inclusion 3 was inclusion 2 when it was locked",
                "inclusion 3.1 was inclusion 2.1 when it was locked",
                "inclusion 3.2 was inclusion 2.2 when it was locked",
            ],
        ),
    ],
)
def test_what_changed_since_the_lock(folder, capsys, old, new, found):
    assert cli.run(["lock", "a.rules", "--sources", "sources"]) == 0
    assert trace(capsys)[0] == 0
    write("sources/page.md", SOURCE.replace(old, new))
    code, report = trace(capsys)
    assert [each["message"] for each in report["findings"]] == found
    assert code == (1 if found else 0)


def test_the_lock_holds_digests_and_no_words(folder, capsys):
    cli.run(["lock", "a.rules", "--sources", "sources"])
    text = Path("a.lock.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert content["schema"] == "trialrules/lock/1"
    assert list(content["items"]) == ["inclusion 1", "inclusion 2", "inclusion 2.1", "inclusion 2.2", "exclusion 1", "exclusion 2"]
    assert all(len(digest) == 64 for digest in content["items"].values())
    assert "Adults" not in text
    assert cli.run(["lock", "a.rules", "--sources", "sources", "--check"]) == 0
    write("sources/page.md", SOURCE.replace("Adults", "Children"))
    assert cli.run(["lock", "a.rules", "--sources", "sources", "--check"]) == 1
    assert Path("a.lock.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "other/1", "items": {}}', '{"schema": "trialrules/lock/1", "items": {"a": 1}}', "\ufeff{"]
)
def test_a_broken_lock_is_an_input_error(folder, capsys, text):
    write("a.lock.json", text)
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 2
    err = capsys.readouterr().err
    assert "a.lock.json" in err
    assert "make it anew" in err


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"page.md"', '"other.md"', "there is no source text `other.md`"),
        ("Read More", "Nowhere", "`Nowhere` is not found in `page.md`"),
        ('from "Inclusion Criteria"', 'from "Nowhere"', "`Nowhere` is not found in `page.md`"),
        ('  source "page.md" from "Inclusion Criteria" to "Read More"\n', "", "names no source text"),
    ],
)
def test_a_source_that_cannot_be_used_says_where_and_how_to_mend(folder, capsys, old, new, word):
    write("a.rules", RULES.replace(old, new))
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 2
    err = capsys.readouterr().err
    assert word in err
    assert err.startswith("a.rules")
    assert "help: " in err


def test_a_missing_folder_of_sources_is_an_input_error(folder, capsys):
    assert cli.run(["trace", "a.rules", "--sources", "none"]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../secret.md", "/etc/hostname", "x/../../secret.md"])
def test_nothing_outside_the_folder_is_read(folder, capsys, name):
    write("secret.md", SOURCE)
    write("a.rules", RULES.replace('"page.md"', f'"{name}"'))
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 2
    assert "Adults" not in "".join(capsys.readouterr())


@pytest.mark.skipif(os.name == "nt", reason="links are otherwise there")
def test_a_link_that_leads_out_is_not_followed(folder, capsys):
    write("secret.md", SOURCE)
    Path("sources/link.md").symlink_to(folder / "secret.md")
    write("a.rules", RULES.replace('"page.md"', '"link.md"'))
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 2
    assert "lies outside" in capsys.readouterr().err


def test_a_source_that_is_no_text_is_an_input_error(folder, capsys):
    Path("sources/page.md").write_bytes(b"\xff\xfe\x00")
    assert cli.run(["trace", "a.rules", "--sources", "sources"]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_csv_is_safe_for_spreadsheets(folder, capsys):
    assert cli.run(["trace", "a.rules", "--sources", "sources", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["item"] for row in rows] == ["1", "2", "2.1", "2.2", "1", "2"]
    assert rows[4]["text"] == "'=Afraid of water."


def test_html_escapes_and_fetches_nothing(folder, capsys):
    write("sources/page.md", SOURCE.replace("Adults.", "<script>alert(1)</script>"))
    assert cli.run(["trace", "a.rules", "--sources", "sources", "--format", "html"]) == 0
    out = capsys.readouterr().out
    assert "&lt;script&gt;" in out
    assert "<script" not in out
    assert "http://" not in out
    assert "https://" not in out


def test_one_bad_file_among_several_does_not_stop_the_rest(folder, capsys):
    write("b.rules", RULES.replace('"page.md"', '"other.md"'))
    assert cli.run(["trace", "b.rules", "a.rules", "--sources", "sources"]) == 2
    out, err = capsys.readouterr()
    assert "no findings" in out
    assert "other.md" in err


def test_the_source_is_looked_for_beside_the_rules(folder, capsys):
    write("page.md", SOURCE)
    assert cli.run(["trace", "a.rules"]) == 0
