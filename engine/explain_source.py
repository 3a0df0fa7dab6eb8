"""The rule text of a criterion with what was found written beside each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..dsl import model
from ..dsl.source import NOWHERE, indexed
from .explain_evidence import found_words, item_words
from .explain_rule import CONDITIONS
from .explain_tree import MARKS
from .explain_words import Lang, Words, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dsl.model import Protocol
    from .outcome import CriterionOutcome, Outcome


@frozen
class SourceLine:
    """One line of rule text: its number in the file, the text, and `beside`: marks and values of the conditions that begin on it."""

    number: int
    text: str
    beside: str = ""


@frozen
class Beside:
    """What was found for one condition of the text: where it begins and ends (characters of the file), and a mark with the value."""

    start: int
    end: int
    text: str


def beside(outcome: CriterionOutcome, protocol: Protocol, lang: Lang) -> tuple[Beside, ...]:
    """The conditions that stand in a criterion's own text, with what was found; empty if the protocol does not hold its text."""
    place = outcome.criterion.span
    text = protocol.files.get(place.file)
    if place == NOWHERE or text is None or place.end > len(text):
        return ()
    w = words(lang)
    spans = [(found, getattr(found.node, "span", NOWHERE)) for found in _shown(outcome)]
    return tuple(
        Beside(at.start, at.end, _result(w, found)) for found, at in spans if at.file == place.file and place.start <= at.start < place.end
    )


def annotated(outcome: CriterionOutcome, protocol: Protocol, lang: Lang) -> tuple[SourceLine, ...]:
    """The criterion's lines; empty if the protocol does not hold its text."""
    place = outcome.criterion.span
    text = protocol.files.get(place.file)
    if place == NOWHERE or text is None or place.end > len(text):
        return ()
    source = indexed(place.file, text)
    first, last = source.position(place.start).line, source.position(max(place.start, place.end - 1)).line
    found: dict[int, list[str]] = {}
    for one in beside(outcome, protocol, lang):
        found.setdefault(source.position(one.start).line, []).append(one.text)
    lines = [SourceLine(number, source.line_text(number), "  ".join(found.get(number, ()))) for number in range(first, last + 1)]
    while lines and not lines[-1].text.strip():
        lines.pop()
    return tuple(lines)


def _shown(outcome: CriterionOutcome) -> Iterator[Outcome]:
    """Conditions in the order of the text, groups before their members; what a definition holds stands elsewhere and is not entered."""
    for block in outcome.blocks:
        for root in (block.when, block.body):
            if root is not None:
                yield from _conditions(root)


def _conditions(outcome: Outcome) -> Iterator[Outcome]:
    if not isinstance(outcome.node, CONDITIONS):
        return
    # An inline `and` begins where its first part begins: the parts say enough.
    if not isinstance(outcome.node, model.Connective):
        yield outcome
    if isinstance(outcome.node, model.Not | model.KnownThat) and _simple(outcome.children[0]):
        return
    if not isinstance(outcome.node, model.DefinedTruth):
        for child in outcome.children:
            yield from _conditions(child)


def _simple(outcome: Outcome) -> bool:
    """Whether a condition has no conditions below it that stand in this text."""
    return isinstance(outcome.node, model.DefinedTruth) or not any(isinstance(child.node, CONDITIONS) for child in outcome.children)


def _result(w: Words, outcome: Outcome) -> str:
    """A mark and, where there is one, the value."""
    mark = MARKS[outcome.truth]
    while isinstance(outcome.node, model.Not | model.KnownThat) and outcome.children:
        outcome = outcome.children[0]
    node = outcome.node
    value = ""
    if isinstance(node, model.Compare | model.Between) and outcome.children and outcome.children[0].amounts:
        value = found_words(w, outcome.children[0])
    elif isinstance(node, model.Exists | model.IsWord | model.Quantified | model.TakenSince | model.Unchanged):
        value = w.clauses(item_words(w, item, name=False) for item in outcome.items)
    if not value and outcome.unknowns and outcome.truth is None:
        value = w.clauses(w(f"cause.{unknown.cause}") for unknown in outcome.unknowns)
    return f"{mark} {value}".strip()
