"""Disks that are full, that fail, and that lose what was not yet on them when the power went (SQLite)."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import apsw
import pytest
from trialrules.service.home import _SQLITE_SET_UP

from .conftest import SERVER

pytestmark = [pytest.mark.skipif(bool(SERVER), reason="the server's disk is PostgreSQL's own affair"), pytest.mark.req("T-24")]
SECTOR = 512


def test_a_full_disk_leaves_no_half(installation):
    done = installation.run("fill")
    assert done["acknowledged"] > 10
    assert len(done["failed"]) > 10
    assert {"disk I/O error", "database or disk is full"} <= set(done["failed"])
    assert done["halves"] == 0
    told = installation.run("tell")
    assert (told["sound"], told["breaks"], told["guards"]) == ("ok", [], [])
    assert told["replayed"]
    assert told["subjects"]["ALL"]["version"] == 1 + done["acknowledged"]
    assert told["changes"]["ALL"] == done["acknowledged"]


class Disk(apsw.VFS):
    """Notes what is written, cut, deleted and synced, in order."""

    def __init__(self, name):
        super().__init__(name, "")
        self.log = []

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        return DiskFile(self.log, name, flags)

    def xDelete(self, name, sync):  # noqa: N802
        self.log.append(("delete", Path(name).name, int(sync), b""))
        super().xDelete(name, sync)


class DiskFile(apsw.VFSFile):
    def __init__(self, log, name, flags):
        self.log = log
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary").name
        super().__init__("", name, flags)

    def xWrite(self, data, offset):  # noqa: N802
        self.log.append(("write", self.name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size):  # noqa: N802
        self.log.append(("cut", self.name, size, b""))
        super().xTruncate(size)

    def xSync(self, flags):  # noqa: N802
        self.log.append(("sync", self.name, 0, b""))
        super().xSync(flags)


def history(writes, base, folder, settings):
    """Do the statements again on a disk that notes everything: the notes, and how the database looks after each write."""
    path = folder / "live.sqlite3"
    path.write_bytes(base)
    disk = Disk(f"disk-{folder.name}")
    connection = apsw.Connection(str(path), vfs=f"disk-{folder.name}")
    connection.execute("PRAGMA locking_mode=exclusive")
    for one in settings.split(";"):
        connection.execute(one)
    connection.execute("PRAGMA wal_autocheckpoint=12")  # so that power fails while the log is written back, too
    looks = [look(connection)]
    for number, statements in enumerate(writes, 1):
        for one in statements:
            connection.execute(one)
        disk.log.append(("acknowledged", "", number, b""))
        looks.append(look(connection))
    notes = list(disk.log)
    connection.close()
    return notes, looks


def look(connection):
    sums = [
        "SELECT count(*), max(seq) FROM trialrules_auditentry",
        "SELECT sum(version), group_concat(state) FROM trialrules_subject",
        "SELECT count(*) FROM trialrules_decision",
        "SELECT seq, hash FROM trialrules_audithead ORDER BY chain",
    ]
    return [list(connection.execute(one)) for one in sums]


def after_power_loss(notes, base, at, chance):
    """The files as they may stand after the power went: everything synced, and of the rest any part, pages torn among them."""
    files = {"live.sqlite3": bytearray(base)}
    synced = {name: number for number, (what, name, *_) in enumerate(notes[:at]) if what == "sync"}
    for number, (what, name, offset, data) in enumerate(notes[:at]):
        lost = number > synced.get(name, -1) and chance.random() < 0.5
        if what == "delete" and (offset or not lost):  # with its folder synced, or by chance
            files.pop(name, None)
        elif what == "cut" and not lost:
            del files.setdefault(name, bytearray())[offset:]
        elif what == "write":
            for start in range(0, len(data), SECTOR):
                if number > synced.get(name, -1) and chance.random() < 0.5:
                    continue
                put(files.setdefault(name, bytearray()), offset + start, data[start : start + SECTOR])
    return files


def put(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def losses(notes, looks, base, folder, times):
    """How often, after power losses, the database was broken or not what it should be."""
    chance, found = random.Random(7), []  # noqa: S311 - the same losses in every run
    for number in range(times):
        at = chance.randrange(1, len(notes) + 1)
        acknowledged = max((offset for what, _, offset, _ in notes[:at] if what == "acknowledged"), default=0)
        place = folder / f"after-{number}"
        place.mkdir()
        for name, content in after_power_loss(notes, base, at, chance).items():
            if not name.endswith("-shm"):
                (place / name).write_bytes(content)
        try:
            with sqlite3.connect(place / "live.sqlite3") as connection:
                sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
                now = look(connection)
            connection.close()
        except sqlite3.DatabaseError as error:
            sound, now = str(error), None
        if sound != "ok" or now not in looks[acknowledged : acknowledged + 2]:
            found.append((at, acknowledged, sound))
    return found


@pytest.fixture
def recorded(installation, tmp_path):
    """The statements of some writes, and the database before them: in WAL mode for long, as that of an installation is."""
    copy = tmp_path / "before.sqlite3"
    writes = installation.run("record", str(copy))
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA journal_mode=wal").fetchone() == ("wal",)
    connection.close()
    return writes, copy.read_bytes()


@pytest.mark.parametrize("times", [150, pytest.param(5000, marks=[pytest.mark.nightly, pytest.mark.timeout(0)])])
def test_power_loss_takes_nothing_acknowledged(recorded, tmp_path, times):
    writes, base = recorded
    notes, looks = history(writes, base, tmp_path, _SQLITE_SET_UP)
    assert len({str(one) for one in looks}) == len(writes) + 1
    assert losses(notes, looks, base, tmp_path, times) == []


def test_the_simulation_finds_settings_that_do_not_last(recorded, tmp_path):
    writes, base = recorded
    notes, looks = history(writes, base, tmp_path, _SQLITE_SET_UP.replace("synchronous=full", "synchronous=off"))
    assert losses(notes, looks, base, tmp_path, 60)
