"""What a hint is: a broken example, how to know its like, and what to say (see `_syntax_hints`)."""

from __future__ import annotations

from attrs import frozen


@frozen
class Hint:
    """One kind of mistake; `needs` is a terminal that could have stood there, `lacks` one that could not."""

    code: str
    example: str
    message: str
    help: str
    found: str = ""
    before: str = ""
    after: str = ""
    needs: str = ""
    lacks: str = ""


def hint(code: str, example: str, message: str, help_: str, *, needs: str = "", lacks: str = "", **patterns: str) -> Hint:
    """A hint with its patterns anchored: `found` must match wholly, `before` at its end, `after` at its beginning.

    They are compiled where a fault is explained: a file without faults would wait for a hundred patterns that it doesn't need.
    """
    found = patterns["found"] + r"\Z" if "found" in patterns else ""
    before = f"(?:{patterns['before']})" + r"[ \t]*\Z" if "before" in patterns else ""
    if "touching" in patterns:
        before = f"(?:{patterns['touching']})" + r"\Z"
    return Hint(code, example, message, help_, found, before, patterns.get("after", ""), needs, lacks)
