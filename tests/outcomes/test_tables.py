"""Scores and ASAS20 by tables that a clinician can read: each boundary of each row, exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .builder import DOSE_DAY, WEEK_4, fact, number, results

TABLES = Path(__file__).resolve().parents[1] / "tables"
SAID = {"yes": True, "no": False, "unknown": None}
FACTS = {
    "rotation": "cervical_rotation",
    "tragus": "tragus_to_wall",
    "side_bend": "side_flexion",
    "lumbar": "lumbar_flexion",
    "malleoli": "intermalleolar_distance",
}


def rows(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("clif_c_of.csv"), ids=lambda row: f"{row['fact']} {row['value']} {row['unit']}")
def test_clif_c_of_points(row):
    name, _, beside = row["fact"].partition(" and ")
    entries = [fact(name, row["value"], WEEK_4, row["unit"] or None)]
    if beside == "renal_replacement":
        entries.append(fact(beside, True, "2026-03-29"))
    elif beside:
        entries.append(fact("vasoactive_drug", True, WEEK_4, attributes={"agent": beside}))
    assert number(results("liver", entries)[f"{row['organ']}_points", "d28"]) == int(row["points"]), row["why"]


@pytest.mark.parametrize("row", rows("basmi.csv"), ids=lambda row: f"{row['measure']} {row['left']} {row['right']}")
def test_basmi_points(row):
    name = FACTS[row["measure"]]
    sides = ("_left", "_right") if row["right"] else ("",)
    values = (row["left"], row["right"])
    entries = [fact(name + side, value, WEEK_4, row["unit"]) for side, value in zip(sides, values, strict=False)]
    assert number(results("spondylitis", entries)[row["measure"], "w4"]) == int(row["points"]), row["why"]


def asas(row):
    """The records behind a row: each domain at the baseline and in week 4, the composed ones from their items."""
    entries = []
    for index, date in enumerate((DOSE_DAY, WEEK_4)):
        for domain, names, unit in (
            ("global", ["patient_global"], None),
            ("function", [f"basfi_{item}" for item in range(1, 11)], None),
            ("pain", ["spinal_pain_overall", "spinal_pain_nocturnal"], "mm"),
            ("stiffness", ["basdai_q5", "basdai_q6"], None),
        ):
            value = row[domain].split(" > ")[index]
            if value != "-":
                entries += [fact(name, value, date, unit) for name in names]
    return entries


@pytest.mark.parametrize("row", rows("asas20.csv"), ids=lambda row: row["why"])
def test_asas20(row):
    found = results("spondylitis", asas(row))
    assert found["asas20", "w4"].truth is SAID[row["literal"]], row["why"]
    assert found["asas20_standard", "w4"].truth is SAID[row["standard"]], row["why"]


def test_basfi_is_the_exact_mean_of_ten():
    entries = [fact(f"basfi_{item}", value, WEEK_4) for item, value in enumerate((1, 2, 3, 4, 5, 6, 7, 8, 9, "9.5"), 1)]
    found = number(results("spondylitis", entries)["basfi_score", "w4"])
    assert found * 100 == 545
    assert not isinstance(found, float)


def test_basdai_by_the_standard_formula_stays_within_ten():
    entries = [fact(f"basdai_q{item}", 10, WEEK_4) for item in range(1, 7)]
    assert number(results("spondylitis", entries)["activity", "w4"]) == 10
    entries = [fact(f"basdai_q{item}", value, WEEK_4) for item, value in enumerate((4, 6, 3, 5, 8, 2), 1)]
    assert number(results("spondylitis", entries)["activity", "w4"]) * 5 == 23


def test_basmi_adds_its_five_items():
    entries = [
        fact("cervical_rotation_left", 15, WEEK_4, "deg"),
        fact("cervical_rotation_right", 15, WEEK_4, "deg"),
        fact("tragus_to_wall_left", 20, WEEK_4, "cm"),
        fact("tragus_to_wall_right", 20, WEEK_4, "cm"),
        fact("side_flexion_left", 12, WEEK_4, "cm"),
        fact("side_flexion_right", 12, WEEK_4, "cm"),
        fact("lumbar_flexion", 1, WEEK_4, "cm"),
        fact("intermalleolar_distance", 80, WEEK_4, "cm"),
    ]
    assert number(results("spondylitis", entries)["basmi_score", "w4"]) == 2 + 1 + 0 + 2 + 1


def test_clif_c_of_lies_between_six_and_eighteen():
    best = {
        "total_bilirubin": (1, "mg/dL"),
        "creatinine": (1, "mg/dL"),
        "he_grade": (0, None),
        "inr": (1, None),
        "mean_arterial_pressure": (90, "mm[Hg]"),
        "pao2_fio2": (400, "mm[Hg]"),
    }
    worst = {
        "total_bilirubin": (30, "mg/dL"),
        "creatinine": (5, "mg/dL"),
        "he_grade": (4, None),
        "inr": (4, None),
        "mean_arterial_pressure": (50, "mm[Hg]"),
        "pao2_fio2": (100, "mm[Hg]"),
    }
    assert number(results("liver", [fact(name, value, WEEK_4, unit) for name, (value, unit) in best.items()])["clif", "d28"]) == 6
    entries = [fact(name, value, WEEK_4, unit) for name, (value, unit) in worst.items()]
    entries.append(fact("vasoactive_drug", True, WEEK_4, attributes={"agent": "vasopressin"}))
    assert number(results("liver", entries)["clif", "d28"]) == 18


def test_icg_retention_is_a_percentage_of_one_milligram_per_decilitre():
    assert number(results("liver", [fact("icg_c15", "0.35", WEEK_4, "mg/dL")])["retention", "d28"]) == 35
    assert number(results("liver", [fact("icg_c15", "3.5", WEEK_4, "mg/L")])["retention", "d28"]) == 35
