"""Whether the value of an iCalendar property is of its type (RFC 5545 section 3.3); for the linter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Final

from attrs import frozen


@frozen
class ValueFault:
    """What is wrong with a value; `unescaped`: a character of a TEXT that should have a backslash before it."""

    message: str
    unescaped: bool = False


_ESCAPES: Final = re.compile(r"\\[\\;,nN]")
_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME: Final = re.compile(r"([0-9]{8})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)")
_DURATION: Final = re.compile(r"[+-]?P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)")
_OFFSET: Final = re.compile(r"[+-](?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?")
_RULE_PARTS: Final = {
    "FREQ": r"SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY",
    "UNTIL": r"[0-9]{8}(?:T[0-9]{6}Z?)?",
    "COUNT": r"[1-9][0-9]*",
    "INTERVAL": r"[1-9][0-9]*",
    "BYDAY": r"(?:[+-]?[0-9]{1,2})?(?:SU|MO|TU|WE|TH|FR|SA)(?:,(?:[+-]?[0-9]{1,2})?(?:SU|MO|TU|WE|TH|FR|SA))*",
    "WKST": r"SU|MO|TU|WE|TH|FR|SA",
    **dict.fromkeys(
        ("BYSECOND", "BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"), r"[+-]?[0-9]+(?:,[+-]?[0-9]+)*"
    ),
}
_WORDS: Final = {
    "STATUS": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
    "VERSION": {"2.0"},
    "CALSCALE": {"GREGORIAN"},
    "X-MICROSOFT-CDO-BUSYSTATUS": {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"},
}
_TEXTS: Final = frozenset(
    {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "NAME", "X-WR-CALNAME", "PRODID", "UID", "TZID", "TZNAME"}
)
_TIMES: Final = frozenset({"DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"})
_UTC_TIMES: Final = frozenset({"DTSTAMP", "CREATED", "LAST-MODIFIED"})


def value_fault(name: str, parameters: Mapping[str, str], value: str, component: str) -> ValueFault | None:
    """The fault of one property of a component (names in capitals); None for a good value, or a property that the linter does not know."""
    if name in _TEXTS:
        return text_fault(value)
    if name in _TIMES:
        return _first(value.split(","), lambda item: _time_fault(item, parameters, component))
    if name in _UTC_TIMES:
        return _utc_fault(value)
    if name == "RRULE":
        return _rule_fault(value)
    if name == "SEQUENCE":
        return None if value.isascii() and value.isdecimal() and int(value) < 2**31 else ValueFault("not a count")
    if name in ("TZOFFSETFROM", "TZOFFSETTO"):
        return None if _OFFSET.fullmatch(value) and value not in ("-0000", "-000000") else ValueFault("not an offset from UTC")
    if name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL", "DURATION"):
        if name == "REFRESH-INTERVAL" and parameters.get("VALUE") != "DURATION":
            return ValueFault("needs VALUE=DURATION")
        return None if _DURATION.fullmatch(value) else ValueFault("not a duration")
    if name in _WORDS and not (name == "STATUS" and component != "VEVENT"):
        return None if value in _WORDS[name] else ValueFault(f"not one of {', '.join(sorted(_WORDS[name]))}")
    return None


def _first(items: list[str], fault: Callable[[str], ValueFault | None]) -> ValueFault | None:
    return next((found for item in items if (found := fault(item)) is not None), None)


def text_fault(value: str) -> ValueFault | None:
    """A comma or semicolon without a backslash, or a backslash before anything else."""
    rest = _ESCAPES.sub("", value)
    if "," in rest or ";" in rest:
        return ValueFault("a comma or semicolon without a backslash", unescaped=True)
    return ValueFault("a backslash that escapes nothing", unescaped=True) if "\\" in rest else None


def _time_fault(value: str, parameters: Mapping[str, str], component: str) -> ValueFault | None:
    if parameters.get("VALUE") == "DATE":
        return ValueFault("a day has no TZID") if "TZID" in parameters else _date_fault(value)
    match = _TIME.fullmatch(value)
    if match is None:
        return ValueFault("not a time; a day needs VALUE=DATE")
    if match[5] and "TZID" in parameters:
        return ValueFault("a time in UTC has no TZID")
    if not match[5] and "TZID" not in parameters and component == "VEVENT":
        return ValueFault("a time without a zone")
    return _date_fault(match[1]) or _clock_fault(match)


def _utc_fault(value: str) -> ValueFault | None:
    match = _TIME.fullmatch(value)
    if match is None or not match[5]:
        return ValueFault("not a time in UTC")
    return _date_fault(match[1]) or _clock_fault(match)


def _date_fault(value: str) -> ValueFault | None:
    match = _DATE.fullmatch(value)
    if match is None:
        return ValueFault("not a day")
    try:
        date(*(int(part) for part in match.groups()))
    except ValueError:
        return ValueFault("no such day")
    return None


def _clock_fault(match: re.Match[str]) -> ValueFault | None:
    hour, minute, second = (int(part) for part in match.groups()[1:4])
    try:
        time(hour, minute, min(second, 59) if second == 60 else second)
    except ValueError:
        return ValueFault("no such time of day")
    return None


def _rule_fault(value: str) -> ValueFault | None:
    """RFC 5545 section 3.3.10: known parts, each once, FREQ among them, COUNT and UNTIL not together."""
    seen: set[str] = set()
    for part in value.split(";"):
        name, equals, text = part.partition("=")
        pattern = _RULE_PARTS.get(name)
        if not equals or pattern is None or re.fullmatch(pattern, text) is None:
            return ValueFault(f"not a part of a recurrence: {part[:40]}")
        if name in seen:
            return ValueFault(f"{name} stands twice")
        seen.add(name)
        if name == "UNTIL" and (fault := _date_fault(text[:8])) is not None:
            return fault
    if "FREQ" not in seen:
        return ValueFault("no FREQ")
    return ValueFault("COUNT and UNTIL exclude each other") if {"COUNT", "UNTIL"} <= seen else None
