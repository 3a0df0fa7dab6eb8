"""`fmt`: writes, checks, shows; leaves alone what has errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from trialrules import cli
from trialrules.commands import fmt

UGLY = """protocol   demo version 1.0   language 1
  timezone UTC
  months round down


moments
    screening "Screening"   given  # the visit
"""
NEAT = """protocol demo version 1.0 language 1
  timezone  UTC
  months    round down

moments
  screening  "Screening"  given  # the visit
"""
BROKEN = "protocol demo version 1.0 language 1\n  timezone UTC\n\ninclusion I1\n  x\n"


@pytest.fixture
def file(tmp_path):
    def writer(text: str, name: str = "a.rules") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode("utf-8"))
        return path

    return writer


def test_a_file_is_laid_out(file, capsys):
    path = file(UGLY)
    assert cli.run(["fmt", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == NEAT
    assert capsys.readouterr() == ("", f"{path} formatted\n")


def test_a_neat_file_is_not_touched(file, capsys):
    path = file(NEAT)
    before = path.stat().st_mtime_ns
    assert cli.run(["fmt", str(path)]) == 0
    assert path.stat().st_mtime_ns == before
    assert capsys.readouterr() == ("", "")


def test_check_writes_nothing(file):
    path = file(UGLY)
    assert cli.run(["fmt", "--check", str(path)]) == 1
    assert path.read_text(encoding="utf-8") == UGLY
    assert cli.run(["fmt", "--check", str(file(NEAT))]) == 0


def test_diff_shows_and_writes_nothing(file, capsys):
    path = file(UGLY)
    assert cli.run(["fmt", "--diff", str(path)]) == 0
    out = capsys.readouterr().out
    assert "-protocol   demo version 1.0   language 1\n" in out
    assert "+protocol demo version 1.0 language 1\n" in out
    assert path.read_text(encoding="utf-8") == UGLY
    assert cli.run(["fmt", "--diff", "--check", str(path)]) == 1


def test_a_file_with_errors_is_left_alone_and_the_others_are_done(file, capsys):
    bad, good = file(BROKEN), file(UGLY, "b.rules")
    assert cli.run(["fmt", str(bad), str(good)]) == 2
    assert bad.read_text(encoding="utf-8") == BROKEN
    assert good.read_text(encoding="utf-8") == NEAT
    assert "a.rules:4" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 1_000_001])
def test_what_is_no_text_of_ours_is_left_alone(tmp_path, content):
    path = tmp_path / "a.rules"
    path.write_bytes(content)
    assert cli.run(["fmt", str(path)]) == 2
    assert path.read_bytes() == content


def test_a_missing_file_is_two(tmp_path, capsys):
    assert cli.run(["fmt", str(tmp_path / "none.rules")]) == 2
    assert "none.rules" in capsys.readouterr().err


def test_line_ends_and_byte_order_mark_go(file):
    path = file("\ufeff" + NEAT.replace("\n", "\r\n"))
    assert cli.run(["fmt", str(path)]) == 0
    assert path.read_bytes() == NEAT.encode()


@pytest.mark.parametrize(("args", "text", "code", "out"), [([], UGLY, 0, NEAT), (["--check"], UGLY, 1, ""), ([], BROKEN, 2, "")])
def test_a_dash_is_a_filter(args, text, code, out):
    done = subprocess.run([sys.executable, "-m", "trialrules", "fmt", *args, "-"], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (code, out)


@pytest.mark.skipif(os.name == "nt", reason="links and modes are otherwise there")
def test_a_link_stays_a_link_and_the_mode_stays(file, tmp_path):
    path = file(UGLY)
    path.chmod(0o640)
    link = tmp_path / "link.rules"
    link.symlink_to(path)
    assert cli.run(["fmt", str(link)]) == 0
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.rules", "link.rules"]


def test_a_failed_write_leaves_the_file(file, monkeypatch):
    path = file(UGLY)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fmt.shutil, "copymode", full)
    assert cli.run(["fmt", str(path)]) == 2
    assert path.read_text(encoding="utf-8") == UGLY
    assert [each.name for each in path.parent.iterdir()] == ["a.rules"]
