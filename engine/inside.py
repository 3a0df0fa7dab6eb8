"""Whether an item lies in a window: in it, perhaps in it, or not."""

from __future__ import annotations

from ..dsl.model import INTERVAL_KINDS
from .dates import SECONDS_PER_DAY
from .outcome import Item, Truth
from .windows import Frame


def is_inside(frame: Frame, item: Item) -> Truth:
    """Whether an item lies in a window: a point in it, or a stretch that shares a day with it."""
    return _overlaps(frame, item) if item.fact.kind in INTERVAL_KINDS else _point_in(frame, item)


def _point_in(frame: Frame, item: Item) -> Truth:
    """Whether a point item lies in the window."""
    if frame.timed:
        low, high = _item_seconds(item, frame)
    else:
        low, high = item.first, item.last
    if low > frame.end_high or (frame.start_low is not None and (high < frame.start_low or frame.start_low > frame.end_high)):
        return False
    return True if _after_start(frame, low) and high <= frame.end_low else None


def _after_start(frame: Frame, at: int) -> bool:
    """Whether a day (or second) certainly lies at or after the start of the window."""
    if frame.start_high is None:
        return frame.start_low is None
    return at >= frame.start_high


def _item_seconds(item: Item, frame: Frame) -> tuple[int, int]:
    """The item's seconds on the wall clock of the window's anchor, where both say their distance from UTC."""
    low = item.first * SECONDS_PER_DAY
    if item.seconds is None:
        high = item.last * SECONDS_PER_DAY + SECONDS_PER_DAY - 1
        # What is recorded without a time on the day of the assessment was recorded by then.
        return low, high if frame.limit is None else max(low, min(high, frame.limit))
    at = _on_the_frames_clock(low + item.seconds, item.offset, frame)
    return at, at


def _on_the_frames_clock(at: int, offset: int | None, frame: Frame) -> int:
    return at + frame.offset - offset if offset is not None and frame.offset is not None else at


def _overlaps(frame: Frame, item: Item) -> Truth:
    """Whether an interval item shares a day with the window (in windows counted in hours: any part of it)."""
    scale = SECONDS_PER_DAY if frame.timed else 1
    tail = SECONDS_PER_DAY - 1 if frame.timed else 0
    begin_first, begin_last = item.first * scale, item.last * scale
    if frame.timed and item.seconds is not None and item.first == item.last:
        begin_first = begin_last = _item_seconds(item, frame)[0]
    end_first = None if item.end_first is None else item.end_first * scale + tail
    end_last = None if item.end_last is None else item.end_last * scale + tail
    end = item.entry.end
    if frame.timed and end is not None and end.exact and end.seconds is not None and item.end_first == item.end_last == end.first:
        end_first = end_last = _on_the_frames_clock(end.first * SECONDS_PER_DAY + end.seconds, end.offset, frame)
    if begin_first > frame.end_high or (frame.start_low is not None and frame.start_low > frame.end_high):
        return False
    if end_last is not None and frame.start_low is not None and end_last < frame.start_low:
        return False
    begun = begin_last <= frame.end_low and (frame.inhabited or _after_start(frame, frame.end_low))
    lasting = end_first is None or _after_start(frame, end_first)
    return True if begun and lasting else None
