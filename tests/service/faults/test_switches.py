"""No variable of the environment and no setting of Django turns the audit off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import SERVER
from .installation import Installation

SERVICE = Path(__file__).resolve().parents[3] / "service"
READ = re.compile(r"""environ(?:\.get\(|\[|\.setdefault\(|\.pop\()\s*["']([A-Z_]+)["']""")
# Where things are. DJANGO_SETTINGS_MODULE would name other settings altogether: another program, made by whoever does that.
PLACES = {"TRIALRULES_HOME", "DATABASE_URL", "DATABASE_OWNER_URL", "TRIALRULES_URL", "DJANGO_SETTINGS_MODULE"}
TRIED = ["AUDIT", "NO_AUDIT", "TRIALRULES_AUDIT", "TRIALRULES_NO_AUDIT", "DISABLE_AUDIT", "DEBUG", "DJANGO_DEBUG", "TESTING", "DEMO", "CI"]
pytestmark = pytest.mark.req("T-13")


def names_read():
    return {name for file in SERVICE.rglob("*.py") for name in READ.findall(file.read_text(encoding="utf-8"))}


def test_the_variables_are_seen():
    assert {"TRIALRULES_HOME", "DATABASE_URL", "TRIALRULES_URL"} <= names_read()


@pytest.mark.skipif(bool(SERVER), reason="the same on both; a database for each value would take long")
@pytest.mark.parametrize("value", ["0", "1"])
def test_every_variable_leaves_the_trail_as_it_is(tmp_path, monkeypatch, value):
    for name in (names_read() - PLACES) | set(TRIED):
        monkeypatch.setenv(name, value)
    told = Installation(tmp_path / "home", None).run("tell")
    assert told["breaks"] == []
    assert told["guards"] == []
    assert told["created"] == {"ALL": 1, "C-0": 1, "C-1": 1, "C-2": 1, "C-3": 1, "ENROLLED": 1}
    life = {"subject created": 6, "decided": 1, "signed": 1, "enrolled": 1, "allocated": 1}
    assert {action: told["actions"].get(action, 0) for action in life} == life


@pytest.mark.parametrize("name", ["work/audit", "guards", "apps"])
def test_what_writes_the_trail_asks_nobody(name):
    text = (SERVICE / f"{name}.py").read_text(encoding="utf-8")
    assert not re.search(r"environ|getenv|django\.conf", text)
