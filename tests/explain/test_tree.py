"""Which parts decided, what the lines hold, and that nothing is said twice: on outcomes made by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from trialrules.dsl import model
from trialrules.dsl.facade import load_text
from trialrules.engine.dates import parse_partial
from trialrules.engine.decide import screen
from trialrules.engine.explain_reasons import MAX_REASONS, reasons
from trialrules.engine.explain_source import annotated
from trialrules.engine.explain_tree import MARKS, decisive_children, flat, tree
from trialrules.engine.outcome import BlockOutcome, CriterionOutcome, Outcome
from trialrules.engine.record import Entry, Patient

T, F, U = model.Constant(value=True), model.Constant(value=False), model.UnknownBecause("nobody knows")
TRUTHS = {T: True, F: False, U: None}
NOW = parse_partial("2026-03-02")


def leaf(node):
    return Outcome(node, TRUTHS[node], TRUTHS[node])


def group(kind, truth, *nodes, count=1):
    members = tuple(model.Member(None, None, node) for node in nodes)
    return Outcome(model.Group(kind, count, members), truth, truth, tuple(leaf(node) for node in nodes))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (group("all", False, T, F, U), {1}),
        (group("all", True, T, T), {0, 1}),
        (group("all", None, T, U, U), {1, 2}),
        (group("any", True, T, F, U), {0}),
        (group("any", False, F, F), {0, 1}),
        (group("any", None, F, U), {1}),
        (group("none", False, T, F, U), {0}),
        (group("none", True, F, F), {0, 1}),
        (group("at least", True, T, T, F, U, count=2), {0, 1}),
        (group("at least", False, T, F, F, count=2), {1, 2}),
        (group("at least", None, T, F, U, count=2), {2}),
        (group("at most", False, T, T, F, count=1), {0, 1}),
        (group("at most", True, T, F, F, count=1), {1, 2}),
        (group("exactly", True, T, F, count=1), {0, 1}),
        (Outcome(model.Connective("any", (T, F)), True, True, (leaf(T), leaf(F))), {0}),
        (Outcome(model.Not(F), True, True, (leaf(F),)), {0}),
    ],
)
def test_decisive_parts(outcome, expected):
    assert decisive_children(outcome) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [((F, T, T), {2, 3}), ((T,), {0, 1}), ((F,), {2}), ((U, T), {0, 1, 2, 3}), ((U, F), {0, 1, 4})],
)
def test_decisive_cases(conditions, expected):
    rows = tuple(model.Case(condition, T) for condition in conditions)
    children = (*(leaf(node) for condition in conditions for node in (condition, T)), leaf(F))
    assert decisive_children(Outcome(model.Cases(rows, F), True, True, children)) == expected


def criterion(outcome, kind="inclusion"):
    written = model.Criterion("I1", kind, "Sample", (model.Block(None, outcome.node),), assumptions=("as said",))
    return CriterionOutcome(written, "not met", outcome.truth, outcome.truth, False, (BlockOutcome(None, outcome),))


def test_the_path_that_decided_is_marked_down_to_the_leaves():
    inner = group("any", False, F, F)
    outer = Outcome(
        model.Group("all", 0, (model.Member("a", None, T), model.Member("b", None, inner.node))), False, False, (leaf(T), inner)
    )
    lines = tree(criterion(outer), "en")
    assert [(line.depth, line.mark, line.decisive) for line in lines if line.kind == "rule"] == [
        (0, "✗", True),
        (1, "✓", False),
        (1, "✗", True),
        (2, "✗", True),
        (2, "✗", True),
    ]


def test_labels_and_assumptions_are_shown():
    text = flat(tree(criterion(Outcome(model.Group("all", 0, (model.Member("liver", "Liver", T),)), True, True, (leaf(T),))), "en"))
    assert text == "✓ all of (1 met)\n  ✓ Liver: always\n· assumed by the rule: as said"


def test_marks_are_three():
    assert MARKS == {True: "✓", False: "✗", None: "?"}


def test_a_node_without_words_is_an_error():
    with pytest.raises(TypeError):
        tree(criterion(Outcome(object(), True, True)), "en")


# ---------------------------------------------------------------- on real outcomes

RULES = """protocol small version 1.0 language 1
  months round down
moments
  screening "Screening" given
facts
  alb "Alb" lab in mg/L reach 3 days
  bil "Bil" lab in mg/L reach 3 days
inclusion I1 "One"
  alb < 10 mg/L
  and bil < 10 mg/L
inclusion I2 "Two"
  alb < 9 mg/L
inclusion I3 "Three"
  alb < 8 mg/L
inclusion I4 "Four"
  alb < 7 mg/L
inclusion I5 "Five"
  alb < 6 mg/L
exclusion E1 "Six"
  bil < 5 mg/L
"""


def decided(*entries):
    result = load_text(RULES, "small.rules")
    assert result.protocol is not None, result.diagnostics
    return screen(result.protocol, Patient("p", moments={"screening": NOW}, entries=entries), NOW)


def lab(fact, value, day="2026-03-01"):
    return Entry(fact, value, unit="mg/L", start=parse_partial(day), source=f"lab {fact}")


def test_at_most_four_reasons():
    found = reasons(decided(lab("alb", Decimal(12)), lab("bil", Decimal(7))), None, "en")
    assert len(found) == MAX_REASONS
    assert found[0].text == "I1 One: Alb 12 mg/L, 2026-03-01 [lab alb], needs < 10 mg/L, measured 1 day ago"
    assert (found[0].criterion, found[0].wording, found[0].needed, found[0].age_days) == ("I1", "One", "< 10 mg/L", 1)


def test_reasons_are_of_what_fails_and_only_then_of_what_is_open():
    assert [reason.criterion for reason in reasons(decided(lab("alb", Decimal("8.5"))), None, "en")] == ["I3", "I4", "I5"]
    assert [reason.criterion for reason in reasons(decided(lab("alb", Decimal(5))), None, "en")] == ["I1", "E1"]
    assert reasons(decided(lab("alb", Decimal(5)), lab("bil", Decimal(7))), None, "en") == ()


def test_what_an_exclusion_needs_is_the_opposite():
    (reason,) = reasons(decided(lab("alb", Decimal(5)), lab("bil", Decimal(4))), None, "en")
    assert reason.text == "E1 Six: Bil 4 mg/L, 2026-03-01 [lab bil], needs ≥ 5 mg/L, measured 1 day ago"


def test_values_stand_beside_the_rule():
    first = decided(lab("alb", Decimal(12)), lab("bil", Decimal(7))).criteria[0]
    lines = annotated(first, load_text(RULES, "small.rules").protocol, "en")
    assert [(line.number, line.text, line.beside) for line in lines] == [
        (8, 'inclusion I1 "One"', ""),
        (9, "  alb < 10 mg/L", "✗ 12 mg/L, 2026-03-01 [lab alb]"),
        (10, "  and bil < 10 mg/L", "✓ 7 mg/L, 2026-03-01 [lab bil]"),
    ]
