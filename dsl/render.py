"""Diagnostics as text: severity, code, place, the line with the spot underlined, captions, and the mend.

A character may be two columns wide (Chinese) or none (combining marks), so carets are placed by width, not by count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import category, combining, east_asian_width

from .diagnostics import sorted_diagnostics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .diagnostics import Diagnostic, Label
    from .source import Source

TAB_WIDTH: Final = 4
MAX_LINE: Final = 160
RESET: Final = "\x1b[0m"
COLOURS: Final = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "quiet": "\x1b[1;34m", "strong": "\x1b[1m"}


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, colour: bool = False) -> str:
    """All diagnostics by place, and a count at the end.

    Args:
        diagnostics: What was found.
        sources: The texts by the names that the spans use; a diagnostic about a text that is not there is shown without its line.
        colour: Whether to write terminal colours.

    Returns:
        The text, ending in a line feed; nothing where there is nothing to say.
    """
    ordered = sorted_diagnostics(diagnostics)
    if not ordered:
        return ""
    shown = [render_one(diagnostic, sources, colour=colour) for diagnostic in ordered]
    return "\n".join([*shown, _count(ordered) + "\n"])


def render_one(diagnostic: Diagnostic, sources: Mapping[str, Source], *, colour: bool = False) -> str:
    """One diagnostic, ending in a line feed."""
    head = _paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, colour=colour)
    lines = [f"{head}{_paint(': ' + printable(diagnostic.message), 'strong', colour=colour)}"]
    margin = max((len(str(_line_of(label, sources))) for label in diagnostic.labels), default=1)
    for index, label in enumerate(diagnostic.labels):
        severity = diagnostic.severity if index == 0 else "quiet"
        lines += _snippet(label, sources, margin, severity, colour=colour, first=index == 0)
    if diagnostic.help:
        lines.append(f"{' ' * margin} {_paint('= help:', 'quiet', colour=colour)} {printable(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def place(label: Label, sources: Mapping[str, Source]) -> str:
    """`file:line:column` of a label, or the file alone where its text is not at hand."""
    source = sources.get(label.span.file)
    if source is None:
        return label.span.file
    position = source.position(min(label.span.start, len(source.text)))
    return f"{label.span.file}:{position.line}:{position.column}"


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(_width_of(character) for character in text)


def printable(text: str) -> str:
    """A text without characters that a terminal would act on or could not write."""
    return "".join([_visible(character) for character in text])


def _visible(character: str) -> str:
    if character == "\t":
        return " " * TAB_WIDTH
    return (
        "\ufffd"
        if category(character) in ("Cc", "Cs") or "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"
        else character
    )


def _width_of(character: str) -> int:
    if combining(character) or category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def _line_of(label: Label, sources: Mapping[str, Source]) -> int:
    source = sources.get(label.span.file)
    return source.position(min(label.span.start, len(source.text))).line if source else 1


def _snippet(label: Label, sources: Mapping[str, Source], margin: int, severity: str, *, colour: bool, first: bool) -> list[str]:
    arrow = _paint("-->" if first else ":::", "quiet", colour=colour)
    lines = [f"{' ' * margin}{arrow} {printable(place(label, sources))}"]
    source = sources.get(label.span.file)
    if source is None:
        return lines
    start = min(label.span.start, len(source.text))
    position = source.position(start)
    text = source.line_text(position.line)
    before, marked = _cut(text, position.column - 1, max(label.span.end - start, 0))
    bar = _paint("|", "quiet", colour=colour)
    number = _paint(str(position.line).rjust(margin), "quiet", colour=colour)
    carets = ("^" if first else "-") * max(1, width(marked))
    caption = f" {printable(label.caption)}" if label.caption else ""
    shown = printable(text[:MAX_LINE]) + ("…" if len(text) > MAX_LINE else "")
    return [
        *lines,
        f"{' ' * margin} {bar}",
        f"{number} {bar} {shown}".rstrip(),
        f"{' ' * margin} {bar} {' ' * width(before)}{_paint(carets + caption, severity, colour=colour)}",
    ]


def _cut(text: str, column: int, length: int) -> tuple[str, str]:
    """What stands before a mark and under it, within the part of the line that is shown."""
    at = min(column, MAX_LINE)
    return printable(text[:at]), printable(text[at : min(column + length, MAX_LINE)])


def _paint(text: str, name: str, *, colour: bool) -> str:
    return f"{COLOURS[name]}{text}{RESET}" if colour else text


def _count(diagnostics: tuple[Diagnostic, ...]) -> str:
    errors = sum(d.severity == "error" for d in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((errors, "error"), (warnings, "warning")) if count]
    return ", ".join(parts)
