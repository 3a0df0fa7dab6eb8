"""What no file of the repository may hold, and how long a Python file may be."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from .source_tree import ROOT, python_files, repository_files

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 401
# A catalogue of small classes, one for each node of the language, has no parts to stand elsewhere; it grows with the language alone.
CATALOGUES = {
    "dsl/ast.py": "the nodes as written",
    "dsl/model.py": "the nodes as checked",
}
# Written by a program, read by one.
GENERATED = {"service/migrations/0001_tables.py": "the tables of the service, written by Django's makemigrations"}
LONGEST_CATALOGUE = 1000
# Put together from pieces, so that this file does not hold them itself.
PROMISES = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
THIS_MACHINE = re.compile(r"(?<![\w.~-])/(?:wo" + r"rk|ro" + r"ot|opt/py" + r"pi|opt/whe" + r"els)(?=/|\b)")
REGISTRIES = re.compile(
    "|".join([r"pypi\." + "org", r"python" + "hosted", r"npm" + r"js\.(?:org|com)", r"registry\.yarn" + "pkg"]), re.IGNORECASE
)


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in repository_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            found.append((path, content.decode("utf-8")))
    return found


def lines_with(pattern: re.Pattern[str], text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def offenders(pattern: re.Pattern[str]) -> list[str]:
    return [f"{path}:{number}" for path, text in texts() for number in lines_with(pattern, text)]


def too_long(text: str) -> bool:
    return len(text.splitlines()) >= LONGEST


def test_the_repository_is_seen():
    names = {str(path) for path in repository_files()}
    assert {"pyproject.toml", "cli.py", "tests/architecture/test_files.py"} <= names


def test_no_promises():
    assert offenders(PROMISES) == []


def test_no_path_of_a_machine():
    assert offenders(THIS_MACHINE) == []


def test_no_package_registry():
    assert offenders(REGISTRIES) == []


def test_python_files_stay_short():
    long = {str(path) for path in python_files() if too_long((ROOT / path).read_text(encoding="utf-8"))}
    assert sorted(long - CATALOGUES.keys() - GENERATED.keys()) == []


@pytest.mark.parametrize("path", CATALOGUES)
def test_a_catalogue_holds_small_classes_only(path):
    """What earns the length: data classes without logic worth a file of its own."""
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_CATALOGUE
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert len(classes) > 50
    assert [node.name for node in classes if node.end_lineno - node.lineno > 40] == []
    assert [
        node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 15
    ] == []


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (PROMISES, "# TO" + "DO: later", "todos are lower case, MASTODON"),
        (PROMISES, "FIX" + "ME", "FIXTURE"),
        (THIS_MACHINE, "see /wo" + "rk/main/x.py", "docs/wo" + "rk/x and ./wo" + "rk"),
        (THIS_MACHINE, "'/ro" + "ot/.cache'", "the /roots of"),
        (THIS_MACHINE, "file:///opt/py" + "pi/simple", "/opt/python"),
        (REGISTRIES, "https://py" + "pi.org/simple", "pip"),
        (REGISTRIES, '"https://registry.npm' + 'js.org/x"', "npm"),
    ],
)
def test_an_offending_line_is_seen(pattern, bad, good):
    assert lines_with(pattern, f"one\n{bad}\n") == [2]
    assert lines_with(pattern, good) == []


def test_a_long_file_is_seen():
    assert too_long("x = 1\n" * LONGEST)
    assert not too_long("x = 1\n" * (LONGEST - 1))
