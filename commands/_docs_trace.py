"""The matrix of source items and criteria: what stands for what, what has no rule, what changed since the lock."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from attrs import field, frozen

from ..dsl.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..dsl.model import Protocol, SourceRef
    from ..dsl.source_items import SourceItem, SourceItems

State = Literal["unchanged", "changed", "new", "moved", "not locked"]
FindingKind = Literal["no rule", "no such item", "no source", "rule and no rule", "changed", "new", "moved", "gone", "source text"]

CODES: Final[Mapping[FindingKind, str]] = MappingProxyType(
    {
        "no rule": "TR301",
        "no such item": "TR302",
        "no source": "TR303",
        "rule and no rule": "TR304",
        "changed": "TR305",
        "new": "TR306",
        "moved": "TR307",
        "gone": "TR308",
        "source text": "TR309",
    }
)
"""The code of each kind; a page each in docs/errors."""


@frozen
class Row:
    """One source item: the criteria that name it, the item above it whose criteria cover it, or why it is no rule."""

    item: SourceItem
    criteria: tuple[str, ...]
    through: str | None
    not_a_rule: str | None
    state: State
    was: str | None = None


@frozen
class Finding:
    """Something to mend; `span` leads into the rule file, where it is about that."""

    kind: FindingKind
    message: str
    help: str
    span: Span | None = field(default=None, eq=False)
    place: str = ""

    @property
    def code(self) -> str:
        """Stable, with a page in docs/errors."""
        return CODES[self.kind]


@frozen
class Trace:
    """The matrix of one protocol and what is amiss."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    locked: bool


def build_trace(protocol: Protocol, items: SourceItems, lock: Mapping[str, str] | None) -> Trace:
    """Compare a protocol with its source's items and with the digests of the lock file (None: there is no lock)."""
    named = _named(protocol)
    refused = {_key(entry.source): entry for entry in protocol.not_rules}
    rows: list[Row] = []
    for item in items.items:
        criteria = named.get(item.key, ())
        through = None if criteria else _covering(item, named)
        state, was = _state(item, lock)
        reason = refused[item.key].reason if item.key in refused else None
        rows.append(Row(item, criteria, through, reason, state, was))
    findings = [*_uncovered(protocol, rows), *_pointers(protocol, items), *_changes(rows, items, lock, named)]
    return Trace(tuple(rows), tuple(findings), lock is not None)


def _key(source: SourceRef) -> str:
    return f"{source.list} {source.item}"


def _named(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """The criteria and outcomes that name an item, by its key."""
    named: dict[str, tuple[str, ...]] = {}
    for who, source in _references(protocol):
        before = named.get(_key(source), ())
        if who not in before:
            named[_key(source)] = (*before, who)
    return named


def _references(protocol: Protocol) -> Iterator[tuple[str, SourceRef]]:
    """Who points to which item: criteria by id, outcomes and what else a study has by name."""
    for criterion in protocol.criteria:
        yield from ((criterion.id, source) for source in criterion.sources)
    if protocol.study is None:
        return
    for outcome in protocol.study.outcomes.values():
        yield from ((outcome.name, source) for source in outcome.notes.sources)
    for schedule in protocol.study.schedules:
        visits = [(line.name, line.notes) for line in schedule.visits]
        series = [(line.name, line.notes) for line in schedule.series]
        watches = [(line.name, line.notes) for line in schedule.watches]
        duties = [(line.name, line.notes) for line in schedule.obligations]
        for name, notes in (*visits, *series, *watches, *duties):
            yield from ((name, source) for source in notes.sources)
    for arm in protocol.study.arms.values():
        yield from ((arm.name, source) for source in arm.notes.sources)


def _covering(item: SourceItem, named: Mapping[str, tuple[str, ...]]) -> str | None:
    """The nearest item above that a criterion names: who stands for `6` stands for `6.2` too."""
    parts = item.item.split(".")
    above = (".".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1))
    return next((number for number in above if f"{item.list} {number}" in named), None)


def _state(item: SourceItem, lock: Mapping[str, str] | None) -> tuple[State, str | None]:
    if lock is None:
        return "not locked", None
    if lock.get(item.key) == item.digest:
        return "unchanged", None
    was = next((key for key, digest in lock.items() if digest == item.digest), None)
    if was is not None:
        return "moved", was
    return ("changed" if item.key in lock else "new"), None


def _uncovered(protocol: Protocol, rows: list[Row]) -> Iterator[Finding]:
    for row in rows:
        key = row.item.key
        if not row.criteria and row.through is None and row.not_a_rule is None:
            mend = f'write a criterion or outcome with `source {key}`, or say `not a rule {key} because "…"`'
            yield Finding("no rule", f"{key} has no rule", mend)
        if row.not_a_rule is not None and row.criteria:
            span = next(entry.span for entry in protocol.not_rules if _key(entry.source) == key)
            message = f"{key} is said to be no rule, and {', '.join(row.criteria)} stands for it"
            yield Finding("rule and no rule", message, "take away one of the two", span)
    for criterion in protocol.criteria:
        if not criterion.sources:
            yield Finding("no source", f"{criterion.id} names no source item", "add a line such as `source inclusion 5`", criterion.span)


def _pointers(protocol: Protocol, items: SourceItems) -> Iterator[Finding]:
    """References to items that the source doesn't have."""
    pointers = list(_references(protocol))
    pointers += [("`not a rule`", entry.source) for entry in protocol.not_rules]
    for who, source in pointers:
        if items.find(source.list, source.item) is not None:
            continue
        inside = [item.item for item in items.items if item.list == source.list and "." not in item.item]
        held = f"its list `{source.list}` has items 1 to {inside[-1]}" if inside else f"it has no list `{source.list}`"
        yield Finding("no such item", f"{who} points to {_key(source)}, which the source does not have", held, source.span)


def _changes(
    rows: list[Row], items: SourceItems, lock: Mapping[str, str] | None, named: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    for row in rows:
        key = row.item.key
        about = _about(row, named)
        if row.state == "changed":
            yield Finding("changed", f"the words of {key} changed since the lock{about}", _LOCK_AGAIN)
        elif row.state == "new":
            yield Finding("new", f"{key} is new since the lock{about}", _LOCK_AGAIN)
        elif row.state == "moved":
            yield Finding("moved", f"{key} was {row.was} when it was locked{about}", _LOCK_AGAIN)
    digests = {item.digest for item in items.items}
    keys = {item.key for item in items.items}
    for key, digest in (lock or {}).items():
        if key not in keys and digest not in digests:
            yield Finding("gone", f"{key} was locked and is no longer in the source", _LOCK_AGAIN)


_LOCK_AGAIN = "read the source, mend the rules, then write the lock anew with `trialrules lock`"


def _about(row: Row, named: Mapping[str, tuple[str, ...]]) -> str:
    """Which criteria to look at: those of the item, or of the item above that covers it."""
    criteria = row.criteria or (named[f"{row.item.list} {row.through}"] if row.through else ())
    return f": look at {', '.join(criteria)}" if criteria else ""


def depth_of(row: Row) -> int:
    """How deep an item is nested: 0 for `6`, 1 for `6.2`."""
    return row.item.item.count(".")
