"""Two small studies, one blinded and one open, their subjects, and how the program is run on them."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
from pathlib import Path

from trialrules import cli

GOLDEN = Path(__file__).parent / "golden"
RENEW = os.environ.get("TRIALRULES_RENEW") == "1"
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

BLINDED = """protocol knees version 1.0 language 1
  title     "A salve for sore knees"
  title zh  "膝痛药膏"
  timezone  Europe/Berlin
  months    round down
  baseline  first_treatment

moments
  screening        "Screening"        given
  first_treatment  "First treatment"  given, else planned 7 days after screening
    title zh "首次治疗"
  last_treatment   "Last treatment"   last given dose of cream

facts
  weight   "Weight"      vital in kg  reach 28 days
  pain     "Pain"        vital in mm 0 to 100  reach 28 days
  sex      "Sex"         attribute female, male
  consent  "Consent"     event

arm salve "Salve" blinded as "Salve or placebo"
  dose cream  "Salve"  0.2 mg/kg by patch
arm control "Placebo" blinded as "Salve or placebo"
  dose cream  "Placebo"  5 mL by patch
    note "the carrier alone"

schedule "Treatment" from first_treatment
  closed days shift nearest
  no visit before the day of (first consent ever)
  visit pre   "Before"       day -7 to -1  assume "no days stated"
  visit t1    "Treatment 1"  day 0  window -0 +2 days  give cream
    title zh "第 1 次治疗"
  visit t2    "Treatment 2"  7 days after t1  window -0 +2 days  give cream
  visit w1    "Week 1"       week 1  window +-1 days
  visit hcg   "Pregnancy test"  day 14  window +-1 days if sex is female
  visit d28   "=Day 28"      day 28  window +-3 days  optimum +-1 days
  visit fu    "Follow-up"    every 4 weeks from week 8, 3 times  window +-3 days
  repeat tablets "Tablets" 0.5 g by mouth daily from day 0 to day 28
  assess exam "Examination" at every visit
  assess pain at pre, w1, d28
  assess weight at pre, t1 if sex is female
    note "fasting"
  watch harm "Adverse events" from day 0 to day 28
  until driving "No driving" 2 weeks after last_treatment
  early termination "Early end" within 7 days
  unscheduled allowed
  rescreening allowed 1 times at least 4 weeks apart

outcome relief "Less pain" at w1, d28
  pain improved by >= 20 %
outcome pain_change "Pain" at pre, w1, d28
  pain
"""
OPEN = """protocol climb version 1.0 language 1
  title     "Three doses"
  timezone  Asia/Shanghai
  months    round down

moments
  first_infusion  "First infusion"  given, else first given dose of cells

facts
  weight  "Weight"    vital in kg  reach 28 days
  dlt     "Toxicity"  event

part early_part "Part one"

arm low "Low dose" open
  title zh "低剂量组"
  dose cells  "Cells"  1.0e6 cells/kg IV at most 7e7 cells
arm high "High dose" open
  dose cells  "Cells"  2.0e6 cells/kg IV

schedule "Treatment" from first_infusion
  visit inf1  "Infusion"  day 0   give cells
  visit d28   "Day 28"    day 28  window +-3 days
  watch dlt "Toxicity" from day 0 to day 28

escalation "3+3"
  levels low, high
  observe 28 days
  group of 3, expand to 6
  stop at 2 dlt
  review by "Committee" before every step up

part late_part "Part two"

arm sole "Sole dose" open
  dose cells  "Cells"  1.0e6 cells IV

schedule "Later" from first_infusion
  visit inf1  "Infusion"  day 0   give cells
  visit d90   "Day 90"    day 90  window +-7 days

outcome no_toxicity "No toxicity" at day 28 exact
  not dlt from first_infusion to the visit day
"""
SUBJECT: dict = {
    "schema": "trialrules/subject/1",
    "subject": "K-01",
    "site": "BER",
    "arm": "salve",
    "patient": {
        "id": "P-01",
        "sex": "female",
        "moments": {"screening": "2026-02-20", "first_treatment": "2026-03-02"},
        "facts": [
            {"fact": "consent", "date": "2026-02-20"},
            {"fact": "weight", "value": 71.3, "unit": "kg", "date": "2026-02-25"},
            {"fact": "pain", "value": 60, "unit": "mm", "date": "2026-02-25"},
            {"fact": "pain", "value": 42, "unit": "mm", "date": "2026-03-09"},
        ],
    },
    "visits": [
        {"visit": "pre", "date": "2026-02-25"},
        {"visit": "t1", "date": "2026-03-02T09:30+01:00"},
        {"visit": "t2", "date": "2026-03-12", "reason": "snow"},
        {"visit": "w1", "date": "2026-03-09"},
        {"visit": "d28", "status": "booked", "date": "2026-03-31T08:00+02:00"},
    ],
    "holds": [{"what": "tablets", "from": "2026-03-10", "to": "2026-03-12", "reason": "stomach ache"}],
    "unscheduled": [{"date": "2026-03-05", "title": "Fever"}],
}
CLIMBER: dict = {
    "subject": "C-01",
    "part": "early_part",
    "arm": "low",
    "patient": {"id": "P-02", "facts": [{"fact": "weight", "value": 71.3, "unit": "kg", "date": "2026-02-25"}]},
    "visits": [{"visit": "inf1", "date": "2026-03-02"}],
}


def subject(**changes: object) -> dict:
    """K-01 with some keys changed; those of its `patient` by name."""
    one = copy.deepcopy(SUBJECT)
    for key, value in changes.items():
        (one["patient"] if key in ("facts", "moments", "sex") else one)[key] = value
    return one


def write(folder: Path) -> Path:
    """Both rule files and both subjects in a folder."""
    for name, text in (("knees.rules", BLINDED), ("climb.rules", OPEN)):
        (folder / name).write_text(text, encoding="utf-8")
    put(folder / "k.json", SUBJECT)
    put(folder / "c.json", CLIMBER)
    return folder


def put(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def ends(*args: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one run."""
    # As on a terminal: texts and bytes go to one stream.
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline=""), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run([str(arg) for arg in args])
    out.flush()
    return int(code), out.buffer.getvalue().decode("utf-8"), err.getvalue()


def golden(name: str, text: str) -> None:
    """The text is the one that was looked at; TRIALRULES_RENEW=1 writes it anew."""
    path = GOLDEN / name
    if RENEW:
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode("utf-8"), f"look at the difference, then renew with TRIALRULES_RENEW=1: {name}"
