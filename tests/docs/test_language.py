"""What docs/language.md claims beside its samples: the table of phrases, the words of the language, its functions."""

from __future__ import annotations

import re

from trialrules.dsl.check_expressions import FUNCTIONS
from trialrules.dsl.facade import load_text
from trialrules.dsl.resolve import BUILT_IN, KEYWORDS

from .samples import ROOT, blocks_of

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
PHRASES = PAGE.partition("## How do I say")[2].partition("\n## ")[0]
ROW = re.compile(r"^\| (?P<said>[^|`]+) \| `(?P<rule>[^`|]+)` \|$", re.MULTILINE)
TABLE_LINE = re.compile(r"^\| .*\|$", re.MULTILINE)


def test_every_phrase_checks():
    rows = [row["rule"] for row in ROW.finditer(PHRASES)]
    assert len(rows) >= 25
    assert len(rows) == len(TABLE_LINE.findall(PHRASES)) - 1  # the head
    (facts,) = [block.body for block in blocks_of(PHRASES) if block.notes.get("file") == "phrases.rules"]
    samples = [block.body for block in blocks_of(PHRASES) if block.kind == "rules" and not block.notes]
    criteria = [f'exclusion P{number} "phrase"\n  {rule}\n' for number, rule in enumerate(rows)]
    result = load_text("\n".join([facts, *criteria, *samples]), "phrases.rules")
    assert [f"{each.code} {each.message}" for each in result.diagnostics] == []
    assert result.protocol is not None


def test_the_list_of_keywords_is_the_programs():
    (line,) = re.findall(r"^<!-- words -->\n> (.*)$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`([a-z]+)`", line)) == KEYWORDS | BUILT_IN


def test_every_function_is_named():
    assert [name for name in sorted(FUNCTIONS) if not re.search(rf"[`\s(+]{name}[`\s(]", PAGE)] == []
