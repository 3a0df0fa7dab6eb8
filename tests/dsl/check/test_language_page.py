"""The samples of docs/language.md, put together and completed with what they leave out, check without a word."""

from __future__ import annotations

import re
from fractions import Fraction

from trialrules.dsl import model
from trialrules.dsl.facade import load_text

from .corpus import CORPUS, said

PAGE = CORPUS.parents[1] / "docs" / "language.md"
LIBRARY = """\
library hepatology version 1.0 language 1
facts
  total_bilirubin  lab in umol/L  1 mg/dL = 17.1 umol/L
  inr  lab  reach 3 days
  pao2_fio2  lab in mm[Hg]  reach 1 day
  vasoactive_drug  exposure  with agent norepinephrine, dopamine
  mechanical_ventilation  condition
  criteria_met  judgement
  crp  lab in mg/L  reach 28 days
  pregnancy  condition
"""
REST = """
inclusion I3 "Liver"
  source inclusion 3
  any of
    bilirubin : total_bilirubin >= 10 mg/dL
    meld_high : meld >= 20
    capable_too : capable
    inflamed : crp > 3 x ULN
    lesion : lesion_risk is yes
    bleeding : embolism, donation within 3 months
    birth : age at screening >= 18 years
exclusion E10 "Pregnancy"
  source exclusion 10
  any of
    pregnant : pregnancy on screening
    tested : hcg is positive
    serum : hcg_urine is positive
exclusion E16 "Others"
  source exclusion 16
  any of
    cancer : malignancy except skin_basalioma ever
    infected : infection with course acute on screening
    painful : pain >= 40 mm
    dated : the day of (first malignancy ever) <= the day of screening
scenario "eligible"
  given screening 2026-01-01, inr 1.1 on screening
"""


def samples() -> list[str]:
    return re.findall(r"^```rules\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def whole() -> str:
    *parts, scenario = samples()
    return "\n".join([*parts, REST, scenario])


def test_the_samples_check_together():
    result = load_text(whole(), "demo.rules", reader={"lib/hepatology.rules": LIBRARY}.__getitem__)
    assert said(result.diagnostics, result.sources) == "\n"
    protocol = result.protocol
    assert protocol is not None
    assert protocol.until is protocol.baseline is protocol.moments["first_infusion"]
    assert [criterion.id for criterion in protocol.criteria] == ["I6", "E5", "I1", "E15", "I3", "E10", "E16"]
    assert protocol.facts["hcg"].members == (protocol.facts["hcg_serum"], protocol.facts["hcg_urine"])
    assert protocol.facts["total_bilirubin"].reach == model.Length(Fraction(3), "days")
    assert protocol.facts["methotrexate"].attributes["dose"].unit is not None


def test_twice_the_same():
    reader = {"lib/hepatology.rules": LIBRARY}.__getitem__
    first, second = (load_text(whole(), "demo.rules", reader=reader).protocol for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.sha256 == second.sha256
    assert [criterion.id for criterion in first.criteria] == [criterion.id for criterion in second.criteria]
