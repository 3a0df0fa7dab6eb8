"""Two strict parsers of others: ical.js and libical. Each reads the feed's own time zones, not the machine's."""

from __future__ import annotations

import json
import subprocess

import pytest

from .conftest import CLIENTS
from .stages import AWKWARD, ZONES, content_of, seen_of, stages, taken, timed

pytestmark = pytest.mark.clients
HERE = CLIENTS.parent / "tests" / "clients"
LIBRARY = CLIENTS / "node" / "node_modules" / "ical.js" / "dist" / "ical.js"


def by_ical_js(node, tmp_path, content: bytes):
    (tmp_path / "feed.ics").write_bytes(content)
    command = [node, str(HERE / "read_icaljs.mjs"), str(LIBRARY), str(tmp_path / "feed.ics")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"TZ": "Pacific/Kiritimati", "PATH": "/usr/bin"})
    assert done.returncode == 0, done.stderr
    return seen_of(done.stdout)


def by_libical(python, tmp_path, content: bytes):
    (tmp_path / "feed.ics").write_bytes(content)
    done = subprocess.run([python, str(HERE / "read_libical.py"), str(tmp_path / "feed.ics")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["good"], told["errors"]) == (True, 0)
    return seen_of(json.dumps(told["events"]))


@pytest.mark.parametrize("zones", [ZONES, AWKWARD], ids=["four zones", "awkward zones"])
@pytest.mark.parametrize("reader", ["ical.js", "libical"])
def test_every_appointment_is_at_its_instant(reader, zones, request, tmp_path):
    state, expected = timed(None, zones)
    program = request.getfixturevalue("node" if reader == "ical.js" else "libical")
    seen = (by_ical_js if reader == "ical.js" else by_libical)(program, tmp_path, content_of(state))
    assert {title: event.start for title, event in seen.items()} == expected


@pytest.mark.parametrize("reader", ["ical.js", "libical"])
def test_the_life_of_a_feed(reader, request, tmp_path):
    program = request.getfixturevalue("node" if reader == "ical.js" else "libical")
    uids = {}
    for name, content, expected in stages():
        seen = (by_ical_js if reader == "ical.js" else by_libical)(program, tmp_path, content)
        assert {title: (event.start, event.status, event.sequence) for title, event in seen.items()} == expected, name
        for title, event in seen.items():
            assert uids.setdefault(title.removeprefix("CANCELLED: "), event.uid) == event.uid


def test_ical_js_expands_the_drug_to_its_days(node, tmp_path):
    (_, content, _), *_ = stages()
    assert list(by_ical_js(node, tmp_path, content)["AS-1 Celecoxib S-0007"].days) == taken()
