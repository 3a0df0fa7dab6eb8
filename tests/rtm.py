"""The traceability matrix: which tests show which requirement to hold, and what became of them in this run.

`pytest --rtm FOLDER` writes rtm.csv and rtm.html there. Tests name their requirement with `@pytest.mark.req("T-09")`.
"""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path

import pytest

LIST = Path(__file__).resolve().parents[1] / "validation" / "requirements.csv"
COLUMNS = ["id", "requirement", "result", "tests", "reason"]
MOST_SHOWN = 400


def requirements() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Matrix:
    """Gathers results. With several workers each tells the one that writes by the reports, which travel there anyway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report) -> None:
        for name, number in report.user_properties:
            if name == "req" and (report.when == "call" or report.outcome != "passed"):
                self.results.setdefault(number, {})[report.nodeid] = report.outcome

    def pytest_sessionfinish(self, session) -> None:
        if not hasattr(session.config, "workerinput"):
            write(self.folder, self.results)


def rows(results: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """One row for each requirement; one that no test in this run speaks of is not shown to hold."""
    found = []
    for one in requirements():
        tests = results.get(one["id"], {})
        outcomes = set(tests.values())
        if one["applies"] != "yes":
            result = "does not apply yet"
        elif "failed" in outcomes:
            result = "failed"
        else:
            result = "passed" if "passed" in outcomes else "no test"
        listed = "; ".join(f"{name}: {outcome}" for name, outcome in sorted(tests.items()))
        found.append({"id": one["id"], "requirement": one["requirement"], "result": result, "tests": listed, "reason": one["reason"]})
    return found


def write(folder: Path, results: dict[str, dict[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = rows(results)
    with (folder / "rtm.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    (folder / "rtm.html").write_text(page(table), encoding="utf-8")


def page(table: list[dict[str, str]]) -> str:
    body = []
    for row in table:
        listed = "<br>".join(html.escape(name) for name in row["tests"].split("; ")[:MOST_SHOWN])
        cells = [html.escape(row["id"]), html.escape(row["requirement"]), html.escape(row["result"]), listed or html.escape(row["reason"])]
        body.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    style = "body{font:1rem/1.4 system-ui,sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;vertical-align:top}"
    title = "Requirements and their tests"
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Requirement", "What it says", "Result", "Tests, or why it does not apply"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>'
        f"<body><h1>{title}</h1><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></body></html>\n"
    )


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
