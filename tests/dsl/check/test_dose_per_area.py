"""Doses per square metre: a body surface that is a formula."""

from __future__ import annotations

from trialrules.dsl import facade

TEXT = """protocol demo version 1.0 language 1
  timezone UTC
moments
  start given
facts
  weight "Weight" vital in kg reach 28 days
  height "Height" vital in cm reach for ever
define bsa "Body surface" = sqrt((height in cm) * (weight in kg) / 3600)
arm active "Active" open
  dose drugx "Drug" 80 mg/m2 of bsa IV
schedule from start
  visit v1 "Visit 1" day 0 give drugx
"""


def test_a_plain_number_that_is_a_definition_is_the_surface_in_square_metres():
    result = facade.load_text(TEXT)
    assert [diagnostic.code for diagnostic in result.diagnostics] == []
    dose = result.protocol.study.arms["active"].doses["drugx"]
    assert (dose.per_name, dose.per_unit.text, dose.total_unit.text) == ("bsa", "m2", "mg")


def test_a_fact_without_a_unit_is_not():
    result = facade.load_text(
        TEXT.replace('height "Height" vital in cm reach for ever', 'area "Area" score')
        .replace("of bsa", "of area")
        .replace('define bsa "Body surface" = sqrt((height in cm) * (weight in kg) / 3600)\n', "")
    )
    assert [diagnostic.code for diagnostic in result.diagnostics if diagnostic.severity == "error"] == ["TR095"]
