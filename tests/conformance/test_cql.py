"""The public CQL cases that the rule language can say come out as CQL says."""

from __future__ import annotations

import pytest

from .cql import FOLDER, PAGE, cases, outcome, page

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"THE CQL CASES ARE NOT THERE: nothing is compared ({FOLDER.name} is missing)")


def known_cases():
    return cases() if FOLDER.is_dir() else []


def test_cases_are_found():
    assert len(known_cases()) == 331


@pytest.mark.parametrize("case", known_cases(), ids=lambda case: f"{case.group}.{case.name}")
def test_case(case):
    assert outcome(case).split(":")[0] in ("passed", "skipped"), (case.expression, outcome(case))


def test_the_page_tells_what_passed_and_what_was_skipped():
    assert PAGE.read_text(encoding="utf-8") == page([(test, outcome(test)) for test in cases()]), (
        "renew it: python tests/conformance/cql.py"
    )
