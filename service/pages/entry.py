"""Forms for what is missing, as values: which fields a fact has; and what was typed, as a fact."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ...dsl import model
from ...engine.explain_advice import needs_words
from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import words
from ...engine.record import Quantity
from ...records.facts import parse_number
from ..work.worklist import key_of
from .words import say, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...canonical import Json
    from ...dsl.model import Attribute, Fact, Protocol
    from ...engine.explain_words import Lang, Words
    from ...engine.outcome import Advice, RankedNeed
    from ...engine.record import Entry
    from .todo import Todo

_PREFIX: Final = "a-"
_SAID: Final = ("by", "reason", "source", "id")
"""What is told beside a fact, about who says it."""


@frozen
class Option:
    """A choice; `value` is what the record keeps."""

    value: str
    label: str


@frozen
class Field:
    """One field: `kind` is number, unit (free text with suggestions), text or select."""

    name: str
    kind: str
    label: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    value: str = ""
    required: bool = False


@frozen
class Form:
    """What is asked to record one fact, moment or detail of the person; `target` names it."""

    target: str
    title: str
    fields: tuple[Field, ...]


@frozen
class Need:
    """One missing item, with the form that records it where there is one."""

    number: int
    text: str
    criteria: tuple[str, ...]
    alone: str
    form: Form | None
    key: str
    todo: Todo | None = None


def needs_of(advice: Advice, protocol: Protocol, lang: Lang) -> tuple[Need, ...]:
    """What is missing, in the order in which it helps most."""
    lines = needs_words(advice, protocol, lang)
    return tuple(_need(number, text, need, protocol, lang) for number, (text, need) in enumerate(zip(lines, advice.needs, strict=True), 1))


def _need(number: int, text: str, need: RankedNeed, protocol: Protocol, lang: Lang) -> Need:
    fact = need.unknown.fact
    w = words(lang)
    alone = say(lang, "decides_alone", ids=w.listed(need.alone)) if need.alone else ""
    form: Form | None = None
    if need.unknown.cause == "moment not set" and need.unknown.detail in protocol.moments:
        form = moment_form(protocol.moments[need.unknown.detail], lang)
    elif fact is not None:
        form = form_of(fact.members[0] if fact.kind == "group" and fact.members else fact, lang)
    return Need(number, text, need.criteria, alone, form, key_of(need.unknown))


def moment_form(moment: model.Moment, lang: Lang) -> Form:
    """The day of a moment."""
    w, t = words(lang), texts(lang)
    return Form(
        f"moment:{moment.name}", moment_words(w, moment), (Field("date", "text", t["field_moment"], (), t["date_hint"], required=True),)
    )


def form_of(fact: Fact, lang: Lang) -> Form | None:
    """The fields of a fact; None for one that is put together from others. No day stands in them yet: most values are not of today."""
    if fact.kind == "group":
        return None
    w = words(lang)
    if fact.kind == "attribute":
        return Form(f"person:{fact.name}", fact_words(w, fact), tuple(_person(fact, lang)))
    found = [*_value_fields(w, fact), *_day_fields(fact, lang), *_attribute_fields(w, fact)]
    if fact.kind == "judgement":
        found.append(Field("reason", "text", texts(lang)["field_reason"], required=True))
    else:
        found.append(Field("source", "text", texts(lang)["field_source"], (), texts(lang)["field_source_hint"]))
    return Form(f"fact:{fact.name}", fact_words(w, fact), tuple(found))


def _person(fact: Fact, lang: Lang) -> Iterator[Field]:
    t = texts(lang)
    if fact.words:
        yield Field(
            "value", "select", t["field_value"], tuple(Option(word, t.get(f"sex_{word}", word)) for word in fact.words), required=True
        )
    else:
        yield Field("value", "text", t["field_value"], (), t["date_hint"], required=True)


def _value_fields(w: Words, fact: Fact) -> Iterator[Field]:
    t = texts(w.lang)
    if fact.kind in model.NUMBER_KINDS and not fact.words:
        yield Field("value", "number", t["field_value"], required=True)
        units = _units(fact)
        if units:
            yield Field("unit", "unit", t["field_unit"], tuple(Option(unit, unit) for unit in units), value=units[0])
        if fact.kind == "lab":
            yield Field("low", "number", t["field_low"])
            yield Field("high", "number", t["field_high"])
    elif fact.words:
        yield Field("value", "select", t["field_finding"], tuple(Option(word, w.term(word)) for word in fact.words), required=True)
    else:
        yield Field("value", "select", t["field_present"], (Option("no", t["field_no"]), Option("yes", t["field_yes"])), required=True)


def _units(fact: Fact) -> tuple[str, ...]:
    """Units that come to mind; any other that can be converted does as well."""
    bridged = [unit.text for bridge in fact.bridges for unit in (bridge.left, bridge.right)]
    declared = [fact.unit_text or "", "" if fact.unit is None else fact.unit.text]
    return tuple(dict.fromkeys(unit for unit in (*declared, *bridged) if unit and unit != "1"))


def _day_fields(fact: Fact, lang: Lang) -> Iterator[Field]:
    t = texts(lang)
    if fact.kind in model.INTERVAL_KINDS:
        yield Field("start", "text", t["field_start"], (), t["date_hint"])
        yield Field("end", "text", t["field_end"], (), t["field_end_hint"])
    else:
        yield Field("date", "text", t["field_date"], (), t["date_hint"], required=True)


def _attribute_fields(w: Words, fact: Fact) -> Iterator[Field]:
    for name, attribute in fact.attributes.items():
        label = w.term(name)
        if attribute.words:
            options = (Option("", "–"), *(Option(word, w.term(word)) for word in attribute.words))
            yield Field(f"{_PREFIX}{name}", "select", label, options)
        else:
            yield Field(f"{_PREFIX}{name}", attribute.kind, label, (), _unit_of(attribute))


def _unit_of(attribute: Attribute) -> str:
    return attribute.unit.text if attribute.unit is not None and attribute.unit.text != "1" else ""


def correction_form(fact: Fact, lang: Lang) -> Form | None:
    """The fields of a recorded fact; of a judgement also whose it is, which a new one takes from who enters it."""
    form = form_of(fact, lang)
    if form is None or fact.kind != "judgement" or "by" in fact.attributes:
        return form
    return evolve(form, fields=(*form.fields, Field("by", "text", texts(lang)["field_by"], required=True)))


def filled(form: Form, values: Mapping[str, str]) -> Form:
    """The form with what is recorded, or was typed, in its fields."""
    return evolve(form, fields=tuple(evolve(one, value=values.get(one.name, "")) for one in form.fields))


def values_of(fact: Fact, raw: Mapping[str, Json], entry: Entry) -> dict[str, str]:
    """What the fields of a recorded fact hold; days stand as they are written in the record."""
    found = {key: str(raw[key]) for key in ("date", "start", "end", "unit", "source", "reason", "by") if raw.get(key) is not None}
    if fact.kind in model.INTERVAL_KINDS and "date" in found:
        found.setdefault("start", found["date"])
    found |= {key: str(end) for key, end in (("low", entry.range_low), ("high", entry.range_high)) if end is not None}
    for name, value in entry.attributes.items():
        found[f"{_PREFIX}{name}"] = _quantity_text(value, fact.attributes.get(name)) if isinstance(value, Quantity) else value
    return found | {"value": _value_text(fact, entry)}


def _value_text(fact: Fact, entry: Entry) -> str:
    if isinstance(entry.value, Decimal):
        return f"{entry.comparator or ''}{entry.value}"
    if isinstance(entry.value, str):
        return entry.value
    present = entry.value is not False
    return ("yes" if present else "no") if entry.value is not None or fact.kind in model.PRESENCE_KINDS else ""


def _quantity_text(value: Quantity, attribute: Attribute | None) -> str:
    """A number in the unit of its field; in another unit with that, which no field takes: nobody keeps it by accident."""
    unit = value.unit or ""
    same = attribute is None or unit in ("", "1", _unit_of(attribute))
    return str(value.value) if same else f"{value.value} {unit}"


def corrected(fact: Fact, typed: Mapping[str, str], day: str, old: Mapping[str, Json]) -> dict[str, Json]:
    """What was typed in place of a recorded fact.

    What the form does not ask for stays: the source's own id, and who said it. A reference range that nobody touched means what it meant,
    whatever unit the value has now.
    """
    found = fact_of(fact, typed, day)
    found |= {key: old[key] for key in _SAID if key not in typed and key not in fact.attributes and old.get(key) is not None}
    before, now = old.get("range"), found.get("range")
    if isinstance(before, dict) and isinstance(now, dict) and all(before.get(key) == now.get(key) for key in ("low", "high")):
        unit = before.get("unit") or old.get("unit")
        now |= {} if unit is None else {"unit": unit}
    return found


def fact_of(fact: Fact, typed: Mapping[str, str], day: str) -> dict[str, Json]:
    """What was typed, in the keys of `trialrules/patient/1`; what is no number stays text, and is refused where records are read."""
    given = {key: text.strip() for key, text in typed.items() if text.strip()}
    found: dict[str, Json] = {"fact": fact.name}
    _put_value(found, fact, given)
    if fact.kind in model.INTERVAL_KINDS and found.get("value") is False:
        found["date"] = given.get("end") or given.get("start") or day
    else:
        found |= {key: given[key] for key in ("date", "start", "end") if key in given}
    for name, attribute in fact.attributes.items():
        text = given.get(f"{_PREFIX}{name}")
        if text:
            found[name] = {"value": _number(text), "unit": _unit_of(attribute) or None} if attribute.kind == "number" else text
    return found | {key: given[key] for key in _SAID if key in given and key not in fact.attributes}


def _put_value(found: dict[str, Json], fact: Fact, given: Mapping[str, str]) -> None:
    text = given.get("value", "")
    if fact.kind == "judgement" and text in ("yes", "no"):
        found["value"] = text == "yes"
    elif fact.words:
        found["value"] = text
    elif fact.kind in model.NUMBER_KINDS:
        read = parse_number(text)
        found["value"] = text if read is None else read[0]
        if read is not None and read[1] is not None:
            found["comparator"] = read[1]
        if "unit" in given:
            found["unit"] = given["unit"]
        limits = {key: _number(given[key]) for key in ("low", "high") if key in given}
        if limits:
            found["range"] = limits
    elif text == "no" or fact.kind == "judgement":
        found["value"] = text == "yes"


def _number(text: str) -> Json:
    read = parse_number(text)
    return text if read is None or read[1] is not None else read[0]


def choices(protocol: Protocol, lang: Lang) -> Sequence[Option]:
    """Every fact that can be recorded, by its name in the language."""
    w = words(lang)
    found = [Option(name, fact_words(w, fact)) for name, fact in protocol.facts.items() if fact.kind != "group"]
    return sorted(found, key=lambda one: one.label.casefold())
