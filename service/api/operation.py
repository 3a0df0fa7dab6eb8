"""One operation of the API: its address and method, what goes in and comes out, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from attrs import Factory, frozen

from ... import limits
from ...canonical import Json
from ..models.accounts import User
from ..models.studies import Study
from ..work.outcome import Refused
from .schema import Schema

Method = Literal["GET", "POST", "DELETE"]


@frozen
class Call:
    """A request that passed all checks. `path` and `query` hold text and numbers, `body` the value that was sent."""

    actor: User
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Json]
    maybe_study: Study | None = None

    @property
    def study(self) -> Study:
        """The study of the address."""
        if self.maybe_study is None:
            raise RuntimeError("an operation without a study asks for one")
        return self.maybe_study


@frozen
class Done:
    """What an operation answers."""

    value: Json
    status: int = 200


@frozen
class Operation:
    """A row of the table. `name` is the URL name, under which `access.URLS` says who may; `said` the schema of the answer.

    `problems` are the statuses of refusals that it may give beside those that all give. `secret`: the answer
    is told once and stored nowhere.
    """

    name: str
    method: Method
    path: str
    summary: str
    run: Callable[[Call], Done | Refused]
    said: Schema
    status: int = 200
    body: Schema | None = None
    query: Mapping[str, Schema] = Factory(dict)
    problems: tuple[int, ...] = ()
    writes: bool = False
    most: int = limits.MAX_BODY_BYTES
    public: bool = False
    secret: bool = False


IDEMPOTENCY_KEY: Final = r"^[!-~]{1,200}$"
"""What an Idempotency-Key looks like."""
