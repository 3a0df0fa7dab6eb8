"""The door to the service for verbs: it is loaded when a verb runs, and where the extra is missing, the verb says what to install."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from ._outcome import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGE: Final = __package__.rpartition(".")[0]
MISSING: Final = "this needs the service, which is not installed; say: pip install 'trialrules[service]'"

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the installation; left out: TRIALRULES_HOME, or trialrules-data here.",
)


class Ops(Protocol):
    """What a module of the service offers; which names there are is its own affair."""

    def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - modules loaded by name have no types here


def use_home(home: Path | None) -> None:
    """Let the settings find the folder that was named."""
    if home is not None:
        os.environ["TRIALRULES_HOME"] = str(home.absolute())


def operations(module: str) -> Ops:
    """A module of `service.operations`, with Django ready.

    Raises:
        InputError: if the extra is missing or an environment variable can't be used.
    """
    try:
        found: Ops = import_module(f"{_PACKAGE}.service.operations.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(_PACKAGE):
            raise
        raise InputError(f"{MISSING} (there is no module {error.name})") from error
    return found


def running(what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it gives
    """Run a part of the service; what it refuses becomes a message."""
    trouble = operations("trouble").TROUBLE
    try:
        return what()
    except trouble as error:
        raise InputError(operations("trouble").words(error)) from error


def ready(*, migrated: bool = True) -> None:
    """Load settings and models, and look that there is a database of this version.

    Raises:
        InputError: if there is none.
    """
    running(operations("state").start)
    if migrated:
        running(operations("state").need_database)
