"""Texts that go into a calendar: cleaned at the edge, so that no title can begin a line, hide, or turn round what stands beside it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ...limits import MAX_EVENT_DESCRIPTION, MAX_EVENT_TITLE

# Line and paragraph ends of every kind, tabs: white space in a title, line ends in a description (RFC 5545 section 3.3.11 knows one).
_LINE_ENDS: Final = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls (RFC 5545 section 3.1 forbids them), marks that reverse or isolate text (Unicode TR36 section 2.9.1), invisible marks, and what
# is no character: half of a surrogate pair, or a code that never will be one.
_NEVER: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SPACES: Final = re.compile("[ \t\u00a0]+")
_CUT: Final = "…"


def clean_title(text: str) -> str:
    """One line of visible text, at most MAX_EVENT_TITLE characters; a text without any is "?"."""
    return _shorten(_clean_line(_LINE_ENDS.sub(" ", text)), MAX_EVENT_TITLE) or "?"


def clean_description(text: str) -> str:
    """Visible text in lines that end with a line feed, at most MAX_EVENT_DESCRIPTION characters."""
    lines = [_clean_line(line) for line in _LINE_ENDS.split(text)]
    return _shorten("\n".join(lines).strip("\n"), MAX_EVENT_DESCRIPTION)


def _clean_line(text: str) -> str:
    return _SPACES.sub(" ", _NEVER.sub("", _SURROGATE.sub("\ufffd", text))).strip(" ")


def _shorten(text: str, longest: int) -> str:
    """Cut with an ellipsis, not between a letter and the marks that belong to it."""
    if len(text) <= longest:
        return text
    end = longest - len(_CUT)
    while end > 0 and _joins(text, end):
        end -= 1
    return text[:end].rstrip(" ") + _CUT


def _joins(text: str, at: int) -> bool:
    """Whether the characters before and after a place make one sign: an accent, a variation selector, an emoji put together of several."""
    return unicodedata.category(text[at]).startswith("M") or text[at] == "\u200d" or text[at - 1] == "\u200d"


def escape(text: str) -> str:
    r"""The form of a TEXT value (RFC 5545 section 3.3.11) of cleaned text: `\\`, `\;`, `\,`, `\n`.

    The library's own escaping takes a backslash before an N, as in "C:\NOTES", for a line end that was escaped already.
    """
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
