"""What the hash of a row covers: the digests of its columns, and of columns with free text a salted digest. No database, no Django.

So a text can be taken out of a row (`work.redactions`) while the hash stays what it was: the redaction, an entry of the audit trail, keeps
the digest that the column had. The salt goes with the text; without it nobody finds the text by trying all that it could have been.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import frozen

from ..canonical import Json, canonical_bytes, digest, strict_json_loads

Kind = Literal["entry", "decision", "override", "mark"]
FREE: Final[Mapping[Kind, tuple[str, ...]]] = {
    "entry": ("old", "new", "reason"),
    "decision": ("snapshot", "data_sha256", "result", "reason"),
    "override": ("reason", "reference"),
    "mark": ("reason",),
}
"""Columns in which people write, or from which what they wrote could be found: a digest without salt is such a column too."""
ACTION: Final = "redacted"
"""The action of entries that tell of redactions; their `new` has `columns`, as `told` writes them."""


@frozen
class Swap:
    """A column whose text was replaced: its digest as it was written, and its digest since."""

    before: str
    after: str


Swaps = Mapping[tuple[str, str], Swap]
"""(name of the row, column) -> what became of it."""


def new_salt() -> str:
    """128 bits, in hexadecimal."""
    return secrets.token_hex(16)


def column_digest(text: str, salt: str) -> str:
    """The SHA-256 of a salted text."""
    return hashlib.sha256((salt + text).encode("utf-8", "replace")).hexdigest()


def new_salts(kind: Kind, values: Mapping[str, Json]) -> str:
    """Salts for the columns with free text that are not empty, as canonical JSON: what a row keeps beside them."""
    return salts_text({name: new_salt() for name in FREE[kind] if values[name] != ""})


def salts_text(salts: Mapping[str, str]) -> str:
    """Salts as they are stored."""
    return canonical_bytes(dict(salts)).decode("utf-8")


def salts_of(text: str) -> dict[str, str] | None:
    """Salts as they were stored; None for anything else."""
    found = strict_json_loads(text)
    if not isinstance(found, dict) or canonical_bytes(found) != text.encode("utf-8", "replace"):
        return None
    return {name: str(salt) for name, salt in found.items()}


def row_hash(kind: Kind, row: str, values: Mapping[str, Json], salts: Mapping[str, str] | None, swaps: Swaps) -> str:
    """The hash of a row.

    Args:
        kind: what it is.
        row: its name, as redactions tell it.
        values: all columns that the hash covers.
        salts: of the columns with free text; none too many and none too few.
        swaps: the redactions of the study.

    Returns:
        The hash that the row was written with; another one, or "", if it is not what was written or what a redaction left.
    """
    free = [name for name in FREE[kind] if values.get(name) != ""]
    if salts is None or salts.keys() != set(free):
        return ""
    covered = dict(values)
    for name in free:
        now = column_digest(str(values.get(name)), salts[name])
        swap = swaps.get((row, name))
        covered[name] = swap.before if swap is not None and swap.after == now else now
    return digest(covered)


def told(row: str, column: str, swap: Swap) -> dict[str, Json]:
    """A replaced column as the entry of its redaction tells it."""
    return {"row": row, "column": column, "before": swap.before, "after": swap.after}


def gathered(entries: Iterable[str]) -> dict[tuple[str, str], Swap]:
    """What all redactions of a study did: from the `new` of their entries, in order. A column may have been redacted more than once."""
    found: dict[tuple[str, str], Swap] = {}
    for text in entries:
        value = strict_json_loads(text)
        columns = value.get("columns") if isinstance(value, dict) else None
        for one in columns if isinstance(columns, list) else []:
            if isinstance(one, dict):
                key = (str(one.get("row")), str(one.get("column")))
                before, after = str(one.get("before")), str(one.get("after"))
                earlier = found.get(key)
                # Where the links do not meet, the later one stands alone, and the row's hash comes out wrong.
                linked = earlier is not None and earlier.after == before
                found[key] = Swap(earlier.before if earlier is not None and linked else before, after)
    return found


def name_of_entry(seq: object) -> str:
    """The name of an entry of the study's trail."""
    return f"entry {seq}"


def name_of_override(number: object) -> str:
    """The name of an override, or of a mark on one."""
    return f"override {number}"


def name_of_decision(number: object) -> str:
    """The name of a decision."""
    return f"decision {number}"
