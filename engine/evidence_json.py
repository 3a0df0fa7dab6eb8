"""The evidence of a criterion as a recursive JSON value: each node with its rule text, truth, numbers, records, window and notes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from ..canonical import canonical_number
from ..dsl import model
from ..dsl.source import NOWHERE, Span as Place, indexed
from .dates import format_day, format_partial
from .explain_evidence import item_words, note_words, number_unit, unknown_words
from .explain_rule import node_words
from .explain_tree import decisive_children
from .explain_words import Lang, Words, second_text, words
from .outcome import OUTSIDE, Amount, CriterionOutcome, Interval, Item, Note, Outcome, Real, Span, Unknown
from .record import Quantity

if TYPE_CHECKING:
    from ..canonical import Json
    from ..dsl.model import Protocol

_SIDES = ("value", "baseline", "change", "percent")
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")


def evidence(outcome: CriterionOutcome, protocol: Protocol, lang: Lang) -> list[Json]:
    """One entry for each block of the criterion: its `when` (or null) and its condition."""
    maker = _Maker(protocol, words(lang))
    return [
        {"when": None if block.when is None else maker.node(block.when), "condition": maker.node(block.body)} for block in outcome.blocks
    ]


def node_json(outcome: Outcome, protocol: Protocol, w: Words) -> dict[str, Json]:
    """The evidence of one condition or number that is no criterion: of an outcome."""
    return _Maker(protocol, w).node(outcome)


def unknown_json(unknown: Unknown, protocol: Protocol, lang: Lang) -> dict[str, Json]:
    """Why something is unknown, and what is needed."""
    return _Maker(protocol, words(lang)).unknown(unknown)


class _Maker:
    """Knows the protocol's texts and the language; leaves out what is empty, so that the tree stays readable."""

    def __init__(self, protocol: Protocol, w: Words) -> None:
        self.protocol = protocol
        self.w = w

    def node(self, outcome: Outcome, label: str | None = None) -> dict[str, Json]:
        node = outcome.node
        found: dict[str, Json] = {"node": _CAMEL.sub(" ", type(node).__name__).lower()}
        if label:
            found["label"] = label
        found["rule"] = rule_text(self.protocol, getattr(node, "span", NOWHERE))
        found["words"] = node_words(self.w, node)
        if outcome.amounts:
            found["amounts"] = [amount_json(amount) for amount in outcome.amounts]
            found["unit"] = unit_text(outcome)
        else:
            found["truth"] = outcome.truth
            found["firm"] = outcome.firm
        if outcome.items:
            found["records"] = [self.record(item) for item in outcome.items]
        if outcome.window is not None:
            found["window"] = window_json(outcome.window)
        if outcome.unknowns:
            found["unknowns"] = [self.unknown(unknown) for unknown in outcome.unknowns]
        if outcome.notes:
            found["notes"] = [self.note(note, outcome) for note in outcome.notes]
        if outcome.children:
            found["children"] = self.children(outcome)
        return found

    def children(self, outcome: Outcome) -> list[Json]:
        labels: list[str | None] = [None] * len(outcome.children)
        if isinstance(outcome.node, model.Group):
            labels = [member.label for member in outcome.node.members]
        elif isinstance(outcome.node, model.Improved | model.SinceBaseline):
            labels = list(_SIDES[: len(outcome.children)])
        deciding = decisive_children(outcome)
        found: list[Json] = []
        for index, (child, label) in enumerate(zip(outcome.children, labels, strict=True)):
            made = self.node(child, label)
            if "truth" in made:
                made["decisive"] = index in deciding
            found.append(made)
        return found

    def record(self, item: Item) -> dict[str, Json]:
        return {**item_json(item), "words": item_words(self.w, item)}

    def unknown(self, unknown: Unknown) -> dict[str, Json]:
        return {
            "cause": unknown.cause,
            "text": unknown_words(self.w, unknown, self.protocol.moments),
            "fact": None if unknown.fact is None else unknown.fact.name,
            "detail": unknown.detail or None,
            "window": None if unknown.window is None else window_json(unknown.window),
            "newest": None if unknown.newest is None else item_json(unknown.newest),
        }

    def note(self, note: Note, outcome: Outcome) -> dict[str, Json]:
        selection = getattr(outcome.node, "selection", None)
        fact = selection.fact if isinstance(selection, model.Selection) else None
        found: dict[str, Json] = {"code": note.code, "text": note_words(self.w, note, fact, self.protocol.moments)}
        if note.code in OUTSIDE:
            found["records"] = [item_json(item) for item in note.items]
            found["distance"] = note.distance
        return found


