"""The door of this package: rule text becomes a checked protocol, or a list of everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from ..canonical import digest
from . import ast, model
from .check import check, new_context
from .check_scenarios import check_scenarios
from .diagnostics import Diagnostic, Label, has_errors, sorted_diagnostics
from .includes import Reader, Unreadable, disk_reader, load_files, no_reader, read_text, with_line_feeds
from .parser import parse
from .source import Source, Span


@frozen
class LoadResult:
    """A protocol (None if any diagnostic is an error), all diagnostics by place, and the texts that spans point into, by file name."""

    protocol: model.Protocol | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


@frozen
class ScenarioResult:
    """The scenarios of a file of its own (none if any diagnostic is an error), its diagnostics and sources."""

    scenarios: tuple[model.Scenario, ...]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


def load(path: str | os.PathLike[str]) -> LoadResult:
    """Load a rule file from disk with the libraries it uses.

    Args:
        path: The file; spans and diagnostics name it as given here.

    Returns:
        The protocol and what there is to say about it. Nothing in a file raises.
    """
    name = os.fspath(path)
    text = read_text(Path(name))
    if isinstance(text, Unreadable):
        return LoadResult(None, (_unreadable(name, text),), {name: Source(name, "")})
    return load_text(text, name, reader=disk_reader(Path(name).parent))


def load_text(text: str, name: str = "rules", *, reader: Reader = no_reader) -> LoadResult:
    """Load a rule file from its text.

    Args:
        text: The rules.
        name: What spans and diagnostics call the file; its folder is where used files are looked for.
        reader: Gives the text of a used file, by its path below that folder.
    """
    loaded = load_files(Source(name, with_line_feeds(text)), reader)
    sha256 = digest({path: _encodable(content) for path, content in loaded.texts.items()})
    protocol, found = check(loaded.root, loaded.libraries, loaded.sources, frozenset(loaded.lost), sha256)
    diagnostics = sorted_diagnostics([*loaded.diagnostics, *found])
    return LoadResult(None if has_errors(diagnostics) else protocol, diagnostics, loaded.sources)


def scenarios_beside(path: str | os.PathLike[str]) -> Path:
    """Where the scenarios of a rule file stand, if they stand beside it: `x.rules` has `x.scenarios.rules`."""
    rules = Path(path)
    return rules.with_name(rules.name.removesuffix(".rules") + ".scenarios.rules")


def load_scenarios(path: str | os.PathLike[str], protocol: model.Protocol) -> ScenarioResult:
    """Load a file of scenarios for a protocol; `like` also reaches the scenarios of the rule file."""
    name = os.fspath(path)
    text = read_text(Path(name))
    if isinstance(text, Unreadable):
        return ScenarioResult((), (_unreadable(name, text),), {name: Source(name, "")})
    return load_scenarios_text(text, name, protocol)


def load_scenarios_text(text: str, name: str, protocol: model.Protocol) -> ScenarioResult:
    """Load scenarios from their text; see `load_scenarios`."""
    source = Source(name, with_line_feeds(text))
    sources = {name: source}
    parsed = parse(source)
    ctx = new_context(sources, name, parsed.lost)
    ctx.months, ctx.months_needed, ctx.baseline = protocol.months, protocol.months is None, protocol.baseline
    ctx.take(protocol)
    nodes = []
    for block in parsed.file.blocks:
        if isinstance(block, ast.Scenario):
            nodes.append(block)
        else:
            ctx.report("TR069", block.span, "a file of scenarios holds nothing else", "move this to the rule file")
    known = {scenario.name: scenario for scenario in protocol.scenarios}
    found = check_scenarios(ctx, nodes, protocol.criteria, known)
    diagnostics = sorted_diagnostics([*parsed.diagnostics, *ctx.diagnostics])
    return ScenarioResult(() if has_errors(diagnostics) else tuple(found.values()), diagnostics, sources)


def _encodable(text: str) -> str:
    """The text with halves of surrogate pairs replaced: they are no Unicode and have no bytes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _unreadable(name: str, problem: Unreadable) -> Diagnostic:
    message = {
        "missing": f"`{name}` cannot be read",
        "outside": f"`{name}` lies outside the folder",
        "not text": f"`{name}` is not a text in UTF-8",
        "too large": f"`{name}` is too large for a rule file",
    }[problem.why]
    return Diagnostic("TR066", message, (Label(Span(name, 0, 0)),), "check the path and the file")
