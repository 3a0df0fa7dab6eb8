"""A subject's schedule in words, piece by piece; text, JSON and CSV take them from here. Nothing is computed but distances to today."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ..calendar.text import clean_title
from ..dates import format_day, format_partial
from ..explain_evidence import unknown_words
from ..explain_words import number_text, with_unit
from ..plan_words import PlanWords
from .result import UNSCHEDULED

if TYPE_CHECKING:
    from ...dsl.model import Protocol
    from ..explain_words import Lang
    from ..outcome import Unknown
    from .result import Days, Deviation, DoseState, PeriodState, SeriesState, SubjectSchedule, VisitState


class ScheduleWords(PlanWords):
    """The words of one subject's schedule."""

    def __init__(self, lang: Lang, protocol: Protocol, schedule: SubjectSchedule) -> None:
        super().__init__(lang, protocol)
        self.protocol = protocol
        self.schedule = schedule
        self._visits = {visit.key: visit for visit in schedule.visits}
        self._titles = {visit.key: self.visit(visit) for visit in schedule.visits}

    # ---------------------------------------------------------------- days

    def on(self, day: int) -> str:
        """`Mon 2026-03-02`."""
        return f"{self(f'weekday.{date.fromordinal(day).weekday()}')} {format_day(day)}"

    def distance(self, day: int) -> str:
        """`in 3 days`, `today`, `2 days ago`."""
        away = day - self.schedule.as_of
        if not away:
            return self("today")
        return self.count("in days", away) if away > 0 else self.count("ago", -away)

    def days(self, days: Days | None) -> str:
        """`2026-03-02 … 2026-03-04`; one day alone."""
        if days is None:
            return ""
        first, last = (format_day(day) for day in days)
        return first if first == last else self("stretch of days", first, last)

    # ---------------------------------------------------------------- visits

    def visit(self, visit: VisitState) -> str:
        """What a visit is called: with its number if it is repeated, and its screening."""
        planned = visit.name != UNSCHEDULED
        title = self.w.title(visit.title, visit.titles, visit.name) if planned else clean_title(visit.title or self("unscheduled"))
        prefix, colon, _ = visit.key.partition(":")
        if colon and prefix.startswith("screening"):
            return self("numbered", title, self("screening", prefix.removeprefix("screening")))
        return title

    def shown(self, visit: VisitState) -> str:
        """The visit with those that are shown as part of it: `Infusion 2 + Week 1`."""
        text = self.visit(visit)
        for key in visit.merged:
            if key in self._titles and self._titles[key] != text:
                text = self("with", text, self._titles[key])
        return text

    def named(self, key: str | None) -> str:
        """A visit by its key."""
        return "" if key is None else self._titles.get(key, key)

    def day_of(self, visit: VisitState) -> str:
        """The day to show with its weekday, and the time of an appointment; a coarse date as it is."""
        if visit.actual is not None and not visit.actual.exact:
            return format_partial(visit.actual)
        if visit.day is None:
            return ""
        at = visit.actual or (visit.booked if visit.status == "booked" else None)
        clock = "" if at is None or at.seconds is None else f" {at.seconds // 3600:02d}:{at.seconds // 60 % 60:02d}"
        return self.on(visit.day) + clock

    def status(self, visit: VisitState) -> str:
        """How a visit stands, and how many days outside its window: `done, 2 days late`."""
        word = self(f"status.{visit.status}")
        if visit.status == "overdue" and visit.window is not None:
            word = self.count("days", self.schedule.as_of - max(visit.window[1], visit.planned or 0), word)
            word = self.w.chain([self("status.overdue"), word])
        parts = [word]
        if visit.deviation_days:
            parts.append(self.count("early" if visit.deviation_days < 0 else "late", abs(visit.deviation_days)))
        if visit.provisional and visit.status in ("planned", "due"):
            parts.append(self("provisional"))
        return self.w.chain(parts)

    def assessments(self, visit: VisitState) -> list[str]:
        """What is assessed, those that may not apply marked."""
        return [
            self.item(one.item) if one.applies else self("perhaps", self.item(one.item))
            for one in visit.purposes
            if one.applies is not False
        ]

    def remarks(self, visit: VisitState, *, reason: bool = True) -> list[str]:
        """What is to be said of a visit beside its state, and the reason that somebody wrote, on one line."""
        found = []
        for remark in visit.remarks:
            what, _, detail = remark.partition(": ")
            if remark.startswith("done with "):
                found.append(self("remark.done with", self.named(remark.removeprefix("done with "))))
            else:
                text = self(f"remark.{what}") if self.has(f"remark.{what}") else what
                found.append(self("remark.with", text, self.names.get(detail, detail)) if detail else text)
        if reason and visit.reason:
            found.append(self("reason", clean_title(visit.reason)))
        return found

    # ---------------------------------------------------------------- doses

    def dose(self, dose: DoseState, *, future: bool = False) -> str:
        """A dose with what it was computed from; of a blinded one what everyone may read."""
        parts = [dose.blinded_as or dose.title or dose.name]
        if dose.blinded_as is None:
            named = self.w.chain([" ".join((parts[0], self._amount(dose))), self.route(dose.route)])
            basis = self._basis(dose)
            parts = [self("dose with basis", named, basis) if basis else named, self("dose capped") if dose.capped else ""]
        if dose.held is not None:
            parts.append(self("dose held why", clean_title(dose.held)) if dose.held else self("dose held"))
        if dose.given is not None:
            parts.append(self(f"given.{dose.given}") if dose.given in _GIVEN else self("given amount", grouped(dose.given)))
        elif future and dose.basis_day is not None and dose.blinded_as is None:
            parts.append(self("dose provisional"))
        return self.w.chain(parts)

    def _amount(self, dose: DoseState) -> str:
        if dose.amount is not None:
            return with_unit(grouped(number_text(dose.amount)), dose.unit_text)
        if dose.unknowns:
            return f"({self('dose unknown')})" if not dose.stated else f"{self._stated(dose)} ({self('dose unknown')})"
        return self._stated(dose) or f"({self('dose stated')})"

    def _basis(self, dose: DoseState) -> str:
        """`(1.0e6 cells/kg × 71.3 kg, Body weight of 2026-03-01)`."""
        if dose.basis is None or dose.basis_day is None:
            return ""
        amount = with_unit(number_text(dose.basis), dose.basis_unit)
        return self("dose basis", self._stated(dose), amount, self.fact(dose.basis_name), format_day(dose.basis_day))

    def _stated(self, dose: DoseState) -> str:
        """The amount as the protocol states it; one that is recorded, by what the record is called."""
        named = dose.stated in self.protocol.facts or dose.stated in self.protocol.definitions
        return self.fact(dose.stated) if named else dose.stated

    def fact(self, name: str | None) -> str:
        """What a fact or definition is called."""
        one = self.protocol.facts.get(name or "") or self.protocol.definitions.get(name or "")
        return self.w.term(name or "") if one is None else self.w.title(one.title, one.titles, one.name)

    # ---------------------------------------------------------------- series and periods

    def series(self, one: SeriesState) -> str:
        """A drug taken at home: amount, how often, from when to when, how it stands."""
        plan = one.series
        title = self.w.chain([" ".join(filter(None, (self.title(plan), plan.amount_text))), self.route(plan.route)])
        title = self.w.chain([title, self.timing(plan.timing)])
        state = self(f"series.{one.status}")
        if one.left_out:
            state = self.w.chain([state, self.count("series left out", len(one.left_out))])
        if one.start is None:
            return self("series none", title, state)
        if one.end is None or not one.end_known:
            return self("series line open", title, format_day(one.start), state)
        return self("series line", title, format_day(one.start), format_day(one.end), state)

    def period(self, one: PeriodState) -> str:
        """A watch period or an obligation."""
        title = self.w.title(one.title, one.titles, one.key)
        if one.end is None:
            return self("period unknown", title, self.timing(one.timing), self("period.unknown"))
        left = one.end - self.schedule.as_of
        if one.status == "running":
            state = self.count("period.running", left) if left else self("period.running last")
        else:
            state = self(f"period.{one.status}")
        if one.provisional:
            state = self.w.chain([state, self("provisional")])
        if one.start is None:
            return self("period until", title, format_day(one.end), state)
        return self("period watch", title, format_day(one.start), format_day(one.end), state)

    # ---------------------------------------------------------------- deviations and needs

    def deviation(self, one: Deviation) -> str:
        """A departure from the protocol, in one line."""
        late = "" if one.days is None else self.count("early" if one.days < 0 else "late", abs(one.days))
        number = "" if one.days is None else self.count("days", abs(one.days))
        key = f"dev.{one.kind}"
        if one.detail in ("planned", "skipped", "not recorded") and one.kind in ("out of window", "missed", "before consent"):
            key = "dev.skipped" if one.detail == "skipped" else f"dev.{one.kind}.{one.detail}"
        text = self(key, self.named(one.key), late, number, self._detail(one))
        if one.kind == "before consent" and one.days is not None:
            text = self(key, self.named(one.key), number)
        return text

    def _detail(self, one: Deviation) -> str:
        if one.kind == "anchor conflict":
            return self.names.get(one.detail, one.detail)
        name, colon, what = one.detail.partition(": ")
        if one.kind == "dose" and colon:
            words = self(f"detail.{what}") if what in _DETAILS else what
            return self("note.dose", self._dose_title(one.key, name), words)
        return self(f"detail.{one.detail}") if one.detail in _DETAILS else one.detail

    def _dose_title(self, key: str | None, name: str) -> str:
        visit = self._visits.get(key or "")
        doses = () if visit is None else visit.doses
        return next((one.blinded_as or one.title for one in doses if one.name == name), name)

    def unknown(self, unknown: Unknown) -> str:
        """What is missing."""
        if unknown.fact is None and unknown.detail == "arm":
            return self("need.arm")
        return unknown_words(self.w, unknown, self.protocol.moments)

    def needs(self) -> list[tuple[str, list[str]]]:
        """What is missing, each thing once, and what it is needed for."""
        found: dict[str, dict[str, None]] = {}
        for visit in self.schedule.visits:
            if visit.status in ("cancelled", "not applicable") or visit.merged_into is not None:
                continue
            unknowns = [*visit.unknowns, *(one for dose in visit.doses for one in dose.unknowns)]
            unknowns += [one for purpose in visit.purposes for one in purpose.unknowns]
            for unknown in unknowns:
                found.setdefault(self.unknown(unknown), {})[self.visit(visit)] = None
        for series in self.schedule.series:
            for unknown in series.unknowns:
                found.setdefault(self.unknown(unknown), {})[self.title(series.series)] = None
        for period in self.schedule.periods:
            for unknown in period.unknowns:
                found.setdefault(self.unknown(unknown), {})[self.w.title(period.title, period.titles, period.key)] = None
        return [(text, list(names)) for text, names in found.items()]


_LONG = 15
_GIVEN = ("as planned", "not given", "given")
_DETAILS = ("not allowed", "too soon", "not given", "given while held", "not planned", "another amount")


def grouped(text: str) -> str:
    """A number in full, its digits before the point in groups of three; words behind it stay. Very long numbers stay as they are."""
    number, space, rest = text.partition(" ")
    try:
        value = Decimal(number)
    except InvalidOperation:
        return text
    if not value.is_finite() or value.adjusted() >= _LONG:
        return text
    whole, point, part = number_text(value).partition(".")
    if not whole.lstrip("-").isdecimal():
        return text
    return f"{int(whole):,}{point}{part}{space}{rest}"
