"""Faults of an iCalendar file that no common reader reports, found in the bytes (RFC 5545, 5546, 7986).

Readers take nearly everything: lines that end in a bare line feed, lines that are too long, two events of one UID, a comma that was not
escaped. So the program looks at its own feeds, byte by byte, with code that shares nothing with what wrote them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, Literal

from attrs import evolve, frozen

from .lint_values import value_fault

Code = Literal[
    "bad-component",  # BEGIN and END do not match, or one is missing
    "bad-count",  # a property that may stand once stands twice, or two that exclude each other
    "bad-line",  # no name, colon and value, or no UTF-8
    "bad-value",  # not of the property's type
    "bom",
    "control-character",
    "date-mismatch",  # DTEND, EXDATE, RDATE or UNTIL is of another type than DTSTART
    "duplicate-uid",
    "end-before-start",
    "line-end",  # not CR LF
    "long-line",
    "method-without-organizer",
    "missing-final-line-end",
    "missing-property",
    "split-character",  # a fold inside a character of UTF-8
    "trailing-junk",
    "unescaped",  # a comma or semicolon of a TEXT value
    "undeclared-timezone",
]
LONGEST_LINE: Final = 75


@frozen
class Finding:
    """One fault: where its line begins (line from 1, byte offset from 0), and what is wrong."""

    code: Code
    line: int
    offset: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, byte {self.offset}: {self.code}: {self.message}"


@frozen
class ContentLine:
    """An unfolded line; `line` and `offset` are those of its first physical line. Names are in capitals."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    value: str
    line: int
    offset: int

    def parameter(self, name: str) -> str | None:
        """A parameter's value without quotes; None if there is none of that name."""
        return next((value for key, value in self.parameters if key == name), None)


@frozen
class Component:
    """A component with its own lines, and the components inside it."""

    name: str
    line: int
    offset: int
    lines: list[ContentLine]
    parts: list[Component]

    def first(self, name: str) -> ContentLine | None:
        """The first property of a name."""
        return next((line for line in self.lines if line.name == name), None)


