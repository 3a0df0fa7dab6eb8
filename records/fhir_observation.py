"""FHIR Observation: numbers, words and yes/no with their reference ranges; panels with components; moments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from .. import limits
from ..engine.record import Entry
from .facts import COMPARATORS, NO_ATTRIBUTES, Comparator, number, parse_number
from .fhir_base import Draft, Kit, Resource, attributes_of, notes_of, person_of, refused, status_of, unit_of
from .fhir_codes import MOMENT_SYSTEM, Fhir, codings_of, first_text, texts_of
from .fhir_dates import BadDateError, Period, date_at, period_at
from .fhir_words import presence_of_concept, presence_of_text, word_of_concept, word_of_text
from .words import clean, shown

if TYPE_CHECKING:
    from .dates import Dates
    from .vocabulary import FactPlan

USED_STATUSES: Final = frozenset({"final", "amended", "corrected", "preliminary"})


@frozen
class Result:
    """The value of an Observation or component. `puzzle` is what was recorded but could not be understood."""

    value: Decimal | str | bool | None = None
    unit: str | None = None
    comparator: Comparator | None = None
    puzzle: str | None = None


def read_observation(resource: Resource, where: str, kit: Kit, draft: Draft) -> None:
    """Add what an Observation records to the draft."""
    codings = codings_of(resource.get("code"))
    moments = [code for system, code in codings if system == MOMENT_SYSTEM]
    holders: list[tuple[Resource, tuple[FactPlan, ...]]] = [(resource, kit.facts(resource.get("code"), draft, where))]
    components = resource.get("component")
    parts = [part for part in components if isinstance(part, dict)] if isinstance(components, list) else []
    holders += [(part, kit.facts(part.get("code"), draft, where)) for part in parts]
    named = tuple(plan for plan in kit.facts(resource.get("valueCodeableConcept"), draft, where) if plan.is_presence)
    if not (moments or named or any(plans for _, plans in holders)):
        draft.passed_over("Observation")
        return
    status = status_of(resource, "status")
    if refused(resource, draft, where, status):
        return
    if status not in USED_STATUSES:
        draft.note("status", f"its status is {shown(status)}", where)
        return
    try:
        period = effective(resource, kit.dates)
    except BadDateError as error:
        draft.note("date not understood", f"{shown(error.text)} is no date", where)
        return
    for name in moments:
        _moment(name, resource, period, where, kit, draft)
    for plan in named:
        draft.entries.append(_entry(plan, Result(value=True), resource, resource, period, where, draft))
    for holder, plans in holders:
        for plan in plans:
            if plan not in named:
                _add(plan, holder, resource, period, where, draft)


def effective(resource: Resource, dates: Dates) -> Period:
    """When the observed thing was so; no fallback on the day of issue, which is later.

    Raises:
        BadDateError: for a date that is none.
    """
    day = date_at(resource, "effectiveDateTime", dates) or date_at(resource, "effectiveInstant", dates)
    if day is not None:
        return Period(day, None)
    timing = resource.get("effectiveTiming")
    events = timing.get("event") if isinstance(timing, dict) else None
    if isinstance(events, list) and len(events) == 1:
        return Period(date_at({"event": events[0]}, "event", dates), None)
    return period_at(resource, "effectivePeriod", dates) or Period(None, None)


def _moment(name: str, resource: Resource, period: Period, where: str, kit: Kit, draft: Draft) -> None:
    if name not in kit.vocabulary.moments:
        draft.note("moment not declared", f"the rule file declares no moment {shown(name)}", where, kit.vocabulary.nearest_moment(name))
        return
    try:
        day = date_at(resource, "valueDateTime", kit.dates) or period.when()
    except BadDateError as error:
        draft.note("date not understood", f"{shown(error.text)} is no date", where)
        return
    if day is None:
        draft.note("date not understood", f"it sets the moment {shown(name)} but has no date", where)
    elif draft.moments.setdefault(name, day) != day:
        draft.note("moment given twice", f"{shown(name)} is already set to {draft.moments[name]}; {day} is not used", where)


def _add(plan: FactPlan, holder: Resource, resource: Resource, period: Period, where: str, draft: Draft) -> None:
    result = result_of(holder, plan)
    if result.puzzle is not None:
        draft.note("value not understood", f"{plan.name}: {result.puzzle}", where)
    if plan.is_presence and result.value is None:
        if result.puzzle is None:
            draft.note("value not understood", f"{plan.name}: it says neither that it was present nor that it was absent", where)
        return
    draft.entries.append(_entry(plan, result, holder, resource, period, where, draft))


def _entry(plan: FactPlan, result: Result, holder: Resource, resource: Resource, period: Period, where: str, draft: Draft) -> Entry:
    low, high, range_unit = reference_range(holder, result.unit) if plan.is_number and "referenceRange" in holder else (None, None, None)
    is_stretch = plan.is_interval and result.value is True
    judged = plan.fact.kind == "judgement"
    return Entry(
        fact=plan.name,
        value=result.value,
        unit=result.unit,
        comparator=result.comparator,
        start=period.start if is_stretch else period.when(),
        end=period.end if is_stretch else None,
        end_kind="given" if is_stretch and period.end is not None else "ongoing",
        range_low=low,
        range_high=high,
        range_unit=range_unit,
        attributes=(attributes_of(resource, plan, draft, where) or NO_ATTRIBUTES) if plan.attributes else NO_ATTRIBUTES,
        by=person_of(resource, "performer") if judged else None,
        reason=notes_of(resource) if judged else None,
        source=where,
        id=where,
    )


def result_of(holder: Resource, plan: FactPlan) -> Result:
    """The value of an Observation or component, in the form that the fact needs."""
    kinds = [key for key in holder if key.startswith("value") and len(key) > 5]
    if plan.is_number:
        return _number_result(holder, kinds)
    found: str | bool | None = None
    for part in [*kinds, "interpretation"]:
        found = _presence(holder.get(part)) if plan.is_presence else _word(holder.get(part), plan)
        if found is not None:
            return Result(found)
    concept, text = holder.get("valueCodeableConcept"), holder.get("valueString")
    said = first_text(concept) or (clean(text) if isinstance(text, str) else None)
    if said and not plan.is_presence:
        return Result(said[: limits.MAX_TEXT_LENGTH])
    return Result(puzzle=f"its value ({', '.join(kinds)}{': ' + shown(said) if said else ''}) is not understood" if kinds else None)


def _word(value: Fhir, plan: FactPlan) -> str | None:
    words = plan.fact.words or ("yes", "no")
    if isinstance(value, bool):
        return word_of_text("yes" if value else "no", words) if plan.is_yes_no else None
    if isinstance(value, str):
        return word_of_text(value, words)
    if isinstance(value, list):
        found = {word for item in value if (word := word_of_concept(item, words))}
        return found.pop() if len(found) == 1 else None
    return word_of_concept(value, words)


def _presence(value: Fhir) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return presence_of_text(value)
    if isinstance(value, list):
        found = {one for item in value if (one := presence_of_concept(item)) is not None}
        return found.pop() if len(found) == 1 else None
    return presence_of_concept(value)


def _number_result(holder: Resource, kinds: list[str]) -> Result:
    quantity = holder.get("valueQuantity")
    if isinstance(quantity, dict):
        amount, comparator = number(quantity.get("value")), quantity.get("comparator")
        if comparator is not None and not (isinstance(comparator, str) and comparator in COMPARATORS):
            return Result(puzzle=f"the comparator {shown(comparator)} is not understood")
        if amount is not None:
            return Result(amount, unit_of(quantity), cast("Comparator | None", comparator))
        return Result(puzzle="its quantity has no number" if "value" in quantity else None)
    whole = number(holder.get("valueInteger"))
    if whole is not None:
        return Result(whole)
    text = holder.get("valueString")
    texts = [text] if isinstance(text, str) else texts_of(holder.get("valueCodeableConcept"))
    found = {parsed for item in texts if (parsed := parse_number(item)) is not None}
    if len(found) == 1:
        amount, comparator = found.pop()
        return Result(amount, comparator=comparator)
    return Result(puzzle=f"its value ({', '.join(kinds)}{': ' + shown(texts[0]) if texts else ''}) is no number" if kinds else None)


def reference_range(holder: Resource, unit: str | None) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Low, high and unit of the one normal range; nothing where there is none, or several and nobody says which applies."""
    raw = holder.get("referenceRange")
    ranges = [item for item in raw if isinstance(item, dict) and _is_normal(item)] if isinstance(raw, list) else []
    if len(ranges) != 1:
        return None, None, None
    low, high = (item if isinstance(item := ranges[0].get(key), dict) else {} for key in ("low", "high"))
    units = {unit_of(limit) or unit for limit in (low, high) if limit}
    if len(units) != 1:
        return None, None, None
    return number(low.get("value")), number(high.get("value")), units.pop()


def _is_normal(one: Resource) -> bool:
    codes = [code for _, code in codings_of(one.get("type"))]
    return not one.get("appliesTo") and not one.get("age") and (not codes or "normal" in codes)
