"""Which items a selection means: membership in the window, tests, exclusions; and which of them may be the latest or first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from attrs import define, field

from ..dsl import model
from .context import Context
from .inside import is_inside
from .numbers import compare
from .outcome import Item, Truth, Unknown
from .prepare import Track, attribute_number, attribute_word
from .truth import negate
from .values import Alternative
from .windows import Frame, frame_of


@define
class Members:
    """The items of a selection: `sure` certainly belong, `perhaps` may (with the reasons), both oldest first.

    `optional` are those of `perhaps` whose test is unknown, wherever their dates lie. `older` and `later` are the nearest items outside
    the window; `frame` is the window (of the first item that matters, if windows are
    per record and not `shared`).
    """

    frame: Frame
    sure: list[Item]
    perhaps: list[Item]
    reasons: list[Unknown]
    older: Item | None = None
    later: Item | None = None
    optional: set[int] = field(factory=set)
    shared: bool = True


def members_of(ctx: Context, selection: model.Selection) -> Members:
    """Sort the items of the selection's fact into certain and possible members."""
    items = ctx.facts.of(selection.fact)
    window = selection.window
    if id(window) in ctx.plan.per_item:
        return _members_per_item(ctx, selection, items)
    frame = frame_of(ctx, window)
    members = Members(frame, [], [], [])
    if frame.unset:
        return members
    plain = not selection.tests and not selection.excluded
    track = ctx.facts.tracks.get(selection.fact.name) if plain and frame.plain else None
    if track is not None:
        return _of_track(track, frame)
    for item in items:
        inside = is_inside(frame, item)
        if inside is False:
            _remember_outside(members, frame, item)
        elif plain and inside is True:
            members.sure.append(item)
        else:
            _sort_in(ctx, selection, members, item, inside)
    return members


def _of_track(track: Track, frame: Frame) -> Members:
    """Members among points on exact days in a plain window, by bisection."""
    days = track.days
    low = 0 if frame.start_low is None else bisect_left(days, frame.start_low)
    high = max(low, bisect_right(days, frame.end_high))
    before = track.items[low - 1] if low else None
    behind = track.items[high] if high < len(days) and days[high] > frame.end_high else None
    return Members(frame, list(track.items[low:high]), [], [], before, behind)


def _remember_outside(members: Members, frame: Frame, item: Item) -> None:
    low, high = frame.start_low, frame.end_high
    first = item.first * (86_400 if frame.timed else 1)
    if first > high:
        members.later = members.later or item
    elif low is None or first < low:
        members.older = item


def _members_per_item(ctx: Context, selection: model.Selection, items: Sequence[Item]) -> Members:
    """Windows that depend on the record at hand are opened once for each."""
    outer = ctx.item
    ctx.item = None
    members = Members(frame_of(ctx, selection.window), [], [], [], shared=False)
    for item in items:
        ctx.item = item
        frame = frame_of(ctx, selection.window)
        if not members.sure and not members.perhaps:
            members.frame = frame
        if frame.unset:
            members.perhaps.append(item)
            members.reasons.extend(frame.unknowns)
            continue
        inside = is_inside(frame, item)
        if inside is False:
            _remember_outside(members, frame, item)
            continue
        if inside is None and frame.unknowns:
            members.reasons.extend(frame.unknowns)
        _sort_in(ctx, selection, members, item, inside, coarse=not frame.unknowns)
    ctx.item = outer
    return members


def _sort_in(ctx: Context, selection: model.Selection, members: Members, item: Item, inside: Truth, *, coarse: bool = True) -> None:
    """Apply tests and exclusions, and put the item where it belongs."""
    reasons: list[Unknown] = []
    if inside is None and coarse:
        cause: Unknown = Unknown("date too coarse", item.fact, members.frame.span, item)
        reasons.append(cause)
    truth = inside
    for test in selection.tests:
        passed, unknown = test_item(item, test)
        if passed is False:
            return
        if passed is None:
            truth = None
            members.optional.add(id(item))
            if unknown is not None:
                reasons.append(unknown)
    if selection.excluded and _excluded(ctx, selection.excluded, item):
        return
    if truth is True:
        members.sure.append(item)
    else:
        members.perhaps.append(item)
        members.reasons.extend(reasons)


def _excluded(ctx: Context, facts: Iterable[model.Fact], item: Item) -> bool:
    for fact in facts:
        if item.fact is fact:
            return True
        if item.entry.id is not None and any(other.entry.id == item.entry.id for other in ctx.facts.of(fact)):
            return True
        if any(value == fact.name for value in item.entry.attributes.values()):
            return True
    return False


