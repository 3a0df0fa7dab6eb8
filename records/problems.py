"""What is wrong with input, as values: bad input gives problems, never exceptions."""

from __future__ import annotations

from typing import Final

from attrs import Factory, define, field, frozen

from .. import limits
from ..engine.record import Patient

UNREADABLE: Final = "TR201"
NOT_JSON: Final = "TR202"
UNKNOWN_KEY: Final = "TR203"
WRONG_VALUE: Final = "TR204"
MISSING: Final = "TR205"
BAD_DATE: Final = "TR206"
FUTURE_BIRTH: Final = "TR207"
END_BEFORE_START: Final = "TR208"
NOT_DECLARED: Final = "TR209"
TWICE: Final = "TR210"
NOT_A_RECORD: Final = "TR211"
TOO_LARGE: Final = "TR212"
NO_PATIENT: Final = "TR213"
NEEDS_EXTRA: Final = "TR214"
MORE_PROBLEMS: Final = "TR215"

MENDS: Final = {
    UNREADABLE: "Check that the file is whole and can be read.",
    NOT_JSON: "Write each key once, null or nothing for what is missing, and plain numbers.",
    UNKNOWN_KEY: "Correct the name, or leave it out.",
    WRONG_VALUE: "`trialrules explain-code TR204` shows the form.",
    MISSING: "Add it.",
    BAD_DATE: "Write a day `2026-03-01`, a month `2026-03` or a year.",
    FUTURE_BIRTH: "Correct the birth date or the day of assessment.",
    END_BEFORE_START: "Correct one of the two dates.",
    NOT_DECLARED: "Declare it in the rule file, or leave it out.",
    TWICE: "Keep the one that is right.",
    NOT_A_RECORD: "Patients are JSON (ours or FHIR R4), CSV with a column `patient_id`, or Parquet.",
    TOO_LARGE: "Leave out what no criterion asks for.",
    NO_PATIENT: "Add the Patient resource.",
    NEEDS_EXTRA: "Install the extra, or write the table as CSV.",
    MORE_PROBLEMS: "Mend the first ones and read again.",
}
"""What to do, by code, where the problem itself does not say it better."""


@frozen
class Place:
    """Where in the input: a file (`-`: standard input), and in it a line, a row (a CSV header is row 1) and column, or a JSON pointer."""

    file: str
    line: int | None = None
    row: int | None = None
    column: str | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        """For people: `patients.csv, row 17`, `p.json, line 3, /facts/0/date`."""
        parts = [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        if self.pointer is not None:
            parts.append(self.pointer or "the whole value")
        return ", ".join(parts)


def _general_mend(problem: InputProblem) -> str:
    return MENDS.get(problem.code, "")


@frozen
class InputProblem:
    """One thing wrong with the input.

    `code` is stable (`TR2xx`, listed in docs/records.md); `message` is one sentence; `help` says how to mend it, in general if nothing
    better is given.
    """

    code: str
    message: str
    where: Place
    help: str = Factory(_general_mend, takes_self=True)

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.code} {self.where}: {self.message}" + (f" {self.help}" if self.help else "")


@frozen
class PatientResult:
    """What became of one patient of the input.

    `patient` is None where `problems` is not empty: a record that is partly unreadable could hide an exclusion, so it is not used at all.
    `origin` says where the patient stood, for people.
    """

    patient: Patient | None
    problems: tuple[InputProblem, ...]
    origin: str


@define
class Problems:
    """A list of problems that stops growing at `limits.MAX_DIAGNOSTICS`; what comes later is only counted."""

    _found: list[InputProblem] = field(factory=list)
    _more: int = 0

    def add(self, code: str, message: str, where: Place, mend: str = "") -> None:
        """Note one problem."""
        if len(self._found) < limits.MAX_DIAGNOSTICS:
            self._found.append(InputProblem(code, message, where, mend) if mend else InputProblem(code, message, where))
        else:
            self._more += 1

    def extend(self, problems: tuple[InputProblem, ...]) -> None:
        """Note problems found elsewhere."""
        for problem in problems:
            self.add(problem.code, problem.message, problem.where, problem.help)

    def __bool__(self) -> bool:
        return bool(self._found)

    def listed(self) -> tuple[InputProblem, ...]:
        """The problems in the order in which they were found, the last of them saying how many more there are."""
        if not self._more:
            return tuple(self._found)
        last = InputProblem(MORE_PROBLEMS, f"There are {self._more} more problems.", Place(self._found[-1].where.file))
        return (*self._found, last)
