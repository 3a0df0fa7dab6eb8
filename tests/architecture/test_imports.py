"""Imports inside functions, and modules that a layer must not touch."""

from __future__ import annotations

import ast

import pytest

from .source_tree import Import, imports_of, module_name, package_files, package_imports, text_of

# Foreign packages that a plain install lacks; a function that needs one imports it and says which extra brings it.
OPTIONAL = {
    "pyarrow": "extra `parquet`: tables of patients",
    "openpyxl": "extra `xlsx`: the Schedule of Activities as a workbook",
    "ucumvert": "extra `dev`: the generator of the unit table",
    "pint": "extra `dev`: the generator of the unit table",
    "interegular": "extra `dev`: lark looks for terminals that collide when it runs strict",
}
# Modules that load other modules of ours by name, at run time.
LAZY = {
    "cli": "a verb's module is imported when the verb runs, so that --version and completion start at once",
    "commands._service": "the service needs an extra, and Django is loaded by the verbs that work with it only",
    "commands.doctor": "looks at parts that may be broken and reports them instead of failing with them",
    "__init__": "the public names are fetched on first use",
    "dsl.parser": "files without a schedule start without its syntax tree, which is a fifth of the cold start",
    "dsl.check": "files without a schedule start without its checks and its model",
}
# The evaluator gives the same answer everywhere: no clock, disk, network, locale, chance.
IMPURE = {
    "asyncio", "ftplib", "getpass", "glob", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "platform", "random",
    "secrets", "shutil", "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip


def late_imports(found: list[Import] | tuple[Import, ...]) -> list[str]:
    return [str(item) for item in found if item.in_function and (item.ours or item.target.split(".")[0] not in OPTIONAL)]


def loads_by_name(source: str) -> list[int]:
    """Lines that import a module whose name is a value."""
    names = {"import_module", "__import__"}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if (isinstance(call.func, ast.Name) and call.func.id in names) or (isinstance(call.func, ast.Attribute) and call.func.attr in names)
    ]


def impure(found: list[Import] | tuple[Import, ...]) -> list[str]:
    return [str(item) for item in found if item.importer.startswith("engine.") and not item.ours and item.target.split(".")[0] in IMPURE]


def lark_outside_parser(found: list[Import] | tuple[Import, ...]) -> list[str]:
    return [str(item) for item in found if item.target.split(".")[0] == "lark" and item.importer not in {"dsl.parser", "dsl.build_table"}]


def test_functions_import_only_what_an_extra_brings():
    assert package_imports()
    assert late_imports(package_imports()) == []


def test_only_the_lazy_modules_import_by_name():
    found = {module_name(path): lines for path in package_files() if (lines := loads_by_name(text_of(path)))}
    assert found.keys() == LAZY.keys(), "a lazy module that is lazy no more leaves the list, a new one needs a reason"


def test_the_engine_touches_nothing_impure():
    assert impure(package_imports()) == []


def test_lark_stays_in_the_parser():
    assert lark_outside_parser(package_imports()) == []


def test_an_import_inside_a_function_is_seen():
    late = "def read():\n    from ..dsl.model import Protocol"
    assert late_imports(imports_of("records.fhir", late, {"dsl.model"}))
    assert late_imports(imports_of("records.fhir", "class A:\n    def b(self):\n        import json", set()))
    assert late_imports(imports_of("records.fhir", "class A:\n    import json", set())) == []
    assert late_imports(imports_of("records.tables", "def read():\n    import pyarrow.parquet as pq", set())) == []


@pytest.mark.parametrize("snippet", ["import_module('.dsl.model', 'x')", "importlib.import_module('x')", "def f():\n    __import__('os')"])
def test_an_import_by_name_is_seen(snippet):
    assert loads_by_name(snippet)


@pytest.mark.parametrize("snippet", ["import os", "from pathlib import Path", "import urllib.request", "def f():\n    import time"])
def test_an_impure_engine_is_seen(snippet):
    assert impure(imports_of("engine.decide", snippet, set()))
    assert impure(imports_of("records.fhir", snippet, set())) == []


def test_lark_in_the_wrong_file_is_seen():
    assert lark_outside_parser(imports_of("dsl.check", "from lark import Tree", set()))
    assert lark_outside_parser(imports_of("dsl.parser", "from lark import Tree", set())) == []
