"""Versions of the rules as values: the list, what differs between two of them line by line, and the effect on subjects."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...engine.explain_words import words
from .plan_text import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...canonical import Json
    from ...dsl.source import Span
    from ...engine.explain_words import Lang
    from ..models.studies import RuleEffect, RuleVersion
    from ..work.amendment import Effect

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


@frozen
class SourceFile:
    """A file of a version: its lines, each with the anchor by which pages lead to it."""

    path: str
    main: bool
    lines: tuple[tuple[str, int, str], ...]


def source_files(version: RuleVersion) -> tuple[SourceFile, ...]:
    """The texts of a version, the rule file first."""
    paths = sorted(version.files, key=lambda path: (path != version.main, path))
    return tuple(
        SourceFile(
            path,
            path == version.main,
            tuple((_anchor(path, number), number, line) for number, line in enumerate(version.files[path].split("\n"), 1)),
        )
        for path in paths
    )


def line_anchor(version: RuleVersion, span: Span) -> str:
    """The anchor of the line in which a stretch of the rules begins."""
    return _anchor(span.file, version.files.get(span.file, "").count("\n", 0, span.start) + 1)


def _anchor(path: str, line: int) -> str:
    return f"L-{path}-{line}"


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


def effect_context(effect: Effect, old: str, new: str, lang: Lang) -> dict[str, object]:
    """What `_effect.html` shows: the sentence, and the subjects with another verdict. `old`, `new`: what the two are called."""
    t, w = texts(lang), words(lang)
    verdict = {None: "–"} | {word: w(f"verdict.{word}") for word in ("met", "not met", "unknown", "not applicable")}
    changed = [
        {
            "code": one.code,
            "site": one.site,
            "before": t.get(f"decision_{one.before}", ""),
            "after": t.get(f"decision_{one.after}", ""),
            "problem": one.problem,
            "criteria": [f"{name}: {verdict[a]} → {verdict[b]}" for name, a, b in one.criteria],
        }
        for one in effect.changed
    ]
    counts = (effect.becoming(word) for word in ("ineligible", "eligible", "undetermined"))
    said = [t["effect_none"].format(effect.compared)]
    if not effect.total:
        said = [t["effect_nobody"]]
    elif changed:
        said = [t["effect_some"].format(len(changed), effect.compared), t["effect_counts"].format(*counts)]
    if effect.compared < effect.total:
        said.append(t["effect_part_after" if effect.after else "effect_part"].format(effect.compared, effect.total, effect.after))
    return {"effect": {"changed": changed, "said": said, "old": old, "new": new}}


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


def version_lines(rows: Sequence[VersionRow]) -> Iterator[list[object]]:
    """The versions as lines of a table, heads first."""
    yield ["label", "status", "author", "reviewer", "approver", "created", "sha256", "note", "in_force"]
    for row in rows:
        force = "; ".join(row.effects)
        yield [row.label, row.status, row.author, row.reviewer, row.approver, row.created, row.fingerprint, row.note, force]
