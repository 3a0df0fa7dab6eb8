"""`trialrules trace` shows which line of the protocol text each criterion stands for, what has no rule, and what changed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ._docs_html import escape, page
from ._docs_sources import SourceText, place_of, problem_place, protocol_of, read_lock, read_source
from ._docs_trace import Finding, Row, Trace, build_trace, depth_of
from ._outcome import InputError, Outcome

if TYPE_CHECKING:
    from ..dsl.model import Protocol

WIDTH = 72
MAX_STANDING = 44
# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@frozen
class Report:
    """One rule file traced: the matrix, and all findings with their places."""

    path: Path
    protocol: Protocol
    text: SourceText
    trace: Trace
    findings: tuple[Finding, ...]


@click.command()
@click.argument("rules", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sources", type=click.Path(path_type=Path), help="Folder of the source texts (default: that of each rule file).")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True)
def command(rules: tuple[Path, ...], sources: Path | None, form: str) -> Outcome:
    """Show which line of the protocol text each criterion stands for.

    Finds items without a rule, criteria that point to items which don't exist, and words that changed since `trialrules lock`. Exit code 1
    if there is any of these.
    """
    reports: list[Report] = []
    unusable = False
    for path in rules:
        try:
            reports.append(traced(path, sources))
        except InputError as error:
            if len(rules) == 1:
                raise
            error.show()
            unusable = True
    click.echo({"text": text_of, "json": json_of, "csv": csv_of, "html": html_of}[form](reports), nl=False)
    if unusable:
        return Outcome.INPUT_ERROR
    return Outcome.FINDINGS if any(report.findings for report in reports) else Outcome.DONE


def traced(path: Path, sources: Path | None) -> Report:
    """Trace one rule file."""
    protocol = protocol_of(path)
    text = read_source(protocol, path, sources)
    lock = read_lock(path)
    trace = build_trace(protocol, text.items, None if lock is None else lock.items)
    findings = [Finding("source text", each.message, each.help, place=problem_place(text, each)) for each in text.items.problems]
    for finding in trace.findings:
        place = str(path) if finding.span is None else place_of(protocol, finding.span)
        findings.append(Finding(finding.kind, finding.message, finding.help, finding.span, place))
    return Report(path, protocol, text, trace, tuple(findings))


# ---------------------------------------------------------------- text


def text_of(reports: list[Report]) -> str:
    """For people at a terminal."""
    return "\n".join(_text(report) for report in reports)


def _text(report: Report) -> str:
    rows = report.trace.rows
    region = f"{report.text.name}, {_counts(report)}"
    lines = [f"{report.protocol.name} {report.protocol.version}: {region}" + ("" if report.trace.locked else "; not locked")]
    width = max((len(row.item.key) + 2 * depth_of(row) for row in rows), default=0)
    who = min(MAX_STANDING, max((len(standing(row)) for row in rows), default=0))
    for row in rows:
        key = "  " * depth_of(row) + row.item.key
        words = row.item.text if len(row.item.text) <= WIDTH else row.item.text[: WIDTH - 1] + "…"
        state = "" if row.state in ("unchanged", "not locked") else f"[{row.state}] "
        lines.append(f"  {key:<{width}}  {standing(row):<{who}}  {state}{words}")
    for finding in report.findings:
        lines.append(f"{click.style(f'{finding.kind} [{finding.code}]', fg='red', bold=True)}: {finding.place}: {finding.message}")
        lines.append(f"  help: {finding.help}")
    number = len(report.findings)
    lines.append(f"{number or 'no'} finding{'' if number == 1 else 's'}")
    return "\n".join(lines) + "\n"


def _counts(report: Report) -> str:
    lists = dict.fromkeys(row.item.list for row in report.trace.rows)
    tops = [(name, sum(row.item.list == name and depth_of(row) == 0 for row in report.trace.rows)) for name in lists]
    return ", ".join(f"{number} {name}" for name, number in tops)


def standing(row: Row) -> str:
    """Who stands for an item."""
    if row.criteria:
        return ", ".join(row.criteria)
    if row.through is not None:
        return f"(with {row.through})"
    return "not a rule" if row.not_a_rule is not None else "NO RULE"


# ---------------------------------------------------------------- JSON, CSV, HTML


def json_of(reports: list[Report]) -> str:
    """For programs; `schema` names the form."""
    protocols = [
        {
            "protocol": {"id": report.protocol.name, "version": report.protocol.version, "sha256": report.protocol.sha256},
            "rules": str(report.path),
            "source": report.text.name,
            "locked": report.trace.locked,
            "items": [_json_row(row) for row in report.trace.rows],
            "findings": [
                {"code": each.code, "kind": each.kind, "place": each.place, "message": each.message, "help": each.help}
                for each in report.findings
            ],
        }
        for report in reports
    ]
    return json.dumps({"schema": "trialrules/trace/1", "protocols": protocols}, ensure_ascii=False, indent=2) + "\n"


def _json_row(row: Row) -> dict[str, object]:
    return {
        "list": row.item.list,
        "item": row.item.item,
        "text": row.item.text,
        "sha256": row.item.digest,
        "criteria": list(row.criteria),
        "through": row.through,
        "not_a_rule": row.not_a_rule,
        "state": row.state,
        "was": row.was,
    }


def csv_of(reports: list[Report]) -> str:
    """One line an item, for spreadsheets."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["protocol", "version", "list", "item", "criteria", "through", "not a rule", "state", "text"])
    for report in reports:
        for row in report.trace.rows:
            cells = [report.protocol.name, report.protocol.version, row.item.list, row.item.item, " ".join(row.criteria)]
            cells += [row.through or "", row.not_a_rule or "", row.state, row.item.text]
            table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()


def html_of(reports: list[Report]) -> str:
    """A page that can be printed and filed."""
    body = "".join(_html(report) for report in reports)
    names = ", ".join(report.protocol.name for report in reports)
    return page(f"Source trace: {names}", body, "en")


def _html(report: Report) -> str:
    rows = "".join(
        f'<tr class="{"bad" if standing(row) == "NO RULE" or row.state not in ("unchanged", "not locked") else ""}">'
        f'<td class="key d{min(depth_of(row), 3)}">{escape(row.item.key)}</td><td><span class="who">{escape(standing(row))}</span>'
        f"{f'<br><small>{escape(row.not_a_rule)}</small>' if row.not_a_rule else ''}</td>"
        f"<td>{escape(row.item.text)}</td><td>{escape(row.state)}{escape(f' (was {row.was})' if row.was else '')}</td></tr>"
        for row in report.trace.rows
    )
    findings = "".join(
        f"<li><strong>{escape(each.kind)} [{each.code}]</strong> {escape(each.message)}"
        f"<br><small>{escape(each.place)} · {escape(each.help)}</small></li>"
        for each in report.findings
    )
    title = report.protocol.title or report.protocol.name
    return (
        f"<header><p class='kicker'>Source trace</p><h1>{escape(title)}</h1>"
        f"<p class='lead'>{escape(report.protocol.name)} {escape(report.protocol.version)} · {escape(report.text.name)} · "
        f"{escape(_counts(report))}</p></header>"
        + (f"<section><h2>Findings</h2><ul class='findings'>{findings}</ul></section>" if findings else "<p>No findings.</p>")
        + "<section><h2>Items</h2><div class='scroll'><table><thead><tr><th>Item</th><th>Criteria</th><th>Words</th><th>Since the lock</th>"
        f"</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )
