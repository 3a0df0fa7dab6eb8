"""From a path or bytes to patients: what the input is, is told by its content; names matter only within a folder."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from attrs import evolve

from ..canonical import JsonProblem, strict_json_loads
from .fhir_files import FhirFiles
from .files import SAVE_AS_UTF8, Input
from .json_stream import BadJsonError, Cursor
from .native import NativeReader
from .problems import NOT_A_RECORD, TWICE, UNREADABLE, InputProblem, PatientResult, Place
from .table_files import looks_like_table, read_csv, read_parquet
from .vocabulary import Vocabulary, vocabulary_of
from .words import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dsl.model import Protocol
    from ..engine.dates import PartialDate

Kind = Literal["native", "fhir"]
Format = Literal["native", "native lines", "fhir", "fhir lines", "csv", "parquet"]

_HEAD_BYTES: Final = 65_536
_FHIR_KEYS: Final = frozenset({"resourceType", "entry"})
_NATIVE_KEYS: Final = frozenset({"schema", "facts", "sex", "birth_date", "moments"})
_DATA_ENDINGS: Final = (".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".parquet")
_READ_FIRST: Final = {"Patient": 0, "Medication": 1}


def read_patients(
    source: str | Path | bytes, protocol: Protocol, now: PartialDate | None = None, *, strict: bool = False
) -> Iterator[PatientResult]:
    """Read patients for a protocol: native JSON, FHIR R4, CSV or Parquet, told apart by content.

    Args:
        source: a file, a folder of FHIR bundles or NDJSON, or the bytes of standard input; any of them gzip or plain.
        protocol: the checked rule file; only its facts are read.
        now: the day of assessment; a birth date after it is a problem. None: not checked.
        strict: a fact or moment that the rule file does not declare is a problem, not just listed in `unused`.

    Returns:
        One result for each patient, in the order of the input, as soon as it is complete; and results without a patient for what can't be
        read. Nothing is raised for any input, and there is at least one result.
    """
    vocabulary = vocabulary_of(protocol)
    seen: dict[str, str] = {}
    empty = True
    for result in _results(source, vocabulary, now, strict=strict):
        empty = False
        patient = result.patient
        if patient is not None and seen.setdefault(patient.id, result.origin) != result.origin:
            message = f"The patient {shown(patient.id)} was already read from {seen[patient.id]}."
            problem = InputProblem(TWICE, message, Place(result.origin), "Join the two records.")
            yield evolve(result, patient=None, problems=(problem,))
        else:
            yield result
    if empty:
        yield _failed(InputProblem(NOT_A_RECORD, "There is no patient in it.", Place("-" if isinstance(source, bytes) else str(source))))


def _results(source: str | Path | bytes, vocabulary: Vocabulary, now: PartialDate | None, *, strict: bool) -> Iterator[PatientResult]:
    reader = _Reader(vocabulary, now, strict=strict)
    if isinstance(source, bytes):
        yield from reader.read(Input("-", data=source))
        return
    path = Path(source)
    try:
        is_folder = path.is_dir()
        missing = not is_folder and not path.exists()
    except (OSError, ValueError):
        is_folder, missing = False, True
    if missing:
        yield _failed(InputProblem(UNREADABLE, "There is no such file or folder.", Place(str(source))))
    elif is_folder:
        yield from reader.read_folder(path)
    else:
        yield from reader.read(Input(str(path), path))


def _failed(problem: InputProblem) -> PatientResult:
    return PatientResult(None, (problem,), str(problem.where))


class _Reader:
    def __init__(self, vocabulary: Vocabulary, now: PartialDate | None, *, strict: bool) -> None:
        self._vocabulary = vocabulary
        self._now = now
        self._strict = strict
        self._fhir = FhirFiles(vocabulary, now, strict=strict)

    def read(self, source: Input) -> Iterator[PatientResult]:
        """The patients of one file."""
        found = format_of(source)
        if isinstance(found, InputProblem):
            yield _failed(found)
        elif found == "parquet":
            yield from read_parquet(source, self._vocabulary, self._now, strict=self._strict)
        elif found == "csv":
            yield from read_csv(source, self._vocabulary, self._now, strict=self._strict)
        elif found == "fhir lines":
            yield from self._fhir.read_lines([source], source.name)
        elif found == "native lines":
            yield from self._native_lines(source)
        else:
            yield from self._document(source)

    def _native_lines(self, source: Input) -> Iterator[PatientResult]:
        native = NativeReader(self._vocabulary, source.name, self._now, strict=self._strict)
        for line in source.lines():
            yield from (_failed(line),) if isinstance(line, InputProblem) else native.read_lines([line])

    def _document(self, source: Input) -> Iterator[PatientResult]:
        text = source.text()
        if isinstance(text, InputProblem):
            yield _failed(text)
        elif kind_of(text) == "fhir":
            yield from self._fhir.read_text(text, source.name)
        else:
            yield from NativeReader(self._vocabulary, source.name, self._now, strict=self._strict).read_text(text)

    def read_folder(self, folder: Path) -> Iterator[PatientResult]:
        """The patients of a folder: NDJSON by resource type is read together, other files one by one in order of their names."""
        try:
            files = sorted(path for path in folder.iterdir() if path.is_file() and _stem(path).suffix.lower() in _DATA_ENDINGS)
        except OSError as error:
            yield _failed(Input(str(folder)).fault(error))
            return
        inputs = [Input(str(path), path) for path in files]
        lines = [one for one in inputs if format_of(one) == "fhir lines"]
        if not inputs:
            mend = f"It should hold files that end in {', '.join(_DATA_ENDINGS)}, or these with .gz."
            yield _failed(InputProblem(NOT_A_RECORD, "The folder holds no patient files.", Place(str(folder)), mend))
        elif lines and len(lines) < len(inputs):
            others = ", ".join(one.path.name for one in inputs if one not in lines and one.path is not None)
            message = f"The folder holds FHIR NDJSON and other files: {others[:200]}."
            yield _failed(InputProblem(NOT_A_RECORD, message, Place(str(folder)), "Put them into different folders."))
        elif lines:
            lines.sort(key=lambda one: (_READ_FIRST.get(_stem(Path(one.name)).stem, 2), one.name))
            yield from self._fhir.read_lines(lines, str(folder))
        else:
            for one in inputs:
                yield from self.read(one)


def _stem(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def format_of(source: Input) -> Format | InputProblem:
    """What a file holds, told by its first bytes or lines; "native" and "fhir" may each prove to be the other once read whole."""
    head = source.head(_HEAD_BYTES)
    if isinstance(head, InputProblem):
        return head
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return InputProblem(UNREADABLE, "It is UTF-16 text.", Place(source.name), SAVE_AS_UTF8)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return InputProblem(UNREADABLE, "It is empty.", Place(source.name))
    if start[:1] in (b"{", b"["):
        return _json_format(source)
    first_line = start.splitlines()[0].decode("utf-8", "replace")
    if looks_like_table(first_line) or _stem(Path(source.name)).suffix.lower() in (".csv", ".tsv"):
        return "csv"
    mend = "Patients are JSON (ours or FHIR R4), CSV with a column `patient_id`, or Parquet."
    return InputProblem(NOT_A_RECORD, "It is neither JSON nor a table of patients.", Place(source.name), mend)


def _json_format(source: Input) -> Format:
    """Lines, if the first or the second line is a whole object and more lines follow."""
    found: list[str] = []
    for line in source.lines():
        if isinstance(line, InputProblem):
            break
        found.append(line[1])
        if len(found) == 2:
            break
    whole = [text for text in found if text.lstrip().startswith("{") and text.rstrip().endswith("}")]
    named = _stem(Path(source.name)).suffix.lower() in (".ndjson", ".jsonl")
    if whole and (len(found) == 2 or named) and found[0].lstrip()[0] == "{" and _is_whole(whole[0]):
        return "fhir lines" if kind_of(whole[0]) == "fhir" else "native lines"
    return "native" if not named else "fhir lines" if kind_of(found[0] if found else "") == "fhir" else "native lines"


def _is_whole(line: str) -> bool:
    # Nobody lays out a document with a first line of this length: it need not be parsed only to know what the file is.
    return len(line) > _HEAD_BYTES or not isinstance(strict_json_loads(line), JsonProblem)


def kind_of(text: str) -> Kind:
    """Whether a JSON text is FHIR or native, told by the first of its keys that only one of them has."""
    cursor = Cursor(text)
    try:
        if cursor.peek() == "[":
            next(cursor.positions(), None)
            cursor.peek()
        for key in cursor.members():
            if key in _FHIR_KEYS:
                return "fhir"
            if key in _NATIVE_KEYS:
                return "native"
            cursor.skip()
    except BadJsonError:
        pass
    return "native"
