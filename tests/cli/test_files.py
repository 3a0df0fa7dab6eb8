"""Files are written whole or not at all, with the permissions that they have, through links."""

from __future__ import annotations

import os
import stat

import pytest
from trialrules.commands._calendar import read_state
from trialrules.commands._files import write_whole
from trialrules.commands._outcome import InputError


def test_a_failed_write_leaves_the_old_content_and_no_other_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def broken(*_args):
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_permissions_stay_and_links_are_followed(tmp_path):
    path, link = tmp_path / "a.json", tmp_path / "link.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)


def test_a_private_file_is_its_owners(tmp_path):
    write_whole(tmp_path / "key", b"secret", private=True)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_state_that_somebody_else_wrote_meanwhile_is_not_written_over(tmp_path):
    path = tmp_path / "s.json"
    first = read_state(path, None)
    first.save(first.state)
    second = read_state(path, None)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match="another program has written it"):
        second.save(second.state)
