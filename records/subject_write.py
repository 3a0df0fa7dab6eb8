"""Writing a subject's visits back into the document they came from: only what changed is touched, everything else stays byte for byte.

Facts are never written anew: a record may hold what this program does not understand (a unit, a remark, an order of keys), and it must be
there afterwards as it was before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..canonical import canonical_bytes
from ..engine.dates import format_partial
from .json_stream import BadJsonError, Cursor
from .subject import SCHEMA

if TYPE_CHECKING:
    from ..canonical import Json
    from ..engine.subject import Subject, VisitRecord

_OF_COURSE: Final = ("visits", "unscheduled", "holds", "screenings", "end", "patient", "subject", "part", "arm", "site")


@frozen
class _Span:
    """A piece of the text: from `start` up to, not including, `end`."""

    start: int
    end: int


@frozen
class _Edit:
    start: int
    end: int
    text: str


def write_subject(text: str, before: Subject, after: Subject) -> str | None:
    """The document with the visits of one subject changed.

    Args:
        text: a document that `read_subjects` read: one subject or patient, a list, or JSON lines.
        before: the subject as it was read from it.
        after: the same subject with other visit records; nothing else of it is written.

    Returns:
        The new document; None if the subject does not stand in it (any more), so that nothing is overwritten that somebody changed since.
        A patient without a course becomes a subject around the same patient.
    """
    try:
        found = _find(text, before)
    except BadJsonError:
        return None
    if found is None:
        return None
    members, whole = found
    if before.visits == after.visits:
        return text
    if not any(key in members for key in _OF_COURSE):
        return _applied(text, [_wrapped(text, whole, after)])
    edits = _visit_edits(text, members, whole, before, after)
    return None if edits is None else _applied(text, edits)


def visit_json(record: VisitRecord) -> dict[str, Json]:
    """A visit record in the keys of `trialrules/subject/1`."""
    found: dict[str, Json] = {"visit": record.key, "status": record.status}
    if record.date is not None:
        found["date"] = format_partial(record.date)
    if record.doses is not None:
        doses: list[Json] = []
        for dose in record.doses:
            one: dict[str, Json] = {"dose": dose.dose}
            if dose.amount is not None:
                one["amount"] = {"value": dose.amount.value, "unit": dose.amount.unit}
            doses.append(one)
        found["doses"] = doses
    if record.reason is not None:
        found["reason"] = record.reason
    if record.by is not None:
        found["by"] = record.by
    return found


def _shown(value: Json) -> str:
    """JSON on one line, keys in their order, with blanks after colons and commas."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return canonical_bytes(value).decode("utf-8")


# ---------------------------------------------------------------- finding


def _members(text: str, at: int) -> tuple[dict[str, _Span], int]:
    """The values of the object at a place, and where the object ends."""
    cursor, found = Cursor(text, at), dict[str, _Span]()
    for key in cursor.members():
        cursor.peek()
        start = cursor.at
        cursor.skip()
        found[key] = _Span(start, cursor.at)
    return found, cursor.at


def _elements(text: str, at: int) -> tuple[list[_Span], int]:
    cursor, found = Cursor(text, at), list[_Span]()
    for _ in cursor.positions():
        start = cursor.at
        cursor.skip()
        found.append(_Span(start, cursor.at))
    return found, cursor.at


def _find(text: str, subject: Subject) -> tuple[dict[str, _Span], _Span] | None:
    """The one object whose number is the subject's."""
    cursor, starts = Cursor(text), list[int]()
    if cursor.peek() == "[":
        starts = [span.start for span in _elements(text, cursor.at)[0]]
    else:
        while cursor.peek():
            starts.append(cursor.at)
            cursor.skip()
    found: list[tuple[dict[str, _Span], _Span]] = []
    for start in starts:
        if text[start] == "{":
            members, end = _members(text, start)
            if _number(text, members) == subject.number:
                found.append((members, _Span(start, end)))
    return found[0] if len(found) == 1 else None


def _number(text: str, members: dict[str, _Span]) -> Json:
    """The number by which a subject is known: its own, else the patient's."""
    for key in ("subject", "id"):
        if key in members:
            value = Cursor(text, members[key].start).value()
            if value is not None:
                return value
    if "patient" not in members or text[members["patient"].start] != "{":
        return None
    inner = _members(text, members["patient"].start)[0].get("id")
    return None if inner is None else Cursor(text, inner.start).value()


