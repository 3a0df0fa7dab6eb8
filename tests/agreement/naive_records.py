"""Records, moments, dates and windows for the naive evaluator, in one possible world at a time.

A world gives every coarse date that matters to one condition one of its possible days. All worlds are tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product

import attrs
from trialrules.dsl import model as m
from trialrules.engine.dates import parse_partial

from .naive_values import FUTURE, PAST, Iv, bounded, compare, convert, just, neg, scale, seconds_of, step

BEYOND_NOW = False  # an interval without an end goes on in the part of a window that is still to come


class TooMany(Exception):  # noqa: N818 - no error of the program: the case is too big to be tried out
    """More worlds than are worth trying."""


class Unset(Exception):  # noqa: N818 - an unknown date, caught where a condition needs it
    """A date that is needed is not known."""


@dataclass(frozen=True)
class When:
    day: int
    sec: int | None = None


@dataclass(frozen=True, eq=False)
class Rec:
    """One entry in one world."""

    number: int
    fact: object
    entry: object
    start: int
    end: int
    sec: int | None


@dataclass(frozen=True)
class Env:
    case: object
    world: dict | None = None
    worlds: tuple = ()
    rec: Rec | None = None
    bound: dict = field(default_factory=dict)
    limit: Rec | None = None
    timed: bool = False
    firm: bool = False

    def at(self, **changes):
        return replace(self, **changes)


class Case:
    """A protocol, a patient and an instant."""

    def __init__(self, protocol, patient, now):
        self.protocol, self.patient, self.now = protocol, patient, now
        self.rounding = protocol.months or "down"
        self.memo = {}
        self.assessment = When(now.first, now.seconds)
        self.closed = False  # the first dose has been given: no later record counts
        until = protocol.until
        if until is not None:
            reached = self.moment(until, Env(self, {}))
            if reached is not None and reached[1] == "given":
                self.assessment, self.closed = reached[0], True

    def moment(self, moment, env):
        """When the moment is, and whether it is given or planned; None if nobody said."""
        for way in moment.ways:
            if way.kind == "given":
                stated = self.patient.moments.get(moment.name)
                if stated is None:
                    continue
                when = When(env.world.get(("moment", moment.name), stated.first), stated.seconds)
                return when, "planned" if self.ahead(when) else "given"
            found = dates(way.date, env.at(rec=None, timed=False))
            if len(found) != 1 or found[0] is None:
                continue
            planned = way.kind == "planned" or self.ahead(found[0]) or any(self.planned(each, env) for each in moments_of(way.date))
            return found[0], "planned" if planned else "given"
        return None

    def once(self, node, about, find):
        """Work out something about a node only once. What is kept holds on to its keys, so that no other object can have their identity."""
        key = (id(node), id(about))
        if key not in self.memo:
            self.memo[key] = (find(), node, about)
        return self.memo[key][0]

    def ahead(self, when):
        """Whether a day, or a time of this day, is still to come."""
        same = when.day == self.now.first and None not in (when.sec, self.now.seconds)
        return when.sec > self.now.seconds if same else when.day > self.now.first

    def planned(self, moment, env):
        found = self.moment(moment, env)
        return found is not None and found[1] == "planned"


# ---------------------------------------------------------------- what a condition is about


def parts(node, seen=None, closed=(m.Fact,)):
    """Every checked node below this one, definitions and moments opened, facts left closed."""
    seen = {} if seen is None else seen
    if isinstance(node, tuple):
        for each in node:
            parts(each, seen, closed)
    elif attrs.has(type(node)) and id(node) not in seen and not isinstance(node, m.Attribute | m.Warn):
        seen[id(node)] = node
        if not isinstance(node, closed):
            for each in attrs.fields(type(node)):
                if each.name not in ("span", "unit"):
                    parts(getattr(node, each.name), seen, closed)
    return seen.values()


def moments_of(node):
    """The moments that are named, not those that their plans hang on."""
    return [part for part in parts(node, None, (m.Fact, m.Moment)) if isinstance(part, m.Moment)]


def flat(fact):
    return [inner for each in fact.members for inner in flat(each)] if fact.kind == "group" else [fact]


def members_of(selection):
    return flat(selection.fact)


# ---------------------------------------------------------------- records


def all_records(fact, env):
    for number, entry in enumerate(env.case.patient.entries):
        if entry.fact != fact.name:
            continue
        start = env.world.get(("start", number), entry.start.first if entry.start is not None else PAST)
        sec = entry.start.seconds if entry.start is not None else None
        if env.timed and sec is None:
            sec = env.world.get(("sec", number))
            now = env.case.assessment
            if sec is not None and now.sec is not None and start == now.day:
                sec = min(sec, now.sec)  # what is recorded without a time on the day of the assessment was recorded by then
        end = start
        if fact.kind in m.INTERVAL_KINDS:
            stated = FUTURE if entry.end is None else entry.end.first
            end = env.world.get(("end", number), stated)
        yield Rec(number, fact, entry, start, end, sec)


def records(fact, env):
    """Records that count: begun by the assessment day, and not at a later time of that day."""
    return [rec for rec in all_records(fact, env) if not _after(rec, env.case.assessment)]


def _after(rec, assessment):
    if rec.start != assessment.day:
        return rec.start > assessment.day
    written = rec.entry.start.seconds if rec.entry.start is not None else None
    return written is not None and assessment.sec is not None and written > assessment.sec


def positives(selection, env):
    return [
        rec
        for fact in members_of(selection)
        for rec in records(fact, env)
        if not (fact.kind in m.PRESENCE_KINDS and rec.entry.value is False)
    ]


def number_of(rec, attribute=None):
    """The recorded number in the declared unit; None if it can't be used."""
    if attribute is not None:
        stated = rec.entry.attributes.get(attribute.name)
        if stated is None or isinstance(stated, str):
            return None
        value, text, unit, low, high, comparator, bare = (
            stated.value,
            stated.unit,
            attribute.unit,
            attribute.low,
            attribute.high,
            None,
            False,
        )
        bridges = ()
    else:
        fact, entry = rec.fact, rec.entry
        if entry.value is None or isinstance(entry.value, bool | str):
            return None
        value, text, unit, low, high, comparator = entry.value, entry.unit, fact.unit, fact.low, fact.high, entry.comparator
        bare, bridges = fact.kind in ("score", "grade"), fact.bridges
    exact = Fraction(value)
    if text is not None:
        exact = convert(exact, text, unit, bridges)
        if exact is None:
            return None
    elif not (unit is None or unit.is_plain_number or bare):
        return None
    found = bounded(exact, comparator)
    return _within(found, low, high)


