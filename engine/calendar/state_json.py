"""The calendar state as canonical JSON, and back.

Writing is exact: equal states give equal bytes. Reading never raises for any bytes and never drops anything: a state that is not whole
comes back as a problem with its place, and whoever keeps the file must leave it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, get_args

from attrs import frozen

from ...canonical import Json, JsonProblem, canonical_bytes, strict_json_loads
from ...limits import MAX_CALENDAR_STATE_BYTES
from .identity import KEY_BYTES, OccurrenceKey, OccurrenceKind
from .occurrence import Clock, Occurrence, Repeat, Titles
from .state import SCHEMA, CalendarState, Entry, EntryStatus

_MARKS: Final = ("", "window", "maybe", "end")
_BEGIN: Final = "BEGIN:VEVENT\r\n"
_END: Final = "END:VEVENT\r\n"


@frozen
class StateProblem:
    """Why a stored state can't be used, and where (`entries[3].sequence`, or a line and column)."""

    message: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def dump_state(state: CalendarState) -> bytes:
    """The state as canonical JSON, entries in order of their keys, with a line end after it."""
    entries = [_entry_json(state.entries[key]) for key in sorted(state.entries, key=lambda key: key.place)]
    return canonical_bytes({"schema": SCHEMA, "key": state.key.hex(), "entries": entries}) + b"\n"


def _entry_json(entry: Entry) -> dict[str, object]:
    occurrence = entry.occurrence
    clock, repeat = occurrence.clock, occurrence.repeat
    return {
        "occurrence": list(occurrence.key.place),
        "site": occurrence.site,
        "study": occurrence.study,
        "titles": [dict(titles) for titles in occurrence.titles],
        "days": _iso((occurrence.first, occurrence.last)),
        "confirmed": occurrence.confirmed,
        "mark": occurrence.mark,
        "clock": None if clock is None else [clock.start, clock.end, clock.zone],
        "repeat": None if repeat is None else _repeat_json(repeat),
        "per_day": occurrence.per_day,
        "purposes": [dict(titles) for titles in occurrence.purposes],
        "uid": entry.uid,
        "sequence": entry.sequence,
        "modified": entry.modified,
        "status": entry.status,
        "cancelled": None if entry.cancelled is None else date.fromordinal(entry.cancelled).isoformat(),
        "rendered": {variant: content.decode("utf-8") for variant, content in entry.rendered.items()},
    }


def _repeat_json(repeat: Repeat) -> dict[str, object]:
    days = {"until": _iso((repeat.until,))[0], "without": _iso(repeat.without), "also": _iso(repeat.also)}
    return {"step": repeat.step, "months": repeat.months, **days}


def _iso(days: Iterable[int]) -> list[str]:
    return [date.fromordinal(day).isoformat() for day in days]


def load_state(content: bytes) -> CalendarState | StateProblem:
    """Read what `dump_state` wrote, at most MAX_CALENDAR_STATE_BYTES of it."""
    if len(content) > MAX_CALENDAR_STATE_BYTES:
        return StateProblem(f"larger than {MAX_CALENDAR_STATE_BYTES} bytes", "")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return StateProblem("not UTF-8", f"byte {error.start}")
    value = strict_json_loads(text)
    if isinstance(value, JsonProblem):
        return StateProblem(value.message, f"line {value.line}, column {value.column}")
    try:
        return _state(value)
    except _BrokenError as error:
        return StateProblem(error.message, error.place)


class _BrokenError(Exception):
    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def _state(value: Json) -> CalendarState:
    if not isinstance(value, dict):
        raise _BrokenError("this is no calendar state", "")
    if value.get("schema") != SCHEMA:
        raise _BrokenError(f"the schema is not {SCHEMA}", "schema")
    _Reader(value, "").only("schema", "key", "entries")
    key = _Reader(value, "").text("key")
    if len(key) != 2 * KEY_BYTES or any(digit not in "0123456789abcdef" for digit in key):
        raise _BrokenError(f"not {KEY_BYTES} bytes in hexadecimal", "key")
    entries: dict[OccurrenceKey, Entry] = {}
    uids: set[str] = set()
    for number, item in enumerate(_Reader(value, "").items("entries")):
        place = f"entries[{number}]"
        entry = _entry(_Reader(_object(item, place), f"{place}."))
        if entry.occurrence.key in entries or entry.uid in uids:
            raise _BrokenError("the same event twice", place)
        entries[entry.occurrence.key] = entry
        uids.add(entry.uid)
    return CalendarState(bytes.fromhex(key), entries)


