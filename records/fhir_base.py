"""What all readers of FHIR resources share: the draft of a patient, attributes, statuses, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, field

from ..engine.dates import PartialDate
from ..engine.record import AttributeValue, Entry, Quantity, Unused
from .dates import Dates
from .facts import number
from .fhir_codes import ATTRIBUTE_SYSTEM, FACT_SYSTEM, UCUM, CodeIndex, Coding, Fhir, codings_of, first_text, texts_of
from .fhir_words import word_of_concept, word_of_text
from .vocabulary import FactPlan, Vocabulary
from .words import clean, nearest, shown, word_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..dsl.model import Attribute

Resource = dict[str, Fhir]
ERROR: Final = "entered-in-error"


@define
class Draft:
    """What has been read about one patient so far. `passed` counts resources without a fact of this protocol, by type."""

    entries: list[Entry] = field(factory=list)
    unused: list[Unused] = field(factory=list)
    moments: dict[str, PartialDate] = field(factory=dict)
    passed: dict[str, int] = field(factory=dict)
    unread: dict[str, int] = field(factory=dict)
    waiting: list[tuple[Resource, str]] = field(factory=list)

    def note(self, code: str, reason: str, where: str, near: str | None = None) -> None:
        """Note something that could not be used."""
        self.unused.append(Unused(code, reason, where, near))

    def passed_over(self, kind: str) -> None:
        """Count a resource that is no fact of this protocol."""
        self.passed[kind] = self.passed.get(kind, 0) + 1


@define(eq=False)
class Kit:
    """What readers of resources need: the protocol's vocabulary and code index, dates, and the birth date once it is known."""

    vocabulary: Vocabulary
    index: CodeIndex
    dates: Dates = field(factory=Dates)
    birth: PartialDate | None = None

    def facts(self, concept: Fhir, draft: Draft, where: str) -> tuple[FactPlan, ...]:
        """The facts that a coded concept records; a fact's name that is not declared is noted."""
        codings = codings_of(concept)
        found = self.index.facts(codings) if codings else ()
        if any(system == FACT_SYSTEM for system, _ in codings):
            self._check_names(codings, draft, where)
        return found

    def _check_names(self, codings: Iterable[Coding], draft: Draft, where: str) -> None:
        for system, name in codings:
            if system == FACT_SYSTEM and name in self.vocabulary.groups:
                draft.note("group", f"{shown(name)} is a group: record one of its members", where)
            elif system == FACT_SYSTEM and name not in self.vocabulary.plans:
                near = self.vocabulary.nearest_fact(name)
                draft.note("fact not declared", f"the rule file declares no fact {shown(name)}", where, near)


