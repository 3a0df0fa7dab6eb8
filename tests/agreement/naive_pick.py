"""Which records, and which numbers, for the naive evaluator: in one world, every answer that is left open."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import combinations, product

from trialrules.dsl import model as m

from .naive_records import (
    Env,
    TooMany,
    Unset,
    When,
    attribute_test,
    bounds,
    dates as dates_of,
    flat,
    inside,
    limit_of,
    members_of,
    moments_of,
    number_of,
    positives,
    records,
)
from .naive_values import Iv, add, call, compare, completed_years, conj, divide, just, power, scale, step, times

MOST_PERHAPS = 6
MOST_ALTERNATIVES = 400


def excluded(rec, selection, env):
    """Whether a record is left out: it is one of those named, shares the id of one (not of a recorded no), or an attribute calls it so."""
    facts = [fact for outer in selection.excluded for fact in flat(outer)]
    names = {fact.name for fact in facts} | {outer.name for outer in selection.excluded}
    if names & {rec.fact.name, *(stated for stated in rec.entry.attributes.values() if isinstance(stated, str))}:
        return True
    others = [other for fact in facts for other in records(fact, env) if other.entry.value is not False]
    return rec.entry.id is not None and any(other.entry.id == rec.entry.id for other in others)


def status(rec, selection, env):
    """True, False or perhaps (None): whether the record is one of the selection's."""
    if excluded(rec, selection, env):
        return False
    tested = conj(attribute_test(test, rec) for test in selection.tests)
    if tested is False:
        return False
    lies = inside(rec, selection.window, env)
    if lies == {False}:
        return False
    return True if tested is True and lies == {True} else None


def chosen_sets(selection, env):
    """Every set of records that the selection may mean."""
    found = [(rec, status(rec, selection, env)) for rec in positives(selection, env)]
    bounds_known(selection, env)
    sure = [rec for rec, state in found if state is True]
    perhaps = [rec for rec, state in found if state is None]
    if len(perhaps) > MOST_PERHAPS:
        raise TooMany
    return [sure + [rec for rec, yes in zip(perhaps, choice, strict=True) if yes] for choice in product((False, True), repeat=len(perhaps))]


def bounds_known(selection, env):
    """Raise Unset where a moment that the window needs is not set. A window about the record at hand needs a record to tell more."""
    if any(env.case.moment(moment, env) is None for moment in moments_of(selection.window)):
        raise Unset


def denied(selection, env):
    """Whether absence is known: every member is absent unless recorded, or denied by a recorded no that covers the window."""
    return all(_denied(fact, selection, env) for fact in members_of(selection))


def recorded_nos(fact, env):
    if fact.kind not in m.PRESENCE_KINDS:
        return []
    return [rec for rec in records(fact, env) if rec.entry.value is False]


def _denied(fact, selection, env):
    return fact.kind in m.PRESENCE_KINDS and (
        fact.absent_unless_recorded or any(_covers(no, selection, env) for no in recorded_nos(fact, env))
    )


def _covers(no, selection, env):
    for _, end in bounds(selection.window, env.at(rec=None)):
        last = min(end.day - (1 if selection.window.end_open else 0), env.case.assessment.day)
        reach = no.fact.reach
        back = last if reach is None else no.start if reach == "ever" else step(last, reach, -1, env.case.rounding)
        if back > no.start or (no.fact.kind in m.INTERVAL_KINDS and no.start > last):
            return False
    return True


def denies(no, rec, env):
    """A recorded no speaks against a record that certainly began by its day: of an event, or of a state that certainly lasts on it."""
    if no.fact.name != rec.fact.name:
        return False
    return all(_against(world, no, rec) for world in env.worlds)


def _against(world, no, rec):
    said, start = (world.get(("start", each.number), each.start) for each in (no, rec))
    return start <= said and (rec.fact.kind == "event" or world.get(("end", rec.number), rec.end) >= said)


# ---------------------------------------------------------------- order


def before(a, b):
    """Certainly earlier: by day, and by time where both have one."""
    if a.start != b.start:
        return a.start < b.start
    one, other = (rec.entry.start.seconds if rec.entry.start is not None else None for rec in (a, b))
    return one is not None and other is not None and one < other


def latest(recs):
    return [a for a in recs if not any(before(a, b) for b in recs)]


def first(recs):
    return [a for a in recs if not any(before(b, a) for b in recs)]


def last_sets(recs, count):
    """Every set of the `count` latest records (ties may be cut either way)."""
    if len(recs) <= count:
        return [recs]
    sets = [list(some) for some in combinations(recs, count)]
    return [some for some in sets if not any(before(a, b) for a in some for b in recs if b not in some)]


# ---------------------------------------------------------------- numbers: (interval or None, days of the records used, the record)


