"""A small protocol made by hand, so that these tests need no parser."""

from __future__ import annotations

from trialrules.dsl.model import (
    Attribute,
    Block,
    Code,
    Criterion,
    DefinedTruth,
    Definition,
    Exists,
    Fact,
    Group,
    IsWord,
    Member,
    Moment,
    MomentWay,
    Protocol,
    Selection,
    Window,
)
from trialrules.dsl.units import parse_unit

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def word(name, *words, default=None):
    return Attribute(name, "word", words=words, default=default)


def number(name, unit=None):
    return Attribute(name, "number", unit=parse_unit(unit) if unit else None)


def fact(name, kind, *codes, unit=None, words=(), attributes=(), excluded=(), members=()):
    return Fact(
        name=name,
        kind=kind,
        title=name,
        unit=parse_unit(unit) if unit else None,
        unit_text=unit,
        words=words,
        codes=codes,
        excluded_codes=excluded,
        attributes={attribute.name: attribute for attribute in attributes},
        members=members,
    )


FACTS = [
    fact("sex", "attribute", words=("male", "female", "other", "unknown")),
    fact("birth_date", "attribute"),
    fact("total_bilirubin", "lab", Code(LOINC, "1975-2"), Code(LOINC, "14631-6"), unit="umol/L"),
    fact("creatinine", "lab", Code(LOINC, "2160-0"), Code(LOINC, "38483-4"), unit="umol/L"),
    fact("crp", "lab", Code(LOINC, "1988-5"), unit="mg/L"),
    fact("systolic_bp", "vital", Code(LOINC, "8480-6"), unit="mm[Hg]"),
    fact("diastolic_bp", "vital", Code(LOINC, "8462-4"), unit="mm[Hg]"),
    fact("he_grade", "grade"),
    fact("hcg_serum", "finding", Code(LOINC, "2118-8"), words=("positive", "negative")),
    fact("hcg_urine", "finding", Code(LOINC, "2106-3"), words=("positive", "negative")),
    fact(
        "tb_test",
        "finding",
        Code(LOINC, "71774-4"),
        words=("positive", "negative", "indeterminate"),
        attributes=[word("method", "igra", "tst")],
    ),
    fact("uterus_present", "finding", words=("yes", "no")),
    fact("pregnancy", "condition", Code(SNOMED, "77386006")),
    fact("pulmonary_embolism", "event", Code(SNOMED, "59282003")),
    fact("donation", "event", attributes=[number("volume", "mL"), number("bags")]),
    fact("malignancy", "condition", Code(SNOMED, "363346000"), attributes=[Attribute("type", "text"), word("severity", "mild", "severe")]),
    fact("ankylosis", "condition", Code(ICD10, "M45", prefix=True), excluded=(Code(ICD10, "M45.A", prefix=True),)),
    fact("overweight", "condition", Code(SNOMED, "162864005")),
    fact(
        "methotrexate",
        "exposure",
        Code(RXNORM, "6851"),
        Code(ATC, "L04AX03"),
        unit="mg/week",
        attributes=[number("dose", "mg/week"), word("route", "oral", "sc", "im")],
    ),
    fact("opioid", "exposure", Code(ATC, "N02A", prefix=True), attributes=[Attribute("agent", "text")]),
    fact("trial", "exposure", attributes=[number("half_life", "d"), word("of_drug", "yes", "no", default="yes")]),
    fact("liver_transplant", "event", Code(SNOMED, "18027006")),
    fact("ventilation", "condition", Code(SNOMED, "40617009")),
    fact(
        "allergy",
        "condition",
        Code(SNOMED, "300913006"),
        attributes=[word("substance", "shellfish", "other"), word("severity", "mild", "moderate", "severe")],
    ),
    fact("other_unsuitability", "judgement"),
    fact("lesion_risk", "judgement"),
]


def protocol():
    facts = {one.name: one for one in FACTS}
    facts["hcg"] = fact("hcg", "group", members=(facts["hcg_serum"], facts["hcg_urine"]))
    moments = {name: Moment(name, name, (MomentWay("given"),)) for name in ("screening", "randomization", "first_infusion")}
    return Protocol(
        name="demo",
        version="1.0",
        language=1,
        kind="protocol",
        title="Demo",
        titles={},
        registry=None,
        sources=(),
        timezone="UTC",
        months=None,
        day_numbering=0,
        until=None,
        baseline=None,
        moments=moments,
        facts=facts,
        definitions={},
        criteria=tuple(criteria(facts)),
        not_rules=(),
        scenarios=(),
        sha256="",
    )


def criteria(facts):
    window = Window(None, None)
    said = IsWord(Selection(facts["other_unsuitability"], "latest", window), ("yes",))
    deep = Definition("risky", "risky", "truth", IsWord(Selection(facts["lesion_risk"], "latest", window), ("yes",)))
    ever = Exists(Selection(facts["malignancy"], "any", window))
    yield Criterion("E18", "exclusion", "Other", (Block(None, said),))
    yield Criterion(
        "E8", "exclusion", "Lesion", (Block(None, Group("any", 1, (Member(None, None, DefinedTruth(deep)), Member("m", None, ever)))),)
    )
    yield Criterion("E9", "exclusion", "Both", (Block(DefinedTruth(deep), said),))
    yield Criterion("E7", "exclusion", "No judgement", (Block(None, ever),))