def test_item(item: Item, test: model.AttributeTest) -> tuple[Truth, Unknown | None]:
    """Whether a record passes `with …`; unknown if it lacks the attribute or its value can't be used."""
    attribute = test.attribute
    if test.words:
        word = attribute_word(item.entry, attribute)
        if word is None:
            return None, Unknown("attribute not recorded", item.fact, newest=item, detail=attribute.name)
        if attribute.words and word not in attribute.words:
            return None, Unknown("value outside its declared range", item.fact, newest=item, detail=attribute.name)
        return (word in test.words) is not test.negated, None
    amount, cause = attribute_number(item.entry, attribute)
    if amount is None:
        return None, Unknown(cause or "attribute not recorded", item.fact, newest=item, detail=attribute.name)
    if test.low is not None and test.high is not None:
        truth: Truth = test.low <= amount <= test.high
    else:
        assert test.op is not None  # noqa: S101 - exactly one form is set (model.AttributeTest)
        assert test.value is not None  # noqa: S101 - likewise
        truth = compare(test.op, amount, test.value)
    return (negate(truth) if test.negated else truth), None


def counts(ctx: Context, selection: model.Selection, item: Item) -> bool:
    """Whether a record may be one that the selection means, wherever it lies: no test refuses it, and it is not excluded."""
    return all(test_item(item, test)[0] is not False for test in selection.tests) and not _excluded(ctx, selection.excluded, item)


def value_of(item: Item, attribute: model.Attribute | None) -> Alternative:
    """The number or word of one item (or of its attribute), or why it can't be used."""
    if attribute is not None:
        if attribute.kind != "number":
            word = attribute_word(item.entry, attribute)
            if word is None:
                return Alternative(None, Unknown("attribute not recorded", item.fact, newest=item, detail=attribute.name), (item,))
            if attribute.words and word not in attribute.words:
                return Alternative(
                    None, Unknown("value outside its declared range", item.fact, newest=item, detail=attribute.name), (item,)
                )
            return Alternative(None, None, (item,), word)
        amount, cause = attribute_number(item.entry, attribute)
        if amount is None:
            unknown = Unknown(cause or "attribute not recorded", item.fact, newest=item, detail=attribute.name)
            return Alternative(None, unknown, (item,))
        return Alternative(amount, None, (item,))
    if item.problem is not None:
        return Alternative(None, Unknown(item.problem, item.fact, newest=item, detail=item.entry.unit or ""), (item,))
    return Alternative(item.number, None, (item,), item.word)


def latest(members: Members) -> list[Item]:
    """The items that may be the latest: all not certainly earlier than one that certainly belongs."""
    return _at_the_edge(members, 1)


def first(members: Members) -> list[Item]:
    """The items that may be the first."""
    return _at_the_edge(members, -1)


def _at_the_edge(members: Members, sign: int) -> list[Item]:
    sure = members.sure
    if not members.perhaps and sure:
        # The common case: exact dates, already sorted; only ties with the outermost item remain.
        edge = sure[-1] if sign > 0 else sure[0]
        if len(sure) == 1:
            return [edge]
        neighbour = sure[-2] if sign > 0 else sure[1]
        if edge.exact and neighbour.exact and neighbour.first != edge.first and all_exact(sure):
            return [edge]
    everything = sorted(sure + members.perhaps, key=lambda item: (item.first, item.last)) if members.perhaps else sure
    front = _front(sure, sign)
    return [item for item in everything if not any(certainly_beyond(other, item, sign) for other in front)]


def all_exact(items: Sequence[Item]) -> bool:
    """Whether every item lies on one known day."""
    return all(item.first == item.last for item in items)


def _front(sure: Sequence[Item], sign: int) -> list[Item]:
    """Those certain members that can dominate: the ones on the outermost certain day (others are dominated with them)."""
    if not sure:
        return []
    if sign > 0:
        day = max(item.first for item in sure)
        return [item for item in sure if item.first == day]
    day = min(item.last for item in sure)
    return [item for item in sure if item.last == day]


def certainly_beyond(other: Item, item: Item, sign: int) -> bool:
    """Whether `other` certainly lies later (sign 1) or earlier (sign -1) than `item`; within one day times decide where both have one."""
    if sign > 0 and other.first > item.last:
        return True
    if sign < 0 and other.last < item.first:
        return True
    if other.first != other.last or item.first != item.last or other.first != item.first or other.seconds is None or item.seconds is None:
        return False
    return time_order(other, item) * sign > 0


def time_order(left: Item, right: Item) -> int:
    """The order of two timed items of one day: in UTC where both say their offset, otherwise on the clock as written."""
    assert left.seconds is not None  # noqa: S101 - callers check
    assert right.seconds is not None  # noqa: S101 - callers check
    a, b = left.seconds, right.seconds
    if left.offset is not None and right.offset is not None:
        a, b = a - left.offset, b - right.offset
    return (a > b) - (a < b)


def missing(ctx: Context, selection: model.Selection, members: Members) -> Unknown:
    """Why a value selection has no member: not due yet, too old, judgement pending, or no record; with the nearest one that does not do."""
    fact, span = selection.fact, members.frame.span
    if fact.kind == "judgement":
        return Unknown("judgement pending", fact, span)
    if span.open and ctx.observing and (span.end_high is None or span.end_high > ctx.assessment):
        return Unknown("not due yet", fact, span, members.older)
    if members.older is not None:
        return Unknown("too old", fact, span, members.older)
    return Unknown("no record", fact, span, members.later)
