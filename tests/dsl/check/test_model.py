"""What the checker makes of conditions: windows, units, picks, merged tests."""

from __future__ import annotations

from fractions import Fraction

import pytest
from trialrules.dsl import model
from trialrules.dsl.facade import load_text

from .corpus import said

HEAD = """\
protocol demo version 1.0 language 1
  months round down
  eligibility until infusion
  baseline infusion
moments
  screening given
  infusion given, else planned 7 days after screening
facts
  creatinine "Creatinine" lab in umol/L  1 mg/dL = 88.4 umol/L  reach 28 days assume "no window in the source"
  alt lab in U/L reach for ever
  temperature vital in Cel reach 1 day
  hcg finding positive, negative reach 7 days
  embolism event with side left, right
  sepsis event
  infection condition with course acute, chronic
  methotrexate exposure in mg/week with route oral, sc, im
  folate exposure in mg/d with route oral, im
  trial exposure with half_life in d with of_drug yes, no else yes assume "not said"
  sex attribute male, female
  birth_date attribute date
  lesion judgement
"""


def checked(body: str, kind: str = "exclusion") -> model.Protocol:
    lines = "".join(f"  {line}\n" for line in body.strip("\n").split("\n"))
    result = load_text(f'{HEAD}{kind} E1 "One"\n{lines}')
    errors = [diagnostic for diagnostic in result.diagnostics if diagnostic.code != "TR055"]
    assert said(errors, result.sources) == "\n"
    assert result.protocol is not None
    return result.protocol


def condition(body: str) -> model.Condition:
    (block,) = checked(body).criteria[0].blocks
    return block.condition


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("creatinine > 1.5 mg/dL", Fraction(663, 5)),
        ("1.5 mg/dL < creatinine", Fraction(663, 5)),
        ("creatinine > 132.6 umol/L", Fraction(663, 5)),
        ("temperature > 100.4 [degF]", Fraction(38)),
        ("methotrexate dose on screening > 0.025 g/wk", Fraction(25)),
        ("trial half_life ever > 2 weeks", Fraction(14)),
        ("trial half_life ever > 48 h", Fraction(2)),
        ("change in temperature within 3 days > 1.8 [degF]", Fraction(1)),
        ("mean daily rise of creatinine within 3 days > 1 mg/dL", Fraction(442, 5)),
        ("mean daily rise of creatinine within 3 days > 1 mg/dL/d", Fraction(442, 5)),
        ("percent change in creatinine within 3 days > 20 %", Fraction(20)),
        ("age at screening > 18 years", Fraction(18)),
        ("days from screening to infusion > 2 weeks", Fraction(14)),
        ("days from screening to infusion > 14", Fraction(14)),
        ("creatinine > -1 umol/L", Fraction(-1)),
        ("creatinine / alt * 1 > 3", None),
    ],
)
def test_literals_are_exact_in_the_unit_of_their_counterpart(text, value):
    if value is None:
        with pytest.raises(AssertionError, match="TR034"):
            condition(text)
        return
    found = condition(text)
    assert isinstance(found, model.Compare)
    assert found.op == ">"
    assert isinstance(found.right, model.Quantity)
    assert found.right.value == value


def test_numbers_of_two_facts_meet_in_the_unit_of_the_left():
    found = condition("folate dose on screening > methotrexate dose on screening")
    assert isinstance(found, model.Compare)
    assert isinstance(found.left, model.Value)
    assert isinstance(found.right, model.InUnit)
    assert found.right.factor == Fraction(1, 7)
    assert found.right.unit == found.left.unit


def test_a_limit_that_depends_on_a_truth():
    found = condition("creatinine > (2 mg/dL if sex is male, 100 umol/L else)")
    assert isinstance(found, model.Compare)
    assert isinstance(found.right, model.Choose)
    values = [branch.value for branch in found.right.branches] + [found.right.otherwise]
    assert [value.value for value in values if isinstance(value, model.Quantity)] == [Fraction(884, 5), Fraction(100)]


def test_a_value_without_a_window_takes_the_reach():
    found = condition("creatinine > 1 mg/dL")
    assert isinstance(found, model.Compare)
    assert isinstance(found.left, model.Value)
    window = found.left.selection.window
    start = model.Shifted(model.Length(Fraction(28), "days"), "before", model.AssessmentDay())
    assert window == model.Window(start, model.AssessmentDay(), reach=True, assumed="no window in the source")


def exists(text: str) -> model.Window:
    found = condition(text)
    assert isinstance(found, model.Exists)
    assert found.selection.pick == "any"
    return found.selection.window


def test_windows():
    day = model.AssessmentDay()
    length = model.Length(Fraction(3), "months")
    screening = model.MomentDate(checked("always").moments["screening"])
    assert exists("sepsis ever") == model.Window(None, day)
    assert exists("sepsis within 3 months") == model.Window(model.Shifted(length, "before", day), day)
    assert exists("sepsis within 24 hours").timed
    # Moments are told apart by identity, so only the shape is compared here.
    around = exists("sepsis within 3 months of screening")
    assert isinstance(around.start, model.Shifted)
    assert isinstance(around.end, model.Shifted)
    assert (around.start.direction, around.end.direction) == ("before", "after")
    assert exists("sepsis before screening").end_open
    assert exists("sepsis after screening").start_open
    on = exists("sepsis on screening")
    assert on.start == on.end
    assert isinstance(on.start, model.MomentDate)
    assert on.start.moment.name == screening.moment.name


