"""The wheel holds what the checkout holds: packages, data, version, public names."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import trialrules

from .source_tree import NO_PACKAGE, ROOT, package_files, repository_files

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = SETTINGS["tool"]["setuptools"]
# Folders of data that the program reads at run time.
DATA_FOLDERS = {"rules", "schemas", "docs/errors", "demo"}
# Not read at run time: words for developers, the guided tour, and what makes the demo patients.
NO_DATA = re.compile(r"(^|/)README\.md$|^demo/.*\.(py|md|sh)$|\.pyi?$")


def packages_of(files: list[Path]) -> set[str]:
    """The package names that these Python files ask for."""
    return {".".join(["trialrules", *path.parts[:-1]]) for path in files}


def data_of(files: list[Path], packages: set[str]) -> list[Path]:
    """Files that are no Python and live where the program reads."""
    folders = {name.removeprefix("trialrules").replace(".", "/").lstrip("/") for name in packages} - {""}
    kept = []
    for path in files:
        inside = any(path.is_relative_to(folder) for folder in folders | DATA_FOLDERS)
        if inside and not NO_DATA.search(path.as_posix()):
            kept.append(path)
    return kept


def shipped(path: Path, package_data: dict[str, list[str]]) -> bool:
    """Whether a pattern of some package takes the file; `**` takes any number of folders, none too."""
    for package, patterns in package_data.items():
        folder = package.removeprefix("trialrules").lstrip(".").replace(".", "/")
        if path.is_relative_to(folder):
            inner = path.relative_to(folder).as_posix()
            if any(re.fullmatch(glob_to_regex(pattern), inner) for pattern in patterns):
                return True
    return False


def glob_to_regex(pattern: str) -> str:
    pieces = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return "".join(pieces.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*|\?)", pattern))


def test_the_list_of_packages_equals_the_folders():
    files = package_files()
    assert packages_of(files) == set(SETUPTOOLS["packages"])
    assert [path for path in {path.parent for path in files} if not (ROOT / path / "__init__.py").is_file()] == []


def test_every_data_file_is_shipped():
    data = data_of(list(repository_files()), set(SETUPTOOLS["packages"]))
    assert [str(path) for path in data if not shipped(path, SETUPTOOLS["package-data"])] == []


def test_licence_and_notice_travel_along():
    named = SETTINGS["project"]["license-files"]
    assert named == ["LICENSE", "NOTICE"]
    assert all((ROOT / name).is_file() for name in named)


def test_the_version_has_one_home():
    assert SETTINGS["project"]["dynamic"] == ["version"]
    version = trialrules.__version__
    holders = [path for path in package_files() if f'"{version}"' in (ROOT / path).read_text(encoding="utf-8")]
    assert holders == [Path("_version.py")]


def test_public_names_are_where_the_package_says():
    assert {name: getattr(trialrules, name) for name in trialrules.__all__}.keys() == set(trialrules.__all__)
    assert set(trialrules.__all__) <= set(dir(trialrules))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = trialrules.nothing


def test_the_version_is_told_without_parser_or_attrs():
    program = "import sys; from trialrules.cli import run; run(['--version']); print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT.parent)
    version, modules = done.stdout.splitlines()
    assert version == f"trialrules {trialrules.__version__}"
    heavy = {"lark", "attr", "attrs", "cattrs", "icalendar", "dateutil", "rich"}
    assert heavy & set(modules.split()) == set()
    assert "click" in modules.split()


def test_a_forgotten_package_is_seen():
    assert packages_of([Path("cli.py"), Path("new/thing.py")]) - set(SETUPTOOLS["packages"]) == {"trialrules.new"}
    assert "new" not in NO_PACKAGE


def test_a_forgotten_data_file_is_seen():
    packages = set(SETUPTOOLS["packages"])
    assert data_of([Path("dsl/notes.xml"), Path("dsl/model.py"), Path("Makefile")], packages) == [Path("dsl/notes.xml")]
    assert not shipped(Path("dsl/notes.xml"), SETUPTOOLS["package-data"])
    for name in ("rules/aclf.rules", "rules/lib/liver.rules", "demo/one.json", "dsl/grammar.lark", "py.typed"):
        assert shipped(Path(name), SETUPTOOLS["package-data"]), name
