"""The files that a rule file uses: found below its folder, read once, the deepest first."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from attrs import define, field, frozen

from .. import limits
from . import ast
from .check_header import leaves
from .diagnostics import Diagnostic, Label
from .files import LoadedFile, decode, usable
from .parser import parse
from .source import Source, Span

Trouble = Literal["missing", "outside"]


@frozen
class Unreadable:
    """Why a file could not be read."""

    why: Trouble


Reader: TypeAlias = Callable[[str], str | bytes | Unreadable]
"""Gives the content of a file by its path below the root file's folder, with `/` between the parts."""

_WORDS: Final[Mapping[Trouble, tuple[str, str, str]]] = MappingProxyType(
    {
        "missing": ("TR066", "there is no file `{}`", "write the path from the folder of this file"),
        "outside": (
            "TR065",
            "`{}` lies outside the folder of the rule file",
            "copy it below that folder; links that lead out are not followed",
        ),
    }
)


def disk_reader(folder: Path) -> Reader:
    """A reader of the files below `folder`; what a link leads out to is not read."""
    top = os.path.realpath(folder)

    def read(path: str) -> bytes | Unreadable:
        real = os.path.realpath(os.path.join(top, path))  # noqa: PTH118 - realpath has no like in pathlib that never raises
        if not real.startswith(top.rstrip(os.sep) + os.sep):
            return Unreadable("outside")
        try:
            with Path(real).open("rb") as stream:
                return stream.read(limits.MAX_FILE_BYTES + 1)
        except (OSError, ValueError):
            return Unreadable("missing")

    return read


def no_reader(_path: str) -> Unreadable:
    """The reader for a text that stands alone."""
    return Unreadable("missing")


@define
class Loaded:
    """A root file and what it uses. `libraries` come before those that use them; `texts` are by path below the root's folder."""

    root: ast.File
    libraries: list[ast.File] = field(factory=list)
    sources: dict[str, Source] = field(factory=dict)
    texts: dict[str, str] = field(factory=dict)
    diagnostics: list[Diagnostic] = field(factory=list)
    lost: set[str] = field(factory=set)


@frozen
class _Place:
    """A file to be visited: its path below the root's folder, the name for people, where it is asked for."""

    path: str
    asked: Span


def load_files(source: Source, reader: Reader) -> Loaded:
    """Parse the root file and everything it uses, directly and through others."""
    parsed = parse(source)
    own = PurePosixPath(source.name.replace(os.sep, "/")).name
    loaded = Loaded(parsed.file, sources={source.name: source}, texts={own: source.text}, lost=set(parsed.lost))
    loaded.diagnostics += parsed.diagnostics
    prefix = source.name[: len(source.name) - len(own)]
    files: dict[str, ast.File] = {own: parsed.file}
    open_paths: list[str] = [own]
    done: set[str] = set()
    stack: list[tuple[_Place | None, str]] = [(None, own)]
    stack += [(place, "") for place in reversed(_uses(loaded, parsed.file, own))]
    while stack:
        place, leaving = stack.pop()
        if place is None:
            open_paths.remove(leaving)
            done.add(leaving)
            if leaving != own:
                loaded.libraries.append(files[leaving])
        elif place.path in open_paths:
            _report_circle(loaded, place, open_paths)
        elif place.path not in done:
            file = _read(loaded, place, reader, prefix, files)
            if file is None:
                done.add(place.path)
                continue
            open_paths.append(place.path)
            stack.append((None, place.path))
            stack += [(below, "") for below in reversed(_uses(loaded, file, place.path))]
    return loaded


def _uses(loaded: Loaded, file: ast.File, path: str) -> list[_Place]:
    """The files that a file's header names, as paths below the root's folder."""
    found = []
    for block in file.blocks:
        if not isinstance(block, ast.Header):
            continue
        for line in block.lines:
            if isinstance(line, ast.HeaderLine) and line.kind == "use" and line.values and line.values[0] is not None:
                text = line.values[0].text
                if leaves(text) or not text.strip():
                    message = f"`{text}` leads out of the folder of the file that says it"
                    loaded.diagnostics.append(
                        Diagnostic("TR065", message, (Label(line.span),), "say a file below the folder, without `..`")
                    )
                    continue
                found.append(_Place(str(PurePosixPath(path).parent / text), line.span))
    return found


def _read(loaded: Loaded, place: _Place, reader: Reader, prefix: str, files: dict[str, ast.File]) -> ast.File | None:
    if len(files) > limits.MAX_INCLUDES:
        message = f"more than {limits.MAX_INCLUDES} files are used"
        loaded.diagnostics.append(Diagnostic("TR068", message, (Label(place.asked),), "put libraries together"))
        return None
    content = reader(place.path)
    if isinstance(content, Unreadable):
        code, message, help_ = _WORDS[content.why]
        loaded.diagnostics.append(Diagnostic(code, message.format(place.path), (Label(place.asked),), help_))
        return None
    name = prefix + place.path
    loaded_file = decode(content, name) if isinstance(content, bytes) else LoadedFile(Source(name, content), ())
    loaded.diagnostics += loaded_file.diagnostics
    source = loaded_file.source or Source(name, "")
    if not usable(loaded_file):
        loaded.sources[name] = source
        return None
    parsed = parse(source)
    files[place.path] = parsed.file
    loaded.sources[source.name] = source
    loaded.texts[place.path] = source.text
    loaded.diagnostics += parsed.diagnostics
    loaded.lost |= parsed.lost
    return parsed.file


def _report_circle(loaded: Loaded, place: _Place, open_paths: list[str]) -> None:
    circle = [*open_paths[open_paths.index(place.path) :], place.path]
    shown = " -> ".join(f"`{path}`" for path in circle)
    loaded.diagnostics.append(Diagnostic("TR067", f"these files use each other: {shown}", (Label(place.asked),), "take one `use` out"))
