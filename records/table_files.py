"""CSV and Parquet files, opened and cut into rows of text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
from typing import TYPE_CHECKING, Final

from .problems import NEEDS_EXTRA, UNREADABLE, InputProblem, PatientResult, Place
from .table import ID_COLUMN, TableReader
from .words import word_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow import parquet

    from ..engine.dates import PartialDate
    from .files import Input
    from .table import Row
    from .vocabulary import Vocabulary

_SEPARATORS: Final = (",", ";", "\t")


def separator_of(header: str) -> str:
    """The separator of a CSV file: the first of comma, semicolon and tab with which its first line has a column `patient_id`."""
    for separator in _SEPARATORS:
        if ID_COLUMN in _names(header, separator):
            return separator
    return max(_SEPARATORS, key=lambda separator: len(_names(header, separator)))


def looks_like_table(header: str) -> bool:
    """Whether a first line is the header of a table of facts."""
    return any(ID_COLUMN in _names(header, separator) for separator in _SEPARATORS)


def _names(header: str, separator: str) -> list[str]:
    try:
        return [word_key(name) for name in next(csv.reader([header], delimiter=separator), [])]
    except csv.Error:
        return []


def read_csv(source: Input, vocabulary: Vocabulary, now: PartialDate | None, *, strict: bool) -> Iterator[PatientResult]:
    """The patients of a CSV file: UTF-8, a header, commas, semicolons or tabs."""
    reader = TableReader(vocabulary, source.name, now, strict=strict)
    try:
        with source.open() as stream:
            # Bytes that are no UTF-8 become lone surrogates, so that the row they stand in can be named and the others read.
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
            first = text.readline()
            rows = csv.reader(itertools.chain([first], text), delimiter=separator_of(first), strict=True)
            numbered = _csv_rows(rows)
            header = next(numbered, (1, "The file is empty."))[1]
            if isinstance(header, str):
                problem = InputProblem(UNREADABLE, header, Place(source.name, row=1))
                yield PatientResult(None, (problem,), source.name)
                return
            yield from reader.read(header, numbered)
    except (OSError, EOFError, ValueError) as error:
        yield PatientResult(None, (source.fault(error),), source.name)


def _csv_rows(rows: Iterator[list[str]]) -> Iterator[Row]:
    for number in itertools.count(1):
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"The row can't be read: {error}."
            continue
        if any(not cell.isascii() and _not_utf8(cell) for cell in cells):
            yield number, "The row is not UTF-8 text."
        else:
            yield number, cells


def _not_utf8(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def read_parquet(source: Input, vocabulary: Vocabulary, now: PartialDate | None, *, strict: bool) -> Iterator[PatientResult]:
    """The patients of a Parquet file; its columns may be text, numbers, dates, times or yes/no."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        problem = InputProblem(NEEDS_EXTRA, "Parquet needs pyarrow.", Place(source.name), "Install trialrules[parquet], or write CSV.")
        yield PatientResult(None, (problem,), source.name)
        return
    reader = TableReader(vocabulary, source.name, now, strict=strict)
    try:
        with source.open() as stream, parquet.ParquetFile(stream) as table:
            header = list(table.schema_arrow.names)
            yield from reader.read(header, _parquet_rows(table, header))
    except (OSError, EOFError, ValueError, pa.ArrowException) as error:
        yield PatientResult(None, (source.fault(error),), source.name)


def _parquet_rows(table: parquet.ParquetFile, header: list[str]) -> Iterator[Row]:
    number = itertools.count(1)
    for batch in table.iter_batches(batch_size=10_000):
        columns = [batch.column(position).to_pylist() for position in range(len(header))]
        for cells in zip(*columns, strict=True):
            yield next(number), [_cell_text(cell) for cell in cells]


def _cell_text(cell: object) -> str:
    """A cell as CSV would hold it. A time stamp at midnight without zone is a day: tools write days so."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        is_day = cell.tzinfo is None and cell.time() == dt.time()
        return cell.date().isoformat() if is_day else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)
