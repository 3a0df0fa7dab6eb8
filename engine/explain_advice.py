"""Advice in words: what is still needed, how near the misses are, what would change the answer, and from which day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..dsl import model
from .dates import format_day
from .explain_evidence import cause_words, converted_value, item_when, item_words, need_words, number_unit
from .explain_rule import fact_words, node_words, number_words, subject_words
from .explain_words import Lang, Words, number_text, with_unit, words

if TYPE_CHECKING:
    from ..dsl.model import Protocol
    from .outcome import Advice, EarliestDay, Flip, NearMiss, RankedNeed, Real

_LONG = 7


def needs_words(advice: Advice, protocol: Protocol, lang: Lang) -> tuple[str, ...]:
    """What is still needed, in the advice's order, with the criteria that wait for it."""
    w = words(lang)
    return tuple(_need(w, need, protocol) for need in advice.needs)


def _need(w: Words, need: RankedNeed, protocol: Protocol) -> str:
    what = need_words(w, need.unknown, protocol.moments)
    parts = {"what": what, "cause": cause_words(w, need.unknown), "ids": w.listed(need.criteria), "alone": w.listed(need.alone)}
    if not need.alone:
        return w("needs.line", **parts)
    return w("needs.alone.same" if need.alone == need.criteria else "needs.alone", **parts)


def nearest_words(advice: Advice, lang: Lang) -> tuple[str, ...]:
    """The nearest misses: `I5: MELD 27.4, needs < 25`."""
    w = words(lang)
    return tuple(_miss(w, miss) for miss in advice.nearest)


def _miss(w: Words, miss: NearMiss) -> str:
    node = miss.outcome.node
    number = node.left if isinstance(node, model.Compare) else node.operand if isinstance(node, model.Between) else None
    unit = None if number is None else number_unit(number)
    name = "" if number is None else number_words(w, number)
    if isinstance(number, model.Value):
        name = subject_words(w, number.selection)
    needed = w("needed.op", op=w(f"op.{miss.op}"), value=with_unit(number_text(miss.needed), unit))
    line = w("nearest.line", id=miss.criterion, number=name, found=with_unit(number_text(miss.found), unit), needed=needed)
    if miss.item is None or not isinstance(number, model.Value):
        return line
    about = item_words(w, miss.item, name=False) if converted_value(miss.item) else item_when(w, miss.item)
    return w("nearest.from", line=line, item=about) if about else line


def distance_words(w: Words, miss: NearMiss) -> str:
    """How far it is from passing: `2 mm short`, `0.3 mg/dL too high`."""
    node = miss.outcome.node
    number = node.left if isinstance(node, model.Compare) else node.operand if isinstance(node, model.Between) else None
    by = with_unit(_rough(miss.distance if miss.distance > 0 else -miss.distance), None if number is None else number_unit(number))
    if not miss.distance:
        return w("distance.none")
    return w("distance.short" if miss.distance > 0 else "distance.over", by=by)


def _rough(value: Real) -> str:
    """A distance: three significant digits where the exact one is long."""
    text = number_text(value)
    return text if len(text) <= _LONG else number_text(Decimal(f"{float(value):.3g}"))


def flips_words(advice: Advice, protocol: Protocol, lang: Lang) -> tuple[str, ...]:
    """What single change would turn a criterion."""
    w = words(lang)
    return tuple(_flip(w, flip, protocol) for flip in advice.flips)


def _flip(w: Words, flip: Flip, protocol: Protocol) -> str:
    fact = protocol.facts.get(flip.detail)
    detail = fact_words(w, fact) if fact is not None else flip.detail
    if not detail and flip.outcome is not None:
        detail = node_words(w, flip.outcome.node)
    return w(f"flip.{flip.kind}" if detail else f"flip.{flip.kind}.bare", id=flip.criterion, detail=detail)


def earliest_words(advice: Advice, lang: Lang) -> tuple[str, ...]:
    """From which day the failing windows pass, or what prevents it; and what would fail by then."""
    w = words(lang)
    if advice.earliest is None:
        return ()
    return (_earliest(w, advice.earliest), *(_newly(w, advice.earliest)))


def _earliest(w: Words, earliest: EarliestDay) -> str:
    if earliest.day is not None:
        ids = w.listed(earliest.criteria)
        return w("earliest.day" if ids else "earliest.day.bare", ids=ids, day=format_day(earliest.day))
    if earliest.while_open:
        return w("earliest.while", items=w.clauses(item_words(w, item) for item in earliest.while_open))
    return w("earliest.never")


def _newly(w: Words, earliest: EarliestDay) -> tuple[str, ...]:
    """What would newly fail or be unknown, put together by verdict."""
    verdicts = dict.fromkeys(verdict for _, verdict in earliest.newly_failing)
    return tuple(
        w("earliest.newly", ids=w.listed(one for one, found in earliest.newly_failing if found == verdict), verdict=w(f"verdict.{verdict}"))
        for verdict in verdicts
    )
