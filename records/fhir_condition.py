"""FHIR Condition, AllergyIntolerance and Procedure: things that happened or hold, and things that are denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..engine.record import AttributeValue, EndKind, Entry
from .dates import certainly_before
from .facts import NO_ATTRIBUTES
from .fhir_base import Draft, Kit, Resource, attribute_of_concept, attributes_of, refused, status_of
from .fhir_dates import BadDateError, Period, before_or_on, date_at, date_of_age, period_at
from .words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..engine.dates import PartialDate
    from .fhir_codes import Fhir
    from .vocabulary import FactPlan

DOUBTFUL: Final = frozenset({"unconfirmed", "provisional", "differential"})
ONGOING: Final = frozenset({None, "active", "recurrence", "relapse"})
_DONE: Final = frozenset({"completed", "in-progress"})
_NEEDS_BIRTH: Final = ("onsetAge", "onsetRange", "abatementAge", "abatementRange", "performedAge", "performedRange")


def needs_birth(resource: Resource) -> bool:
    """Whether the dates of a resource can only be told with the birth date: ages, or no onset (then some day of life up to its record)."""
    if any(key in resource for key in _NEEDS_BIRTH):
        return True
    return resource["resourceType"] != "Procedure" and not ("onsetDateTime" in resource or "onsetPeriod" in resource)


def read_condition(resource: Resource, where: str, kit: Kit, draft: Draft) -> None:
    """Add what a Condition records: an ongoing or past condition, an event on its onset, or a recorded no where it is refuted."""
    plans = [plan for plan in kit.facts(resource.get("code"), draft, where) if _presence_only(plan, draft, where)]
    _read_problem(resource, plans, where, kit, draft)


def read_allergy(resource: Resource, where: str, kit: Kit, draft: Draft) -> None:
    """Add what an AllergyIntolerance records, found by its code or the substances of its reactions."""
    raw = resource.get("reaction")
    reactions = [item for item in raw if isinstance(item, dict)] if isinstance(raw, list) else []
    concepts = [resource.get("code"), *(reaction.get("substance") for reaction in reactions)]
    plans = dict.fromkeys(plan for concept in concepts for plan in kit.facts(concept, draft, where))
    severities = {item["severity"] for item in reactions if isinstance(item.get("severity"), str)}
    severity = next((word for word in ("severe", "moderate", "mild") if word in severities), None)
    more: dict[str, Fhir] = {
        "severity": {"text": severity},
        "substance": resource.get("code"),
        "criticality": {"text": resource.get("criticality")},
    }
    _read_problem(resource, [plan for plan in plans if _presence_only(plan, draft, where)], where, kit, draft, more)


def _presence_only(plan: FactPlan, draft: Draft, where: str) -> bool:
    if not plan.is_presence:
        draft.note(
            "value not understood", f"{plan.name} ({plan.fact.kind}) needs a value, which this kind of resource does not have", where
        )
    return plan.is_presence


def _read_problem(
    resource: Resource, plans: list[FactPlan], where: str, kit: Kit, draft: Draft, more: dict[str, Fhir] | None = None
) -> None:
    if not plans:
        draft.passed_over(resource["resourceType"])
        return
    verification = status_of(resource, "verificationStatus")
    if refused(resource, draft, where, verification):
        return
    if verification in DOUBTFUL:
        draft.note("not confirmed", f"it is {verification}, so it counts neither as a yes nor as a no", where)
        return
    try:
        onset, ends, end_kind = _course(resource, kit)
        recorded = date_at(resource, "recordedDate", kit.dates)
    except BadDateError as error:
        draft.note("date not understood", f"{shown(error.text)} is no date, or ends before it starts", where)
        return
    for plan in plans:
        attributes = _attributes(resource, plan, draft, where, more)
        if verification == "refuted":
            entry = Entry(plan.name, value=False, start=recorded, attributes=attributes, source=where, id=where)
        elif plan.is_interval:
            entry = Entry(plan.name, value=True, start=onset, end=ends, end_kind=end_kind, attributes=attributes, source=where, id=where)
        else:
            entry = Entry(plan.name, value=True, start=onset, attributes=attributes, source=where, id=where)
        draft.entries.append(entry)


def _attributes(resource: Resource, plan: FactPlan, draft: Draft, where: str, more: dict[str, Fhir] | None) -> Mapping[str, AttributeValue]:
    if not plan.attributes:
        return NO_ATTRIBUTES
    found: dict[str, AttributeValue] = {}
    for name, concept in {"severity": resource.get("severity"), **(more or {})}.items():
        said = attribute_of_concept(concept, plan.attributes.get(name))
        if said is not None:
            found[name] = said
    return {**found, **attributes_of(resource, plan, draft, where)} or NO_ATTRIBUTES


def _course(resource: Resource, kit: Kit) -> tuple[PartialDate | None, PartialDate | None, EndKind]:
    onset = _when(resource, "onset", kit)
    if onset is None and "onsetString" not in resource:
        onset = before_or_on(date_at(resource, "recordedDate", kit.dates), kit.birth)
    end = _when(resource, "abatement", kit)
    if end is not None:
        if onset is not None and certainly_before(end, onset):
            raise BadDateError(f"{onset}/{end}")
        return onset, end, "given"
    over = any(key.startswith("abatement") and resource[key] not in (False, None) for key in resource)
    if over or status_of(resource, "clinicalStatus") not in ONGOING:
        return onset, None, "unknown"
    return onset, None, "ongoing"


def _when(resource: Resource, prefix: str, kit: Kit) -> PartialDate | None:
    """The date of `onset[x]`, `abatement[x]`, `performed[x]`: a day, some day of a period, or the days of an age."""
    day = date_at(resource, f"{prefix}DateTime", kit.dates)
    if day is not None:
        return day
    period = period_at(resource, f"{prefix}Period", kit.dates)
    if period is not None:
        return period.when() or period.end
    age = resource.get(f"{prefix}Age")
    if age is not None:
        return date_of_age(age, kit.birth)
    ages = resource.get(f"{prefix}Range")
    return date_of_age(ages.get("low"), kit.birth, ages.get("high")) if isinstance(ages, dict) else None


def read_procedure(resource: Resource, where: str, kit: Kit, draft: Draft) -> None:
    """Add what a Procedure records: an event on its day, or an interval; a recorded no where it was not done."""
    plans = [plan for plan in kit.facts(resource.get("code"), draft, where) if _presence_only(plan, draft, where)]
    if not plans:
        draft.passed_over("Procedure")
        return
    status = status_of(resource, "status")
    if refused(resource, draft, where, status):
        return
    if status not in _DONE and status != "not-done":
        draft.note("status", f"its status is {shown(status)}", where)
        return
    try:
        when = _when(resource, "performed", kit)
        period = period_at(resource, "performedPeriod", kit.dates) or Period(when, when)
    except BadDateError as error:
        draft.note("date not understood", f"{shown(error.text)} is no date, or ends before it starts", where)
        return
    for plan in plans:
        attributes = _attributes(resource, plan, draft, where, None)
        draft.entries.append(_procedure_entry(plan, period, str(status), attributes, where))


def _procedure_entry(plan: FactPlan, period: Period, status: str, attributes: Mapping[str, AttributeValue], where: str) -> Entry:
    if status == "not-done":
        return Entry(plan.name, value=False, start=period.start, attributes=attributes, source=where, id=where)
    if not plan.is_interval:
        return Entry(plan.name, value=True, start=period.start, attributes=attributes, source=where, id=where)
    end_kind: EndKind = "given" if period.end is not None else "ongoing" if status == "in-progress" else "unknown"
    return Entry(
        plan.name, value=True, start=period.start, end=period.end, end_kind=end_kind, attributes=attributes, source=where, id=where
    )
