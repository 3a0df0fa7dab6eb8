"""What was found against a criterion, a line each: value, date, source, what would pass, and how far it is from there."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...dsl import model
from ...engine.dates import format_partial
from ...engine.explain_advice import distance_words
from ...engine.explain_evidence import converted_value, number_found, origin, recorded_value
from ...engine.explain_reasons import age_words, criterion_near_miss, criterion_parts
from ...engine.explain_rule import NUMBERS, fact_words, number_words, subject_words
from ...engine.explain_words import number_text, with_unit, words
from .words import say, texts

if TYPE_CHECKING:
    from ...engine.explain_reasons import Part
    from ...engine.explain_words import Lang, Words
    from ...engine.outcome import Advice, CriterionOutcome, Decision, Item, NearMiss, Outcome

_MOST: Final = 6
_DECIMALS: Final = re.compile(r"(?<![\w.])(\d+\.\d{4})\d{2,}(?!\w|\.\d)")
"""Long numbers, but no dotted codes (`1.2.840.113619`) and no parts of names."""
_MEASURED: Final = model.VALUE_KINDS
_AMOUNT: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?) (?P<unit>\S+)")


@frozen
class Finding:
    """One thing that was found. Empty fields are not known, or no matter here."""

    what: str
    found: str
    dated: str
    source: str
    needed: str
    distance: str
    fact: str = ""
    """Name of the recorded fact, of what stands in the record."""


def findings(outcome: CriterionOutcome, decision: Decision, advice: Advice, lang: Lang) -> tuple[Finding, ...]:
    """What decided a criterion; nothing for one that is open."""
    if outcome.passes is None or outcome.verdict == "unknown":
        return ()
    w = words(lang)
    found: list[Finding] = []
    for leaf, part in criterion_parts(outcome, decision, advice, lang):
        found += _of_leaf(w, leaf, part, outcome, decision, advice)
    return tuple(dict.fromkeys(found))[:_MOST]


def _of_leaf(w: Words, leaf: Outcome, part: Part, outcome: CriterionOutcome, decision: Decision, advice: Advice) -> list[Finding]:
    items = _items(leaf)
    if not items:
        return []
    miss = criterion_near_miss(advice, outcome, leaf)
    distance = "" if miss is None else _as_recorded(w, miss) or distance_words(w, miss)
    number = _number(leaf)
    if number is not None and (len(items) > 1 or not isinstance(number.node, model.Value)):
        # A number that is made from several records: itself first, then what it is made from.
        whole = Finding(_name_of_number(w, number), short(number_found(w, number)), _age(w, part), "", part.needed, distance)
        return [whole, *(_of_item(w, item, fact_words(w, item.fact), "", "", "") for item in items)]
    needed = part.needed or _none_within(w, leaf)
    return [_of_item(w, item, _name(w, leaf, item), needed, distance, _age(w, part) or _ago(w, item, decision)) for item in items]


def _none_within(w: Words, leaf: Outcome) -> str:
    """Of something that excludes by being there: the window in which it may not be."""
    if not isinstance(leaf.node, model.Exists) or leaf.truth is not True or leaf.window is None:
        return ""
    window = w.window(leaf.window)
    return "" if window == w("window.any") else say(w.lang, "none_within", window=window)


def _ago(w: Words, item: Item, decision: Decision) -> str:
    """How long before the assessment something happened."""
    known = item.first == item.last and item.fact.kind == "event" and item.first <= decision.assessment
    return age_words(w, decision.assessment - item.first) if known else ""


def _name_of_number(w: Words, number: Outcome) -> str:
    node = number.node
    return number_words(w, node) if isinstance(node, NUMBERS) else ""


def short(text: str) -> str:
    """Long numbers with at most four decimals; the exact ones stand in the evidence."""
    return _DECIMALS.sub(r"\1…", text)


def _as_recorded(w: Words, miss: NearMiss) -> str:
    """The distance in the unit in which both record and rule are written, where that is one: `0.4 mg/dL too high`; else nothing."""
    node = miss.outcome.node
    if miss.item is None or not isinstance(node, model.Compare) or not isinstance(node.left, model.Value):
        return ""
    entry, limit = miss.item.entry, node.right
    if not isinstance(limit, model.Quantity) or not isinstance(entry.value, Decimal) or not entry.unit:
        return ""
    stated = _AMOUNT.fullmatch(limit.text)
    if stated is None or stated["unit"] != entry.unit or not converted_value(miss.item):
        return ""
    by = Decimal(stated["number"]) - entry.value
    if not by or (by > 0) != (miss.distance > 0):
        return ""
    return w("distance.short" if by > 0 else "distance.over", by=with_unit(number_text(abs(by)), entry.unit))


def _number(leaf: Outcome) -> Outcome | None:
    """The compared number of a comparison."""
    if isinstance(leaf.node, model.Compare | model.Between) and leaf.children:
        return leaf.children[0]
    return None


def _items(leaf: Outcome) -> list[Item]:
    """The records of a leaf and of its numbers, each once."""
    found = {id(item): item for part in leaf.walk() for item in part.items}
    return list(found.values())


def _name(w: Words, leaf: Outcome, item: Item) -> str:
    number = _number(leaf)
    node = leaf.node if number is None else number.node
    selection = getattr(node, "selection", None)
    if isinstance(selection, model.Selection) and item.fact.kind in _MEASURED and selection.fact is item.fact:
        return subject_words(w, selection)
    return fact_words(w, item.fact)


def _age(w: Words, part: Part) -> str:
    return "" if part.age is None else age_words(w, part.age)


def _of_item(w: Words, item: Item, name: str, needed: str, distance: str, age: str) -> Finding:
    entry = item.entry
    presence = item.fact.kind in model.PRESENCE_KINDS and item.positive
    value = w("item.yes") if presence and entry.value in (None, True) else recorded_value(w, entry, item.fact)
    converted = converted_value(item)
    said = short(w("item.converted", recorded=value, converted=converted) if converted else value)
    return Finding(name, said, w.chain([_dated(w, item), age]), origin(entry) or texts(w.lang)["no_source"], needed, distance, entry.fact)


def _dated(w: Words, item: Item) -> str:
    entry = item.entry
    start = "" if entry.start is None else format_partial(entry.start)
    if item.fact.kind not in model.INTERVAL_KINDS or not item.positive:
        return start
    if entry.end is not None:
        return w("item.span", start=start or w("item.start.unknown"), end=format_partial(entry.end))
    return w("item.open", start=start) if start and entry.end_kind == "ongoing" else start
