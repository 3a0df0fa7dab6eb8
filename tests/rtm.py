"""The traceability matrix: which tests show which requirement to hold, and what became of them in this run.

`pytest --rtm FOLDER` writes rtm.csv there, and fails where a requirement that applies has no test or one that failed. `--rtm-add` adds to
the matrix of a run before: some tests need PostgreSQL, and are skipped without. Tests name their requirement: `@pytest.mark.req("T-09")`.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

LIST = Path(__file__).resolve().parents[1] / "validation" / "requirements.csv"
COLUMNS = ["id", "requirement", "result", "tests", "reason"]
DOES_NOT_APPLY = "does not apply"
SKIPPED = "skipped only"
OUTCOMES = ["skipped", "passed", "failed"]
"""From what says least to what counts most."""
KEPT = "rtm.json"


def requirements() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Matrix:
    """Gathers results. With several workers each tells the one that writes by the reports, which travel there anyway."""

    def __init__(self, folder: Path, *, add: bool = False) -> None:
        self.folder = folder
        self.results: dict[str, dict[str, str]] = {}
        if add:
            self.results = json.loads((folder / KEPT).read_text(encoding="utf-8"))

    def pytest_runtest_logreport(self, report) -> None:
        for name, number in report.user_properties:
            if name == "req" and (report.when == "call" or report.outcome != "passed"):
                found = self.results.setdefault(number, {})
                found[report.nodeid] = max(found.get(report.nodeid, "skipped"), report.outcome, key=OUTCOMES.index)

    def pytest_sessionfinish(self, session) -> None:
        if not hasattr(session.config, "workerinput"):
            write(self.folder, self.results)
            if not session.exitstatus and lacking(self.results):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter) -> None:
        for row in lacking(self.results):
            terminalreporter.write_line(f"{row['id']}: {row['result']}: {row['requirement']}", red=True)


def lacking(results: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """The requirements that apply and have no test, or one that failed. What is skipped here another run has to show."""
    return [row for row in rows(results) if row["result"] not in ("passed", SKIPPED, DOES_NOT_APPLY)]


def rows(results: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """One row for each requirement; one that no test in this run speaks of is not shown to hold."""
    found = []
    for one in requirements():
        tests = results.get(one["id"], {})
        outcomes = set(tests.values())
        if one["applies"] != "yes":
            result = DOES_NOT_APPLY
        elif "failed" in outcomes:
            result = "failed"
        else:
            result = "passed" if "passed" in outcomes else SKIPPED if outcomes else "no test"
        listed = "; ".join(f"{name}: {outcome}" for name, outcome in sorted(tests.items()))
        found.append({"id": one["id"], "requirement": one["requirement"], "result": result, "tests": listed, "reason": one["reason"]})
    return found


def write(folder: Path, results: dict[str, dict[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEPT).write_text(json.dumps(results, indent=1, sort_keys=True), encoding="utf-8")
    table = rows(results)
    with (folder / "rtm.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)


def numbers_of(item) -> list[str]:
    return [str(number) for mark in item.iter_markers("req") for number in mark.args]


def note(items) -> None:
    """Write each test's requirements beside it; a number that is not in the list is a mistake."""
    known = {one["id"] for one in requirements()}
    for item in items:
        for number in dict.fromkeys(numbers_of(item)):
            if number not in known or not re.fullmatch(r"T-\d\d", number):
                raise pytest.UsageError(f"{item.nodeid}: there is no requirement {number}")
            item.user_properties.append(("req", number))
