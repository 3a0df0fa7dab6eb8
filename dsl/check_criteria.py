"""Definitions and criteria."""

from __future__ import annotations

from typing import Final, Literal

from attrs import define, field

from . import ast, model
from .check_bodies import body_value, check_body, take_labels
from .check_conditions import as_condition, evaluate, to_condition
from .check_expressions import as_number, one_unit
from .check_numbers import read_length
from .check_order import in_order, names_in
from .resolve import Context
from .source import Span
from .types import Bad, Day, Num, Records, Typed
from .units import Unit
from .walk import Node

# Names, reaches and a baseline that only some of the protocols state.
_HELD: Final = frozenset({"TR030", "TR043", "TR080"})
_APART_UNITS: Final = frozenset({"days", "weeks"})


@define
class Texts:
    """The texts of a criterion or definition, by kind."""

    titles: dict[str, str] = field(factory=dict)
    texts: dict[str, str] = field(factory=dict)
    text: str = ""
    quote: str | None = None
    assumptions: list[str] = field(factory=list)
    notes: list[str] = field(factory=list)
    seen: dict[str, Span] = field(factory=dict)

    def take(self, ctx: Context, line: ast.Text) -> None:
        """Sort one text in; a title, text or quote stands once a language."""
        if line.kind in {"assume", "note"}:
            (self.assumptions if line.kind == "assume" else self.notes).append(line.text)
            return
        key = f"{line.kind} {line.lang or ''}".strip()
        first = self.seen.setdefault(key, line.span)
        if first is not line.span:
            ctx.twice(line.span, f"`{key}`", first, "keep one of them")
        elif line.kind == "quote":
            self.quote = line.text
        elif line.lang is not None:
            (self.titles if line.kind == "title" else self.texts)[line.lang] = line.text
        elif line.kind == "text":
            self.text = line.text


# ---------------------------------------------------------------- definitions


def check_definitions(ctx: Context, declared: dict[str, ast.Define], *, library: bool) -> None:
    """Build all definitions into `ctx.definitions`, each after those it names."""
    uses = {name: names_in(_expressions(node)) for name, node in declared.items()}
    places = {name: node.name for name, node in declared.items()}
    ctx.uses = {name: frozenset(used) for name, used in uses.items()}
    for name in in_order(ctx, uses, places, "TR041", "definitions"):
        node = declared[name]
        definition = _definition(ctx, node) if node.span.file == ctx.root and not library else _of_library(ctx, node)
        if definition is not None:
            ctx.definitions[name] = definition


def _of_library(ctx: Context, node: ast.Define) -> model.Definition | None:
    """A definition of a library: what it leaves to the protocols (reach, moments, baseline) is missed only once a protocol uses it."""
    used, ctx.used = ctx.used, set()
    before = len(ctx.diagnostics)
    definition = _definition(ctx, node)
    ctx.used = used
    new = ctx.diagnostics[before:]
    held = [diagnostic for diagnostic in new if diagnostic.code in _HELD]
    if held:
        ctx.diagnostics[before:] = [diagnostic for diagnostic in new if diagnostic.code not in _HELD]
        ctx.held[node.name.text] = held
    return definition


def release(ctx: Context, *, library: bool) -> None:
    """Report what was held back for definitions that the root file uses, by way of others too, and drop those it does not use."""
    waiting = list(ctx.used)
    while waiting:
        for name in ctx.uses.get(waiting.pop(), ()):
            if name not in ctx.used:
                ctx.used.add(name)
                waiting.append(name)
    if library:
        # A library by itself answers for its names, moments set aside; the rest is the protocols' to state.
        ctx.diagnostics += [one for held in ctx.held.values() for one in held if one.code == "TR030"]
        return
    for name, held in ctx.held.items():
        if name in ctx.used:
            ctx.diagnostics += held
    for name in _on_held(ctx):
        ctx.definitions.pop(name, None)


def _on_held(ctx: Context) -> set[str]:
    """Definitions that are held back, or name one that is."""
    found = {name for name in ctx.held if name not in ctx.used}
    grown = True
    while grown:
        more = {name for name, uses in ctx.uses.items() if name not in found and not found.isdisjoint(uses)}
        found |= more
        grown = bool(more)
    return found


def _expressions(node: ast.Define) -> tuple[Node, ...]:
    return node.items if node.body is None else (node.body,)


