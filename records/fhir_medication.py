"""FHIR MedicationRequest, MedicationStatement and MedicationAdministration: exposures with dose and route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..engine.dates import PartialDate
from ..engine.record import AttributeValue, EndKind, Entry
from .dates import certainly_before
from .facts import NO_ATTRIBUTES
from .fhir_base import Draft, Kit, Resource, attribute_of_concept, attributes_of, refused, status_of
from .fhir_dates import BadDateError, Period, date_at, period_at
from .fhir_dose import dose_of
from .words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fhir_codes import Fhir
    from .vocabulary import FactPlan

_OVER: Final = frozenset({"stopped", "completed", "on-hold"})
_REQUEST_STATUSES: Final = frozenset({"active"}) | _OVER
_STATEMENT_STATUSES: Final = frozenset({"active", "not-taken"}) | _OVER
_ADMINISTRATION_STATUSES: Final = frozenset({"in-progress"}) | _OVER
MEDICATION_TYPES: Final = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")


@frozen
class _Course:
    """When a drug was taken; `denied`: it was said not to be."""

    start: PartialDate | None
    end: PartialDate | None
    end_kind: EndKind
    denied: bool = False


def read_medication(resource: Resource, where: str, kit: Kit, draft: Draft, concept: Fhir) -> None:
    """Add what a medication resource records; `concept` is the drug's CodeableConcept, its reference already followed."""
    plans = [plan for plan in kit.facts(concept, draft, where) if _is_taken(plan, draft, where)]
    if not plans:
        draft.passed_over(resource["resourceType"])
        return
    status = status_of(resource, "status")
    if refused(resource, draft, where, status) or _not_usable(resource, status, draft, where):
        return
    try:
        course = _course(resource, status, kit)
    except BadDateError as error:
        draft.note("date not understood", f"{shown(error.text)} is no date, or ends before it starts", where)
        return
    for plan in plans:
        interval = plan.is_interval and not course.denied
        entry = Entry(
            fact=plan.name,
            value=not course.denied,
            start=course.start,
            end=course.end if interval else None,
            end_kind=course.end_kind if interval else "ongoing",
            attributes=_attributes(resource, plan, draft, where, concept),
            source=where,
            id=where,
        )
        draft.entries.append(entry)


def _is_taken(plan: FactPlan, draft: Draft, where: str) -> bool:
    if not plan.is_presence:
        draft.note("value not understood", f"{plan.name} ({plan.fact.kind}) needs a value, which a medication does not have", where)
    return plan.is_presence


def _not_usable(resource: Resource, status: str | None, draft: Draft, where: str) -> bool:
    kind = resource["resourceType"]
    known = {"MedicationRequest": _REQUEST_STATUSES, "MedicationStatement": _STATEMENT_STATUSES}.get(kind, _ADMINISTRATION_STATUSES)
    if status not in known:
        draft.note("status", f"its status is {shown(status)}", where)
        return True
    if kind == "MedicationRequest" and resource.get("intent") != "order":
        draft.note("not an order", f"its intent is {shown(resource.get('intent'))}: nothing says that it was taken", where)
        return True
    return False


def _course(resource: Resource, status: str | None, kit: Kit) -> _Course:
    kind = resource["resourceType"]
    if kind == "MedicationRequest":
        return _ordered(resource, status, kit)
    day, period = date_at(resource, "effectiveDateTime", kit.dates), period_at(resource, "effectivePeriod", kit.dates)
    if kind == "MedicationAdministration" and day is not None:
        return _Course(day, day, "given")
    period = period or Period(day, None)
    if status == "not-taken":
        return _Course(period.start or date_at(resource, "dateAsserted", kit.dates), None, "ongoing", denied=True)
    if period.end is not None:
        return _Course(period.start, period.end, "given")
    return _Course(period.start, None, "unknown" if status in _OVER else "ongoing")


def _ordered(resource: Resource, status: str | None, kit: Kit) -> _Course:
    written = date_at(resource, "authoredOn", kit.dates)
    if resource.get("doNotPerform") is True:
        return _Course(written, None, "ongoing", denied=True)
    bounds = [period for dosage in _dosages(resource) if (period := _bounds(dosage, kit)) is not None]
    starts = [period.start for period in bounds if period.start is not None]
    start = min(starts, key=lambda day: day.first) if starts else written
    end = None
    if bounds and all(period.end is not None for period in bounds):
        end = max((period.end for period in bounds if period.end is not None), key=lambda day: day.last)
    elif status in _OVER:
        dispensed = resource.get("dispenseRequest")
        validity = period_at(dispensed, "validityPeriod", kit.dates) if isinstance(dispensed, dict) else None
        end = validity.end if validity is not None else None
    if end is not None:
        if start is not None and certainly_before(end, start):
            raise BadDateError(f"{start}/{end}")
        return _Course(start, end, "given")
    return _Course(start, None, "unknown" if status in _OVER else "ongoing")


def _bounds(dosage: Resource, kit: Kit) -> Period | None:
    timing = dosage.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return period_at(repeat, "boundsPeriod", kit.dates) if isinstance(repeat, dict) else None


def _dosages(resource: Resource) -> list[Resource]:
    raw = resource.get("dosageInstruction") or resource.get("dosage")
    return [item for item in (raw if isinstance(raw, list) else [raw]) if isinstance(item, dict)]


def _attributes(
    resource: Resource, plan: FactPlan, draft: Draft, where: str, concept: Fhir
) -> Mapping[str, AttributeValue]:  # fmt: skip
    if not plan.attributes:
        return NO_ATTRIBUTES
    found: dict[str, AttributeValue] = {}
    dosages = _dosages(resource)
    routes = {said for dosage in dosages if (said := attribute_of_concept(dosage.get("route"), plan.attributes.get("route"))) is not None}
    if len(routes) == 1:
        found["route"] = routes.pop()
    agent = attribute_of_concept(concept, plan.attributes.get("agent"))
    if agent is not None:
        found["agent"] = agent
    found.update(attributes_of(resource, plan, draft, where))
    if "dose" in plan.attributes and "dose" not in found:
        dose = dose_of(dosages, plan.attributes["dose"])
        if isinstance(dose, str):
            draft.note("dose not understood", f"{plan.name}: {dose}", where)
        elif dose is not None:
            found["dose"] = dose
    return found or NO_ATTRIBUTES
