"""Where `trace`, `lock` and `docs` get a protocol's source text from, and the lock file beside the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from .. import limits
from ..canonical import JsonProblem, strict_json_loads
from ..dsl.diagnostics import has_errors
from ..dsl.facade import load, load_scenarios, scenarios_beside
from ..dsl.render import render_text
from ..dsl.source import Source
from ..dsl.source_items import ItemProblem, SourceItem, SourceItems, read_items, read_regions
from ._outcome import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..dsl.model import Protocol, Scenario
    from ..dsl.source import Span

LOCK_SCHEMA = "trialrules/lock/1"
MAX_SOURCE_BYTES = 20 * limits.MAX_FILE_BYTES


@frozen
class SourceText:
    """The source texts of a protocol, by name, and the items of their regions."""

    sources: Mapping[str, Source]
    items: SourceItems

    @property
    def name(self) -> str:
        """What people call it."""
        return ", ".join(self.sources)


@frozen
class Lock:
    """What a lock file holds: the digest of each item's words, by `inclusion 5`."""

    path: Path
    items: Mapping[str, str]


def protocol_of(rules: Path) -> Protocol:
    """The protocol of a rule file.

    Raises:
        InputError: with every problem of the file, if it has errors, or if it is a library, which has no criteria.
    """
    loaded = load(rules)
    if loaded.protocol is None:
        raise InputError(render_text(loaded.diagnostics, loaded.sources).rstrip())
    if loaded.protocol.kind == "library":
        raise InputError(f"{rules}: this is a library, which has no criteria of its own; name the protocol that uses it")
    return loaded.protocol


def scenarios_of(protocol: Protocol, rules: Path) -> tuple[Scenario, ...]:
    """The scenarios in a rule file and in the file beside it.

    Raises:
        InputError: with every problem of the file beside it, if it has errors.
    """
    beside = scenarios_beside(rules)
    if not beside.is_file():
        return protocol.scenarios
    loaded = load_scenarios(beside, protocol)
    if has_errors(loaded.diagnostics):
        raise InputError(render_text(loaded.diagnostics, loaded.sources).rstrip())
    return (*protocol.scenarios, *loaded.scenarios)


def lock_path(rules: Path) -> Path:
    """NAME.lock.json beside NAME.rules."""
    return rules.with_name(rules.name.removesuffix(".rules") + ".lock.json")


def place_of(protocol: Protocol, span: Span) -> str:
    """`file:line:column` of a place in the protocol's files; only the file where the text is not at hand."""
    text = protocol.files.get(span.file)
    if text is None:
        return span.file
    at = Source(span.file, text).position(span.start)
    return f"{span.file}:{at.line}:{at.column}"


def complaint(place: str, message: str, mend: str) -> InputError:
    """An input error with its place and mend."""
    return InputError(f"{place}: {message}\n  help: {mend}")


def read_source(protocol: Protocol, rules: Path, folder: Path | None) -> SourceText:
    """The source text that a protocol's header names, looked for in `folder` (None: that of the rule file).

    Raises:
        InputError: if the header names none, the file is not there or lies outside the folder, or a bound of the region is not in it.
    """
    if not protocol.sources:
        raise complaint(
            str(rules), "the header names no source text", 'write in the header: source "protocol.md" from "Inclusion Criteria"'
        )
    base = rules.parent if folder is None else folder
    texts: dict[str, Source] = {}
    for region in protocol.sources:
        place = place_of(protocol, region.span)
        if region.file not in texts:
            texts[region.file] = Source(region.file, _confined_text(base, region.file, place))
        # A region that holds nothing is the header's fault; what is amiss inside one is the text's.
        found = read_items(texts[region.file], region.start, region.end)
        if not found.items and found.problems:
            raise complaint(place, found.problems[0].message, found.problems[0].help)
    return SourceText(texts, read_regions([(texts[region.file], region.start, region.end, region.only) for region in protocol.sources]))


def _confined_text(folder: Path, name: str, place: str) -> str:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder of source texts")
    path = folder / name
    root = folder.resolve()
    if Path(name).is_absolute() or not path.resolve().is_relative_to(root):
        raise complaint(place, f"the source `{name}` lies outside {folder}", "name a file inside the folder of source texts")
    if not path.is_file():
        raise complaint(place, f"there is no source text `{name}` in {folder}", "put it there, or say with --sources DIR where it is")
    if path.stat().st_size > MAX_SOURCE_BYTES:
        raise complaint(place, f"the source `{name}` is larger than {MAX_SOURCE_BYTES} bytes", "keep the registry's text only")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise complaint(place, f"the source `{name}` is not UTF-8 (byte {error.start})", "save it as UTF-8") from error


def problem_place(text: SourceText, problem: ItemProblem) -> str:
    """Where in the source text a problem stands."""
    if problem.span is None:
        return text.name
    at = text.sources[problem.span.file].position(problem.span.start)
    return f"{problem.span.file}:{at.line}:{at.column}"


def items_to_lock(text: SourceText) -> tuple[SourceItem, ...]:
    """What a lock file covers: every item of every list, so that a new one is noticed as well."""
    return text.items.items


def lock_bytes(protocol: Protocol, text: SourceText) -> bytes:
    """The lock file, in order of the text; digests only, none of the words."""
    content = {
        "schema": LOCK_SCHEMA,
        "protocol": protocol.name,
        "source": text.name,
        "items": {item.key: item.digest for item in items_to_lock(text)},
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def read_lock(rules: Path) -> Lock | None:
    """The lock file beside a rule file; None if there is none.

    Raises:
        InputError: if it is no lock file.
    """
    path = lock_path(rules)
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_SOURCE_BYTES:
        raise complaint(str(path), "this is no lock file: too large", "make it anew with `trialrules lock`")
    try:
        content = strict_json_loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise complaint(str(path), "this is no lock file: not UTF-8", "make it anew with `trialrules lock`") from error
    if isinstance(content, JsonProblem):
        raise complaint(f"{path}:{content.line}:{content.column}", content.message, "make it anew with `trialrules lock`")
    items = content.get("items") if isinstance(content, dict) and content.get("schema") == LOCK_SCHEMA else None
    if not isinstance(items, dict) or not all(isinstance(each, str) for each in items.values()):
        raise complaint(str(path), f"this is no lock file of the form `{LOCK_SCHEMA}`", "make it anew with `trialrules lock`")
    return Lock(path, {key: str(value) for key, value in items.items()})