def _within(found, low, high):
    """The part of a number that its declared range allows; None if there is none."""
    if (low is not None and compare("<", found, just(low)) is True) or (high is not None and compare(">", found, just(high)) is True):
        return None
    if low is not None and (found.lo is None or found.lo < low):
        found = Iv(low, found.hi, hi_open=found.hi_open)
    if high is not None and (found.hi is None or found.hi > high):
        found = Iv(found.lo, high, found.lo_open)
    return found


def word_of(rec, attribute=None):
    if attribute is not None:
        stated = rec.entry.attributes.get(attribute.name, attribute.default)
        return stated if isinstance(stated, str) else None
    if rec.fact.kind == "judgement" and (rec.entry.by is None or rec.entry.start is None):
        return None
    word = rec.entry.value
    if isinstance(word, bool):
        word = "yes" if word else "no"
    if not isinstance(word, str) or (rec.fact.words and word not in rec.fact.words):
        return None
    return word


def attribute_test(test, rec):
    if test.words:
        word = word_of(rec, test.attribute)
        truth = None if word is None else word in test.words
    else:
        found = number_of(rec, test.attribute)
        if test.op is not None:
            truth = compare(test.op, found, just(test.value))
        else:
            low, high = compare(">=", found, just(test.low)), compare("<=", found, just(test.high))
            truth = False if False in (low, high) else (None if None in (low, high) else True)
    return neg(truth) if test.negated else truth


def limit_of(rec, which):
    """The reference limit of a record in the declared unit."""
    entry, fact = rec.entry, rec.fact
    stated = entry.range_high if which == "high" else entry.range_low
    if stated is None:
        return None
    text = entry.range_unit if entry.range_unit is not None else entry.unit
    if text is None:
        return Fraction(stated) if fact.unit is None or fact.unit.is_plain_number or fact.kind in ("score", "grade") else None
    return convert(Fraction(stated), text, fact.unit, fact.bridges)


