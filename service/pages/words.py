"""The fixed words of the pages about subjects, in English and Chinese; what is said of a patient comes from the engine."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...engine.explain_words import Lang

LANGUAGES: Final[tuple[Lang, ...]] = ("en", "zh")
HTML_LANG: Final[Mapping[Lang, str]] = {"en": "en", "zh": "zh-Hans"}
NAMES: Final[Mapping[Lang, str]] = {"en": "English", "zh": "中文"}


@cache
def texts(lang: Lang) -> Mapping[str, str]:
    """All words of one language, by name."""
    table: dict[str, list[str]] = json.loads(files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
    at = LANGUAGES.index(lang)
    return {key: pair[at] for key, pair in table.items()}


def sentences(lang: Lang, parts: Iterable[str]) -> str:
    """Whole sentences one after the other, as the language sets them."""
    return ("" if lang == "zh" else " ").join(parts)


def say(lang: Lang, key: str, **parts: str) -> str:
    """A text with its places filled."""
    return texts(lang)[key].format(**parts)
