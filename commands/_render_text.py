"""Answers as text: one page for one patient, one line a patient for many."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

import click

from ..engine.dates import format_partial
from ..engine.explain import effect_words, provisional_words, sentence, verdict_words
from ..engine.explain_advice import earliest_words, flips_words, nearest_words, needs_words
from ..engine.explain_reasons import criterion_reason, reasons, title_words, wording
from ..engine.explain_source import annotated
from ..engine.explain_tree import Line, tree
from ..engine.explain_words import Lang, words
from ._answer import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..engine.outcome import CriterionOutcome, Decision
    from ..engine.record import Unused
    from ._answer import Answer

ICONS = {True: "✓", False: "✗", None: "?"}
NOT_APPLICABLE = "–"
_COLOURS = {"✓": "green", "✗": "red", "?": "yellow", NOT_APPLICABLE: "bright_black"}
# Values stand in one column beside rule lines that are not longer than this.
_BESIDE = 90
_DECISIONS = {"eligible": "green", "ineligible": "red", "undetermined": "yellow"}


def icon(outcome: CriterionOutcome) -> str:
    """✓ passes, ✗ fails, ? open, – not applicable. It follows what the verdict means for the patient, not the verdict's word."""
    return NOT_APPLICABLE if outcome.verdict == "not applicable" else ICONS[outcome.passes]


