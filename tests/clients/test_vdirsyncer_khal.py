"""vdirsyncer fetches a feed, khal shows it: first load, moved, cancelled, removed, and the times of four zones.

vdirsyncer writes a UID of its own making over ours, a hash of the event; so events are told apart by their titles here.
"""

from __future__ import annotations

import subprocess

import pytest

from .stages import content_of, stages, taken, timed

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]
SYNC = """[general]
status_path = "{folder}/status/"
[pair trial]
a = "remote"
b = "local"
collections = null
conflict_resolution = "a wins"
partial_sync = "revert"
[storage remote]
type = "http"
url = "{url}"
[storage local]
type = "filesystem"
path = "{folder}/calendar/"
fileext = ".ics"
"""
SHOW = """[calendars]
[[trial]]
path = {folder}/calendar/
readonly = True
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
[sqlite]
path = {folder}/khal.db
"""


@pytest.fixture
def synced(python_clients, server, tmp_path):
    """Gives a function that fetches the feed and one that runs khal."""
    (tmp_path / "sync.conf").write_text(SYNC.format(folder=tmp_path, url=server.url), encoding="utf-8")
    (tmp_path / "khal.conf").write_text(SHOW.format(folder=tmp_path), encoding="utf-8")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def run(*command: str, stdin: str = "") -> str:
        program, *rest = command
        done = subprocess.run(
            [str(python_clients / program), *rest], input=stdin, capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def fetch() -> None:
        run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "discover", stdin="y\ny\ny\n")
        run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "sync", "--force-delete")

    def khal(*command: str) -> str:
        return run("khal", "-c", str(tmp_path / "khal.conf"), *command)

    return fetch, khal


def listed(khal, start: str, length: str) -> dict[str, list[tuple[str, str]]]:
    """What khal shows: by title (without its own marks), the starts and the status."""
    text = khal("list", "--day-format", "", "--once", "--format", "{start-long-full}|{title}|{status}", start, length)
    found: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, text.splitlines()):
        when, title, status = line.split("|")
        found.setdefault(title, []).append((when, status.strip()))
    return found


def test_the_life_of_a_feed(synced, server):
    fetch, khal = synced
    for number, (name, content, expected) in enumerate(stages()):
        server.serve(content, f'"{number}"')
        fetch()
        shown = listed(khal, "2026-06-01", "250d")
        # khal writes a day as its midnight.
        wanted = {
            title: (start.removesuffix(":00Z") if "T" in start else f"{start}T00:00", status)
            for title, (start, status, _) in expected.items()
        }
        assert {title: one for title, (one,) in shown.items()} == wanted, name


def test_the_drug_stands_on_the_days_on_which_it_is_taken(synced, server):
    fetch, khal = synced
    server.serve(stages()[0][1], '"1"')
    fetch()
    days = []
    text = khal("list", "--day-format", "{date-long}", "--format", "{title}", "2026-10-01", "40d")
    day = ""
    for line in text.splitlines():
        day = line if line[:4].isdecimal() else day
        if line == "AS-1 Celecoxib S-0007":
            days.append(day)
    assert days == taken()


def test_every_appointment_is_at_its_instant(synced, server):
    fetch, khal = synced
    state, expected = timed(None)
    server.serve(content_of(state), '"1"')
    fetch()
    shown = listed(khal, "2026-01-01", "365d")
    assert {title: f"{start}:00Z" for title, ((start, _),) in shown.items()} == expected
