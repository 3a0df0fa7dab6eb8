"""Evolution Data Server (GNOME Calendar, Evolution) subscribes to a feed."""

from __future__ import annotations

import pytest

from .stages import content_of, stages, timed
from .subscribers import evolution_at

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]


def test_the_life_of_a_feed(evolution, server, tmp_path):
    uids, all_stages = {}, stages()
    server.serve(all_stages[0][1], '"0"')
    with evolution_at(evolution, tmp_path, server.url) as subscribed:
        for number, (name, content, expected) in enumerate(all_stages):
            server.serve(content, f'"{number}"')
            seen = subscribed.look()
            assert {title: (event.start, event.status, event.sequence) for title, event in seen.items()} == expected, name
            for title, event in seen.items():
                assert uids.setdefault(title.removeprefix("CANCELLED: "), event.uid) == event.uid
        assert subscribed.look() == seen
    # It asks with the ETag, and may ask once more than it was told to.
    statuses = [status for _, status in server.asked]
    assert (statuses.count(200), statuses[-1]) == (4, 304)


def test_every_appointment_is_at_its_instant(evolution, server, tmp_path):
    state, expected = timed(None)
    server.serve(content_of(state), '"all"')
    with evolution_at(evolution, tmp_path, server.url) as subscribed:
        assert {title: event.start for title, event in subscribed.look().items()} == expected
