"""The audit trail as a page: entries as their reader may see them, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...canonical import canonical_bytes
from .action_words import action_words, target_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...canonical import Json
    from ...engine.explain_words import Lang

PER_PAGE: Final = 50
_FIRST: Final = ("redaction", "outcome", "visit")
_LAST: Final = frozenset({"columns", "places", "document", "records"})


@frozen
class AuditRow:
    """One entry."""

    seq: int
    at: str
    actor: str
    action: str
    target: str
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    reason: str
    hash: str

    @property
    def folded(self) -> tuple[tuple[str, str], ...]:
        """What the folded line shows of the values: the first of the new ones, or of the old ones where nothing new stands."""
        return (self.new or self.old)[:1]


def audit_row(shown: dict[str, Json], lang: Lang) -> AuditRow:
    """A row of what `work.audit.shown` gave: what the reader may not know is left out there already."""
    seq = shown["seq"]
    return AuditRow(
        seq if isinstance(seq, int) else 0,
        str(shown["at"])[:19].replace("T", " "),
        str(shown["actor"]),
        action_words(str(shown["action"]), lang),
        target_words(str(shown["target"]), lang),
        _pairs(shown["old"]),
        _pairs(shown["new"]),
        str(shown["reason"] or ""),
        str(shown["hash"])[:12],
    )


def _pairs(value: Json) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if isinstance(value, dict):
        # What says most stands first: the line that is folded shows no more. Digests say nothing to people: that of the document stands
        # last, those of a redaction's columns nowhere.
        found = [(key, _columns(item) if key == "columns" else _text(item)) for key, item in value.items()]
        return tuple(sorted(found, key=lambda pair: (pair[0] in _LAST, pair[0] not in _FIRST)))
    return (("", _text(value)),)


def _columns(value: Json) -> str:
    """The columns in which a redaction left tombstones."""
    return (
        "; ".join(f"{one['row']}: {one['column']}" for one in value if isinstance(one, dict)) if isinstance(value, list) else _text(value)
    )


def _text(value: Json) -> str:
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else canonical_bytes(value).decode("utf-8")


def entry_lines(entries: Sequence[Mapping[str, Json]]) -> Iterator[list[object]]:
    """Entries as lines of a table, heads first; old and new values as JSON."""
    names = ("seq", "at", "actor", "action", "target", "old", "new", "reason", "hash")
    yield list(names)
    for entry in entries:
        values = [entry.get(name) for name in names]
        yield [canonical_bytes(value).decode("utf-8") if isinstance(value, dict | list) else value for value in values]