def alternatives(node, env):
    """All numbers that a node may come to in this world."""
    match node:
        case m.Quantity():
            return [(just(node.value), (), None)]
        case m.Limit():
            stated = limit_of(env.limit, node.which) if env.limit is not None else None
            return [(None if stated is None else just(stated * node.multiple), (), None)]
        case m.Value():
            return env.bound.get(id(node)) or _value(node.selection, env)
        case m.Aggregate():
            return _aggregate(node, env)
        case m.InUnit():
            return [(x and scale(x, node.factor, node.offset), days, None) for x, days, _ in alternatives(node.operand, env)]
        case m.Negative():
            return [(x and scale(x, -1), days, None) for x, days, _ in alternatives(node.operand, env)]
        case m.Arith():
            return _joined([node.left, node.right], env, lambda found: _arith(node.op, *found))
        case m.Call():
            return _joined(node.arguments, env, lambda found: call(node.function, found))
        case m.Choose():
            return _choose(node, env)
        case m.FirstKnown():
            found = []
            for operand in node.operands:
                try:
                    here = alternatives(operand, env)
                except Unset:
                    continue
                found += [each for each in here if each[0] is not None]
                if all(each[0] is not None for each in here):
                    return found
            return [*found, (None, (), None)]
        case m.Age():
            birth = env.case.patient.birth_date
            if birth is None:
                return [(None, (), None)]
            born = env.world.get(("birth",), birth.first)
            return [(None if at is None else just(Fraction(completed_years(born, at.day))), (), None) for at in dates_of(node.at, env)]
        case m.DaysBetween():
            pairs = product(dates_of(node.start, env), dates_of(node.end, env))
            return [(None if None in pair else just(Fraction(pair[1].day - pair[0].day)), (), None) for pair in pairs]
        case m.DefinedNumber():
            found = alternatives(node.definition.body, env)
            return [(None if too_far(days, node.definition, env) else x, days, None) for x, days, _ in found]
        case m.ItsNumber():
            return [(None if env.rec is None else number_of(env.rec, node.attribute), (), env.rec)]
    raise TypeError(type(node))


def too_far(days, definition, env):
    return definition.apart is not None and bool(days) and step(min(days), definition.apart, 1, env.case.rounding) < max(days)


def _joined(nodes, env, join):
    found = []
    for combination in product(*(alternatives(node, env) for node in nodes)):
        numbers = [each[0] for each in combination]
        days = tuple(day for each in combination for day in each[1])
        found.append((None if None in numbers else join(numbers), days, None))
        if len(found) > MOST_ALTERNATIVES:
            raise TooMany
    return found


def _arith(op, x, y):
    match op:
        case "+":
            return add(x, y)
        case "-":
            return add(x, scale(y, -1))
        case "*":
            return times(x, y)
        case "/":
            return divide(x, y)
    return power(x, y)


def _choose(node, env):
    from .naive import truth

    found = []
    for branch in node.branches:
        condition = branch.condition
        holds = env.case.once(condition, env.firm, lambda condition=condition: truth(condition, Env(env.case, firm=env.firm)))
        if holds is not False:
            found += alternatives(branch.value, env)
        if holds is True:
            return found
    return found + alternatives(node.otherwise, env)


def _value(selection, env):
    found = []
    for recs in chosen_sets(selection, env):
        if not recs:
            found.append((None, (), None))
        elif _is_dose(selection):
            found += _doses(selection, recs, env)
        elif selection.pick in ("highest", "lowest"):
            found += _outermost(selection, recs)
        else:
            some = first(recs) if selection.pick == "first" else latest(recs)
            found += [(number_of(rec, selection.attribute), (rec.start,), rec) for rec in some]
    return found


def _outermost(selection, recs):
    """The highest or lowest number; what can't be used may be anything."""
    numbers = [(number_of(rec, selection.attribute) or Iv(None, None), rec) for rec in recs]
    if all(number.exact for number, _ in numbers):
        best = (max if selection.pick == "highest" else min)(number.lo for number, _ in numbers)
        return [(number, (rec.start,), rec) for number, rec in numbers if number.lo == best]
    # Each record that could be the outermost is tried as it, with its own reference range.
    highest = selection.pick == "highest"
    found = []
    for number, rec in numbers:
        others = [other for other, one in numbers if one is not rec]
        if any(compare("<" if highest else ">", number, other) is True for other in others):
            continue
        outermost = call("max" if highest else "min", [number, *others])
        own = _both(number, outermost)
        found.append((own, (rec.start,), rec))
    return found


def _both(a, b):
    """What lies in two intervals."""
    low = max([(each.lo, each.lo_open) for each in (a, b) if each.lo is not None], default=(None, False))
    high = min([(each.hi, not each.hi_open) for each in (a, b) if each.hi is not None], default=(None, True))
    return Iv(low[0], high[0], low[1], not high[1])


def _is_dose(selection):
    return (
        selection.attribute is not None
        and selection.attribute.name == "dose"
        and all(fact.kind == "exposure" for fact in members_of(selection))
    )


