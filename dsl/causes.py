"""Why something is unknown: what the engine answers, and what a worked example may expect with `because`."""

from __future__ import annotations

from typing import Literal, get_args

# The last stands for any reason that a rule itself gives.
Cause = Literal[
    "no record",
    "record without value",
    "unit not convertible",
    "date too coarse",
    "too old",
    "not due yet",
    "judgement pending",
    "no reference range",
    "moment not set",
    "conflicting records",
    "value outside its declared range",
    "not computable",
    "attribute not recorded",
    "bound only",
    "stated by the rule",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
