"""The Schedule of Activities of a part as a value: visits across, doses, assessments and periods down, footnotes below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import Factory, define, evolve, frozen

from ..dsl import schedule_model as plan
from ..dsl.source import Span, span_field
from .explain_rule import condition_words, date_words, number_words
from .explain_words import number_text, with_unit
from .plan_words import PlanWords
from .schedule.nominal import NominalDays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..dsl.model import Protocol
    from .explain_words import Lang

MARK = "X"
ON = "─"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@frozen
class Cell:
    """What stands at a visit: a sign ("" for nothing), the letters of its footnotes, and the lines of the rules that say so."""

    sign: str = ""
    notes: tuple[str, ...] = ()
    span: Span = span_field()

    @property
    def text(self) -> str:
        """Both in one text: `X a`."""
        return " ".join(part for part in (self.sign, ",".join(self.notes)) if part)


@frozen
class Column:
    """One visit: its name, title, timing and window, what it gives, its footnotes' letters, the schedule it belongs to, its lines."""

    name: str
    title: str
    timing: str
    window: str
    gives: str
    notes: tuple[str, ...] = ()
    epoch: str = ""
    span: Span = span_field()


@frozen
class Row:
    """One thing that is done; `cells` has one for each visit."""

    title: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()


@frozen
class Section:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


@frozen
class Grid:
    """The schedules of one part, or of parts that share them.

    `anchors` are their titles and what they are counted from, in words; `rules` hold for all visits; `notes` are (letter, text).
    """

    title: str
    schedules: tuple[plan.Schedule, ...]
    anchors: tuple[str, ...]
    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    obligations: tuple[str, ...]
    rules: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


@define
class _Notes:
    """Footnotes in order of their first mention; equal texts share a letter."""

    letters: dict[str, str] = Factory(dict)

    def marks(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.letters.setdefault(text, _letter(len(self.letters))) for text in texts if text))


