"""Texts of records made comparable: format characters dropped, words matched to declared words, near misses found."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_BREAKS: Final = re.compile(r"[^\w]+|_+")
_CLOSE: Final = 0.6


def clean(text: str) -> str:
    """Without format characters (zero-width spaces, byte order marks, soft hyphens); any run of white space is one space."""
    if text.isascii() and "  " not in text and text.isprintable():
        return text.strip()
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def word_key(text: str) -> str:
    """What two spellings of one word have in common: case, hyphens, blanks and underscores do not matter (`Not-Detected`)."""
    return _BREAKS.sub("_", clean(text).casefold()).strip("_")


def match_word(text: str, words: Iterable[str]) -> str | None:
    """The declared word that `text` spells; None if it spells none of them."""
    if text in (words := tuple(words)):
        return text
    key = word_key(text)
    return next((word for word in words if word_key(word) == key), None) if key else None


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar of `names`, if any is similar at all."""
    found = get_close_matches(name.casefold()[:200], list(names), n=1, cutoff=_CLOSE)
    return found[0] if found else None


def shown(value: object, longest: int = 60) -> str:
    """A value of the input, short enough for a message, in backticks."""
    text = clean(str(value))
    return f"`{text if len(text) <= longest else text[: longest - 1] + '…'}`"
