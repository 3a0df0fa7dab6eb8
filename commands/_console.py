"""Where colour is welcome: on a terminal whose user did not set NO_COLOR."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO


def colour_refused(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the user asked for none; by the convention an empty NO_COLOR asks for nothing."""
    env = os.environ if environ is None else environ
    return bool(env.get("NO_COLOR")) or env.get("TERM") == "dumb"


def colour_welcome(stream: IO[str], environ: Mapping[str, str] | None = None) -> bool:
    """Whether text written to this stream may carry colour."""
    return stream.isatty() and not colour_refused(environ)
