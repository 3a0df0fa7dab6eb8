"""Two strict parsers of others: ical.js and libical. Each reads the feed's own time zones, not the machine's."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime

import pytest
from trialrules.engine.calendar.feed import tombstone
from trialrules.engine.calendar.state import CalendarState

from ..calendar.builders import DOMAIN, KEY, after, day, schedule, series, visit
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
    assert list(by_ical_js(node, tmp_path, content)["AS-1 Medication S-0007"].days) == taken()


@pytest.mark.parametrize(
    "days",
    [
        [day("2026-10-05") + 7 * number for number in range(10) if number not in (2, 5)],
        [day("2026-10-05") + 2 * number for number in range(10) if number != 3],
        [day(f"2026-{month:02d}-05") for month in range(1, 10)],
        [day(text) for text in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31")],
    ],
    ids=["weekly", "every other day", "monthly", "no pattern"],
)
def test_ical_js_expands_every_kind_of_series_to_its_days(node, tmp_path, days):
    step = days[1] - days[0]
    held = () if step > 7 else tuple(one for one in range(days[0], days[-1], step) if one not in days)
    (event,) = by_ical_js(node, tmp_path, content_of(after(None, schedule(series=(series("c", days, held),))))).values()
    assert list(event.days) == [date.fromordinal(one).isoformat() for one in days]


@pytest.mark.parametrize("reader", ["ical.js", "libical"])
@pytest.mark.parametrize(
    "title",
    [
        "Day 28, fasting; bring: C:\\NOTES \\n",
        "第28天随访：血液、尿液和心电图检查，请空腹前来并携带所有药物" * 3,
        "naïve 👩‍⚕️ “quoted”",
        '"',
    ],
)
def test_a_title_is_read_as_it_was_written(reader, title, request, tmp_path):
    program = request.getfixturevalue("node" if reader == "ical.js" else "libical")
    content = content_of(after(None, schedule(visit("d28", "2026-09-28", title=title))))
    assert list((by_ical_js if reader == "ical.js" else by_libical)(program, tmp_path, content)) == [f"AS-1 {title} S-0007"]


@pytest.mark.parametrize("reader", ["ical.js", "libical"])
def test_a_revoked_feed_is_read_as_one_event(reader, request, tmp_path):
    program = request.getfixturevalue("node" if reader == "ical.js" else "libical")
    one = tombstone(CalendarState(KEY), "feed-1", datetime(2026, 12, 1, 9, tzinfo=UTC), DOMAIN)
    (event,) = (by_ical_js if reader == "ical.js" else by_libical)(program, tmp_path, one.content).values()
    assert (event.start, event.status, event.sequence) == ("2026-12-01", "CONFIRMED", 0)
