"""Versions of the rules as values: the list, what differs between two of them line by line, and the effect on subjects."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from attrs import frozen

from .plan_text import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...canonical import Json
    from ...engine.explain_words import Lang
    from ..models.studies import RuleEffect, RuleVersion

CONTEXT: Final = 3


@frozen
class VersionRow:
    """One version in the list. `effects`: from when it holds at which site."""

    label: str
    status: str
    status_words: str
    author: str
    reviewer: str
    approver: str
    created: str
    fingerprint: str
    note: str
    effects: tuple[str, ...]


@frozen
class DiffLine:
    """A line of a difference: `same`, `gone`, `new`, or `skip` (lines that are the same, left out: their number)."""

    kind: str
    old: str
    new: str
    text: str


@frozen
class FileDiff:
    """What differs in one file."""

    path: str
    lines: tuple[DiffLine, ...]


def version_row(version: RuleVersion, effects: Sequence[RuleEffect], lang: Lang) -> VersionRow:
    """A row of the list."""
    t = texts(lang)
    return VersionRow(
        version.label,
        version.status,
        t[f"status_{version.status}"],
        version.author.name,
        "" if version.reviewer is None else version.reviewer.name,
        "" if version.approver is None else version.approver.name,
        version.created.date().isoformat(),
        version.sha256[:12],
        version.note,
        tuple(t["holds_from"].format(one.site.code, one.effective_from.isoformat()) for one in effects),
    )


def differences(old: Mapping[str, str], new: Mapping[str, str], lang: Lang) -> tuple[FileDiff, ...]:
    """What differs between two sets of files, with a few lines around each place."""
    same = texts(lang)["same_lines"]
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path, "").splitlines(), new.get(path, "").splitlines()
        if before != after:
            found.append(FileDiff(path, tuple(_lines(before, after, same))))
    return tuple(found)


def _lines(before: list[str], after: list[str], same: str) -> Iterator[DiffLine]:
    shown_to = 0
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        if group[0][1] > shown_to:
            yield DiffLine("skip", "", "", same.format(group[0][1] - shown_to))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (
                    DiffLine("same", str(old_from + at + 1), str(new_from + at + 1), before[old_from + at])
                    for at in range(old_to - old_from)
                )
            else:
                yield from (DiffLine("gone", str(at + 1), "", before[at]) for at in range(old_from, old_to))
                yield from (DiffLine("new", "", str(at + 1), after[at]) for at in range(new_from, new_to))
        shown_to = group[-1][2]
    if shown_to < len(before):
        yield DiffLine("skip", "", "", same.format(len(before) - shown_to))


def rules_json(rows: Sequence[VersionRow]) -> dict[str, Json]:
    """The versions for programs."""
    versions: list[Json] = [
        {
            "label": row.label,
            "status": row.status,
            "author": row.author,
            "reviewer": row.reviewer or None,
            "approver": row.approver or None,
            "created": row.created,
            "sha256": row.fingerprint,
            "note": row.note,
            "in_force": list(row.effects),
        }
        for row in rows
    ]
    return {"schema": "trialrules/rule-versions/1", "versions": versions}
