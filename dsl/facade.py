"""The door of this package: rule text becomes a checked protocol, or a list of everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from .. import limits
from ..canonical import digest
from . import ast, model
from .check import check, new_context
from .check_scenarios import check_scenarios
from .diagnostics import Diagnostic, has_errors, sorted_diagnostics
from .files import read_rule_file, usable
from .includes import Reader, Unreadable, disk_reader, load_files, no_reader
from .parser import parse
from .source import Source


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
    file = read_rule_file(Path(name), name)
    source = file.source or Source(name, "")
    if not usable(file):
        return LoadResult(None, file.diagnostics, {name: source})
    return _load(source, disk_reader(Path(name).parent), file.diagnostics)


def load_text(text: str, name: str = "rules", *, reader: Reader = no_reader) -> LoadResult:
    """Load a rule file from its text.

    Args:
        text: The rules.
        name: What spans and diagnostics call the file; its folder is where used files are looked for.
        reader: Gives the text of a used file, by its path below that folder.
    """
    return _load(Source(name, text), reader, ())


def load_texts(main: str, texts: Mapping[str, str]) -> LoadResult:
    """Load a rule file and what it uses from texts, by path below the folder of `main`; nothing else is looked for."""
    return load_text(texts.get(main, ""), main, reader=lambda path: texts[path] if path in texts else Unreadable("missing"))


def _load(source: Source, reader: Reader, before: tuple[Diagnostic, ...]) -> LoadResult:
    loaded = load_files(source, reader)
    sha256 = files_sha256(loaded.texts)
    broken = has_errors([*before, *loaded.diagnostics])
    protocol, found = check(loaded.root, loaded.libraries, loaded.sources, frozenset(loaded.lost), sha256, broken=broken)
    diagnostics = sorted_diagnostics([*before, *loaded.diagnostics, *found])
    return LoadResult(None if has_errors(diagnostics) else protocol, _shown(diagnostics), loaded.sources)


def files_sha256(texts: Mapping[str, str]) -> str:
    """What `Protocol.sha256` is of a rule file and all it uses, by path below its folder."""
    return digest({path: _encodable(content) for path, content in texts.items()})


def scenarios_beside(path: str | os.PathLike[str]) -> Path:
    """Where the scenarios of a rule file stand, if they stand beside it: `x.rules` has `x.scenarios.rules`."""
    rules = Path(path)
    return rules.with_name(rules.name.removesuffix(".rules") + ".scenarios.rules")


def load_scenarios(path: str | os.PathLike[str], protocol: model.Protocol) -> ScenarioResult:
    """Load a file of scenarios for a protocol; `like` also reaches the scenarios of the rule file."""
    name = os.fspath(path)
    file = read_rule_file(Path(name), name)
    source = file.source or Source(name, "")
    if not usable(file):
        return ScenarioResult((), file.diagnostics, {name: source})
    return _load_scenarios(source, protocol, file.diagnostics)


def load_scenarios_text(text: str, name: str, protocol: model.Protocol) -> ScenarioResult:
    """Load scenarios from their text; see `load_scenarios`."""
    return _load_scenarios(Source(name, text), protocol, ())


def _load_scenarios(source: Source, protocol: model.Protocol, before: tuple[Diagnostic, ...]) -> ScenarioResult:
    name = source.name
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
    diagnostics = sorted_diagnostics([*before, *parsed.diagnostics, *ctx.diagnostics])
    return ScenarioResult(() if has_errors(diagnostics) else tuple(found.values()), _shown(diagnostics), sources)


def _shown(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The first so many problems, errors before warnings where both do not fit, and a word about the rest."""
    if len(diagnostics) <= limits.MAX_DIAGNOSTICS:
        return diagnostics
    ordered = sorted(diagnostics, key=lambda diagnostic: diagnostic.severity != "error")[: limits.MAX_DIAGNOSTICS]
    kept = sorted_diagnostics(ordered)
    message = f"there are {len(diagnostics) - len(kept)} further problems, which are not shown"
    return (*kept, Diagnostic("TR083", message, kept[-1].labels[:1], "mend these first"))


def _encodable(text: str) -> str:
    """The text as it goes into the digest: lines end in LF, and halves of characters, which have no bytes, are replaced."""
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
