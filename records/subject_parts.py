"""The course of one subject, read from the values of its JSON: visits, unscheduled visits, holds, screenings, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, get_args

from .. import limits
from ..engine.dates import PartialDate
from ..engine.record import Quantity
from ..engine.subject import End, EndStatus, GivenDose, Hold, Screening, UnscheduledVisit, VisitRecord, VisitRecordStatus
from .dates import Dates, certainly_before
from .facts import number
from .problems import BAD_DATE, END_BEFORE_START, MISSING, NOT_DECLARED, TOO_LARGE, TWICE, UNKNOWN_KEY, WRONG_VALUE, Place, Problems
from .words import match_word, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..canonical import Json
    from .subject_words import StudyWords

STATUSES: Final[tuple[VisitRecordStatus, ...]] = get_args(VisitRecordStatus)
ENDS: Final[tuple[EndStatus, ...]] = get_args(EndStatus)
_DATE_HELP: Final = "Write a day `2026-03-01`, or a time `2026-03-01T08:30+08:00`."
_VISIT: Final = ("visit", "status", "date", "doses", "reason", "by")
_MOST: Final = 4 * limits.MAX_VISITS
_Word = TypeVar("_Word", bound=str)


class CourseReader:
    """Reads what stands beside the patient; problems gather in one list. `place(steps)` is where JSON pointer steps lead."""

    def __init__(self, words: StudyWords, now: PartialDate | None, problems: Problems, place: Callable[[str], Place]) -> None:
        self._words = words
        self._now = now
        self._problems = problems
        self._place = place
        self._dates = Dates()

    # ---------------------------------------------------------------- the subject itself

    def check_place_in_study(self, part: str | None, arm: str | None) -> None:
        """The part and the arm exist and belong together."""
        if part is not None:
            self._report(self._words.part_problem(part), "/part")
        if arm is not None:
            self._report(self._words.arm_problem(arm, part), "/arm")

    def part_of(self, arm: str | None) -> str | None:
        """The part that an arm belongs to."""
        return None if arm is None else self._words.arms.get(arm)

    def text(self, values: dict[str, Json], at: str, key: str, *, needed: bool = False) -> str | None:
        """A text; null is as good as a missing key. `at`: the pointer of the object."""
        value = values.get(key)
        if value is None:
            if needed:
                self._problems.add(MISSING, f"`{key}` is missing here.", self._place(at))
            return None
        if not isinstance(value, str) or not value.strip():
            self._problems.add(
                WRONG_VALUE, f"`{key}` is text, not {shown(value) if value != '' else 'nothing'}.", self._place(f"{at}/{key}")
            )
            return None
        if len(value) > limits.MAX_TEXT_LENGTH:
            message = f"`{key}` is longer than {limits.MAX_TEXT_LENGTH} characters."
            self._problems.add(TOO_LARGE, message, self._place(f"{at}/{key}"))
            return None
        return value

    # ---------------------------------------------------------------- visits

    def visits(self, value: Json, part: str | None, screenings: int) -> tuple[VisitRecord, ...]:
        """The records of visits; each kind of statement about a visit stands once."""
        found: list[VisitRecord] = []
        seen: dict[tuple[str, str], str] = {}
        for at, item in self._objects(value, "visits", _VISIT):
            key = self.text(item, at, "visit", needed=True)
            if key is not None:
                self._report(self._words.visit_problem(key, part, screenings), f"{at}/visit")
            record = self._visit(item, at, key)
            if record is None:
                continue
            first = seen.setdefault((record.key, record.status), at)
            if first != at:
                message = f"{shown(record.key)} is recorded as {record.status} twice, here and in {first}."
                self._problems.add(TWICE, message, self._place(at))
            found.append(record)
        return tuple(found)

    def _visit(self, item: dict[str, Json], at: str, key: str | None) -> VisitRecord | None:
        date = self._date(item, at, "date")
        status = self._word(item, at, "status", STATUSES)
        doses = self._doses(item.get("doses"), at)
        reason, by = self.text(item, at, "reason"), self.text(item, at, "by")
        if item.get("status") is None:
            status = self._status(item, at, date)
        if status is None or key is None:
            return None
        if status in ("missed", "skipped"):
            if item.get("date") is not None:
                message = f"A visit that was {status} has no day of its own."
                self._problems.add(
                    WRONG_VALUE, message, self._place(f"{at}/date"), "Leave the date out, or say `done`, `booked` or `moved`."
                )
        elif item.get("date") is None:
            self._problems.add(MISSING, f"A visit that is {status} needs its `date`.", self._place(at))
        elif date is not None and status != "done" and not date.exact:
            self._problems.add(BAD_DATE, f"A visit is {status} for a day, not for {date}.", self._place(f"{at}/date"), _DATE_HELP)
        if status != "done" and doses is not None:
            self._problems.add(WRONG_VALUE, f"A visit that is {status} gave no doses.", self._place(f"{at}/doses"))
        return VisitRecord(key, status, date, doses, reason, by)

    def _status(self, item: dict[str, Json], at: str, date: PartialDate | None) -> VisitRecordStatus | None:
        """A visit with a day and no status is done, unless that day is still to come."""
        mend = f"Say one of {', '.join(STATUSES)}."
        if item.get("date") is None:
            self._problems.add(MISSING, "A visit needs a `status`, or at least a `date`.", self._place(at), mend)
            return None
        if date is not None and self._now is not None and date.first > self._now.last:
            self._problems.add(MISSING, f"{date} is after {self._now}: a visit still to come needs its `status`.", self._place(at), mend)
            return None
        return None if date is None else "done"

    def _doses(self, value: Json, at: str) -> tuple[GivenDose, ...] | None:
        if value is None:
            return None
        found: dict[str, GivenDose] = {}
        for here, item in self._objects(value, "doses", ("dose", "amount"), at):
            name = self.text(item, here, "dose", needed=True)
            amount = self._amount(item.get("amount"), f"{here}/amount")
            if name is None:
                continue
            self._report(self._words.dose_problem(name), f"{here}/dose")
            if name in found:
                self._problems.add(TWICE, f"The dose {shown(name)} stands twice.", self._place(here))
            found[name] = GivenDose(name, amount)
        return tuple(found.values())

    def _amount(self, value: Json, at: str) -> Quantity | None:
        if value is None:
            return None
        amount = number(value.get("value")) if isinstance(value, dict) else None
        if not isinstance(value, dict) or amount is None:
            self._problems.add(WRONG_VALUE, "An amount has a number and its unit.", self._place(at), '`{"value": 7.1e7, "unit": "cells"}`')
            return None
        self._no_other_keys(value, at, ("value", "unit"))
        if amount < 0:
            self._problems.add(WRONG_VALUE, f"{amount} is no amount of a drug.", self._place(f"{at}/value"))
        return Quantity(amount, self.text(value, at, "unit"))

    # ---------------------------------------------------------------- the rest

    def unscheduled(self, value: Json) -> tuple[UnscheduledVisit, ...]:
        """Visits that no schedule asked for."""
        found = []
        for at, item in self._objects(value, "unscheduled", ("date", "title", "reason")):
            date = self._date(item, at, "date", needed=True)
            title, reason = self.text(item, at, "title"), self.text(item, at, "reason")
            if date is not None:
                found.append(UnscheduledVisit(date, title, reason))
        return tuple(found)

    def holds(self, value: Json) -> tuple[Hold, ...]:
        """What was not given, and for how long."""
        found = []
        for at, item in self._objects(value, "holds", ("what", "from", "to", "reason")):
            name = self.text(item, at, "what", needed=True)
            if name is not None:
                self._report(self._words.held_problem(name), f"{at}/what")
            start, end = self._date(item, at, "from", needed=True), self._date(item, at, "to")
            if start is not None and end is not None and certainly_before(end, start):
                self._problems.add(END_BEFORE_START, f"The hold ends on {end}, before it begins on {start}.", self._place(at))
            reason = self.text(item, at, "reason")
            if name is not None and start is not None:
                found.append(Hold(name, start, end, reason))
        return tuple(found)

    def screenings(self, value: Json) -> tuple[Screening, ...]:
        """The screenings of the person."""
        found = []
        for at, item in self._objects(value, "screenings", ("date", "failed", "reason")):
            date = self._date(item, at, "date", needed=True)
            failed = item.get("failed")
            if failed is not None and not isinstance(failed, bool):
                self._problems.add(WRONG_VALUE, f"`failed` is true or false, not {shown(failed)}.", self._place(f"{at}/failed"))
            reason = self.text(item, at, "reason")
            if date is not None:
                found.append(Screening(date, failed is True, reason))
        return tuple(found)

    def end(self, value: Json) -> End | None:
        """How the subject's part in the study ended."""
        if value is None:
            return None
        if not isinstance(value, dict):
            self._problems.add(WRONG_VALUE, "`end` is an object.", self._place("/end"), '`{"status": "withdrawn", "date": "2026-04-02"}`')
            return None
        self._no_other_keys(value, "/end", ("status", "date", "reason"))
        if value.get("status") is None:
            self._problems.add(MISSING, "The end needs a `status`.", self._place("/end"), f"Say one of {', '.join(ENDS)}.")
        status = self._word(value, "/end", "status", ENDS)
        date, reason = self._date(value, "/end", "date", needed=True), self.text(value, "/end", "reason")
        return None if status is None or date is None else End(status, date, reason)

    # ---------------------------------------------------------------- pieces

    def _objects(self, value: Json, key: str, keys: Sequence[str], at: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
        """The objects of a list, with their pointers."""
        if value is None:
            return
        if not isinstance(value, list):
            self._problems.add(WRONG_VALUE, f"`{key}` is a list.", self._place(f"{at}/{key}"))
            return
        if len(value) > _MOST:
            self._problems.add(TOO_LARGE, f"`{key}` has more than {_MOST} entries.", self._place(f"{at}/{key}"))
            return
        for index, item in enumerate(value):
            here = f"{at}/{key}/{index}"
            if not isinstance(item, dict):
                self._problems.add(WRONG_VALUE, f"An entry of `{key}` is an object.", self._place(here), f"Keys: {', '.join(keys)}.")
                continue
            self._no_other_keys(item, here, keys)
            yield here, item

    def _no_other_keys(self, item: dict[str, Json], at: str, keys: Sequence[str]) -> None:
        for key in item:
            if key not in keys:
                near = nearest(key, keys)
                self._problems.add(
                    UNKNOWN_KEY,
                    f"{shown(key)} is no key here.",
                    self._place(f"{at}/{key[: limits.MAX_NAME_LENGTH].replace('~', '~0').replace('/', '~1')}"),
                    f"Did you mean `{near}`?" if near else f"Keys: {', '.join(keys)}.",
                )

    def _date(self, item: dict[str, Json], at: str, key: str, *, needed: bool = False) -> PartialDate | None:
        value = item.get(key)
        if value is None:
            if needed:
                self._problems.add(MISSING, f"`{key}` is missing here.", self._place(at))
            return None
        found = self._dates.read(value) if isinstance(value, str) else None
        if found is None:
            self._problems.add(BAD_DATE, f"{shown(value)} is no date.", self._place(f"{at}/{key}"), _DATE_HELP)
        return found

    def _word(self, item: dict[str, Json], at: str, key: str, words: tuple[_Word, ...]) -> _Word | None:
        value = item.get(key)
        if value is None:
            return None
        found = match_word(value, words) if isinstance(value, str) else None
        if found is None:
            near = nearest(value, words) if isinstance(value, str) else None
            mend = f"Did you mean `{near}`?" if near else f"Say one of {', '.join(words)}."
            self._problems.add(WRONG_VALUE, f"{shown(value)} is no {key}.", self._place(f"{at}/{key}"), mend)
        return next((word for word in words if word == found), None)

    def _report(self, problem: tuple[str, str] | None, at: str) -> None:
        if problem is not None:
            self._problems.add(NOT_DECLARED, problem[0], self._place(at), problem[1])
