"""Text to syntax tree. Never raises: what can't be read becomes diagnostics, and reading goes on behind it.

The automaton is Lark's (see `build_table`); it is run here so that nodes are built without a tree in between and a broken line can be
left out: each line remembers the stacks before it, and parsing resumes from there with the next line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, Final

from attrs import frozen

from ..limits import MAX_DIAGNOSTICS
from ._automaton import GRAMMAR, TABLE, Automaton, fingerprint
from ._build_blocks import Builder
from ._read_block import BlockReader
from .ast import File, TopLevel
from .diagnostics import Diagnostic, sorted_diagnostics
from .files import clean
from .source import Source

REBUILT: dict[str, Any] | None = None
INDENTATION: Final = frozenset({"TR011", "TR012", "TR013"})
BLOCK_START: Final = re.compile(r"^[^\W\d_]", re.MULTILINE)
STUDY: Final = re.compile(r"^[ \t]*(?:part|arm|schedule|escalation|outcome)\b", re.MULTILINE)


@frozen
class ParseResult:
    """What was read, and all problems. `lost` are names said in lines that could not be read: they may be taken as declared."""

    file: File
    diagnostics: tuple[Diagnostic, ...]
    lost: frozenset[str] = frozenset()


@cache
def automaton() -> Automaton:
    """The parser's table, read once; made anew where the saved one belongs to another grammar."""
    if REBUILT is not None:
        return Automaton(REBUILT)
    _, table = TABLE.read_text(encoding="utf-8").split("\n", 1)
    return Automaton(json.loads(table))


def table_state() -> str:
    """Whether the saved table belongs to the grammar beside it: "fresh", "stale" or "missing"."""
    try:
        with TABLE.open(encoding="utf-8") as file:
            saved = file.readline().strip()
    except OSError:
        return "missing"
    return "fresh" if saved == fingerprint(GRAMMAR.read_text(encoding="utf-8")) else "stale"


def parse(source: Source) -> ParseResult:
    """Parse a rule file: every block, and every problem of its spelling.

    Args:
        source: The text, of any content.

    Returns:
        The blocks that could be read, and the diagnostics by place.
    """
    cleaned = clean(source)
    text = cleaned.text
    reader = BlockReader(automaton(), new_builder(source.name, text), source if text is source.text else Source(source.name, text))
    blocks: list[TopLevel] = []
    for start, end in split_blocks(text):
        node: Any = reader.read(start, end)
        if node is not None:
            blocks.append(node)
        if len(reader.diagnostics) >= MAX_DIAGNOSTICS:
            break
    # Tabs count as one column each, so complaints about the columns would only repeat what is said of the tabs.
    found = [d for d in reader.diagnostics if not (cleaned.has_tabs and d.code in INDENTATION)]
    problems = sorted_diagnostics((*cleaned.diagnostics, *found))
    return ParseResult(File(source.name, tuple(blocks)), problems, frozenset(reader.lost))


def new_builder(name: str, text: str) -> Builder:
    """What builds the nodes of a file; the nodes of schedules are imported only for a file that has such blocks."""
    if STUDY.search(text) is None:
        return Builder(name)
    builder: Builder = import_module("._build_schedule", __package__).StudyBuilder(name)
    return builder


def split_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each top-level block begins and ends: at a letter in the first column."""
    start = 0
    for match in BLOCK_START.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.start()
    if start < len(text):
        yield start, len(text)


if table_state() != "fresh":
    # The only need for Lark at run time; imported here, at the top level, because imports never hide in functions.
    from .build_table import make_table

    REBUILT = make_table(GRAMMAR.read_text(encoding="utf-8"))
