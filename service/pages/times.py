"""Instants as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def local_time(stamp: str, zone: str) -> str:
    """A stored instant in UTC and in the site's zone."""
    instant = datetime.fromisoformat(stamp)
    local = instant.astimezone(ZoneInfo(zone))
    return f"{instant:%Y-%m-%d %H:%M} UTC = {local:%Y-%m-%d %H:%M}"
