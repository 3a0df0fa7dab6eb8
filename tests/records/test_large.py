"""A million facts of one patient fit into memory with room to spare."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from trialrules.records.detect import read_patients

from .demo_protocol import protocol

BYTES_A_FACT = 600
"""Peak, over and above the text; a fact as parsed JSON alone takes more."""


def write_patient(path, count):
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"id": "p", "facts": [')
        for number in range(count):
            day = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:00"
            stream.write(
                f'{"," if number else ""}\n{{"fact": "crp", "value": {number % 200}.5, "unit": "mg/L", "date": "{day}", "id": "{number}"}}'
            )
        stream.write("]}")


def test_memory_grows_with_the_entries_only(tmp_path):
    path = tmp_path / "p.json"
    write_patient(path, 20_000)
    tracemalloc.start()
    (result,) = read_patients(path, protocol())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(result.patient.entries) == 20_000
    assert peak < 2 * path.stat().st_size + 20_000 * BYTES_A_FACT


@pytest.mark.nightly
def test_a_million_facts_fit_into_two_gigabytes(tmp_path):
    path = tmp_path / "p.json"
    write_patient(path, 1_000_000)
    program = (
        "import resource, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from demo_protocol import protocol\n"
        "from trialrules.records.detect import read_patients\n"
        f"(result,) = read_patients({str(path)!r}, protocol())\n"
        "print(len(result.patient.entries), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    count, kilobytes = map(int, done.stdout.split())
    print(f"{count} facts, peak {kilobytes // 1000} MB")
    assert count == 1_000_000
    assert kilobytes < 2_000_000
