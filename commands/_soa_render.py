"""The Schedule of Activities as text, Markdown, CSV and a page. What is shown stands in the grid already."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ._docs_html import escape, page
from ._render_json import safe_cell
from ._render_text import pad, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..dsl.model import Protocol
    from ..engine.plan_words import PlanWords
    from ..engine.soa import Cell, Column, Grid, Row

STYLE = """
table.soa { width:auto; min-width:100%; font-size:.86rem; border-collapse:separate; border-spacing:0; }
table.soa th,table.soa td { padding:.32rem .5rem; border-bottom:1px solid var(--line); }
table.soa thead th { white-space:normal; text-align:center; vertical-align:bottom; min-width:4.4rem; font-size:.78rem; color:var(--ink); }
table.soa thead th small { display:block; font-weight:400; font-size:.74rem; line-height:1.35; }
table.soa thead th.given { border-top:3px solid var(--in); }
table.soa tbody th { font-weight:400; font-size:.86rem; white-space:normal; color:var(--ink); min-width:11rem; letter-spacing:0; }
table.soa th:first-child { position:sticky; left:0; background:var(--paper); text-align:left; z-index:1; }
table.soa td { text-align:center; } table.soa td.x { font-weight:600; color:var(--in); } table.soa td.on { color:var(--soft); }
table.soa tr.head th { font-weight:600; color:var(--soft); padding-top:.9rem; letter-spacing:.04em; font-size:.76rem; }
table.soa tbody tr:hover > * { background:var(--code); }
table.soa sup { line-height:0; }
table.soa th { overflow-wrap:break-word; hyphens:auto; } table.soa thead small { max-width:7rem; margin:0 auto; }
table.soa sup,ol.notes b { color:var(--accent); font-weight:600; font-size:.72rem; }
ol.notes { list-style:none; padding:0; font-size:.88rem; }
ol.notes li { display:grid; grid-template-columns:1.6rem minmax(0,1fr); margin:.2rem 0; }
@media (max-width:46rem) { table.soa tbody th { min-width:8.8rem; max-width:10.5rem; } table.soa thead th { min-width:3.8rem; } }
@media print { table.soa th:first-child { position:static; } table.soa { font-size:7.5pt; } table.soa thead { display:table-header-group; }
  table.soa th,table.soa td { padding:.12rem .2rem; } table.soa thead th,table.soa tbody th { min-width:0; font-size:7pt; }
  table.soa thead small { font-size:6.5pt; } table.soa sup { font-size:6pt; } }
"""
# Only the sheet's own page: in the document of a protocol a landscape page among others would turn everything.
_LANDSCAPE = "@page { size:landscape; margin:12mm; }"


# ---------------------------------------------------------------- text


def soa_text(protocol: Protocol, grids: Sequence[Grid], say: PlanWords) -> str:
    """For people at a terminal: the visits one by one, then the grid under their short names."""
    lines = [say("soa title", say.w.title(protocol.title, protocol.titles, protocol.name)), _about(protocol, say)]
    for grid in grids:
        lines += ["", *_grid_text(grid, say)]
    return "\n".join(lines) + "\n"


def _about(protocol: Protocol, say: PlanWords) -> str:
    return say("rules head", protocol.name, protocol.version, protocol.sha256[:12])


def _grid_text(grid: Grid, say: PlanWords) -> Iterator[str]:
    if grid.title:
        yield say("part heading", say("part"), grid.title)
    yield from grid.anchors
    yield ""
    yield say("visits")
    rows = [(one.name, one.title, one.timing, one.window, one.gives, ",".join(one.notes)) for one in grid.columns]
    for line in table(rows):
        yield f"  {line}"
    first = max((width(_named(row)) for section in grid.sections for row in section.rows), default=0)
    names = [_short(column) for column in grid.columns]
    widths = [
        max([width(name), *(width(row.cells[at].text) for section in grid.sections for row in section.rows)])
        for at, name in enumerate(names)
    ]
    yield ""
    yield "  " + pad("", first + 2) + "  ".join(_middle(name, columns) for name, columns in zip(names, widths, strict=True)).rstrip()
    for section in grid.sections:
        yield f"  {section.title}"
        for row in section.rows:
            cells = "  ".join(_middle(cell.text, columns) for cell, columns in zip(row.cells, widths, strict=True))
            yield f"    {pad(_named(row), first)}{cells}".rstrip()
    yield f"  {say('grid caption')}"
    yield from _below(grid, say)


def _short(column: Column) -> str:
    return "early" if column.name == "early_termination" else column.name


def _named(row: Row) -> str:
    """The row's title with the letters of its footnotes: `Weight [b]`."""
    return f"{row.title} [{','.join(row.notes)}]" if row.notes else row.title


