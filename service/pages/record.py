"""What is recorded of a subject, as rows; one recorded item with the form that corrects it; and what a stale edit is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen
from django.urls import reverse

from ...engine.dates import format_partial
from ...engine.explain_evidence import origin, recorded_value
from ...engine.explain_rule import fact_words, moment_words
from ...engine.explain_words import with_unit, words
from ..work import recorded, screening, subjects
from ..work.outcome import not_found
from .action_words import action_words
from .entry import Form, correction_form, filled, form_of, moment_form, values_of
from .times import local_time
from .words import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...canonical import Json
    from ...dsl.model import Fact, Protocol
    from ...engine.dates import PartialDate
    from ...engine.explain_words import Lang, Words
    from ...engine.record import Entry, Patient
    from ..models.subjects import Subject

_CLOCK: Final = re.compile(r"(?<=\d)T(?=\d)")
PERSON: Final = ("sex", "birth_date")
"""Details of the person; all others are moments."""


@frozen
class FactRow:
    """One recorded statement; `used`: the rules ask for it."""

    index: int
    url: str
    what: str
    value: str
    range: str
    dated: str
    by: str
    source: str
    reason: str
    used: bool
    anchor: str = ""
    """Where links to the fact lead: at its first row."""

    @property
    def dated_shown(self) -> str:
        """`dated` for readers: a space between day and time."""
        return _CLOCK.sub(" ", self.dated)


@frozen
class DetailRow:
    """Sex, birth date, or a moment of the study."""

    url: str
    label: str
    value: str


@frozen
class Item:
    """One recorded item: how it is called, what is recorded, the form that corrects it (None: it can only be taken out).

    `name` and `mark` are by which a statement is found again when the record has changed.
    """

    url: str
    title: str
    said: str
    form: Form | None
    name: str = ""
    mark: str = ""
    removable: bool = True


@frozen
class StepRow:
    """One change that somebody made meanwhile."""

    version: int
    who: str
    what: str
    at: str


@frozen
class Conflict:
    """A stale edit: the version that was looked at and the one there is, with what each of them says, and who changed it."""

    yours: int
    current: int
    seen: str
    typed: tuple[tuple[str, str], ...]
    now: str
    steps: tuple[StepRow, ...]


# ---------------------------------------------------------------- rows


def fact_rows(subject: Subject, protocol: Protocol, lang: Lang) -> tuple[FactRow, ...]:
    """What is recorded, in the order of the record."""
    w = words(lang)
    found = recorded.recorded(subject, protocol)
    first = {one.entry.fact: one.index for one in reversed(found) if one.entry is not None}
    anchors = {index: f"fact-{name}" for name, index in first.items()}
    return tuple(evolve(_row(one, subject, protocol, w), anchor=anchors.get(one.index, "")) for one in found)


def _row(one: recorded.Recorded, subject: Subject, protocol: Protocol, w: Words) -> FactRow:
    url = _url("fact", subject, index=one.index)
    entry = one.entry
    fact = None if entry is None else protocol.facts.get(entry.fact)
    if entry is None or fact is None:
        return FactRow(one.index, url, _name(one.raw), _plain(one.raw), "", "", "", "", "", used=False)
    low, high = ("" if end is None else str(end) for end in (entry.range_low, entry.range_high))
    span = f"{low}–{high}" if low or high else ""
    return FactRow(
        one.index,
        url,
        fact_words(w, fact),
        value_words(entry, fact, w),
        with_unit(span, entry.range_unit) if span else "",
        dated_words(entry, w),
        entry.by or "",
        origin(entry),
        entry.reason or "",
        used=True,
    )


def _name(raw: Json) -> str:
    return str(raw.get("fact", "")) if isinstance(raw, dict) else ""


def _plain(raw: Json) -> str:
    """A statement that no rule asks for, as it stands in the record."""
    return ", ".join(f"{key} {value}" for key, value in raw.items() if key != "fact") if isinstance(raw, dict) else str(raw)


def value_words(entry: Entry, fact: Fact, w: Words) -> str:
    """The value with its unit; of an event or condition without one, that there is one. Attributes behind it."""
    more = [f"{w.term(name)} {_attribute(value, w)}" for name, value in entry.attributes.items()]
    return w.chain([recorded_value(w, entry, fact) or w("item.yes"), *more])


def _attribute(value: object, w: Words) -> str:
    if isinstance(value, str):
        return w.term(value)
    number, unit = getattr(value, "value", value), getattr(value, "unit", None)
    return with_unit(str(number), unit)


def dated_words(entry: Entry, w: Words) -> str:
    """The day, or since when and until when."""
    start = "" if entry.start is None else format_partial(entry.start)
    if entry.end is None:
        return start
    return w("item.span", start=start or w("item.start.unknown"), end=format_partial(entry.end))


def detail_rows(subject: Subject, patient: Patient, protocol: Protocol, lang: Lang) -> tuple[DetailRow, ...]:
    """Sex, birth date and the moments of the study."""
    t, w = texts(lang), words(lang)
    named = [(name, t[name]) for name in PERSON] + [(name, moment_words(w, moment)) for name, moment in protocol.moments.items()]
    return tuple(DetailRow(_url("detail", subject, name=name), label, detail_value(name, patient, lang)) for name, label in named)


def detail_value(name: str, patient: Patient, lang: Lang) -> str:
    """What is recorded of a detail, in words."""
    t = texts(lang)
    if name == "sex":
        return t["not_set"] if patient.sex is None else t.get(f"sex_{patient.sex}", patient.sex)
    day = patient.birth_date if name == "birth_date" else patient.moments.get(name)
    return t["not_set"] if day is None else format_partial(day)


def _url(page: str, subject: Subject, **more: object) -> str:
    return reverse(page, kwargs={"study": subject.study.slug, "code": subject.code, **more})


def fact_lines(rows: Sequence[FactRow]) -> Iterator[list[object]]:
    """The rows as lines of a table, heads first."""
    yield ["fact", "value", "reference_range", "date", "by", "source", "reason", "used"]
    for row in rows:
        yield [row.what, row.value, row.range, row.dated, row.by, row.source, row.reason, row.used]


# ---------------------------------------------------------------- one item


def fact_item(one: recorded.Recorded, protocol: Protocol, subject: Subject, lang: Lang) -> Item:
    """A recorded statement with the form that corrects it."""
    w, url = words(lang), _url("fact", subject, index=one.index)
    fact = None if one.entry is None else protocol.facts.get(one.entry.fact)
    if one.entry is None or fact is None or not isinstance(one.raw, dict):
        return Item(url, _name(one.raw), _plain(one.raw), None, _name(one.raw), one.mark)
    form = correction_form(fact, lang)
    said = w.chain([part for part in (value_words(one.entry, fact, w), dated_words(one.entry, w), origin(one.entry)) if part])
    shown = None if form is None else filled(form, values_of(fact, one.raw, one.entry))
    return Item(url, fact_words(w, fact), said, shown, _name(one.raw), one.mark)


def detail_item(name: str, subject: Subject, lang: Lang) -> Item:
    """Sex, birth date or a moment with its form.

    Raises:
        RefusedError: 404 if the rules have no such moment.
    """
    protocol, course = subjects.course_of(subject)
    patient, url = course.patient, _url("detail", subject, name=name)
    said = detail_value(name, patient, lang)
    if name in PERSON:
        known = patient.sex if name == "sex" else _day(patient.birth_date)
        form = form_of(protocol.facts[name], lang) if name in protocol.facts else None
        return Item(url, texts(lang)[name], said, None if form is None else filled(form, {"value": known or ""}), name, removable=False)
    moment = protocol.moments.get(name)
    if moment is None:
        raise not_found("moment")
    form, known = moment_form(moment, lang), _day(patient.moments.get(name))
    return Item(url, form.title, said, filled(form, {"date": known}) if known else form, name, removable=bool(known))


def _day(day: PartialDate | None) -> str:
    return "" if day is None else format_partial(day)


def with_typed(item: Item, typed: Mapping[str, str]) -> Item:
    """The item with what was typed in its form."""
    return item if item.form is None else evolve(item, form=filled(item.form, typed))


def find(subject: Subject, index: int) -> tuple[recorded.Recorded, Protocol]:
    """The statement at a place of the record, and the rules that read it.

    Raises:
        RefusedError: 404 if there is none.
    """
    _, protocol = screening.protocol_for(subject)
    found = recorded.recorded(subject, protocol)
    if index >= len(found):
        raise not_found("fact")
    return found[index], protocol


def find_again(subject: Subject, index: int, mark: str, name: str) -> tuple[recorded.Recorded, Protocol] | None:
    """A statement in a record that may have changed: wherever it stands now, else the fact of that name in its place; None: gone."""
    _, protocol = screening.protocol_for(subject)
    found = recorded.recorded(subject, protocol)
    same = next((one for one in found if one.mark == mark), None)
    if same is None and index < len(found) and _name(found[index].raw) == name:
        same = found[index]
    return None if same is None else (same, protocol)


def conflict(subject: Subject, item: Item | None, typed: Mapping[str, str], lang: Lang) -> Conflict:
    """What the page of a stale edit says. `item`: what is there now (None: it is gone); `typed`: the fields that were sent."""
    labels = {one.name: one.label for one in item.form.fields} if item is not None and item.form is not None else {}
    sent = tuple((label, typed[name]) for name, label in labels.items() if typed.get(name))
    return _conflict(subject, typed, sent, texts(lang)["fact_gone"] if item is None else item.said, lang)


def course_conflict(subject: Subject, typed: Mapping[str, str], lang: Lang) -> Conflict:
    """The same of what was to happen with the subject: to be enrolled, allocated, to end."""
    t = texts(lang)
    labels = {"status": t["state"], "day": t["end_day"], "part": t["part"], "arm": t["arm"], "reason": t["reason"]}
    sent = tuple((label, t.get(f"state_{typed[name]}", typed[name])) for name, label in labels.items() if typed.get(name))
    return _conflict(subject, typed, sent, t[f"state_{subject.state}"], lang)


def _conflict(subject: Subject, typed: Mapping[str, str], sent: tuple[tuple[str, str], ...], now: str, lang: Lang) -> Conflict:
    seen = typed.get("version", "")
    yours = int(seen[:9]) if seen.isdecimal() else 0
    steps = tuple(
        StepRow(one.version, one.actor, action_words(one.action, lang), local_time(one.at, subject.site.timezone))
        for one in recorded.steps_since(subject, yours)
    )
    return Conflict(yours, subject.version, typed.get("seen", ""), sent, now, steps)
