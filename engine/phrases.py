"""Sentences that are put together in English, in another language: a table of templates, which finds what stands in the places.

What refuses or complains says so in one place, in English, with a stable code for programs; people read it in their language. A template
`The subject is {state}.` fits any state; its translation has the same places.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLACE = re.compile(r"\{(\w+)\}")


class Phrases:
    """Templates with their translations. Of two that fit the one with more text of its own is taken."""

    def __init__(self, table: Mapping[str, str]) -> None:
        ordered = sorted(table.items(), key=lambda pair: -len(_PLACE.sub("", pair[0])))
        self._rules = [(_pattern(template), text) for template, text in ordered]

    def say(self, sentence: str, words: Callable[[str, str], str] = lambda _, value: value) -> str | None:
        """The sentence in the other language; None if no template fits. `words(place, value)` translates what stands in a place."""
        for pattern, text in self._rules:
            match = pattern.fullmatch(sentence)
            if match is not None:
                return text.format_map({name: words(name, value) for name, value in match.groupdict().items()})
        return None


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACE.split(template)
    return re.compile("".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL)
