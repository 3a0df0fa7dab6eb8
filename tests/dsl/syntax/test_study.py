"""The syntax tree of parts, arms, schedules, escalations and outcomes."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest
from trialrules.dsl import schedule_ast as study
from trialrules.dsl.ast import Amount, DateName, DoseDay, Duration, Improved, Margin, Not, Selection, Shifted, SourceRef, Text, Word
from trialrules.dsl.parser import parse
from trialrules.dsl.source import Source
from trialrules.dsl.walk import children, walk

from .texts import STUDY

DAY = {number: study.AnchorTime("days", number) for number in ("0", "3", "7", "28", "30")}
THREE_DAYS = study.Tolerance("3", "3", "days")


def block(text):
    result = parse(Source("test.rules", text))
    assert result.diagnostics == ()
    (found,) = result.file.blocks
    return found


def line(text):
    (found,) = block(f"schedule from x\n  {text}\n").lines
    return found


def words(*names):
    return tuple(Word(name) for name in names)


VISITS = [
    ('visit d28 "Day 28" day 28', {"start": DAY["28"]}),
    ('visit d28 "Day 28" day 28 window +-3 days', {"start": DAY["28"], "window": THREE_DAYS}),
    ('visit d28 "Day 28" day 28 window ±3 days', {"start": DAY["28"], "window": THREE_DAYS}),
    ('visit d28 "Day 28" day 28 window +- 3 days', {"start": DAY["28"], "window": THREE_DAYS}),
    ('visit d28 "Day 28" day 28 window -1 +2 weeks', {"start": DAY["28"], "window": study.Tolerance("1", "2", "weeks")}),
    ('visit d28 "Day 28" day 28 optimum +-1 day', {"start": DAY["28"], "optimum": study.Tolerance("1", "1", "days")}),
    ('visit d28 "Day 28" day 28 give a, b', {"start": DAY["28"], "gives": words("a", "b")}),
    ('visit d28 "Day 28" day 28 in arm low, high', {"start": DAY["28"], "arms": study.ArmFilter(words("low", "high"))}),
    ('visit d28 "Day 28" day 28 in arm low masked', {"start": DAY["28"], "arms": study.ArmFilter(words("low"), masked=True)}),
    ('visit d28 "Day 28" day 28 if late', {"start": DAY["28"], "condition": Selection(Word("late"))}),
    ('visit d28 "Day 28" day 28 assume "why"', {"start": DAY["28"], "clauses": (Text("assume", "why"),)}),
    (
        'visit d28 "Day 28" day -14 to -1',
        {"start": study.AnchorTime("days", "14", negative=True), "end": study.AnchorTime("days", "1", negative=True)},
    ),
    ('visit d28 "Day 28" week 2 to week 3', {"start": study.AnchorTime("weeks", "2"), "end": study.AnchorTime("weeks", "3")}),
    ('visit d28 "Day 28" 7 days after inf1', {"start": Shifted(Duration("7", "days"), "after", DateName("inf1"))}),
    ('visit d28 "Day 28" inf1 window +-3 days', {"start": DateName("inf1"), "window": THREE_DAYS}),
    (
        'visit d28 "Day 28" every 4 weeks from day 28 to week 52 window +-3 days',
        {
            "start": None,
            "recurrence": study.Recurrence(Duration("4", "weeks"), DAY["28"], study.AnchorTime("weeks", "52")),
            "window": THREE_DAYS,
        },
    ),
    (
        'visit d28 "Day 28" every 3 months from inf1, 6 times',
        {"start": None, "recurrence": study.Recurrence(Duration("3", "months"), DateName("inf1"), times="6")},
    ),
    (
        'visit d28 "Day 28" weekly from day 0 until worse_day',
        {"start": None, "recurrence": study.Recurrence(Duration("1", "weeks"), DAY["0"], until=DateName("worse_day"))},
    ),
]


@pytest.mark.parametrize(("text", "fields"), VISITS, ids=[text for text, _ in VISITS])
def test_visits(text, fields):
    assert line(text) == study.Visit(Word("d28"), "Day 28", **fields)


def test_clauses_stand_at_the_end_of_a_line_and_below_it():
    below = ('title zh "第 28 天"', 'text "b"', 'text zh "c"', 'note "d"', 'assume "e"', "source visit 3")
    text = "\n    ".join(['visit d28 day 28 assume "a"', *below])
    assert line(text).clauses == (
        Text("assume", "a"), Text("title", "第 28 天", "zh"), Text("text", "b"), Text("text", "c", "zh"), Text("note", "d"),
        Text("assume", "e"), SourceRef("visit", "3"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("step", "every", "per_day"),
    [
        ("daily", Duration("1", "days"), 1),
        ("twice daily", Duration("1", "days"), 2),
        ("three times daily", Duration("1", "days"), 3),
        ("four times daily", Duration("1", "days"), 4),
        ("weekly", Duration("1", "weeks"), 1),
        ("every 2 weeks", Duration("2", "weeks"), 1),
    ],
)
def test_how_often(step, every, per_day):
    found = line(f"repeat x 0.2 g by mouth {step} from day 0 to day 7")
    assert found == study.Series(Word("x"), None, Amount("0.2", Word("g")), "by mouth", found.recurrence)
    assert found.recurrence == study.Recurrence(every, DAY["0"], DAY["7"], per_day=per_day)


def test_a_number_goes_on_in_the_unit_before_it():
    found = line('assess alt, exam "Examination" at pre, days 3, 7, -1, weeks 4, 8, month 3, early termination, every visit')
    assert found.items == (study.Assessed(Word("alt")), study.Assessed(Word("exam"), "Examination"))
    said = [target.time and (target.time.unit, target.time.number, target.time.negative) for target in found.targets]
    assert said == [
        None, ("days", "3", False), ("days", "7", False), ("days", "1", True), ("weeks", "4", False), ("weeks", "8", False),
        ("months", "3", False), None, None,
    ]  # fmt: skip
    assert [target.kind for target in found.targets if target.time is None] == ["visit", "early", "every"]


LINES = [
    ('watch dlt "DLT" from day 0 to day 28', study.Watch(Word("dlt"), "DLT", DAY["0"], DAY["28"])),
    ("until safe 6 months after inf1", study.Obligation(Word("safe"), None, Shifted(Duration("6", "months"), "after", DateName("inf1")))),
    ('early termination "End" within 7 days', study.EarlyTermination("End", Duration("7", "days"))),
    ("early termination within 7 days", study.EarlyTermination(None, Duration("7", "days"))),
    ("unscheduled allowed", study.Unscheduled()),
    ("rescreening allowed", study.Rescreening()),
    ("rescreening allowed 2 times", study.Rescreening("2")),
    ("rescreening allowed at least 4 weeks apart", study.Rescreening(None, Duration("4", "weeks"))),
    ("closed days keep", study.ClosedDays(None)),
    ("closed days shift later", study.ClosedDays("later")),
    ("no visit before consent_day", study.NotBefore(DateName("consent_day"))),
    ('title zh "x"', Text("title", "x", "zh")),
]


@pytest.mark.parametrize(("text", "node"), LINES, ids=[text for text, _ in LINES])
def test_other_lines(text, node):
    assert line(text) == node


KG = Amount("1.0e6", Word("cells/kg"))
CAP = Amount("1e8", Word("cells"))
DOSES = [
    ('dose d "D" 1.0e6 cells/kg IV', {"title": "D", "amount": KG, "route": "IV"}),
    ("dose d 1.0e6 cells/kg of lean IV at most 1e8 cells", {"amount": KG, "of": Word("lean"), "route": "IV", "at_most": CAP}),
    ("dose d advised by mouth", {"amount": Word("advised"), "route": "by mouth"}),
    ('dose d 1.0e6 cells/kg by "slow infusion"', {"amount": KG, "route": "by slow infusion"}),
    ('dose d "Solvent" IV', {"title": "Solvent", "amount": None, "route": "IV"}),
    ("dose d at most 3 mg", {"amount": None, "at_most": Amount("3", Word("mg"))}),
    ("dose d", {"amount": None}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), DOSES, ids=[text for text, _ in DOSES])
def test_doses(text, fields):
    (found,) = block(f'arm a "A" open\n  {text}\n').doses
    assert found == study.Dose(Word("d"), **{"title": None, **fields})


def test_arms_and_parts():
    assert block('part phase1 "P"\n  note "n"\n') == study.Part(Word("phase1"), "P", (Text("note", "n"),))
    assert block("arm low open\n") == study.Arm(Word("low"), None, None)
    assert block('arm low "Low" blinded as "one of two"\n  source arm 1\n') == study.Arm(
        Word("low"), "Low", "one of two", (), (SourceRef("arm", "1"),)
    )


def test_an_escalation():
    text = 'escalation "3+3"\n  levels a, b\n  sentinel 1 observed 28 days\n  group of 3, expand to 6\n  stop at 2 dlt\n'
    text += '  observe 4 weeks after the last dose\n  review by "Board" before every step up\n  replace "who left"\n'
    assert block(text).lines == (
        study.EscalationLine("levels", names=words("a", "b")),
        study.EscalationLine("sentinel", count="1", length=Duration("28", "days")),
        study.EscalationLine("group", count="3", expand="6"),
        study.EscalationLine("stop", names=words("dlt"), count="2"),
        study.EscalationLine("observe", length=Duration("4", "weeks"), text="last"),
        study.EscalationLine("review", text="Board"),
        study.EscalationLine("replace", text="who left"),
    )


def test_an_outcome():
    found = block('outcome a "A" at weeks 1, 4\n  title zh "x"\n  all of\n    b_b worse\n  and the remaining not worse\n')
    assert [target.time.number for target in found.targets] == ["1", "4"]
    assert (found.exact, found.remaining, found.clauses) == (False, True, (Text("title", "x", "zh"),))
    exact = block("outcome a at days 28, 90 exact\n  b_b ever\n")
    assert (exact.exact, exact.remaining, len(exact.targets)) == (True, False, 2)
    assert block("outcome a\n  b_b\n").targets == ()


def expression(text):
    return block(f"define x = {text}\n").body


def test_margins_go_on_behind_and():
    twenty, one = Margin(">", Amount("20", Word("%"))), Margin(">=", Amount("1"))
    operand = Selection(Word("b_b"))
    assert expression("b_b improved by > 20 % and >= 1") == Improved(operand, worse=False, margins=(twenty, one))
    assert expression("b_b worse by >= 1 and≥1") == Improved(operand, worse=True, margins=(one, one))
    assert expression("not b_b worse") == expression("b_b not worse") == Not(Improved(operand, worse=True, margins=()))
    both = expression("b_b improved by > 20 % and c_c > 1 and c_c worse")
    assert [type(part).__name__ for part in both.operands] == ["Improved", "Compared", "Improved"]


def test_days_of_doses():
    (found,) = block("moments\n  end given, else last given dose of cells\n").moments
    assert found.ways[1].date == DoseDay("last", Word("cells"))


def test_attributes_may_still_be_called_like_words_of_schedules():
    assert expression("metformin dose <= 3 g/day").left.attribute == Word("dose")
    assert expression("any metformin with visit 2 ever").tests[0].name == Word("visit")


# ---- places, going on, loading


def test_every_class_is_seen_and_walked_in_the_order_of_the_text():
    file = parse(Source("test.rules", STUDY)).file
    seen = {type(node) for node in walk(file)}
    classes = {cls for cls in vars(study).values() if isinstance(cls, type) and attrs.has(cls) and cls.__module__ == study.__name__}
    assert classes - seen == set()
    for node in walk(file):
        below = children(node)
        assert all(node.span.start <= child.span.start <= child.span.end <= node.span.end for child in below if hasattr(node, "span"))
        if type(node) in (study.Visit, study.Series, study.Dose, study.Assess, study.Schedule, study.Recurrence):
            assert [child.span.start for child in below] == sorted(child.span.start for child in below)


def test_places_are_those_of_the_words():
    text = 'schedule from x\n  visit d28 "Day 28" day 28 window +-3 days give a  # remark\n'
    (found,) = block(text).lines
    assert text[found.span.start : found.span.end] == 'visit d28 "Day 28" day 28 window +-3 days give a'
    assert text[found.window.span.start : found.window.span.end] == "window +-3 days"
    assert text[found.start.span.start : found.start.span.end] == "day 28"


def test_a_broken_line_costs_no_other_line():
    text = (
        'schedule from x\n  visit a day 0\n    note "n"\n  visit b day +-3\n    note "m"\n    nothing here\n  visit c day 5\n'
        'arm low "Low"\n  dose d 1 mg IV\n  dose e 3\narm high open\n'
    )
    result = parse(Source("test.rules", text))
    source = Source("test.rules", text)
    assert [source.position(d.span.start).line for d in result.diagnostics] == [4, 6, 8, 10]
    assert "b" in result.lost
    names = [line.name.text for line in result.file.blocks[0].lines]
    assert names[0] == "a"
    assert names[-1] == "c"


def test_a_file_without_such_blocks_does_not_load_their_tree():
    code = (
        "import sys\nfrom trialrules.dsl.parser import parse\nfrom trialrules.dsl.source import Source\n"
        "parse(Source('a', 'define x = 1\\n'))\nprint('trialrules.dsl.schedule_ast' in sys.modules)\n"
        "parse(Source('a', 'arm low open\\n'))\nprint('trialrules.dsl.schedule_ast' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
