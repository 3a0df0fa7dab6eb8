"""The calendar state of `ics` and `move`: read whole or refused, never silently begun anew; and how subjects become its courses."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from attrs import frozen

from ..engine.calendar.identity import KEY_BYTES
from ..engine.calendar.occurrences import CalendarSettings, course_of
from ..engine.calendar.state import CalendarState
from ..engine.calendar.state_json import StateProblem, dump_state, load_state
from ..engine.calendar.zone_file import zone_clock
from ._files import write_whole
from ._outcome import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ..dsl.model import Protocol
    from ..engine.calendar.occurrence import Course
    from ..engine.dates import PartialDate
    from ..engine.schedule.result import SubjectSchedule

_NOTHING_LOST = "Nothing was written. Mend it, or take the last good copy: beginning anew would give every event a new identity."


@frozen
class StateFile:
    """A state as it was read; `content` None: there was no file yet."""

    path: Path
    state: CalendarState
    content: bytes | None

    def save(self, state: CalendarState) -> None:
        """Write a newer state, unless somebody else did in the meantime.

        Raises:
            InputError: if the file is not what was read.
        """
        now = self.path.read_bytes() if self.path.exists() else None
        if now != self.content:
            raise InputError(f"{self.path}: another program has written it in the meantime. Nothing was written; run again.")
        content = dump_state(state)
        if content != self.content:
            write_whole(self.path, content, private=True)


def read_state(path: Path, key_file: Path | None) -> StateFile:
    """The state of a file; without one an empty state with the key of the key file, else with a new key.

    Raises:
        InputError: if the state or the key can't be used, or if they do not belong together.
    """
    key = None if key_file is None else _key(key_file)
    if not path.exists():
        return StateFile(path, CalendarState(key or secrets.token_bytes(KEY_BYTES)), None)
    content = path.read_bytes()
    state = load_state(content)
    if isinstance(state, StateProblem):
        raise InputError(f"{path}: this calendar state can't be used: {state}. {_NOTHING_LOST}")
    if key is not None and key != state.key:
        raise InputError(f"{path}: its key is not the one of {key_file}. {_NOTHING_LOST}")
    return StateFile(path, state, content)


def _key(path: Path) -> bytes:
    """The key of a file, 64 hexadecimal digits; a file that is not there is made, readable by its owner only."""
    if not path.exists():
        key = secrets.token_bytes(KEY_BYTES)
        write_whole(path, f"{key.hex()}\n".encode(), private=True)
        return key
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError(f"{path}: a calendar key is {2 * KEY_BYTES} hexadecimal digits on one line.")
    return key


def course(protocol: Protocol, schedule: SubjectSchedule, site: str | None, name: str) -> Course:
    """What calendars show of a subject.

    Raises:
        InputError: for a time zone of the rule file that nobody knows.
    """
    try:
        return course_of(schedule, CalendarSettings(protocol.name, name, protocol.timezone, site or ""))
    except ValueError as error:
        raise InputError(f"{protocol.name}: {error}") from None


def short_name(protocol: Protocol) -> str:
    """What titles call the study: its number in the registry, which tells no diagnosis; without one its name."""
    return protocol.registry or protocol.name


def instant(now: PartialDate, zone: str) -> datetime:
    """The instant of `--on`: its time, in its offset or else in the study's zone; of a day its first instant there."""
    clock = zone_clock(zone) or UTC
    meant = clock if now.offset is None else timezone(timedelta(seconds=now.offset))
    return datetime.combine(datetime.fromordinal(now.first), datetime.min.time(), meant) + timedelta(seconds=now.seconds or 0)
