"""The explaining evaluator with and without short cuts, and the verdicts without explanation, give one and the same answer."""

import os

from hypothesis import given, seed, settings, strategies as st
from trialrules.engine.context import open_context
from trialrules.engine.decide import decide, evaluate
from trialrules.engine.evaluate import build_record, plan_for
from trialrules.engine.verdicts import verdicts

from .generate_patients import patients
from .generate_rules import protocols
from .test_agreement import QUIET, load

EXAMPLES = int(os.environ.get("TRIALRULES_AGREEMENT_EXAMPLES", "500")) // 2


def entry_of(item):
    """Items are made anew for each record; what was recorded is the same object."""
    return None if item is None else id(item.entry)


def cause(unknown):
    return (unknown.cause, unknown.fact and unknown.fact.name, unknown.window, entry_of(unknown.newest), unknown.detail)


def shape(outcome):
    """Everything that an outcome says, as plain values."""
    return (
        id(outcome.node),
        outcome.truth,
        outcome.firm,
        [entry_of(item) for item in outcome.items],
        outcome.window,
        outcome.amounts,
        [cause(unknown) for unknown in outcome.unknowns],
        [(note.code, note.detail, note.day) for note in outcome.notes],
        [shape(child) for child in outcome.children],
    )


def shapes(criterion):
    roots = [root for block in criterion.blocks for root in (block.when, block.body) if root is not None]
    causes = [cause(unknown) for unknown in criterion.unknowns]
    return (criterion.verdict, criterion.truth, criterion.provisional, causes, [shape(root) for root in roots])


@seed(5)
@settings(max_examples=EXAMPLES, **QUIET)
@given(protocols(), st.data())
def test_short_cuts_give_the_very_outcome_of_the_full_rules(text, data):
    protocol = load(text)
    patient, now = data.draw(patients(protocol))
    record = build_record(protocol, patient, now)
    full = open_context(plan_for(protocol, short_cuts=False), record)
    for outcome, criterion in zip(evaluate(record).criteria, protocol.criteria, strict=True):
        wanted = decide(full, criterion)
        assert shapes(outcome) == shapes(wanted)


@seed(6)
@settings(max_examples=EXAMPLES, **QUIET)
@given(protocols(), st.data())
def test_verdicts_without_explanation_are_the_explained_ones(text, data):
    protocol = load(text)
    patient, now = data.draw(patients(protocol))
    record = build_record(protocol, patient, now)
    explained = [(each.criterion.id, each.verdict, each.truth, each.passes) for each in evaluate(record).criteria]
    assert [tuple(each) for each in verdicts(record)] == explained
