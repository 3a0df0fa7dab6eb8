"""Records, causes of unknown, needs and notes in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ..dsl import model
from .dates import format_day, format_partial
from .explain_rule import attribute_value, fact_words, moment_words, records_words
from .explain_words import PERCENT, Words, amount_text, number_text, same_number, short_text, with_unit
from .outcome import OUTSIDE, Amount, Interval, Item, Note, Outcome, Span, Unknown
from .record import Entry, Quantity

if TYPE_CHECKING:
    from ..dsl.units import Unit

Moments = Mapping[str, model.Moment]


# ---------------------------------------------------------------- records


def item_words(w: Words, item: Item, *, name: bool = True, source: bool = True) -> str:
    """One record: what it says as recorded and as converted, when, by whom, and where it comes from."""
    entry = item.entry
    said = _said(w, item)
    itself = name and not said and item.fact.kind in model.PRESENCE_KINDS
    parts = [fact_words(w, item.fact) if itself else said, _dated(w, item)]
    parts += [_attribute(w, key, value) for key, value in sorted(entry.attributes.items())]
    parts.append(_range(w, entry))
    # A consent's `by` is an attribute too: it is said once.
    parts.append(w("item.by", by=entry.by) if entry.by and entry.by != entry.attributes.get("by") else "")
    parts.append(w("item.reason", reason=entry.reason) if entry.reason else "")
    parts.append(w("item.doubtful") if item.doubtful_end else "")
    parts.append(w(f"cause.{item.problem}") if item.problem else "")
    text = w.chain(parts)
    if name and not itself:
        text = w("item.of", fact=fact_words(w, item.fact), what=text)
    return f"{text} [{origin(entry)}]" if source and origin(entry) else text


def item_when(w: Words, item: Item) -> str:
    """When a record is dated and where it comes from, without what it says."""
    date = "" if item.entry.start is None else format_partial(item.entry.start)
    came = origin(item.entry)
    return w.join([date, f" [{came}]" if came else ""]).strip()


def origin(entry: Entry) -> str:
    """Where a record comes from: its source, else its id."""
    return entry.source or entry.id or ""


def recorded_value(w: Words, entry: Entry, fact: model.Fact) -> str:
    """The value as recorded, with its unit and comparator."""
    value = entry.value
    if value is None:
        return "" if fact.kind in model.PRESENCE_KINDS else w("item.novalue")
    if value is True:
        return w("item.yes")
    if value is False:
        return w("item.no")
    if isinstance(value, str):
        return w.term(value)
    sign = w(f"op.{entry.comparator}") + " " if entry.comparator else ""
    return with_unit(sign + number_text(value), entry.unit)


def converted_value(item: Item) -> str:
    """The value in the declared unit, where that is written otherwise than the recorded one."""
    unit, number, value = item.fact.unit, item.number, item.entry.value
    if number is None or unit is None or not isinstance(value, Decimal) or item.entry.unit in (None, item.fact.unit_text, unit.text):
        return ""
    plain = number.high if isinstance(number, Interval) and number.high is not None else number
    if isinstance(plain, Interval):
        plain = plain.low if plain.low is not None else 0
    if same_number(Fraction(plain), value) and not isinstance(number, Interval):
        return ""
    return with_unit(amount_text(number), unit)


def _said(w: Words, item: Item) -> str:
    if item.fact.kind in model.PRESENCE_KINDS and item.positive and item.entry.value in (None, True):
        return ""
    recorded, converted = recorded_value(w, item.entry, item.fact), converted_value(item)
    return w("item.converted", recorded=recorded, converted=converted) if converted else recorded


def _dated(w: Words, item: Item) -> str:
    """When it was: a day, or from when to when."""
    entry = item.entry
    start = "" if entry.start is None else format_partial(entry.start)
    if item.fact.kind == "attribute":
        return start if entry.value is None else ""
    if item.fact.kind not in model.INTERVAL_KINDS or not item.positive:
        return start or w("item.undated")
    if entry.end is not None:
        return w("item.span", start=start or w("item.start.unknown"), end=format_partial(entry.end))
    if not start:
        return w("item.undated") if entry.end_kind == "ongoing" else w("item.start.unknown")
    return w("item.open" if entry.end_kind == "ongoing" else "item.closed", start=start)


def _attribute(w: Words, name: str, value: str | Quantity) -> str:
    text = with_unit(number_text(value.value), value.unit) if isinstance(value, Quantity) else attribute_value(w, value)
    return w("item.attribute", name=w.term(name), value=text)


def _range(w: Words, entry: Entry) -> str:
    unit = entry.range_unit or entry.unit
    low = "" if entry.range_low is None else number_text(entry.range_low)
    high = "" if entry.range_high is None else number_text(entry.range_high)
    if low and high:
        return w("item.range", low=low, high=with_unit(high, unit))
    if low:
        return w("item.range.low", low=with_unit(low, unit))
    return w("item.range.high", high=with_unit(high, unit)) if high else ""


# ---------------------------------------------------------------- numbers found


def number_unit(number: object) -> Unit | None:
    """The unit in which a number node's amounts are."""
    match number:
        case model.Value() | model.Aggregate() | model.Quantity() | model.Arith():
            return number.unit
        case model.DefinedNumber():
            return number.definition.unit
        case model.SinceBaseline():
            return PERCENT if number.percent else number.unit or number_unit(number.operand)
        case model.ItsNumber():
            return number.attribute.unit
        case model.Choose():
            return number_unit(number.otherwise)
        case model.FirstKnown():
            return number_unit(number.operands[0])
        case model.Negative():
            return number_unit(number.operand)
        case model.Call():
            return number_unit(number.arguments[0]) if number.function in ("min", "max", "abs", "round", "floor", "ceil") else None
        case _:
            return None


