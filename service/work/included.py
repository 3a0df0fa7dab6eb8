"""The protocols that come with the program, to hand in without looking for files."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Final

from . import rules

PACKAGE: Final = "trialrules"
PROTOCOLS: Final = ("ankylosing_spondylitis.rules", "aclf_phase1.rules", "aclf_phase2.rules")


def protocol_files(name: str) -> tuple[str, dict[str, str]]:
    """One of `PROTOCOLS` with all it uses, as `rules.import_version` takes them."""
    with as_file(files(PACKAGE) / "rules") as folder:
        return rules.from_folder(folder / name)
