"""A subject's document as text: read, laid out, and edited in places, so that what nobody touched stays byte for byte."""

from __future__ import annotations

import json
from typing import Final

from attrs import frozen

from ...canonical import Json, JsonProblem, canonical_bytes, strict_json_loads
from ...dsl.model import INTERVAL_KINDS, Protocol
from ...engine.dates import PartialDate, format_partial
from ...engine.record import Entry, Patient, Quantity
from ...engine.subject import Subject
from ...records.facts import END_UNKNOWN
from ...records.json_stream import BadJsonError, Cursor
from ...records.native import SCHEMA as PATIENT_SCHEMA
from ...records.subject import SCHEMA, SUBJECT_KEYS, read_subjects
from .outcome import RefusedError, refuse

COURSE: Final = frozenset(SUBJECT_KEYS) - {"schema", "subject", "site", "part", "patient"}
Path = tuple[str | int, ...]


@frozen
class _Span:
    start: int
    end: int


# ---------------------------------------------------------------- reading


def value_of(document: str) -> dict[str, Json]:
    """A document as a value."""
    found = strict_json_loads(document)
    if isinstance(found, JsonProblem) or not isinstance(found, dict):
        raise ValueError("a stored document is no JSON object")  # noqa: TRY004 - the text is wrong, not its type
    return found


def subject_of(document: str, protocol: Protocol, now: PartialDate) -> Subject:
    """The subject that a document tells of.

    Raises:
        RefusedError: with the problems, if these rules can't read it.
    """
    result = next(iter(read_subjects(document.encode("utf-8"), protocol, now)))
    if result.subject is None:
        raise unreadable(result.problems)
    return result.subject


def unreadable(problems: object) -> RefusedError:
    """The refusal of a record with problems."""
    found = list(problems) if isinstance(problems, tuple | list) else []
    first = found[0] if found else None
    where = "" if first is None else (first.where.pointer or str(first.where))
    message = "The record can't be used." if first is None else first.message
    return refuse("record-wrong", 422, message, "" if first is None else first.help, where, problems=tuple(found))


def snapshot_of(document: str) -> bytes:
    """The patient's record alone, as canonical JSON: what a decision stands on, without arm and visits."""
    return canonical_bytes(value_of(document)["patient"])


def facts_of(document: str) -> list[Json]:
    """The recorded facts, as they stand."""
    patient = value_of(document)["patient"]
    facts = patient.get("facts") if isinstance(patient, dict) else None
    return facts if isinstance(facts, list) else []


# ---------------------------------------------------------------- writing


def new_document(code: str, site: str, part: str | None, patient: str) -> str:
    """A document around a patient's record, which is JSON text; the patient goes by the subject's code."""
    head: dict[str, Json] = {"schema": SCHEMA, "subject": code, "site": site}
    if part is not None:
        head["part"] = part
    lines = [f"  {json.dumps(key)}: {shown(value)}," for key, value in head.items()]
    text = "\n".join(["{", *lines, f'  "patient": {patient}', "}"]) + "\n"
    return put(text, ("patient", "id"), code)


def native_patient(text: str) -> str | None:
    """The patient in a native text of one patient or subject (or a list or line of one), as it stands there; None if there are more.

    Raises:
        RefusedError: if the text tells of a course already: a new subject has none.
    """
    cursor = Cursor(text)
    try:
        start = cursor.at if cursor.peek() != "[" else None
        if start is None:
            spans = _elements(text, cursor.at)
            if len(spans) != 1:
                return None
            start = spans[0].start
        members = _members(text, cursor.at if start == 0 else start)
    except BadJsonError:
        return None
    for key in sorted(COURSE & members.keys()):
        if strict_json_loads(text[members[key].start : members[key].end]) not in (None, []):
            message = f"A new subject has no `{key}` yet."
            raise refuse("course-given", 422, message, "Leave it out; visits are recorded once the subject is enrolled.", f"/{key}")
    if "patient" in members:
        return text[members["patient"].start : members["patient"].end]
    whole = Cursor(text, start)
    whole.peek()
    begin = whole.at
    whole.skip()
    return text[begin : whole.at]


def patient_text(patient: Patient, protocol: Protocol) -> str:
    """A patient from any source in the keys of `trialrules/patient/1`, a fact a line."""
    head: dict[str, Json] = {"schema": PATIENT_SCHEMA, "id": patient.id}
    if patient.sex is not None:
        head["sex"] = patient.sex
    if patient.birth_date is not None:
        head["birth_date"] = format_partial(patient.birth_date)
    head["moments"] = {name: format_partial(day) for name, day in patient.moments.items()}
    lines = [f"    {json.dumps(key)}: {shown(value)}," for key, value in head.items()]
    facts = ",\n".join(f"      {shown(_fact(entry, protocol))}" for entry in patient.entries)
    return "\n".join(["{", *lines, '    "facts": [' + (f"\n{facts}\n    ]" if facts else "]"), "  }"])


