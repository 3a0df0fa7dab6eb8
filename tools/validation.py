"""Put together what a release carries for validation, in the folder validation/.

    python tools/validation.py --installed PYTHON [--folder FOLDER]

`PYTHON` is the interpreter of an environment into which the built wheel was installed, with its service. It is looked at as a fresh
installation (IQ), and its parts are listed (SBOM). `pytest --rtm FOLDER --junitxml FOLDER/oq.xml` has written rtm.csv and oq.xml before;
further runs are added with `--rtm-add`, their JUnit files are called oq-….xml. The lists that people keep, requirements.csv and
known_defects.csv, stand in validation/. Exit code 1: something is missing, a requirement is not shown to hold, or the installation is not
as it has to be.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "validation"
_STYLE = (
    "body{font:1rem/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #999;vertical-align:top;padding:.25rem .5rem;text-align:left}td{overflow-wrap:anywhere}"
    ".bad{color:#a00;font-weight:700}.sign td{height:2.2rem}"
)
_GOOD = {"passed", "does not apply"}


# ---------------------------------------------------------------- pages


def page(title: str, *parts: str) -> str:
    """A whole page, which loads nothing."""
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{html.escape(title)}</h1>{"".join(parts)}</body></html>\n'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell with several lines shows them, and what is not well stands out."""
    first = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    mark = ' class="bad"' if text in {"failed", "skipped only", "no test", "not well"} else ""
    return f"<td{mark}>{'<br>'.join(html.escape(line) for line in text.splitlines())}</td>"


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with heads."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------- the tests


def cases(path: Path) -> list[tuple[str, str, str]]:
    """Requirement, test and result of each marked test in a JUnit file, in the order of both."""
    found = []
    for case in ET.parse(path).getroot().iter("testcase"):  # noqa: S314 - our own run wrote it a moment ago
        marked = [one.get("value", "") for one in case.iter("property") if one.get("name") == "req"]
        result = "failed" if {"failure", "error"} & {one.tag for one in case} else "passed"
        result = "skipped" if any(one.tag == "skipped" for one in case) else result
        found += [(number, f"{case.get('classname')}.{case.get('name')}", result) for number in marked]
    return sorted(found)


def write_tests(folder: Path) -> bool:
    """Pages of the matrix and of the operational qualification; whether every requirement that applies is shown to hold."""
    rows = read_table(folder / "rtm.csv")
    heads = ("id", "requirement", "result", "tests", "reason")
    shown = [[row["id"], row["requirement"], row["result"], row["tests"].replace("; ", "\n"), row["reason"]] for row in rows]
    (folder / "rtm.html").write_text(page("Requirements and the tests that show them", table(heads, shown)), encoding="utf-8")
    found = [case for path in sorted(folder.glob("oq*.xml")) for case in cases(path)]
    counts = Counter(result for _, _, result in found)
    said = ", ".join(f"{number} {result}" for result, number in sorted(counts.items()))
    content = page("Operational qualification", f"<p>{said}</p>", table(("requirement", "test", "result"), found))
    (folder / "oq.html").write_text(content, encoding="utf-8")
    return all(row["result"] in _GOOD for row in rows) and counts["failed"] == 0


# ---------------------------------------------------------------- the installation


