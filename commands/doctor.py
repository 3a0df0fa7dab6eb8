"""`trialrules doctor` looks whether this installation is whole. It must run where other parts do not: it loads them by name and reports."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fractions import Fraction
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .._version import __version__
from ._files import give
from ._outcome import Outcome
from ._service import home_option, operations, ready, use_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

PACKAGE = __package__.rpartition(".")[0]
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    part: str
    well: bool
    detail: str


def look_at_python() -> Iterator[Finding]:
    """Whether the interpreter is new enough."""
    here = ".".join(str(number) for number in sys.version_info[:3])
    well = sys.version_info[:2] >= OLDEST_PYTHON
    yield Finding("python", well, here if well else f"{here}; needs {'.'.join(map(str, OLDEST_PYTHON))} or newer")


def look_at_dependencies() -> Iterator[Finding]:
    """Whether what the package asks for is there, new enough, and importable."""
    try:
        asked = [text for text in requires("trialrules") or [] if "extra ==" not in text]
    except PackageNotFoundError:
        yield Finding("installation", well=False, detail="trialrules is on the path, but not installed; say: pip install trialrules")
        return
    for text in asked:
        yield dependency(text)


def dependency(text: str) -> Finding:
    """One requirement as the package's metadata write it, such as `click<9,>=8.1.7`."""
    name = re.split(r"[\s<>=!~;\[(]", text, maxsplit=1)[0]
    part = f"needs {name}"
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(part, well=False, detail=f"not installed; say: pip install '{text}'")
    for sign, bound in re.findall(r"(>=|<)\s*(\d+(?:\.\d+)*)", text):
        if (numbers(found) >= numbers(bound)) != (sign == ">="):
            return Finding(part, well=False, detail=f"{found} is installed, {sign}{bound} is needed")
    try:
        import_module({"python-dateutil": "dateutil"}.get(name, name))
    except ImportError as error:
        return Finding(part, well=False, detail=f"{found} is installed and cannot be imported: {error}")
    return Finding(part, well=True, detail=found)


def numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version; `2.9.0.post0` counts as 2.9.0, and 8.1 as 8.1.0."""
    lead = re.match(r"\d+(?:\.\d+)*", text)
    parts = [int(part) for part in lead.group().split(".")] if lead else []
    return tuple([*parts, 0, 0, 0][:3])


def look_at_units() -> Iterator[Finding]:
    """Whether the unit table is there and converts."""
    units = import_module(f"{PACKAGE}.dsl.units")
    factor = units.factor_between(units.parse_unit("mg/dL"), units.parse_unit("g/L"))
    well = factor == Fraction(1, 100)
    yield Finding("unit table", well, "converts" if well else f"1 mg/dL came out as {factor} g/L")


def look_at_grammar() -> Iterator[Finding]:
    """Whether the saved parser table belongs to the grammar beside it; a language front without a saved table has nothing to look at."""
    state = getattr(import_module(f"{PACKAGE}.dsl.facade"), "table_state", None)
    if state is not None:
        yield grammar_table(state())


def grammar_table(state: str) -> Finding:
    """What the front says of its table: `fresh`, `stale` or `missing`."""
    mend = {"stale": "made from another grammar; say: make parser-table", "missing": "not there; every start builds it anew"}
    return Finding("parser table", state == "fresh", mend.get(state, state))


def look_at_rules() -> Iterator[Finding]:
    """Whether the shipped rule files are there and pass the checker."""
    load = import_module(f"{PACKAGE}.dsl.facade").load
    shipped = sorted(
        (path for path in files(PACKAGE).joinpath("rules").iterdir() if path.name.endswith(".rules")), key=lambda path: path.name
    )
    if not shipped:
        yield Finding("rules", well=False, detail="no rule file came with this installation")
    for path in shipped:
        yield from guarded(f"rules/{path.name}", rule_file(load, path))


def rule_file(load: Callable[[Any], object], path: Traversable) -> Callable[[], Iterator[Finding]]:
    """A look at one shipped rule file."""

    def look() -> Iterator[Finding]:
        load(path)
        yield Finding(f"rules/{path.name}", well=True, detail="reads and checks")

    return look


def guarded(part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of one look; a look that breaks is a finding."""
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - the doctor examines what is broken
        yield Finding(part, well=False, detail=f"{type(error).__name__}: {error}")


LOOKS: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
    ("python", look_at_python),
    ("dependencies", look_at_dependencies),
    ("unit table", look_at_units),
    ("parser table", look_at_grammar),
    ("rules", look_at_rules),
)


def qualification(home: Path | None) -> Iterator[Finding]:
    """The looks at an installation of the service."""
    use_home(home)
    ready(migrated=False)
    for part, look in operations("qualify").looks():
        yield from guarded(part, lambda look=look: (Finding(*line) for line in look()))  # type: ignore[misc]


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--iq", is_flag=True, help="Installation qualification: the service in --home, too.")
@home_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
def command(*, form: str, iq: bool, home: Path | None, output: Path | None) -> Outcome:
    """Look whether this installation is whole.

    With --iq the report also states versions, digests of the installed files, how the database is set up, migrations, clock, rights of
    files, and settings. Exit code 1 when something is amiss.
    """
    findings = [finding for part, look in LOOKS for finding in guarded(part, look)]
    findings += qualification(home) if iq else ()
    give(_json(findings, iq=iq) if form == "json" else _text(findings, colour=output is None), output)
    return Outcome.DONE if all(each.well for each in findings) else Outcome.FINDINGS


def _json(findings: list[Finding], *, iq: bool) -> str:
    told: dict[str, object] = {"schema": "trialrules/doctor/1", "version": __version__}
    if iq:
        told["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({**told, "findings": [asdict(each) for each in findings]}, indent=2) + "\n"


def _text(findings: list[Finding], *, colour: bool) -> str:
    width = max(len(each.part) for each in findings)
    signs = {True: click.style("ok  ", fg="green"), False: click.style("BAD ", fg="red", bold=True)}
    lines = [f"{signs[each.well]} {each.part:<{width}}  {each.detail}" for each in findings]
    text = "\n".join([f"trialrules {__version__}", *lines, ""])
    return text if colour else click.unstyle(text)
