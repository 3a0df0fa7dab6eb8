"""What an exposure's records say together: the dose in force, an unbroken chain, an unchanged dose.

Overlapping records of one drug add up; a record that ends on the day on which another begins has given way to it; records that adjoin
(at most a day apart) are one chain. Where a date is coarse, every placing that could make a difference is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from attrs import evolve, frozen

from ..dsl import model
from ..limits import MAX_ALTERNATIVES
from . import numbers
from .context import Context, DateValue
from .dates import step
from .outcome import Amount, Item, Note, Truth, Unknown
from .presence import Absence, absence
from .select import Members, members_of, missing, value_of
from .truth import agreed
from .values import Alternative

_FOREVER = 10**9


@frozen
class Stretch:
    """One record with one placing of its dates: begin and end day, both included."""

    start: int
    end: int
    item: Item


def dose_in_force(ctx: Context, selection: model.Selection) -> tuple[list[Alternative], Members]:
    """The dose on the last day of the window on which any record counts."""
    members = members_of(ctx, selection)
    if members.frame.unset:
        return [Alternative(None, unknown) for unknown in members.frame.unknowns], members
    if not members.sure and not members.perhaps:
        return [Alternative(None, missing(ctx, selection, members))], members
    end = members.frame.end_low
    start = members.frame.start_high
    coarse_window = members.frame.end_low != members.frame.end_high
    if coarse_window:
        return [Alternative(None, Unknown("date too coarse", selection.fact, members.frame.span), tuple(members.sure))], members
    marks = [end, end + 1] if start is None else [start, start - 1, end, end + 1]
    placings = _placings(members, marks)
    if placings is None:
        return [
            Alternative(None, Unknown("date too coarse", selection.fact, members.frame.span, members.sure[0] if members.sure else None))
        ], members
    found: list[Alternative] = []
    for placing in placings:
        alternative = _dose_of(selection, placing, start, end, members)
        if alternative not in found:
            found.append(alternative)
    return found, members


def _dose_of(selection: model.Selection, placing: Sequence[Stretch], start: int | None, end: int, members: Members) -> Alternative:
    days = [min(stretch.end, end) for stretch in placing if stretch.start <= end and (start is None or stretch.end >= start)]
    if not days:
        return Alternative(None, members.reasons[0] if members.reasons else Unknown("no record", selection.fact, members.frame.span))
    return dose_on(selection.attribute, placing, max(days))


def dose_on(attribute: model.Attribute | None, placing: Sequence[Stretch], day: int) -> Alternative:
    """The summed dose of the records in force on a day; zero with no items if there is none."""
    in_force = [stretch for stretch in placing if stretch.start <= day <= stretch.end and not _given_way(stretch, placing, day)]
    total: Amount = 0
    for stretch in in_force:
        value = value_of(stretch.item, attribute)
        if value.amount is None:
            return value
        total = numbers.add(total, value.amount)
    return Alternative(total, None, tuple(stretch.item for stretch in in_force))


def _given_way(stretch: Stretch, placing: Sequence[Stretch], day: int) -> bool:
    """Whether a record that ends on this day has been followed by one that begins on it."""
    return stretch.end == day and stretch.start < day and any(other.start == day and other is not stretch for other in placing)


def _placings(members: Members, marks: Sequence[int]) -> list[list[Stretch]] | None:
    """Every placing of the items' dates that can make a difference; None if there are too many.

    Only the order of the dates among each other and relative to the marks matters, so each coarse date is tried at its ends and next to
    every other date and mark that lies within it. A record whose test is unknown is tried both with and without.
    """
    items = members.sure + members.perhaps
    days = set(marks)
    for item in items:
        for day in (item.first, item.last, item.end_first, item.end_last):
            if day is not None:
                days.update((day - 1, day, day + 1))
    choices: list[list[Stretch | None]] = []
    combinations = 1
    for item in items:
        options: list[Stretch | None] = list(_options(item, days))
        if id(item) in members.optional:
            options.append(None)
        combinations *= len(options)
        if combinations > MAX_ALTERNATIVES * 64:
            return None
        choices.append(options)
    return [[stretch for stretch in combination if stretch is not None] for combination in product(*choices)]


def _options(item: Item, days: set[int]) -> Iterator[Stretch]:
    starts = sorted({item.first, item.last} | {day for day in days if item.first <= day <= item.last})
    if item.end_first is None:
        ends = [_FOREVER]
    else:
        last = _FOREVER if item.end_last is None else item.end_last
        ends = sorted({item.end_first, last} | {day for day in days if item.end_first <= day <= last})
    for start in starts:
        for end in ends:
            if start <= end:
                yield Stretch(start, end, item)


@frozen
class Course:
    """The answer about a course of treatment: its truth, why it is unknown, and the records that it rests on."""

    truth: Truth
    unknowns: tuple[Unknown, ...]
    items: tuple[Item, ...]
    members: Members
    open: bool
    notes: tuple[Note, ...] = ()
    lasting: bool = False


def taken_since(ctx: Context, node: model.TakenSince, anchor: DateValue) -> Course:
    """An unbroken chain of records that contains the anchor day (its observed part) and began by anchor - length."""
    absent = absence(ctx, node.selection, members_of(ctx, node.selection))
    gaps: list[int] = []

    def judge(placing: Sequence[Stretch], start: int, end: int) -> Truth:
        begins = _chain_begins(placing, end)
        # Where no record lasts on the day, whether it was taken then is a matter of absence, as for the day itself.
        if begins == _FOREVER:
            gaps.append(end)
            return absent.truth
        return begins <= start

    course = _course(ctx, node.selection, anchor, node.length, judge, absent)
    return evolve(course, lasting=bool(course.items) and not gaps)


def unchanged(ctx: Context, node: model.Unchanged, anchor: DateValue) -> Course:
    """One value in force on every day of [anchor - length, anchor] (its observed part)."""
    attribute = node.selection.attribute
    absent = absence(ctx, node.selection, members_of(ctx, node.selection))
    empty: list[int] = []

    def judge(placing: Sequence[Stretch], start: int, end: int) -> Truth:
        # Where no record lies in the window at all, it is a matter of absence, as for the window itself.
        if not any(stretch.start <= end and stretch.end >= start for stretch in placing):
            empty.append(end)
            return absent.truth
        return _constant(attribute, placing, start, end)

    course = _course(ctx, node.selection, anchor, node.length, judge)
    if not empty or course.truth is not None or absent.unknown is None:
        return course
    return evolve(course, unknowns=tuple(dict.fromkeys((*course.unknowns, absent.unknown))))


def _course(
    ctx: Context,
    selection: model.Selection,
    anchor: DateValue,
    length: model.Length,
    judge: Callable[[Sequence[Stretch], int, int], Truth],
    absent: Absence | None = None,
) -> Course:
    members = members_of(ctx, selection)
    if anchor.unset or anchor.low is None or anchor.high is None:
        return Course(None, anchor.unknowns, (), members, open=False)
    is_open = bool(anchor.planned) or (ctx.observing and anchor.high > ctx.assessment)
    items = tuple(members.sure + members.perhaps)
    if not items:
        found = absence(ctx, selection, members)
        return Course(found.truth, () if found.unknown is None else (found.unknown,), (), members, is_open, found.notes)
    truths: list[Truth] = []
    months = ctx.protocol.months
    for day in {anchor.low, anchor.high}:
        start, end = step(day, length, -1, months), min(day, ctx.assessment)
        placings = _placings(members, [start - 1, start, start + 1, end, end + 1])
        if placings is None:
            return Course(None, (Unknown("date too coarse", selection.fact, members.frame.span, items[0]),), items, members, is_open)
        truths.extend(judge(placing, start, end) for placing in placings)
    truth = agreed(truths)
    unknowns: tuple[Unknown, ...] = ()
    if truth is None:
        unknowns = _course_unknowns(selection, items, members, truths)
        if absent is not None and absent.unknown is not None and None in truths:
            unknowns = tuple(dict.fromkeys((*unknowns, absent.unknown))) if members.reasons else (absent.unknown,)
    return Course(truth, unknowns, items, members, is_open)


def _course_unknowns(selection: model.Selection, items: Sequence[Item], members: Members, truths: Sequence[Truth]) -> tuple[Unknown, ...]:
    reasons = tuple(dict.fromkeys(reason for reason in members.reasons if reason.cause != "date too coarse"))
    if reasons:
        return reasons
    if any(truth is None for truth in truths) and selection.attribute is not None:
        for item in items:
            value = value_of(item, selection.attribute)
            if value.unknown is not None:
                return (value.unknown,)
    coarse = next((item for item in items if not item.exact), None)
    return (Unknown("date too coarse", selection.fact, members.frame.span, coarse),)


def _chain_begins(placing: Sequence[Stretch], day: int) -> int:
    """The first day of the chain of adjoining records that contains a day; far in the future if none does."""
    begin = _FOREVER
    for stretch in placing:
        if stretch.start <= day <= stretch.end:
            begin = min(begin, stretch.start)
    grown = begin < _FOREVER
    while grown:
        grown = False
        for stretch in placing:
            if stretch.start < begin <= stretch.end + 1:
                begin, grown = stretch.start, True
    return begin


def _constant(attribute: model.Attribute | None, placing: Sequence[Stretch], start: int, end: int) -> Truth:
    """Whether one value is in force on every day; only the days on which something begins or ends can differ."""
    days = {start, end}
    for stretch in placing:
        days.update(day for day in (stretch.start, stretch.start - 1, stretch.end, stretch.end + 1) if start <= day <= end)
    reference: Amount | str | None = None
    unknown = False
    for day in sorted(days):
        value = (
            dose_on(attribute, placing, day) if attribute is not None and attribute.kind == "number" else _words_on(attribute, placing, day)
        )
        if value.unknown is not None:
            unknown = True
            continue
        if not value.items:
            return False
        current = value.amount if value.word is None else value.word
        if reference is not None and current != reference:
            return False
        reference = current
    return None if unknown else True


def _words_on(attribute: model.Attribute | None, placing: Sequence[Stretch], day: int) -> Alternative:
    """For a word attribute (or none): the words of the records in force on a day, as one text."""
    in_force = [stretch for stretch in placing if stretch.start <= day <= stretch.end and not _given_way(stretch, placing, day)]
    words: list[str] = []
    for stretch in in_force:
        value = value_of(stretch.item, attribute) if attribute is not None else Alternative(None, None, (stretch.item,), "")
        if value.unknown is not None:
            return value
        words.append(value.word or "")
    return Alternative(None, None, tuple(stretch.item for stretch in in_force), "+".join(sorted(set(words))))
