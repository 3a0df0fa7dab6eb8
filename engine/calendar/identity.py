"""What an occurrence is called for its whole life: its key, and the UID that calendars see.

The UID (RFC 5545 section 3.8.4.7: globally unique, persistent) is an HMAC-SHA256 over the occurrence key: whoever has no key learns
nothing from it about subject, visit or arm, and cannot tell that two of them are of one subject. No date, title or arm goes into it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, Literal

from attrs import frozen

from ...canonical import canonical_bytes

OccurrenceKind = Literal["visit", "window", "series", "end", "tombstone"]
KEY_BYTES: Final = 32
"""Bytes of an HMAC key: the length of SHA-256's digest (RFC 2104 section 3: less weakens it, more adds nothing)."""

_DOMAIN: Final = re.compile(r"(?=.{1,190}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_TIMELINE: Final = re.compile(r"(?:(screening[0-9]+):)?(.*)", re.DOTALL)
_REPEAT: Final = re.compile(r"(.*)\.([0-9]+)", re.DOTALL)


@frozen(order=True, cache_hash=True)
class OccurrenceKey:
    """Study, subject, timeline ("" or "screening2"), visit (or series, period), repeat (0: none), and which of its events.

    Keys are ordered; feeds stand in that order.
    """

    study: str
    subject: str
    timeline: str
    visit: str
    repeat: int
    kind: OccurrenceKind

    @property
    def place(self) -> tuple[str, str, str, str, int, str]:
        """The key as a tuple that compares as the key does, faster."""
        return self.study, self.subject, self.timeline, self.visit, self.repeat, self.kind

    @property
    def text(self) -> str:
        """As canonical JSON: the form that is stored and hashed."""
        return canonical_bytes([self.study, self.subject, self.timeline, self.visit, self.repeat, self.kind]).decode()


def occurrence_key(study: str, subject: str, key: str, kind: OccurrenceKind) -> OccurrenceKey:
    """The key of a visit, series or period by the key that the schedule gave it (`fu.3`, `screening2:pre`)."""
    timeline, name = _TIMELINE.fullmatch(key).groups()  # type: ignore[union-attr]  # the pattern takes every text
    repeated = _REPEAT.fullmatch(name)
    if repeated is None:
        return OccurrenceKey(study, subject, timeline or "", name, 0, kind)
    return OccurrenceKey(study, subject, timeline or "", repeated[1], int(repeated[2]), kind)


def uid(key: bytes, domain: str, occurrence: OccurrenceKey) -> str:
    """The UID of an occurrence.

    Raises:
        ValueError: for a key of another length than KEY_BYTES, or a domain that is no host name in lower case.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a calendar key has {KEY_BYTES} bytes, not {len(key)}")
    if _DOMAIN.fullmatch(domain) is None:
        raise ValueError(f"not a domain in lower case: {domain[:80]!r}")
    return f"{hmac.digest(key, occurrence.text.encode(), hashlib.sha256).hex()}@{domain}"