@pytest.mark.parametrize(
    ("text", "timed"),
    [
        ("since 3 hours before screening", True),
        ("from 4.5 hours before screening to 3 hours before screening", True),
        ("from 2 days before screening to 30 minutes before screening", True),
        ("before 3 hours after screening", True),
        ("after 3 hours before screening", True),
        ("within 3 days before 2 hours before screening", True),
        ("since the earlier of (3 days before screening, 1 hour before infusion)", True),
        ("since 3 days before screening", False),
        ("on 3 hours before screening", False),
    ],
)
def test_a_step_by_hours_makes_times_decide(text, timed):
    assert exists(f"sepsis {text}").timed is timed


def test_stopped_hours_ago_is_asked_of_times():
    found = condition("methotrexate stopped at least 3 hours before screening")
    assert isinstance(found, model.Not)
    assert isinstance(found.operand, model.Exists)
    assert found.operand.selection.window.timed


def test_units_may_begin_with_a_stroke():
    found = condition("(alt in U/L) / 2 > 3 and count of embolism ever >= 1")
    assert isinstance(found, model.Connective)
    result = load_text(
        HEAD + 'facts\n  rate vital in /min reach 1 day\nexclusion E1 "One"\n  rate > 1.5 1/s\n  and (rate in /min) / 2 > 45\n'
    )
    assert result.protocol is not None
    (block,) = result.protocol.criteria[0].blocks
    first, second = block.condition.operands
    assert first.right.value == 90
    assert isinstance(second.left, model.Arith)


def test_a_moment_has_titles():
    result = load_text(HEAD.replace("  screening given", '  screening "Screening" given\n    title zh "筛选"'))
    assert result.protocol is not None
    assert result.protocol.moments["screening"].titles == {"zh": "筛选"}


def test_a_moment_may_hang_on_records():
    result = load_text(HEAD.replace("moments\n", "moments\n  seen the day of (latest sepsis before screening)\n"))
    assert result.protocol is not None
    (way,) = result.protocol.moments["seen"].ways
    assert isinstance(way.date, model.DayOf)


def test_the_head_of_a_group_tests_the_members_that_can_take_it():
    found = condition(
        "any of, with route oral except sepsis\n  methotrexate ever\n  folate with route im ever\n  embolism ever\n  hcg is positive"
    )
    assert isinstance(found, model.Group)
    first, second, third, fourth = (member.condition for member in found.members)
    assert isinstance(first, model.Exists)
    assert [test.words for test in first.selection.tests] == [("oral",)]
    assert [fact.name for fact in first.selection.excluded] == ["sepsis"]
    assert isinstance(second, model.Exists)
    assert [test.words for test in second.selection.tests] == [("oral",), ("im",)]
    assert isinstance(third, model.Exists)
    assert third.selection.tests == ()
    assert isinstance(fourth, model.IsWord)
    assert fourth.selection.excluded == ()


def test_a_row_is_any_of_its_facts():
    found = condition("embolism, sepsis within 3 days")
    assert isinstance(found, model.Group)
    assert (found.kind, [member.label for member in found.members]) == ("any", ["embolism", "sepsis"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("any creatinine within 3 days > 3 mg/dL", model.Quantified),
        ("3 mg/dL < any creatinine within 3 days", model.Quantified),
        ("every hcg within 3 days is negative", model.Quantified),
        ("at least 2 of the last 3 creatinine within 3 days is 3 to 5 mg/dL", model.Quantified),
        ("at least 2 of creatinine within 3 days", model.Compare),
        ("at least 2 of embolism within 3 days", model.Compare),
        ("any methotrexate dose within 3 days > 20 mg/week", model.Quantified),
        ("methotrexate stopped at least 3 days before screening", model.Not),
        ("methotrexate taken since at least 3 days before screening", model.TakenSince),
        ("methotrexate dose unchanged for 3 days before screening", model.Unchanged),
        ("infection course ever is acute", model.IsWord),
        ("lesion is yes", model.IsWord),
        ("creatinine is not recorded", model.IsRecorded),
        ("methotrexate dose on screening is recorded in mg/day", model.IsRecorded),
        ("the day of embolism <= screening", model.CompareDates),
        ("the day of infusion <= the day of (first embolism ever)", model.CompareDates),
        ("(always if sex is male, never else)", model.Cases),
        ("alt > 3 x ULN", model.Compare),
        ("age at screening is 18 years to 65 years", model.Between),
        ("age at screening is 18 to 65 years", model.Between),
        ("count of embolism ever >= 2", model.Compare),
        ("change from baseline in creatinine within 3 days > 1 mg/dL", model.Compare),
        ("(140 - age at screening) / (72 * creatinine in mg/dL) < 60", model.Compare),
        ("(alt > 3 U/L) differs from (hcg is positive)", model.Differs),
        ("trial since the earlier of (3 months before infusion, 5 * its half_life before infusion if its of_drug is yes)", model.Exists),
    ],
)
def test_kinds_of_condition(text, kind):
    assert isinstance(condition(text), kind)


def test_labels_on_joined_lines_make_a_group():
    found = condition("kidney : creatinine > 1 mg/dL\nand liver : alt > 3 U/L")
    assert isinstance(found, model.Group)
    assert (found.kind, [member.label for member in found.members]) == ("all", ["kidney", "liver"])


def test_blocks_keep_their_order():
    criterion = checked(
        "when methotrexate on screening\n  methotrexate dose on screening > 3 mg/week\nwhen sex is male\n  always"
    ).criteria[0]
    assert [block.when is not None for block in criterion.blocks] == [True, True]
