"""Engine and naive evaluator give the same answer for every criterion of random protocols and random patients; laws of logic hold."""

from __future__ import annotations

import os

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, Verbosity, event, given, reject, seed, settings, strategies as st
from trialrules.dsl import facade
from trialrules.dsl.source import Source
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.record import Entry

from .generate_patients import patients, shown
from .generate_rules import Writer, protocols
from .naive import judge
from .naive_records import TooMany

EXAMPLES = int(os.environ.get("TRIALRULES_AGREEMENT_EXAMPLES", "500"))
NIGHTLY_EXAMPLES = int(os.environ.get("TRIALRULES_AGREEMENT_NIGHTLY", "20000"))
NIGHTLY_SEED = int(os.environ.get("TRIALRULES_AGREEMENT_SEED", "1000"))
SHARDS, NIGHTLY_SHARDS = 4, 20
QUIET = {
    "deadline": None,
    "database": None,
    "verbosity": Verbosity.quiet,  # our own message shows the case
    "phases": [Phase.generate],  # a disagreement is made small by `smaller`; shrinking the whole protocol takes minutes
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
}


def load(text):
    """The checked protocol of a text that must be without fault."""
    loaded = facade.load_text(text, name="random.rules")
    if {problem.code for problem in loaded.diagnostics if problem.severity == "error"} == {"TR053"}:
        reject()  # the same member drawn twice in a counted group: refused, and rightly
    assert loaded.protocol is not None, text + "\n".join(f"{problem.code} {problem.message}" for problem in loaded.diagnostics)
    return loaded.protocol


def answers(protocol, patient, now):
    """What the engine says, by criterion."""
    decision = screen(protocol, patient, now)
    return {each.criterion.id: (each.verdict, each.passes, each.provisional) for each in decision.criteria}


def expected(protocol, patient, now):
    try:
        return {name: (each.verdict, each.passes, each.provisional) for name, each in judge(protocol, patient, now).items()}
    except TooMany:
        event("too many worlds")
        reject()


def agree(text, data):
    protocol = load(text)
    patient, now = data.draw(patients(protocol))
    wanted, found = expected(protocol, patient, now), answers(protocol, patient, now)
    for name in wanted:
        event(f"{wanted[name][0]}{', provisional' if wanted[name][2] else ''}")
    if found != wanted:
        less = smaller(protocol, patient, now)
        wanted, found = expected(protocol, less, now), answers(protocol, less, now)
        pytest.fail(f"\n{text}\n{shown(less, now)}\nengine {found}\nnaive  {wanted}")


def smaller(protocol, patient, now):
    """The patient with as few records and moments as still show the disagreement."""
    tries = [evolve(patient, entries=patient.entries[:at] + patient.entries[at + 1 :]) for at in range(len(patient.entries))]
    tries += [evolve(patient, moments={name: day for name, day in patient.moments.items() if name != left}) for left in patient.moments]
    for less in tries:
        if expected(protocol, less, now) != answers(protocol, less, now):
            return smaller(protocol, less, now)
    return patient


