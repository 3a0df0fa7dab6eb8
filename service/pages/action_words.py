"""What the audit trail says was done, and about what, in the reader's language; the record itself keeps the English words."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...engine.explain_words import Lang


@cache
def chinese() -> dict[str, dict[str, str]]:
    """The Chinese words by the English ones: `actions`, and the kinds of thing that `targets` begin with."""
    found: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("actions.json").read_text(encoding="utf-8"))
    return found


def action_words(action: str, lang: Lang) -> str:
    """An action; a word that the list does not have (a record of elsewhere) is shown as it stands."""
    return chinese()["actions"].get(action, action) if lang == "zh" else action


def target_words(target: str, lang: Lang) -> str:
    """What an action is about, such as `subject A-07`: the kind is translated, the name never."""
    kind, space, name = target.partition(" ")
    return f"{chinese()['targets'].get(kind, kind)}{space}{name}" if lang == "zh" and name else target


def target_asked(typed: str, lang: Lang) -> str:
    """What somebody looks for, in the words of the record: the kind may be typed in the language of the page."""
    kind, space, name = typed.partition(" ")
    english = {word: key for key, word in chinese()["targets"].items()} if lang == "zh" else {}
    return f"{english.get(kind, kind)}{space}{name}"
