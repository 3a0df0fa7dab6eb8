"""The running service, and programs of others that subscribe to it: a visit is moved through the API, and each of them sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, date, datetime, timedelta

import pytest

from .stages import seen_of
from .test_evolution import READER, SOURCE
from .test_vdirsyncer_khal import SHOW, SYNC

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]
# A token for the coordinator, as an administrator's command would make it.
TOKEN = """
from trialrules.service import setup
setup.start()
from trialrules.service.models.accounts import User
from trialrules.service.work import accounts
print(accounts.create_token(User.objects.get(username="coordinator"), "calendars").token)
"""


class Service:
    """`trialrules serve --demo` in a process of its own, and a program that talks to its API."""

    def __init__(self, home):
        self.env = {**os.environ, "TRIALRULES_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        self.env.pop("DATABASE_URL", None)
        words = [sys.executable, "-m", "trialrules", "serve", "--demo", "--port", "0", "--home", str(home)]
        self.log = (home.parent / "service.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.url = next(word for word in self.process.stdout.readline().split() if word.startswith("http")).rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])
        self.token = self.shell(TOKEN)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()  # noqa: S310 - our own server
                break
            except OSError:
                time.sleep(0.1)

    def shell(self, program):
        done = subprocess.run([sys.executable, "-c", program], env=self.env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own server
            return json.loads(response.read())

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    home = tmp_path_factory.mktemp("service") / "home"
    home.mkdir()
    one = Service(home)
    yield one
    one.close()


@pytest.fixture
def visit(service):
    """An open visit of an enrolled subject, booked for 9 o'clock on a day ahead; its calendar link, and a function that moves it."""
    study = "/studies/aclf1"
    found = service.ask("GET", f"{study}/subjects?state=enrolled")["subjects"]
    for subject in found:
        path = f"{study}/subjects/{subject['subject']}"
        visits = service.ask("GET", f"{path}/schedule")["visits"]
        ready = [one for one in visits if one["status"] in ("planned", "due", "booked") and one["planned"] and one["merged_into"] is None]
        if ready:
            break
    else:
        pytest.fail("the demonstration has no open visit")
    day = max(datetime.now(UTC).date(), date.fromisoformat(ready[0]["planned"])) + timedelta(days=1)
    key, version = ready[0]["key"], subject["version"]
    body = {"version": version, "visit": key, "status": "booked", "when": f"{day}T09:00"}
    booked = service.ask("POST", f"{path}/visits", body)
    link = service.ask("POST", f"{study}/feeds", {"kind": "subject", "subject": subject["subject"], "windows": False})

    def move():
        to = day + timedelta(days=1)
        move = {"visit": key, "to": str(to), "apply": True, "version": booked["version"], "reason": "the room is taken"}
        assert service.ask("POST", f"{path}/move", move)["applied"]
        return to

    return link, day, move


def at(day):
    """9 o'clock in the zone of the sites, as an instant."""
    return f"{day}T01:00:00Z"


def test_evolution_sees_the_move(service, visit, evolution, tmp_path):
    link, day, move = visit
    folders = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
    for folder in folders.values():
        (tmp_path / folder).mkdir(mode=0o700)
    sources = tmp_path / "config" / "evolution" / "sources"
    sources.mkdir(parents=True)
    path = link["url"].split("/", 3)[3]
    source = SOURCE.format(port=service.port).replace("/feed.ics", f"/{path}")
    (sources / "trial.source").write_text(source, encoding="utf-8")
    environment = {
        "HOME": str(tmp_path), "PATH": os.environ["PATH"], "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "GSETTINGS_BACKEND": "memory",
        "no_proxy": "127.0.0.1", **{name: str(tmp_path / folder) for name, folder in folders.items()},
    }  # fmt: skip
    process = subprocess.Popen(
        ["dbus-run-session", "--", evolution, str(READER), "trial"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        before = seen_of(process.stdout.readline())
        booked = [one for one in before.values() if one.start == at(day)]
        assert len(booked) == 1
        moved = move()
        process.stdin.write("again\n")
        process.stdin.flush()
        after = {one.uid: one for one in seen_of(process.stdout.readline()).values()}
        now = after[booked[0].uid]
        assert (now.start, now.sequence, now.status) == (at(moved), booked[0].sequence + 1, "CONFIRMED")
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
        process.stderr.close()


def test_khal_sees_the_move(service, visit, python_clients, tmp_path):
    link, day, move = visit
    (tmp_path / "sync.conf").write_text(SYNC.format(folder=tmp_path, url=link["url"]), encoding="utf-8")
    (tmp_path / "khal.conf").write_text(SHOW.format(folder=tmp_path), encoding="utf-8")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def run(program, *words, stdin=""):
        done = subprocess.run(
            [str(python_clients / program), *words], input=stdin, capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def starts():
        run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "discover", stdin="y\ny\ny\n")
        run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "sync", "--force-delete")
        shape = ["--day-format", "", "--once", "--format", "{start-long-full}"]
        return run("khal", "-c", str(tmp_path / "khal.conf"), "list", *shape, str(day - timedelta(days=2)), "10d").split()

    assert f"{day}T01:00" in starts()
    moved = move()
    found = starts()
    assert f"{moved}T01:00" in found
    assert f"{day}T01:00" not in found
