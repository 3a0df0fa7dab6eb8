"""Makes the pictures of the documentation from what the program prints: `python tools/picture.py`.

Each picture is one command, run on a terminal so that it shows its colours, and written as SVG. A picture fetches nothing.
`tests/docs/test_pictures.py` compares the words of every picture with what its command prints now.
"""

from __future__ import annotations

import html
import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 112
COMMANDS = MappingProxyType(
    {
        "explain": "trialrules explain rules/ankylosing_spondylitis.rules I4 --patient demo/as_04_near_miss.json --on 2026-03-02",
    }
)
"""A picture's name and the command it shows."""

_TEXT = re.compile(r'textLength="([0-9.]+)"([^>]*)>([^<]*)</text>')
_FETCHED = re.compile(r"\s*@font-face \{\{.*?\}\}\n", re.DOTALL)


def words(command: str) -> list[str]:
    """The command as a list, for this Python's `trialrules`."""
    _, *rest = shlex.split(command)
    return [sys.executable, "-m", "trialrules", *rest]


def environment() -> dict[str, str]:
    """The same width and language everywhere."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "VIRTUAL_ENV"}}
    return {**kept, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def on_terminal(command: str) -> str:
    """What the command prints on a terminal, with its colours."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            words(command), cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            parts.append(part)
        process.wait()
    finally:
        os.close(ours)
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def _wide(match: re.Match[str]) -> str:
    """The length of a text on two-column characters; Rich counts each as one."""
    characters = html.unescape(match[3])
    length = float(match[1]) / len(characters) * cell_len(characters)
    return f'textLength="{length:g}"{match[2]}>{match[3]}</text>'


def picture(name: str, command: str) -> str:
    """The SVG of one command and its output."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    shown = Text.from_ansi(on_terminal(command).rstrip("\n"))
    console.print(Text(f"$ {command}", style="bold"), soft_wrap=False)
    console.print()
    console.print(shown, soft_wrap=False)
    svg = console.export_svg(title="trialrules", theme=DIMMED_MONOKAI, code_format=_FETCHED.sub("", CONSOLE_SVG_FORMAT), unique_id=name)
    svg = _TEXT.sub(_wide, svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, command in COMMANDS.items():
        path = FOLDER / f"{name}.svg"
        path.write_text(picture(name, command), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
