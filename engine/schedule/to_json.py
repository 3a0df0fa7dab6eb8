"""A subject's schedule as JSON, `trialrules/schedule/1`, and as a table with one row a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._version import __version__
from ..dates import format_day, format_partial
from ..evidence_json import number_json
from .masked import blinded_title
from .words import ScheduleWords

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...canonical import Json
    from ...dsl.model import Protocol
    from ...dsl.schedule_model import Study
    from ..dates import PartialDate
    from ..explain_words import Lang
    from ..outcome import Unknown
    from .result import Days, DoseState, PeriodState, SeriesState, SubjectSchedule, VisitState

SCHEMA = "trialrules/schedule/1"
CSV_COLUMNS = (
    "subject", "site", "part", "arm", "as_of", "key", "visit", "timing", "status", "target", "window_start", "window_end",
    "planned", "booked", "actual", "deviation_days", "doses", "assessments", "merged_into", "remarks", "unknown",
)  # fmt: skip


class ScheduleJson:
    """One subject's schedule for programs; words in it are in one language, everything else is the same in all."""

    def __init__(self, protocol: Protocol, study: Study, schedule: SubjectSchedule, lang: Lang, *, site: str | None, masked: bool) -> None:
        self.protocol = protocol
        self.study = study
        self.schedule = schedule
        self.say = ScheduleWords(lang, protocol, schedule)
        self.site = site
        self.masked = masked

    def arm_shown(self) -> str | None:
        """What may be read of the arm."""
        if self.schedule.arm is not None:
            return self.say.title(self.study.arms[self.schedule.arm])
        return blinded_title(self.study, self.schedule) if self.masked else None

    def value(self) -> dict[str, Json]:
        """The whole schedule."""
        schedule, say = self.schedule, self.say
        protocol: dict[str, Json] = {"id": self.protocol.name, "version": self.protocol.version, "sha256": self.protocol.sha256}
        anchors: list[Json] = [
            {"moment": name, "date": _day(day), "given": name in schedule.anchors_given} for name, day in schedule.anchors.items()
        ]
        deviations: list[Json] = [
            {"kind": one.kind, "visit": one.key, "date": _day(one.day), "days": one.days, "text": say.deviation(one)}
            for one in schedule.deviations
        ]
        return {
            "schema": SCHEMA,
            "protocol": protocol,
            "subject": schedule.subject,
            "site": self.site,
            "part": schedule.part,
            "arm": schedule.arm,
            "arm_shown": self.arm_shown(),
            "masked": self.masked,
            "as_of": format_day(schedule.as_of),
            "engine": __version__,
            "lang": say.lang,
            "anchors": anchors,
            "next_due": schedule.next_due,
            "overdue": [visit.key for visit in schedule.visits if visit.status == "overdue" and visit.merged_into is None],
            "visits": [self._visit(visit) for visit in schedule.visits],
            "series": [self._series(one) for one in schedule.series],
            "periods": [self._period(one) for one in schedule.periods],
            "deviations": deviations,
            "needs": [{"text": text, "for": list(names)} for text, names in say.needs()],
            "problems": list(schedule.problems),
        }

    def _visit(self, visit: VisitState) -> dict[str, Json]:
        say = self.say
        purposes: list[Json] = [self._dose(dose) for dose in visit.doses]
        purposes += [
            {
                "kind": "assessment",
                "name": one.item.name,
                "title": say.item(one.item),
                "of": one.item.kind,
                "applies": one.applies,
                "unknowns": self._unknowns(one.unknowns),
            }
            for one in visit.purposes
        ]
        return {
            "key": visit.key,
            "visit": visit.name,
            "title": say.visit(visit),
            "timing": say.timing(visit.timing),
            "status": visit.status,
            "target": _day(visit.target),
            "window": _days(visit.window),
            "optimum": _days(visit.optimum),
            "planned": _day(visit.planned),
            "booked": _partial(visit.booked),
            "actual": _partial(visit.actual),
            "deviation_days": visit.deviation_days,
            "outside_optimum_days": visit.outside_optimum,
            "provisional": visit.provisional,
            "purposes": purposes,
            "merged": list(visit.merged),
            "merged_into": visit.merged_into,
            "shown_window": _days(visit.shown_window),
            "reason": visit.reason,
            "remarks": list(say.remarks(visit, reason=False)),
            "unknowns": self._unknowns(visit.unknowns),
        }

    def _dose(self, dose: DoseState) -> dict[str, Json]:
        return {
            "kind": "dose",
            "name": dose.name,
            "title": dose.blinded_as or dose.title or dose.name,
            "masked": dose.blinded_as is not None and self.masked,
            "stated": dose.stated or None,
            "amount": None if dose.amount is None else number_json(dose.amount),
            "unit": dose.unit_text or None,
            "route": dose.route,
            "basis": None
            if dose.basis is None
            else {
                "name": dose.basis_name,
                "value": number_json(dose.basis),
                "unit": dose.basis_unit or None,
                "date": _day(dose.basis_day),
            },
            "capped": dose.capped,
            "held": dose.held,
            "given": dose.given,
            "unknowns": self._unknowns(dose.unknowns),
        }

    def _unknowns(self, unknowns: Iterable[Unknown]) -> list[Json]:
        return [
            {"cause": one.cause, "fact": None if one.fact is None else one.fact.name, "text": self.say.unknown(one)} for one in unknowns
        ]

    def _series(self, one: SeriesState) -> dict[str, Json]:
        return {
            "key": one.key,
            "series": one.series.name,
            "title": self.say.title(one.series),
            "amount": one.series.amount_text or None,
            "route": one.series.route,
            "timing": self.say.timing(one.series.timing),
            "per_day": one.series.recurrence.per_day,
            "status": one.status,
            "start": _day(one.start),
            "end": _day(one.end),
            "end_known": one.end_known,
            "provisional": one.provisional,
            "days": [format_day(day) for day in one.days],
            "left_out": [format_day(day) for day in one.left_out],
            "unknowns": self._unknowns(one.unknowns),
        }

    def _period(self, one: PeriodState) -> dict[str, Json]:
        return {
            "key": one.key,
            "kind": one.kind,
            "title": self.say.w.title(one.title, one.titles, one.key),
            "timing": self.say.timing(one.timing),
            "status": one.status,
            "start": _day(one.start),
            "end": _day(one.end),
            "provisional": one.provisional,
            "unknowns": self._unknowns(one.unknowns),
        }

    # ---------------------------------------------------------------- rows

    def rows(self) -> Iterable[list[str]]:
        """One row a visit, under CSV_COLUMNS; lists in a cell are parted by ` | `."""
        schedule, say = self.schedule, self.say
        head = [schedule.subject, self.site or "", schedule.part or "", self.arm_shown() or "", format_day(schedule.as_of)]
        for visit in schedule.visits:
            window = visit.window
            unknowns = [*visit.unknowns, *(one for dose in visit.doses for one in dose.unknowns)]
            yield [
                *head,
                visit.key,
                say.visit(visit),
                say.timing(visit.timing),
                visit.status,
                _day(visit.target) or "",
                "" if window is None else format_day(window[0]),
                "" if window is None else format_day(window[1]),
                _day(visit.planned) or "",
                _partial(visit.booked) or "",
                _partial(visit.actual) or "",
                str(visit.deviation_days),
                " | ".join(say.dose(dose) for dose in visit.doses),
                " | ".join(say.assessments(visit)),
                visit.merged_into or "",
                " | ".join(say.remarks(visit)),
                " | ".join(dict.fromkeys(say.unknown(one) for one in unknowns)),
            ]


def _day(day: int | None) -> str | None:
    return None if day is None else format_day(day)


def _days(days: Days | None) -> dict[str, Json] | None:
    return None if days is None else {"start": format_day(days[0]), "end": format_day(days[1])}


def _partial(value: PartialDate | None) -> str | None:
    return None if value is None else format_partial(value)
