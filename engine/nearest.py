"""The records that lie just outside a window: a reader who knows of one is to see that it was looked at.

They decide nothing. They are notes beside an answer that rests on there being no record in the window.
"""

from __future__ import annotations

from attrs import evolve

from ..dsl import model
from .context import Context
from .dates import SECONDS_PER_DAY
from .inside import is_inside
from .outcome import Item, Note
from .select import Members, counts
from .windows import Frame, frame_of


def nearest_outside(ctx: Context, selection: model.Selection, members: Members) -> tuple[Note, ...]:
    """Of the records that would count in the window, the nearest one before it and the nearest one behind it."""
    if members.older is None and members.later is None:
        return ()
    before: tuple[Item, Note] | None = None
    behind: tuple[Item, Note] | None = None
    for item in _candidates(ctx, selection, members):
        frame = _frame(ctx, selection.window, item)
        if frame.unset or is_inside(frame, item) is not False:
            continue
        if _behind(frame, item):
            if behind is None:
                behind = (item, _note_behind(frame, item))
        elif before is None or _end(item) >= _end(before[0]):
            before = (item, _note_before(frame, item))
    return tuple(found[1] for found in (before, behind) if found is not None)


def _candidates(ctx: Context, selection: model.Selection, members: Members) -> list[Item]:
    """All items where tests, ends or windows of their own may single one out; else the two that the selection kept already."""
    own = id(selection.window) in ctx.plan.per_item
    if own or selection.tests or selection.excluded or selection.fact.kind in model.INTERVAL_KINDS:
        return [item for item in ctx.facts.of(selection.fact) if counts(ctx, selection, item)]
    return [item for item in (members.older, members.later) if item is not None]


def _frame(ctx: Context, window: model.Window, item: Item) -> Frame:
    """The window as this record sees it."""
    outer, ctx.item = ctx.item, item
    try:
        return frame_of(ctx, window)
    finally:
        ctx.item = outer


def _end(item: Item) -> int:
    return item.last if item.end_last is None else item.end_last


def _behind(frame: Frame, item: Item) -> bool:
    return item.first * _scale(frame) > frame.end_high


def _scale(frame: Frame) -> int:
    return SECONDS_PER_DAY if frame.timed else 1


def _note_before(frame: Frame, item: Item) -> Note:
    end, start = _end(item), frame.start_low
    exact = not frame.timed and start is not None and start == frame.start_high and (item.end_first, item.end_last) == (end, end)
    return Note("before window", items=(item,), day=end, window=frame.span, distance=start - end if exact and start is not None else None)


def _note_behind(frame: Frame, item: Item) -> Note:
    # Nothing after the assessment is an item: what lies behind a window lies behind one that has passed.
    exact = not frame.timed and frame.end_low == frame.end_high and item.first == item.last
    return Note("after window", items=(item,), day=item.first, window=frame.span, distance=item.first - frame.end_high if exact else None)


def in_the_window(note: Note, outside: tuple[Note, ...]) -> Note:
    """An absence that is one of the window only, as there are records outside."""
    return evolve(note, window=outside[0].window) if outside else note
