"""No room on the disk while clients write: they are told so, nothing acknowledged is lost, and all goes on once there is room."""

from __future__ import annotations

import resource
import shutil
import time
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from .conftest import SERVER, database
from .installation import Client, Installation, Load, Workers, is_whole
from .room import small_disk
from .test_kills import wait_for

pytestmark = pytest.mark.req("T-24")
TOLD_FULL = {(507, "disk-full")}
# SQLite tells a file that may not grow from a full disk only as "disk I/O error".
TOLD = TOLD_FULL | {(503, "database-unavailable")}


def without_room(installation, take, give, workers=2):
    """Write, take the room away, see what is told, give it back, write on: what was told, and the feed before, during and after."""
    with Workers(installation, workers) as serving:
        somebody = Client(serving.port, "", "")
        calendars = [somebody.calendar(installation.made["feed"])]
        with Load(serving.port, installation.made) as load:
            wait_for(load, 5)
            take(serving)
            until = time.monotonic() + 30
            while sum(load.troubles.values()) < 6 and time.monotonic() < until:
                calendars.append(somebody.calendar(installation.made["feed"]))
            told, seen = set(load.troubles), load.count
            give(serving)
            wait_for(load, 5)
            assert load.count >= seen + 5, "it did not go on by itself"
        calendars.append(somebody.calendar(installation.made["feed"]))
    is_whole(installation.run("tell"), load)
    return told, calendars


def are_calendars(found):
    assert {status for status, _ in found} == {200}
    assert all(body.startswith(b"BEGIN:VCALENDAR\r\n") and body.endswith(b"END:VCALENDAR\r\n") for _, body in found)
    assert all(body.count(b"BEGIN:VEVENT") > 3 for _, body in found), "the last good bytes"


@pytest.mark.skipif(bool(SERVER), reason="for the run on SQLite")
def test_a_full_disk_below_sqlite(untouched, tmp_path):
    with small_disk(tmp_path / "disk", 24) as disk:
        here = Installation(disk.place / "home", None, untouched)
        told, calendars = without_room(here, lambda _: disk.fill(), lambda _: disk.empty())
    assert told & TOLD_FULL
    assert told <= TOLD
    are_calendars(calendars)


@pytest.mark.skipif(bool(SERVER), reason="for the run on SQLite")
def test_files_that_may_not_grow(installation):
    database_file = installation.home / "trialrules.sqlite3"

    def limit(size):
        def change(serving):
            for worker in serving.running:
                resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        return change

    told, calendars = without_room(installation, limit(database_file.stat().st_size), limit(resource.RLIM_INFINITY))
    assert told
    assert told <= TOLD
    are_calendars(calendars)


@pytest.mark.skipif(not SERVER, reason="for the run on PostgreSQL")
def test_a_full_disk_below_postgres(untouched, tmp_path):
    # A name of its own: what a run that was killed left there is in nobody's way.
    with small_disk(Path("/tmp") / f"trialrules-room-{uuid4().hex}", 48) as disk:  # noqa: S108 - where PostgreSQL's user may look
        inside = disk.place / "tables"
        inside.mkdir(mode=0o700)
        with psycopg.connect(SERVER, autocommit=True) as connection:
            owner = Path(connection.execute("SHOW data_directory").fetchone()[0]).owner()
            shutil.chown(inside, owner)
            connection.execute(f"CREATE TABLESPACE room LOCATION '{inside}'")
        try:
            with database(untouched.environment["DATABASE_URL"], "room") as url:
                here = Installation(tmp_path / "home", url, untouched)
                told, calendars = without_room(here, lambda _: disk.fill(), lambda _: disk.empty())
        finally:
            with psycopg.connect(SERVER, autocommit=True) as connection:
                connection.execute("DROP TABLESPACE room")
    assert told & TOLD_FULL
    assert told <= TOLD
    are_calendars(calendars)