# ---------------------------------------------------------------- dates and windows


def dates(node, env):
    """Every day that a date may be (None among them: not known)."""
    match node:
        case m.MomentDate():
            found = env.case.moment(node.moment, env)
            if found is None:
                return [None]
            return _times(found[0], env)
        case m.AssessmentDay():
            return _times(env.case.assessment, env)
        case m.DateLiteral():
            stated = parse_partial(node.text)
            return [When(day, stated.seconds) for day in range(stated.first, stated.last + 1)]
        case m.Shifted():
            sign = -1 if node.direction == "before" else 1
            return [None if found is None else _shift(found, node.length, sign, env) for found in dates(node.date, env)]
        case m.ItsShifted():
            return _its_shifted(node, env)
        case m.Extreme():
            return _extreme(node, env)
        case m.DayOf():
            from .naive import picked_days

            return picked_days(node.selection, env)
    raise TypeError(type(node))


def _times(when, env):
    """A day without a time, where hours count: any time of it. What that means is told for each record by itself."""
    return [When(when.day, 0), When(when.day, 86399)] if env.timed and when.sec is None else [when]


def _shift(found, length, sign, env):
    if length.unit in ("hours", "minutes") and found.sec is not None:
        total = found.day * 86400 + found.sec + sign * seconds_of(length)
        return When(*divmod(total, 86400))
    return When(
        step(found.day, length, sign, env.case.rounding), found.sec if length.unit in ("months", "years", "weeks", "days") else None
    )


def _its_shifted(node, env):
    length = number_of(env.rec, node.attribute) if env.rec is not None else None
    if length is None or not length.exact:
        # A length that is not known is at least none at all.
        far = When(PAST if node.direction == "before" else FUTURE)
        return [each for found in dates(node.date, env) for each in ((None,) if found is None else (found, far))] if env.rec else [None]
    days = scale(length, node.multiple * node.attribute.unit.factor / 86400).lo
    whole = -((-days.numerator) // days.denominator)
    sign = -1 if node.direction == "before" else 1
    return [None if found is None else When(found.day + sign * whole) for found in dates(node.date, env)]


def _extreme(node, env):
    from .naive import truth

    far = When(PAST) if node.which == "earlier" else When(FUTURE)
    pick = min if node.which == "earlier" else max
    ways, known = [], False
    for choice in node.choices:
        holds = True if choice.condition is None else truth(choice.condition, env)
        found = dates(choice.date, env)
        if holds is False:
            ways.append([None])
            continue
        known = known or (holds is True and None not in found)
        # A date that is not known may lie anywhere: as far as can be, or so that it doesn't matter.
        unknown = None in found
        ways.append([each for each in found if each is not None] + ([far, None] if unknown else []) + ([None] if holds is None else []))
    if not known:
        return [None]
    results = []
    for chosen in product(*ways):
        counted = [each for each in chosen if each is not None]
        results.append(pick(counted, key=lambda each: (each.day, -1 if each.sec is None else each.sec)) if counted else None)
    return list(dict.fromkeys(results))


def bounds(window, env):
    """The possible (start, end) of a window; raises Unset where a date of it is not known."""
    starts = [When(PAST)] if window.start is None else dates(window.start, env)
    ends = [When(FUTURE)] if window.end is None else dates(window.end, env)
    if None in starts or None in ends:
        raise Unset
    return list(product(starts, ends))


def inside(rec, window, env):
    """Whether a record lies in the window: the set of answers left open."""
    return {_inside(rec, window, start, end, env.case.assessment.day) for start, end in bounds(window, env.at(rec=rec))}


def _inside(rec, window, start, end, assessment):
    if window.timed and rec.fact.kind not in m.INTERVAL_KINDS:
        at = rec.start * 86400 + rec.sec
        after = start.day <= PAST or at >= start.day * 86400 + (start.sec or 0)
        return after and (end.day >= FUTURE or at <= end.day * 86400 + (end.sec or 0))
    first, last = start.day + (1 if window.start_open else 0), end.day - (1 if window.end_open else 0)
    if not BEYOND_NOW and rec.fact.kind in m.INTERVAL_KINDS:
        last = min(last, assessment)
    return first <= last and rec.start <= last and rec.end >= first
