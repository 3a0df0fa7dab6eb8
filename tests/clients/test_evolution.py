"""Evolution Data Server (GNOME Calendar, Evolution) subscribes to a feed, on a session bus of its own."""

from __future__ import annotations

import os
import subprocess

import pytest

from .conftest import CLIENTS
from .stages import content_of, seen_of, stages, timed

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]
READER = CLIENTS.parent / "tests" / "clients" / "read_evolution.py"
SOURCE = """[Data Source]
DisplayName=trial
Enabled=true
Parent=webcal-stub

[Calendar]
BackendName=webcal

[Security]
Method=none

[Authentication]
Host=127.0.0.1
Port={port}
Method=none

[WebDAV Backend]
ResourcePath=/feed.ics

[Offline]
StaySynchronized=true

[Refresh]
Enabled=false
"""


@pytest.fixture
def subscribe(evolution, server, tmp_path):
    """Starts the data server with a subscription to `server`; gives a function that looks again and returns the events."""
    started = []

    def start():
        folders = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
        for folder in folders.values():
            (tmp_path / folder).mkdir(mode=0o700)
        sources = tmp_path / "config" / "evolution" / "sources"
        sources.mkdir(parents=True)
        (sources / "trial.source").write_text(SOURCE.format(port=server.port), encoding="utf-8")
        environment = {
            "HOME": str(tmp_path), "PATH": os.environ["PATH"], "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8",
            "GSETTINGS_BACKEND": "memory", "no_proxy": "127.0.0.1",
            **{name: str(tmp_path / folder) for name, folder in folders.items()},
        }  # fmt: skip
        process = subprocess.Popen(
            ["dbus-run-session", "--", evolution, str(READER), "trial"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)

        def look(*, again: bool = True):
            if again:
                process.stdin.write("again\n")
                process.stdin.flush()
            line = process.stdout.readline()
            assert line, process.stderr.read()
            return seen_of(line)

        return look

    yield start
    for process in started:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
        process.stderr.close()


def test_the_life_of_a_feed(subscribe, server):
    uids, look = {}, None
    for number, (name, content, expected) in enumerate(stages()):
        server.serve(content, f'"{number}"')
        first = look is None
        look = subscribe() if look is None else look
        seen = look(again=not first)
        assert {title: (event.start, event.status, event.sequence) for title, event in seen.items()} == expected, name
        for title, event in seen.items():
            assert uids.setdefault(title.removeprefix("CANCELLED: "), event.uid) == event.uid
    assert look() == seen
    # It asks with the ETag, and may ask once more than it was told to.
    statuses = [status for _, status in server.asked]
    assert (statuses.count(200), statuses[-1]) == (4, 304)


def test_every_appointment_is_at_its_instant(subscribe, server):
    state, expected = timed(None)
    server.serve(content_of(state), '"all"')
    seen = subscribe()(again=False)
    assert {title: event.start for title, event in seen.items()} == expected
