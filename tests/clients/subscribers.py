"""Calendar programs of others, subscribed to an address: vdirsyncer with khal, and Evolution Data Server."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from .stages import Seen, seen_of

READER = Path(__file__).with_name("read_evolution.py")
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
SOURCE = """[Data Source]
DisplayName=trial
Enabled=true
Parent=webcal-stub

[Calendar]
BackendName=webcal

[Security]
Method=none

[Authentication]
Host={host}
Port={port}
Method=none

[WebDAV Backend]
ResourcePath={path}

[Offline]
StaySynchronized=true

[Refresh]
Enabled=false
"""


class Khal:
    """vdirsyncer fetches, khal shows; both in a folder of their own, both in UTC.

    vdirsyncer writes a UID of its own making over ours, a hash of the event; so events are told apart by their titles here.
    """

    def __init__(self, programs: Path, folder: Path, url: str) -> None:
        self._programs, self._folder = programs, folder
        (folder / "sync.conf").write_text(SYNC.format(folder=folder, url=url), encoding="utf-8")
        (folder / "khal.conf").write_text(SHOW.format(folder=folder), encoding="utf-8")

    def _run(self, program: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(self._folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        command = [str(self._programs / program), *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=environment)

    def _well(self, program: str, *words: str, stdin: str = "") -> str:
        done = self._run(program, *words, stdin=stdin)
        assert done.returncode == 0, f"{program} {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def fetch(self) -> None:
        """Synchronize, which has to go well."""
        self._well("vdirsyncer", "-c", f"{self._folder}/sync.conf", "discover", stdin="y\ny\ny\n")
        self._well("vdirsyncer", "-c", f"{self._folder}/sync.conf", "sync", "--force-delete")

    def refused(self) -> str:
        """Synchronize, which has to fail; what vdirsyncer says."""
        done = self._run("vdirsyncer", "-c", f"{self._folder}/sync.conf", "sync")
        assert done.returncode != 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def khal(self, *words: str) -> str:
        """What khal prints."""
        return self._well("khal", "-c", f"{self._folder}/khal.conf", *words)

    def listed(self, start: str, length: str) -> dict[str, list[tuple[str, str]]]:
        """What khal shows from a day on: by title (without its own marks), the starts and the status."""
        text = self.khal("list", "--day-format", "", "--once", "--format", "{start-long-full}|{title}|{status}", start, length)
        found: dict[str, list[tuple[str, str]]] = {}
        for line in filter(None, text.splitlines()):
            when, title, status = line.split("|")
            found.setdefault(title, []).append((when, status.strip()))
        return found


class Evolution:
    """A data server that is subscribed; each further look asks the address again first."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._asked = False

    def look(self) -> dict[str, Seen]:
        """The events by title."""
        if self._asked:
            self._process.stdin.write("again\n")
            self._process.stdin.flush()
        self._asked = True
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return seen_of(line)


@contextmanager
def evolution_at(python: str, folder: Path, url: str):
    """Evolution Data Server (GNOME Calendar, Evolution) subscribed to an address, on a session bus of its own."""
    folders = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"}
    for name in folders.values():
        (folder / name).mkdir(mode=0o700)
    sources = folder / "config" / "evolution" / "sources"
    sources.mkdir(parents=True)
    place = urlsplit(url)
    text = SOURCE.format(host=place.hostname, port=place.port, path=place.path)
    (sources / "trial.source").write_text(text, encoding="utf-8")
    environment = {
        "HOME": str(folder), "PATH": os.environ["PATH"], "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "GSETTINGS_BACKEND": "memory",
        "no_proxy": "127.0.0.1", **{name: str(folder / inner) for name, inner in folders.items()},
    }  # fmt: skip
    process = subprocess.Popen(
        ["dbus-run-session", "--", python, str(READER), "trial"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Evolution(process)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
        process.stderr.close()
