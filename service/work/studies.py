"""What a study as a whole allows, and how long its records are kept. None as the actor is the person at the command line."""

from __future__ import annotations

from datetime import date
from typing import Final

from attrs import frozen

from ...canonical import Json
from ...engine.dates import add_months, parse_partial
from .. import access, clock
from ..models.accounts import User
from ..models.studies import Study
from . import audit
from .outcome import refuse, use_case

MAX_YEARS: Final = 100
_MONTHS: Final = 12


@frozen
class Retention:
    """From which day, for how many years and until when records have to be kept; None: nobody has said so yet."""

    ended: date | None
    years: int | None
    until: date | None


def retention(study: Study) -> Retention:
    """The clock of a study's records. It only tells: nothing is deleted when it has run out.

    Where the last year has no such day (29 February), the next day counts: never less than whole years.
    """
    ended, years = study.ended, study.retention_years
    until = None
    if ended is not None and years is not None:
        until = date.fromordinal(add_months(ended.toordinal(), years * _MONTHS, "up"))
    return Retention(ended, years, until)


def retention_json(study: Study) -> dict[str, Json]:
    """The same for programs: `ended`, `keep_years`, `retain_until`."""
    kept = retention(study)
    days = {"ended": kept.ended, "retain_until": kept.until}
    return {"keep_years": kept.years, **{name: None if day is None else day.isoformat() for name, day in days.items()}}


@use_case
def allow_waivers(actor: User | None, study: Study, *, allowed: bool, reason: str) -> Study:
    """Say whether countersigned overrides of all failing criteria open enrolment. At first they don't."""
    held = _held(actor, study)
    why = audit.need_reason(reason)
    if held.waivers != allowed:
        held.waivers = allowed
        held.save(update_fields=["waivers"])
        _told(actor, held, "waivers set", {"waivers": not allowed}, {"waivers": allowed}, why)
    return held


@use_case
def set_retention(actor: User | None, study: Study, ended: str | None, years: int | None, reason: str) -> Study:
    """Say on which day a study ended (`2026-03-02`) and how many years its records are kept from then on; None: not known yet."""
    held = _held(actor, study)
    why = audit.need_reason(reason)
    day = None if ended is None else _day(ended)
    if years is not None and not 1 <= years <= MAX_YEARS:
        raise refuse("years-wrong", 422, f"Records are kept from 1 to {MAX_YEARS} years.", "Such as 25.", "years")
    old = (held.ended, held.retention_years)
    if old != (day, years):
        held.ended, held.retention_years = day, years
        held.save(update_fields=["ended", "retention_years"])
        _told(actor, held, "retention set", _shown(*old), _shown(day, years), why)
    return held


def _day(text: str) -> date:
    read = parse_partial(text.strip())
    if read is None or not read.exact or read.seconds is not None:
        raise refuse("day-wrong", 422, f"{text[:40]!r} is no day.", "Write a day `2026-03-02`.", "ended")
    # The latest zone of the world is a day ahead of UTC at most.
    if read.first > clock.now().date().toordinal() + 1:
        raise refuse("day-ahead", 422, f"{text[:40]} is still to come.", "Record the end once it is there.", "ended")
    return date.fromordinal(read.first)


def _shown(ended: date | None, years: int | None) -> dict[str, object]:
    return {"ended": None if ended is None else ended.isoformat(), "years": years}


def _held(actor: User | None, study: Study) -> Study:
    if actor is not None and not (actor.active and (actor.superuser or access.allows(actor, access.May.ADMINISTER, study))):
        raise refuse("forbidden", 403, "Only administrators of the study say what holds for all of it.")
    return Study.objects.select_for_update().get(pk=study.pk)


def _told(actor: User | None, study: Study, action: str, old: object, new: object, why: str) -> None:
    audit.write("command line" if actor is None else actor, action, f"study {study.slug}", study=study, old=old, new=new, reason=why)
