"""Pictures show what their commands print today, links lead somewhere, and the index names every page."""

from __future__ import annotations

import html
import importlib.util
import re
import subprocess

import pytest

from .samples import ROOT

_SPEC = importlib.util.spec_from_file_location("picture_tool", ROOT / "tools" / "picture.py")
assert _SPEC is not None
assert _SPEC.loader is not None
tool = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tool)

PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]


def written(svg: str) -> str:
    """The characters that a picture shows, without blanks."""
    texts = re.findall(r"<text class=\"[a-z]+-r[0-9]+\"[^>]*>([^<]*)</text>", svg)
    return "".join(html.unescape("".join(texts)).split())


def printed(command: str) -> str:
    """The characters that the command prints, without blanks."""
    done = subprocess.run(tool.words(command), cwd=ROOT, env=tool.environment(), capture_output=True, timeout=100, check=True)
    return "".join(f"$ {command} {done.stdout.decode('utf-8')}".split())


@pytest.mark.parametrize("name", sorted(tool.COMMANDS))
def test_a_picture_shows_what_its_command_prints(name):
    command = tool.COMMANDS[name]
    digest = re.compile(r"rules[0-9a-f]{12}")
    shown, wanted = (digest.sub("rules", text) for text in (written((tool.FOLDER / f"{name}.svg").read_text("utf-8")), printed(command)))
    assert shown == wanted, "say: python tools/picture.py"


@pytest.mark.parametrize("name", sorted(tool.COMMANDS))
def test_a_picture_fetches_nothing(name):
    svg = (tool.FOLDER / f"{name}.svg").read_text("utf-8")
    assert "url(http" not in svg
    assert "@import" not in svg
    assert "href" not in svg


def test_every_picture_has_its_command():
    assert {path.stem for path in tool.FOLDER.glob("*.svg")} == set(tool.COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in sorted((ROOT / "docs").rglob("*.md")) if path.name != "index.md"]
    missing = [page for page in pages if not page.startswith("errors/") and f"({page})" not in index]
    assert missing == []


def test_the_two_commands_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^\$ make ([a-z-]+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
