"""Rule files as bytes and as characters: what must be put right before there is a text to parse.

Positions are never lost: whatever is replaced in a text is replaced by as many characters.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from attrs import frozen

from ..limits import MAX_FILE_BYTES
from .diagnostics import Diagnostic, Label, Severity, has_errors
from .source import Source, Span

BOM: Final = "\ufeff"
TAB_INDENT: Final = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
# Control characters but for line feed, tab and the return before a line feed; signs that turn the direction of reading and so can make
# a line look like another; halves of characters.
ODD: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\\r(?!\\n)")
SOMETHING: Final = re.compile(r"^[ \t\r]*[^#\s]", re.MULTILINE)
MAX_ODD: Final = 20


@frozen
class LoadedFile:
    """A file that was read: its source, unless it is no text at all, and the problems."""

    source: Source | None
    diagnostics: tuple[Diagnostic, ...]


@frozen
class CleanText:
    """A text that can be parsed: the same length, odd characters replaced by blanks."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    has_tabs: bool


def read_rule_file(path: Path, name: str | None = None) -> LoadedFile:
    """Read a rule file from disk.

    Args:
        path: Where it is.
        name: What diagnostics call it; the path as given if left out.

    Returns:
        Its source, and what is wrong with it as a file.
    """
    called = name or str(path)
    try:
        # One byte more than allowed is enough to know, however large the file is.
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name can't be used"
        problem = _problem("TR025", called, 0, 0, f"`{called}` can't be read: {reason.lower()}", "check the name of the file")
        return LoadedFile(None, (problem,))
    return decode(content, called)


def decode(content: bytes, name: str) -> LoadedFile:
    """Bytes to text: UTF-8, without byte order mark, lines ending in a line feed.

    Args:
        content: The bytes of a rule file.
        name: What diagnostics call it.

    Returns:
        Its source (line ends mended, so that every later place fits it), and what was put right or could not be.
    """
    if len(content) > MAX_FILE_BYTES:
        return LoadedFile(None, (_too_large(name),))
    problems = []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        message = f"byte {error.start + 1} (hexadecimal {content[error.start]:02x}) is not UTF-8"
        readable = before + "\ufffd" + content[error.start + 1 :].decode("utf-8", "replace")
        problem = _problem("TR002", name, len(before), len(before) + 1, message, "save the file as UTF-8")
        # The text is kept for showing the line; it holds a stand-in for what could not be read.
        return LoadedFile(Source(name, readable), (problem,))
    if text.startswith(BOM):
        text = text[1:]
        problems.append(_problem("TR003", name, 0, 0, "the file begins with a byte order mark", "`trialrules fmt` removes it", "warning"))
    first = text.find("\r\n")
    if first != -1:
        at = first - text.count("\r\n", 0, first)
        problems.append(_problem("TR004", name, at, at, "lines end in CR LF", "`trialrules fmt` writes LF", "warning"))
        text = text.replace("\r\n", "\n")
    return LoadedFile(Source(name, text), tuple(problems))


def clean(source: Source) -> CleanText:
    """Look at the characters of a text before it is parsed.

    Args:
        source: Any text.

    Returns:
        The text to parse (empty if it is too large), of the same length, and the problems of its characters.
    """
    text, name = source.text, source.name
    if len(text) > MAX_FILE_BYTES:
        return CleanText("", (_too_large(name),), has_tabs=False)
    bom: tuple[Diagnostic, ...] = ()
    if text.startswith(BOM):
        bom = (_problem("TR003", name, 0, 1, "the file begins with a byte order mark", "`trialrules fmt` removes it", "warning"),)
        text = "\n" + text[1:]
    odd = [match.start() for match in ODD.finditer(text)]
    problems = [_odd_character(name, text[at], at) for at in odd[:MAX_ODD]]
    if odd:
        text = ODD.sub(" ", text)
    tabs = TAB_INDENT.search(text)
    if tabs:
        count = len(TAB_INDENT.findall(text))
        message = "this line is indented with a tab" if count == 1 else f"this is the first of {count} lines that are indented with tabs"
        problems.append(_problem("TR005", name, tabs.start(), tabs.end(), message, "indent with two spaces a level"))
        text = TAB_INDENT.sub(lambda match: match.group().replace("\t", " "), text)
    if not SOMETHING.search(text):
        problems.append(_problem("TR006", name, 0, 0, "the file says nothing", "begin it with `protocol NAME version 1.0 language 1`"))
    return CleanText(text, (*bom, *problems), has_tabs=tabs is not None)


def usable(loaded: LoadedFile) -> bool:
    """Whether a file that was read can be parsed."""
    return loaded.source is not None and not has_errors(loaded.diagnostics)


def _odd_character(name: str, character: str, at: int) -> Diagnostic:
    if character == "\r":
        return _problem("TR009", name, at, at + 1, "a carriage return stands alone", "end lines with a line feed")
    message = f"the invisible character U+{ord(character):04X} stands here"
    return _problem("TR009", name, at, at + 1, message, "remove it")


def _too_large(name: str) -> Diagnostic:
    return _problem("TR007", name, 0, 0, f"the file is larger than {MAX_FILE_BYTES} bytes", "divide it, and `use` the parts")


def _problem(code: str, name: str, start: int, end: int, message: str, help_: str, severity: Severity = "error") -> Diagnostic:
    return Diagnostic(code, message, (Label(Span(name, start, end)),), help_, severity)