def width(text: str) -> int:
    """Columns that a text takes on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, columns: int) -> str:
    """The text with blanks up to a width."""
    return text + " " * (columns - width(text))


class TextRenderer(Quiet):
    """Text for people; colours are dropped by click where they are not welcome."""

    def patient(self, answer: Answer) -> Iterable[str]:
        if answer.shown:
            yield from self._evidence(answer)
        elif self.many:
            yield f"{answer.decision.patient}\t{self._sentence(answer.decision)}\n"
        else:
            yield from self._page(answer)

    # ---- one page

    def _sentence(self, decision: Decision) -> str:
        return click.style(sentence(decision, self.lang), fg=_DECISIONS[decision.decision], bold=not self.many)

    def _head(self, decision: Decision) -> str:
        w = self.w
        protocol = decision.protocol
        return " · ".join(
            (
                w("head.patient", patient=decision.patient),
                f"{protocol.name} {protocol.version}",
                w("head.asof", day=format_partial(decision.now)),
                w("head.rules", digest=protocol.sha256[:12]),
            )
        )

    def _page(self, answer: Answer) -> Iterator[str]:
        decision, advice, w = answer.decision, answer.advice, self.w
        yield f"{self._sentence(decision)}\n{self._head(decision)}\n"
        yield from self._section(w("reasons.head"), [reason.text for reason in reasons(decision, advice, self.lang)])
        yield from self._table(decision)
        warnings = [f"{one.criterion.id}: {warning.message}" for one in decision.criteria for warning in one.warnings]
        yield from self._section(w("warnings.head"), warnings)
        for head, lines in advice_sections(answer, self.lang, flips=False):
            # They are in the order in which they are of use.
            numbered = [f"{number}. {need}" for number, need in enumerate(lines, 1)] if head == w("needs.head") else lines
            yield from self._section(head, numbered)
        yield from self._section(w("unused.head"), [unused_line(self.lang, one) for one in decision.unused])
        if advice is not None and not advice.needs and decision.decision == "eligible":
            yield f"\n{w('needs.none')}\n"

    def _section(self, head: str, lines: Iterable[str]) -> Iterator[str]:
        body = [f"  {line}\n" for line in lines]
        if body:
            yield "\n" + click.style(head, bold=True) + "\n"
            yield from body

    def _table(self, decision: Decision) -> Iterator[str]:
        rows = [(one, one.criterion.id, self._verdict(one), title_words(self.w, one.criterion)) for one in decision.criteria]
        ids = max((width(row[1]) for row in rows), default=0)
        verdicts = max((width(row[2]) for row in rows), default=0)
        titles = max((width(row[3]) for row in rows), default=0)
        for kind, group in groupby(rows, key=lambda row: row[0].criterion.kind):
            yield "\n" + click.style(self.w(f"kind.{kind}.head"), bold=True) + "\n"
            for one, identifier, verdict, title in group:
                sign = icon(one)
                left = f"{sign} {pad(identifier, ids)}  {pad(verdict, verdicts)}"
                hint = self._hint(one)
                text = f"{pad(title, titles)}  {hint}" if hint else title
                yield f"  {click.style(left, fg=_COLOURS[sign])}  {text}\n"

    def _verdict(self, outcome: CriterionOutcome) -> str:
        """`not met, passes`: for an exclusion that is the good news, and says so."""
        word = verdict_words(self.w, outcome)
        if outcome.verdict in ("unknown", "not applicable") and outcome.passes is not False:
            return word
        return self.w.chain([word, effect_words(self.w, outcome)])

    def _hint(self, outcome: CriterionOutcome) -> str:
        """What keeps a criterion open, and when to look again."""
        causes = dict.fromkeys(self.w(f"cause.{unknown.cause}") for unknown in outcome.unknowns)
        return self.w.clauses([*causes, provisional_words(self.w, outcome)])

    # ---- the evidence of some criteria

    def _evidence(self, answer: Answer) -> Iterator[str]:
        decision = answer.decision
        yield f"{self._head(decision)}\n"
        for one in answer.shown:
            yield from self.criterion(one, answer)

    def criterion(self, outcome: CriterionOutcome, answer: Answer) -> Iterator[str]:
        """One criterion with its whole evidence tree, and its rule text where that was asked for."""
        w, criterion = self.w, outcome.criterion
        head = w(
            "criterion.verdict",
            kind=w(f"kind.{criterion.kind}"),
            id=criterion.id,
            title=title_words(w, criterion),
            verdict=verdict_words(w, outcome),
            effect=effect_words(w, outcome),
        )
        sign = icon(outcome)
        yield "\n" + click.style(f"{sign} {head}", fg=_COLOURS[sign], bold=True) + "\n"
        said = wording(w, criterion)
        if said != title_words(w, criterion):
            yield f"  {said}\n"
        exact = answer.protocol_words(criterion.id)
        if exact:
            yield f"  {w('line.label', label=w('protocol.head'), text=exact)}\n"
        detail = criterion_reason(outcome, answer.decision, answer.advice, self.lang).detail
        yield f"  → {detail}\n" if detail else ""
        yield f"  {provisional_words(w, outcome)}\n" if outcome.provisional else ""
        if answer.source:
            yield from self._source(outcome, answer.decision)
        yield "\n"
        for line in tree(outcome, self.lang, answer.decision.protocol.moments):
            yield tree_line(line)

    def _source(self, outcome: CriterionOutcome, decision: Decision) -> Iterator[str]:
        lines = annotated(outcome, decision.protocol, self.lang)
        if not lines:
            return
        columns = max((width(line.text) for line in lines if line.beside and width(line.text) <= _BESIDE), default=0)
        number = len(str(lines[-1].number))
        yield f"\n  {outcome.criterion.span.file}\n"
        for line in lines:
            text = f"{pad(line.text, columns)}  # {line.beside}" if line.beside else line.text
            yield f"  {line.number:>{number}} | {text}".rstrip() + "\n"


def tree_line(line: Line) -> str:
    """One line of the evidence tree: `▸` marks the path that decided."""
    lead = "▸ " if line.decisive else "  "
    text = f"{'    ' * line.depth}{line.mark} {line.text}"
    # No red and green here: a condition of an exclusion that is met is no good news.
    return f"{lead}{click.style(text, bold=True) if line.decisive else text}\n"


def unused_line(lang: Lang, unused: Unused) -> str:
    """One thing that could not be used, and why."""
    key = "unused.near" if unused.nearest else "unused.line"
    return words(lang)(key, where=unused.where, reason=unused.reason, nearest=unused.nearest or "")


def advice_sections(answer: Answer, lang: Lang, *, flips: bool = True) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sections of advice with their headlines: what is needed, what is near, what would change the answer, and from which day."""
    w, advice, protocol = words(lang), answer.advice, answer.decision.protocol
    if advice is None:
        return
    yield w("needs.head"), needs_words(advice, protocol, lang)
    yield w("nearest.head"), nearest_words(advice, lang)
    if flips:
        yield w("flips.head"), flips_words(advice, protocol, lang)
    yield w("earliest.head"), earliest_words(advice, lang)
