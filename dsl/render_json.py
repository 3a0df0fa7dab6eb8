"""Diagnostics for programs: our own JSON, and SARIF 2.1.0 for code-scanning tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .diagnostics import sorted_diagnostics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .diagnostics import Diagnostic, Label
    from .source import Source, Span

SCHEMA: Final = "trialrules/diagnostics/1"
SARIF_VERSION: Final = "2.1.0"
SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def render_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> dict[str, Any]:
    """The diagnostics as plain data, by place.

    Args:
        diagnostics: What was found.
        sources: The texts by name; without its text a place has offsets only.

    Returns:
        An object with `schema` and `diagnostics`; each has code, severity, message, help and labels with places (lines and columns from 1,
        offsets in characters from 0).
    """
    found = [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "help": diagnostic.help,
            "labels": [_label(label, sources) for label in diagnostic.labels],
        }
        for diagnostic in sorted_diagnostics(diagnostics)
    ]
    return {"schema": SCHEMA, "diagnostics": found}


def render_sarif(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], version: str = "") -> dict[str, Any]:
    """The diagnostics as a SARIF log with one run.

    Args:
        diagnostics: What was found.
        sources: The texts by name.
        version: The version of trialrules to name as the tool's.

    Returns:
        The log as plain data.
    """
    ordered = sorted_diagnostics(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in ordered})
    driver: dict[str, Any] = {"name": "trialrules", "rules": [{"id": code} for code in codes]}
    if version:
        driver["version"] = version
    results = [_result(diagnostic, sources, codes.index(diagnostic.code)) for diagnostic in ordered]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": SARIF_VERSION, "runs": [run]}


def _label(label: Label, sources: Mapping[str, Source]) -> dict[str, Any]:
    span = label.span
    data: dict[str, Any] = {"file": span.file, "start": span.start, "end": span.end}
    region = _region(span, sources)
    if region:
        data |= {
            "line": region["startLine"],
            "column": region["startColumn"],
            "end_line": region["endLine"],
            "end_column": region["endColumn"],
        }
    if label.caption:
        data["caption"] = label.caption
    return data


def _region(span: Span, sources: Mapping[str, Source]) -> dict[str, int]:
    source = sources.get(span.file)
    if source is None:
        return {}
    size = len(source.text)
    start, end = source.position(min(span.start, size)), source.position(min(span.end, size))
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _location(label: Label, sources: Mapping[str, Source]) -> dict[str, Any]:
    # SARIF wants URIs: backslashes of Windows become slashes, blanks and Chinese are escaped.
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(label.span.file.replace("\\", "/"), safe="/:", errors="replace")}}
    region = _region(label.span, sources)
    if region:
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if label.caption:
        location["message"] = {"text": label.caption}
    return location


def _result(diagnostic: Diagnostic, sources: Mapping[str, Source], index: int) -> dict[str, Any]:
    text = f"{diagnostic.message}; {diagnostic.help}" if diagnostic.help else diagnostic.message
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [_location(diagnostic.labels[0], sources)],
    }
    further = [{"id": number, **_location(label, sources)} for number, label in enumerate(diagnostic.labels[1:], 1)]
    if further:
        result["relatedLocations"] = further
    return result
