"""What is recorded about each visit of a subject, as of a day: one statement of each kind, doses given, holds. Nothing is planned here.

What can't be used (a visit done after now, a done visit without a day) becomes a sentence in `problems`. The order of the records does not
matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import define, field, frozen

from ..dates import PartialDate
from ..subject import Hold, Subject, VisitRecord

_LAST = 1 << 40


@define
class Recorded:
    """What is recorded about one visit; `ended` is a record that it was missed or skipped, `moment` the moment that says it was done."""

    done: VisitRecord | None = None
    booked: VisitRecord | None = None
    moved: VisitRecord | None = None
    ended: VisitRecord | None = None
    moment: str | None = None


NOTHING = Recorded()


@frozen
class Held:
    """A stretch of days on which something was not given; `end` None: still held."""

    start: int
    end: int | None
    reason: str

    def covers(self, day: int) -> bool:
        """Whether a day lies in it."""
        return self.start <= day and (self.end is None or day <= self.end)


@define(eq=False)
class Book:
    """The records of one subject as of a day, by visit key."""

    visits: dict[str, Recorded] = field(factory=dict)
    holds: dict[str, tuple[Held, ...]] = field(factory=dict)
    problems: list[str] = field(factory=list)

    def held(self, name: str, day: int) -> Held | None:
        """The hold of a product on a day, if there is one."""
        holds = self.holds.get(name)
        return None if holds is None else next((hold for hold in holds if hold.covers(day)), None)


def book_of(subject: Subject, now: PartialDate) -> Book:
    """Sort a subject's records; `now` is the day up to which they count."""
    book = Book()
    for record in sorted(subject.visits, key=_order) if len(subject.visits) > 1 else subject.visits:
        _enter(book, record, now)
    if subject.holds:
        _hold(book, subject.holds)
    return book


def _order(record: VisitRecord) -> tuple[object, ...]:
    date = record.date
    at = (_LAST, _LAST, -1) if date is None else (date.first, date.last, -1 if date.seconds is None else date.seconds)
    return (record.key, record.status, *at, record.reason or "", record.by or "")


def _enter(book: Book, record: VisitRecord, now: PartialDate) -> None:
    key, date = record.key, record.date
    found = book.visits.get(key)
    if found is None:
        found = book.visits[key] = Recorded()
    if record.status in ("missed", "skipped"):
        if found.ended is not None and found.ended.status != record.status:
            book.problems.append(f"{key}: recorded both as missed and as skipped.")
        found.ended = found.ended or record
        return
    if date is None:
        book.problems.append(f"{key}: recorded as {record.status}, without a day.")
    elif record.status == "done" and date.first > now.last:
        book.problems.append(f"{key}: recorded as done on {date}, which is after {now}.")
    elif record.status != "done" and not date.exact:
        book.problems.append(f"{key}: {record.status} for {date}, which is no day.")
    elif record.status == "done":
        if found.done is not None:
            book.problems.append(f"{key}: recorded as done twice, on {found.done.date} and on {date}; the first counts.")
        found.done = found.done or record
    elif record.status == "booked":
        # Of several appointments the latest stands: that is where people will go.
        found.booked = record
    else:
        found.moved = record


def _hold(book: Book, holds: Iterable[Hold]) -> None:
    found: dict[str, list[Held]] = {}
    for hold in holds:
        end = None if hold.end is None else hold.end.last
        if end is not None and end < hold.start.first:
            book.problems.append(f"{hold.name}: held from {hold.start} to {hold.end}, which is earlier.")
            continue
        found.setdefault(hold.name, []).append(Held(hold.start.first, end, hold.reason or ""))
    for name, group in found.items():
        book.holds[name] = tuple(sorted(group, key=lambda one: (one.start, one.end or _LAST, one.reason)))


def enter_anchor(book: Book, key: str, moment: str, date: PartialDate) -> None:
    """A visit of which nothing is recorded but the moment that it is: who gives the day of the first infusion says that there was one."""
    if key not in book.visits:
        book.visits[key] = Recorded(done=VisitRecord(key, "done", date), moment=moment)


def name_of(key: str) -> str:
    """The visit's name in a key: `screening2:fu.3` is about `fu`."""
    return key.rpartition(":")[2].partition(".")[0]


def doses_given(book: Book, gives: Mapping[str, tuple[str, ...]], before: int | None = None) -> Iterator[tuple[str, PartialDate]]:
    """Every dose that was given, with its day (and time). `gives`: what each visit gives, by its name; `before`: a day to stop before.

    A done visit without a list of doses gave what it had to give, unless that was held; a dose recorded with an amount of 0 was not given.
    """
    for key, found in book.visits.items():
        done = found.done
        if done is None or done.date is None or (before is not None and done.date.first >= before):
            continue
        if done.doses is None:
            for name in gives.get(name_of(key), ()):
                if book.held(name, done.date.first) is None:
                    yield name, done.date
        else:
            for dose in done.doses:
                if dose.amount is None or dose.amount.value != 0:
                    yield dose.dose, done.date
