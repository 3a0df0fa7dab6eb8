"""Tables in long form, one recorded fact a row: CSV and Parquet. A row becomes a fact in the keys of native JSON and means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import Factory, define

from ..engine.dates import PartialDate
from ..engine.record import Entry, Patient, Unused
from .dates import Dates
from .facts import FactReader, parse_number
from .fhir_codes import MOMENT_SYSTEM, CodeIndex, canonical_system
from .native import check_birth
from .problems import (
    BAD_DATE,
    FUTURE_BIRTH,
    MISSING,
    NOT_A_RECORD,
    NOT_DECLARED,
    TWICE,
    UNKNOWN_KEY,
    WRONG_VALUE,
    InputProblem,
    PatientResult,
    Place,
    Problems,
)  # fmt: skip
from .words import clean, match_word, nearest, shown, word_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..canonical import Json
    from .vocabulary import FactPlan, Vocabulary

ID_COLUMN: Final = "patient_id"
COLUMNS: Final = (
    ID_COLUMN, "fact", "system", "code", "date", "start", "end", "value", "text", "unit", "comparator", "range_low", "range_high",
    "range_unit", "by", "reason", "source", "id",
)  # fmt: skip
_COPIED: Final = ("unit", "comparator", "by", "reason", "source", "id")
_DATES: Final = ("date", "start", "end")
_TRUTHS: Final = {"true": True, "yes": True, "present": True, "false": False, "no": False, "absent": False}

Row = tuple[int, list[str] | str]
"""Number and cells of a row, or what is wrong with it."""


@define
class _TablePatient:
    facts: FactReader
    problems: Problems = Factory(Problems)
    entries: list[Entry] = Factory(list)
    moments: dict[str, PartialDate] = Factory(dict)
    unused: dict[str, Unused] = Factory(dict)
    sex: str | None = None
    birth: PartialDate | None = None
    no_fact: int = 0
    first_row: int = 0


class TableReader:
    """Reads the rows of one table; patients come in order of first appearance, once all rows have been seen."""

    def __init__(self, vocabulary: Vocabulary, file: str, now: PartialDate | None, *, strict: bool) -> None:
        self._vocabulary = vocabulary
        self._index = CodeIndex(vocabulary)
        self._file = file
        self._now = now
        self._strict = strict
        self._dates = Dates()
        self._patients: dict[str, _TablePatient] = {}
        self._problems = Problems()
        self._attributes = {name for plan in vocabulary.plans.values() for name in plan.attributes}

    def read(self, header: Sequence[str], rows: Iterable[Row]) -> Iterator[PatientResult]:
        """The patients of a table with these column names.

        Where a column is wrong nobody can be decided, as what it says may matter; the rows are read all the same, so that whoever mends the
        table sees everything at once.
        """
        columns = [word_key(name) for name in header]
        wrong = Problems()
        readable = self._check_header(header, columns, wrong)
        if wrong:
            yield PatientResult(None, wrong.listed(), self._file)
        if not readable:
            return
        for number, cells in rows:
            if isinstance(cells, str):
                self._problems.add(WRONG_VALUE, cells, Place(self._file, row=number))
            elif any(cell.strip() for cell in cells):
                self._row(number, columns, cells)
        if not self._patients and not self._problems and not wrong:
            self._problems.add(NOT_A_RECORD, "The table has no rows.", Place(self._file))
        for name, patient in self._patients.items():
            result = self._result(name, patient)
            if result.patient is None or not wrong:
                yield result
        if self._problems:
            yield PatientResult(None, self._problems.listed(), self._file)

    def _check_header(self, header: Sequence[str], columns: list[str], wrong: Problems) -> bool:
        """Say what is wrong with the columns; whether the rows can be read by them."""
        known = {*COLUMNS, *self._attributes, *(f"{name}_unit" for name in self._attributes)}
        place = Place(self._file, row=1)
        if ID_COLUMN not in columns:
            near = nearest(ID_COLUMN, columns)
            mend = f"Is it the column `{near}`? Rename it." if near else "The first row holds the names of the columns."
            wrong.add(NOT_A_RECORD, f"There is no column `{ID_COLUMN}`.", place, mend)
        elif not {"fact", "code"} & set(columns):
            wrong.add(NOT_A_RECORD, "There is neither a column `fact` nor columns `system` and `code`.", place)
        for name, column in zip(header, columns, strict=True):
            if column not in known and ID_COLUMN in columns:
                near = nearest(column, sorted(known))
                mend = f"Did you mean `{near}`?" if near else "Other columns are attributes that the rule file declares."
                wrong.add(UNKNOWN_KEY, f"{shown(name)} is no column of a table of facts.", place, mend)
        for column in sorted({column for column in columns if columns.count(column) > 1}):
            wrong.add(UNKNOWN_KEY, f"The column `{column}` stands twice.", place)
        return ID_COLUMN in columns and bool({"fact", "code"} & set(columns)) and len(set(columns)) == len(columns)

    def _row(self, number: int, columns: list[str], cells: list[str]) -> None:
        at = columns.index(ID_COLUMN)
        name = clean(cells[at]) if at < len(cells) else ""
        if not name:
            self._problems.add(MISSING, f"The row has no `{ID_COLUMN}`.", Place(self._file, row=number, column=ID_COLUMN))
            return
        patient = self._patients.get(name)
        if patient is None:
            facts = FactReader(self._vocabulary, self._dates, self._locate, strict=self._strict)
            patient = self._patients[name] = _TablePatient(facts, first_row=number)
        if len(cells) != len(columns):
            message = f"The row has {len(cells)} cells, the header {len(columns)}."
            patient.problems.add(
                WRONG_VALUE, message, Place(self._file, row=number), "A cell with the separator in it stands in double quotes."
            )
            return
        row = {column: text for column, cell in zip(columns, cells, strict=True) if (text := clean(cell))}
        if row.keys() - {ID_COLUMN}:
            self._fact(number, row, patient)

    def _locate(self, number: int, key: str) -> Place:
        column = {"range/low": "range_low", "range/high": "range_high", "range/unit": "range_unit"}.get(key, key)
        return Place(self._file, row=number, column=column or None)

    def _fact(self, number: int, row: dict[str, str], patient: _TablePatient) -> None:
        name = row.get("fact")
        system, code = canonical_system(row.get("system", "")), row.get("code")
        if name is not None:
            moment = name.removeprefix("moment:")
            is_moment = name.startswith("moment:") or (name in self._vocabulary.moments and name not in self._vocabulary.plans)
            if name == "sex":
                self._sex(number, row, patient)
            elif name == "birth_date":
                self._birth(number, row, patient)
            elif is_moment:
                self._moment(number, moment, row, patient)
            else:
                self._entry(number, name, row, patient)
        elif code is None or not system:
            patient.problems.add(MISSING, "A row needs a `fact`, or a `system` and a `code`.", self._locate(number, "fact"))
        elif system == MOMENT_SYSTEM:
            self._moment(number, code, row, patient)
        else:
            plans = self._index.facts([(system, code)])
            patient.no_fact += not plans
            for plan in plans:
                # Facts of one row are one record of the source.
                self._entry(number, plan.name, row if len(plans) == 1 else {"id": f"row {number}", **row}, patient)

    def _entry(self, number: int, name: str, row: dict[str, str], patient: _TablePatient) -> None:
        entry = patient.facts.read(number, self._raw(number, name, row))
        if entry is not None:
            patient.entries.append(entry)

    def _raw(self, number: int, name: str, row: dict[str, str]) -> Json:
        """A row in the keys of native JSON; a cell that can't be read as what it should be stays text, about which the reader complains."""
        plan = self._vocabulary.plans.get(name)
        raw: dict[str, Json] = {"fact": name, "source": f"row {number}"}
        raw.update({key: row[key] for key in _COPIED if key in row})
        raw.update({key: _iso(row[key]) for key in _DATES if key in row})
        if plan is None:
            return raw
        said = row.get("value", row.get("text"))
        if said is not None:
            self._value(said, plan, raw)
        limits = {key: _number(row[f"range_{key}"]) for key in ("low", "high") if f"range_{key}" in row}
        if limits:
            raw["range"] = limits if "range_unit" not in row else {**limits, "unit": row["range_unit"]}
        for key in row.keys() & self._attributes:
            attribute = plan.attributes.get(key)
            unit = row.get(f"{key}_unit")
            if attribute is None or attribute.kind != "number":
                raw[key] = row[key]
            else:
                raw[key] = _number(row[key]) if unit is None else {"value": _number(row[key]), "unit": unit}
        return raw

    @staticmethod
    def _value(said: str, plan: FactPlan, raw: dict[str, Json]) -> None:
        parsed = parse_number(said) if plan.is_number else None
        if parsed is not None:
            raw["value"] = parsed[0]
            if parsed[1] is not None:
                raw.setdefault("comparator", parsed[1])
        elif plan.is_presence or plan.is_yes_no:
            raw["value"] = _TRUTHS.get(said.casefold(), said)
        else:
            raw["value"] = said

    def _sex(self, number: int, row: dict[str, str], patient: _TablePatient) -> None:
        said = row.get("value", row.get("text", ""))
        sex = match_word(said, self._vocabulary.sexes) or said
        if not sex:
            patient.problems.add(MISSING, "The row says no sex; it stands in `value`.", self._locate(number, "value"))
        elif patient.sex not in (None, sex):
            patient.problems.add(TWICE, f"Another row says {shown(patient.sex)}, this one {shown(sex)}.", self._locate(number, "value"))
        patient.sex = sex or patient.sex

    def _birth(self, number: int, row: dict[str, str], patient: _TablePatient) -> None:
        day = self._day(number, row, patient)
        if day is not None and patient.birth not in (None, day):
            patient.problems.add(TWICE, f"Another row says {patient.birth}, this one {day}.", self._locate(number, "value"))
        late = check_birth(day, self._now)
        if late:
            patient.problems.add(FUTURE_BIRTH, late, self._locate(number, "value"))
        patient.birth = day

    def _moment(self, number: int, name: str, row: dict[str, str], patient: _TablePatient) -> None:
        day = self._day(number, row, patient)
        if name not in self._vocabulary.moments:
            near = self._vocabulary.nearest_moment(name)
            reason = f"the rule file declares no moment {shown(name)}"
            patient.unused.setdefault(name, Unused("moment not declared", reason, str(self._locate(number, "fact")), near))
            if self._strict:
                mend = f"Did you mean `{near}`?" if near else ""
                patient.problems.add(NOT_DECLARED, f"T{reason[1:]}.", self._locate(number, "fact"), mend)
        elif day is not None and patient.moments.setdefault(name, day) != day:
            message = f"Another row sets `{name}` to {patient.moments[name]}, this one to {day}."
            patient.problems.add(TWICE, message, self._locate(number, "date"))

    def _day(self, number: int, row: dict[str, str], patient: _TablePatient) -> PartialDate | None:
        text = row.get("date", row.get("value", row.get("text", "")))
        day = self._dates.read(_iso(text))
        if day is None:
            message = f"{shown(text)} is no date." if text else "The row has no date."
            patient.problems.add(BAD_DATE, message, self._locate(number, "date"), "Write a day `2026-03-01`, a month `2026-03` or a year.")
        return day

    def _result(self, name: str, patient: _TablePatient) -> PatientResult:
        origin = str(Place(self._file, row=patient.first_row))
        problems: list[InputProblem] = [*patient.problems.listed(), *patient.facts.problems.listed()]
        if problems:
            return PatientResult(None, tuple(sorted(problems, key=lambda problem: problem.where.row or 0)), origin)
        unused = [*patient.unused.values(), *patient.facts.unused()]
        if patient.no_fact:
            unused.append(Unused("no fact", f"{patient.no_fact} rows have codes that no fact of this protocol has", self._file))
        return PatientResult(Patient(name, patient.sex, patient.birth, patient.moments, tuple(patient.entries), tuple(unused)), (), origin)


def _number(text: str) -> Json:
    """The number that a cell holds, or the text where it holds none."""
    parsed = parse_number(text)
    return text if parsed is None or parsed[1] is not None else parsed[0]


def _iso(text: str) -> str:
    """`2026-03-01 08:30` as ISO 8601 writes it."""
    return f"{text[:10]}T{text[11:]}" if len(text) > 10 and text[10] == " " else text
