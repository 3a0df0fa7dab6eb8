"""The board of a dose escalation as a value: levels from the highest down, their places, and what may happen next."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.dates import format_day
from ...engine.escalation.words import action_words, finding_words, overall_words, status_words, subject_words
from ...engine.plan_words import PlanWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...dsl.model import Protocol
    from ...engine.escalation.decide import EscalationState
    from ...engine.escalation.level import LevelState
    from ...engine.explain_words import Lang


_NO_PAGES: Final[Mapping[str, str]] = MappingProxyType({})


@frozen
class Place:
    """A place of a level: a subject and how it counts, or a free one; `sign` is clear, toxic, observed, waiting, replaced or free.

    `url`: the subject's page, where the reader may open it.
    """

    sign: str
    subject: str
    words: str
    url: str = ""


@frozen
class LevelRow:
    """One level."""

    level: str
    title: str
    status: str
    current: bool
    open: bool
    toxic: int
    places: tuple[Place, ...]


@frozen
class Board:
    """One escalation."""

    title: str
    part: str
    as_of: str
    overall: str
    levels: tuple[LevelRow, ...]
    actions: tuple[str, ...]
    findings: tuple[str, ...]


def board(protocol: Protocol, state: EscalationState, lang: Lang, urls: Mapping[str, str] = _NO_PAGES) -> Board:
    """The board of a state; `urls` are the pages of the subjects that the reader may open, by their code."""
    say = PlanWords(lang, protocol)
    design = state.design
    study = protocol.study
    titles = {} if study is None else {name: say.title(arm) for name, arm in study.arms.items()}
    part = study.parts.get(design.part) if study is not None and design.part is not None else None
    return Board(
        say.w.title(design.title, design.notes.titles, design.title),
        "" if part is None else say.title(part),
        format_day(state.as_of),
        overall_words(state, lang, titles),
        tuple(_level(protocol, state, level, number, say, urls) for number, level in reversed(list(enumerate(state.levels)))),
        # The page stresses the first: what somebody has to do now goes before what everybody waits for because of it.
        tuple(action_words(state, action, lang, titles) for action in sorted(state.actions, key=lambda one: one.kind != "record")),
        tuple(finding_words(finding, lang, titles) for finding in state.findings),
    )


def _level(protocol: Protocol, state: EscalationState, level: LevelState, number: int, say: PlanWords, urls: Mapping[str, str]) -> LevelRow:
    arms = protocol.study.arms if protocol.study is not None else {}
    words = dict(subject_words(state, level, say.lang))
    seated = [(view.state, view.subject.number) for view in level.subjects]
    places = [Place(sign, subject, words[subject], urls.get(subject, "")) for sign, subject in seated]
    taken = sum(view.state != "replaced" for view in level.subjects)
    places += [Place("free", "", "")] * max(level.size - taken, 0)
    return LevelRow(
        level.level,
        say.title(arms[level.level]) if level.level in arms else level.level,
        status_words(state, level, say.lang),
        level.level == state.current,
        state.open[number],
        level.toxic,
        tuple(places),
    )


def board_lines(boards: Sequence[Board]) -> Iterator[list[object]]:
    """The boards as lines of a table, heads first: one for each place that is taken."""
    yield ["escalation", "part", "level", "state", "dlt", "subject", "counts_as", "words"]
    for one in boards:
        for level in one.levels:
            for place in level.places:
                if place.subject:
                    yield [one.title, one.part, level.title, level.status, level.toxic, place.subject, place.sign, place.words]
