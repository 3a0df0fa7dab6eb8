"""Coded and worded answers of FHIR, matched to the words that a rule file declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .fhir_codes import SNOMED, Fhir, codings_of, texts_of
from .words import match_word, word_key

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each meaning with the words that say it, as `word_key` writes them; a rule file declares one of them, the source uses another.
_MEANINGS: Final[tuple[frozenset[str], ...]] = (
    frozenset({"positive", "detected", "present", "yes", "reactive", "pos", "true", "y"}),
    frozenset({"negative", "not_detected", "absent", "no", "non_reactive", "nonreactive", "neg", "not_present", "false", "n"}),
    frozenset({"indeterminate", "equivocal", "inconclusive", "borderline"}),
    frozenset({"oral", "oral_route", "by_mouth", "po", "per_os"}),
    frozenset({"im", "intramuscular", "intramuscular_route", "intramuscular_use"}),
    frozenset({"iv", "intravenous", "intravenous_route", "intravenous_use"}),
    frozenset({"sc", "subcutaneous", "subcutaneous_route", "subcutaneous_use", "subcut"}),
    frozenset({"ia", "intra_articular", "intraarticular", "intra_articular_route", "intraarticular_route"}),
    frozenset({"topical", "topical_route", "cutaneous", "cutaneous_route"}),
)  # fmt: skip
_CODES: Final[Mapping[tuple[str, str], str]] = {
    (SNOMED, "10828004"): "positive",
    (SNOMED, "260385009"): "negative",
    (SNOMED, "260373001"): "detected",
    (SNOMED, "260415000"): "not_detected",
    (SNOMED, "82334004"): "indeterminate",
    (SNOMED, "419984006"): "inconclusive",
    (SNOMED, "52101004"): "present",
    (SNOMED, "2667000"): "absent",
    (SNOMED, "373066001"): "yes",
    (SNOMED, "373067005"): "no",
    ("http://loinc.org", "LA6576-8"): "positive",
    ("http://loinc.org", "LA6577-6"): "negative",
    ("http://loinc.org", "LA11882-0"): "detected",
    ("http://loinc.org", "LA11883-8"): "not_detected",
    ("http://loinc.org", "LA11884-6"): "indeterminate",
    ("http://loinc.org", "LA9633-4"): "present",
    ("http://loinc.org", "LA9634-2"): "absent",
    ("http://loinc.org", "LA33-6"): "yes",
    ("http://loinc.org", "LA32-8"): "no",
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "POS"): "positive",
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "NEG"): "negative",
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "IND"): "indeterminate",
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "DET"): "detected",
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "ND"): "not_detected",
    (SNOMED, "26643006"): "oral",
    (SNOMED, "78421000"): "im",
    (SNOMED, "47625008"): "iv",
    (SNOMED, "34206005"): "sc",
    (SNOMED, "12130007"): "ia",
    (SNOMED, "6064005"): "topical",
    (SNOMED, "255604002"): "mild",
    (SNOMED, "6736007"): "moderate",
    (SNOMED, "24484000"): "severe",
}


def word_of_text(text: str, words: tuple[str, ...]) -> str | None:
    """The declared word that a text says, itself or by another word of the same meaning; None where that is none or not clear."""
    exact = match_word(text, words)
    if exact is not None:
        return exact
    key = word_key(text)
    for meaning in _MEANINGS:
        if key in meaning:
            found = [word for word in words if word_key(word) in meaning]
            return found[0] if len(found) == 1 else None
    return None


def word_of_concept(concept: Fhir, words: tuple[str, ...]) -> str | None:
    """The declared word that a CodeableConcept says: by its codes first, then by its text and displays.

    Where its codings say different words, it says none.
    """
    coded = {word for coding in codings_of(concept) if coding in _CODES and (word := word_of_text(_CODES[coding], words))}
    if not coded:
        coded = {word for text in texts_of(concept) if (word := word_of_text(text, words))}
    return coded.pop() if len(coded) == 1 else None


def presence_of_concept(concept: Fhir) -> bool | None:
    """Whether a CodeableConcept says present (positive, yes) or absent (negative, no); None where it says neither."""
    return {"yes": True, "no": False}.get(word_of_concept(concept, ("yes", "no")) or "")


def presence_of_text(text: str) -> bool | None:
    """Whether a text says present or absent; None where it says neither."""
    return {"yes": True, "no": False}.get(word_of_text(text, ("yes", "no")) or "")
