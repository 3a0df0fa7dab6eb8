"""Native JSON, `trialrules/patient/1`: one patient, a list, or JSON lines; facts are read as they come, never all held as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import cattrs
from attrs import Factory, frozen
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from .. import limits
from ..engine.dates import PartialDate, parse_partial
from ..engine.record import Entry, Patient, Unused
from .dates import Dates
from .facts import FactReader
from .json_stream import BadJsonError, Cursor
from .problems import (
    BAD_DATE,
    FUTURE_BIRTH,
    MISSING,
    NOT_DECLARED,
    NOT_JSON,
    TOO_LARGE,
    TWICE,
    UNKNOWN_KEY,
    WRONG_VALUE,
    InputProblem,
    PatientResult,
    Place,
    Problems,
)  # fmt: skip
from .words import match_word, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..canonical import Json
    from .vocabulary import Vocabulary

SCHEMA: Final = "trialrules/patient/1"
PATIENT_KEYS: Final = ("schema", "id", "sex", "birth_date", "moments", "facts")

_Placed: TypeAlias = "Callable[[str], Place]"


@frozen
class _Frame:
    """A patient without the facts."""

    id: str
    schema: str = SCHEMA
    sex: str | None = None
    birth_date: PartialDate | None = None
    moments: dict[str, PartialDate | None] = Factory(dict)


class NativeReader:
    """Reads patients of one input for one protocol; `now` is the day after which nobody can be born."""

    def __init__(self, vocabulary: Vocabulary, file: str, now: PartialDate | None, *, strict: bool) -> None:
        self._vocabulary = vocabulary
        self._file = file
        self._now = now
        self._strict = strict
        self._dates = Dates()
        self._seen: set[str] = set()

    def read_text(self, text: str) -> Iterator[PatientResult]:
        """The patients of one JSON document, or of several that follow one another."""
        cursor = Cursor(text)
        try:
            if cursor.peek() == "[":
                for index in cursor.positions():
                    yield self._patient(cursor, f"/{index}", None)
                cursor.finish()
                return
            first = True
            while first or cursor.peek():
                cursor.peek()
                yield self._patient(cursor, "", None if first else cursor.line())
                first = False
        except BadJsonError as error:
            yield self._failed(self._bad_json(error, 1))

    def read_lines(self, lines: Iterable[tuple[int, str]]) -> Iterator[PatientResult]:
        """The patients of JSON lines; a line that can't be read spoils no other."""
        for line, text in lines:
            cursor = Cursor(text.rstrip())
            if not cursor.peek():
                continue
            try:
                result = self._patient(cursor, "", line)
                cursor.finish()
            except BadJsonError as error:
                result = self._failed(self._bad_json(error, line))
            yield result

    def read_one(self, cursor: Cursor, pointer: str, line: int | None) -> PatientResult:
        """The patient at a place of a text, who stands there under a JSON pointer; raises `BadJsonError`."""
        return self._patient(cursor, pointer, line)

    def _failed(self, problem: InputProblem) -> PatientResult:
        return PatientResult(None, (problem,), str(problem.where))

    def _bad_json(self, error: BadJsonError, first_line: int) -> InputProblem:
        problem = error.problem
        return InputProblem(NOT_JSON, problem.message, Place(self._file, line=first_line + problem.line - 1))

    def _patient(self, cursor: Cursor, prefix: str, line: int | None) -> PatientResult:
        def place(pointer: str) -> Place:
            return Place(self._file, line=line, pointer=prefix + pointer)

        origin = str(Place(self._file, line=line, pointer=prefix or None))
        if cursor.peek() != "{":
            cursor.value()
            return PatientResult(
                None, (InputProblem(WRONG_VALUE, "A patient is an object.", place(""), f"Keys: {', '.join(PATIENT_KEYS)}."),), origin
            )
        facts = FactReader(self._vocabulary, self._dates, lambda index, key: place(f"/facts/{index}{_pointer(key)}"), strict=self._strict)
        entries: list[Entry] = []
        frame: dict[str, Json] = {}
        problems = Problems()
        for key in cursor.members():
            if key == "facts" and cursor.peek() == "[":
                entries = self._entries(cursor, facts, problems, place)
            elif key == "facts":
                if cursor.value() is not None:
                    problems.add(WRONG_VALUE, "`facts` is a list.", place("/facts"))
            else:
                frame[key] = cursor.value()
        found = self._frame(frame, problems, place)
        problems.extend(facts.problems.listed())
        unused: list[Unused] = []
        moments = {} if found is None else self._moments(found, problems, unused, place)
        if found is not None:
            self._check(found, problems, place)
        if found is None or problems:
            return PatientResult(None, problems.listed(), origin)
        self._seen.add(found.id)
        sex = None if found.sex is None else match_word(found.sex, self._vocabulary.sexes) or found.sex
        patient = Patient(found.id, sex, found.birth_date, moments, tuple(entries), (*unused, *facts.unused()))
        return PatientResult(patient, (), origin)

    def _entries(self, cursor: Cursor, facts: FactReader, problems: Problems, place: _Placed) -> list[Entry]:
        entries: list[Entry] = []
        for index, raw in enumerate(cursor.elements()):
            if index == limits.MAX_FACTS_PER_PATIENT:
                problems.add(TOO_LARGE, f"A patient has at most {limits.MAX_FACTS_PER_PATIENT} facts.", place("/facts"))
            elif index < limits.MAX_FACTS_PER_PATIENT:
                entry = facts.read(index, raw)
                if entry is not None:
                    entries.append(entry)
        return entries

    def _frame(self, raw: dict[str, Json], problems: Problems, place: _Placed) -> _Frame | None:
        # A null says as much as a missing key.
        given = {key: value for key, value in raw.items() if value is not None or key not in PATIENT_KEYS}
        try:
            return _CONVERTER.structure(given, _Frame)
        except ClassValidationError as group:
            _report(group, "", problems, place)
            birth = given.get("birth_date")
            self._check_birth(self._dates.read(birth) if isinstance(birth, str) else None, problems, place)
            return None

    def _moments(self, frame: _Frame, problems: Problems, unused: list[Unused], place: _Placed) -> dict[str, PartialDate]:
        moments: dict[str, PartialDate] = {}
        for name, day in frame.moments.items():
            where = place(f"/moments{_pointer(name)}")
            if day is None:
                continue
            if name in self._vocabulary.moments:
                moments[name] = day
                continue
            near = self._vocabulary.nearest_moment(name)
            unused.append(Unused("moment not declared", f"the rule file declares no moment {shown(name)}", str(where), near))
            if self._strict:
                mend = f"Did you mean `{near}`?" if near else ""
                problems.add(NOT_DECLARED, f"The rule file declares no moment {shown(name)}.", where, mend)
        return moments

    def _check(self, frame: _Frame, problems: Problems, place: _Placed) -> None:
        if not frame.id.strip():
            problems.add(MISSING, "A patient needs an `id`.", place("/id"))
        if frame.id in self._seen:
            problems.add(TWICE, f"The patient {shown(frame.id)} stands twice in the input.", place("/id"), "Join the two records.")
        if frame.schema != SCHEMA:
            problems.add(WRONG_VALUE, f"This program reads `{SCHEMA}`, not {shown(frame.schema)}.", place("/schema"))
        for key, text in (("id", frame.id), ("sex", frame.sex or "")):
            if len(text) > limits.MAX_TEXT_LENGTH:
                problems.add(TOO_LARGE, f"`{key}` is longer than {limits.MAX_TEXT_LENGTH} characters.", place(f"/{key}"))
        self._check_birth(frame.birth_date, problems, place)

    def _check_birth(self, birth: PartialDate | None, problems: Problems, place: _Placed) -> None:
        born_late = check_birth(birth, self._now)
        if born_late:
            problems.add(FUTURE_BIRTH, born_late, place("/birth_date"))