def _definition(ctx: Context, node: ast.Define) -> model.Definition | None:
    texts = Texts()
    apart: ast.Apart | None = None
    for clause in node.clauses:
        if isinstance(clause, ast.Text):
            texts.take(ctx, clause)
        elif apart is not None:
            ctx.twice(clause.span, "`components at most … apart`", apart.span, "keep one of them")
        else:
            apart = clause
    body, unit, kind = _body(ctx, node)
    if body is None:
        return None
    length = None
    if apart is not None:
        length = read_length(ctx, apart.length, stepped=False)
        if length.unit not in _APART_UNITS:
            ctx.report("TR074", apart.length.span, f"`{ctx.words(apart.length.span)}` is no number of days", "say it in days or weeks")
    name = node.name.text
    return model.Definition(
        name,
        node.title or name.replace("_", " "),
        kind,
        body,
        unit,
        texts.titles,
        length,
        apart.assume if apart is not None else None,
        tuple(texts.assumptions),
        tuple(texts.notes),
        span=node.name.span,
    )


def _body(ctx: Context, node: ast.Define) -> tuple[model.Condition | model.Number | None, Unit | None, Literal["truth", "number"]]:
    found: Typed | None
    if node.body is not None:
        found, span = evaluate(ctx, node.body), node.body.span
    elif not node.items:
        ctx.report("TR056", node.name.span, f"`{node.name.text}` says nothing", "write its condition or formula after `=`")
        return None, None, "truth"
    else:
        take_labels(ctx, [node.items])
        found, condition = body_value(ctx, node.items, node.span)
        span = node.items[0].content.span
        if found is None:
            return condition, None, "truth"
    return number_or_condition(
        ctx, found, span, f"`{node.name.text}`", moment=f"make it a moment (`{node.name.text} {ctx.words(span)}`), or "
    )


def number_or_condition(
    ctx: Context, found: Typed, span: Span, what: str, *, moment: str = ""
) -> tuple[model.Condition | model.Number | None, Unit | None, Literal["truth", "number"]]:
    """What one line of a definition or outcome turned out to be: a number with its unit, or a truth; None where it was reported."""
    if isinstance(found, Bad):
        return None, None, "truth"
    if isinstance(found, Day):
        kind = "an outcome" if what.startswith("the outcome") else "a definition"
        message = f"{what} is defined as a date, and {kind} is a truth or a number"
        ctx.report("TR050", span, message, f"{moment}write the date where it is used" if moment else "count days: `days from A to B`")
        return None, None, "truth"
    if not _is_number(found):
        return as_condition(ctx, found, span), None, "truth"
    number = one_unit(ctx, as_number(ctx, found, span))
    if isinstance(number, Bad):
        return None, None, "number"
    if number.limit:
        ctx.report("TR075", number.span, "a definition is a number of its own, not a reference limit", "compare the record with it instead")
        return None, None, "number"
    return number.node, number.unit, "number"


def _is_number(found: Typed) -> bool:
    if not isinstance(found, Records):
        return isinstance(found, Num)
    pick = found.selection.pick
    return pick == "count" or (found.gives == "number" and pick != "at least")


# ---------------------------------------------------------------- criteria


def check_criterion(ctx: Context, node: ast.Criterion, *, needs_source: bool) -> model.Criterion:
    """One criterion: texts, sources, warnings, blocks."""
    texts = Texts()
    sources, warnings, items, whens = [], [], [], []
    for line in node.lines:
        match line:
            case ast.SourceRef():
                sources.append(model.SourceRef(line.list, line.item, span=line.span))
            case ast.Text():
                texts.take(ctx, line)
            case ast.Warn():
                warnings.append(model.Warn(to_condition(ctx, line.condition), line.message, span=line.span))
            case ast.When():
                whens.append(line)
            case ast.Item():
                items.append(line)
    take_labels(ctx, [tuple(items), *(when.items for when in whens)])
    blocks = []
    if items:
        blocks.append(model.Block(None, check_body(ctx, tuple(items), node.span), span=items[0].span))
    blocks += [model.Block(to_condition(ctx, when.condition), check_body(ctx, when.items, when.span), span=when.span) for when in whens]
    if not blocks:
        message = f"`{node.id.text}` states no condition"
        ctx.report("TR056", node.id.span, message, 'write one (`always` if it never fails), or say `not a rule … because "…"`')
    if needs_source and not sources:
        ctx.warn(
            "TR057", node.id.span, f"`{node.id.text}` names no source, and the header names a text", f"add `source {node.kind} NUMBER`"
        )
    return model.Criterion(
        node.id.text,
        "inclusion" if node.kind == "inclusion" else "exclusion",
        node.title,
        tuple(sorted(blocks, key=lambda block: block.span.start)),
        texts.titles,
        texts.text,
        texts.texts,
        texts.quote,
        tuple(sources),
        tuple(texts.assumptions),
        tuple(texts.notes),
        tuple(warnings),
        span=node.span,
    )
