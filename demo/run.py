"""The guided tour: eight patients of our own invention meet three protocols. Run it from any folder: `python demo/run.py`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click
from trialrules.dsl.facade import load
from trialrules.dsl.model import Protocol
from trialrules.engine.advise import advise
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.explain import sentence
from trialrules.engine.explain_advice import earliest_words
from trialrules.engine.explain_reasons import reasons
from trialrules.engine.explain_tree import flat, tree
from trialrules.engine.outcome import Decision
from trialrules.records.detect import read_patients

DEMO = Path(__file__).resolve().parent
RULES = DEMO.parent / "rules"
COLOURS = {"eligible": "green", "ineligible": "red", "undetermined": "yellow"}

# Rule file, day of assessment, patient, and what to look at.
STORY = (
    (
        "ankylosing_spondylitis",
        "2026-03-16",
        "as_01_eligible",
        "on methotrexate and folic acid, both long and stable, on the day of randomization",
    ),
    (
        "ankylosing_spondylitis",
        "2026-03-02",
        "as_02_embolism",
        "a lung embolism in December; creatinine of exactly 1.5 mg/dL does not exclude",
    ),
    ("ankylosing_spondylitis", "2026-03-02", "as_03_provisional", "a FHIR bundle; randomization is still two weeks away"),
    (
        "ankylosing_spondylitis",
        "2026-03-02",
        "as_04_near_miss",
        "back pain 2 mm short; a CRP without reference range, so that the ESR decides",
    ),
    ("aclf_phase1", "2026-03-02", "aclf_01_eligible", "everything on record"),
    ("aclf_phase1", "2026-03-02", "aclf_02_three_organs", "a FHIR bundle in mg/dL; the thresholds are converted, exactly"),
    ("aclf_phase1", "2026-03-02", "aclf_03_missing_inr", "an INR that is too old, and a judgement that nobody has made yet"),
    ("aclf_phase1", "2026-03-02", "aclf_04_two_phases", "one patient, phase I …"),
    ("aclf_phase2", "2026-03-02", "aclf_04_two_phases", "… and phase II, which asks for hepatitis B and no artificial liver before"),
)


def protocol_of(name: str) -> Protocol:
    """A shipped protocol."""
    result = load(RULES / f"{name}.rules")
    if result.protocol is None:
        sys.exit(f"rules/{name}.rules has errors; say: trialrules check rules/{name}.rules")
    return result.protocol


def show(protocol: Protocol, patient_file: str, day: str, look: str) -> Decision:
    """Screen one patient and print the answer in short."""
    now = parse_partial(day)
    result = next(read_patients(DEMO / f"{patient_file}.json", protocol, now))
    if now is None or result.patient is None:
        sys.exit(f"demo/{patient_file}.json: " + "; ".join(str(problem) for problem in result.problems))
    decision = screen(protocol, result.patient, now)
    advice = advise(protocol, result.patient, decision)
    click.echo(f"\n{decision.patient}: {look}")
    click.secho(f"  {sentence(decision, 'en')}", fg=COLOURS[decision.decision], bold=True)
    for reason in reasons(decision, advice, "en"):
        click.echo(f"    {reason.criterion}  {reason.detail}")
    for line in earliest_words(advice, "en")[:1]:
        click.echo(f"    {line}")
    return decision


def main() -> None:
    """The tour."""
    protocols: dict[str, Protocol] = {}
    last: dict[str, Decision] = {}
    for rules, day, patient, look in STORY:
        if rules not in protocols:
            protocols[rules] = protocol_of(rules)
            title = protocols[rules].title
            click.secho(f"\n{title}\n{'=' * len(title)}", bold=True)
        last[patient] = show(protocols[rules], patient, day, look)
    decision = last["aclf_02_three_organs"]
    chosen = next(one for one in decision.criteria if one.criterion.id == "E5")
    click.secho("\nWhy E5 excludes ACLF-002: every part, with its record and its window", bold=True)
    click.echo("  " + flat(tree(chosen, "en", decision.protocol.moments)).replace("\n", "\n  "))
    click.secho("\nThe same answer in Chinese", bold=True)
    click.echo(f"  {sentence(decision, 'zh')}")
    for reason in reasons(decision, None, "zh"):
        click.echo(f"    {reason.criterion}  {reason.detail}")
    click.secho("\nGo on", bold=True)
    click.echo("  trialrules screen rules/aclf_phase1.rules --patient demo/aclf_03_missing_inr.json --on 2026-03-02")
    click.echo("  trialrules explain rules/aclf_phase1.rules I5 --patient demo/aclf_02_three_organs.json --on 2026-03-02 --lang zh")
    click.echo("  trialrules screen rules/aclf_phase2.rules --patient demo/aclf_04_two_phases.json --on 2026-03-02 --format html > a.html")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if hasattr(signal, "SIGPIPE"):
        # A reader that has seen enough (`| head`) ends the tour; that is no error.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
