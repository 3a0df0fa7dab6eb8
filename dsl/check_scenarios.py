"""Scenarios: what is given must fit the facts, what is expected must be something the protocol can say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import ast, model
from .causes import CAUSES
from .check_given import check_given, day_of_statement
from .check_order import in_order, names_in
from .reachability import conditions_below
from .resolve import Context, near

DECISIONS: Final = ("eligible", "ineligible", "undetermined")
VERDICTS: Final = ("met", "not met", "unknown", "not applicable")
TRUTHS: Final = ("met", "not met", "unknown")
WARNINGS: Final = ("warns", "does not warn")


def check_scenarios(
    ctx: Context, nodes: list[ast.Scenario], criteria: tuple[model.Criterion, ...], known: Mapping[str, model.Scenario]
) -> dict[str, model.Scenario]:
    """All scenarios by name; `like` also reaches the `known` ones, which come from another file."""
    declared: dict[str, ast.Scenario] = {}
    for node in nodes:
        first = declared.setdefault(node.name.text, node)
        if first is not node or node.name.text in known:
            ctx.twice(node.name.span, f'the scenario "{node.name.text}"', first.name.span, "give one of them another name")
    uses = {}
    for name, node in declared.items():
        like = node.like
        uses[name] = {} if like is None else {like.text: like}
        if like is not None and like.text not in declared and like.text not in known:
            ctx.report(
                "TR079",
                like.span,
                f'there is no scenario "{like.text}"',
                near(like.text, [*declared, *known]) or "say the name of another scenario",
            )
    labels = {criterion.id: _labels(criterion) for criterion in criteria}
    warned = {criterion.id: tuple(warning.message for warning in criterion.warnings) for criterion in criteria if criterion.warnings}
    any_unit = _any_unit(nodes)
    found: dict[str, model.Scenario] = {}
    for name in in_order(ctx, uses, {name: node.name for name, node in declared.items()}, "TR079", "scenarios"):
        node = declared[name]
        parent = None if node.like is None else found.get(node.like.text) or known.get(node.like.text)
        ctx.any_unit = name in any_unit
        found[name] = _scenario(ctx, node, parent, labels, warned)
    return {name: found[name] for name in declared if name in found}


def _any_unit(nodes: list[ast.Scenario]) -> frozenset[str]:
    """The scenarios whose values may be in any unit: those that expect a unit not to be convertible, and those they take over."""
    parents = {node.name.text: node.like.text for node in nodes if node.like is not None}
    found: set[str] = set()
    for node in nodes:
        name: str | None = node.name.text
        if any(isinstance(line, ast.Expect) and line.because == "unit not convertible" for line in node.lines):
            while name is not None and name not in found:
                found.add(name)
                name = parents.get(name)
    return frozenset(found)


def _scenario(
    ctx: Context,
    node: ast.Scenario,
    parent: model.Scenario | None,
    labels: Mapping[str, frozenset[str]],
    warned: Mapping[str, tuple[str, ...]],
) -> model.Scenario:
    now = parent.now if parent is not None else None
    moments = dict(parent.moments) if parent is not None else {}
    givens = list(parent.givens) if parent is not None else []
    expectations, notes = [], []
    said: dict[str, ast.Word] = {}
    for line in node.lines:
        if isinstance(line, ast.Without):
            if any(word.text == "now" for word in line.names) and now is not None:
                now = None
                line = ast.Without(tuple(word for word in line.names if word.text != "now"), span=line.span)  # noqa: PLW2901
            _drop(ctx, line, moments, givens, silent=node.like is not None and parent is None)
    for line in node.lines:
        match line:
            case ast.Text():
                notes.append(line.text)
            case ast.Expect():
                expectations.append(_expect(ctx, line, labels, warned))
            case ast.Givens():
                for given in line.givens:
                    name = given.name.text
                    if name == "now" or (name in ctx.names and ctx.names[name].kind == "moment"):
                        first = said.setdefault(name, given.name)
                        if first is not given.name:
                            ctx.twice(given.name.span, f"`{name}`", first.span, "keep one of them")
                        day = day_of_statement(ctx, given)
                        if name == "now":
                            now = day
                        elif day is not None:
                            moments[name] = day
                        continue
                    statement = check_given(ctx, given)
                    if statement is not None:
                        givens.append(statement)
                    else:
                        ctx.refused.add(name)
            case _:
                pass
    _circles(ctx, node)
    return model.Scenario(
        node.name.text, now, moments, tuple(givens), tuple(e for e in expectations if e is not None), tuple(notes), span=node.span
    )


def _drop(ctx: Context, line: ast.Without, moments: dict[str, model.Date], givens: list[model.Given], *, silent: bool) -> None:
    """Leave out what was taken over. What was said in a line that was refused is not missed; nothing is where `silent`."""
    for word in line.names:
        kept = [given for given in givens if given.fact.name != word.text]
        if len(kept) < len(givens):
            givens[:] = kept
        elif moments.pop(word.text, None) is None and not (silent or word.text in ctx.lost or word.text in ctx.refused):
            help_ = near(word.text, [*moments, *(given.fact.name for given in givens)]) or "`without` drops what `like` takes over"
            ctx.report("TR079", word.span, f"nothing is taken over for `{word.text}`, so nothing can be left out", help_)


def _circles(ctx: Context, node: ast.Scenario) -> None:
    """Moments of one scenario that are counted from each other."""
    given = [given for line in node.lines if isinstance(line, ast.Givens) for given in line.givens if given.name.text in ctx.moments]
    uses = {one.name.text: names_in([one.on] if one.on is not None else []) for one in given}
    if any(uses.values()):
        in_order(ctx, uses, {one.name.text: one.name for one in given}, "TR060", "moments")


# ---------------------------------------------------------------- expectations


def _expect(
    ctx: Context, line: ast.Expect, labels: Mapping[str, frozenset[str]], warned: Mapping[str, tuple[str, ...]]
) -> model.Expectation | None:
    target = line.target.text
    allowed: tuple[str, ...]
    if target == "decision":
        allowed = DECISIONS
    elif target not in labels:
        if target not in ctx.lost:
            help_ = near(target, labels) or "say the id of a criterion, or `decision`"
            ctx.report("TR061", line.target.span, f"there is no criterion `{target}`", help_)
        return None
    elif line.label is not None and line.label.text not in labels[target]:
        if line.label.text in ctx.lost:
            return None
        known = ", ".join(f"`{label}`" for label in sorted(labels[target]))
        help_ = near(line.label.text, labels[target]) or (
            f"its labels are {known}" if known else f"`{target}` has no labels: label a member, `name : …`"
        )
        ctx.report("TR061", line.label.span, f"`{target}` has no member `{line.label.text}`", help_)
        return None
    else:
        allowed = VERDICTS if line.label is None else TRUTHS
        if line.label is None and line.expected in WARNINGS:
            return _expect_warning(ctx, line, warned)
    if line.expected not in allowed:
        said_target = target if line.label is None else f"{target}.{line.label.text}"
        said = ", ".join(allowed)
        ctx.report(
            "TR061",
            line.span,
            f"`{said_target}` never comes out as `{line.expected}`",
            near(line.expected, allowed if line.label else (*allowed, *WARNINGS)) or f"say one of: {said}",
        )
        return None
    # A rule's own reason may stand here too; what is nearly one of the causes is a slip.
    if line.because is not None and line.because not in CAUSES and near(line.because, CAUSES):
        ctx.report("TR061", line.span, f'"{line.because}" is no cause of unknown', near(line.because, CAUSES))
    label = line.label.text if line.label is not None else None
    return model.Expectation(target, label, line.expected, line.provisional, line.because, span=line.span)


def _expect_warning(ctx: Context, line: ast.Expect, warned: Mapping[str, tuple[str, ...]]) -> model.Expectation | None:
    """`expect E2 warns`: the criterion must have something to warn of."""
    target = line.target.text
    messages = warned.get(target)
    if messages is None:
        ctx.report("TR061", line.span, f"`{target}` has no `warn if`, so it never warns", "leave this out, or give the criterion a warning")
        return None
    if line.provisional:
        ctx.report("TR061", line.span, "a warning is given or not: `provisional` belongs to verdicts", "leave it out")
        return None
    if line.because is not None and line.because not in messages:
        help_ = near(line.because, messages) or f'say one of its messages: "{messages[0]}"'
        ctx.report("TR061", line.span, f'no warning of `{target}` says "{line.because}"', help_)
        return None
    return model.Expectation(target, None, line.expected, because=line.because, span=line.span)


def _labels(criterion: model.Criterion) -> frozenset[str]:
    """Every label below a criterion, in the definitions that it names too."""
    found: set[str] = set()
    seen: set[model.Definition] = set()
    stack: list[model.Condition] = [block.condition for block in criterion.blocks]
    while stack:
        node = stack.pop()
        if isinstance(node, model.Group):
            found.update(member.label for member in node.members if member.label is not None)
        if isinstance(node, model.DefinedTruth) and node.definition not in seen:
            seen.add(node.definition)
            stack.append(node.definition.body)  # type: ignore[arg-type]
        stack.extend(conditions_below(node))
    return frozenset(found)
