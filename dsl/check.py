"""The checker put together: parsed files become a protocol, or a list of everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field

from . import ast, model
from .check_conditions import evaluate, to_condition
from .check_criteria import check_criterion, check_definitions, release
from .check_facts import check_facts, collect_settings
from .check_header import Head, check_header, check_language
from .check_moments import check_moments
from .check_scenarios import check_scenarios
from .check_selections import check_day
from .diagnostics import Diagnostic, has_errors
from .reachability import unreachable
from .resolve import Context, NameKind
from .source import Source, Span
from .unused import unused

if TYPE_CHECKING:
    from .check_plan import Blocks as PlanBlocks
    from .schedule_ast import StudyBlock
    from .schedule_model import Study

Named = TypeVar("Named", ast.Fact, ast.Moment, ast.Define)


@define
class Blocks:
    """The blocks of all files by kind: libraries first, the root last."""

    facts: dict[str, ast.Fact] = field(factory=dict)
    moments: dict[str, ast.Moment] = field(factory=dict)
    definitions: dict[str, ast.Define] = field(factory=dict)
    settings: list[ast.Settings] = field(factory=list)
    criteria: list[ast.Criterion] = field(factory=list)
    not_rules: list[ast.NotARule] = field(factory=list)
    scenarios: list[ast.Scenario] = field(factory=list)
    study: list[StudyBlock] = field(factory=list)


def new_context(sources: Mapping[str, Source], root: str, lost: frozenset[str]) -> Context:
    """A context with the functions hung in that dates, selections and conditions share."""
    ctx = Context(sources, root=root, lost=lost)
    ctx.evaluate, ctx.to_condition, ctx.select_day = evaluate, to_condition, check_day
    return ctx


def check(
    root: ast.File, libraries: Iterable[ast.File], sources: Mapping[str, Source], lost: frozenset[str], sha256: str, *, broken: bool = False
) -> tuple[model.Protocol, list[Diagnostic]]:
    """Check a root file and the libraries it uses, the deepest first.

    Returns:
        The protocol, to be used only if no diagnostic is an error, and the diagnostics in any order.
    """
    ctx = new_context(sources, root.name, lost)
    headers = {file.name: _header(ctx, file) for file in [*libraries, root]}
    blocks = Blocks()
    for file in [*libraries, root]:
        header = headers[file.name]
        if header is not None and file is not root:
            check_language(ctx, header)
            if header.kind != "library":
                ctx.report(
                    "TR069",
                    header.span,
                    f"`{PurePath(file.name).name}` is a protocol, and only a library can be used",
                    "begin it with `library NAME …`",
                )
        _sort(ctx, file, blocks, library=header is not None and header.kind == "library")
    root_header = headers[root.name]
    head = check_header(ctx, root_header) if root_header is not None else Head()
    protocol = _build(ctx, head, blocks, sources, sha256)
    # What is never reached or used can be told only of files without any error, of spelling too (`broken`).
    if not broken and not has_errors(ctx.diagnostics):
        ctx.diagnostics += unreachable(protocol)
        if head.kind == "protocol":
            ctx.diagnostics += unused(protocol, ctx.used, root.name)
    return protocol, ctx.diagnostics


def _header(ctx: Context, file: ast.File) -> ast.Header | None:
    """The header of a file: its first block, once."""
    found = None
    for index, block in enumerate(file.blocks):
        if isinstance(block, ast.Header):
            if found is not None:
                ctx.report("TR069", block.span, "a file has one header", "leave this one out")
            elif index > 0:
                ctx.report("TR069", block.span, "the header does not stand first", "move it to the beginning of the file")
            found = found or block
    if found is None:
        span = file.blocks[0].span if file.blocks else Span(file.name, 0, 0)
        ctx.report(
            "TR069",
            Span(file.name, span.start, span.start),
            "the file has no header",
            "begin it with `protocol NAME version 1.0 language 1`",
        )
    return found


def _sort(ctx: Context, file: ast.File, blocks: Blocks, *, library: bool) -> None:
    for block in file.blocks:
        match block:
            case ast.Facts():
                _declare(ctx, block.facts, "fact", blocks.facts)
            case ast.Moments():
                _declare(ctx, block.moments, "moment", blocks.moments)
            case ast.Define():
                _declare(ctx, (block,), "definition", blocks.definitions)
            case ast.Settings():
                blocks.settings.append(block)
            case ast.Criterion() | ast.NotARule() | ast.Scenario() if library:
                ctx.report(
                    "TR069",
                    block.span,
                    "a library holds facts, moments and definitions only",
                    "move this to the protocol that uses the library",
                )
            case ast.Criterion():
                blocks.criteria.append(block)
            case ast.NotARule():
                blocks.not_rules.append(block)
            case ast.Scenario():
                blocks.scenarios.append(block)
            case ast.Header():
                pass
            case _ if library:
                ctx.report(
                    "TR069",
                    block.span,
                    "a library holds facts, moments and definitions only",
                    "move this to the protocol that uses the library",
                )
            case _:
                blocks.study.append(block)


def _declare(ctx: Context, nodes: Iterable[Named], kind: NameKind, into: dict[str, Named]) -> None:
    for node in nodes:
        if ctx.declare(node.name, kind):
            into[node.name.text] = node


def _build(ctx: Context, head: Head, blocks: Blocks, sources: Mapping[str, Source], sha256: str) -> model.Protocol:
    ctx.months = head.months
    ctx.months_needed = head.months is None and head.kind == "protocol"
    ctx.free_moments = head.kind == "library"
    plan = _declare_plan(ctx, blocks.study)
    check_facts(ctx, blocks.facts, collect_settings(ctx, blocks.settings, blocks.facts))
    check_moments(ctx, blocks.moments)
    until = ctx.moment(head.until) if head.until is not None else None
    ctx.baseline = ctx.moment(head.baseline) if head.baseline is not None else None
    ctx.definitions_ready = True
    library = head.kind == "library"
    check_definitions(ctx, blocks.definitions, library=library)
    criteria = _criteria(ctx, blocks.criteria, needs_source=bool(head.sources))
    study = None if plan is None else _study(ctx, plan, blocks.moments, head.day_numbering)
    release(ctx, library=library)
    not_rules = tuple(
        model.NotARule(model.SourceRef(node.source.list, node.source.item, span=node.source.span), node.reason, span=node.span)
        for node in blocks.not_rules
    )
    scenarios = check_scenarios(ctx, blocks.scenarios, criteria, {})
    return model.Protocol(
        head.name,
        head.version,
        head.language,
        head.kind,
        head.title,
        head.titles,
        head.registry,
        tuple(head.sources),
        head.timezone,
        head.months,
        head.day_numbering,
        until,
        ctx.baseline,
        ctx.moments,
        ctx.facts,
        ctx.definitions,
        criteria,
        not_rules,
        tuple(scenarios.values()),
        sha256,
        {name: source.text for name, source in sources.items()},
        tuple(head.notes),
        study,
    )


# Most files of a cohort, and all libraries, state no plan: what checks it is loaded when one does.


def _declare_plan(ctx: Context, nodes: list[StudyBlock]) -> PlanBlocks | None:
    if not nodes:
        return None
    found: PlanBlocks = import_module(".check_study", __package__).declare_study(ctx, nodes)
    return found


def _study(ctx: Context, plan: PlanBlocks, moments: Mapping[str, ast.Moment], numbering: int) -> Study:
    found: Study = import_module(".check_study", __package__).check_study(ctx, plan, moments, numbering)
    return found


def _criteria(ctx: Context, nodes: list[ast.Criterion], *, needs_source: bool) -> tuple[model.Criterion, ...]:
    seen: dict[str, ast.Word] = {}
    found = []
    for node in nodes:
        first = seen.setdefault(node.id.text, node.id)
        if first is not node.id:
            ctx.twice(node.id.span, f"the criterion `{node.id.text}`", first.span, "give one of them another id")
        found.append(check_criterion(ctx, node, needs_source=needs_source))
    return tuple(found)