def _object(value: Json, place: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _BrokenError("not an object", place)
    return value


_ENTRY_KEYS: Final = (
    "occurrence", "site", "study", "titles", "days", "confirmed", "mark", "clock", "repeat", "per_day", "purposes",
    "uid", "sequence", "modified", "status", "cancelled", "rendered",
)  # fmt: skip


def _entry(read: _Reader) -> Entry:
    read.only(*_ENTRY_KEYS)
    status = read.one_of("status", get_args(EntryStatus))
    cancelled = None if read.value.get("cancelled") is None else read.day(read.text("cancelled"), "cancelled")
    if status == "cancelled" and cancelled is None:
        raise read.broken("a cancelled event has a day", "cancelled")
    uid = read.text("uid")
    return Entry(
        _occurrence(read),
        uid,
        read.number("sequence"),
        read.number("modified", lowest=-(10**11)),
        status,  # type: ignore[arg-type]  # one_of has looked
        cancelled,
        _rendered(read, uid),
    )


def _rendered(read: _Reader, uid: str) -> dict[str, bytes]:
    """The stored bytes; what is not one whole event of this UID has been tampered with or cut."""
    rendered = {}
    for variant, content in _object(read.value["rendered"], f"{read.place}rendered").items():
        whole = isinstance(content, str) and content.startswith(_BEGIN) and content.endswith(_END)
        if not isinstance(content, str) or not whole or content.count(_BEGIN) != 1 or uid not in content.replace("\r\n ", ""):
            raise read.broken("not the bytes of this event", f"rendered.{variant}")
        rendered[variant] = content.encode("utf-8")
    return rendered


def _occurrence(read: _Reader) -> Occurrence:
    days = [read.day(day, "days") for day in read.items("days")]
    if len(days) != 2 or days[0] > days[1]:
        raise read.broken("not a first and a last day", "days")
    confirmed = read.value["confirmed"]
    if not isinstance(confirmed, bool):
        raise read.broken("not true or false", "confirmed")
    return Occurrence(
        _key(read),
        read.text("site"),
        read.text("study"),
        _titles(read, "titles"),
        days[0],
        days[1],
        confirmed,
        read.one_of("mark", _MARKS),  # type: ignore[arg-type]  # one_of has looked
        _clock(read),
        _repeat(read),
        read.number("per_day", lowest=1),
        _titles(read, "purposes"),
    )


def _key(read: _Reader) -> OccurrenceKey:
    parts = read.items("occurrence")
    match parts:
        case [str(study), str(subject), str(timeline), str(visit), int(repeat), str(kind)] if kind in get_args(OccurrenceKind):
            return OccurrenceKey(study, subject, timeline, visit, repeat, kind)  # type: ignore[arg-type]  # the guard has looked
    raise read.broken("not study, subject, timeline, visit, repeat and kind", "occurrence")


def _titles(read: _Reader, name: str) -> tuple[Titles, ...]:
    found = []
    for item in read.items(name):
        texts = _object(item, f"{read.place}{name}")
        if "" not in texts:
            raise read.broken("a title without the protocol's own text", name)
        found.append(tuple(sorted((language, read.is_text(text, name)) for language, text in texts.items())))
    return tuple(found)


def _clock(read: _Reader) -> Clock | None:
    if read.value["clock"] is None:
        return None
    match read.items("clock"):
        case [str(start), str(end), str() | None as zone] if start[:4].isdecimal() and end[:4].isdecimal():
            return Clock(start, end, zone)
    raise read.broken("not start, end and zone", "clock")


def _repeat(read: _Reader) -> Repeat | None:
    if read.value["repeat"] is None:
        return None
    inner = _Reader(_object(read.value["repeat"], f"{read.place}repeat"), f"{read.place}repeat.")
    inner.only("step", "until", "without", "also", "months")
    days = [tuple(inner.day(day, name) for day in inner.items(name)) for name in ("without", "also")]
    until = inner.day(inner.value["until"], "until")
    return Repeat(inner.number("step"), until, days[0], days[1], inner.number("months"))


@frozen
class _Reader:
    """Takes values of the wanted kind out of an object; each method raises _BrokenError, with the place, for anything else."""

    value: dict[str, Json]
    place: str

    def broken(self, message: str, name: str) -> _BrokenError:
        return _BrokenError(message, f"{self.place}{name}")

    def only(self, *names: str) -> None:
        for name in names:
            if name not in self.value:
                raise self.broken("missing", name)
        for name in self.value:
            if name not in names:
                raise self.broken("not known here", name[:80])

    def text(self, name: str) -> str:
        return self.is_text(self.value.get(name), name)

    def is_text(self, value: Json, name: str) -> str:
        if not isinstance(value, str):
            raise self.broken("not a text", name)
        return value

    def number(self, name: str, lowest: int = 0) -> int:
        value = self.value[name]
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= 10**11:
            raise self.broken("not a whole number in range", name)
        return value

    def items(self, name: str) -> list[Json]:
        value = self.value.get(name)
        if not isinstance(value, list):
            raise self.broken("not a list", name)
        return value

    def one_of(self, name: str, words: Iterable[str]) -> str:
        value = self.text(name)
        if value not in words:
            raise self.broken(f"not one of {', '.join(word or 'nothing' for word in words)}", name)
        return value

    def day(self, value: Json, name: str) -> int:
        try:
            return date.fromisoformat(self.is_text(value, name)).toordinal()
        except ValueError:
            raise self.broken("not a day", name) from None
