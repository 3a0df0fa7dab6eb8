"""Rule-based escalation: levels that are arms, sizes that fit each other, what stops a level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from . import ast, model, schedule_ast, schedule_model
from .check_arms import check_notes, unknown_arm
from .check_numbers import read_count, read_length
from .diagnostics import Label
from .resolve import Context

_NEEDED: Final[Mapping[str, str]] = {
    "levels": "say which arms are the levels, lowest first: `levels low, medium, high`",
    "observe": "say how long every subject is observed before a level counts: `observe 28 days`",
    "group": "say how many subjects a level has: `group of 3, expand to 6`",
    "stop": "say at how many toxicities a level stops: `stop at 2 dlt`",
}
_DAY: Final = model.Length(Fraction(1), "days")


def check_escalation(
    ctx: Context, part: str | None, node: schedule_ast.Escalation, arms: Mapping[str, schedule_model.Arm], watches: Iterable[str]
) -> schedule_model.Escalation | None:
    """An escalation over the arms of its part; None where a needed line is missing."""
    lines: dict[str, schedule_ast.EscalationLine] = {}
    clauses: list[schedule_ast.Clause] = []
    for line in node.lines:
        if not isinstance(line, schedule_ast.EscalationLine):
            clauses.append(line)
            continue
        clauses.extend(line.clauses)
        first = lines.setdefault(line.kind, line)
        if first is not line:
            ctx.twice(line.span, f"`{line.kind}`", first.span, "keep one of them")
    missing = [kind for kind in _NEEDED if kind not in lines]
    for kind in missing:
        ctx.report("TR098", node.span, f'the escalation "{node.title}" does not say its `{kind}`', _NEEDED[kind])
    levels = _levels(ctx, lines.get("levels"), arms)
    group, expand, stop, sentinel = _sizes(ctx, lines)
    toxicity = _toxicity(ctx, lines.get("stop"), frozenset(watches))
    observed, alone = _length(ctx, lines.get("observe")), _length(ctx, lines.get("sentinel"))
    review, replace = lines.get("review"), lines.get("replace")
    notes = check_notes(ctx, clauses)
    if missing:
        return None
    return schedule_model.Escalation(
        node.title,
        part,
        levels,
        group,
        expand,
        stop,
        observed or _DAY,
        sentinel=sentinel,
        sentinel_observed=alone,
        review_by=None if review is None else review.text,
        toxicity=toxicity,
        observed_from="first" if lines["observe"].text is None else "last",
        replace=None if replace is None else replace.text,
        notes=notes,
        span=node.span,
    )


def _levels(ctx: Context, line: schedule_ast.EscalationLine | None, arms: Mapping[str, schedule_model.Arm]) -> tuple[str, ...]:
    found: list[str] = []
    for word in line.names if line is not None else ():
        if word.text not in arms:
            unknown_arm(ctx, word, arms)
        elif word.text in found:
            ctx.report("TR053", word.span, f"the level `{word.text}` stands twice in the list", "say it once")
        else:
            found.append(word.text)
    return tuple(found)


def _sizes(ctx: Context, lines: Mapping[str, schedule_ast.EscalationLine]) -> tuple[int, int, int, int]:
    """Subjects of a group, of an expanded group, toxicities that stop, sentinels; each within the others."""
    group_line, stop_line, sentinel_line = lines.get("group"), lines.get("stop"), lines.get("sentinel")
    group = _count(ctx, group_line)
    expand = group
    if group_line is not None and group_line.expand is not None:
        expand = read_count(ctx, group_line.expand, group_line.span)
    stop = _count(ctx, stop_line)
    sentinel = _count(ctx, sentinel_line) if sentinel_line is not None else 0
    if group_line is not None and expand < group:
        message = f"a group of {group} cannot expand to {expand}"
        ctx.report("TR099", group_line.span, message, f"say a number from {group}, as in `group of 3, expand to 6`")
    if stop_line is not None and group_line is not None and stop > max(expand, group):
        message = f"a level stops at {stop} toxicities, and at most {max(expand, group)} subjects are in it"
        ctx.report("TR099", stop_line.span, message, "say a smaller number", Label(group_line.span, "the size of a level"))
    if sentinel_line is not None and group_line is not None and sentinel > group:
        message = f"the sentinel has {sentinel} subjects, and a group {group}"
        ctx.report("TR099", sentinel_line.span, message, "say a smaller number", Label(group_line.span, "the size of a group"))
    return group, expand, stop, sentinel


def _count(ctx: Context, line: schedule_ast.EscalationLine | None) -> int:
    return 1 if line is None or line.count is None else read_count(ctx, line.count, line.span)


def _length(ctx: Context, line: schedule_ast.EscalationLine | None) -> model.Length | None:
    if line is None or line.length is None:
        return None
    length = read_length(ctx, line.length)
    if line.length.unit in {"hours", "minutes"} or length.count == 0:
        message = f"subjects are observed for whole days, and `{ctx.words(line.length.span)}` is none"
        ctx.report("TR074", line.length.span, message, "say it in days or weeks")
    return length


def _toxicity(ctx: Context, line: schedule_ast.EscalationLine | None, watches: frozenset[str]) -> str:
    """What is counted: a fact, or a watch period of the schedules."""
    if line is None or not line.names:
        return "dlt"
    word: ast.Word = line.names[0]
    ctx.used.add(word.text)
    if word.text not in ctx.facts and word.text not in watches:
        names = [*ctx.facts, *watches]
        ctx.unknown(word, "fact or watch", names, f'declare the fact, or watch for it: `watch {word.text} "…" from day 0 to day 28`')
    return word.text
