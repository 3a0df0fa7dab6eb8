"""Refusals for people who read Chinese: by the sentence, else by the code. Programs are answered in English, with the code."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.phrases import Phrases
from ...engine.schedule.problem_words import problem_words
from ..work.outcome import Refused
from .words import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...engine.explain_words import Lang

_OF_A_MOVE: Final = "move-impossible"


@frozen
class Chinese:
    """What refusals say: `codes` when no sentence fits, `values` for what stands in the places of sentences."""

    codes: Mapping[str, str]
    sentences: Phrases
    values: Mapping[str, str]

    def say(self, sentence: str) -> str | None:
        """A sentence in Chinese; None if it has none."""
        return self.sentences.say(sentence, self._value)

    def _value(self, place: str, value: str) -> str:
        state = texts("zh").get(f"state_{value}") if place in ("state", "end") else None
        return state or self.values.get(value, value)


@cache
def chinese() -> Chinese:
    """The table."""
    table: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("refusals.json").read_text(encoding="utf-8"))
    return Chinese(table["codes"], Phrases(table["sentences"]), table["values"])


def message_of(refused: Refused, lang: Lang) -> str:
    """What was refused."""
    known = texts(lang).get(f"refused_{refused.code}")
    if known is not None:
        return known
    if lang == "en":
        return refused.message
    if refused.code == _OF_A_MOVE:
        problems = refused.more.get("problems")
        message = " ".join(problem_words(problems if isinstance(problems, tuple) else [refused.message], lang))
    else:
        message = refused.message
    return chinese().say(message) or chinese().codes.get(refused.code, message).format(message=message)


def mend_of(refused: Refused, lang: Lang) -> str:
    """What to do about it; nothing where that is not known in the language."""
    if lang == "en" or not refused.mend:
        return refused.mend
    return chinese().say(refused.mend) or ""


def said(refused: Refused, lang: Lang) -> str:
    """What was refused, and what to do about it; a message that is known by its code says both."""
    if f"refused_{refused.code}" in texts(lang):
        return message_of(refused, lang)
    return " ".join(part for part in (message_of(refused, lang), mend_of(refused, lang)) if part)
