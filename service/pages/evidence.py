"""Criteria with their evidence as HTML: the longest part of a page by far, hundreds of lines that all look alike.

It is put together here and not by a template, which takes ten times as long.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...engine.explain_source import SourceLine
    from ...engine.explain_tree import Line
    from .why import Row

_DEEPEST: Final = 9
_PROVISIONAL: Final = '<span aria-hidden="true">◷</span> '


def criteria_html(groups: Iterable[tuple[str, Iterable[Row]]], t: Mapping[str, str], *, unfolded: bool) -> SafeString:
    """The criteria in groups with a head, the evidence of each behind its verdict, folded or not."""
    state = " open" if unfolded else ""
    parts = [(f'<h3 class="kind">{escape(head)}</h3>\n', "".join([_row(row, t, state) for row in rows])) for head, rows in groups]
    return SafeString("".join([head + rows for head, rows in parts]))


def _row(row: Row, t: Mapping[str, str], state: str) -> str:
    key, verdict = escape(row.id), escape(row.verdict)
    page = f'<p class="small"><a href="{escape(row.url)}">{key} {escape(t["criterion_page"])}</a></p>' if row.url else ""
    return (
        f'<div class="row {row.show}" id="c-{key}"><details{state}><summary data-row><span class="row-id">{key}</span>'
        f'<span class="status {row.look}"><span class="sign" aria-hidden="true">{row.sign}</span> {verdict}</span>'
        f'<span class="row-title">{escape(row.title)}</span></summary>\n{evidence_html(row, t["rule_head"])}{page}</details>\n'
        f"{_paragraph('wording', row.wording)}{_paragraph('detail', row.detail)}"
        f"{_paragraph('detail', row.provisional, _PROVISIONAL)}</div>\n"
    )


def _paragraph(look: str, text: str, sign: str = "") -> str:
    return f'<p class="{look}">{sign}{escape(text)}</p>' if text else ""


def evidence_html(row: Row, rule_head: str) -> SafeString:
    """The tree of a criterion, and beside it the rule's text with what was found; `rule_head` is what the text is called."""
    tree = "".join([_line(line) for line in row.lines])
    rule = ""
    if row.rule:
        lines = "".join([_rule_line(line, row.decided) for line in row.rule])
        rule = f'<pre class="rule {row.look}" tabindex="0" aria-label="{escape(rule_head)} {escape(row.id)}">{lines}</pre>'
    # Everything that comes from rules or records is escaped where it stands; classes and signs are our own.
    return SafeString(f'<div class="evidence"><ul class="tree">{tree}</ul>\n{rule}</div>')


def _line(line: Line) -> str:
    look = "decisive" if line.decisive else "rule" if line.kind == "rule" else "beside"
    return f'<li class="d{min(line.depth, _DEEPEST)} {look}"><span class="m">{line.mark}</span> {escape(line.text)}</li>'


def _rule_line(line: SourceLine, decided: frozenset[int]) -> str:
    look = "decides" if line.beside and line.number in decided else ""
    beside = f"<b>{escape(line.beside)}</b>" if line.beside else ""
    return f'<span class="l {look}"><span class="no">{line.number}</span>{escape(line.text)}{beside}\n</span>'
