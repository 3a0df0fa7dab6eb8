"""Days that only a schedule knows are not set while a patient is screened; with a course they are. Words for all of them."""

from __future__ import annotations

from trialrules.dsl import model
from trialrules.engine.dates import format_partial
from trialrules.engine.decide import evaluate, screen
from trialrules.engine.evaluate import build_course_record, build_record, seen_from, start
from trialrules.engine.explain_rule import date_words
from trialrules.engine.explain_words import words
from trialrules.engine.record import Patient
from trialrules.engine.verdicts import verdicts
from trialrules.engine.viewpoint import Course, Reads, View
from trialrules.engine.windows import date_value

from .builder import checked, day, fact

RULES = """protocol days version 1.0 language 1
  title    "Days of doses"
  months   round down
  baseline first_infusion

moments
  screening       "Screening"       given
  first_infusion  "First infusion"  first given dose of salve
  last_infusion   "Last infusion"   last given dose of salve

facts
  alt    "ALT"    lab in U/L  reach 7 days
  fever  "Fever"  event

arm open_arm "Open" open
  dose salve "Salve" 1 mg IV

schedule "Plan" from screening
  visit begin  "Begin"   day 0  give salve
  visit again  "Again"   day 7  give salve
  visit rest   "Rest"    7 days after again

inclusion I1 "No fever since the first infusion"
  source inclusion 1
  not fever from first_infusion to the assessment day

inclusion I2 "ALT has fallen"
  source inclusion 2
  change from baseline in alt from first_infusion to the assessment day < 0 U/L
"""


def patient(*entries, **moments):
    return Patient("p1", "male", day("1990-01-01"), {name: day(date) for name, date in moments.items()}, entries)


PROTOCOL = checked(RULES)
PERSON = patient(
    fact("fever", False, "2026-03-20"), fact("alt", 50, "2026-03-01", "U/L"), fact("alt", 40, "2026-03-18", "U/L"), screening="2026-03-02"
)
COURSE = Course(
    {"begin": day("2026-03-02"), "again": day("2026-03-10T09:00")},
    {("first", "salve"): day("2026-03-02"), ("last", "salve"): day("2026-03-10T09:00")},
)


def test_screening_knows_no_dose():
    decision = screen(PROTOCOL, PERSON, day("2026-03-20"))
    assert [state.status for state in decision.moments] == ["given", "unset", "unset"]
    assert [(one.verdict, {unknown.cause for unknown in one.unknowns}) for one in decision.criteria] == [
        ("unknown", {"moment not set"})
    ] * 2


def test_verdicts_without_evidence_say_the_same():
    record = build_record(PROTOCOL, PERSON, day("2026-03-20"))
    assert [one.verdict for one in verdicts(record)] == [one.verdict for one in evaluate(record).criteria]


def test_with_a_course_the_moments_are_set_and_everything_up_to_now_counts():
    record = build_course_record(PROTOCOL, PERSON, day("2026-03-20"), COURSE)
    assert {name: format_partial(state.date) for name, state in record.moments.items()} == {
        "screening": "2026-03-02",
        "first_infusion": "2026-03-02",
        "last_infusion": "2026-03-10T09:00",
    }
    assert [one.verdict for one in evaluate(record).criteria] == ["met", "met"]


def test_days_of_visits_and_doses():
    ctx = start(build_course_record(PROTOCOL, PERSON, day("2026-03-20"), COURSE))
    again = date_value(ctx, model.VisitDate("again"))
    assert (again.low, again.seconds) == (day("2026-03-10").first, 9 * 3600)
    assert date_value(ctx, model.VisitDate("rest")).unknowns[0].detail == "rest"
    assert date_value(ctx, model.DoseDate("first", "salve")).low == day("2026-03-02").first
    assert date_value(ctx, model.DoseDate("first", "ointment")).unset


def test_the_visit_day_is_known_only_from_a_view():
    record = build_course_record(PROTOCOL, PERSON, day("2026-03-20"), COURSE)
    assert date_value(start(record), model.OutcomeDay()).unset
    view = View(day("2026-03-12"), Reads(day("2026-03-11").first, day("2026-03-13")))
    seen = start(seen_from(record, view))
    assert date_value(seen, model.OutcomeDay()).low == date_value(seen, model.AssessmentDay()).low == day("2026-03-12").first


def test_another_view_leaves_the_record_as_it_was():
    record = build_course_record(PROTOCOL, PERSON, day("2026-03-20"), COURSE)
    before = [one.verdict for one in evaluate(record).criteria]
    seen_from(record, View(day("2026-03-12")))
    assert [one.verdict for one in evaluate(record).criteria] == before


def test_words_for_days_of_the_study():
    en, zh = words("en"), words("zh")
    said = [
        date_words(en, node)
        for node in (model.VisitDate("inf2"), model.DoseDate("first", "salve"), model.DoseDate("last", "salve"), model.OutcomeDay())
    ]
    assert said == ["the day of visit inf2", "the first given dose of salve", "the last given dose of salve", "the visit day"]
    assert date_words(zh, model.OutcomeDay()) == "访视日"
    assert date_words(zh, model.DoseDate("last", "salve")) == "salve 末次给药"
