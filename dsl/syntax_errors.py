"""Words for what can't be read."""

from __future__ import annotations

from attrs import frozen

from .diagnostics import Diagnostic, Label
from .source import Source, Span


@frozen
class Failure:
    """A place where reading stopped: the line's start, the place, what stands there, and what could have stood there."""

    source: Source
    line: int
    at: int
    found: str
    expected: frozenset[str]
    parens: int = 0


def explain(failure: Failure) -> Diagnostic:
    """The diagnostic of a failure."""
    span = Span(failure.source.name, failure.at, failure.at + max(1, len(failure.found)))
    return Diagnostic("TR001", f"`{failure.found}` can't stand here", (Label(span),), " ".join(sorted(failure.expected)))
