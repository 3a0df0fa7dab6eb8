"""A database for each test; a clock that stands; a small world of one study with people, sites and the included rules.

SQLite in a scratch folder; TRIALRULES_TEST_DATABASE_URL names a PostgreSQL instead (`tools/postgres.sh run …`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime

import pytest

HOME = tempfile.mkdtemp(prefix="trialrules-test-")
os.environ["TRIALRULES_HOME"] = HOME
os.environ["DJANGO_SETTINGS_MODULE"] = "trialrules.service.settings"
os.environ.pop("DATABASE_URL", None)
if os.environ.get("TRIALRULES_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TRIALRULES_TEST_DATABASE_URL"]

from trialrules.service import setup  # noqa: E402 - settings come from the environment

setup.start()

from django.db import connections  # noqa: E402
from trialrules.service import clock, guards, passwords  # noqa: E402

from .world import World  # noqa: E402

# As few rounds as argon2 takes: the tests set many passwords.
passwords.Argon2.time_cost, passwords.Argon2.memory_cost = 1, 64

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _no_scratch_left():
    yield
    connections.close_all()
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def noon():
    """The clock stands at noon of 2 March 2026 in Shanghai."""
    with clock.standing_at(NOON):
        yield NOON


@pytest.fixture
def shared_db(transactional_db):
    """A database that other threads and processes see; the guards are off while it is emptied afterwards."""
    yield
    for connection in connections.all():
        guards.remove(connection)


@pytest.fixture
def world(db, noon):
    return World()


@pytest.fixture
def blinded_world(db, noon):
    """A study with blinded arms."""
    return World("aclf2", "aclf_phase2.rules")
