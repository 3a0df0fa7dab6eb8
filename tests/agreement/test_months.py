"""Month steps and three-valued logic, by tables that a clinician can read."""

from __future__ import annotations

import csv
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from trialrules.engine.dates import add_months

from . import naive_values as naive

TABLES = Path(__file__).resolve().parents[1] / "tables"
WORD = {"true": True, "false": False, "unknown": None}


def rows(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def months_of(text):
    count, unit = text.split()
    return int(count) * (12 if unit == "years" else 1)


@pytest.mark.parametrize("row", rows("month_steps.csv"), ids=lambda row: f"{row['start']} {row['step']} {row['rounding']}")
def test_month_steps(row):
    start, wanted = date.fromisoformat(row["start"]).toordinal(), date.fromisoformat(row["result"])
    assert date.fromordinal(add_months(start, months_of(row["step"]), row["rounding"])) == wanted


def operation(row, values):
    from trialrules.engine import truth

    count = int(row["n"] or 0)
    match row["operation"]:
        case "not":
            return truth.negate(values[0])
        case "and":
            return truth.all_of(values)
        case "or":
            return truth.any_of(values)
        case "at least":
            return truth.at_least(count, values)
        case "at most":
            return truth.at_most(count, values)
        case "exactly":
            return truth.exactly(count, values)
    raise ValueError(row["operation"])


@pytest.mark.req("T-04")
@pytest.mark.parametrize("row", rows("kleene.csv"), ids=lambda row: "-".join(filter(None, list(row.values())[:-1])))
def test_three_valued_logic(row):
    values = [WORD[row[name]] for name in "abc" if row[name]]
    assert {operation(row, list(order)) for order in permutations(values)} == {WORD[row["result"]]}


@pytest.mark.parametrize("row", rows("kleene.csv"), ids=lambda row: "-".join(filter(None, list(row.values())[:-1])))
def test_three_valued_logic_of_the_naive_evaluator(row):
    values, count = [WORD[row[name]] for name in "abc" if row[name]], int(row["n"] or 0)
    found = {
        "not": lambda: naive.neg(values[0]),
        "and": lambda: naive.conj(values),
        "or": lambda: naive.disj(values),
        "at least": lambda: naive.at_least(count, values),
        "at most": lambda: naive.neg(naive.at_least(count + 1, values)),
        "exactly": lambda: naive.conj([naive.at_least(count, values), naive.neg(naive.at_least(count + 1, values))]),
    }[row["operation"]]()
    assert found is WORD[row["result"]]
