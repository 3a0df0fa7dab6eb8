"""What a renderer shows of one patient, and what every renderer can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol as Interface

from attrs import frozen

from ..engine.explain_words import Lang, words
from ..engine.outcome import Advice, CriterionOutcome, Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..records.problems import PatientResult


@frozen
class Answer:
    """One patient's decision, with the advice if there is any, and the criteria whose evidence is asked for.

    `shown` are the criteria asked for by id (empty: all of them in short); `source` tells to write the rule text with its values beside.
    `wordings` holds the protocol's own words by criterion id, where a folder of sources was given.
    """

    decision: Decision
    advice: Advice | None
    shown: tuple[CriterionOutcome, ...] = ()
    source: bool = False
    wordings: tuple[tuple[str, str], ...] = ()

    def protocol_words(self, criterion: str) -> str:
        """The protocol's own words of a criterion; empty where they are not at hand."""
        return dict(self.wordings).get(criterion, "")


class Renderer(Interface):
    """Turns answers, one after the other, into chunks of output."""

    def __init__(self, lang: Lang, *, many: bool) -> None: ...

    def begin(self) -> Iterable[str]:
        """What stands before the first patient."""

    def patient(self, answer: Answer) -> Iterable[str]:
        """One patient."""

    def broken(self, result: PatientResult) -> Iterable[str]:
        """One patient whose record can't be used; its problems have been written to stderr already."""

    def end(self) -> Iterable[str]:
        """What stands behind the last patient."""


class Quiet:
    """What a renderer does that has neither a beginning nor an end, and leaves broken records to stderr."""

    def __init__(self, lang: Lang, *, many: bool) -> None:
        self.lang = lang
        self.w = words(lang)
        self.many = many

    def begin(self) -> Iterable[str]:
        """Nothing."""
        return ()

    def end(self) -> Iterable[str]:
        """Nothing."""
        return ()

    def broken(self, result: PatientResult) -> Iterable[str]:  # noqa: ARG002 - the interface; stderr has told
        """Nothing."""
        return ()
