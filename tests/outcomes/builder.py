"""A subject for the outcome tests: facts as short words, the first infusion on Monday 2026-03-02."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from trialrules.dsl.facade import disk_reader, load_text
from trialrules.engine.dates import parse_partial
from trialrules.engine.outcomes.compute import compute
from trialrules.engine.record import Entry, Patient, Quantity
from trialrules.engine.schedule.expand import expand
from trialrules.engine.subject import Subject, VisitRecord

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "rules"
DOSE_DAY = "2026-03-02"
WEEK_4 = "2026-03-30"  # day 28; its window is 27 March to 2 April


def checked(text):
    loaded = load_text(text, "outcomes.rules", reader=disk_reader(RULES))
    assert [one.message for one in loaded.diagnostics if one.severity == "error"] == []
    return loaded.protocol


@cache
def protocol(name):
    return checked((HERE / f"{name}.rules").read_text(encoding="utf-8"))


def day(text):
    found = parse_partial(text)
    assert found is not None, text
    return found


def fact(name, value, date, unit=None, **more):
    """One record: a number, a word, True (present) or False (a recorded no)."""
    number = isinstance(value, int | float | str | Decimal) and not isinstance(value, bool) and str(value).replace(".", "", 1).isdigit()
    attributes = {key: Quantity(Decimal(part)) if isinstance(part, int) else part for key, part in more.pop("attributes", {}).items()}
    return Entry(name, Decimal(str(value)) if number else value, unit, start=day(date), attributes=attributes, **more)


def done(key, date, **more):
    return VisitRecord(key, "done", day(date), **more)


def subject(entries=(), visits=(), *, moments=None, sex="male", **more):
    given = {name: day(date) for name, date in (moments or {}).items()}
    return Subject(Patient("p1", sex, day("1990-01-01"), given, tuple(entries)), "S-0001", arm="low", visits=tuple(visits), **more)


def report(rules, someone, now="2026-04-30"):
    at = day(now)
    return compute(rules, someone, expand(rules, someone, at), at)


def visits_of(rules, *visits):
    """Only the records of visits that the rules have."""
    known = {visit.name for schedule in rules.study.schedules for visit in schedule.visits}
    return tuple(visit for visit in visits if visit.key.partition(".")[0] in known)


def results(name, entries=(), now="2026-04-30", **more):
    """The outcomes of a subject under one of the two sample files, by (outcome, key)."""
    rules = protocol(name)
    visits = more.pop("visits", (done("inf1", DOSE_DAY), done("d28", WEEK_4), done("w4", WEEK_4)))
    someone = subject(entries, visits_of(rules, *visits), **more)
    return {(state.outcome.name, state.key): state for state in report(rules, someone, now).outcomes}


def number(state):
    """The one number of a state."""
    assert state.status == "known", (state.status, state.unknowns)
    return state.value.amounts[0]
