"""The samples of a documentation page, and how they are run.

How pages are written:

- ```console blocks hold lines `$ COMMAND` with their output (standard output and error together). Every command runs in one folder for the
  page, in order; `rules/` and `demo/` of the package are there. A line `…` stands for any lines, `…` inside a line for any characters.
  `$ echo $?` shows the exit code of the command before.
- `<!-- file: NAME -->` on the line above a block of any kind: its text is written to that file of the page's folder.
- `<!-- add to: NAME -->`: its text is added at the end of that file.
- `<!-- mend: NAME | BEGINNING -->`: its lines replace the first line of that file that begins so (however many blanks it has).
- ```rules blocks are parsed: a whole file, or top-level blocks; lines that mend are not. `<!-- fragment: header -->`, `facts`,
  `moments`, `criterion`, `definition`, `scenario` above it: the lines stand inside such a block.
- `<!-- not run: REASON -->` above a block: it is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from trialrules.dsl.parser import parse
from trialrules.dsl.source import Source

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[a-z]*)[^\n`]*\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL)
_NOTE = re.compile(r"<!--\s*(?P<word>file|add to|mend|fragment|not run):\s*(?P<value>.*?)\s*-->\s*\Z")
ANY = "…"
WRITING = ("file", "add to", "mend")
WRAPPERS = {
    "header": "protocol sample version 1.0 language 1\n",
    "facts": "facts\n",
    "moments": "moments\n",
    "criterion": 'inclusion I1 "Sample"\n',
    "definition": 'define sample "Sample" =\n',
    "scenario": 'scenario "sample"\n',
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    body: str
    line: int
    start: int
    end: int
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A command and the output that the page shows for it."""

    command: str
    expected: tuple[str, ...]


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for match in _FENCE.finditer(text):
        notes = {}
        above = text[: match.start()].rstrip()
        while note := _NOTE.search(above):
            notes[note["word"]] = note["value"]
            above = above[: note.start()].rstrip()
        indent = len(match["indent"])
        body = "".join(line[indent:] if line.strip() else line for line in match["body"].splitlines(keepends=True))
        found.append(Block(match["kind"], body, text.count("\n", 0, match.start()) + 1, match.start("body"), match.end("body"), notes))
    return found


def steps_of(block: Block) -> list[Step]:
    """The commands of a console block; a `\\` at the end of a line continues the command."""
    steps: list[Step] = []
    lines = iter(block.body.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + next(lines).removeprefix("> ")
            steps.append(Step(command, ()))
        elif steps:
            steps[-1] = Step(steps[-1].command, (*steps[-1].expected, line.rstrip()))
        else:
            raise ValueError(f"line {block.line}: output without a command")
    return steps


def fits(expected: tuple[str, ...] | list[str], got: list[str]) -> bool:
    """Whether output is what the page shows; blank lines at the end do not count."""
    wanted = "\n".join(expected).rstrip("\n")
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == ANY else ".*".join(re.escape(part) for part in line.split(ANY)) + r"\n"
        for line in wanted.split("\n")
    )
    return re.fullmatch(pattern, "\n".join(got).rstrip("\n") + "\n") is not None


class PageRun:
    """The folder of one page, and the exit code of its last command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = 0
        for name in ("rules", "demo"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name)

    def run(self, command: str) -> list[str]:
        """The lines that a command prints."""
        keep = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "SYSTEMROOT", "TMPDIR", "LANG"}}
        env = {**keep, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{keep['PATH']}", "COLUMNS": "100", "PYTHONUTF8": "1"}
        line = f"(exit {self.code}); {command}"
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False
        )
        self.code = done.returncode
        return [each.rstrip() for each in done.stdout.decode("utf-8").splitlines()]

    def write(self, block: Block) -> None:
        """Write the block to the file that the note above it names, at its end, or in place of a line; never outside the folder."""
        word = next(each for each in WRITING if each in block.notes)
        name, _, beginning = block.notes[word].partition(" | ")
        path = (self.folder / name).resolve()
        assert path.is_relative_to(self.folder.resolve())
        text = block.body
        if word == "add to":
            text = path.read_text(encoding="utf-8") + text
        elif word == "mend":
            text = replaced(path.read_text(encoding="utf-8"), beginning, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def replaced(text: str, beginning: str, lines: str) -> str:
    """The text with lines in place of the first one that begins so."""
    found = text.splitlines(keepends=True)
    wanted = " ".join(beginning.split())
    place = next((number for number, line in enumerate(found) if " ".join(line.split()).startswith(wanted)), None)
    assert place is not None, f"no line begins with {beginning!r}"
    return "".join([*found[:place], lines, *found[place + 1 :]])


def problems_of_rules(block: Block) -> list[str]:
    """What the parser says of a block of rules."""
    text = block.body
    kind = block.notes.get("fragment")
    if kind is not None:
        text = WRAPPERS[kind] + "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
    source = Source("sample", text)
    return [f"line {source.position(each.span.start).line}: {each.code} {each.message}" for each in parse(source).diagnostics]