_PHYSICAL: Final = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_PARTS: Final = {
    "VCALENDAR": {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"},
    "VTIMEZONE": {"STANDARD", "DAYLIGHT"},
    "VEVENT": {"VALARM"},
    "VTODO": {"VALARM"},
}


def lint(content: bytes) -> tuple[Finding, ...]:
    """Every fault of one iCalendar stream, in order of place; empty for a file that keeps the standards."""
    found: list[Finding] = []
    logical = _unfold(content, found)
    lines: list[ContentLine] = []
    for number, offset, raw in logical:
        line = _content_line(raw)
        if isinstance(line, str):
            over = bool(lines) and (lines[-1].name, lines[-1].value.upper()) == ("END", "VCALENDAR")
            found.append(Finding("trailing-junk" if over else "bad-line", number, offset, line))
        else:
            lines.append(evolve(line, line=number, offset=offset))
    roots = _components(lines, found)
    for root in roots:
        _calendar(root, found)
    return tuple(sorted(set(found), key=lambda finding: (finding.offset, finding.line, finding.code, finding.message)))


def _unfold(content: bytes, found: list[Finding]) -> list[tuple[int, int, bytes]]:
    """The logical lines with the place at which each begins; faults of the bytes are noted."""
    shift = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    if shift:
        found.append(Finding("bom", 1, 0, "a byte order mark before the first line"))
        content = content[shift:]
    if not content.endswith(b"\r\n"):
        lines = content.count(b"\n") + (0 if content.endswith(b"\n") else 1)
        found.append(
            Finding("missing-final-line-end", max(lines, 1), shift + max(len(content) - 1, 0), "the last line does not end in CR LF")
        )
    logical: list[tuple[int, int, bytes]] = []
    for number, match in enumerate(_PHYSICAL.finditer(content), 1):
        raw, offset = match[0], match.start() + shift
        if not raw.endswith(b"\r\n") and raw.endswith(b"\n"):
            found.append(Finding("line-end", number, offset, "the line ends in LF without CR"))
        body = raw.removesuffix(b"\n").removesuffix(b"\r")
        if len(body) > LONGEST_LINE:
            found.append(Finding("long-line", number, offset, f"{len(body)} octets; {LONGEST_LINE} are allowed"))
        controls = _CONTROL.finditer(body)
        found += [Finding("control-character", number, offset + at.start(), f"the byte {at[0][0]:#04x}") for at in controls]
        if body[:1] in (b" ", b"\t") and logical:
            if len(body) > 1 and body[1] & 0xC0 == 0x80:
                found.append(Finding("split-character", number, offset, "the line was folded inside a character"))
            first, start, before = logical[-1]
            logical[-1] = (first, start, before + body[1:])
        else:
            logical.append((number, offset, body))
    return logical


def _content_line(raw: bytes) -> ContentLine | str:
    """A logical line taken apart, its place still open; or what is wrong with it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8 from its byte {error.start} on"
    name = _NAME.match(text)
    at = name.end() if name is not None else 0
    parameters = []
    while (match := _PARAMETER.match(text, at)) is not None:
        parameters.append((match[1].upper(), match[2].strip('"')))
        at = match.end()
    if name is None or text[at : at + 1] != ":":
        return f"not NAME:value: {text[:40]!r}"
    return ContentLine(name[0].upper(), tuple(parameters), text[at + 1 :], 0, 0)


def _components(lines: list[ContentLine], found: list[Finding]) -> list[Component]:
    """The calendars of the stream; what stands outside of them is junk."""
    roots: list[Component] = []
    open_parts: list[Component] = []
    for line in lines:
        if line.name == "BEGIN":
            part = Component(line.value.upper(), line.line, line.offset, [], [])
            if open_parts:
                allowed = _PARTS.get(open_parts[-1].name, set())
                if part.name not in allowed and not part.name.startswith("X-"):
                    found.append(Finding("bad-component", line.line, line.offset, f"{part.name} inside {open_parts[-1].name}"))
                open_parts[-1].parts.append(part)
            else:
                if part.name != "VCALENDAR" or roots:
                    found.append(Finding("trailing-junk" if roots else "bad-component", line.line, line.offset, f"{part.name} by itself"))
                roots.append(part)
            open_parts.append(part)
        elif line.name == "END":
            if not open_parts or open_parts[-1].name != line.value.upper():
                found.append(Finding("bad-component", line.line, line.offset, f"END:{line.value[:40]} without its BEGIN"))
            if any(part.name == line.value.upper() for part in open_parts):
                while open_parts.pop().name != line.value.upper():
                    pass
        elif open_parts:
            open_parts[-1].lines.append(line)
        else:
            found.append(Finding("trailing-junk", line.line, line.offset, f"{line.name[:40]} outside of a calendar"))
    found += [Finding("bad-component", part.line, part.offset, f"{part.name} has no END") for part in open_parts]
    if not roots:
        found.append(Finding("bad-component", 1, 0, "no VCALENDAR"))
    return roots


_REQUIRED: Final = {
    "VCALENDAR": ("VERSION", "PRODID"),
    "VEVENT": ("UID", "DTSTAMP", "DTSTART"),
    "VTIMEZONE": ("TZID",),
    "STANDARD": ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"),
    "DAYLIGHT": ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"),
}
_ONCE: Final = frozenset(
    {
        "CALSCALE", "CLASS", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "GEO", "LAST-MODIFIED", "LOCATION",
        "METHOD", "ORGANIZER", "PRIORITY", "PRODID", "RECURRENCE-ID", "REFRESH-INTERVAL", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "TZID",
        "TZOFFSETFROM", "TZOFFSETTO", "UID", "URL", "VERSION", "RRULE", "X-MICROSOFT-CDO-BUSYSTATUS", "X-PUBLISHED-TTL", "X-WR-CALNAME",
    }
)  # fmt: skip
_MANY_IN_CALENDAR: Final = frozenset({"DESCRIPTION"})


def _calendar(root: Component, found: list[Finding]) -> None:
    zones = {line.value for part in root.parts if part.name == "VTIMEZONE" and (line := part.first("TZID")) is not None}
    used: dict[tuple[str, str], Component] = {}
    method = root.first("METHOD")
    for part in _walk(root):
        _properties(part, found)
        if part.name != "VEVENT":
            continue
        _event(part, zones, found)
        if method is not None and part.first("ORGANIZER") is None:
            found.append(Finding("method-without-organizer", part.line, part.offset, f"METHOD:{method.value[:40]} wants an ORGANIZER"))
        uid, instance = part.first("UID"), part.first("RECURRENCE-ID")
        if uid is None:
            continue
        identity = (uid.value, instance.value if instance is not None else "")
        if identity in used:
            found.append(Finding("duplicate-uid", uid.line, uid.offset, f"the event of line {used[identity].line} has this UID"))
        used.setdefault(identity, part)


def _walk(root: Component) -> list[Component]:
    parts, todo = [], [root]
    while todo:
        part = todo.pop()
        parts.append(part)
        todo += reversed(part.parts)
    return parts


def _properties(part: Component, found: list[Finding]) -> None:
    """What must stand, what may stand once, and whether each value is of its type."""
    counts = Counter(line.name for line in part.lines)
    missing = [name for name in _REQUIRED.get(part.name, ()) if not counts[name]]
    found += [Finding("missing-property", part.line, part.offset, f"{part.name} has no {name}") for name in missing]
    seen: set[str] = set()
    for line in part.lines:
        if line.name in seen and line.name in _ONCE and not (part.name == "VCALENDAR" and line.name in _MANY_IN_CALENDAR):
            found.append(Finding("bad-count", line.line, line.offset, f"{line.name} stands twice"))
        seen.add(line.name)
        fault = value_fault(line.name, dict(line.parameters), line.value, part.name)
        if fault is not None:
            code: Code = "unescaped" if fault.unescaped else "bad-value"
            found.append(Finding(code, line.line, line.offset, f"{line.name}: {fault.message}"))
    if counts["DTEND"] and counts["DURATION"]:
        found.append(Finding("bad-count", part.line, part.offset, "DTEND and DURATION exclude each other"))


def _event(event: Component, zones: set[str], found: list[Finding]) -> None:
    """Whether the times of an event belong together, and whether their zones are told."""
    start, end = event.first("DTSTART"), event.first("DTEND")
    for line in event.lines:
        zone = line.parameter("TZID")
        if zone is not None and zone not in zones and not zone.startswith("/"):
            found.append(Finding("undeclared-timezone", line.line, line.offset, f"no VTIMEZONE for {zone[:60]}"))
        if start is not None and line.name in ("DTEND", "EXDATE", "RDATE", "RECURRENCE-ID") and _is_date(line) != _is_date(start):
            found.append(Finding("date-mismatch", line.line, line.offset, f"{line.name} and DTSTART are not both days or both times"))
        until = re.search(r"(?:^|;)UNTIL=([0-9TZ]+)", line.value.upper()) if line.name == "RRULE" else None
        if start is not None and until is not None and ("T" in until[1]) == _is_date(start):
            found.append(Finding("date-mismatch", line.line, line.offset, "UNTIL and DTSTART are not both days or both times"))
    if start is not None and end is not None and _comparable(start, end) and end.value <= start.value:
        found.append(Finding("end-before-start", end.line, end.offset, "DTEND is not after DTSTART"))


def _is_date(line: ContentLine) -> bool:
    return line.parameter("VALUE") == "DATE"


def _comparable(start: ContentLine, end: ContentLine) -> bool:
    """Whether the texts of two times compare as the times do: both good, both days or both in one zone or in UTC."""
    if any(value_fault(line.name, dict(line.parameters), line.value, "VEVENT") is not None for line in (start, end)):
        return False
    alike = _is_date(start) == _is_date(end) and start.value.endswith("Z") == end.value.endswith("Z")
    return alike and start.parameter("TZID") == end.parameter("TZID")
