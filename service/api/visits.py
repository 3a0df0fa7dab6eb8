"""Operations on a subject's course: the schedule, planning and making a move, what took place and what did not."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from ...canonical import Json
from ...engine.dates import format_day
from ...engine.explain_words import Lang
from ...engine.schedule.move import MovePlan
from ...engine.schedule.result import Days
from ...engine.schedule.to_json import ScheduleJson
from .. import access
from ..models.subjects import Subject
from ..work import feeds, screening, visits
from ..work.outcome import Refused
from .operation import Call, Done
from .subjects import one_of, subject_json


def schedule(call: Call) -> Done | Refused:
    """The schedule as the reader may see it."""
    subject = one_of(call, access.May.READ_SCHEDULES)
    found = visits.schedule(call.actor, subject)
    if isinstance(found, Refused):
        return found
    _, protocol = screening.protocol_for(subject)
    if protocol.study is None:
        return Refused("no-schedule", 409, "The rules have no schedule.")
    lang: Lang = "zh" if call.query.get("lang") == "zh" else "en"
    masked = not access.unblinded(call.actor, call.study, subject.site)
    return Done(ScheduleJson(protocol, protocol.study, found, lang, site=subject.site.code, masked=masked).value())


def move(call: Call) -> Done | Refused:
    """What follows from a move; with `apply` it is made."""
    body, subject = call.body, one_of(call, access.May.READ_SCHEDULES)
    visit, day = str(body["visit"]), str(body["to"])
    if not body.get("apply"):
        plan = visits.plan(call.actor, subject, visit, day)
        return plan if isinstance(plan, Refused) else Done(_plan(subject, plan, day, applied=False))
    if "version" not in body:
        return Refused("body-wrong", 422, "`version` is missing.", "Send the subject's version that the plan was made for.", "/version")
    done = visits.move(call.actor, subject, int(cast("int", body["version"])), visit, day, str(body.get("reason", "")))
    return done if isinstance(done, Refused) else Done(_plan(done.subject, done.plan, day, applied=True))


def _plan(subject: Subject, plan: MovePlan, day: str, *, applied: bool) -> dict[str, Json]:
    shifts: list[Json] = [
        {
            "visit": one.key,
            "title": one.title,
            "old": _day(one.old),
            "new": _day(one.new),
            "window": _days(one.window),
            "outside_days": one.outside,
            "leaves_window": one.leaves_window,
        }
        for one in plan.shifts
    ]
    stretches: list[Json] = [
        {"key": one.key, "title": one.title, "old": [_day(day) for day in one.old], "new": [_day(day) for day in one.new]}
        for one in plan.stretches
    ]
    return {
        "subject": subject.code,
        "version": subject.version,
        "visit": plan.key,
        "to": day,
        "possible": plan.after is not None,
        "applied": applied,
        "problems": list(plan.problems),
        "closed": plan.closed,
        "feeds": feeds.showing(subject) if plan.after is not None and (plan.shifts or plan.stretches or plan.joinings) else 0,
        "shifts": shifts,
        "stretches": stretches,
        "joinings": [{"kind": one.kind, "visit": one.key, "other": one.other} for one in plan.joinings],
    }


def record(call: Call) -> Done | Refused:
    """An appointment is made, or it is recorded what became of a visit."""
    body, subject = call.body, one_of(call, access.May.READ_SCHEDULES)
    actor, version, visit = call.actor, int(cast("int", body["version"])), str(body["visit"])
    status, when = str(body["status"]), body.get("when")
    reason = str(body.get("reason", ""))
    if status in ("booked", "done") and when is None:
        return Refused("body-wrong", 422, "`when` is missing.", "Say a day, or a time such as `2026-03-02T09:00+08:00`.", "/when")
    if status == "booked":
        found = visits.book(actor, subject, version, visit, str(when), reason or "appointment made")
    elif status == "done":
        found = visits.done(actor, subject, version, visit, str(when), doses=_doses(body.get("doses")), reason=reason or "visit took place")
    elif status == "missed":
        found = visits.missed(actor, subject, version, visit, reason)
    elif status == "skipped":
        found = visits.skipped(actor, subject, version, visit, reason)
    else:
        found = visits.undo(actor, subject, version, visit, reason)
    return found if isinstance(found, Refused) else Done(subject_json(found, screening.latest(found)))


def _doses(value: Json) -> dict[str, tuple[Decimal, str] | None] | None:
    if not isinstance(value, dict):
        return None
    found: dict[str, tuple[Decimal, str] | None] = {}
    for name, one in value.items():
        found[name] = (Decimal(str(one["value"])), str(one["unit"])) if isinstance(one, dict) else None
    return found


def _day(day: int | None) -> str | None:
    return None if day is None else format_day(day)


def _days(days: Days | None) -> Json:
    return None if days is None else {"start": format_day(days[0]), "end": format_day(days[1])}
