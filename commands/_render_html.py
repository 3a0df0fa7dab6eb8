"""Answers as one HTML page: no scripts, nothing fetched, fit for printing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ..engine.dates import format_partial
from ..engine.explain import effect_words, provisional_words, sentence, verdict_words
from ..engine.explain_reasons import criterion_reason, reasons, title_words, wording
from ..engine.explain_source import annotated
from ..engine.explain_tree import tree
from ..engine.explain_words import Lang, words
from ._docs_html import escape, page
from ._render_text import advice_sections, icon, unused_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..engine.outcome import CriterionOutcome, Decision
    from ..records.problems import PatientResult
    from ._answer import Answer

_BODY = "\0"
_CLASSES = {"✓": "good", "✗": "bad", "?": "open", "–": "none"}
_STATES = {"eligible": "good", "ineligible": "bad", "undetermined": "open"}
_COLUMNS = '<colgroup><col class="mark"><col class="id"><col class="verdict"><col></colgroup>'
STYLE = """
.answer { border-left:.4rem solid var(--soft); background:var(--paper); padding:1rem 1.25rem; margin:2rem 0 1.5rem; break-after:avoid; }
.answer h1 { font-size:1.55rem; margin:0; } .answer p { margin:.35rem 0 0; color:var(--soft); font-size:.9rem; }
.answer.good { border-color:var(--in); } .answer.bad { border-color:var(--ex); } .answer.open { border-color:var(--warn); }
table.criteria { table-layout:fixed; } col.mark { width:2.4rem; } col.id { width:3.6rem; } col.verdict { width:8.5rem; }
td.mark { font-weight:700; text-align:center; }
.good { color:var(--in); } .bad { color:var(--ex); } .open { color:var(--warn); }
td .text { color:var(--soft); font-size:.86rem; margin:.15rem 0 0; }
tr.kind th { background:var(--ground); padding-top:1.4rem; font-size:.86rem; }
details { margin:.35rem 0 0; } summary { cursor:pointer; color:var(--accent); font-size:.84rem; }
.tree { list-style:none; margin:.4rem 0; padding:0; font-size:.88rem; } .tree li { padding:.1rem 0; }
.tree li.decisive { font-weight:600; } .tree li.beside { color:var(--soft); }
pre.rule { background:var(--code); padding:.7rem; white-space:pre-wrap; } pre.rule b { color:var(--accent); font-weight:600; }
section + section { break-before:page; }
"""


class HtmlRenderer:
    """A section a patient."""

    def __init__(self, lang: Lang, *, many: bool) -> None:
        self.lang = lang
        self.w = words(lang)
        self.many = many
        self.head, self.tail = page("trialrules", _BODY, lang, STYLE).split(_BODY)

    def begin(self) -> Iterable[str]:
        return (self.head,)

    def end(self) -> Iterable[str]:
        return (self.tail,)

    def broken(self, result: PatientResult) -> Iterator[str]:
        lines = "".join(f"<li>{escape(str(problem))}</li>" for problem in result.problems)
        yield f'<section><div class="answer bad"><h1>{escape(result.origin)}</h1><ul>{lines}</ul></div></section>\n'

    def patient(self, answer: Answer) -> Iterator[str]:
        decision = answer.decision
        yield "<section>\n"
        yield self._answer(decision)
        yield from self._list(self.w("reasons.head"), [reason.text for reason in reasons(decision, answer.advice, self.lang)])
        yield from self._table(answer)
        for head, lines in advice_sections(answer, self.lang):
            yield from self._list(head, lines)
        yield from self._list(self.w("unused.head"), [unused_line(self.lang, one) for one in decision.unused])
        yield self._foot(decision)
        yield "</section>\n"

    def _answer(self, decision: Decision) -> str:
        w, protocol = self.w, decision.protocol
        title = protocol.titles.get(self.lang) or protocol.title
        about = " · ".join((w("head.patient", patient=decision.patient), title, w("head.asof", day=format_partial(decision.now))))
        state = _STATES[decision.decision]
        return f'<div class="answer {state}"><h1>{escape(sentence(decision, self.lang))}</h1><p>{escape(about)}</p></div>\n'

    def _foot(self, decision: Decision) -> str:
        protocol = decision.protocol
        text = f"{protocol.name} {protocol.version} · {self.w('head.rules', digest=protocol.sha256)}"
        return f'<p class="small foot">{escape(text)}</p>\n'

    def _list(self, head: str, lines: Iterable[str]) -> Iterator[str]:
        body = "".join(f"<li>{escape(line)}</li>" for line in lines)
        if body:
            yield f"<h2>{escape(head)}</h2>\n<ul>{body}</ul>\n"

    def _table(self, answer: Answer) -> Iterator[str]:
        yield f"<h2>{escape(self.w('criteria.head'))}</h2>\n"
        yield f'<div class="scroll"><table class="criteria">\n{_COLUMNS}\n'
        criteria = answer.shown or answer.decision.criteria
        for kind, group in groupby(criteria, key=lambda one: one.criterion.kind):
            yield f'<tr class="kind"><th colspan="4">{escape(self.w(f"kind.{kind}.head"))}</th></tr>\n'
            for one in group:
                yield from self._row(one, answer)
        yield "</table></div>\n"

    def _row(self, outcome: CriterionOutcome, answer: Answer) -> Iterator[str]:
        w, criterion = self.w, outcome.criterion
        sign = icon(outcome)
        said = wording(w, criterion)
        yield f'<tr id="{escape(criterion.id)}"><td class="mark {_CLASSES[sign]}">{sign}</td><td class="key">{escape(criterion.id)}</td>'
        verdict = w.chain([verdict_words(w, outcome), effect_words(w, outcome)])
        yield f'<td class="{_CLASSES[sign]}">{escape(verdict)}</td><td>{escape(title_words(w, criterion))}'
        for text in (said, answer.protocol_words(criterion.id), provisional_words(w, outcome)):
            if text and text != title_words(w, criterion):
                yield f'<p class="text">{escape(text)}</p>'
        if outcome.verdict != "not applicable":
            yield f'<p class="text">{escape(criterion_reason(outcome, answer.decision, answer.advice, self.lang).detail)}</p>'
        yield f"<details{' open' if answer.shown else ''}><summary>{escape(w('evidence.head'))}</summary>"
        yield from self._evidence(outcome, answer)
        yield "</details></td></tr>\n"

    def _evidence(self, outcome: CriterionOutcome, answer: Answer) -> Iterator[str]:
        yield '<ul class="tree">'
        for line in tree(outcome, self.lang, answer.decision.protocol.moments):
            kind = "decisive" if line.decisive else "" if line.kind == "rule" else "beside"
            indent = f"padding-left:{line.depth * 1.4:g}rem"
            yield f'<li class="{kind}" style="{indent}">{line.mark} {escape(line.text)}</li>'
        yield "</ul>"
        if answer.source:
            lines = annotated(outcome, answer.decision.protocol, self.lang)
            text = "\n".join(
                f"{line.number:>4} | {escape(line.text)}" + (f"  <b># {escape(line.beside)}</b>" if line.beside else "") for line in lines
            )
            yield f'<pre class="rule">{text}</pre>'
