"""Facts and definitions of a protocol's own file that nothing uses."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from . import model
from .diagnostics import Diagnostic, Label


def unused(protocol: model.Protocol, used: AbstractSet[str], root: str) -> list[Diagnostic]:
    """A warning for each; libraries may hold more than one protocol needs."""
    found = []
    for what, declared in (("fact", protocol.facts), ("definition", protocol.definitions)):
        for name, node in declared.items():
            if name not in used and node.span.file == root:
                message = f"the {what} `{name}` is declared and never used"
                found.append(Diagnostic("TR055", message, (Label(node.span),), "use it, or leave it out", "warning"))
    return found
