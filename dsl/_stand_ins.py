"""What is read instead of a line that opens a block and can't be read itself, so that the lines below it are still looked at."""

from __future__ import annotations

import re
from typing import Final

STAND_INS: Final = {
    "protocol": "protocol x version 1 language 1",
    "library": "library x version 1 language 1",
    "moments": "moments",
    "facts": "facts",
    "define": "define x =",
    "inclusion": 'inclusion X ""',
    "exclusion": 'exclusion X ""',
    "scenario": 'scenario ""',
    "part": "part x",
    "arm": "arm x open",
    "schedule": "schedule from x",
    "escalation": 'escalation ""',
    "outcome": "outcome x",
    "when": "when always",
    "cases": "cases",
    "visit": "visit x day 0",
    "dose": "dose x",
}
GROUP_LINE: Final = re.compile(r"\b(?:any|all|none|[0-9]+)\s+of\b[^(\n]*$")
FIRST_WORD: Final = re.compile(r"[A-Za-z]\w*")


def stand_in_for(line: str, *, first: bool) -> str | None:
    """A line that can be read and opens the same kind of block; None where this line opens none.

    Args:
        line: The line that can't be read, without its indentation.
        first: Whether it is the first of a top-level block.
    """
    word = FIRST_WORD.match(line)
    stand_in = STAND_INS.get(word.group()) if word else None
    if stand_in is None and not first and GROUP_LINE.search(line.split("#", maxsplit=1)[0]):
        return "all of"
    return stand_in
