"""Screen 615 synthetic patients of a hospital's size against the three protocols, and write what came out to docs/quality/synthea.md.

    python tools/quality_synthea.py            write the page
    python tools/quality_synthea.py --check    write nothing, fail if the counts on the page are others

The data are not part of the repository: Synthea in FHIR R4, beside the checkout in ../shared/data/synthea-r4.
"""

from __future__ import annotations

import gzip
import json
import re
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field
from trialrules.dsl.causes import CAUSES
from trialrules.dsl.facade import load
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.records.detect import read_patients

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trialrules.dsl.model import Protocol
    from trialrules.engine.outcome import CriterionOutcome, Decision

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "synthea-r4"
PAGE = ROOT / "docs" / "quality" / "synthea.md"
PROTOCOLS = ("aclf_phase1", "aclf_phase2", "ankylosing_spondylitis")
DAY = "2021-06-01"
"""The day of the data's commit: nothing in them is later."""
VERDICTS = ("met", "not met", "unknown", "not applicable")
DECISIONS = ("eligible", "ineligible", "undetermined")


@define
class Tally:
    """What came out for one protocol and one set of patients."""

    protocol: Protocol
    patients: int = 0
    unreadable: int = 0
    records: int = 0
    decisions: Counter[str] = field(factory=Counter)
    verdicts: dict[str, Counter[str]] = field(factory=dict)
    provisional: Counter[str] = field(factory=Counter)
    causes: dict[str, Counter[str]] = field(factory=dict)
    unused: Counter[str] = field(factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one patient."""
        self.decisions[decision.decision] += 1
        for outcome in decision.criteria:
            name = outcome.criterion.id
            self.verdicts.setdefault(name, Counter())[outcome.verdict] += 1
            self.provisional[name] += outcome.provisional
            if outcome.verdict == "unknown":
                self.causes.setdefault(name, Counter()).update(causes_of(outcome))
        self.unused.update(one.code for one in decision.unused)


def causes_of(outcome: CriterionOutcome) -> set[str]:
    """The causes that keep a criterion unknown, each once."""
    return {unknown.cause for unknown in outcome.unknowns}


def protocol_named(name: str) -> Protocol:
    """A shipped protocol."""
    protocol = load(ROOT / "rules" / f"{name}.rules").protocol
    if protocol is None:
        raise SystemExit(f"rules/{name}.rules has faults; run: trialrules check rules/{name}.rules")
    return protocol


def tally(protocol: Protocol, source: Path) -> Tally:
    """Screen every patient of a folder on the stated day, which is the day of screening too."""
    now = parse_partial(DAY)
    if now is None:
        raise ValueError(DAY)
    counts = Tally(protocol)
    for result in read_patients(source, protocol, now):
        if result.patient is None:
            counts.unreadable += 1
            continue
        counts.patients += 1
        counts.records += len(result.patient.entries)
        counts.add(screen(protocol, evolve(result.patient, moments={"screening": now}), now))
    return counts


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A Markdown table; zeros stay empty, so that the rest is seen."""
    lines = [list(heads), *([str(cell) if cell else "" for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return ["| " + " | ".join(line) + " |" for line in lines]


def section(counts: Tally) -> list[str]:
    """What the page says of one protocol."""
    protocol = counts.protocol
    ids = [criterion.id for criterion in protocol.criteria]
    head = f"{counts.patients} patients, {counts.records} records of declared facts, {counts.unreadable} unreadable. "
    lines = [f"### {protocol.name} {protocol.version}", ""]
    lines += [head + ", ".join(f"{counts.decisions[word]} {word}" for word in DECISIONS) + ".", ""]
    lines += table(
        ["criterion", *VERDICTS, "provisional"],
        ([name, *(counts.verdicts[name][word] for word in VERDICTS), counts.provisional[name]] for name in ids),
    )
    seen = [cause for cause in CAUSES if any(each[cause] for each in counts.causes.values())]
    lines += ["", "Causes of unknown (a criterion may have several):", ""]
    unknown = [name for name in ids if name in counts.causes]
    lines += table(["criterion", *seen], ([name, *(counts.causes[name][cause] for cause in seen)] for name in unknown))
    lines += ["", "Unused input, by reason (lines of the list, not resources): "]
    lines[-1] += (", ".join(f"{code} {count}" for code, count in sorted(counts.unused.items())) or "none") + "."
    return [*lines, ""]


def part(title: str, source: Path) -> str:
    """The counts of one set of patients for all protocols."""
    lines = [f"## {title}", ""]
    for name in PROTOCOLS:
        lines += section(tally(protocol_named(name), source))
    return "\n".join(lines)


def cancers() -> int:
    """Patients with a diagnosis that is a cancer by its name, in situ and suspected ones left out."""
    found = set()
    with gzip.open(DATA / "Condition.ndjson.gz", "rt", encoding="utf-8") as stream:
        for line in stream:
            condition = json.loads(line)
            name = condition["code"]["coding"][0]["display"].lower()
            if re.search("malignant|cancer|carcinoma|metasta", name) and not re.search("in situ|suspected", name):
                found.add(condition["subject"]["reference"])
    return len(found)


def sample() -> str:
    """The part of the page that is quick to make anew."""
    return part("Twelve patients, as bundles", DATA / "bundles")


def whole() -> str:
    """The part of the page that takes all patients."""
    return part("All patients, as NDJSON", DATA)


def page() -> str:
    """The page, with the time and memory of this run."""
    began = time.perf_counter()
    everybody = whole()
    seconds = time.perf_counter() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    a_patient = seconds / 615 / len(PROTOCOLS) * 1000
    return f"""\
# Real-sized input: 615 synthetic patients

Synthea's patients in FHIR R4 (generated-sample-data of smart-on-fhir, Apache-2.0), read by `records/` and screened against the three
shipped protocols, with {DAY} as the day of assessment and of screening. They were not made for these trials: nobody has consented, few
have the laboratory values of the last days, so most criteria must be unknown, and the interest is in whether each is unknown for the
right reason. Made by `python tools/quality_synthea.py`; a test holds the counts to a fresh run.

What it shows of the limits: code sets are lists of codes, without the terminology's hierarchy. {cancers()} patients have a diagnosis
that is called malignant, cancer, carcinoma or metastasis, each under a code of its own. `rules/lib/common.rules` lists these codes, and
"malignant tumour ever" finds them (E7 of the liver protocols). A source with other codes would be "assumed absent": before the rules
meet a real source, its codes belong into the code sets.

All patients, three protocols: {seconds:.1f} s with reading ({a_patient:.1f} ms a patient and protocol),
{megabytes:.0f} MB at the peak.

{everybody}
{sample()}"""


def main() -> None:
    """Write the page, or check it."""
    if not DATA.is_dir():
        raise SystemExit("the Synthea data are not beside this checkout (../shared/data/synthea-r4): nothing was done")
    if "--check" in sys.argv[1:]:
        written = PAGE.read_text(encoding="utf-8")
        if sample() not in written or whole() not in written:
            raise SystemExit(f"{PAGE.name} tells other counts; renew it: python tools/quality_synthea.py")
        print(f"{PAGE.name} is up to date")
        return
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
