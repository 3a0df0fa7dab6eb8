"""Texts that the tests of the parser read: the samples of the language reference and every shipped rule file."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = re.findall(r"^```rules\n(.*?)^```", (ROOT / "docs" / "language.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
RULE_FILES = sorted((ROOT / "rules").rglob("*.rules"))
STUDY = (ROOT / "tests" / "corpus" / "good" / "schedule" / "spelling.rules").read_text(encoding="utf-8")
MORE = """\
inclusion I9 "The rest of the language"
  source inclusion 9
  felbamate, primidone with route not topical within 1 month before screening
  days from screening to 2026-03-02 > -3
  alt <= 1.5 x ULN
  -alt + LLN < 3 ^ 2
  first known of (alt, ast) differs from ast
  warn if alt is not recorded "no alt"
  at most 1 of, except topical
    alt is -1 to 3
    ast unchanged for 4 weeks before screening
    a_b stopped at least 2 days before the later of (screening, 3 days after screening)
"""


def all_texts() -> list[str]:
    return [*SAMPLES, MORE, STUDY, *(path.read_text(encoding="utf-8") for path in RULE_FILES)]
