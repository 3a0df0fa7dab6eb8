"""Days on which sites are closed, from a table `date,site,name` (CSV; site empty: every site; name may be left out)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from .. import limits
from ..engine.dates import parse_partial
from ..engine.schedule.closed import ClosedDay, ClosedDays
from .files import Input
from .problems import BAD_DATE, MISSING, TOO_LARGE, UNKNOWN_KEY, UNREADABLE, InputProblem, Place, Problems
from .words import clean, nearest, shown, word_key

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = ("date", "site", "name")
_FORM: Final = "Write a table with the header `date,site,name`, one closed day a row."


@frozen
class ClosedDaysResult:
    """What became of a table of closed days; `days` has the rows that could be read, all of them where `problems` is empty."""

    days: ClosedDays
    problems: tuple[InputProblem, ...]


def read_closed_days(source: str | Path | bytes) -> ClosedDaysResult:
    """Read the closed days of sites; nothing is raised for any input."""
    given = Input("-", data=source) if isinstance(source, bytes) else Input(str(source), Path(source))
    text = given.text()
    if isinstance(text, InputProblem):
        return ClosedDaysResult(ClosedDays(), (text,))
    problems = Problems()
    found = frozenset(_days(text, given.name, problems))
    return ClosedDaysResult(ClosedDays(found), problems.listed())


def _days(text: str, file: str, problems: Problems) -> Iterator[ClosedDay]:
    first = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(rows, [])
        columns = _columns(header, file, problems)
        if columns is None:
            return
        for number, row in enumerate(rows, 2):
            if number - 1 > limits.MAX_CLOSED_DAYS:
                problems.add(TOO_LARGE, f"A table has at most {limits.MAX_CLOSED_DAYS} closed days.", Place(file, row=number), _FORM)
                return
            if any(cell.strip() for cell in row):
                day = _day(row, columns, Place(file, row=number), problems)
                if day is not None:
                    yield day
    except csv.Error as error:
        problems.add(UNREADABLE, f"It is no CSV: {error}.", Place(file, row=rows.line_num or 1), _FORM)


def _columns(header: list[str], file: str, problems: Problems) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = word_key(cell)
        if name in COLUMNS and name not in found:
            found[name] = at
        elif name in found:
            problems.add(UNKNOWN_KEY, f"The column {shown(cell)} stands twice.", Place(file, row=1, column=clean(cell)), _FORM)
        else:
            near = nearest(name, COLUMNS)
            mend = f"Did you mean `{near}`?" if near else _FORM
            problems.add(UNKNOWN_KEY, f"{shown(cell)} is no column of closed days.", Place(file, row=1, column=clean(cell)), mend)
    if "date" not in found:
        problems.add(MISSING, "The table has no column `date`.", Place(file, row=1), _FORM)
        return None
    return found


def _day(row: list[str], columns: dict[str, int], place: Place, problems: Problems) -> ClosedDay | None:
    cells = {name: clean(row[at]) if at < len(row) else "" for name, at in columns.items()}
    written = cells["date"]
    day = parse_partial(written)
    if day is None or not day.exact or day.seconds is not None:
        message = f"{shown(written)} is no day." if written else "The row has no date."
        problems.add(BAD_DATE, message, Place(place.file, row=place.row, column="date"), "Write a day `2026-02-17`.")
        return None
    return ClosedDay(day.first, cells.get("site") or None, cells.get("name", "")[: limits.MAX_TEXT_LENGTH])
