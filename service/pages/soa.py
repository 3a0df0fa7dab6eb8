"""The Schedule of Activities as a page, as JSON and as CSV rows: the grids, each cell with the way to its lines of the rules."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from attrs import frozen

from ...dsl.source import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...canonical import Json
    from ...dsl.model import Protocol
    from ...dsl.source import Span
    from ...engine.explain_words import Lang
    from ...engine.soa import Cell, Column, Grid, Row

SCHEMA = "trialrules/soa/1"


@frozen
class Head:
    """A head over one visit or several: what it says, its footnotes, how many columns it spans, where its rule stands."""

    text: str
    notes: tuple[str, ...] = ()
    wide: int = 1
    url: str = ""
    gives: bool = False


@frozen
class ShownCell:
    """A cell with the address of the lines that say so, and what that link is called."""

    sign: str
    notes: tuple[str, ...]
    url: str
    label: str


@frozen
class ShownRow:
    """One thing that is done."""

    title: str
    notes: tuple[str, ...]
    cells: tuple[ShownCell, ...]


@frozen
class ShownGrid:
    """A grid for the page: heads in rows of epochs, visits, days and windows."""

    grid: Grid
    epochs: tuple[Head, ...]
    visits: tuple[Head, ...]
    sections: tuple[tuple[str, tuple[ShownRow, ...]], ...]


def shown_grid(grid: Grid, address: Callable[[Span], str]) -> ShownGrid:
    """A grid with its links; `address` gives where a stretch of the rules is shown."""
    epochs = [Head(title, wide=len(list(group))) for title, group in groupby(grid.columns, lambda one: one.epoch)]
    visits = [Head(one.title, one.notes, 1, _url(one.span, address), bool(one.gives)) for one in grid.columns]
    sections = [(one.title, tuple(_row(row, grid.columns, address) for row in one.rows)) for one in grid.sections]
    return ShownGrid(grid, tuple(epochs), tuple(visits), tuple(sections))


def _row(row: Row, columns: Sequence[Column], address: Callable[[Span], str]) -> ShownRow:
    cells = [
        ShownCell(cell.sign, cell.notes, _url(cell.span, address), f"{row.title}: {column.title}")
        for cell, column in zip(row.cells, columns, strict=True)
    ]
    return ShownRow(row.title, row.notes, tuple(cells))


def _url(span: Span, address: Callable[[Span], str]) -> str:
    return "" if span == NOWHERE else address(span)


def soa_json(protocol: Protocol, grids: Sequence[Grid], lang: Lang) -> dict[str, Json]:
    """The grids for programs."""
    return {
        "schema": SCHEMA,
        "protocol": {"id": protocol.name, "version": protocol.version, "sha256": protocol.sha256},
        "lang": lang,
        "grids": [_grid(grid) for grid in grids],
    }


def _grid(grid: Grid) -> dict[str, Json]:
    columns: list[Json] = [
        {"visit": one.name, "title": one.title, "timing": one.timing, "window": one.window, "gives": one.gives, "notes": list(one.notes)}
        for one in grid.columns
    ]
    sections: list[Json] = [
        {
            "title": section.title,
            "rows": [{"title": row.title, "notes": list(row.notes), "cells": [_cell(cell) for cell in row.cells]} for row in section.rows],
        }
        for section in grid.sections
    ]
    notes: list[Json] = [{"letter": letter, "text": text} for letter, text in grid.notes]
    return {
        "part": grid.title,
        "counted_from": list(grid.anchors),
        "visits": columns,
        "sections": sections,
        "obligations": list(grid.obligations),
        "rules": list(grid.rules),
        "notes": notes,
    }


def _cell(cell: Cell) -> dict[str, Json]:
    return {"sign": cell.sign, "notes": list(cell.notes)}


def soa_rows(grids: Sequence[Grid]) -> Iterator[list[str]]:
    """One row a thing that is done, a column a visit; grids follow one another, each under its own heads."""
    for grid in grids:
        yield [grid.title, *(one.title for one in grid.columns)]
        yield ["", *(one.timing for one in grid.columns)]
        for section in grid.sections:
            yield [section.title]
            for row in section.rows:
                yield [" ".join(filter(None, (row.title, ",".join(row.notes)))), *(cell.text for cell in row.cells)]