def in_force(day, recs):
    """The records in force on a day: one that ends as another begins has given way to it."""
    there = [rec for rec in recs if rec.start <= day <= rec.end]
    begun = [rec for rec in there if rec.start == day]
    return [rec for rec in there if not (rec.end == day and rec.start < day and begun)]


def dose(day, recs, attribute):
    """The sum of the doses in force on a day; None if one of them is not known."""
    numbers = [number_of(rec, attribute) for rec in in_force(day, recs)]
    return None if None in numbers else reduce(add, numbers)


def _doses(selection, recs, env):
    found = []
    for start, end in bounds(selection.window, env):
        last = end.day - (1 if selection.window.end_open else 0)
        last = min(last, env.case.assessment.day)  # the observed part
        opened = start.day + (1 if selection.window.start_open else 0)
        stretches = [(max(rec.start, opened), min(rec.end, last)) for rec in recs]
        day = min(a for a, _ in stretches) if selection.pick == "first" else max(b for _, b in stretches)
        if selection.pick in ("highest", "lowest"):
            days = {a for a, _ in stretches} | {b + 1 for _, b in stretches if b < last}
            numbers = [dose(each, recs, selection.attribute) or Iv(None, None) for each in days if in_force(each, recs)]
            found.append((call("max" if selection.pick == "highest" else "min", numbers), tuple(days), None))
            continue
        found.append((dose(day, recs, selection.attribute), tuple(rec.start for rec in in_force(day, recs)), None))
    return found


def _aggregate(node, env):
    selection = node.selection
    steady = selection.pick in ("mean", "rise", "change", "percent change", "change from baseline")
    if steady and not env.case.once(selection, env.worlds, lambda: _same_everywhere(selection, env)):
        return [(None, (), None)]
    found = []
    for recs in chosen_sets(selection, env):
        for some in [recs] if selection.last is None else last_sets(recs, selection.last):
            found += _over(node, some, env)
    return found


def _same_everywhere(selection, env):
    """Whether each record is certainly in the window or certainly not, in all worlds."""
    seen = {}
    for world in env.worlds:
        there = env.at(world=world)
        for fact in members_of(selection):
            for rec in records(fact, there):
                seen.setdefault(rec.number, []).append(status(rec, selection, there))
    return all(len(states) == len(env.worlds) or set(states) == {False} for states in seen.values()) and all(
        len(set(states)) == 1 and None not in states for states in seen.values()
    )


def _over(node, recs, env):
    selection = node.selection
    pick, attribute = selection.pick, selection.attribute
    days = tuple(rec.start for rec in recs)
    if not recs and pick in ("count", "sum"):
        return [(just(Fraction(0)) if denied(selection, env) else None, (), None)]
    if pick == "count":
        return [(just(Fraction(len(recs))), days, None)]
    if pick in ("sum", "mean"):
        numbers = [number_of(rec, attribute) for rec in recs]
        if not numbers or None in numbers or (selection.last is not None and len(recs) < selection.last):
            return [(None, days, None)]
        total = reduce(add, numbers)
        return [(scale(total, Fraction(1, len(recs))) if pick == "mean" else total, days, None)]
    if pick == "change from baseline":
        when = dates_of(node.baseline, env)[0]
        base = [rec for rec in positives(selection, env) if _by(rec, when)]
        pairs = list(product(latest(base), latest(recs)))
    else:
        pairs = [(a, b) for a, b in product(first(recs), latest(recs)) if b.start - a.start >= 1]
    found = [
        (_change(pick, number_of(a, attribute), number_of(b, attribute), b.start - a.start, node.unit), (a.start, b.start), None)
        for a, b in pairs
    ]
    return found or [(None, days, None)]


def _by(rec, when):
    """Before the baseline; on its day times decide, and a record without a time counts as before."""
    written = rec.entry.start.seconds if rec.entry.start is not None else None
    after = rec.start == when.day and None not in (written, when.sec) and written > when.sec
    return rec.start <= when.day and not after


def _change(pick, old, new, days, unit):
    if old is None or new is None:
        return None
    difference = add(new, scale(old, -1))
    if pick == "rise":
        return scale(difference, Fraction(1, days))
    if pick == "percent change":
        ratio = divide(difference, old)
        return ratio and scale(ratio, 1 / (unit.factor if unit is not None else Fraction(1, 100)))
    return difference


def picked_days(selection, env):
    """The days (with times) that the selected record may have; None among them: no record, or its day not known."""
    found = []
    for recs in chosen_sets(selection, env):
        some = first(recs) if selection.pick == "first" else latest(recs)
        found += [When(rec.start, rec.entry.start.seconds if rec.entry.start is not None else None) for rec in some] or [None]
    return found


def chains(selection, env):
    bounds_known(selection, env)
    return chosen_sets(selection, env)
