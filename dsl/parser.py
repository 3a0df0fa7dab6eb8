"""Text to syntax tree. Never raises: what can't be read becomes diagnostics, and reading goes on behind it.

The automaton is Lark's (see `build_table`); it is run here so that nodes are built without a tree in between and a broken line can be
left out: each line remembers the stacks before it, and parsing resumes from there with the next line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ._automaton import Automaton
from ._build_blocks import Builder
from ._read_block import BlockReader
from .ast import File, TopLevel
from .diagnostics import Diagnostic, sorted_diagnostics
from .source import Source

TABLE: Final = Path(__file__).with_name("grammar.lalr")
BLOCK_START: Final = re.compile(r"^[^\W\d_]", re.MULTILINE)


@frozen
class ParseResult:
    """What was read, and all problems. `lost` are names said in lines that could not be read: they may be taken as declared."""

    file: File
    diagnostics: tuple[Diagnostic, ...]
    lost: frozenset[str] = frozenset()


@cache
def automaton() -> Automaton:
    """The parser's table, read once."""
    _, table = TABLE.read_text(encoding="utf-8").split("\n", 1)
    return Automaton(json.loads(table))


def parse(source: Source) -> ParseResult:
    """Parse a rule file: every block, and every problem of its spelling.

    Args:
        source: The text, of any content.

    Returns:
        The blocks that could be read, and the diagnostics by place.
    """
    text = source.text
    reader = BlockReader(automaton(), Builder(source.name), source)
    blocks: list[TopLevel] = []
    for start, end in split_blocks(text):
        node: Any = reader.read(start, end)
        if node is not None:
            blocks.append(node)
    return ParseResult(File(source.name, tuple(blocks)), sorted_diagnostics(reader.diagnostics), frozenset(reader.lost))


def split_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each top-level block begins and ends: at a letter in the first column."""
    start = 0
    for match in BLOCK_START.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.start()
    if start < len(text):
        yield start, len(text)
