"""A service that runs: alone on its database, polite when it is told to stop, unharmed when it is killed."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from trialrules.service.operations import place
from trialrules.service.operations.trouble import OperationError

from .conftest import environment, fetched, program, started

TOKEN = (
    "from trialrules.service.operations import state; state.start();"
    "from trialrules.service.models.accounts import User; from trialrules.service.work import accounts;"
    "print(accounts.create_token(User.objects.get(username='coordinator'), 'test').token)"
)
OPEN = {"screening", "eligible", "not eligible"}


@pytest.fixture
def running(own_home):
    """A service on a copy of the demonstration, and how a program enters a fact there."""
    done = subprocess.run(
        [sys.executable, "-c", TOKEN], env=environment(TRIALRULES_HOME=str(own_home)), capture_output=True, text=True, check=True
    )
    process, url = started(own_home)
    try:
        yield own_home, process, Writer(url, done.stdout.strip())
    finally:
        process.kill()
        process.communicate()


def test_sessions_that_are_over_are_forgotten_at_the_start(own_home):
    rows = [("old", "x", "2026-01-01 00:00:00"), ("new", "x", "2100-01-01 00:00:00")]
    with contextlib.closing(sqlite3.connect(own_home / "trialrules.sqlite3")) as database, database:
        database.executemany("INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)", rows)
    process, url = started(own_home)
    fetched(f"{url}/healthz")
    process.kill()
    process.communicate()
    with contextlib.closing(sqlite3.connect(own_home / "trialrules.sqlite3")) as database:
        assert database.execute("SELECT session_key FROM django_session").fetchall() == [("new",)]


class Writer:
    """A program that enters facts."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        self.base = f"{url}/api/v1/studies/aclf1/subjects"
        self.subject = next(one["subject"] for one in self.asked(self.base)["subjects"] if one["state"] in OPEN)

    def asked(self, url, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - our own address
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def version(self):
        return self.asked(f"{self.base}/{self.subject}")["version"]

    def enters(self):
        fact = {"fact": "inr", "value": 1.8, "date": "2026-03-01"}
        body = {"version": self.version(), "facts": [fact], "reason": "new lab"}
        return self.asked(f"{self.base}/{self.subject}/facts", body)


def test_a_second_process_on_one_sqlite_is_refused(running):
    home, _, writer = running
    again = program("serve", "--port", "0", "--home", home)
    assert again.returncode == 2
    assert {path.name for path in home.iterdir() if "serving" in path.name} == {"trialrules.sqlite3.serving"}
    assert "another process serves this installation already" in again.stderr
    assert fetched(f"{writer.url}/healthz") == (200, "ok\n")
    assert program("user", "list", home=home).returncode == 0, "verbs that only work on it are no second service"


@pytest.mark.req("T-24")
def test_what_has_begun_is_finished_before_it_stops(running):
    home, process, writer = running
    seen = writer.version()
    other = sqlite3.connect(home / "trialrules.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # the service waits for it
    given = []
    asking = threading.Thread(target=lambda: given.append(writer.enters()))
    asking.start()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert process.poll() is None
    with pytest.raises(urllib.error.URLError):
        fetched(f"{writer.url}/healthz")
    other.execute("ROLLBACK")
    other.close()
    asking.join()
    assert given
    assert given[0]["subject"]["version"] == seen + 1
    assert process.wait(timeout=30) == 0
    assert program("audit", "verify", home=home).returncode == 0


@pytest.mark.req("T-24")
def test_a_process_that_was_killed_leaves_a_log_that_the_next_one_reads(running):
    home, process, writer = running
    seen = writer.version()
    writer.enters()
    wal = home / "trialrules.sqlite3-wal"
    process.kill()
    process.wait()
    assert wal.stat().st_size > 0
    assert wal.stat().st_mode & 0o777 == 0o600
    # The lock went with the process.
    again, url = started(home)
    try:
        assert Writer(url, writer.token).version() == seen + 1
    finally:
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=30)
    assert again.returncode == 0
    assert program("audit", "verify", home=home).returncode == 0


def test_a_stop_while_a_stop_is_under_way_stops_at_once(running):
    home, process, writer = running
    other = sqlite3.connect(home / "trialrules.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    given = []

    def ask():
        with contextlib.suppress(OSError):
            given.append(writer.enters())

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    other.execute("ROLLBACK")
    other.close()
    asking.join()
    assert given == []


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_sqlite_on_a_network_file_system_is_refused(tmp_path, monkeypatch, kind):
    path = tmp_path / "home" / "trialrules.sqlite3"
    path.parent.mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/share {tmp_path} ext4 rw 0 0\nserver:/share {tmp_path} {kind} rw 0 0\n")
    monkeypatch.setattr(place, "database_file", lambda: path)
    with pytest.raises(OperationError, match=rf"network file system \({kind}\)"):
        place.need_local(mounts)
    mounts.write_text(f"server:/share / {kind} rw 0 0\n/dev/sda1 {tmp_path} ext4 rw 0 0\n")
    place.need_local(mounts)
    assert place.file_system(path, tmp_path / "no such file") == "unknown"


def test_two_migrations_at_once_do_it_once(tmp_path):
    command = [sys.executable, "-m", "trialrules", "migrate", "--home", str(tmp_path / "home")]
    both = [subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(one.communicate(timeout=100)[1].strip() for one in both)
    assert [one.returncode for one in both] == [0, 0], said
    assert said[1] == "nothing to do"
    assert said[0].endswith("migrations done")
