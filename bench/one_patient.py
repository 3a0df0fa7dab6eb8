"""One patient at a time: twenty criteria, `trialrules` beside its peers, interleaved in one run.

    python bench/one_patient.py PEERS [PATIENTS] [ROUNDS]

PEERS is the folder with the peers' scripts (`spec.py`, `compile.py`, `gen.py`, `js/bench.js` with its modules installed). Every verdict is
compared first; cells that differ are listed. Medians over the rounds, and ratios to the peers, are printed as a Markdown table.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from trialrules.dsl.facade import load
from trialrules.engine.context import Record
from trialrules.engine.dates import PartialDate
from trialrules.engine.decide import evaluate
from trialrules.engine.evaluate import build_record
from trialrules.engine.record import Entry, Patient
from trialrules.engine.verdicts import verdicts

HERE = Path(__file__).parent
FACTS = {
    "TBIL": "total_bilirubin", "CREA": "creatinine", "INR": "inr", "HE": "he_grade", "PF": "pao2_fio2", "SF": "spo2_fio2",
    "MTX": "methotrexate",
    "CONSENT": "consent", "HCG": "hcg", "CLD": "chronic_liver_disease", "BLEED_TEND": "bleeding_tendency", "HRS": "hepatorenal_syndrome",
    "MENOPAUSE": "menopause", "SEPTIC": "septic_shock", "GIBLEED": "gi_bleeding", "VASO": "vasoactive_drug", "VENT": "ventilation",
    "BREASTFEED": "breastfeeding", "MALIG": "malignancy", "HIV": "hiv", "IMMUNODEF": "immunodeficiency", "ARTLIVER": "artificial_liver",
    "LTX": "liver_transplant", "DVT": "deep_vein_thrombosis", "PE": "pulmonary_embolism", "MI": "myocardial_infarction", "TRIAL": "trial",
}  # fmt: skip
SEX = {"M": "male", "F": "female"}


def patient_of(number: int, screening: date, rows: list, factors: dict) -> Patient:  # type: ignore[type-arg]
    """A peer's raw rows as a patient record. Rows with a unit that the peers can't read are left out, as the peers leave them out."""
    birth = sex = None
    entries = []
    for code, day, value, unit, text in sorted(rows, key=lambda row: row[1]):
        when = PartialDate(day.toordinal(), day.toordinal())
        if code == "BIRTH":
            birth = when if day <= screening else birth
        elif code == "SEX":
            sex = SEX[text] if day <= screening else sex
        elif code in FACTS and (value is None or (code, unit) in factors):
            # The shortest decimal that reads back as the peer's double is the number that was written.
            entries.append(
                Entry(FACTS[code], text if value is None else Decimal(repr(value)), unit if value is not None else None, start=when)
            )
    at = PartialDate(screening.toordinal(), screening.toordinal())
    return Patient(str(number), sex, birth, {"screening": at}, tuple(entries))


def timed(run: Callable[[int], object], count: int) -> float:
    """Microseconds a patient of one pass over all patients."""
    start = time.perf_counter()
    for index in range(count):
        run(index)
    return (time.perf_counter() - start) / count * 1e6


def main() -> None:
    """Measure and print."""
    peers = Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    sys.path.insert(0, str(peers))
    with contextlib.chdir(peers):
        import compile as peer  # type: ignore[import-not-found] - the peer's own name

        criteria = peer.make(20)
        features = [(peer.fname(f), f) for f in peer.feats(criteria)]
        raw = peer.load_patients("data/p20000", max(count, 500))[:count]
        peer_verdicts = peer.pycode(criteria)
        explained = [peer.closure_x(e) for _, e in criteria]
        protocol = load(HERE / "twenty.rules").protocol
        assert protocol is not None  # noqa: S101 - the file is ours
        records: list[Record] = []
        for number, screening, rows in raw:
            patient = patient_of(number, screening, rows, peer.FACTOR)
            records.append(build_record(protocol, patient, patient.moments["screening"]))

        def raw_codegen(index: int) -> list[bool | None]:
            _, screening, rows = raw[index]
            return peer_verdicts(peer.py_features(features, rows, screening), screening)  # type: ignore[no-any-return]

        def raw_explain(index: int) -> list[bool | None]:
            _, screening, rows = raw[index]
            values = peer.py_features(features, rows, screening)
            return [criterion(values, screening)[0] for criterion in explained]

        compare(protocol, records, raw_codegen, count)
        runs = {
            "py_raw_codegen": raw_codegen,
            "trialrules, verdicts only": lambda index: verdicts(records[index]),
            "py_raw_explain": raw_explain,
            "trialrules, full explanation": lambda index: evaluate(records[index]),
        }
        times: dict[str, list[float]] = {name: [] for name in (*runs, "cql-execution")}
        for _ in range(rounds):
            for name, run in runs.items():
                times[name].append(timed(run, count))
            times["cql-execution"].append(cql(peers))
    report(times)


def compare(protocol: object, records: list[Record], reference: Callable[[int], list[bool | None]], count: int) -> None:
    """Every verdict equal first; cells that differ are listed."""
    ids = [criterion.id for criterion in protocol.criteria]  # type: ignore[attr-defined]
    cells = 0
    for index in range(count):
        ours = [outcome.truth for outcome in evaluate(records[index]).criteria]
        fast = [outcome.truth for outcome in verdicts(records[index])]
        assert ours == fast, (index, ours, fast)  # noqa: S101 - a benchmark of wrong answers is none
        for name, mine, theirs in zip(ids, ours, reference(index), strict=True):
            if mine is not theirs:
                cells += 1
                print(f"differs: patient {index} {name}: {mine} here, {theirs} there")
    print(f"{count} patients, {len(ids)} criteria, {cells} cells differ")


def cql(peers: Path) -> float:
    """Microseconds a patient of cql-execution on raw facts, one pass."""
    done = subprocess.run(["node", "js/bench.js", "cql-raw", "1"], cwd=peers, capture_output=True, text=True, check=True)  # noqa: S607 - node as found
    return float(json.loads(done.stdout)["us_per_patient"])


def report(times: dict[str, list[float]]) -> None:
    """The table of bench/README.md."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    fast, full = medians["trialrules, verdicts only"], medians["trialrules, full explanation"]
    print("| engine | µs a patient, median |\n|---|---|")
    for name, value in medians.items():
        print(f"| {name} | {value:.1f} |")
    ratios = [
        ("verdicts only / py_raw_codegen", fast / medians["py_raw_codegen"], 1.5, False),
        ("full explanation / py_raw_explain", full / medians["py_raw_explain"], 2, False),
        ("cql-execution / full explanation", medians["cql-execution"] / full, 15, True),
    ]
    print()
    for name, ratio, bar, more_is_better in ratios:
        kept = ratio >= bar if more_is_better else ratio <= bar
        print(f"- {name}: {ratio:.2f} (bar {bar}: {'kept' if kept else 'MISSED'})")


if __name__ == "__main__":
    main()
