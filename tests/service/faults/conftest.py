"""Each test has an installation of its own, on the database that the run is on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from .installation import Installation

TOOL = Path(__file__).resolve().parents[3] / "tools" / "postgres.sh"
SERVER = os.environ.get("TRIALRULES_TEST_DATABASE_URL")


@contextmanager
def database(like=None, tablespace="pg_default"):
    """The URL of a new PostgreSQL database, empty or a copy; None on SQLite."""
    if not SERVER:
        yield None
        return
    import psycopg

    name = f"faults_{uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        template = f" TEMPLATE {urlsplit(like).path[1:]}" if like else ""
        connection.execute(f"CREATE DATABASE {name}{template} TABLESPACE {tablespace}")
    yield urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory):
    with database() as url:
        yield Installation(tmp_path_factory.mktemp("untouched") / "home", url)


@pytest.fixture
def installation(untouched, tmp_path):
    with database(untouched.environment.get("DATABASE_URL")) as url:
        yield Installation(tmp_path / "home", url, untouched)


@pytest.fixture
def own_server():
    """A PostgreSQL that may be stopped; it writes through to the disk. Its folder and its URL."""
    if not SERVER:
        pytest.skip("for the run on PostgreSQL")
    folder = tempfile.mkdtemp(prefix="trialrules-pg.", dir="/tmp")
    Path(folder).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "TRIALRULES_PG_FAST"}
    done = subprocess.run([TOOL, "start", folder], env=environment, capture_output=True, text=True, check=True)
    yield folder, done.stdout.strip()
    subprocess.run([TOOL, "stop", folder], check=True)


@pytest.fixture
def restart():
    def pull_the_plug(folder):
        subprocess.run([TOOL, "restart", folder], check=True)

    return pull_the_plug
