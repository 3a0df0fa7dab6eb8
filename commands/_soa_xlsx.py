"""The Schedule of Activities as a workbook (the extra `xlsx`): texts only, one sheet for each part."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from ._outcome import InputError
from ._soa_render import sheet_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..dsl.model import Protocol
    from ..engine.plan_words import PlanWords
    from ..engine.soa import Grid

# What Excel refuses in the name of a sheet, and how long it may be; and what XML can't hold at all.
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_NAME_LENGTH = 31
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TITLES = 3
"""Rows above the first section: visits, timings, windows."""


def soa_xlsx(protocol: Protocol, grids: Sequence[Grid], say: PlanWords) -> bytes:
    """The workbook's bytes; the same grids give the same cells, in the same order.

    Raises:
        InputError: if the extra is not installed.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.properties import PageSetupProperties
    except ImportError:
        raise InputError(
            "--format xlsx: openpyxl is not installed. Install it with `pip install 'trialrules[xlsx]'`, or take --format csv."
        ) from None
    book = Workbook()
    if book.active is not None:
        book.remove(book.worksheets[0])
    book.properties.title = say("soa title", say.w.title(protocol.title, protocol.titles, protocol.name))
    book.properties.creator = "trialrules"
    names: set[str] = set()
    for grid in grids:
        sheet = book.create_sheet(_name(grid.title or say("soa"), names))
        across = len(grid.columns) + 1
        headings = {section.title for section in grid.sections}
        for number, row in enumerate(sheet_rows(grid, say), 1):
            for column, text in enumerate(row, 1):
                cell = sheet.cell(number, column)
                # A text, never a formula, whatever it begins with.
                cell.value = _NOT_IN_XML.sub("", text)
                cell.data_type = "s"
                centred = column > 1
                cell.alignment = Alignment(
                    horizontal="center" if centred else "left", vertical="top", wrap_text=number <= _TITLES or centred
                )
                if number == 1 or (len(row) == 1 and text in headings):
                    cell.font = Font(bold=True)
            if len(row) == 1 and row[0] in headings:
                for column in range(1, across + 1):
                    sheet.cell(number, column).fill = PatternFill("solid", fgColor="E3F3F0")
        sheet.freeze_panes = f"B{_TITLES + 1}"
        sheet.column_dimensions["A"].width = 44
        for column in range(2, across + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 14
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = f"1:{_TITLES}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A name that Excel takes, used once in the workbook."""
    base = _NOT_IN_NAMES.sub(" ", _NOT_IN_XML.sub("", title)).strip(" '")[:_NAME_LENGTH] or "SoA"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[: _NAME_LENGTH - 4]} {number}"
    taken.add(name.casefold())
    return name
