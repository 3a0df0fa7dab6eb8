"""The evidence of a criterion as HTML: the longest part of a page by far, hundreds of lines that all look alike.

It is put together here and not by a template, which takes ten times as long for a page that nobody waits for gladly.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .why import EvidenceLine, Row, RuleLine


def evidence_html(row: Row, rule_head: str) -> SafeString:
    """The tree of a criterion, and beside it the rule's text with what was found; `rule_head` is what the text is called."""
    rule = ""
    if row.rule:
        rule = f'<pre class="rule {row.look}" tabindex="0" aria-label="{escape(rule_head)} {escape(row.id)}">{_rule(row.rule)}</pre>'
    # Everything that comes from rules or records is escaped where it stands; classes and signs are our own.
    return SafeString(f'<div class="evidence"><ul class="tree">{_tree(row.lines)}</ul>\n{rule}</div>')


def _tree(lines: Iterable[EvidenceLine]) -> str:
    return "".join([f'<li class="{line.look}"><span class="m">{line.mark}</span> {escape(line.text)}</li>' for line in lines])


def _rule(lines: Iterable[RuleLine]) -> str:
    return "".join(
        [f'<span class="l {line.look}"><span class="no">{line.number}</span>{escape(line.text)}{_beside(line)}\n</span>' for line in lines]
    )


def _beside(line: RuleLine) -> str:
    return f"<b>{escape(line.beside)}</b>" if line.beside else ""
