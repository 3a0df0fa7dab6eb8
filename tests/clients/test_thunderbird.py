"""Thunderbird subscribes to a feed, without a window, and asks once a minute; what it keeps is read from its own database.

Nightly only: it takes five minutes. Thunderbird comes with `tools/clients/install.sh thunderbird`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from .stages import content_of, stages, stamp, timed

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(900)]
CALENDAR = "0f4e5a1e-6f0b-4a51-9c1c-5b8f3d3a7a01"
PREFERENCES = {
    f"calendar.registry.{CALENDAR}.type": "ics",
    f"calendar.registry.{CALENDAR}.name": "trial",
    f"calendar.registry.{CALENDAR}.cache.enabled": True,
    f"calendar.registry.{CALENDAR}.refreshInterval": "1",
    f"calendar.registry.{CALENDAR}.readOnly": True,
    f"calendar.registry.{CALENDAR}.calendar-main-in-composite": True,
    "calendar.list.sortOrder": CALENDAR,
    "calendar.timezone.useSystemTimezone": False,
    "calendar.timezone.local": "Pacific/Kiritimati",
    "app.update.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "mail.provider.enabled": False,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}
TRANSPARENT_DAY = 8  # the flag of an event that is a day, in Thunderbird's table


@pytest.fixture
def thunderbird(server, tmp_path):
    """Starts Thunderbird with a subscription to `server`; gives the folder of its databases."""
    program = shutil.which("thunderbird")
    if program is None:
        pytest.skip("Thunderbird is not installed; tools/clients/install.sh thunderbird installs it")
    started = []

    def start():
        profile = tmp_path / "profile"
        profile.mkdir()
        values = {**PREFERENCES, f"calendar.registry.{CALENDAR}.uri": server.url}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        environment = {"HOME": str(tmp_path), "MOZ_HEADLESS": "1", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        command = [program, "--headless", "--profile", str(profile), "--no-remote"]
        started.append(
            subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return profile / "calendar-data"

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=60)


def kept(folder, tmp_path) -> dict[str, tuple[str, str, int]]:
    """Start, status and SEQUENCE by title, from a copy of the database."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if not (folder / "cache.sqlite").exists():
        return {}
    shutil.copytree(folder, copy)
    connection = sqlite3.connect(copy / "cache.sqlite")
    try:
        rows = connection.execute("select id, title, event_start, flags, ical_status from cal_events").fetchall()
        sequences = dict(connection.execute("select item_id, value from cal_properties where key = 'SEQUENCE'").fetchall())
    except sqlite3.OperationalError:
        return {}
    finally:
        connection.close()
    found = {}
    for uid, title, start, flags, status in rows:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start)
        sequence = sequences.get(uid, 0)
        found[title] = (at.date().isoformat() if flags & TRANSPARENT_DAY else stamp(at), status, int(sequence))
    return found


def wait_for(folder, tmp_path, expected, seconds: int = 150) -> dict[str, tuple[str, str, int]]:
    """What is kept once it is as expected, or after a while."""
    end = time.monotonic() + seconds
    now = kept(folder, tmp_path)
    while now != expected and time.monotonic() < end:
        time.sleep(3)
        now = kept(folder, tmp_path)
    return now


def test_the_life_of_a_feed(thunderbird, server, tmp_path):
    folder = None
    for number, (name, content, expected) in enumerate(stages()):
        server.serve(content, f'"{number}"')
        folder = thunderbird() if folder is None else folder
        assert wait_for(folder, tmp_path, expected) == expected, name
    assert server.asked.count(("GET", 200)) == 4


def test_every_appointment_is_at_its_instant(thunderbird, server, tmp_path):
    state, instants = timed(None)
    server.serve(content_of(state), '"all"')
    expected = {title: (at, "CONFIRMED", 0) for title, at in instants.items()}
    assert wait_for(thunderbird(), tmp_path, expected) == expected
