"""Backup and the way back."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from .conftest import program


@pytest.mark.req("T-17")
def test_there_and_back(demo_home, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    done = program("backup", copy, home=demo_home)
    assert done.returncode == 0, done.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    back = program("restore", copy, "--home", tmp_path / "new")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "all is as it was written" in back.stdout
    assert program("replay", "--all", home=tmp_path / "new").returncode == 0
    assert program("user", "list", home=tmp_path / "new").stdout == program("user", "list", home=demo_home).stdout
    again = program("restore", copy, "--home", tmp_path / "new")
    assert again.returncode == 2
    assert "not empty" in again.stderr


@pytest.mark.req("T-17")
def test_a_copy_of_a_database_in_use_is_whole(own_home, tmp_path):
    stop, written = threading.Event(), []

    def write():
        connection = sqlite3.connect(own_home / "trialrules.sqlite3", timeout=20, isolation_level=None)
        while not stop.is_set():
            number = len(written)
            connection.execute("BEGIN IMMEDIATE")
            for half in ("a", "b"):
                connection.execute("INSERT INTO trialrules_throttle (bucket, tokens, updated) VALUES (?, 1, 1)", (f"{number}{half}",))
            connection.execute("COMMIT")
            written.append(number)
            time.sleep(0.002)  # SQLite's waiting is no queue: one that never lets go starves the others
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = program("backup", tmp_path / "copy.sqlite3", home=own_home)
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    assert written
    copy = sqlite3.connect(tmp_path / "copy.sqlite3")
    rows = {row[0] for row in copy.execute("SELECT bucket FROM trialrules_throttle")}
    copy.close()
    assert len(rows) % 2 == 0, "half a transaction is in the copy"
    assert program("restore", tmp_path / "copy.sqlite3", "--home", tmp_path / "new").returncode == 0


def test_nothing_is_written_over(demo_home, tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = program("backup", tmp_path / "mine", home=demo_home)
    assert done.returncode == 2
    assert (tmp_path / "mine").read_text() == "mine"
    assert program("backup", tmp_path / "no" / "folder", home=demo_home).returncode == 2


def test_what_is_no_copy_is_not_restored(demo_home, tmp_path):
    (tmp_path / "text").write_text("no database")
    done = program("restore", tmp_path / "text", "--home", tmp_path / "new")
    assert done.returncode == 2
    assert "no copy of a SQLite database" in done.stderr


def test_a_damaged_copy_is_not_restored(demo_home, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    assert program("backup", copy, home=demo_home).returncode == 0
    content = bytearray(copy.read_bytes())
    content[8192 : len(content) // 2] = bytes(len(content) // 2 - 8192)
    copy.write_bytes(bytes(content))
    done = program("restore", copy, "--home", tmp_path / "new")
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert program("serve", "--check", "--home", tmp_path / "new").returncode == 0, "the target is still empty"
