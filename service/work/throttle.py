"""Buckets of attempts that fill up with time, each taken from by one atomic UPDATE, so that no two requests share an attempt."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models.fields import FloatField
from django.db.models.functions import Cast, Greatest, Least

from .. import clock
from ..models.web import Throttle

_TOGETHER_SECONDS: Final = 1.0
"""Requests that come at the same time may be noted in another order than they came in."""


def take(bucket: str, capacity: int, an_hour: float) -> bool:
    """Take one attempt from a bucket.

    Args:
        bucket: its name ("login:10.0.0.7").
        capacity: how many attempts a full one holds.
        an_hour: how many come back in an hour.

    Returns:
        False if there was none left. A clock that goes backwards gives nothing back and takes nothing away: from then on buckets fill
        up by it.
    """
    at = clock.now().timestamp()
    Throttle.objects.get_or_create(bucket=bucket, defaults={"tokens": float(capacity), "updated": at})
    Throttle.objects.filter(bucket=bucket, updated__gt=at + _TOGETHER_SECONDS).update(updated=at)
    gone = Greatest(Value(at) - F("updated"), Value(0.0))
    filled = Least(Value(float(capacity)), F("tokens") + gone * Value(an_hour / 3600))
    chosen = Throttle.objects.filter(bucket=bucket).annotate(filled=Cast(filled, FloatField())).filter(filled__gte=1)
    return bool(chosen.update(tokens=filled - 1, updated=Value(at)))


def give_back(bucket: str, capacity: int) -> None:
    """Put an attempt back that was no guess: whoever works a lot is not taken for somebody who tries a lot."""
    Throttle.objects.filter(bucket=bucket).update(tokens=Least(Value(float(capacity)), F("tokens") + 1.0))