def _fact(entry: Entry, protocol: Protocol) -> dict[str, Json]:
    fact: dict[str, Json] = {"fact": entry.fact}
    if entry.value is not None and entry.value is not True:
        fact["value"] = entry.value
    fact |= _said(comparator=entry.comparator, unit=entry.unit)
    fact |= _days(entry, interval=protocol.facts[entry.fact].kind in INTERVAL_KINDS)
    limits: dict[str, Json] = {
        key: value for key, value in (("low", entry.range_low), ("high", entry.range_high), ("unit", entry.range_unit)) if value is not None
    }
    if entry.range_low is not None or entry.range_high is not None:
        fact["range"] = limits
    for name, value in entry.attributes.items():
        fact[name] = {"value": value.value, "unit": value.unit} if isinstance(value, Quantity) else value
    # A declared attribute of such a name (the `by` of a consent) is what the rules ask for; our JSON has one place for both.
    return fact | {
        key: text for key, text in _said(by=entry.by, reason=entry.reason, source=entry.source, id=entry.id).items() if key not in fact
    }


def _said(**texts: str | None) -> dict[str, Json]:
    return {key: text for key, text in texts.items() if text is not None}


def _days(entry: Entry, *, interval: bool) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if entry.start is not None:
        found["start" if interval and entry.value is not False else "date"] = format_partial(entry.start)
    if entry.end_kind != "ongoing":
        found["end"] = END_UNKNOWN if entry.end is None else format_partial(entry.end)
    return found


def shown(value: Json) -> str:
    """JSON on one line with blanks, keys in their order."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return canonical_bytes(value).decode("utf-8")


# ---------------------------------------------------------------- editing


def put(document: str, path: Path, value: Json) -> str:
    """Set the value at a path; the last step may be a key that is not there yet, and so may the object before it."""
    *before, last = path
    parent = _find(document, tuple(before))
    if parent is None or document[parent.start] != ("{" if isinstance(last, str) else "["):
        if not before or isinstance(last, int):
            raise KeyError(path)
        return put(document, tuple(before), {last: value})
    here = _find(document, path)
    if here is not None:
        return document[: here.start] + shown(value) + document[here.end :]
    if isinstance(last, int):
        raise KeyError(path)
    spans = list(_members(document, parent.start).values())
    return _inserted(document, parent, spans, f"{json.dumps(last, ensure_ascii=False)}: {shown(value)}", pair=True)


def append(document: str, path: Path, value: Json) -> str:
    """Add an element behind the last one of the list at a path; the list is made if it is not there."""
    here = _find(document, path)
    if here is None or document[here.start] != "[":
        return put(document, path, [value])
    return _inserted(document, here, _elements(document, here.start), shown(value))


def drop(document: str, path: Path) -> str:
    """Take an element out of a list."""
    *before, last = path
    parent = _find(document, tuple(before))
    spans = [] if parent is None or document[parent.start] != "[" else _elements(document, parent.start)
    if not isinstance(last, int) or not 0 <= last < len(spans):
        raise KeyError(path)
    if last > 0:
        return document[: spans[last - 1].end] + document[spans[last].end :]
    end = spans[1].start if len(spans) > 1 else spans[0].end
    return document[: spans[0].start] + document[end:]


def _inserted(document: str, parent: _Span, spans: list[_Span], text: str, *, pair: bool = False) -> str:
    """A new last member or element, laid out as the one before it."""
    if not spans:
        return document[: parent.start + 1] + text + document[parent.end - 1 :]
    end = spans[-1].end
    begin = parent.start + 1
    space = document[begin : document.index('"', begin)] if pair else document[begin : spans[0].start]
    return document[:end] + "," + (space or " ") + text + document[end:]


def _find(document: str, path: Path) -> _Span | None:
    cursor = Cursor(document)
    cursor.peek()
    start = cursor.at
    cursor.skip()
    here = _Span(start, cursor.at)
    for step in path:
        sign = document[here.start]
        if isinstance(step, str):
            found = _members(document, here.start).get(step) if sign == "{" else None
        else:
            spans = _elements(document, here.start) if sign == "[" else []
            found = spans[step] if 0 <= step < len(spans) else None
        if found is None:
            return None
        here = found
    return here


def _members(text: str, at: int) -> dict[str, _Span]:
    cursor, found = Cursor(text, at), dict[str, _Span]()
    for key in cursor.members():
        cursor.peek()
        start = cursor.at
        cursor.skip()
        found[key] = _Span(start, cursor.at)
    return found


def _elements(text: str, at: int) -> list[_Span]:
    cursor, found = Cursor(text, at), list[_Span]()
    for _ in cursor.positions():
        cursor.peek()
        start = cursor.at
        cursor.skip()
        found.append(_Span(start, cursor.at))
    return found