# ---------------------------------------------------------------- changing


def _applied(text: str, edits: list[_Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _wrapped(text: str, whole: _Span, after: Subject) -> _Edit:
    visits = ", ".join(_shown(visit_json(record)) for record in after.visits)
    number = json.dumps(after.number, ensure_ascii=False)
    patient = text[whole.start : whole.end]
    return _Edit(whole.start, whole.end, f'{{"schema": "{SCHEMA}", "subject": {number}, "patient": {patient}, "visits": [{visits}]}}')


def _visit_edits(text: str, members: dict[str, _Span], whole: _Span, before: Subject, after: Subject) -> list[_Edit] | None:
    if "visits" not in members or text[members["visits"].start] != "[":
        return _with_visits(text, members, whole, after)
    spans, end = _elements(text, members["visits"].start)
    if len(spans) != len(before.visits):
        return None
    kept, edits = set[int](), list[_Edit]()
    waiting = list(after.visits)
    gone: list[int] = []
    for index, record in enumerate(before.visits):
        if record in waiting:
            waiting.remove(record)
            kept.add(index)
    for index, record in enumerate(before.visits):
        if index in kept:
            continue
        other = next((one for one in waiting if (one.key, one.status) == (record.key, record.status)), None)
        if other is None:
            gone.append(index)
        else:
            waiting.remove(other)
            kept.add(index)
            edits.append(_changed(text, spans[index], other))
    added = [_shown(visit_json(record)) for record in waiting]
    if not kept:
        inside = _Span(members["visits"].start + 1, end - 1)
        return [_Edit(inside.start, inside.end, ", ".join(added))]
    edits.extend(_removals(spans, gone, kept))
    if added:
        last = spans[max(kept)]
        space = _space_before(text, spans, members["visits"].start)
        edits.append(_Edit(last.end, last.end, "".join(f",{space}{one}" for one in added)))
    return _joined(edits)


def _joined(edits: list[_Edit]) -> list[_Edit]:
    """Edits that begin at one place as one: a change that ends where an addition begins is another place."""
    found: dict[int, _Edit] = {}
    for edit in edits:
        known = found.get(edit.start)
        found[edit.start] = edit if known is None else _Edit(edit.start, max(edit.end, known.end), known.text + edit.text)
    return list(found.values())


def _removals(spans: list[_Span], gone: list[int], kept: set[int]) -> list[_Edit]:
    """Each element that goes takes the comma before it along; those before the first that stays take the comma behind."""
    first, edits = min(kept), list[_Edit]()
    for index in gone:
        if index < first:
            edits.append(_Edit(spans[index].start, spans[index + 1].start, ""))
        else:
            edits.append(_Edit(spans[index - 1].end, spans[index].end, ""))
    return edits


def _space_before(text: str, spans: list[_Span], start: int) -> str:
    """The white space in front of the last element, which a new one gets too."""
    last = spans[-1].start
    begin = last
    while begin > start + 1 and text[begin - 1] in " \t\r\n":
        begin -= 1
    space = text[begin:last]
    return space if space or len(spans) > 1 else " "


def _changed(text: str, span: _Span, record: VisitRecord) -> _Edit:
    """A record with another day, reason or name: values are put in their places, the rest stays."""
    members, end = _members(text, span.start)
    piece, edits, new = text[span.start : end], list[_Edit](), visit_json(record)
    for key in ("date", "reason", "by"):
        value, place = new.get(key), members.get(key)
        if place is not None:
            if Cursor(text, place.start).value() != value:
                edits.append(_Edit(place.start - span.start, place.end - span.start, _shown(value)))
        elif value is not None:
            last = max(one.end for one in members.values()) - span.start
            edits.append(_Edit(last, last, f', "{key}": {_shown(value)}'))
    return _Edit(span.start, end, _applied(piece, _joined(edits)))


def _with_visits(text: str, members: dict[str, _Span], whole: _Span, after: Subject) -> list[_Edit]:
    """The member `visits` where there was none (or null): in its place, or behind the last member."""
    visits = "[" + ", ".join(_shown(visit_json(record)) for record in after.visits) + "]"
    if "visits" in members:
        return [_Edit(members["visits"].start, members["visits"].end, visits)]
    spans = sorted(members.values(), key=lambda one: one.start)
    space = text[whole.start + 1 : text.index('"', whole.start)]
    return [_Edit(spans[-1].end, spans[-1].end, f',{space or " "}"visits": {visits}')]
