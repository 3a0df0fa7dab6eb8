"""Eligibility rules of clinical trials: text becomes a checked protocol, a protocol meets a patient's record, and the answer says why.

    from trialrules import load, read_patients, screen

The names below are fetched on first use, so that `trialrules --version` and shell completion import neither the parser nor attrs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .dsl.facade import load
    from .dsl.model import Protocol
    from .engine.context import Record
    from .engine.decide import screen
    from .records.detect import read_patients

__all__ = ["Protocol", "Record", "__version__", "load", "read_patients", "screen"]

_HOMES = {
    "Protocol": (".dsl.model", "Protocol"),
    "Record": (".engine.context", "Record"),
    "load": (".dsl.facade", "load"),
    "read_patients": (".records.detect", "read_patients"),
    "screen": (".engine.decide", "screen"),
}


if not TYPE_CHECKING:
    # A type checker that saw this would take every misspelt name for a public one.

    def __getattr__(name: str) -> object:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = home
        return getattr(import_module(module, __name__), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