def amounts_words(w: Words, amounts: tuple[Amount, ...], unit: Unit | None) -> str:
    """What a number came to; several where the records leave several open."""
    texts = tuple(dict.fromkeys(amount_text(amount) for amount in amounts))
    return with_unit(w.listed(texts, "list.or"), unit)


def found_words(w: Words, outcome: Outcome) -> str:
    """What a number came to, with the record where it is the value of one record."""
    node = outcome.node
    if isinstance(node, model.Value) and node.selection.attribute is None and outcome.items:
        return w.clauses(item_words(w, item, name=False) for item in outcome.items)
    return number_found(w, outcome)


def number_found(w: Words, outcome: Outcome) -> str:
    """What a number came to, with its unit; an age in years."""
    if not outcome.amounts:
        return ""
    if isinstance(outcome.node, model.SinceBaseline) and outcome.node.percent:
        return with_unit(w.listed((short_text(amount) for amount in outcome.amounts), "list.or"), PERCENT)
    text = amounts_words(w, outcome.amounts, number_unit(outcome.node))
    return w("value.age", n=text) if isinstance(outcome.node, model.Age) and text else text


# ---------------------------------------------------------------- unknowns and notes


def cause_words(w: Words, unknown: Unknown) -> str:
    """The cause of unknown, in its short form."""
    return w(f"cause.{unknown.cause}")


def unknown_words(w: Words, unknown: Unknown, moments: Moments) -> str:
    """Why something is unknown, what is needed, and the newest record that does not do, or the first one after the window."""
    need = need_words(w, unknown, moments)
    text = need if unknown.cause == "stated by the rule" else w("unknown", cause=cause_words(w, unknown), what=need)
    if unknown.newest is None:
        return text
    key = "note.after window" if _behind(unknown.newest, unknown.window) else "unknown.newest"
    return w.clauses([text, w(key, item=item_words(w, unknown.newest, name=unknown.fact is not unknown.newest.fact))])


def _behind(item: Item, window: Span | None) -> bool:
    """Whether a record lies after a window that has ended."""
    return window is not None and window.end_high is not None and item.first > window.end_high


def need_words(w: Words, unknown: Unknown, moments: Moments) -> str:
    """What would settle an unknown."""
    key = f"need.{unknown.cause}"
    if unknown.cause == "unit not convertible" and unknown.detail:
        key += ".detail"
    window = "" if unknown.window is None else w.window(unknown.window, "need.window")
    if not window and w.has(f"{key}.undated"):
        key += ".undated"
    fact = w("need.something") if unknown.fact is None else fact_words(w, unknown.fact)
    return w(key, fact=fact, window=window, detail=_detail(w, unknown, moments))


def _detail(w: Words, unknown: Unknown, moments: Moments) -> str:
    if unknown.cause == "moment not set":
        moment = moments.get(unknown.detail)
        return w.term(unknown.detail) if moment is None else moment_words(w, moment)
    if unknown.cause == "attribute not recorded":
        return w.term(unknown.detail)
    return unknown.detail


def note_words(w: Words, note: Note, fact: model.Fact | None, moments: Moments, shown: Sequence[Item] = ()) -> str:
    """A note beside a truth; `fact` is the one its node is about, `shown` are records that the reader has before him already."""
    detail = note.detail
    match note.code:
        case "assumed absent":
            return _assumed_absent(w, note)
        case code if code in OUTSIDE:
            return _outside(w, note, fact)
        case "plan":
            moment = moments.get(detail)
            named = w.term(detail) if moment is None else moment_words(w, moment)
            return w("note.plan.undated", detail=named) if note.day is None else w("note.plan", detail=named, day=format_day(note.day))
        case code if w.has(f"note.{code}"):
            text = w(f"note.{code}", detail=w.term(detail) if code in ("attribute assumed", "default used") else detail)
        case _:
            text = w("note.other", code=note.code, detail=detail)
    return w.clauses([text, *(item_words(w, item) for item in note.items if not any(item is other for other in shown))])


def _assumed_absent(w: Words, note: Note) -> str:
    what = w("need.something") if note.selection is None else w.once(records_words, note.selection)
    if note.window is not None:
        key = "note.absent.passed" if note.window.open else "note.absent.window"
        what = w(key, what=what, window=w.window(note.window))
    else:
        what = w("note.absent", what=what)
    key = "note.assumed absent.why" if note.detail and not w.foreign(note.detail) else "note.assumed absent"
    return w(key, what=what, detail=note.detail)


def _outside(w: Words, note: Note, fact: model.Fact | None) -> str:
    """A record outside the window: on which side, by how much, and which."""
    found = w.clauses(item_words(w, item, name=item.fact is not fact) for item in note.items)
    if note.distance is None:
        return w(f"note.{note.code}", item=found)
    return w.count(f"note.{note.code}.days", note.distance, item=found)