def check_birth(birth: PartialDate | None, now: PartialDate | None) -> str:
    """What is wrong with a birth date that lies after `now`; "" where nothing is."""
    if birth is None or now is None or birth.first <= now.last:
        return ""
    return f"The birth date {birth} lies in the future ({now} is the day of assessment)."


class _NoDateError(ValueError):
    pass


class _NoTextError(ValueError):
    pass


def _strict_text(value: object, _kind: object) -> str:
    if not isinstance(value, str):
        raise _NoTextError(f"This is text, not {shown(value)}.")
    return value


def _date(value: object, _kind: object) -> PartialDate:
    found = parse_partial(value) if isinstance(value, str) else None
    if found is None:
        raise _NoDateError(f"{shown(value)} is no date.")
    return found


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True)
    made.register_structure_hook(str, _strict_text)
    made.register_structure_hook(PartialDate, _date)
    return made


_CONVERTER: Final = _converter()
"""For all readers: making one takes as long as reading a hundred facts."""


def _pointer(key: str) -> str:
    """A key as a step of a JSON pointer; our own `range/low` is two steps."""
    steps = key.split("/") if key.startswith("range/") else [key] if key else []
    return "".join("/" + step[: limits.MAX_NAME_LENGTH].replace("~", "~0").replace("/", "~1") for step in steps)


def _report(group: ClassValidationError | IterableValidationError, pointer: str, problems: Problems, place: _Placed) -> None:
    """Turn the tree of exceptions that cattrs raises into problems with pointers."""
    with_notes, others = group.group_exceptions()
    for error in others:
        if isinstance(error, ForbiddenExtraKeysError):
            for key in sorted(error.extra_fields):
                near = nearest(key, PATIENT_KEYS)
                mend = f"Did you mean `{near}`?" if near else f"Keys: {', '.join(PATIENT_KEYS)}."
                problems.add(UNKNOWN_KEY, f"{shown(key)} is no key of a patient.", place(pointer + _pointer(key)), mend)
        else:
            problems.add(WRONG_VALUE, "This has the wrong form.", place(pointer))
    for error, note in with_notes:
        inner = f"{pointer}{_pointer(str(note.name if hasattr(note, 'name') else note.index))}"
        if isinstance(error, ClassValidationError | IterableValidationError):
            _report(error, inner, problems, place)
        elif isinstance(error, KeyError):
            problems.add(MISSING, f"A patient needs {shown(error.args[0])}.", place(inner))
        elif isinstance(error, _NoDateError):
            problems.add(BAD_DATE, str(error), place(inner), "Write a day `2026-03-01`, a month `2026-03` or a year.")
        elif isinstance(error, _NoTextError):
            problems.add(WRONG_VALUE, str(error), place(inner))
        else:
            problems.add(WRONG_VALUE, "This has the wrong form.", place(inner))
