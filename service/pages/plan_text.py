"""The fixed words of the pages about plans, calendars and rules, in English and Chinese; templates take them from here."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...engine.explain_words import Lang

_LANGUAGES = ("en", "zh")
_SIGNS = (
    "window", "target", "done", "outside", "booked", "planned", "due", "overdue", "missed", "skipped", "cancelled", "series", "today",
    "description",
)  # fmt: skip


@cache
def texts(lang: Lang) -> dict[str, str]:
    """All words of one language, by name."""
    table: dict[str, list[str]] = json.loads(files(__package__).joinpath("plan_text.json").read_text(encoding="utf-8"))
    at = _LANGUAGES.index(lang)
    return {key: pair[at] for key, pair in table.items()}


def sign_words(lang: Lang) -> dict[str, str]:
    """The words of the drawing's signs."""
    table = texts(lang)
    return {sign: table[f"sign_{sign}"] for sign in _SIGNS}
