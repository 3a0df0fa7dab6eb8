"""The pages that explain each code of a diagnostic: `docs/errors/TR012.md`, as they come with the package."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


def pages() -> Mapping[str, Traversable]:
    """Every code that has a page, in order."""
    folder = files(__package__.rpartition(".")[0]).joinpath("docs").joinpath("errors")
    if not folder.is_dir():
        return {}
    found = {page.name.removesuffix(".md"): page for page in folder.iterdir() if re.fullmatch(r"TR[0-9]{3}\.md", page.name)}
    return dict(sorted(found.items()))


def title_of(code: str, text: str) -> str:
    """The headline of a page, without the code that may stand before it."""
    head = next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")), "")
    return head.removeprefix(code).lstrip(" :.–—-")
