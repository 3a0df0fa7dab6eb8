"""From codings to facts: code sets with prefixes and exceptions, names of code systems, our own systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from .words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..dsl.model import Code
    from .vocabulary import FactPlan, Vocabulary

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
ICD_10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM: Final = "http://unitsofmeasure.org"
FACT_SYSTEM: Final = "urn:trialrules:fact"
MOMENT_SYSTEM: Final = "urn:trialrules:moment"
ATTRIBUTE_SYSTEM: Final = "urn:trialrules:attribute"

SYSTEM_NAMES: Final[Mapping[str, str]] = {
    "loinc": LOINC,
    "snomed": SNOMED,
    "rxnorm": RXNORM,
    "atc": ATC,
    "icd-10": ICD_10,
    "icd-10-cm": ICD_10_CM,
}
"""The short names that rule files and tables use, in lower case."""
_SAME_SYSTEM: Final[Mapping[str, str]] = {
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "urn:oid:2.16.840.1.113883.6.3": ICD_10,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
}

Fhir: TypeAlias = Any
"""A piece of FHIR as parsed; it may have any form, and what is not of the expected one is passed over."""
Coding = tuple[str, str]
"""System (canonical URI) and code."""


def canonical_system(system: str) -> str:
    """One spelling for a code system: short names and OIDs become the URI that FHIR uses; a slash at the end does not matter."""
    text = clean(system).rstrip("/")
    if text.startswith("https://"):
        text = "http://" + text.removeprefix("https://")
    return _SAME_SYSTEM.get(text) or SYSTEM_NAMES.get(text.lower()) or text


class CodeIndex:
    """The facts of a protocol by code.

    A fact is found by any of a resource's codings that is in its code set, unless any of them is excepted (`M45* except M45.A*`).
    Code sets in ICD-10 also take ICD-10-CM codings.
    """

    __slots__ = ("_by_coding", "_exact", "_excluded", "_plans", "_prefixes")

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._plans = vocabulary.plans
        self._exact: dict[Coding, list[FactPlan]] = {}
        self._prefixes: dict[Coding, list[FactPlan]] = {}
        self._excluded: dict[str, tuple[Code, ...]] = {}
        self._by_coding: dict[Coding, tuple[FactPlan, ...]] = {}
        for name, plan in vocabulary.plans.items():
            if name == plan.name:
                self._add(plan)

    def _add(self, plan: FactPlan) -> None:
        for code in plan.fact.codes:
            system = canonical_system(code.system)
            for one in (system, ICD_10_CM) if system == ICD_10 else (system,):
                (self._prefixes if code.prefix else self._exact).setdefault((one, code.code), []).append(plan)
        if plan.fact.excluded_codes:
            self._excluded[plan.name] = plan.fact.excluded_codes

    def facts(self, codings: Sequence[Coding]) -> tuple[FactPlan, ...]:
        """The facts that these codings of one concept record, in the order of the codings, each once."""
        if len(codings) == 1:
            return self._of_one(codings[0])
        found = {plan.name: plan for coding in codings for plan in self._of_one(coding)}
        return tuple(plan for plan in found.values() if not any(self._is_excluded(plan, coding) for coding in codings))

    def _of_one(self, coding: Coding) -> tuple[FactPlan, ...]:
        known = self._by_coding.get(coding)
        if known is None:
            # Codes repeat: a population has a few thousand of them.
            known = tuple(plan for plan in dict.fromkeys(self._matching(coding)) if not self._is_excluded(plan, coding))
            if len(self._by_coding) < 100_000:
                self._by_coding[coding] = known
        return known

    def _matching(self, coding: Coding) -> Iterator[FactPlan]:
        system, code = coding
        if system == FACT_SYSTEM:
            if code in self._plans:
                yield self._plans[code]
            return
        yield from self._exact.get(coding, ())
        if self._prefixes:
            for length in range(len(code) + 1):
                yield from self._prefixes.get((system, code[:length]), ())

    def _is_excluded(self, plan: FactPlan, coding: Coding) -> bool:
        excluded = self._excluded.get(plan.name)
        return excluded is not None and coding[0] != FACT_SYSTEM and any(_matches(code, coding) for code in excluded)


def _matches(code: Code, coding: Coding) -> bool:
    system = canonical_system(code.system)
    if system != coding[0] and not (system == ICD_10 and coding[0] == ICD_10_CM):
        return False
    return coding[1].startswith(code.code) if code.prefix else coding[1] == code.code


def codings_of(concept: Fhir) -> list[Coding]:
    """System and code of each coding of a CodeableConcept; what has no code or no system is left out."""
    found = []
    for coding in _list(concept, "coding"):
        if isinstance(coding, dict):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str):
                found.append((canonical_system(system), clean(code)))
    return found


def texts_of(concept: Fhir) -> list[str]:
    """What a CodeableConcept says in words: its text, the displays, the codes; cleaned, none empty."""
    if not isinstance(concept, dict):
        return []
    codings = [coding for coding in _list(concept, "coding") if isinstance(coding, dict)]
    raw = [concept.get("text"), *(coding.get("display") for coding in codings), *(coding.get("code") for coding in codings)]
    return [text for item in raw if isinstance(item, str) and (text := clean(item))]


def first_text(concept: Fhir) -> str | None:
    """The best single wording of a CodeableConcept."""
    return next(iter(texts_of(concept)), None)


def _list(value: Fhir, key: str) -> list[Fhir]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
