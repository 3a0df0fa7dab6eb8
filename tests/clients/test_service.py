"""The running service, and programs of others that subscribe to it: a visit is moved through the API, and each of them sees it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ..service.running import running
from .subscribers import Khal, evolution_at

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("service")) as one:
        yield one


@pytest.fixture
def visit(service):
    """An open visit of an enrolled subject, booked for 9 o'clock on a day ahead; its calendar link, and a function that moves it."""
    study = "/studies/aclf1"
    found = service.ask("coordinator", "GET", f"{study}/subjects?state=enrolled")["subjects"]
    for subject in found:
        path = f"{study}/subjects/{subject['subject']}"
        visits = service.ask("coordinator", "GET", f"{path}/schedule")["visits"]
        ready = [one for one in visits if one["status"] in ("planned", "due", "booked") and one["planned"] and one["merged_into"] is None]
        if ready:
            break
    else:
        pytest.fail("the demonstration has no open visit")
    day = max(datetime.now(UTC).date(), date.fromisoformat(ready[0]["planned"])) + timedelta(days=1)
    key, version = ready[0]["key"], subject["version"]
    body = {"version": version, "visit": key, "status": "booked", "when": f"{day}T09:00"}
    booked = service.ask("coordinator", "POST", f"{path}/visits", body)
    link = service.ask("coordinator", "POST", f"{study}/feeds", {"kind": "subject", "subject": subject["subject"], "windows": False})

    def move():
        to = day + timedelta(days=1)
        move = {"visit": key, "to": str(to), "apply": True, "version": booked["version"], "reason": "the room is taken"}
        assert service.ask("coordinator", "POST", f"{path}/move", move)["applied"]
        return to

    return link, day, move


def at(day):
    """9 o'clock in the zone of the sites, as an instant."""
    return f"{day}T01:00:00Z"


def test_evolution_sees_the_move(visit, evolution, tmp_path):
    link, day, move = visit
    with evolution_at(evolution, tmp_path, link["url"]) as subscribed:
        booked = [one for one in subscribed.look().values() if one.start == at(day)]
        assert len(booked) == 1
        moved = move()
        after = {one.uid: one for one in subscribed.look().values()}
    now = after[booked[0].uid]
    assert (now.start, now.sequence, now.status) == (at(moved), booked[0].sequence + 1, "CONFIRMED")


def test_khal_sees_the_move(visit, python_clients, tmp_path):
    link, day, move = visit
    subscribed = Khal(python_clients, tmp_path, link["url"])

    def starts():
        subscribed.fetch()
        return [when for events in subscribed.listed(str(day - timedelta(days=2)), "10d").values() for when, _ in events]

    assert f"{day}T01:00" in starts()
    moved = move()
    found = starts()
    assert f"{moved}T01:00" in found
    assert f"{day}T01:00" not in found
