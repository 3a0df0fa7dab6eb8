"""The linter: one sample for each fault that calendar files were seen with, and each is found where it is."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from trialrules.engine.calendar.lint import lint

LINES = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//a//b//EN",
    "BEGIN:VEVENT",
    "UID:one@example.org",
    "DTSTAMP:20260901T080000Z",
    "DTSTART:20261102T080000Z",
    "DTEND:20261102T090000Z",
    "SUMMARY:Visit",
    "END:VEVENT",
    "END:VCALENDAR",
]
GOOD = "".join(f"{line}\r\n" for line in LINES).encode()


def with_line(number: int, *lines: str) -> bytes:
    """GOOD with line `number` (from 1) replaced."""
    return "".join(f"{line}\r\n" for line in [*LINES[: number - 1], *lines, *LINES[number:]]).encode()


def in_zone(zone: str) -> list[str]:
    return [f"DTSTART;TZID={zone}:20261102T080000", f"DTEND;TZID={zone}:20261102T090000"]


FAULTS = {
    "lf only": (GOOD.replace(b"\r\n", b"\n"), {"line-end": 1, "missing-final-line-end": 11}),
    "one bare lf": (GOOD.replace(b"Visit\r\n", b"Visit\n"), {"line-end": 9}),
    "no final line end": (GOOD[:-2], {"missing-final-line-end": 11}),
    "long line": (with_line(9, "SUMMARY:" + "x" * 300), {"long-line": 9}),
    "no DTSTAMP": (with_line(6), {"missing-property": 4}),
    "no UID": (with_line(5), {"missing-property": 4}),
    "no DTSTART": (with_line(7), {"missing-property": 4}),
    "no PRODID": (with_line(3), {"missing-property": 1}),
    "no VERSION": (with_line(2), {"missing-property": 1}),
    "UID twice": (with_line(10, "END:VEVENT", *LINES[3:10]), {"duplicate-uid": 12}),
    "end before start": (with_line(8, "DTEND:20261102T070000Z"), {"end-before-start": 8}),
    "end is start": (with_line(8, "DTEND:20261102T080000Z"), {"end-before-start": 8}),
    "day and time": (with_line(8, "DTEND;VALUE=DATE:20261103"), {"date-mismatch": 8}),
    "EXDATE of another kind": (with_line(9, "EXDATE;VALUE=DATE:20261103"), {"date-mismatch": 9}),
    "UNTIL of another kind": (with_line(9, "RRULE:FREQ=DAILY;UNTIL=20261110"), {"date-mismatch": 9}),
    "DTEND and DURATION": (with_line(9, "DURATION:PT1H"), {"bad-count": 4}),
    "SUMMARY twice": (with_line(9, "SUMMARY:Visit", "SUMMARY:Again"), {"bad-count": 10}),
    "zone not told": (
        "".join(f"{line}\r\n" for line in [*LINES[:6], *in_zone("Europe/Berlin"), *LINES[8:]]).encode(),
        {"undeclared-timezone": 7},
    ),
    "zone unknown": ("".join(f"{line}\r\n" for line in [*LINES[:6], *in_zone("Site 3"), *LINES[8:]]).encode(), {"undeclared-timezone": 7}),
    "raw line end": (with_line(9, "SUMMARY:Visit", "bring a sample"), {"bad-line": 10}),
    "raw comma": (with_line(9, "SUMMARY:Visit, week 4"), {"unescaped": 9}),
    "raw semicolon": (with_line(9, "SUMMARY:Visit; labs"), {"unescaped": 9}),
    "stray backslash": (with_line(9, "SUMMARY:C:\\temp"), {"unescaped": 9}),
    "fold in a character": (GOOD.replace(b"Visit\r\n", b"Vis\xc3\r\n \xa4t\r\n"), {"split-character": 10}),
    "no UTF-8": (GOOD.replace(b"Visit", b"Vis\xe4t"), {"bad-line": 9}),
    "unknown FREQ": (with_line(9, "RRULE:FREQ=DAYLY;COUNT=3"), {"bad-value": 9}),
    "COUNT and UNTIL": (with_line(9, "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261110T080000Z"), {"bad-value": 9}),
    "no such day": (with_line(7, "DTSTART:20261332T080000Z"), {"bad-value": 7}),
    "no such time": (with_line(7, "DTSTART:20261102T256000Z"), {"bad-value": 7}),
    "floating time": (with_line(7, "DTSTART:20261102T080000"), {"bad-value": 7}),
    "stamp not in UTC": (with_line(6, "DTSTAMP:20260901T080000"), {"bad-value": 6}),
    "unknown status": (with_line(9, "STATUS:MOVED"), {"bad-value": 9}),
    "sequence no number": (with_line(9, "SEQUENCE:-1"), {"bad-value": 9}),
    "interval without its type": (with_line(3, "PRODID:x", "REFRESH-INTERVAL:PT1H"), {"bad-value": 4}),
    "no duration": (with_line(3, "PRODID:x", "X-PUBLISHED-TTL:1 hour"), {"bad-value": 4}),
    "open quote": (with_line(9, 'SUMMARY;X-A="open:Visit'), {"bad-line": 9}),
    "METHOD without ORGANIZER": (with_line(2, "VERSION:2.0", "METHOD:PUBLISH"), {"method-without-organizer": 5}),
    "no END": (with_line(10), {"bad-component": 10}),
    "BEGIN in the wrong place": (with_line(9, "BEGIN:VTIMEZONE", "TZID:x", "END:VTIMEZONE"), {"bad-component": 9}),
    "control character": (with_line(9, "SUMMARY:Vis\x07it"), {"control-character": 9}),
    "bom": (b"\xef\xbb\xbf" + GOOD, {"bom": 1}),
    "trailing junk": (GOOD + b"hello\r\n", {"trailing-junk": 12}),
    "trailing property": (GOOD + b"X-A:1\r\n", {"trailing-junk": 12}),
    "second calendar": (GOOD + GOOD, {"trailing-junk": 12}),
    "nothing": (b"", {"bad-component": 1, "missing-final-line-end": 1}),
}


def test_a_good_file_has_no_fault():
    assert lint(GOOD) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_in_its_line(name):
    content, expected = FAULTS[name]
    places: dict[str, int] = {}
    for finding in lint(content):
        places.setdefault(finding.code, finding.line)
    assert places == expected


@pytest.mark.parametrize("name", FAULTS)
def test_a_place_is_a_byte_of_its_line(name):
    content, _ = FAULTS[name]
    for finding in lint(content):
        assert content[: finding.offset].count(b"\n") == finding.line - 1


def test_the_place_of_a_control_character_is_its_own():
    (finding,) = lint(with_line(9, "SUMMARY:Vis\x07it"))
    assert str(finding) == f"line 9, byte {GOOD.index(b'Visit') + 3}: control-character: the byte 0x07"


def test_one_uid_may_stand_twice_for_two_instances():
    again = [*LINES[3:9], "RECURRENCE-ID:20261103T080000Z", "END:VEVENT"]
    assert lint(with_line(10, "END:VEVENT", *again)) == ()


def test_what_is_allowed():
    zone = [
        "BEGIN:VTIMEZONE",
        "TZID:Here",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    event = [
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTAMP:20260901T080000Z",
        *in_zone("Here"),
        "SUMMARY:a\\, b\\; c\\n\\\\ d: e",
        "X-ANY;P=1,2:a, b; c",
        "END:VEVENT",
    ]
    folded = "DESCRIPTION:" + "y" * 60 + "\r\n " + "z" * 70
    content = "".join(f"{line}\r\n" for line in [*LINES[:3], *zone, *event[:-1], folded, event[-1], "END:VCALENDAR"])
    assert lint(content.encode()) == ()


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=20)), max_size=15).map("\r\n".join))
def test_no_bytes_make_the_linter_fail(text):
    lint(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=80), st.integers(0, len(GOOD)))
def test_no_splice_makes_the_linter_fail(junk, at):
    lint(GOOD[:at] + junk + GOOD[at:])
