"""Tables as CSV, a line at a time, so that no list is too long; a cell that a spreadsheet would take for a formula is quoted."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final, TypeVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Lines = Iterable[Sequence[object]]
    """The cells of each line, the heads in the first one."""
    Table = Callable[[], Lines]

_Response = TypeVar("_Response", bound=HttpResponseBase)
_TYPE: Final = "text/csv; charset=utf-8"
_MARK: Final = "\ufeff"
"""By which spreadsheets know UTF-8."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe is put before it."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(lines: Lines) -> Iterator[str]:
    """The lines of the file (RFC 4180)."""
    yield _MARK
    for line in lines:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in line])
        yield out.getvalue()


def csv_file(lines: Lines, name: str) -> HttpResponse:
    """A table of the size of a page, as a file that is kept as `name`."""
    return _named(HttpResponse("".join(csv_text(lines)), content_type=_TYPE), name)


def csv_stream(lines: Lines, name: str) -> StreamingHttpResponse:
    """A table of any length."""
    return _named(StreamingHttpResponse((text.encode("utf-8") for text in csv_text(lines)), content_type=_TYPE), name)


def _named(response: _Response, name: str) -> _Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
