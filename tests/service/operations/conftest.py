"""Installations of their own, worked on by the program as people start it: on SQLite, and where a test asks for it on PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from .postgres import database

# Installations here are on SQLite, whatever database the other tests are given: once is enough.
_ON_EITHER = {"test_postgres.py", "test_proxy.py"}
collect_ignore = (
    [path.name for path in Path(__file__).parent.glob("test_*.py") if path.name not in _ON_EITHER]
    if os.environ.get("TRIALRULES_TEST_DATABASE_URL")
    else []
)


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "DATABASE_OWNER_URL", "TRIALRULES_URL"}}
    return {**kept, "PYTHONWARNINGS": "ignore", **more}


def program(*words, home=None, **more):
    """Run the program; what it says, and how it ends."""
    env = environment(**more)
    if home is not None:
        env["TRIALRULES_HOME"] = str(home)
    command = [sys.executable, "-m", "trialrules", *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=100, check=False)


def started(home, *words, **more):
    """A running service, and its address."""
    command = [sys.executable, "-m", "trialrules", "serve", "--port", "0", "--home", str(home), *words]
    process = subprocess.Popen(command, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    found = re.search(r"https?://\S+", line)
    if found is None:
        process.kill()
        raise AssertionError(line + process.communicate()[1])
    return process, found[0].rstrip("/")


def fetched(url):
    """Status and text of an address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo") / "home"
    code = (
        "from trialrules.service.operations import state; state.start(new=True); state.migrate();"
        "from trialrules.service.operations import server; print(*[way.path for way in server.demonstration()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(TRIALRULES_HOME=str(home)), capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout.count("/welcome/") == 8
    return home


@pytest.fixture(scope="session")
def demo_home(_made):
    """An installation with the demonstration, to be read only."""
    return _made


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A PostgreSQL that its owner has migrated, with the demonstration that the service's role has loaded; the home folder comes first."""
    home = tmp_path_factory.mktemp("operations") / "home"
    with database() as made:
        done = program("migrate", home=home, **made.as_owner)
        assert done.returncode == 0, done.stderr
        code = (
            "from trialrules.service.operations import state; state.start(); state.need_database();"
            "from trialrules.service.operations import server; server.demonstration()"
        )
        env = environment(TRIALRULES_HOME=str(home), **made.as_app)
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=100, check=True)
        yield home, made


@pytest.fixture
def empty():
    """A PostgreSQL in which nothing is."""
    with database() as made:
        yield made


@pytest.fixture
def own_home(_made, tmp_path):
    """A copy of it that may be spoilt."""
    return shutil.copytree(_made, tmp_path / "home")
