"""What is recorded about one patient, as read and before it meets a protocol.

`records/` makes these from FHIR, CSV, Parquet and JSON; scenarios make them from rule files. Nothing here knows where the data came
from, beyond `source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from attrs import Factory, frozen

from .dates import PartialDate

EndKind = Literal["given", "ongoing", "unknown"]


@frozen
class Quantity:
    """A number with its unit text as recorded (None: no unit)."""

    value: Decimal
    unit: str | None = None


AttributeValue = str | Quantity


@frozen
class Entry:
    """One recorded statement about one fact of a protocol.

    `value`: a number, a word, True (present) or False (a recorded "no": no such event or condition); None: no value recorded. Yes/no
    findings and
    judgements hold the words "yes" and "no". `start` is the date of a point (lab, finding, event, judgement) or the begin of an interval
    (None: not known); `end` and `end_kind` matter for intervals only: "ongoing" where no end is recorded, "unknown" where it is over but
    nobody says when.
    `comparator`: the value is only known to be `<`, `<=`, `>` or `>=` the number. `id` is the source's own id; records of several facts
    that come
    from one source record share it. `source` says where it came from, for people ("Observation/123", "row 17").
    """

    fact: str
    value: Decimal | str | bool | None = None
    unit: str | None = None
    comparator: Literal["<", "<=", ">", ">="] | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None
    end_kind: EndKind = "ongoing"
    range_low: Decimal | None = None
    range_high: Decimal | None = None
    range_unit: str | None = None
    attributes: Mapping[str, AttributeValue] = Factory(dict)
    by: str | None = None
    reason: str | None = None
    source: str | None = None
    id: str | None = None


@frozen
class Unused:
    """Input that could not be used, and why. `code` is stable (see docs/records.md); `nearest` a near-miss fact name."""

    code: str
    reason: str
    where: str
    nearest: str | None = None


@frozen
class Patient:
    """Everything recorded about one patient that a protocol could use.

    `sex` is the recorded word (None: missing); `moments` are the dates given for declared moments; `unused` what the reader could not use.
    """

    id: str
    sex: str | None = None
    birth_date: PartialDate | None = None
    moments: Mapping[str, PartialDate] = Factory(dict)
    entries: tuple[Entry, ...] = ()
    unused: tuple[Unused, ...] = ()
