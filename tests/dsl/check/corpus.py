"""The rule files of tests/corpus/bad, and what is said about each; `TRIALRULES_RENEW=1` writes the expected texts anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trialrules.dsl.diagnostics import Diagnostic
    from trialrules.dsl.source import Source, Span

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


def bad_files() -> list[Path]:
    """Files that are broken on purpose; those in a folder below a feature's belong to another file."""
    return sorted((CORPUS / "bad").glob("*/*.rules"))


def said(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> str:
    """The diagnostics as plain text, the places by line and column."""
    lines = []
    for diagnostic in diagnostics:
        lines.append(f"{place(diagnostic.span, sources)} {diagnostic.severity} {diagnostic.code}: {diagnostic.message}")
        lines += [f"    {place(label.span, sources)} {label.caption}" for label in diagnostic.labels[1:]]
        if diagnostic.help:
            lines.append(f"    help: {diagnostic.help}")
    return "\n".join(lines) + "\n"


def place(span: Span, sources: Mapping[str, Source]) -> str:
    source = sources[span.file]
    start = source.position(span.start)
    text = source.text[span.start : span.end].partition("\n")[0]
    return f"{Path(span.file).name}:{start.line}:{start.column} `{text}`"
