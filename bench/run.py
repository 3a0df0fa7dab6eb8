"""Measure, and write the tables of bench/README.md: `make bench`, or `make bench PEERS=../shared/bench` for the peers too.

    python bench/run.py [--peers FOLDER] [--dry]

Everything that is compared runs interleaved in one run, because absolute times mean nothing on a machine that others use; medians and their
ratios are published, also where a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import calendar_feed
import expansion
import feeds_http
import parse_speed
import why_page
from trialrules.dsl.facade import load, load_text

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = HERE / "README.md"
RULES = ROOT / "rules"
COLD_ROUNDS = 15
PARSE_ROUNDS = 9
SIZES = (25_000, 50_000, 100_000, 250_000, 500_000, 990_000)
PEER_PACKAGES = ("polars", "numpy", "pyarrow", "pandas", "duckdb", "python-dateutil")
PATIENTS = 20_000
CQL_PATIENTS = 500


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def processor_seconds(work: Callable[[], object]) -> float:
    """How long the processor works at something: what takes a second is disturbed by others, and nothing runs beside it for comparison."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def medians(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each, one round after the other, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for work in runs.values():
        work()
    for _ in range(rounds):
        for name, work in runs.items():
            times[name].append(seconds(work))
    return {name: statistics.median(each) for name, each in times.items()}


def met(value: float, bar: float) -> str:
    """Whether a ratio keeps its bar."""
    return "kept" if value <= bar else "MISSED"


def cold_start() -> str:
    """From the shell to the last line, in a process of its own each time."""
    python = sys.executable
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def process(*args: str) -> Callable[[], object]:
        return lambda: subprocess.run([python, *args], cwd=ROOT, env=env, check=True, capture_output=True)

    imports = 'python -c "import lark, attrs, click"'
    check = "trialrules check rules/aclf_phase1.rules"
    took = medians(
        {
            "python -c pass": process("-c", "pass"),
            imports: process("-c", "import lark, attrs, click"),
            "trialrules --version": process("-m", "trialrules", "--version"),
            check: process("-m", "trialrules", "check", "rules/aclf_phase1.rules"),
            "trialrules screen (one patient)": process(
                "-m", "trialrules", "screen", "rules/aclf_phase1.rules", "--patient", "demo/aclf_01_eligible.json", "--on", "2026-03-02"
            ),
        },
        COLD_ROUNDS,
    )
    lines = ["| cold process | ms, median |", "|---|---|"]
    lines += [f"| `{name}` | {each * 1e3:.0f} |" for name, each in took.items()]
    ratio = took[check] / took[imports]
    return "\n".join([*lines, "", f"check / bare imports: {ratio:.2f} (bar 2.5: {met(ratio, 2.5)}); medians of {COLD_ROUNDS}, interleaved"])


def parsing() -> str:
    """Our parser, and parser with checker, against Lark's bare parse of the same text."""
    lines = ["| file | characters | Lark's parse, ms | our parse | parse and check | parse / Lark | parse and check / Lark |"]
    lines.append("|---|---|---|---|---|---|---|")
    worst = 0.0
    # Libraries are read and checked with the protocol that uses them: their text belongs to the text that Lark reads.
    for path in sorted(path for path in RULES.glob("*.rules") if ".scenarios." not in path.name):
        sources = load(path).sources.values()
        bare, ours = (sum(each) for each in zip(*(parse_speed.compare(source.text) for source in sources), strict=True))
        checked = statistics.median(seconds(lambda path=path: load(path)) for _ in range(PARSE_ROUNDS))  # type: ignore[misc]
        worst = max(worst, checked / bare)
        size = sum(len(source.text) for source in sources)
        cells = [f"{path.name} and its libraries", size, f"{bare * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{checked * 1e3:.1f}"]
        lines.append("| " + " | ".join(map(str, [*cells, f"{ours / bare:.2f}", f"{checked / bare:.2f}"])) + " |")
    return "\n".join([*lines, "", f"worst parse and check / Lark: {worst:.2f} (bar 2.5: {met(worst, 2.5)})"])


