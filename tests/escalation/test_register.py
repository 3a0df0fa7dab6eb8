"""Reading a register: what is right is read, what is wrong is said, all of it in one run."""

from __future__ import annotations

import json
from datetime import date

import pytest
from trialrules.engine.dates import parse_partial
from trialrules.engine.escalation.register import Enrolled, Review
from trialrules.records.escalation import read_register

LEVELS = ("low", "medium", "high")
NOW = parse_partial("2026-03-02")


def read(content):
    text = content if isinstance(content, str) else json.dumps(content)
    return read_register(text, "register.json", LEVELS, NOW)


def day(text):
    return date.fromisoformat(text).toordinal()


def test_subjects_and_reviews_are_read():
    found = read(
        {
            "schema": "trialrules/escalation/1",
            "part": "phase1",
            "subjects": [
                {"subject": "S-1", "level": "low", "dosed": "2026-01-05", "clear_until": "2026-02-02"},
                {"subject": "S-2", "level": "low", "dosed": "2026-02-04", "toxicity": {"date": "2026-02-10", "reason": "liver"}},
                {"subject": "S-3", "level": "low", "dosed": "2026-02-04", "not_evaluable": {"date": "2026-02-12", "reason": "moved away"}},
                {"subject": "S-4", "level": "low"},
            ],
            "reviews": [{"level": "low", "about": "sentinel", "decision": "go on", "date": "2026-02-03", "by": "SRC"}],
        }
    )
    assert found.problems == ()
    assert found.part == "phase1"
    assert found.register.subjects == (
        Enrolled("S-1", "low", day("2026-01-05"), clear_until=day("2026-02-02")),
        Enrolled("S-2", "low", day("2026-02-04"), toxic_on=day("2026-02-10"), reason="liver"),
        Enrolled("S-3", "low", day("2026-02-04"), not_evaluable_on=day("2026-02-12"), reason="moved away"),
        Enrolled("S-4", "low"),
    )
    assert found.register.reviews == (Review("low", "sentinel", "go on", day("2026-02-03"), "SRC"),)


def test_all_faults_are_reported_in_one_run_with_their_places():
    found = read(
        {
            "subjects": [
                {"subject": "S-1", "level": "lwo", "dosed": "2026-02-30"},
                {"subject": "S-1", "level": "low", "toxicity": {"date": "2026-02-10"}},
                {"level": "low", "dosed": "2026-03-03", "dlt": True},
                {"subject": "S-4", "level": "low", "dosed": "2026-02-04", "clear_until": "2026-02-10", "toxicity": {"date": "2026-02-09"}},
            ],
            "reviews": [{"level": "low", "about": "level", "decision": "up", "date": "2026-02", "by": ""}],
        }
    )
    assert found.register is None
    assert [(problem.code, problem.where.pointer, problem.message) for problem in found.problems] == [
        ("TR204", "/subjects/0/level", "There is no level `lwo`."),
        ("TR206", "/subjects/0/dosed", "`2026-02-30` is no day."),
        ("TR210", "/subjects/1/subject", "Subject `S-1` stands here twice."),
        ("TR205", "/subjects/1", "`toxicity` is stated, but not the day of the first dose."),
        ("TR203", "/subjects/2/dlt", "There is no key `dlt` here."),
        ("TR205", "/subjects/2", "`subject` is missing."),
        ("TR206", "/subjects/2/dosed", "`2026-03-03` lies after the day of the question."),
        ("TR208", "/subjects/3/clear_until", "Free of toxicity until a day on or after the toxicity."),
        ("TR204", "/reviews/0/decision", "There is no decision `up`."),
        ("TR206", "/reviews/0/date", "`2026-02` is no day."),
        ("TR204", "/reviews/0/by", "`by` is a text."),
    ]
    assert found.problems[0].help == "Did you mean `low`?"


@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"subjects": 3}', '{"subjects": [3]}', '{"reviews": {}}', '{"schema": "other"}', '{"a": NaN}']
)
def test_what_is_no_register_is_refused_and_nothing_is_raised(text):
    found = read(text)
    assert found.register is None
    assert found.problems


def test_an_empty_register_is_one():
    assert read({}).register.subjects == ()
