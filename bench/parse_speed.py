"""Our parser against Lark's own on the same text: `python bench/parse_speed.py [FILE ...]`.

Lark reads with the same grammar, contextual lexer and indenter into its generic trees; ours builds the syntax tree with its places. Runs
are interleaved and medians compared, so that a busy machine slows both alike.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lark import Lark
from lark.indenter import Indenter
from trialrules.dsl.build_table import GRAMMAR
from trialrules.dsl.parser import parse, split_blocks
from trialrules.dsl.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
RULES = Path(__file__).resolve().parent.parent / "rules"


class Layout(Indenter):
    """Indentation as Lark itself does it."""

    NL_type = "NL"
    OPEN_PAREN_types = ["LPAR"]  # noqa: RUF012 - Lark's interface
    CLOSE_PAREN_types = ["RPAR"]  # noqa: RUF012 - Lark's interface
    INDENT_type = "INDENT"
    DEDENT_type = "DEDENT"
    tab_len = 8


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(text: str) -> tuple[float, float]:
    """The medians of Lark's and of our time."""
    options = {"keep_all_tokens": True, "maybe_placeholders": False}
    lark = Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", postlex=Layout(), **options)
    blocks = [text[start:end] for start, end in split_blocks(text) if text[start].isalpha()]
    source = Source("speed.rules", text)
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(seconds(lambda: [lark.parse(block) for block in blocks]))
        ours.append(seconds(lambda: parse(source)))
    return statistics.median(theirs), statistics.median(ours)


def main(names: list[str]) -> None:
    """Compare on the files named, or on the shipped ones."""
    paths = [Path(name) for name in names] or sorted(RULES.glob("*.rules"))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        theirs, ours = compare(text)
        print(f"{path.name:40} {len(text):8} characters  lark {theirs * 1e3:8.2f} ms  ours {ours * 1e3:8.2f} ms  ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
