"""All possible worlds for one condition: every day that each coarse date may mean, for the naive evaluator."""

from __future__ import annotations

from itertools import product

from trialrules.dsl import model as m
from trialrules.engine.dates import parse_partial

from .naive_records import Env, TooMany, all_records, attribute_test, flat, parts
from .naive_values import FUTURE, seconds_of, step

ALL_DAYS = 40
MOST_WORLDS = 3000


def worlds_of(node, case):
    """All ways to give the coarse dates that matter to `node` a day."""
    inside = list(parts(node))
    facts = {id(fact): fact for part in inside if isinstance(part, m.Fact) for fact in flat(part)}.values()
    names = {fact.name for fact in facts}
    lengths = [part for part in inside if isinstance(part, m.Length)]
    lengths += [fact.reach for fact in facts if isinstance(fact.reach, m.Length)] + [fact.ongoing.length for fact in facts if fact.ongoing]
    timed = any(isinstance(part, m.Window) and part.timed for part in inside)
    written = [parse_partial(part.text) for part in inside if isinstance(part, m.DateLiteral)]
    critical = _critical_days(case, names, lengths, written)
    slots = {}
    for moment in {part.name for part in inside if isinstance(part, m.Moment)}:
        stated = case.patient.moments.get(moment)
        if stated is not None and not stated.exact:
            slots["moment", moment] = list(range(stated.first, min(stated.last, max(case.now.first, stated.first)) + 1))
    birth = case.patient.birth_date
    if birth is not None and not birth.exact and any(isinstance(part, m.Age) for part in inside):
        slots["birth",] = list(range(birth.first, min(birth.last, case.now.first) + 1))
    for number, entry in enumerate(case.patient.entries):
        if entry.fact in names:
            fact = next(each for each in facts if each.name == entry.fact)
            slots.update(_entry_slots(number, entry, fact, case))
    if timed:
        slots.update(_second_slots(names, case, [length for length in lengths if length.unit in ("hours", "minutes")]))
    sized = 1
    for key, days in slots.items():
        if key[0] in ("start", "end", "birth", "moment") and len(days) > ALL_DAYS:
            lo, hi = days[0], max(day for day in days if day != FUTURE)
            kept = sorted({lo, lo + 1, hi - 1, hi} | {day for day in critical if lo <= day <= hi})
            slots[key] = kept + ([FUTURE] if days[-1] == FUTURE else [])
        sized *= len(slots[key])
    if sized > MOST_WORLDS:
        raise TooMany
    return [world for days in product(*slots.values()) if possible(world := dict(zip(slots, days, strict=True)), case, facts)], timed


def _critical_days(case, names, lengths, written):
    days = {case.now.first, case.assessment.day}
    for entry in case.patient.entries:
        if entry.fact in names:
            days |= {day for stated in (entry.start, entry.end) if stated for day in (stated.first, stated.last)}
    days |= {day for stated in (*case.patient.moments.values(), *written) for day in (stated.first, stated.last)}
    for _ in range(2):
        days |= {step(day, length, sign, case.rounding) for day in days for length in lengths for sign in (1, -1)}
    return {near for day in days for near in (day - 1, day, day + 1)}


def _entry_slots(number, entry, fact, case):
    now, birth = case.now.first, case.patient.birth_date
    born = birth.first if birth is not None else now - 60_000
    slots = {}
    start = entry.start
    if start is not None and start.first > case.assessment.day:
        return slots
    if start is None:
        latest = entry.end.last if entry.end is not None else now
        slots["start", number] = list(range(born, min(latest, now) + 1))
    elif not start.exact:
        first = max(start.first, born) if start.last >= born else start.first
        last = min(start.last, now) if first <= now else start.last
        slots["start", number] = list(range(first, last + 1))
    if fact.kind not in m.INTERVAL_KINDS or entry.value is False:
        return slots
    first = start.first if start is not None else born
    if entry.end is not None:
        if not entry.end.exact:
            last = min(entry.end.last, now) if entry.end.first <= now else entry.end.last
            slots["end", number] = list(range(max(entry.end.first, first), last + 1))
    elif entry.end_kind == "unknown":
        slots["end", number] = list(range(first, now + 1))
    elif fact.ongoing is not None:
        slots["end", number] = [*range(first, max(case.assessment.day, first) + 1), FUTURE]
    return slots


def _second_slots(names, case, lengths):
    known = {0, 1, 86399}
    timed = [entry.start for entry in case.patient.entries if entry.fact in names] + list(case.patient.moments.values()) + [case.now]
    for stated in timed:
        if stated is not None and stated.seconds is not None:
            for shift in [0] + [sign * seconds_of(length) for length in lengths for sign in (1, -1)]:
                known |= {(stated.seconds + shift + near) % 86400 for near in (-1, 0, 1)}
    slots = {}
    for number, entry in enumerate(case.patient.entries):
        if entry.fact in names and (entry.start is None or entry.start.seconds is None):
            slots["sec", number] = sorted(known)
    return slots


def possible(world, case, facts):
    """Whether the days of a world can be true together: ends after starts, an open record stays open unless its end is in doubt."""
    for fact in facts:
        for rec in all_records(fact, Env(case, world)):
            if fact.kind not in m.INTERVAL_KINDS or rec.entry.value is False:
                continue
            if ("end", rec.number) in world or ("start", rec.number) in world:
                if rec.end < rec.start:
                    return False
                ended = rec.end != FUTURE and rec.entry.end is None and rec.entry.end_kind == "ongoing"
                if ended and not _doubtful(rec, case):
                    return False
    return True


def _doubtful(rec, case):
    ongoing = rec.fact.ongoing
    if ongoing is None or rec.start >= step(case.assessment.day, ongoing.length, -1, case.rounding):
        return False
    return ongoing.unless is None or attribute_test(ongoing.unless, rec) is not True
