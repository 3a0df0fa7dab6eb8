"""The register of an escalation, `trialrules/escalation/1`: who was dosed at which level, what became of them, the committee's reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..canonical import JsonProblem, strict_json_loads
from ..engine.dates import PartialDate, parse_partial
from ..engine.escalation.register import ABOUTS, DECISIONS, Enrolled, Register, Review
from .problems import BAD_DATE, END_BEFORE_START, MISSING, NOT_JSON, TWICE, UNKNOWN_KEY, WRONG_VALUE, InputProblem, Place, Problems
from .words import match_word, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..canonical import Json

SCHEMA: Final = "trialrules/escalation/1"
_TOP: Final = ("schema", "part", "subjects", "reviews")
_SUBJECT: Final = ("subject", "level", "dosed", "last_dosed", "clear_until", "toxicity", "not_evaluable")
_EVENT: Final = ("date", "reason")
_REVIEW: Final = ("level", "about", "decision", "date", "by", "reason")


@frozen
class RegisterResult:
    """A register (None where `problems` is not empty) and the part that it is about."""

    register: Register | None
    part: str | None
    problems: tuple[InputProblem, ...]


def read_register(text: str, file: str, levels: Sequence[str], now: PartialDate) -> RegisterResult:
    """Read a register; all problems at once, none of them raised.

    Args:
        text: JSON.
        file: What messages call it.
        levels: The levels that the rule file declares.
        now: The day of the question; a statement about a later day is a problem.
    """
    reader = _Reader(file, levels, now)
    loaded = strict_json_loads(text)
    if isinstance(loaded, JsonProblem):
        return RegisterResult(None, None, (InputProblem(NOT_JSON, loaded.message, Place(file, line=loaded.line)),))
    top = reader.object(loaded, "", _TOP)
    if top.get("schema") not in (None, SCHEMA):
        reader.add(WRONG_VALUE, f"The schema is {shown(top.get('schema'))}, not `{SCHEMA}`.", "/schema", f"Write `{SCHEMA}`.")
    part = reader.text(top, "", "part", wanted=False)
    subjects = tuple(reader.subject(item, at) for item, at in reader.list(top, "subjects"))
    reviews = tuple(reader.review(item, at) for item, at in reader.list(top, "reviews"))
    problems = reader.problems.listed()
    if problems:
        return RegisterResult(None, part, problems)
    return RegisterResult(Register(tuple(s for s in subjects if s), tuple(r for r in reviews if r)), part, ())


class _Reader:
    """Reads one register and gathers what is wrong with it."""

    def __init__(self, file: str, levels: Sequence[str], now: PartialDate) -> None:
        self.file = file
        self.levels = levels
        self.now = now
        self.problems = Problems()
        self.numbers: set[str] = set()

    def add(self, code: str, message: str, pointer: str, mend: str = "") -> None:
        self.problems.add(code, message, Place(self.file, pointer=pointer), mend)

    def object(self, value: Json, pointer: str, keys: tuple[str, ...]) -> dict[str, Json]:
        if not isinstance(value, dict):
            self.add(WRONG_VALUE, f"{shown(value)} is no object.", pointer, f"Keys: {', '.join(keys)}.")
            return {}
        for key in value:
            if key not in keys:
                near = nearest(key, keys)
                mend = f"Did you mean `{near}`?" if near else f"Keys: {', '.join(keys)}."
                self.add(UNKNOWN_KEY, f"There is no key {shown(key)} here.", f"{pointer}/{key}", mend)
        return value

    def list(self, top: dict[str, Json], key: str) -> list[tuple[Json, str]]:
        value = top.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(WRONG_VALUE, f"`{key}` is a list.", f"/{key}")
            return []
        return [(item, f"/{key}/{index}") for index, item in enumerate(value)]

    def text(self, item: dict[str, Json], pointer: str, key: str, *, wanted: bool = True) -> str | None:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None:
            self.add(WRONG_VALUE, f"`{key}` is a text.", f"{pointer}/{key}")
        elif wanted:
            self.add(MISSING, f"`{key}` is missing.", pointer)
        return None

    def word(self, item: dict[str, Json], pointer: str, key: str, words: Sequence[str]) -> str | None:
        text = self.text(item, pointer, key)
        if text is None:
            return None
        word = match_word(text, words)
        if word is None:
            near = nearest(text, words)
            mend = f"Did you mean `{near}`?" if near else f"It is one of {', '.join(words)}."
            self.add(WRONG_VALUE, f"There is no {key} {shown(text)}.", f"{pointer}/{key}", mend)
        return word

    def day(self, item: dict[str, Json], pointer: str, key: str, *, wanted: bool = True) -> int | None:
        text = self.text(item, pointer, key, wanted=wanted)
        if text is None:
            return None
        date = parse_partial(text)
        if date is None or not date.exact:
            self.add(BAD_DATE, f"{shown(text)} is no day.", f"{pointer}/{key}", "Write a day: `2026-03-02`.")
            return None
        if date.first > self.now.last:
            self.add(
                BAD_DATE, f"{shown(text)} lies after the day of the question.", f"{pointer}/{key}", "Correct it, or ask with a later --on."
            )
            return None
        return date.first

    def event(self, item: dict[str, Json], pointer: str, key: str) -> tuple[int | None, str | None]:
        """The day and reason of a toxicity or of not being evaluable."""
        if item.get(key) is None:
            return None, None
        inner = self.object(item[key], f"{pointer}/{key}", _EVENT)
        return self.day(inner, f"{pointer}/{key}", "date"), self.text(inner, f"{pointer}/{key}", "reason", wanted=False)

    def subject(self, value: Json, pointer: str) -> Enrolled | None:
        item = self.object(value, pointer, _SUBJECT)
        number = self.text(item, pointer, "subject")
        level = self.word(item, pointer, "level", self.levels)
        dosed = self.day(item, pointer, "dosed", wanted=False)
        last = self.day(item, pointer, "last_dosed", wanted=False)
        clear = self.day(item, pointer, "clear_until", wanted=False)
        toxic, toxic_reason = self.event(item, pointer, "toxicity")
        out, out_reason = self.event(item, pointer, "not_evaluable")
        if number is not None and number in self.numbers:
            self.add(TWICE, f"Subject {shown(number)} stands here twice.", f"{pointer}/subject")
        self.numbers.add(number or "")
        for key, day in (("last_dosed", last), ("clear_until", clear), ("toxicity", toxic)):
            if day is None:
                continue
            if dosed is None:
                self.add(MISSING, f"`{key}` is stated, but not the day of the first dose.", pointer, "Add `dosed`.")
            elif day < dosed:
                self.add(END_BEFORE_START, f"`{key}` lies before the first dose.", f"{pointer}/{key}")
        if clear is not None and toxic is not None and toxic <= clear:
            self.add(END_BEFORE_START, "Free of toxicity until a day on or after the toxicity.", f"{pointer}/clear_until")
        if number is None or level is None:
            return None
        return Enrolled(number, level, dosed, clear, toxic, out, toxic_reason or out_reason, last)

    def review(self, value: Json, pointer: str) -> Review | None:
        item = self.object(value, pointer, _REVIEW)
        level = self.word(item, pointer, "level", self.levels)
        about = next((one for one in ABOUTS if one == self.word(item, pointer, "about", ABOUTS)), None)
        decision_word = self.word(item, pointer, "decision", DECISIONS)
        decision = next((one for one in DECISIONS if one == decision_word), None)
        day = self.day(item, pointer, "date")
        by = self.text(item, pointer, "by")
        if level is None or about is None or decision is None or day is None or by is None:
            return None
        return Review(level, about, decision, day, by, self.text(item, pointer, "reason", wanted=False))
