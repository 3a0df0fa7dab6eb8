"""The counts of docs/quality/synthea.md are those of a fresh run."""

from __future__ import annotations

import importlib.util
import sys
import warnings

import pytest

from .program import ROOT

ABSENT = "SKIPPED: the Synthea data are not beside this checkout (../shared/data/synthea-r4), so 615 real-sized patients were not screened"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("quality_synthea", ROOT / "tools" / "quality_synthea.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality_synthea"] = module
    spec.loader.exec_module(module)
    if not module.DATA.is_dir():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(ABSENT, stacklevel=1)
        pytest.skip(ABSENT)
    return module


def test_twelve_patients(tool):
    assert tool.sample() in tool.PAGE.read_text(encoding="utf-8"), "renew it: python tools/quality_synthea.py"


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_all_patients(tool):
    assert tool.whole() in tool.PAGE.read_text(encoding="utf-8"), "renew it: python tools/quality_synthea.py"


def test_every_patient_counts_once_for_every_criterion(tool):
    for name in tool.PROTOCOLS:
        counts = tool.tally(tool.protocol_named(name), tool.DATA / "bundles")
        assert counts.patients == 12
        assert counts.unreadable == 0
        assert sum(counts.decisions.values()) == 12
        assert {sum(verdicts.values()) for verdicts in counts.verdicts.values()} == {12}
        # Every unknown says why.
        for criterion, causes in counts.causes.items():
            assert sum(causes.values()) >= counts.verdicts[criterion]["unknown"]
