"""The fixed words about plans and courses (grids, schedules, moves, calendars), in English and Chinese."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING

from .explain_words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..dsl import model, schedule_model as plan
    from .explain_words import Lang

_TABLE: Mapping[str, list[str]] = json.loads(files(__package__).joinpath("plan_words.json").read_text(encoding="utf-8"))
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_POINT = re.compile(rf"(day|week|month|year) {_NUMBER}")
_STRETCH = re.compile(rf"(day|week|month|year) {_NUMBER} to {_NUMBER}")
_MIXED = re.compile(rf"((?:day|week|month|year) {_NUMBER}) to ((?:day|week|month|year) {_NUMBER})")
_REPEAT = re.compile(r"(.+?) from (.+?)(?: (to|until) (.+)|, (\d+) times)?")
_EVERY = re.compile(rf"every {_NUMBER} (day|week|month|year)s?")
_SHIFT = re.compile(rf"{_NUMBER} (day|week|month|year)s? (before|after) (.+)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template as literal texts, each with the place behind it: a number, "" for the next one, None at the end."""
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(template))


class PlanWords:
    """The words of one language, and the names of a protocol's moments and visits."""

    def __init__(self, lang: Lang, protocol: model.Protocol | None = None) -> None:
        self.lang = lang
        self.w = words(lang)
        self._at = ("en", "zh").index(lang)
        self.names: dict[str, str] = {}
        if protocol is not None:
            self.names = {name: self.w.title(one.title, one.titles, name) for name, one in protocol.moments.items()}
            for schedule in protocol.study.schedules if protocol.study is not None else ():
                self.names |= {one.name: self.title(one) for one in schedule.visits}

    def __call__(self, key: str, *parts: object) -> str:
        """The text of a key, with `parts` in its places; in Chinese a space parts Han characters from Latin letters at the seams."""
        pieces: list[str] = []
        for number, (literal, name) in enumerate(_pieces(_TABLE[key][self._at])):
            pieces.append(literal)
            if name is not None:
                pieces.append(str(parts[int(name) if name else number]))
        return self.w.join(pieces)

    def has(self, key: str) -> bool:
        """Whether there are such words."""
        return key in _TABLE

    def count(self, key: str, number: int, *parts: object) -> str:
        """As a call, the number being the first part; `KEY.one` serves the number one where there is such a key."""
        return self(f"{key}.one" if abs(number) == 1 and f"{key}.one" in _TABLE else key, number, *parts)

    def title(self, one: plan.Part | plan.Arm | plan.Dose | plan.Visit | plan.Series | plan.Watch | plan.Obligation | plan.Outcome) -> str:
        """What the file calls a thing in this language."""
        return one.notes.titles.get(self.lang) or one.title or one.name

    def item(self, item: plan.Assessed) -> str:
        """What is assessed, in this language."""
        return self.w.title(item.title, item.titles, item.name)

    def tolerance(self, tolerance: plan.Tolerance | None) -> str:
        """`±3 days`, `−0/+2 days`, `−1 week/+10 days`; nothing without one."""
        if tolerance is None:
            return ""
        before, after = tolerance.before, tolerance.after
        if before == after:
            return f"±{self.w.length(after)}"
        if before.unit == after.unit:
            return f"−{before.count}/+{self.w.length(after)}"
        return f"−{self.w.length(before)}/+{self.w.length(after)}"

    def route(self, route: str | None) -> str:
        """How something is given: `IV`, `by mouth`."""
        key = f"route.{route}"
        return "" if route is None else self(key) if key in _TABLE else route

    # ---------------------------------------------------------------- timings

    def timing(self, text: str) -> str:
        """A heading as the checker wrote it (`week 4`, `day -7 to -1`, `7 days after inf1`), in this language and with titles for names."""
        found = _STRETCH.fullmatch(text)
        if found is not None:
            return self(f"stretch.{found[1]}", self._minus(found[2]), self._minus(found[3]))
        found = _POINT.fullmatch(text)
        if found is not None:
            return self(f"point.{found[1]}", self._minus(found[2]))
        found = _REPEAT.fullmatch(text)
        if found is not None:
            return self._repeat(found)
        found = _MIXED.fullmatch(text)
        if found is not None:
            return self("stretch", self.timing(found[1]), self.timing(found[3]))
        found = _EVERY.fullmatch(text)
        if found is not None:
            return self(f"every.{found[2]}", found[1])
        found = _SHIFT.fullmatch(text)
        if found is not None:
            unit = self(f"length.{found[2]}" + (".one" if found[1] == "1" else ""), found[1])
            return self(f"shift.{found[3]}", unit, self.timing(found[4]))
        if text in ("daily", "twice daily", "weekly"):
            return self(f"often.{text}")
        return _NAME.sub(lambda name: self.names.get(name[0], name[0]), text)

    def _repeat(self, found: re.Match[str]) -> str:
        often, start = self.timing(found[1]), self.timing(found[2])
        if found[5] is not None:
            return self("repeat.times", often, start, found[5])
        if found[4] is not None:
            return self(f"repeat.{found[3]}", often, start, self.timing(found[4]))
        return self("repeat.open", often, start)

    @staticmethod
    def _minus(number: str) -> str:
        return number.replace("-", "−")
