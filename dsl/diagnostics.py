"""Diagnostics are values: a code, one sentence, labelled spans, and help with the mend. Rendering lives in `render`.

A pass never stops at its first problem: it appends to a list and goes on; `sorted_diagnostics` orders them by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from .source import Span

_LONGEST_QUOTE = 160
_LONG_QUOTE = re.compile(f"`([^`]{{{_LONGEST_QUOTE}}})[^`]+`")


def _short(message: str) -> str:
    """Words quoted from a file are shown as far as anybody reads them: a file may be one word of a megabyte."""
    return _LONG_QUOTE.sub(r"`\1…`", message) if len(message) > _LONGEST_QUOTE else message


Severity = Literal["error", "warning"]


@frozen
class Label:
    """A span with a short caption ("first declared here"); the first label of a diagnostic is the main one."""

    span: Span
    caption: str = ""


@frozen
class Diagnostic:
    """One problem of a rule file.

    `code` is stable (`TR012`) and has a page in `docs/errors/`; `message` is one lower-case sentence with user text in backticks;
    `help` says how to mend it; `labels` point into sources, the main place first.
    """

    code: str
    message: str = field(converter=_short)
    labels: tuple[Label, ...]
    help: str = ""
    severity: Severity = "error"

    @property
    def span(self) -> Span:
        """The main place."""
        return self.labels[0].span


def sorted_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, place and code; exact repeats are dropped."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.span.file, d.span.start, d.span.end, d.code)))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any diagnostic is an error (warnings leave a protocol usable)."""
    return any(d.severity == "error" for d in diagnostics)