def rule_text(protocol: Protocol, place: Place) -> dict[str, Json] | None:
    """Where a node stands in the rule files, with its text where that is one line; None for a node that the checker made up.

    The file is named as seen from the folder of the rule file, so that a decision is the same bytes wherever that folder lies.
    """
    text = protocol.files.get(place.file)
    if place == NOWHERE or text is None or place.end > len(text):
        return None
    at = indexed(place.file, text).position(place.start)
    said = text[place.start : place.end]
    found: dict[str, Json] = {
        "file": _local(protocol, place.file),
        "line": at.line,
        "column": at.column,
        "start": place.start,
        "end": place.end,
    }
    if "\n" not in said:
        found["text"] = said
    return found


def _local(protocol: Protocol, name: str) -> str:
    root = protocol.criteria[0].span.file if protocol.criteria else name
    folder = root[: max(root.rfind("/"), root.rfind("\\")) + 1]
    return name.removeprefix(folder).replace("\\", "/")


def item_json(item: Item) -> dict[str, Json]:
    """One record: as recorded, as converted, when, by whom, from where."""
    entry = item.entry
    found: dict[str, Json] = {"fact": item.fact.name, "value": None if entry.value is None else _value(entry.value)}
    optional: dict[str, Json] = {
        "unit": entry.unit,
        "comparator": entry.comparator,
        "converted": None if item.number is None else amount_json(item.number),
        "converted_unit": None if item.number is None or item.fact.unit is None else item.fact.unit.text,
        "word": item.word,
        "date": None if entry.start is None or item.fact.kind in model.INTERVAL_KINDS else format_partial(entry.start),
        "start": format_partial(entry.start) if entry.start is not None and item.fact.kind in model.INTERVAL_KINDS else None,
        "end": None if entry.end is None else format_partial(entry.end),
        "range": _range(item),
        "attributes": {name: _attribute(value) for name, value in sorted(entry.attributes.items())} or None,
        "by": entry.by,
        "reason": entry.reason,
        "source": entry.source,
        "id": entry.id,
        "problem": item.problem,
    }
    found.update({key: value for key, value in optional.items() if value is not None})
    if not item.positive:
        found["negated"] = True
    if item.doubtful_end:
        found["doubtful_end"] = True
    return found


def _value(value: Decimal | str | bool) -> Json:  # noqa: FBT001 - a recorded yes or no
    return number_json(value) if isinstance(value, Decimal) else value


def _attribute(value: str | Quantity) -> Json:
    return {"value": number_json(value.value), "unit": value.unit} if isinstance(value, Quantity) else value


def _range(item: Item) -> Json:
    entry = item.entry
    if entry.range_low is None and entry.range_high is None:
        return None
    low = None if entry.range_low is None else number_json(entry.range_low)
    high = None if entry.range_high is None else number_json(entry.range_high)
    return {"low": low, "high": high, "unit": entry.range_unit or entry.unit}


def number_json(value: Real | Decimal) -> int | Decimal:
    """A number for JSON: an int where it is whole, else a Decimal in canonical form."""
    text = canonical_number(value)
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def amount_json(amount: Amount) -> Json:
    """A number, or an interval as an object of its bounds."""
    if not isinstance(amount, Interval):
        return number_json(amount)
    return {
        "low": None if amount.low is None else number_json(amount.low),
        "high": None if amount.high is None else number_json(amount.high),
        "low_open": amount.low_open,
        "high_open": amount.high_open,
    }


def window_json(span: Span) -> dict[str, Json]:
    """A window as days; a bound that is known only as an interval is written `first/last`, with `..` for an open side."""
    found: dict[str, Json] = {
        "start": _bound(span.start_low, span.start_high, span.start_second),
        "end": _bound(span.end_low, span.end_high, span.end_second),
        "open": span.open,
    }
    if span.planned:
        found["planned"] = [moment.name for moment in span.planned]
    if span.recheck is not None:
        found["recheck"] = format_day(span.recheck)
    return found


def _bound(low: int | None, high: int | None, second: int | None) -> Json:
    if second is not None:
        return second_text(second)
    if low is None and high is None:
        return None
    if low == high and low is not None:
        return format_day(low)
    return f"{'..' if low is None else format_day(low)}/{'..' if high is None else format_day(high)}"


def unit_text(outcome: Outcome) -> str | None:
    """The unit of a number's amounts, or of the left side of a comparison; None for a plain number."""
    node = outcome.node
    subject = node.left if isinstance(node, model.Compare) else node.operand if isinstance(node, model.Between) else node
    unit = number_unit(subject)
    return None if unit is None else unit.text
