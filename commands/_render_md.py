"""Answers as Markdown, to paste into a note or an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.dates import format_partial
from ..engine.explain import effect_words, provisional_words, sentence, verdict_words
from ..engine.explain_reasons import reasons, title_words, wording
from ..engine.explain_source import annotated
from ..engine.explain_tree import tree
from ._answer import Quiet
from ._render_text import advice_sections, icon, unused_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..engine.outcome import CriterionOutcome
    from ..records.problems import PatientResult
    from ._answer import Answer

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#"})


def plain(text: str) -> str:
    """Text in which nothing is taken for Markdown or HTML, on one line."""
    return " ".join(text.translate(_SPECIAL).splitlines())


class MarkdownRenderer(Quiet):
    """A chapter a patient."""

    def broken(self, result: PatientResult) -> Iterator[str]:
        yield f"# {plain(result.origin)}\n\n"
        yield "".join(f"- {plain(str(problem))}\n" for problem in result.problems) + "\n"

    def patient(self, answer: Answer) -> Iterator[str]:
        decision, w = answer.decision, self.w
        protocol = decision.protocol
        about = (w("head.patient", patient=decision.patient), f"{protocol.name} {protocol.version}")
        yield f"# {plain(sentence(decision, self.lang))}\n\n"
        yield f"{plain(' · '.join((*about, w('head.asof', day=format_partial(decision.now)))))}\n\n"
        if answer.shown:
            for one in answer.shown:
                yield from self._criterion(one, answer)
            return
        yield from self._list(w("reasons.head"), [reason.text for reason in reasons(decision, answer.advice, self.lang)])
        yield from self._table(answer)
        for head, lines in advice_sections(answer, self.lang):
            yield from self._list(head, lines)
        yield from self._list(w("unused.head"), [unused_line(self.lang, one) for one in decision.unused])

    def _list(self, head: str, lines: Iterable[str]) -> Iterator[str]:
        body = "".join(f"- {plain(line)}\n" for line in lines)
        if body:
            yield f"## {plain(head)}\n\n{body}\n"

    def _table(self, answer: Answer) -> Iterator[str]:
        w = self.w
        heads = (w("column.kind"), w("column.criterion"), w("column.verdict"), w("column.why"))
        yield f"## {w('criteria.head')}\n\n|  | {' | '.join(heads)} |\n|---|---|---|---|---|\n"
        for one in answer.decision.criteria:
            causes = dict.fromkeys(w(f"cause.{unknown.cause}") for unknown in one.unknowns)
            verdict = w.chain([verdict_words(w, one), effect_words(w, one)])
            why = w.clauses([title_words(w, one.criterion), *causes, provisional_words(w, one)])
            cells = (icon(one), w(f"kind.{one.criterion.kind}"), one.criterion.id, plain(verdict), plain(why))
            yield f"| {' | '.join(cells)} |\n"
        yield "\n"

    def _criterion(self, outcome: CriterionOutcome, answer: Answer) -> Iterator[str]:
        w, criterion = self.w, outcome.criterion
        verdict = w.chain([verdict_words(w, outcome), effect_words(w, outcome)])
        yield f"## {icon(outcome)} {criterion.id} {plain(title_words(w, criterion))}\n\n**{plain(verdict)}**\n\n"
        for text in (wording(w, criterion), answer.protocol_words(criterion.id), provisional_words(w, outcome)):
            if text:
                yield f"{plain(text)}\n\n"
        for line in tree(outcome, self.lang, answer.decision.protocol.moments):
            text = plain(f"{line.mark} {line.text}")
            yield f"{'  ' * line.depth}- {f'**{text}**' if line.decisive else text}\n"
        yield "\n"
        if answer.source:
            lines = annotated(outcome, answer.decision.protocol, self.lang)
            body = "\n".join(f"{line.number:>4} | {line.text}" + (f"  # {line.beside}" if line.beside else "") for line in lines)
            yield f"```\n{body.replace('```', '` ` `')}\n```\n\n"
