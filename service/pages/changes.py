"""What would change an answer: waiting, a new measurement, an end, a record that is missing; and what nothing will change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.explain_advice import earliest_words, flips_words, needs_words
from ...engine.explain_words import words
from .words import say, texts

if TYPE_CHECKING:
    from ...engine.explain_words import Lang, Words
    from ...engine.outcome import Advice, Decision, Flip

_ORDER: Final = ("need", "value", "time", "end", "fixed")
_SIGNS: Final = {"need": "＋", "value": "↻", "time": "→", "end": "⏹", "fixed": "■"}
_MOST: Final = 6


@frozen
class Change:
    """One way in which the answer could change, in several sentences."""

    kind: str
    sign: str
    head: str
    lines: tuple[str, ...]


def changes(decision: Decision, advice: Advice, lang: Lang) -> tuple[Change, ...]:
    """All ways, those that somebody can do something about first."""
    w = words(lang)
    found: dict[str, list[str]] = {kind: [] for kind in _ORDER}
    found["need"] += needs_words(advice, decision.protocol, lang)[:_MOST]
    for flip, text in zip(advice.flips, flips_words(advice, decision.protocol, lang), strict=True):
        found[flip.kind].append(_with_window(w, flip, text))
    found["time"] = [*earliest_words(advice, lang), *found["time"]]
    table = texts(lang)
    return tuple(
        Change(kind, _SIGNS[kind], table[f"changes_{kind}"], tuple(dict.fromkeys(lines))) for kind, lines in found.items() if lines
    )


def _with_window(w: Words, flip: Flip, text: str) -> str:
    """A new value counts only in its window."""
    if flip.kind != "value" or flip.outcome is None:
        return text
    spans = [part.window for part in flip.outcome.walk() if part.window is not None]
    window = w.window(spans[0]) if spans else ""
    if not window or window == w("window.any"):
        return text
    return w.clauses([text, say(w.lang, "counts_if", window=window)])
