"""Who may import whom: `cli, commands -> service, editor -> records, cohort, analysis -> engine -> dsl`."""

from __future__ import annotations

import pytest

from .source_tree import Import, imports_of, package_imports

# A higher level may import lower ones and itself; on one level STRANGERS keep apart.
LEVELS = {
    "dsl": 1,
    "engine": 2,
    "records": 3,
    "cohort": 3,
    "analysis": 3,
    "service": 4,
    "editor": 4,
    "commands": 5,
    "cli": 6,
    "__init__": 7,
    "__main__": 7,
}
LEAVES = {"limits", "canonical", "_version"}
STRANGERS = {"records", "cohort", "analysis"}
DSL_DOORS = {
    "dsl.model",
    "dsl.schedule_model",
    "dsl.causes",
    "dsl.types",
    "dsl.units",
    "dsl.source",
    "dsl.diagnostics",
    "dsl.facade",
    "dsl.catalog",
}
# The verbs for writers of rules (check, fmt, trace, docs) and the editor show what no evaluation needs: messages, layout, source items.
WRITERS_DOORS = {"dsl.render", "dsl.render_json", "dsl.format", "dsl.source_items"}
WRITERS = {"commands", "editor", "service"}
# canonical JSON has bounds like everything else.
LEAF_IMPORTS_LEAF = {("canonical", "limits")}


def part_of(module: str) -> str:
    return module.split(".", 1)[0]


def complaints(found: list[Import] | tuple[Import, ...]) -> list[str]:
    """Every import among our own modules that breaks a rule, in words."""
    return [f"{item}: {why}" for item in found if item.ours for why in [complaint(item)] if why]


def complaint(item: Import) -> str | None:
    source, target = part_of(item.importer), part_of(item.target)
    for part in (source, target):
        if part not in LEVELS and part not in LEAVES:
            return f"no level is known for {part}; add it to LEVELS"
    if item.target.endswith("__init__"):
        return "a package's __init__ is for people outside; import the module that owns the name"
    if target in LEAVES:
        return "leaf modules import nothing of ours" if source in LEAVES and (source, target) not in LEAF_IMPORTS_LEAF else None
    if source in LEAVES:
        return "leaf modules import nothing of ours"
    if source != target:
        if LEVELS[source] < LEVELS[target]:
            return "imports go downward only"
        if source in STRANGERS and target in STRANGERS:
            return "records, cohort and analysis do not know each other"
        doors = DSL_DOORS | WRITERS_DOORS if source in WRITERS else DSL_DOORS
        if target == "dsl" and item.target not in doors:
            return f"outside dsl only {', '.join(sorted(doors))} may be imported"
    return None


def circles(found: list[Import] | tuple[Import, ...]) -> list[list[str]]:
    """Import circles among our modules at run time.

    What is imported under `if TYPE_CHECKING:` closes no circle: the evaluator's parts (engine/context.py, engine/plan.py) name each other's
    types in annotations, and none is needed to load the other. The direction of layers holds for those imports too.
    """
    edges: dict[str, set[str]] = {}
    for item in found:
        if item.ours and not item.for_types and item.importer != item.target:
            edges.setdefault(item.importer, set()).add(item.target)
    found_circles: list[list[str]] = []
    done: set[str] = set()

    def follow(module: str, path: list[str]) -> None:
        if module in path:
            found_circles.append([*path[path.index(module) :], module])
            return
        if module in done:
            return
        for target in sorted(edges.get(module, ())):
            follow(target, [*path, module])
        done.add(module)

    for module in sorted(edges):
        follow(module, [])
    return found_circles


def test_imports_go_downward_only():
    found = package_imports()
    assert any(item.ours for item in found), "saw no import of our own: the reader is broken, not the code clean"
    assert any(not item.ours for item in found)
    assert complaints(found) == []


def test_the_reader_sees_the_lower_layers_when_they_are_there():
    importers = {part_of(item.importer) for item in package_imports() if item.ours}
    assert {"dsl", "engine", "records", "commands", "cli"} <= importers


def test_no_import_circles():
    assert circles(package_imports()) == []


MODULES = {
    "dsl.__init__", "dsl.model", "dsl.parser", "dsl.source", "engine.__init__", "engine.decide", "engine.record",
    "records.__init__", "records.fhir", "analysis.__init__", "analysis.gaps", "commands.screen", "cli", "limits", "canonical", "__init__",
}  # fmt: skip


@pytest.mark.parametrize(
    ("importer", "snippet", "word"),
    [
        ("dsl.model", "from ..engine.decide import screen", "downward"),
        ("dsl.model", "from trialrules.engine import decide", "downward"),
        ("dsl.model", "if TYPE_CHECKING:\n    from ..engine import decide", "downward"),
        ("dsl.model", "def late():\n    import trialrules.engine.decide", "downward"),
        ("engine.decide", "from ..records.fhir import read", "downward"),
        ("engine.decide", "from ..dsl.parser import parse", "outside dsl only"),
        ("engine.decide", "from ..dsl import parser", "outside dsl only"),
        ("engine.decide", "from ..dsl.render import render_text", "outside dsl only"),
        ("records.fhir", "from ..dsl.format import format_text", "outside dsl only"),
        ("commands.check", "from ..dsl.parser import parse", "outside dsl only"),
        ("engine.decide", "from ..dsl import Protocol", "__init__"),
        ("engine.decide", "from . import Outcome", "__init__"),
        ("engine.decide", "from .. import load", "__init__"),
        ("engine.decide", "import trialrules", "__init__"),
        ("records.fhir", "from ..analysis.gaps import gaps", "do not know each other"),
        ("commands.screen", "from ..cli import ExitCode", "downward"),
        ("limits", "from .dsl.model import Protocol", "leaf"),
        ("limits", "from .canonical import dumps", "leaf"),
        ("engine.decide", "from ..attic.old import thing", "no level"),
    ],
)
def test_an_offending_import_is_seen(importer, snippet, word):
    (line,) = complaints(imports_of(importer, snippet, MODULES))
    assert word in line


@pytest.mark.parametrize(
    ("importer", "snippet"),
    [
        ("dsl.model", "from .source import Span"),
        ("dsl.model", "from . import source"),
        ("dsl.model", "from .. import limits"),
        ("dsl.model", "from ..limits import DEPTH"),
        ("engine.decide", "from ..dsl.model import Protocol"),
        ("records.fhir", "from ..engine.record import Record"),
        ("commands.screen", "from ..records import fhir"),
        ("commands.check", "from ..dsl.render import render_text"),
        ("engine.decide", "import decimal\nfrom datetime import date"),
    ],
)
def test_a_lawful_import_passes(importer, snippet):
    found = imports_of(importer, snippet, MODULES)
    assert found
    assert complaints(found) == []


def test_a_circle_is_seen():
    found = [
        *imports_of("dsl.model", "from .source import Span", MODULES),
        *imports_of("dsl.source", "from .parser import parse", MODULES),
        *imports_of("dsl.parser", "def late():\n    from . import model", MODULES),
    ]
    assert circles(found) == [["dsl.model", "dsl.source", "dsl.parser", "dsl.model"]]
    assert circles(found[:2]) == []


def test_types_alone_close_no_circle():
    there = imports_of("dsl.model", "from .source import Span", MODULES)
    back = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .model import Protocol\n"
    assert circles([*there, *imports_of("dsl.source", back, MODULES)]) == []
    assert circles([*there, *imports_of("dsl.source", f"{back}else:\n    from .model import Protocol\n", MODULES)]) != []
    assert circles([*there, *imports_of("dsl.source", f"{back}from .model import Unit\n", MODULES)]) != []
