"""The program as a user starts it: another process, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
"""No input may keep the program longer; most take a fifth of a second."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def start(*args: str, cwd: Path, **env: str) -> Done:
    """Run `trialrules ARGS`; a traceback, or owning up to a bug, fails the test here."""
    command = [sys.executable, "-m", "trialrules", *map(str, args)]
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        env={**os.environ, "TRIALRULES_DEBUG": "1", **env},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert "this is a bug in trialrules" not in done.stderr, done.stderr[-3000:]
    return Done(done.returncode, done.stdout, done.stderr)


def found_by_check(path: Path) -> tuple[int, list[dict[str, object]]]:
    """Exit code and diagnostics of `check`, each of which must have a code with a page, a place inside the file, a message and a mend."""
    done = start("check", "--format", "json", path.name, cwd=path.parent)
    problems = json.loads(done.out)["diagnostics"]
    for problem in problems:
        assert re.fullmatch(r"TR[0-9]{3}", problem["code"]), problem
        assert (ROOT / "docs/errors" / f"{problem['code']}.md").is_file(), f"{problem['code']} has no page"
        assert problem["message"]
        assert problem["help"], f"{problem['code']} tells no mend"
        place = problem["labels"][0]
        assert place["file"]
        assert place["line"] >= 1
        assert place["column"] >= 1
        assert len(problem["message"]) < 1000
    return done.code, problems


PROBLEM = re.compile(r"^error: (?P<code>TR2[0-9]{2}) (?P<place>[^ ].*?): (?P<message>.+)$", re.MULTILINE)


def told_by_screen(done: Done) -> list[tuple[str, str, str]]:
    """Code, place and message with its mend, of every problem line; there is nothing else on the standard error."""
    lines = [line for line in done.err.splitlines() if line.strip()]
    found = [PROBLEM.match(line) for line in lines]
    assert all(found), done.err
    for each in found:
        assert (ROOT / "docs/errors" / f"{each['code']}.md").is_file(), f"{each['code']} has no page"
        # The message is a sentence, the mend another.
        assert len(re.findall(r"[.?](?: |$)", each["message"])) >= 2, f"no mend: {each[0]}"
    return [(each["code"], each["place"], each["message"]) for each in found]


def skip_without(folder: Path) -> None:
    """Leave a test out, loudly, where data that are not part of the repository are absent."""
    if not folder.is_dir():
        pytest.skip(f"SKIPPED: {folder.name} is not beside this checkout (../shared)")
