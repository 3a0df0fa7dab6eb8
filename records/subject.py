"""Trial subjects, `trialrules/subject/1`: one object, a list, or JSON lines. Any patient file is read too: subjects without an arm.

All problems of a subject are found in one run; a subject with a problem is not used at all, as a patient is not. Nothing is raised.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..canonical import Json
from ..engine.record import Patient
from ..engine.subject import Subject
from .detect import format_of, kind_of, read_patients
from .files import Input
from .json_stream import BadJsonError, Cursor
from .native import NativeReader
from .problems import MISSING, NOT_JSON, TWICE, UNKNOWN_KEY, WRONG_VALUE, InputProblem, Place, Problems
from .subject_parts import CourseReader
from .subject_words import words_of
from .vocabulary import vocabulary_of
from .words import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dsl.model import Protocol
    from ..engine.dates import PartialDate

SCHEMA: Final = "trialrules/subject/1"
SUBJECT_KEYS: Final = ("schema", "subject", "site", "part", "arm", "patient", "visits", "unscheduled", "holds", "screenings", "end")
_ONLY_OF_SUBJECTS: Final = frozenset(SUBJECT_KEYS) - {"schema"}


@frozen
class SubjectResult:
    """What became of one subject of the input: `subject` is None where `problems` is not empty. `origin` says where it stood."""

    subject: Subject | None
    problems: tuple[InputProblem, ...]
    origin: str


def read_subjects(
    source: str | Path | bytes, protocol: Protocol, now: PartialDate | None = None, *, strict: bool = False
) -> Iterator[SubjectResult]:
    """Read subjects for a protocol.

    Args:
        source: a file (or a folder of patients), or the bytes of standard input; gzip or plain.
        protocol: the checked rule file; its facts, arms, visits, doses and series are what records may name.
        now: the day of assessment; a birth date after it is a problem, and a visit after it without a status is no done one.
        strict: a fact or moment that the rule file does not declare is a problem, not just listed in `unused`.

    Returns:
        One result for each subject, in the order of the input, and results without a subject for what can't be read; at least one.
    """
    seen: dict[str, str] = {}
    for result in _results(source, protocol, now, strict=strict):
        number = None if result.subject is None else result.subject.number
        if number is not None and seen.setdefault(number, result.origin) != result.origin:
            message = f"The subject {shown(number)} was already read from {seen[number]}."
            problem = InputProblem(TWICE, message, Place(result.origin), "Join the two records, or correct one of the numbers.")
            yield SubjectResult(None, (problem,), result.origin)
        else:
            yield result


def _results(source: str | Path | bytes, protocol: Protocol, now: PartialDate | None, *, strict: bool) -> Iterator[SubjectResult]:
    given = Input("-", data=source) if isinstance(source, bytes) else Input(str(source), Path(source))
    # A folder, and what does not exist, are matters of the reader of patients.
    found = format_of(given) if isinstance(source, bytes) or _is_file(Path(source)) else None
    if isinstance(found, InputProblem):
        yield SubjectResult(None, (found,), str(found.where))
        return
    reader = _Reader(protocol, given.name, now, strict=strict)
    if found == "native lines":
        for line in given.lines():
            if isinstance(line, InputProblem):
                yield SubjectResult(None, (line,), str(line.where))
            else:
                yield from reader.read(line[1].rstrip(), line[0])
        return
    text = given.text() if found == "native" else None
    if isinstance(text, InputProblem):
        yield SubjectResult(None, (text,), str(text.where))
    elif text is not None and kind_of(text) == "native":
        yield from reader.read(text, None)
    else:
        for result in read_patients(source, protocol, now, strict=strict):
            subject = None if result.patient is None else Subject(result.patient, result.patient.id)
            yield SubjectResult(subject, result.problems, result.origin)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _Reader:
    """Reads the subjects of one input; places are told by JSON pointer, and by line where each line is a subject."""

    def __init__(self, protocol: Protocol, file: str, now: PartialDate | None, *, strict: bool) -> None:
        self._file = file
        self._patients = NativeReader(vocabulary_of(protocol), file, now, strict=strict)
        self._words = words_of(protocol.study)
        self._now = now

    def read(self, text: str, line: int | None) -> Iterator[SubjectResult]:
        """The subjects of one JSON document, or of the one on a line."""
        cursor = Cursor(text)
        try:
            if cursor.peek() == "[" and line is None:
                for index in cursor.positions():
                    yield self._one(cursor, f"/{index}", None)
                cursor.finish()
                return
            first = True
            while first or cursor.peek():
                cursor.peek()
                yield self._one(cursor, "", line if line is not None or first else cursor.line())
                first = False
        except BadJsonError as error:
            where = Place(self._file, line=error.problem.line + (line or 1) - 1)
            yield SubjectResult(None, (InputProblem(NOT_JSON, error.problem.message, where),), str(where))

    def _one(self, cursor: Cursor, pointer: str, line: int | None) -> SubjectResult:
        origin = str(Place(self._file, line=line, pointer=pointer or None))
        if cursor.peek() != "{":
            cursor.value()
            mend = f"Keys: {', '.join(SUBJECT_KEYS)}."
            return SubjectResult(
                None, (InputProblem(WRONG_VALUE, "A subject is an object.", Place(self._file, line=line, pointer=pointer), mend),), origin
            )
        start, keys = cursor.at, dict[str, int]()
        for key in cursor.members():
            cursor.peek()
            keys[key] = cursor.at
            cursor.skip()
        end = cursor.at
        if not keys.keys() & _ONLY_OF_SUBJECTS and not self._says_subject(cursor.text, keys):
            result = self._patients.read_one(Cursor(cursor.text[:end], start), pointer, line)
            subject = None if result.patient is None else Subject(result.patient, result.patient.id)
            return SubjectResult(subject, result.problems, origin)
        return self._subject(cursor.text, keys, Place(self._file, line=line, pointer=pointer), origin)

    def _says_subject(self, text: str, keys: dict[str, int]) -> bool:
        return "schema" in keys and Cursor(text, keys["schema"]).value() == SCHEMA

    def _subject(self, text: str, keys: dict[str, int], place: Place, origin: str) -> SubjectResult:
        problems = Problems()
        values: dict[str, Json] = {key: Cursor(text, at).value() for key, at in keys.items() if key != "patient"}
        pointer = place.pointer or ""
        self._check_keys(values, place, problems)
        patient = self._patient(text, keys, place, problems)
        course = CourseReader(self._words, self._now, problems, lambda steps: Place(place.file, line=place.line, pointer=pointer + steps))
        number = course.text(values, "", "subject")
        if patient is not None and number is None and values.get("subject") is None:
            number = patient.id
        part, arm = course.text(values, "", "part"), course.text(values, "", "arm")
        site = course.text(values, "", "site")
        course.check_place_in_study(part, arm)
        screenings = course.screenings(values.get("screenings"))
        visits = course.visits(values.get("visits"), part or course.part_of(arm), len(screenings))
        unscheduled, holds = course.unscheduled(values.get("unscheduled")), course.holds(values.get("holds"))
        end = course.end(values.get("end"))
        if problems or patient is None or number is None:
            return SubjectResult(None, problems.listed(), origin)
        return SubjectResult(Subject(patient, number, site, part, arm, visits, unscheduled, holds, screenings, end), (), origin)

    def _check_keys(self, values: dict[str, Json], place: Place, problems: Problems) -> None:
        for key in values:
            if key not in SUBJECT_KEYS:
                near = nearest(key, SUBJECT_KEYS)
                mend = f"Did you mean `{near}`?" if near else f"Keys: {', '.join(SUBJECT_KEYS)}."
                problems.add(UNKNOWN_KEY, f"{shown(key)} is no key of a subject.", place, mend)
        schema = values.get("schema")
        if schema not in (None, SCHEMA):
            problems.add(WRONG_VALUE, f"This program reads `{SCHEMA}`, not {shown(schema)}.", place, f'Write `"schema": "{SCHEMA}"`.')

    def _patient(self, text: str, keys: dict[str, int], place: Place, problems: Problems) -> Patient | None:
        if "patient" not in keys:
            problems.add(MISSING, "A subject needs its `patient`, the record of the person.", place, 'Write `"patient": {"id": "P-001"}`.')
            return None
        result = self._patients.read_one(Cursor(text, keys["patient"]), f"{place.pointer or ''}/patient", place.line)
        problems.extend(result.problems)
        return result.patient
