"""The repository as the architecture tests see it: files, modules, imports."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NO_PACKAGE = {"tests", "docs", "bench", "demo", "tools", "build", "dist", "rules", "schemas"}


@cache
def repository_files() -> tuple[Path, ...]:
    """Files that are tracked or about to be: everything but what .gitignore names. Paths are relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = sorted({Path(name) for name in listing.split("\0") if name})
    return tuple(path for path in paths if (ROOT / path).is_file() and not (ROOT / path).is_symlink())


def python_files() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".py"]


def package_files() -> list[Path]:
    """Python files that belong to the package `trialrules`."""
    return [path for path in python_files() if path.parts[0] not in NO_PACKAGE and not path.parts[0].startswith(".")]


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def module_name(path: Path) -> str:
    """`dsl/model.py` is `dsl.model`; a package goes by `dsl.__init__`."""
    return ".".join(path.with_suffix("").parts)


@dataclass(frozen=True)
class Import:
    """One import of our own or of a foreign module, with everything a rule may ask."""

    importer: str
    target: str
    """Ours: name of the module below the root, as `module_name` writes it. Foreign: the dotted name."""
    ours: bool
    name: str | None
    """What is taken from a module of ours; None when the module itself is imported."""
    in_function: bool
    line: int
    for_types: bool = False
    """Under `if TYPE_CHECKING:`: seen by the type checker, absent at run time."""

    def __str__(self) -> str:
        taken = f" ({self.name})" if self.name else ""
        return f"{self.importer}:{self.line} imports {self.target}{taken}"


def for_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports_of(importer: str, source: str, modules: set[str]) -> list[Import]:
    """All imports in a source text, relative ones resolved against `modules`, those inside functions and type-checking blocks too."""
    found: list[Import] = []
    package = importer.split(".")[:-1]

    for_types = False

    def note(target: str, *, ours: bool, name: str | None, in_function: bool, line: int) -> None:
        found.append(Import(importer, target, ours, name, in_function, line, for_types))

    def from_ours(base: list[str], names: list[str], *, in_function: bool, line: int) -> None:
        dotted = ".".join(base)
        for name in names:
            inner = ".".join([*base, name])
            if inner in modules or f"{inner}.__init__" in modules:
                target = inner if inner in modules else f"{inner}.__init__"
                note(target, ours=True, name=None, in_function=in_function, line=line)
            else:
                # A module that does not exist (mypy reports it) keeps its name; a folder is asked for something its __init__ holds.
                package_itself = not dotted or f"{dotted}.__init__" in modules
                note(".".join([*base, "__init__"]) if package_itself else dotted, ours=True, name=name, in_function=in_function, line=line)

    def visit(node: ast.AST, *, in_function: bool) -> None:
        nonlocal for_types
        if isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == "trialrules":
                    note(rest or "__init__", ours=True, name=None, in_function=in_function, line=node.lineno)
                else:
                    note(alias.name, ours=False, name=None, in_function=in_function, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            parts = node.module.split(".") if node.module else []
            if node.level:
                base = package[: len(package) - (node.level - 1)]
                from_ours([*base, *parts], names, in_function=in_function, line=node.lineno)
            elif parts[0] == "trialrules":
                from_ours(parts[1:], names, in_function=in_function, line=node.lineno)
            else:
                for name in names:
                    note(".".join(parts), ours=False, name=name, in_function=in_function, line=node.lineno)
        inner = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        before = for_types
        for child in ast.iter_child_nodes(node):
            # What stands under `else:` of such a block is for run time.
            for_types = before or (for_type_checking(node) and child in node.body)
            visit(child, in_function=inner)
        for_types = before

    visit(ast.parse(source), in_function=False)
    return found


@cache
def package_imports() -> tuple[Import, ...]:
    files = package_files()
    modules = {module_name(path) for path in files}
    return tuple(item for path in files for item in imports_of(module_name(path), text_of(path), modules))
