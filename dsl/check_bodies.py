"""Bodies of criteria and definitions: lines, groups, rows of facts, `cases`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from . import ast, model
from .check_conditions import evaluate, mixed, to_condition
from .check_numbers import read_count
from .check_selections import check_records
from .resolve import Context, HeaderTest
from .source import Span
from .types import BAD_TRUTH, Typed, a_kind, gives

_CONNECTIVES: Final[dict[str, Literal["all", "any"]]] = {"and": "all", "or": "any"}


def check_body(ctx: Context, items: tuple[ast.Item, ...], span: Span) -> model.Condition:
    """The condition that the lines of a body make."""
    if len(items) == 1 and items[0].label is None:
        _first_line(ctx, items[0])
        return _content(ctx, items[0].content)
    kind = _connective(ctx, items)
    place = Span(span.file, items[0].span.start, items[-1].span.end)
    return _joined(ctx, items, kind, place)


def body_value(ctx: Context, items: tuple[ast.Item, ...], span: Span) -> tuple[Typed | None, model.Condition | None]:
    """The body of a definition: one line may be a number (returned first, not yet judged); else a condition."""
    only = items[0]
    if len(items) == 1 and only.label is None and not isinstance(only.content, ast.Group | ast.Row | ast.Cases):
        _first_line(ctx, only)
        return evaluate(ctx, only.content), None
    return None, check_body(ctx, items, span)


def _first_line(ctx: Context, item: ast.Item) -> None:
    if item.connective is not None:
        place = Span(item.span.file, item.span.start, item.span.start + len(item.connective))
        ctx.report("TR040", place, f"`{item.connective}` begins a block, and there is nothing before it", "leave it out")


def _connective(ctx: Context, items: tuple[ast.Item, ...]) -> Literal["all", "any"]:
    """The connective that joins all lines of a body; each line but the first has one."""
    _first_line(ctx, items[0])
    said = next((item.connective for item in items[1:] if item.connective is not None), None)
    for item in items[1:]:
        place = _beginning(item)
        if item.connective is None:
            ctx.report(
                "TR039",
                place,
                "nothing joins this line to the one above",
                "begin it with `and` or `or`, or put the lines under `all of` or `any of`",
            )
        elif item.connective != said:
            ctx.report("TR038", place, "the lines of one block are joined by `and` and by `or`", "use `any of` and `all of` groups")
    for item in items:
        if isinstance(item.content, ast.Logic) and said is not None and item.content.kind != said and len(items) > 1:
            mixed(ctx, item.content.span)
    return _CONNECTIVES[said or "and"]


def _beginning(item: ast.Item) -> Span:
    """The connective of a line, or its first characters."""
    length = len(item.connective) if item.connective is not None else min(item.span.end - item.span.start, 1)
    return Span(item.span.file, item.span.start, item.span.start + length)


def _joined(ctx: Context, items: tuple[ast.Item, ...], kind: Literal["all", "any"], span: Span) -> model.Condition:
    if any(item.label is not None for item in items):
        members = _members(ctx, items)
        return model.Group(kind, len(members) if kind == "all" else 1, members, span=span)
    return model.Connective(kind, tuple(_content(ctx, item.content) for item in items), span=span)


def _members(ctx: Context, items: tuple[ast.Item, ...]) -> tuple[model.Member, ...]:
    return tuple(
        model.Member(item.label.text if item.label is not None else None, item.title, _content(ctx, item.content), span=item.span)
        for item in items
    )


def _content(ctx: Context, content: ast.Content) -> model.Condition:
    if isinstance(content, ast.Group):
        return _group(ctx, content)
    if isinstance(content, ast.Row):
        return _row(ctx, content)
    if isinstance(content, ast.Cases):
        return _cases(ctx, content)
    return to_condition(ctx, content)


# ---------------------------------------------------------------- groups


def _group(ctx: Context, node: ast.Group) -> model.Condition:
    head = node.head
    outer = ctx.header_tests, ctx.header_excluded
    headers = tuple(HeaderTest(test) for test in head.tests)
    ctx.header_tests, ctx.header_excluded = (*outer[0], *headers), (*outer[1], *head.excluded)
    for item in node.items:
        if item.connective is not None:
            place = _beginning(item)
            ctx.report("TR040", place, f"`{item.connective}` inside a group: the group's first line joins its members", "leave it out")
    members = _members(ctx, node.items)
    ctx.header_tests, ctx.header_excluded = outer
    for header in headers:
        if not header.taken and not ctx.lost:
            name = header.test.name
            ctx.report(
                "TR048",
                name.span,
                f"no member of the group declares `{name.text}`",
                "check the name, or declare the attribute for a member's fact",
            )
    for word in head.excluded:
        ctx.fact(word)
    return model.Group(_group_kind(head.kind), _group_count(ctx, head, len(members)), members, span=node.span)


def _group_kind(kind: str) -> Literal["any", "all", "none", "at least", "at most", "exactly"]:
    kinds: tuple[Literal["any", "all", "none", "at least", "at most", "exactly"], ...] = (
        "any",
        "all",
        "none",
        "at least",
        "at most",
        "exactly",
    )
    return next(known for known in kinds if known == kind)


def _group_count(ctx: Context, head: ast.GroupHead, members: int) -> int:
    """The count of a counted group, which its members can reach; for the others 1 (any), all members, 0 (none)."""
    if head.count is None:
        return {"any": 1, "all": members}.get(head.kind, 0)
    count = read_count(ctx, head.count, head.span)
    if count > members or (count == members and head.kind == "at most"):
        what = "always holds" if head.kind == "at most" else "can never hold"
        ctx.report(
            "TR051",
            head.span,
            f"`{head.kind} {count}` of {members} members {what}",
            f"say a count below {members + (head.kind != 'at most')}",
        )
    return count


def _row(ctx: Context, node: ast.Row) -> model.Condition:
    members = []
    for word in node.names:
        label = word.text if word.text not in ctx.labels else None
        ctx.labels.add(word.text)
        members.append(model.Member(label, None, _row_member(ctx, node, word), span=word.span))
    return model.Group("any", 1, tuple(members), span=node.span)


def _row_member(ctx: Context, node: ast.Row, word: ast.Word) -> model.Condition:
    selection = ast.Selection(word, None, None, node.tests, node.excluded, node.window, span=word.span)
    fact = ctx.fact(word)
    found = check_records(ctx, selection, fact)
    if fact is None or found is None:
        return BAD_TRUTH
    if gives(fact, None) != "presence":
        ctx.report(
            "TR044",
            word.span,
            f"`{word.text}` is {a_kind(fact)}, and a row names events, conditions or exposures",
            "give it a line of its own",
        )
        return BAD_TRUTH
    return model.Exists(found, span=word.span)


# ---------------------------------------------------------------- cases


def _cases(ctx: Context, node: ast.Cases) -> model.Condition:
    rows = []
    otherwise: model.Condition | None = None
    last = node.rows[-1]
    for row in node.rows:
        if row.condition is not None:
            rows.append(model.Case(to_condition(ctx, row.condition), _content(ctx, row.result), span=row.span))
            continue
        if row is not last:
            ctx.report("TR076", row.span, "`otherwise` stands before the last row", "what comes behind it is never reached: put it last")
        otherwise = _content(ctx, row.result)
    if otherwise is None:
        ctx.report(
            "TR076",
            last.span,
            "`cases` has no last row `otherwise`",
            'add `otherwise : never`, `otherwise : always` or `otherwise : unknown because "…"`',
        )
        otherwise = BAD_TRUTH
    return model.Cases(tuple(rows), otherwise, span=node.span)


# ---------------------------------------------------------------- labels


def take_labels(ctx: Context, bodies: Iterable[tuple[ast.Item, ...]]) -> None:
    """Note the written labels of a criterion or definition; each stands once, because scenarios name it."""
    seen: dict[str, Span] = {}
    for items in bodies:
        for label in _labels(items):
            first = seen.setdefault(label.text, label.span)
            if first is not label.span:
                ctx.twice(label.span, f"the label `{label.text}`", first, "give one of the members another label")
    ctx.labels = set(seen)


def _labels(items: tuple[ast.Item, ...]) -> Iterator[ast.Word]:
    stack: list[ast.Content | ast.Item] = list(items[::-1])
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Item):
            if node.label is not None:
                yield node.label
            stack.append(node.content)
        elif isinstance(node, ast.Group):
            stack.extend(node.items[::-1])
        elif isinstance(node, ast.Cases):
            stack.extend(row.result for row in node.rows[::-1])
