"""Names that are given once: looking and then making is no promise, as somebody may be quicker in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from .outcome import RefusedError


@contextmanager
def given_once(held: QuerySet[Any], taken: RefusedError) -> Iterator[None]:
    """Make something of which there may be one only, in the transaction of a use-case.

    Args:
        held: what would stand in the way; asked before, and again if the database refuses.
        taken: the refusal then. What else the database refuses stays the error that it is.
    """
    if held.exists():
        raise taken
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if held.exists():
            raise taken from error
        raise
