"""What calendars remember: the key, and for each event its UID, SEQUENCE, last change and rendered bytes.

The state is a value: updates give a new one, and whoever called keeps it (a file, a table). Losing it gives every event a new UID; so a
state that can't be read is a problem to be mended, never an empty state. Its form is JSON with the schema `trialrules/calendar-state/1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import Factory, frozen

from .identity import KEY_BYTES, OccurrenceKey
from .occurrence import Occurrence

SCHEMA: Final = "trialrules/calendar-state/1"

EntryStatus = Literal["shown", "cancelled", "dropped"]


@frozen
class Entry:
    """What is remembered of one event, for ever: a UID that comes back goes on counting.

    `sequence` and `modified` (seconds since 1970, UTC) belong to the present form. `occurrence` is what was last shown; of a "cancelled"
    one it is what was called off, on the day `cancelled` (ordinal, UTC); a "dropped" one stands in no feed. `rendered` holds the bytes of
    the VEVENT by `Variant.text`.
    """

    occurrence: Occurrence
    uid: str
    sequence: int
    modified: int
    status: EntryStatus = "shown"
    cancelled: int | None = None
    rendered: Mapping[str, bytes] = Factory(dict)


@frozen
class CalendarState:
    """All events of all subjects of the studies that share a key."""

    key: bytes
    entries: Mapping[OccurrenceKey, Entry] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"a calendar key has {KEY_BYTES} bytes, not {len(self.key)}")