def _middle(text: str, columns: int) -> str:
    left = (columns - width(text)) // 2
    return pad(" " * left + text, columns)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with their columns below one another; columns that are empty everywhere are left out."""
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  ".join(pad(cell, columns) for cell, columns in zip(row, widths, strict=True) if columns).rstrip()


def _below(grid: Grid, say: PlanWords) -> Iterator[str]:
    """What stands below the grid: obligations, what holds for all visits, footnotes."""
    for head, lines in ((say("obligations"), grid.obligations), (say("general"), grid.rules)):
        if lines:
            yield ""
            yield head
            yield from (f"  {line}" for line in lines)
    if grid.notes:
        yield ""
        yield say("footnotes")
        yield from (f"  {letter}  {text}" for letter, text in grid.notes)


# ---------------------------------------------------------------- Markdown, CSV


def soa_md(protocol: Protocol, grids: Sequence[Grid], say: PlanWords) -> str:
    """For documents: one table for each part."""
    lines = [f"# {_md(say('soa title', say.w.title(protocol.title, protocol.titles, protocol.name)))}", "", _md(_about(protocol, say))]
    for grid in grids:
        if grid.title:
            lines += ["", f"## {_md(grid.title)}"]
        lines += ["", *(_md(line) for line in grid.anchors), ""]
        rows = list(_rows(grid, say))
        lines.append(_md_row(rows[0]))
        lines.append("|" + "---|" + ":-:|" * len(grid.columns))
        for row in rows[1:]:
            lines.append(_md_row([f"**{row[0]}**", *row[1:]] if len(row) == 1 else row, len(grid.columns) + 1))
        lines += ["", _md(say("grid caption"))]
        for line in _below(grid, say):
            lines.append(f"- {_md(line.strip())}" if line.startswith("  ") else f"**{_md(line)}**\n" if line else "")
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")


def _md_row(cells: Sequence[str], columns: int = 0) -> str:
    texts = [cell if cell.startswith("**") else _md(cell) for cell in cells]
    return "| " + " | ".join([*texts, *[""] * (columns - len(texts))]) + " |"


def _rows(grid: Grid, say: PlanWords) -> Iterator[list[str]]:
    """The grid as rows of texts: titles, timings, windows, then the sections; a section's heading stands alone."""
    yield [say("what"), *(_with(one.title, one.notes) for one in grid.columns)]
    yield [say("timing"), *(one.timing for one in grid.columns)]
    yield [say("window"), *(one.window for one in grid.columns)]
    for section in grid.sections:
        yield [section.title]
        for row in section.rows:
            yield [_with(row.title, row.notes), *(cell.text for cell in row.cells)]


def _with(title: str, notes: Iterable[str]) -> str:
    letters = ",".join(notes)
    return f"{title} [{letters}]" if letters else title


def sheet_rows(grid: Grid, say: PlanWords) -> list[list[str]]:
    """Everything of a grid as rows of cells, for tables and spreadsheets."""
    rows = list(_rows(grid, say))
    rows += [[line.strip()] if line else [] for line in _below(grid, say)]
    return rows


def soa_csv(grids: Sequence[Grid], say: PlanWords) -> str:
    """One part's grid as a table; the footnotes are its last rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for grid in grids:
        writer.writerows([safe_cell(cell) for cell in row] for row in sheet_rows(grid, say))
    return out.getvalue()


# ---------------------------------------------------------------- HTML


def soa_html(protocol: Protocol, grids: Sequence[Grid], say: PlanWords) -> str:
    """A page that prints on a sheet across."""
    title = say.w.title(protocol.title, protocol.titles, protocol.name)
    kicker, lead = escape(say("soa")), escape(_about(protocol, say))
    head = f'<header><p class="kicker">{kicker}</p><h1>{escape(title)}</h1><p class="lead">{lead}</p></header>'
    parts = (f"<section>{f'<h2>{escape(grid.title)}</h2>' if grid.title else ''}{grid_html(grid, say)}</section>" for grid in grids)
    return page(say("soa title", title), head + "".join(parts), say.lang, STYLE + _LANDSCAPE)


def grid_html(grid: Grid, say: PlanWords) -> str:
    """One grid with what stands below it."""
    heads = "".join(_head_html(one) for one in grid.columns)
    body = []
    for section in grid.sections:
        body.append(f'<tr class="head"><th colspan="{len(grid.columns) + 1}" scope="colgroup">{escape(section.title)}</th></tr>')
        body += [
            f'<tr><th scope="row">{escape(row.title)}{_sup(row.notes)}</th>{"".join(_cell_html(cell) for cell in row.cells)}</tr>'
            for row in section.rows
        ]
    anchors = "".join(f'<p class="small">{escape(line)}</p>' for line in grid.anchors)
    return (
        f'{anchors}<div class="scroll" tabindex="0"><table class="soa">'
        f'<thead><tr><th scope="col">{escape(say("what"))}</th>{heads}</tr></thead>'
        f'<tbody>{"".join(body)}</tbody></table></div><p class="small">{escape(say("grid caption"))}</p>{_below_html(grid, say)}'
    )


def _head_html(one: Column) -> str:
    lines = "".join(
        f"<small>{escape(text)}</small>" for text in (one.timing, one.window) if text and text.casefold() != one.title.casefold()
    )
    return f'<th scope="col"{" class=given" if one.gives else ""}>{escape(one.title)}{_sup(one.notes)}{lines}</th>'


def _cell_html(cell: Cell) -> str:
    kind = "x" if cell.sign == "X" else "on" if cell.sign else ""
    return f"<td{f' class={kind}' if kind else ''}>{escape(cell.sign)}{_sup(cell.notes)}</td>"


def _sup(notes: Iterable[str]) -> str:
    letters = ",".join(notes)
    return f" <sup>{escape(letters)}</sup>" if letters else ""


def _below_html(grid: Grid, say: PlanWords) -> str:
    parts = []
    for head, lines in ((say("obligations"), grid.obligations), (say("general"), grid.rules)):
        if lines:
            parts.append(f"<h4>{escape(head)}</h4><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>")
    if grid.notes:
        items = "".join(f"<li><b>{escape(letter)}</b> <span>{escape(text)}</span></li>" for letter, text in grid.notes)
        parts.append(f'<h4>{escape(say("footnotes"))}</h4><ol class="notes">{items}</ol>')
    return "".join(parts)