def status_of(resource: Resource, key: str) -> str | None:
    """The code of a status that is a CodeableConcept (`clinicalStatus`, `verificationStatus`) or a plain code (`status`)."""
    raw = resource.get(key)
    if isinstance(raw, str):
        return raw
    codings = raw.get("coding") if isinstance(raw, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and isinstance(coding.get("code"), str):
            return str(coding["code"])
    return None


def unit_of(quantity: Resource) -> str | None:
    """The unit of a Quantity: its UCUM code, else its unit as written, else its code."""
    code, unit = quantity.get("code"), quantity.get("unit")
    if isinstance(code, str) and code and quantity.get("system") in (UCUM, UCUM + "/"):
        return clean(code)
    text = unit if isinstance(unit, str) and unit else code
    return clean(text) if isinstance(text, str) and text else None


def person_of(resource: Resource, key: str) -> str | None:
    """Display or reference of the first person under `key` (a reference, a list of them, or of `actor`s)."""
    raw = resource.get(key)
    first = raw[0] if isinstance(raw, list) and raw else raw
    if isinstance(first, dict) and isinstance(first.get("actor"), dict):
        first = first["actor"]
    if not isinstance(first, dict):
        return None
    found = first.get("display") or first.get("reference")
    return clean(found) if isinstance(found, str) else None


def notes_of(resource: Resource) -> str | None:
    """The texts of the notes, one after the other."""
    raw = resource.get("note")
    notes = [item for item in raw if isinstance(item, dict)] if isinstance(raw, list) else []
    return " ".join(clean(note["text"]) for note in notes if isinstance(note.get("text"), str)) or None


def refused(resource: Resource, draft: Draft, where: str, status: str | None) -> bool:
    """Whether a resource can't be used at all, which is noted: entered in error, or changed by an extension nobody here understands."""
    if status == ERROR:
        draft.note("entered in error", "the source says that it was entered in error", where)
        return True
    if resource.get("modifierExtension"):
        draft.note("modifier", "it carries an extension that changes its meaning and is not understood", where)
        return True
    return False


def attributes_of(resource: Resource, plan: FactPlan, draft: Draft, where: str) -> dict[str, AttributeValue]:
    """The declared attributes that extensions and components of `urn:trialrules:attribute` state."""
    found: dict[str, AttributeValue] = {}
    for name, holder in _stated(resource):
        attribute = plan.attributes.get(name)
        if attribute is None:
            near = nearest(name, sorted(plan.attributes))
            draft.note("attribute not declared", f"{plan.name} has no attribute {shown(name)}", where, near)
            continue
        value = _attribute_value(holder, attribute)
        if value is None:
            draft.note("attribute not understood", f"the value of `{name}` of {plan.name} is not understood", where)
        else:
            found[name] = value
    return found


def attribute_of_concept(concept: Fhir, attribute: Attribute | None) -> str | None:
    """What a concept says for a declared attribute: its wording, or the declared word that it is or that its wording contains."""
    if attribute is None or attribute.kind == "number":
        return None
    if attribute.kind == "text":
        return first_text(concept)
    word = word_of_concept(concept, attribute.words)
    if word is not None:
        return word
    keys = [f"_{word_key(text)}_" for text in texts_of(concept)]
    inside = [word for word in attribute.words if any(f"_{word_key(word)}_" in key for key in keys)]
    return inside[0] if len(inside) == 1 else None


def _stated(resource: Resource) -> Iterator[tuple[str, Resource]]:
    extensions = resource.get("extension")
    for extension in extensions if isinstance(extensions, list) else ():
        url = extension.get("url") if isinstance(extension, dict) else None
        if not isinstance(url, str) or not url.startswith(ATTRIBUTE_SYSTEM):
            continue
        name = url.removeprefix(ATTRIBUTE_SYSTEM).lstrip(":/#|")
        inner = extension.get("extension")
        parts = {str(part.get("url")): part for part in inner if isinstance(part, dict)} if isinstance(inner, list) else {}
        if not name and "name" in parts:
            name = next((text for key, text in parts["name"].items() if key.startswith("value") and isinstance(text, str)), "")
        if name:
            yield name, parts.get("value") or extension
    components = resource.get("component")
    for component in components if isinstance(components, list) else ():
        if isinstance(component, dict):
            yield from ((code, component) for system, code in codings_of(component.get("code")) if system == ATTRIBUTE_SYSTEM)


def _attribute_value(holder: Resource, attribute: Attribute) -> AttributeValue | None:
    if attribute.kind == "number":
        quantity = holder.get("valueQuantity") or holder.get("valueDuration") or holder.get("valueAge")
        if isinstance(quantity, dict):
            amount = number(quantity.get("value")) if quantity.get("comparator") is None else None
            return None if amount is None else Quantity(amount, unit_of(quantity))
        amount = next((found for key in ("valueInteger", "valueDecimal") if (found := number(holder.get(key))) is not None), None)
        return None if amount is None else Quantity(amount)
    concept = holder.get("valueCodeableConcept")
    coding = holder.get("valueCoding")
    if concept is None and isinstance(coding, dict):
        concept = {"coding": [coding]}
    if concept is not None:
        return attribute_of_concept(concept, attribute) or (first_text(concept) if attribute.kind == "word" else None)
    flag = holder.get("valueBoolean")
    if isinstance(flag, bool):
        return word_of_text("yes" if flag else "no", attribute.words)
    text = next((found for key in ("valueString", "valueCode") if isinstance(found := holder.get(key), str)), None)
    if text is None or not clean(text):
        return None
    # A word that is not declared is kept: the engine calls it outside its declared range.
    return (word_of_text(text, attribute.words) if attribute.kind == "word" else None) or clean(text)
