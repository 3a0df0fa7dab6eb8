"""The Schedule of Activities as JSON and CSV rows; the page takes the grids as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...canonical import Json
    from ...dsl.model import Protocol
    from ...engine.explain_words import Lang
    from ...engine.soa import Cell, Grid

SCHEMA = "trialrules/soa/1"


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
