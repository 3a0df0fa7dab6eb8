"""A second evaluator, written from the chapter "Meaning" of the language reference alone.

It shares nothing with the engine but the types of protocol and patient. It is slow and simple: it tries every day that a coarse date may
mean, and every record where several are equally latest, and calls a condition unknown unless all of them agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from trialrules.dsl import model as m
from trialrules.dsl.units import parse_unit

from .naive_observed import is_open, stands
from .naive_pick import (
    alternatives,
    bounds_known,
    chains,
    chosen_sets,
    denied,
    denies,
    dose,
    first,
    in_force,
    last_sets,
    latest,
    picked_days,
    recorded_nos,
    status,
)
from .naive_records import Case, Env, Unset, dates, number_of, parts, positives, word_of
from .naive_values import at_least, compare, conj, disj, fold, just, neg, step
from .naive_worlds import worlds_of

__all__ = ["Answer", "judge", "picked_days", "truth"]


@dataclass(frozen=True)
class Answer:
    verdict: str
    truth: bool | None
    passes: bool | None
    provisional: bool


def judge(protocol, patient, now):
    """The answer for each criterion, by its id."""
    case = Case(protocol, patient, now)
    return {criterion.id: _answer(criterion, case) for criterion in protocol.criteria}


def _answer(criterion, case):
    whens, found = _blocks(criterion, Env(case))
    _, firm = _blocks(criterion, Env(case, firm=True))
    inclusion = criterion.kind == "inclusion"
    passes = found if inclusion else neg(found)
    if all(when is False for when in whens):
        verdict = "not applicable"
    elif found is None or not any(when is True for when in whens):
        verdict = "unknown"
    else:
        verdict = "met" if found else "not met"
    return Answer(verdict, found, passes, found is not None and firm is None)


def _blocks(criterion, env):
    whens = [True if block.when is None else truth(block.when, env) for block in criterion.blocks]
    bodies = [truth(block.condition, env) for block in criterion.blocks]
    pairs = list(zip(whens, bodies, strict=True))
    if criterion.kind == "inclusion":
        return whens, conj(disj([neg(when), body]) for when, body in pairs)
    return whens, disj(conj([when, body]) for when, body in pairs)


# ---------------------------------------------------------------- logic


def truth(node, env):
    match node:
        case m.Constant():
            return node.value
        case m.UnknownBecause():
            return None
        case m.Not():
            return neg(truth(node.operand, env))
        case m.Connective():
            return (conj if node.kind == "all" else disj)([truth(each, env) for each in node.operands])
        case m.Group():
            return _group(node.kind, node.count, [truth(member.condition, env) for member in node.members])
        case m.KnownThat():
            return _known_that(node, env)
        case m.Differs():
            left, right = truth(node.left, env), truth(node.right, env)
            return None if left is None or right is None else left is not right
        case m.Cases():
            return _cases(node, env)
        case m.DefinedTruth():
            return truth(node.definition.body, env)
    return _atom(node, env)


def _group(kind, count, truths):
    match kind:
        case "any":
            return disj(truths)
        case "all":
            return conj(truths)
        case "none":
            return neg(disj(truths))
        case "at least":
            return at_least(count, truths)
        case "at most":
            return neg(at_least(count + 1, truths))
    return conj([at_least(count, truths), neg(at_least(count + 1, truths))])


def _known_that(node, env):
    found = truth(node.operand, env)
    if env.firm and found is not truth(node.operand, Env(env.case)):
        return None
    return found is True


def _cases(node, env):
    open_results = []
    for row in node.rows:
        holds = truth(row.condition, env)
        if holds is not False:
            open_results.append(truth(row.result, env))
        if holds is True:
            return fold(open_results)
    return fold([*open_results, truth(node.otherwise, env)])


# ---------------------------------------------------------------- conditions about records, in all worlds


def _atom(node, env):
    if env.world is not None:
        return _in_world(node, env)
    if isinstance(node, m.Exists) and node.selection.fact.kind == "group" and node.selection.pick == "any":
        members = [_atom(_exists_of(node, fact), env) for fact in node.selection.fact.members]
        return disj(members)
    worlds, timed = worlds_of(node, env.case)
    worlds = tuple(worlds)
    envs = [Env(env.case, world, worlds, timed=timed, firm=env.firm) for world in worlds]
    if isinstance(node, m.IsRecorded):
        found = disj(_in_world(node, each) for each in envs) is True
        found = neg(found) if node.negated else found
    else:
        found = fold(_in_world(node, each) for each in envs)
    if env.firm and found is not None and is_open(node, envs) and not stands(node, found, envs):
        return None
    return found


def _exists_of(node, fact):
    from attrs import evolve

    return evolve(node, selection=evolve(node.selection, fact=fact))


def _in_world(node, env):
    try:
        return _decide(node, env)
    except Unset:
        return False if isinstance(node, m.IsRecorded) else None


def _decide(node, env):
    match node:
        case m.Compare():
            return _compare(node, env)
        case m.Between():
            both = [
                conj([compare(">=", x, just(node.low.value)), compare("<=", x, just(node.high.value))]) if x is not None else None
                for x, _, _ in alternatives(node.operand, env)
            ]
            return neg(fold(both)) if node.negated else fold(both)
        case m.CompareDates():
            return fold(_dates(node.op, a, b) for a in dates(node.left, env) for b in dates(node.right, env))
        case m.IsWord():
            return _is_word(node, env)
        case m.ItsWord():
            word = word_of(env.rec, node.attribute) if env.rec is not None else None
            found = None if word is None else word in node.words
            return neg(found) if node.negated else found
        case m.Exists():
            return _exists(node.selection, env)
        case m.IsRecorded():
            return _is_recorded(node, env)
        case m.Quantified():
            return _quantified(node, env)
        case m.TakenSince():
            return _taken_since(node, env)
        case m.Unchanged():
            return _unchanged(node, env)
    return truth(node, env)


def _compare(node, env):
    if any(isinstance(part, m.Limit) for side in (node.left, node.right) for part in parts(side)):
        value = next(part for side in (node.left, node.right) for part in parts(side) if isinstance(part, m.Value))
        found = []
        for alternative in alternatives(value, env):
            there = env.at(bound={id(value): [alternative]}, limit=alternative[2])
            found.append(
                fold(compare(node.op, x, y) for x, _, _ in alternatives(node.left, there) for y, _, _ in alternatives(node.right, there))
            )
        return fold(found)
    return fold(compare(node.op, x, y) for x, _, _ in alternatives(node.left, env) for y, _, _ in alternatives(node.right, env))


def _dates(op, a, b):
    if a is None or b is None:
        return None
    one, other = (a.day, 0), (b.day, 0)
    if a.day == b.day and a.sec is not None and b.sec is not None:
        one, other = (a.day, a.sec), (b.day, b.sec)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other, "=": one == other, "!=": one != other}[op]


def _is_word(node, env):
    selection = node.selection
    if selection.fact.kind == "attribute":
        word = _own_word(selection.fact, env)
        found = None if word is None else word in node.words
        return neg(found) if node.negated else found
    words = []
    for recs in chosen_sets(selection, env):
        some = first(recs) if selection.pick == "first" else latest(recs)
        words += [word_of(rec, selection.attribute) for rec in some] or [None]
    found = fold(None if word is None else word in node.words for word in words)
    return neg(found) if node.negated else found


def _own_word(fact, env):
    if fact.name == "sex":
        return env.case.patient.sex
    return next((entry.value for entry in env.case.patient.entries if entry.fact == fact.name), None)


def _exists(selection, env):
    found = []
    for recs in chosen_sets(selection, env):
        needed = selection.count if selection.pick == "at least" else 1
        undenied = [rec for rec in recs if not any(denies(no, rec, env) for no in recorded_nos(rec.fact, env))]
        if len(undenied) >= needed:
            found.append(True)
        elif len(recs) > len(undenied):
            found.append(None)
        else:
            found.append(False if denied(selection, env) else None)
    return fold(found)


def _is_recorded(node, env):
    selection = node.selection
    if selection.fact.kind == "attribute":
        if selection.fact.name == "birth_date":
            return env.case.patient.birth_date is not None
        return _own_word(selection.fact, env) is not None
    bounds_known(selection, env)
    return any(status(rec, selection, env) is not False and _has_value(rec, node) for rec in positives(selection, env))


def _has_value(rec, node):
    attribute = node.selection.attribute
    if attribute is not None:
        stated = rec.entry.attributes.get(attribute.name)
        unit = getattr(stated, "unit", None)
        has = stated is not None
    else:
        has, unit = rec.entry.value is not None, rec.entry.unit
    if node.unit is None or not has:
        return has
    read = parse_unit(unit) if unit is not None else None
    return read is not None and (read.dimension, read.factor, read.offset) == (node.unit.dimension, node.unit.factor, node.unit.offset)


def _quantified(node, env):
    selection = node.selection
    found = []
    for recs in chosen_sets(selection, env):
        for some in [recs] if selection.last is None else last_sets(recs, selection.last):
            truths = [_test(node, rec, env) for rec in some]
            if not some:
                found.append(None)
            elif selection.pick == "any":
                found.append(disj(truths))
            elif selection.pick == "every":
                found.append(conj(truths))
            else:
                missing = 0 if selection.last is None else selection.last - len(some)
                found.append(at_least(selection.count, truths + [None] * missing))
    return fold(found)


def _test(node, rec, env):
    if node.words:
        word = word_of(rec, node.selection.attribute)
        held = None if word is None else word in node.words
    else:
        number = number_of(rec, node.selection.attribute)
        if node.low is not None:
            held = (
                None
                if number is None
                else conj([compare(">=", number, just(node.low.value)), compare("<=", number, just(node.high.value))])
            )
        else:
            held = fold(compare(node.op, number, x) for x, _, _ in alternatives(node.value, env.at(limit=rec, rec=rec)))
    return neg(held) if node.negated else held


# ---------------------------------------------------------------- doses over time


def _taken_since(node, env):
    found = []
    for anchor in dates(node.anchor, env):
        if anchor is None:
            return None
        needed = step(anchor.day, node.length, -1, env.case.rounding)
        for recs in chains(node.selection, env):
            seen = min(anchor.day, env.case.assessment.day)
            if not any(rec.start <= seen <= rec.end for rec in recs):
                found.append(False if denied(node.selection, env) else None)
                continue
            begun = seen
            while any(rec.start < begun <= rec.end + 1 for rec in recs):
                begun = min(rec.start for rec in recs if rec.start < begun <= rec.end + 1)
            found.append(begun <= needed)
    return fold(found)


def _unchanged(node, env):
    found = []
    for anchor in dates(node.anchor, env):
        if anchor is None:
            return None
        opened = step(anchor.day, node.length, -1, env.case.rounding)
        for recs in chains(node.selection, env):
            days = range(opened, min(anchor.day, env.case.assessment.day) + 1)
            if not any(in_force(day, recs) for day in days):
                found.append(False if denied(node.selection, env) else None)
            elif not all(in_force(day, recs) for day in days):
                found.append(False)
            else:
                found.append(_one_dose({dose(day, recs, node.selection.attribute) for day in days}))
    return fold(found)


def _one_dose(doses):
    known = [each for each in doses if each is not None]
    pairs = [compare("=", a, b) for a in known for b in known if a is not b]
    pairs += [None for each in known if not each.exact]
    return False if False in pairs else (None if None in pairs or None in doses else True)
