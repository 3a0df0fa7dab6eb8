"""The header: version of the language, titles, rounding, and what the protocol counts from."""

from __future__ import annotations

from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from attrs import define, field

from . import ast, model
from .resolve import Context, near
from .source import NOWHERE, Span

LANGUAGES: Final = ("1",)
_SEVERAL: Final = frozenset({"use", "source"})


@define
class Head:
    """What the header says."""

    name: str = ""
    version: str = ""
    language: int = 1
    kind: Literal["protocol", "library"] = "protocol"
    title: str = ""
    titles: dict[str, str] = field(factory=dict)
    notes: list[str] = field(factory=list)
    registry: str | None = None
    sources: list[model.SourceRegion] = field(factory=list)
    timezone: str = "UTC"
    months: Literal["down", "up"] | None = None
    day_numbering: int = 0
    until: ast.Word | None = None
    baseline: ast.Word | None = None
    span: Span = NOWHERE


def check_header(ctx: Context, node: ast.Header) -> Head:
    """Read the header of the root file."""
    head = Head(node.name.text, node.version, kind="library" if node.kind == "library" else "protocol", span=node.span)
    head.title = node.name.text.replace("_", " ")
    check_language(ctx, node)
    seen: dict[str, Span] = {}
    for line in node.lines:
        key = line.kind if isinstance(line, ast.HeaderLine) else f"{line.kind} {line.lang or ''}".strip()
        if key not in _SEVERAL and key != "note":
            first = seen.setdefault(key, line.span)
            if first is not line.span:
                ctx.twice(line.span, f"`{key}`", first, "keep one of them")
        if isinstance(line, ast.Text):
            _text(head, line)
        else:
            _line(ctx, head, line)
    return head


def check_language(ctx: Context, node: ast.Header) -> None:
    """Refuse a version of the language that this program does not know."""
    if node.language not in LANGUAGES:
        message = f"the file is written in language {node.language[:12]}, which this program does not know"
        ctx.report("TR058", node.span, message, f"it knows language {', '.join(LANGUAGES)}; a newer program may know more")


def _text(head: Head, line: ast.Text) -> None:
    if line.kind == "title" and line.lang is None:
        head.title = line.text
    elif line.kind == "title" and line.lang is not None:
        head.titles[line.lang] = line.text
    else:
        head.notes.append(line.text)


def _line(ctx: Context, head: Head, line: ast.HeaderLine) -> None:
    first = line.values[0] if line.values else None
    text = first.text if first is not None else ""
    match line.kind:
        case "registry":
            head.registry = text
        case "source":
            region = [*line.values, None, None, None][:4]
            file, start, end, only = (word.text if word is not None else None for word in region)
            if leaves(file or ""):
                ctx.report(
                    "TR065", line.span, f"`{file}` leaves the folder of the file that says it", "say a file below the folder, without `..`"
                )
            head.sources.append(model.SourceRegion(file or "", start, end, only, span=line.span))
        case "timezone":
            head.timezone = text
            if not _is_zone(text):
                help_ = near(text, available_timezones()) or "say a zone of the IANA list, such as `Asia/Shanghai`"
                ctx.report("TR070", line.span, f"there is no time zone `{text}`", help_)
        case "months":
            head.months = "up" if text == "up" else "down"
            if text not in {"up", "down"}:
                ctx.report("TR070", line.span, f"months are not rounded `{text}`", "say `months round down` or `months round up`")
        case "numbering":
            head.day_numbering = 1 if text == "1" else 0
            if text not in {"0", "1"}:
                ctx.report(
                    "TR070", line.span, f"days are not numbered from {text[:12]}", "say `day numbering from 0` or `day numbering from 1`"
                )
        case "until":
            head.until = first
        case "baseline":
            head.baseline = first
        case _:
            pass


def leaves(path: str) -> bool:
    """Whether a path as written could lead out of the folder."""
    return path.startswith(("/", "~")) or "\\" in path or ":" in path or ".." in path.split("/") or "\0" in path


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A machine without the list cannot tell; then the name stands.
        return not available_timezones()
    return True
