"""What a use-case gives back: a value, or a refusal that says why and how to mend it. Nothing of a refused write stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from attrs import Factory, frozen
from django.db import transaction

_P = ParamSpec("_P")
_T = TypeVar("_T")


@frozen
class Refused:
    """Why something was not done. `code` is stable, `status` the HTTP status, `where` the place in the input, `more` what belongs to it."""

    code: str
    status: int
    message: str
    mend: str = ""
    where: str = ""
    more: Mapping[str, object] = Factory(dict)


class RefusedError(Exception):
    """Carries a refusal out of the transaction that it undoes."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


def refuse(code: str, status: int, message: str, mend: str = "", where: str = "", **more: object) -> RefusedError:
    """The exception to raise inside a use-case."""
    return RefusedError(Refused(code, status, message, mend, where, more))


def not_found(what: str) -> RefusedError:
    """Also for what exists but is not for this user: nobody learns of it."""
    return refuse("not-found", 404, f"There is no such {what}.")


def use_case(function: Callable[_P, _T]) -> Callable[_P, _T | Refused]:
    """Run in one transaction; a `RefusedError` undoes it and comes back as a value. A refusal that is returned is kept with its writes."""

    @wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T | Refused:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except RefusedError as error:
            return error.refused

    return run


def taken(found: _T | Refused) -> _T:
    """The value; a refusal becomes an exception (in commands and demonstrations, where none is expected).

    Raises:
        RefusedError: if it was refused.
    """
    if isinstance(found, Refused):
        raise RefusedError(found)
    return found
