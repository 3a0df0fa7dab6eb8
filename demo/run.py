"""The guided tour: patients of our own invention meet three protocols, and two subjects follow their visits.

Run it from any folder: `python demo/run.py`.
"""

from __future__ import annotations

import signal
import sys
from datetime import datetime
from pathlib import Path

import click
from trialrules.dsl.facade import load
from trialrules.dsl.model import Protocol
from trialrules.engine.advise import advise
from trialrules.engine.calendar.identity import KEY_BYTES
from trialrules.engine.calendar.occurrences import CalendarSettings, course_of
from trialrules.engine.calendar.render import Variant
from trialrules.engine.calendar.state import CalendarState
from trialrules.engine.calendar.update import event_bytes, update
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.escalation.decide import escalation_state
from trialrules.engine.escalation.words import action_words, overall_words, status_words
from trialrules.engine.explain import sentence
from trialrules.engine.explain_advice import earliest_words
from trialrules.engine.explain_reasons import reasons
from trialrules.engine.explain_tree import flat, tree
from trialrules.engine.outcome import Decision
from trialrules.engine.schedule.expand import expand
from trialrules.engine.schedule.masked import masked
from trialrules.engine.schedule.result import SubjectSchedule
from trialrules.engine.schedule.words import ScheduleWords
from trialrules.records.detect import read_patients
from trialrules.records.escalation import read_register
from trialrules.records.subject import read_subjects

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


def expanded(day: str) -> tuple[Protocol, SubjectSchedule]:
    """The schedule of a blinded subject of phase II, as of a day."""
    protocol, now = protocol_of("aclf_phase2"), parse_partial(day)
    result = next(read_subjects(DEMO / "subjects" / "aclf2_s07.json", protocol, now))
    if now is None or result.subject is None or protocol.study is None:
        sys.exit("demo/subjects/aclf2_s07.json: " + "; ".join(str(problem) for problem in result.problems))
    return protocol, masked(protocol.study, expand(protocol, result.subject, now))


def show_schedule(day: str) -> None:
    """Where a subject stands."""
    protocol, schedule = expanded(day)
    say = ScheduleWords("en", protocol, schedule)
    click.secho(f"\nS-07 of phase II on {day}: the second infusion was two days late, and the others followed it", bold=True)
    for visit in schedule.visits[:7]:
        click.echo(f"  {say.day_of(visit):<22}{say.shown(visit):<15}{say.status(visit):<9}{say.days(visit.window)}")
    click.echo("  … which arm S-07 is in, nobody can see here.")


def show_calendar(day: str) -> None:
    """The same for a calendar program: the event of a visit that is booked."""
    protocol, schedule = expanded(day)
    course = course_of(schedule, CalendarSettings(protocol.name, protocol.registry or protocol.name, protocol.timezone))
    # Everybody can read this key. `trialrules ics` makes a secret one.
    state = update(CalendarState(bytes(KEY_BYTES)), [course], datetime.fromisoformat(f"{day}T08:00+08:00"), "example.org")
    entry = next(entry for key, entry in state.entries.items() if (key.visit, key.kind) == ("d60", "visit"))
    click.secho("\nDay 60, as a calendar program reads it (trialrules ics)", bold=True)
    shown = ("SUMMARY", "DTSTART", "STATUS", "SEQUENCE")
    for line in event_bytes(entry, Variant()).decode().split("\r\n"):
        if line.startswith(shown):
            click.echo(f"  {line}")


def show_escalation(day: str) -> None:
    """What may happen next in the dose escalation of phase I."""
    protocol, now = protocol_of("aclf_phase1"), parse_partial(day)
    if protocol.study is None or now is None:
        sys.exit("rules/aclf_phase1.rules has no study")
    design = protocol.study.escalations[0]
    file = DEMO / "subjects" / "aclf1_register.json"
    read = read_register(file.read_text(encoding="utf-8"), str(file), design.levels, now)
    if read.register is None:
        sys.exit("; ".join(str(problem) for problem in read.problems))
    state = escalation_state(design, read.register, now.last, protocol.months)
    click.secho(f"\nPhase I, dose escalation on {day}: {overall_words(state, 'en')}", bold=True)
    for level in state.levels:
        click.echo(f"  {level.level:<8}{status_words(state, level, 'en')}")
    for action in state.actions:
        click.echo(f"  → {action_words(state, action, 'en')}")


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
    show_schedule("2026-04-01")
    show_calendar("2026-04-01")
    show_escalation("2026-03-20")
    click.secho("\nGo on", bold=True)
    click.echo("  trialrules screen rules/aclf_phase1.rules --patient demo/aclf_03_missing_inr.json --on 2026-03-02")
    click.echo("  trialrules explain rules/aclf_phase1.rules I5 --patient demo/aclf_02_three_organs.json --on 2026-03-02 --lang zh")
    click.echo("  trialrules screen rules/aclf_phase2.rules --patient demo/aclf_04_two_phases.json --on 2026-03-02 --format html > a.html")
    click.echo("  trialrules soa rules/aclf_phase1.rules --format html > soa.html")
    click.echo("  trialrules schedule rules/ankylosing_spondylitis.rules --subject demo/subjects/as2_a12.json --on 2026-04-20")
    click.echo(
        "  trialrules outcome rules/ankylosing_spondylitis.rules --subject demo/subjects/as2_a12.json --on 2026-04-20 --outcome asas20"
    )


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if hasattr(signal, "SIGPIPE"):
        # A reader that has seen enough (`| head`) ends the tour; that is no error.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