@pytest.mark.parametrize("shard", range(SHARDS))
def test_engine_and_naive_evaluator_agree(shard):
    @seed(shard)
    @settings(max_examples=max(EXAMPLES // SHARDS, 1), **QUIET)
    @given(protocols(), st.data())
    def run(text, data):
        agree(text, data)

    run()


@pytest.mark.req("T-03")
@seed(7)
@settings(max_examples=60, **QUIET)
@given(protocols(), st.data())
def test_each_criterion_of_any_rule_file_has_a_verdict_and_evidence_of_its_own(text, data):
    protocol = load(text)
    decision = screen(protocol, *data.draw(patients(protocol)))
    assert [one.criterion.id for one in decision.criteria] == [one.id for one in protocol.criteria]
    assert all(one.verdict in ("met", "not met", "unknown", "not applicable") for one in decision.criteria)
    assert all(one.blocks for one in decision.criteria)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.parametrize("shard", range(NIGHTLY_SHARDS))
def test_engine_and_naive_evaluator_agree_on_many(shard):
    @seed(NIGHTLY_SEED + shard)
    @settings(max_examples=max(NIGHTLY_EXAMPLES // NIGHTLY_SHARDS, 1), **QUIET)
    @given(protocols(), st.data())
    def run(text, data):
        agree(text, data)

    run()


# ---------------------------------------------------------------- laws


@st.composite
def conditions(draw, least=2, most=3):
    """Some conditions, and a writer that knows what they need."""
    writer = Writer(draw)
    return writer, [writer.condition(0) for _ in range(draw(st.integers(least, most)))]


def criterion(name, lines):
    return "\n".join([f'exclusion {name} "criterion {name}"', f"  source exclusion {name[1:]}", *(f"  {line}" for line in lines)])


def whole(writer, criteria):
    text = writer.protocol_of(criteria)
    return text, load(text)


def same(text, protocol, patient, now, names):
    found = answers(protocol, patient, now)
    assert len({found[name] for name in names}) == 1, f"\n{text}\n{shown(patient, now)}\n{found}"


@settings(max_examples=60, **QUIET)
@given(conditions(), st.sampled_from(["any of", "all of", "none of", "at least 2 of", "at most 1 of", "exactly 1 of"]), st.data())
def test_the_order_of_members_does_not_matter(drawn, head, data):
    writer, members = drawn
    orders = [members, members[::-1], data.draw(st.permutations(members))]
    criteria = [criterion(f"E{number}", [head, *(f"  {each}" for each in order)]) for number, order in enumerate(orders, 1)]
    text, protocol = whole(writer, criteria)
    patient, now = data.draw(patients(protocol))
    same(text, protocol, patient, now, ["E1", "E2", "E3"])


@settings(max_examples=60, **QUIET)
@given(conditions(2, 2), st.data())
def test_and_or_commute_and_de_morgan_holds(drawn, data):
    writer, (a, b) = drawn
    pairs = {
        "E1": f"({a}) and ({b})", "E2": f"({b}) and ({a})", "E3": f"not (not ({a}) or not ({b}))",
        "E4": f"({a}) or ({b})", "E5": f"({b}) or ({a})", "E6": f"not (not ({a}) and not ({b}))",
    }  # fmt: skip
    text, protocol = whole(writer, [criterion(name, [line]) for name, line in pairs.items()])
    patient, now = data.draw(patients(protocol))
    same(text, protocol, patient, now, ["E1", "E2", "E3"])
    same(text, protocol, patient, now, ["E4", "E5", "E6"])


@settings(max_examples=60, **QUIET)
@given(protocols(), st.data())
def test_an_irrelevant_fact_changes_nothing(text, data):
    protocol = load(text.replace("\nfacts\n", '\nfacts\n  unasked  "Unasked"  lab in g/L  reach 3 days\n'))
    patient, now = data.draw(patients(protocol))
    without = evolve(patient, entries=tuple(entry for entry in patient.entries if entry.fact != "unasked"))
    strange = Entry("of_another_protocol", value=True, start=parse_partial("2026-03-01"))
    more = evolve(without, entries=(*without.entries, strange))
    plain = answers(protocol, without, now)
    assert plain == answers(protocol, patient, now), f"\n{text}\n{shown(patient, now)}"
    assert plain == answers(protocol, more, now), f"\n{text}\n{shown(patient, now)}"


@settings(max_examples=60, **QUIET)
@given(protocols(), st.data())
def test_the_order_of_records_changes_nothing(text, data):
    protocol = load(text)
    patient, now = data.draw(patients(protocol))
    turned = evolve(patient, entries=patient.entries[::-1])
    assert answers(protocol, patient, now) == answers(protocol, turned, now), f"\n{text}\n{shown(patient, now)}"


def test_what_is_generated_passes_the_checker():
    """Random protocols are valid rule text; a refusal would hide that nothing is compared."""

    @seed(7)
    @settings(max_examples=100, **QUIET)
    @given(protocols())
    def run(text):
        assert Source("random.rules", text).text
        load(text)

    run()