def write_installation(folder: Path, python: Path) -> bool:
    """Set up a fresh installation and look at it; whether everything is as it has to be."""
    program = python.parent / "trialrules"
    with tempfile.TemporaryDirectory(prefix="trialrules-iq-") as place:
        home = Path(place) / "home"
        # Nothing of this checkout: the installed program is looked at, from another folder.
        environment = {name: text for name, text in os.environ.items() if name not in {"PYTHONPATH", "TRIALRULES_HOME", "DATABASE_URL"}}

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            asked = [str(program), *words, "--home", str(home)]
            return subprocess.run(asked, cwd=place, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own

        run("serve", "--check")
        reports = [run("doctor", "--iq", *more) for more in ((), ("--format", "json"))]
    for name, done in zip(("iq.txt", "iq.json"), reports, strict=True):
        (folder / name).write_text(done.stdout.replace(place, "…"), encoding="utf-8")
    return all(done.returncode == 0 for done in reports)


def write_parts(folder: Path, python: Path) -> bool:
    """The software bill of materials of that environment (CycloneDX)."""
    program = shutil.which("cyclonedx-py", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        print("cyclonedx-py is missing: pip install cyclonedx-bom", file=sys.stderr)
        return False
    about = ["--short-PURLs", "--pyproject", str(ROOT / "pyproject.toml")]
    asked = [program, "environment", *about, "--of", "JSON", "-o", str(folder / "sbom.json"), str(python)]
    return subprocess.run(asked, check=False).returncode == 0  # noqa: S603 - a tool that we ask for


# ---------------------------------------------------------------- the lists that people keep, and the whole


def write_lists(folder: Path) -> None:
    """What the system has to do (URS), and what is known to be amiss."""
    wanted = [[row["id"], row["requirement"], row["applies"], row["reason"]] for row in read_table(LISTS / "requirements.csv")]
    (folder / "urs.html").write_text(page("Requirements", table(("id", "requirement", "applies", "reason"), wanted)), encoding="utf-8")
    defects = read_table(LISTS / "known_defects.csv")
    heads = tuple(defects[0])
    content = page("Known defects", table(heads, ([row[head] for head in heads] for row in defects)))
    (folder / "known_defects.html").write_text(content, encoding="utf-8")


def write_index(folder: Path, results: dict[str, bool]) -> None:
    """The first page: what there is, how it came out, and who looks at it."""
    version = json.loads((folder / "iq.json").read_text(encoding="utf-8"))["version"] if (folder / "iq.json").stat().st_size else "unknown"
    documents = (
        ("urs.html", "Requirements (URS)", ""),
        ("rtm.html", "Traceability (RTM), also as rtm.csv", "tests"),
        ("oq.html", "Operational qualification (OQ), also as oq.xml", "tests"),
        ("iq.txt", "Installation qualification (IQ), also as iq.json", "installation"),
        ("sbom.json", "Parts (SBOM, CycloneDX)", "parts"),
        ("known_defects.html", "Known defects", ""),
    )
    rows = "".join(
        f'<tr><td><a href="{name}">{title}</a></td>{_cell("" if not key else "well" if results[key] else "not well")}</tr>'
        for name, title, key in documents
    )
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    signs = table(("", "name", "date", "signature"), [("written", "", "", ""), ("reviewed", "", "", ""), ("approved", "", "", "")])
    body = f"<p>trialrules {html.escape(version)}, made {made}.</p><table><tbody>{rows}</tbody></table><h2>Looked at by</h2>"
    (folder / "index.html").write_text(page("Validation pack", body, f'<div class="sign">{signs}</div>'), encoding="utf-8")


def make(folder: Path, python: Path) -> bool:
    """Write everything; whether all of it is well."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in ("rtm.csv", "oq.xml") if not (folder / name).is_file()]
    if missing:
        print(f"{', '.join(missing)}: missing in {folder}; run the tests with --rtm and --junitxml first", file=sys.stderr)
        return False
    write_lists(folder)
    results = {
        "tests": write_tests(folder),
        "installation": write_installation(folder, python),
        "parts": write_parts(folder, python),
    }
    write_index(folder, results)
    for name, well in results.items():
        print(f"{'well' if well else 'NOT WELL':<9} {name}")
    return all(results.values())


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--installed", type=Path, required=True, metavar="PYTHON")
    parser.add_argument("--folder", type=Path, default=LISTS)
    asked = parser.parse_args()
    return 0 if make(asked.folder.resolve(), asked.installed.absolute()) else 1


if __name__ == "__main__":
    sys.exit(main())
