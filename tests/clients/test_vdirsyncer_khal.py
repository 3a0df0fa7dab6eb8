"""vdirsyncer fetches a feed, khal shows it: first load, moved, cancelled, removed, and the times of four zones."""

from __future__ import annotations

import pytest

from .stages import content_of, stages, taken, timed
from .subscribers import Khal

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]


@pytest.fixture
def subscribed(python_clients, server, tmp_path):
    return Khal(python_clients, tmp_path, server.url)


def test_the_life_of_a_feed(subscribed, server):
    for number, (name, content, expected) in enumerate(stages()):
        server.serve(content, f'"{number}"')
        subscribed.fetch()
        shown = subscribed.listed("2026-06-01", "250d")
        # khal writes a day as its midnight.
        wanted = {
            title: (start.removesuffix(":00Z") if "T" in start else f"{start}T00:00", status)
            for title, (start, status, _) in expected.items()
        }
        assert {title: one for title, (one,) in shown.items()} == wanted, name


def test_the_drug_stands_on_the_days_on_which_it_is_taken(subscribed, server):
    server.serve(stages()[0][1], '"1"')
    subscribed.fetch()
    days = []
    text = subscribed.khal("list", "--day-format", "{date-long}", "--format", "{title}", "2026-10-01", "40d")
    day = ""
    for line in text.splitlines():
        day = line if line[:4].isdecimal() else day
        if line == "AS-1 Medication S-0007":
            days.append(day)
    assert days == taken()


def test_every_appointment_is_at_its_instant(subscribed, server):
    state, expected = timed(None)
    server.serve(content_of(state), '"1"')
    subscribed.fetch()
    shown = subscribed.listed("2026-01-01", "365d")
    assert {title: f"{start}:00Z" for title, ((start, _),) in shown.items()} == expected
