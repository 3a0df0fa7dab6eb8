"""Which calendar programs of others are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / ".clients"
REQUIRED = os.environ.get("TRIALRULES_CLIENTS") == "required"
GI = "import gi; [gi.require_version(*p) for p in {}]; from gi.repository import {}"


def absent(why: str) -> None:
    """In CI a program that is not there is a failure; elsewhere the test is left out."""
    if REQUIRED:
        pytest.fail(f"{why}; tools/clients/install.sh installs it")
    pytest.skip(f"{why}; make clients installs it")


def has_gi(*names: tuple[str, str]) -> bool:
    program = GI.format(list(names), ", ".join(name for name, _ in names))
    return (
        Path("/usr/bin/python3").exists()
        and subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True, check=False).returncode == 0
    )


def evolution_python() -> str:
    """The Python that talks to Evolution Data Server."""
    if not has_gi(("ECal", "2.0"), ("EDataServer", "1.2"), ("ICalGLib", "3.0")) or shutil.which("dbus-run-session") is None:
        absent("Evolution Data Server is not installed for /usr/bin/python3")
    return "/usr/bin/python3"


def python_folder() -> Path:
    """The folder of vdirsyncer and khal."""
    folder = CLIENTS / "venv" / "bin"
    if not (folder / "vdirsyncer").exists() or not (folder / "khal").exists():
        absent("vdirsyncer and khal are not installed")
    return folder