def grown(size: int) -> str:
    """A protocol of so many characters: the criteria of the benchmark's own file again and again, with other ids."""
    text = (HERE / "twenty.rules").read_text(encoding="utf-8")
    begin = re.search(r"^(inclusion|exclusion) ", text, re.MULTILINE)
    if begin is None:
        raise ValueError("twenty.rules has no criteria")
    parts, length, number = [text[: begin.start()]], begin.start(), 0
    while length < size:
        number += 1
        more = re.sub(r"^((?:inclusion|exclusion) [A-Z]\w*)", rf"\1n{number}", text[begin.start() :], flags=re.MULTILINE)
        parts.append(more)
        length += len(more)
    return "".join(parts[:-1] if length > 1_000_000 else parts)


def linearity() -> str:
    """Time a character must not grow with the size of the file, up to the largest that is read."""
    lines = ["| characters | parse and check, s | µs a character |", "|---|---|---|"]
    costs = []
    for size in SIZES:
        text = grown(size)
        faults = [problem for problem in load_text(text, "grown.rules").diagnostics if problem.severity == "error"]
        if faults:
            raise SystemExit(f"the grown file has faults: {faults[0]}")
        # What other measures left behind would be walked by every collection of garbage; a reader of rules begins with an empty table.
        gc.collect()
        gc.freeze()
        took = statistics.median(processor_seconds(lambda text=text: load_text(text, "grown.rules")) for _ in range(3))  # type: ignore[misc]
        costs.append(took / len(text) * 1e6)
        lines.append(f"| {len(text)} | {took:.2f} | {costs[-1]:.2f} |")
    ratio = costs[-1] / min(costs)
    return "\n".join([*lines, "", f"largest / cheapest, a character: {ratio:.2f} (linear: at most 1.5: {met(ratio, 1.5)})"])


def one_patient(peers: Path) -> str:
    """The peers' work in a copy of their folder and an environment of their own."""
    if not (peers / "gen.py").is_file():
        raise SystemExit(f"{peers} is no folder of the peers' scripts")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "peers"
        shutil.copytree(peers, folder)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        home = Path(scratch) / "venv"
        venv.create(home, with_pip=True)
        python = str(home / "bin" / "python")

        def run(*args: str, cwd: Path = folder) -> str:
            done = subprocess.run(args, cwd=cwd, check=False, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{' '.join(args[:3])} failed:\n{done.stderr[-2000:]}")
            return done.stdout

        run(python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES)
        run(python, "-m", "pip", "install", "--quiet", "-e", str(ROOT))
        run("npm", "ci", cwd=folder / "js")
        run(python, "gen.py", str(PATIENTS), f"data/p{PATIENTS}")
        run(python, "peers.py", "dump_elm", str(CQL_PATIENTS))
        return run(python, str(HERE / "one_patient.py"), str(folder), str(CQL_PATIENTS), "9").strip()


def write(sections: dict[str, str]) -> None:
    """Put each table between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    for name, content in sections.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"bench/README.md has no markers for {name}")
        text = pattern.sub(lambda found, content=content: f"{found[1]}{content}\n{found[2]}", text)  # type: ignore[misc]
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure all that can be measured here."""
    parser = argparse.ArgumentParser(description="Measure, and write the tables of bench/README.md.")
    parser.add_argument("--peers", type=Path, default=None, help="folder with the peers' scripts; without it they are left out")
    parser.add_argument("--dry", action="store_true", help="print only")
    asked = parser.parse_args()
    found = {"machine": f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores; {time.strftime('%Y-%m-%d')}"}
    measures = {
        "cold start": cold_start,
        "parsing": parsing,
        "linearity": linearity,
        "expansion": expansion.expansion,
        "calendars": calendar_feed.calendars,
        "feeds": feeds_http.feeds,
        "pages": why_page.pages,
    }
    for name, measure in measures.items():
        print(f"measuring: {name}", file=sys.stderr)
        found[name] = measure()
        print(found[name], end="\n\n")
    if asked.peers is None:
        print("NOT MEASURED: one patient beside its peers; say `make bench PEERS=FOLDER`", file=sys.stderr)
    else:
        print("measuring: one patient (sets up an environment of its own; some minutes)", file=sys.stderr)
        found["one patient"] = one_patient(asked.peers.resolve())
        print(found["one patient"])
    if not asked.dry:
        write(found)


if __name__ == "__main__":
    main()
