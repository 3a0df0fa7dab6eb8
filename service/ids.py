"""Identifiers that sort by time: UUID version 7 (RFC 9562), with the service's own clock."""

from __future__ import annotations

import secrets
import uuid

from . import clock


def uuid7() -> uuid.UUID:
    """A new identifier; of two made in one millisecond either may sort first."""
    milliseconds = int(clock.now().timestamp() * 1000) & (1 << 48) - 1
    random = secrets.randbits(74)
    value = milliseconds << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=value)