def _letter(number: int) -> str:
    """The letters of a number counted from 0: a to z, aa, ab."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[rest] + text
    return text


def grids(protocol: Protocol, lang: Lang, part: str | None = None) -> tuple[Grid, ...]:
    """The grid of a part; without one those of all parts, parts that share their schedules in one grid."""
    study = protocol.study
    if study is None or not study.schedules:
        return ()
    parts: list[str | None] = [part] if part is not None else list(study.parts) or [None]
    groups: dict[tuple[int, ...], list[str | None]] = {}
    for one in parts:
        groups.setdefault(tuple(id(schedule) for schedule in study.schedules_of(one)), []).append(one)
    return tuple(_Builder(protocol, study, members, lang).grid() for members in groups.values() if study.schedules_of(members[0]))


class _Builder:
    def __init__(self, protocol: Protocol, study: plan.Study, parts: list[str | None], lang: Lang) -> None:
        self.say = PlanWords(lang, protocol)
        self.study = study
        self.parts = parts
        self.schedules = study.schedules_of(parts[0])
        self.visits = [(visit, schedule) for schedule in self.schedules for visit in schedule.visits]
        self.early = [one.early_termination for one in self.schedules if one.early_termination is not None][:1]
        self.notes = _Notes()
        self.nominal = {id(schedule): NominalDays(schedule) for schedule in self.schedules}

    def grid(self) -> Grid:
        say, w = self.say, self.say.w
        titles = [say.title(self.study.parts[name]) for name in self.parts if name is not None]
        anchors = []
        for one in self.schedules:
            title = w.title(one.title, one.notes.titles, one.title)
            anchors.append(say("counted from", title, say.names[one.anchor.name]))
        columns = (*(self._column(visit, schedule) for visit, schedule in self.visits), *(self._early(one) for one in self.early))
        sections = [
            Section(say("doses"), self._doses()),
            Section(say("assessments"), self._assessments()),
            Section(say("home"), self._series()),
            Section(say("watches"), self._watches()),
        ]
        obligations = tuple(
            say("obligation", say.title(one), say.timing(one.timing)) for each in self.schedules for one in each.obligations
        )
        rules = tuple(self._rules())
        return Grid(
            " / ".join(titles),
            self.schedules,
            tuple(anchors),
            columns,
            tuple(section for section in sections if section.rows),
            obligations,
            rules,
            tuple((letter, text) for text, letter in self.notes.letters.items()),
        )

    # ---------------------------------------------------------------- columns

    def _column(self, visit: plan.Visit, schedule: plan.Schedule) -> Column:
        say, w = self.say, self.say.w
        texts = [*self._conditions(visit), *self._said(visit.notes)]
        if visit.optimum is not None:
            texts.insert(0, say("note.optimum", say.tolerance(visit.optimum)))
        gives = w.listed(self._dose_title(name) for name in visit.gives)
        epoch = w.title(schedule.title, schedule.notes.titles, schedule.title)
        window, marks = say.tolerance(visit.window), self.notes.marks(texts)
        return Column(visit.name, say.title(visit), say.timing(visit.timing), window, gives, marks, epoch, span=visit.span)

    def _early(self, one: plan.EarlyTermination) -> Column:
        say, w = self.say, self.say.w
        title = w.title(one.title, one.notes.titles, one.title)
        marks = self.notes.marks(self._said(one.notes))
        return Column(plan.EARLY, title, say("early timing", w.length(one.within)), "", "", marks, span=one.span)

    def _conditions(self, one: plan.Visit | plan.Series | plan.Assessment) -> list[str]:
        """What a line is bound to, in words."""
        say = self.say
        texts = []
        if one.condition is not None:
            texts.append(say("note.if", condition_words(say.w, one.condition)))
        if one.masked:
            texts.append(say("note.masked"))
        elif one.arms:
            texts.append(say("note.arms", say.w.listed(say.title(self.study.arms[arm]) for arm in one.arms)))
        return texts

    def _said(self, notes: plan.Notes) -> list[str]:
        return [*(self.say("note.assumed", text) for text in notes.assumptions), *notes.notes]

    # ---------------------------------------------------------------- rows

    def _arms(self) -> list[plan.Arm]:
        return list(dict.fromkeys(arm for part in self.parts for arm in self.study.arms_of(part)))

    def _dose_title(self, name: str) -> str:
        """What is given; where arms are blinded, what everyone may read."""
        found = [(arm, arm.doses[name]) for arm in self._arms() if name in arm.doses]
        titles = dict.fromkeys(self.say.title(dose) if arm.blinded_as is None else arm.blinded_as for arm, dose in found)
        return " / ".join(titles) or name

    def _arm_title(self, arm: plan.Arm) -> str:
        """What an arm is called, with its part where the grid has several."""
        part = self.study.parts[arm.part] if arm.part is not None and len(self.parts) > 1 else None
        return self.say.w.chain([self.say.title(part) if part is not None else "", self.say.title(arm)])

    def _doses(self) -> tuple[Row, ...]:
        names = dict.fromkeys(name for visit, _ in self.visits for name in visit.gives)
        rows = []
        for name in names:
            texts = [
                text
                for arm in self._arms()
                if name in arm.doses
                for text in (self.say("note.dose", self._arm_title(arm), dose_words(self.say, arm.doses[name])),)
            ]
            cells = [Cell(MARK, span=visit.span) if name in visit.gives else Cell() for visit, _ in self.visits]
            rows.append(Row(self._dose_title(name), self._padded(cells), self.notes.marks(texts)))
        return tuple(rows)

    def _padded(self, cells: list[Cell]) -> tuple[Cell, ...]:
        return (*cells, *(Cell() for _ in self.early))

    def _assessments(self) -> tuple[Row, ...]:
        titles: dict[str, str] = {}
        cells: dict[str, dict[str, Cell]] = {}
        everywhere: dict[str, list[tuple[str, ...]]] = {}
        for schedule in self.schedules:
            for line in schedule.assessments:
                marks = self.notes.marks([*self._conditions(line), *self._said(line.notes)])
                for item in line.items:
                    titles.setdefault(item.name, self.say.item(item))
                    everywhere.setdefault(item.name, []).append(marks)
                    for target in line.visits:
                        self._mark(cells.setdefault(item.name, {}), target, marks, line.span)
        names = [visit.name for visit, _ in self.visits] + [plan.EARLY for _ in self.early]
        rows = []
        for name, title in titles.items():
            lines = everywhere[name]
            # What is said of every line of an item stands at its name, once.
            common = tuple(mark for mark in lines[0] if all(mark in others for others in lines))
            found = [cells.get(name, {}).get(visit, Cell()) for visit in names]
            rows.append(Row(title, tuple(evolve(one, notes=tuple(m for m in one.notes if m not in common)) for one in found), common))
        return tuple(rows)

    def _mark(self, row: dict[str, Cell], target: str, marks: tuple[str, ...], span: Span) -> None:
        name, _, number = target.partition(".")
        known = row.get(name)
        own = (*self.notes.marks([self.say("note.only at", number)]), *marks) if number else marks
        if known is None:
            row[name] = Cell(MARK, own, span=span)
        elif known.notes and own:
            row[name] = Cell(MARK, tuple(dict.fromkeys((*known.notes, *own))), span=known.span)
        else:
            # One of the two lines holds without any condition.
            row[name] = Cell(MARK, span=span if known.notes else known.span)

    def _series(self) -> tuple[Row, ...]:
        rows = []
        for schedule in self.schedules:
            days = self.nominal[id(schedule)]
            for one in schedule.series:
                taken = days.repeated(one.recurrence)
                named = " ".join(filter(None, (self.say.title(one), one.amount_text)))
                marks = self.notes.marks([*self._conditions(one), *self._said(one.notes)])
                title = self.say.w.chain([named, self.say.route(one.route), self.say.timing(one.timing)])
                rows.append(Row(title, self._band(schedule, taken[:1], taken[-1:], one.span), marks))
        return tuple(rows)

    def _watches(self) -> tuple[Row, ...]:
        rows = []
        for schedule in self.schedules:
            days = self.nominal[id(schedule)]
            for one in schedule.watches:
                band = self._band(schedule, (days.day(one.start),), (days.day(one.end),), one.span)
                title = self.say.w.chain([self.say.title(one), self.say.timing(one.timing)])
                rows.append(Row(title, band, self.notes.marks(self._said(one.notes))))
        return tuple(rows)

    def _band(self, schedule: plan.Schedule, starts: tuple[int | None, ...], ends: tuple[int | None, ...], span: Span) -> tuple[Cell, ...]:
        """Cells for the visits of this schedule that are planned from one day to another."""
        start, end = next(iter(starts), None), next(iter(ends), None)
        known = self.nominal[id(schedule)].visits
        cells = []
        for visit, owner in self.visits:
            place = known.get(visit.name) if owner is schedule else None
            inside = place is not None and start is not None and end is not None and any(start <= day <= end for day in place.targets)
            cells.append(Cell(ON, span=span) if inside else Cell())
        return self._padded(cells)

    # ---------------------------------------------------------------- what holds for all visits

    def _rules(self) -> Iterable[str]:
        say, w = self.say, self.say.w
        found: dict[str, None] = {}
        for one in self.schedules:
            if one.shift is not None:
                found[say(f"rule.shift.{one.shift}")] = None
            if one.not_before is not None:
                found[say("rule.not before", date_words(w, one.not_before))] = None
            if one.unscheduled_allowed:
                found[say("rule.unscheduled")] = None
            if one.rescreening is not None:
                times, apart = one.rescreening.times, one.rescreening.apart
                text = say("rule.rescreening") if times is None else say.count("rule.rescreening.times", times)
                found[text if apart is None else say("sentences", text, say("rule.apart", w.length(apart)))] = None
            for text in self._said(one.notes):
                found[text] = None
        return found


def dose_words(say: PlanWords, dose: plan.Dose) -> str:
    """A dose as the protocol states it: `1.0e6 cells/kg, IV, at most 1e8 cells`."""
    if dose.from_number is not None:
        amount = say("dose recorded", number_words(say.w, dose.from_number))
    else:
        amount = dose.amount_text or say("dose unstated")
    most = say("at most", with_unit(number_text(dose.at_most), dose.total_unit)) if dose.at_most is not None else ""
    stated = dose.amount_text and dose.from_number is None
    named = f"{say.title(dose)} {amount}" if stated else say("note.dose", say.title(dose), amount)
    return say.w.chain([named, say.route(dose.route), most])
