"""Events, conditions and exposures in a window: a hit, a recorded "no", an assumed absence, or unknown."""

from __future__ import annotations

from attrs import evolve, frozen

from ..dsl import model
from .context import Context
from .dates import step
from .nearest import in_the_window, nearest_outside
from .outcome import Item, Note, Outcome, Truth, Unknown
from .select import Members, members_of, test_item
from .truth import any_of


@frozen
class Absence:
    """What the lack of any hit means: `truth` False where a "no" or the file's word covers the window, else None with its cause."""

    truth: Truth
    notes: tuple[Note, ...] = ()
    unknown: Unknown | None = None
    denial: tuple[Item, ...] = ()


def exists(ctx: Context, node: model.Exists) -> Outcome:
    """Whether the fact (any member, for a group) is present in the window."""
    selection = node.selection
    if selection.fact.kind == "group":
        children = tuple(_exists(ctx, node, part) for part in ctx.plan.members(selection))
        return Outcome(node, any_of(c.truth for c in children), any_of(c.firm for c in children), children)
    return _exists(ctx, node, selection)


def _exists(ctx: Context, node: model.Exists, selection: model.Selection) -> Outcome:
    members = members_of(ctx, selection)
    span = members.frame.span
    if members.frame.unset:
        return Outcome(node, None, None, window=span, unknowns=members.frame.unknowns)
    if members.sure:
        denied = _denials(ctx, selection)
        hits = [item for item in members.sure if not any(contradicts(no, item) for no in denied)]
        if hits:
            return Outcome(node, True, True, items=tuple(hits), window=span, notes=_doubts(members))
        no = next(no for no in denied if any(contradicts(no, item) for item in members.sure))
        unknown = Unknown("conflicting records", selection.fact, span, no)
        return Outcome(node, None, None, items=(*members.sure, no), window=span, unknowns=(unknown,))
    if members.perhaps:
        return Outcome(
            node,
            None,
            None,
            items=tuple(members.perhaps),
            window=span,
            unknowns=tuple(dict.fromkeys(members.reasons)),
            notes=_doubts(members),
        )
    found = absence(ctx, selection, members)
    firm = found.truth if not span.open else None
    unknowns = () if found.unknown is None else (found.unknown,)
    return Outcome(node, found.truth, firm, items=found.denial, window=span, unknowns=unknowns, notes=found.notes)


def _doubts(members: Members) -> tuple[Note, ...]:
    doubtful = tuple(item for item in members.sure + members.perhaps if item.doubtful_end)
    return (Note("open end doubtful", items=doubtful),) if doubtful else ()


def contradicts(no: Item, item: Item) -> bool:
    """Whether a recorded "no" denies this record: an event on or before its day; a condition or exposure that lasts on it."""
    if item.last > no.first:
        return False
    if item.fact.kind == "event":
        return True
    return item.end_first is None or item.end_first >= no.last


def _denials(ctx: Context, selection: model.Selection) -> list[Item]:
    """The recorded "no" that speak about this selection: one that names another route (or such) than the test doesn't."""
    return [no for no in ctx.facts.denied(selection.fact) if _speaks(no, selection)]


def _speaks(no: Item, selection: model.Selection) -> bool:
    named = [test for test in selection.tests if test.attribute.name in no.entry.attributes]
    return all(test_item(no, test)[0] is True for test in named)


def absence(ctx: Context, selection: model.Selection, members: Members) -> Absence:
    """What it means that no record lies in the window."""
    if selection.fact.kind == "group":
        found = [absence(ctx, part, members_of(ctx, part)) for part in ctx.plan.members(selection)]
        open_part = next((part for part in found if part.truth is None), None)
        return open_part if open_part is not None else found[0]
    fact, frame = selection.fact, members.frame
    denied = _denials(ctx, selection)
    end = (frame.end_high if not frame.timed else frame.end_high // 86_400, frame.end_low if not frame.timed else frame.end_low // 86_400)
    outside = nearest_outside(ctx, selection, members)
    for no in reversed(denied):
        if _covers(ctx, fact, no, end[1], end[0]):
            return Absence(False, (Note("recorded no", items=(no,), day=no.first), *outside), denial=(no,))
    if fact.absent_unless_recorded:
        assumed = Note("assumed absent", fact.absence_assumed or "", selection=selection)
        return Absence(False, (in_the_window(assumed, outside), *outside))
    why = _why(ctx, fact, members, denied)
    if why.newest is None and outside:
        why = evolve(why, newest=outside[0].items[0])
    return Absence(None, unknown=why)


def _covers(ctx: Context, fact: model.Fact, no: Item, end_low: int, end_high: int) -> bool:
    """Whether a "no" lies no further before the window's end than the fact's reach ("Meaning" 3)."""
    if no.last > ctx.assessment or (fact.kind in model.INTERVAL_KINDS and no.last > end_low):
        return False
    if fact.reach == "ever":
        return True
    floor = end_high if fact.reach is None else step(end_high, fact.reach, -1, ctx.protocol.months)
    return no.first >= floor


def _why(ctx: Context, fact: model.Fact, members: Members, denied: list[Item]) -> Unknown:
    span = members.frame.span
    if span.open and ctx.observing and (span.end_high is None or span.end_high > ctx.assessment):
        return Unknown("not due yet", fact, span, denied[-1] if denied else None)
    earlier = [no for no in denied if no.first <= members.frame.end_high]
    if earlier:
        return Unknown("too old", fact, span, earlier[-1])
    return Unknown("no record", fact, span)
