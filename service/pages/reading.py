"""For whom the page that says why is written, as it stands in the address: clinicians, who reads the rule itself, the subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlencode

from attrs import frozen

from .words import HTML_LANG, LANGUAGES, NAMES, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...engine.explain_words import Lang

Level = Literal["clinician", "rule", "letter"]
LEVELS: Final[tuple[Level, ...]] = ("clinician", "rule", "letter")


@frozen
class Step:
    """One choice; the address has the decision in it, if one was asked for."""

    label: str
    url: str
    chosen: bool
    html_lang: str = ""


def level_of(query: Mapping[str, str]) -> Level:
    """The level that the address asks for; anything else is for clinicians."""
    return next((level for level in LEVELS if level == query.get("read")), "clinician")


def levels(query: Mapping[str, str], lang: Lang) -> tuple[Step, ...]:
    """All levels."""
    now = level_of(query)
    return tuple(Step(texts(lang)[f"read_{one}"], with_(query, read="" if one == "clinician" else one), one == now) for one in LEVELS)


def letter_lang(query: Mapping[str, str], lang: Lang) -> Lang:
    """The language of the letter: as asked for, else that of the page."""
    return next((one for one in LANGUAGES if one == query.get("lang")), lang)


def letter_langs(query: Mapping[str, str], lang: Lang) -> tuple[Step, ...]:
    """The letter in each language."""
    now = letter_lang(query, lang)
    return tuple(Step(NAMES[one], with_(query, read="letter", lang=one), one == now, HTML_LANG[one]) for one in LANGUAGES)


def with_(query: Mapping[str, str], **other: str) -> str:
    """The query of this page with something else chosen; what it does not know is left out."""
    kept = {name: query.get(name, "") for name in ("decision", "read", "show")} | other
    return "?" + urlencode({name: value for name, value in kept.items() if value})
