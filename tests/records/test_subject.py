"""Subjects are read whole or not at all, with everything that is wrong said at once; what is written back touches nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given, strategies as st
from referencing import Registry, Resource
from trialrules.dsl.facade import load_text
from trialrules.engine.dates import parse_partial
from trialrules.engine.record import Quantity
from trialrules.engine.subject import End, GivenDose, Hold, Screening, UnscheduledVisit, VisitRecord
from trialrules.records.subject import read_subjects
from trialrules.records.subject_write import visit_json, write_subject

RULES = """protocol made version 1.0 language 1
  title "Made"
  months round down
moments
  screening given
  first_infusion given, else planned 7 days after screening assume "planning default"
facts
  weight "Body weight" vital in kg
part phase1 "Phase 1"
arm low "Low dose" open
  dose cg_bm1 "CG-BM1" 1.0e6 cells/kg IV
schedule "Phase 1" from first_infusion
  visit pre "Before" day -14 to -1
  visit inf1 "Infusion" day 0 give cg_bm1
  visit fu "Follow-up" every 4 weeks from week 4 to week 12 window +-3 days
  repeat celecoxib "Celecoxib" 0.2 g by mouth daily from day 0 to week 24
  early termination "End of study" within 7 days
part phase2 "Phase 2"
arm active "Active" blinded as "Active or placebo"
  dose cg_bm1 "CG-BM1" 1.0e6 cells/kg IV
arm placebo "Placebo" blinded as "Active or placebo"
  dose cg_bm1 "Solvent" IV
schedule "Phase 2" from first_infusion
  visit dose1 "Dose" day 0 give cg_bm1
"""
LOADED = load_text(RULES)
assert LOADED.protocol is not None, LOADED.diagnostics
PROTOCOL = LOADED.protocol
SCHEMAS = Path(__file__).parents[2] / "schemas"
FULL = {
    "schema": "trialrules/subject/1",
    "subject": "S-0007",
    "site": "GZ",
    "part": "phase1",
    "arm": "low",
    "patient": {
        "id": "P-1",
        "moments": {"screening": "2026-02-20"},
        "facts": [{"fact": "weight", "value": 71.3, "unit": "kg", "date": "2026-03-01"}],
    },
    "visits": [
        {
            "visit": "inf1",
            "status": "done",
            "date": "2026-03-02T09:30+08:00",
            "doses": [{"dose": "cg_bm1", "amount": {"value": 7.1e7, "unit": "cells"}}],
        },
        {"visit": "fu.1", "status": "booked", "date": "2026-03-30T09:00+08:00"},
        {"visit": "fu.2", "status": "moved", "date": "2026-04-28", "reason": "holiday", "by": "nurse 3"},
        {"visit": "fu.3", "status": "missed", "reason": "on a journey"},
        {"visit": "pre", "date": "2026-02-25"},
    ],
    "unscheduled": [{"date": "2026-03-20", "title": "Fever", "reason": "called"}],
    "holds": [{"what": "celecoxib", "from": "2026-03-10", "to": "2026-03-12", "reason": "gastritis"}],
    "screenings": [{"date": "2026-01-05", "failed": True, "reason": "infection"}, {"date": "2026-02-20"}],
    "end": {"status": "withdrawn", "date": "2026-04-02", "reason": "own wish"},
}


def day(text):
    return parse_partial(text)


def read(document, now="2026-03-05"):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_subjects(data, PROTOCOL, day(now)))


def problems(document, now="2026-03-05"):
    (result,) = read(document, now)
    assert result.subject is None
    return [(problem.where.pointer, problem.message, problem.help) for problem in result.problems]


def changed(**changes):
    return {**FULL, **changes}


def test_every_key_is_read():
    (result,) = read(FULL)
    assert result.problems == ()
    subject = result.subject
    assert (subject.number, subject.site, subject.part, subject.arm, subject.patient.id) == ("S-0007", "GZ", "phase1", "low", "P-1")
    assert subject.visits == (
        VisitRecord("inf1", "done", day("2026-03-02T09:30+08:00"), (GivenDose("cg_bm1", Quantity(Decimal("7.1e7"), "cells")),)),
        VisitRecord("fu.1", "booked", day("2026-03-30T09:00+08:00")),
        VisitRecord("fu.2", "moved", day("2026-04-28"), None, "holiday", "nurse 3"),
        VisitRecord("fu.3", "missed", None, None, "on a journey"),
        VisitRecord("pre", "done", day("2026-02-25")),
    )
    assert subject.unscheduled == (UnscheduledVisit(day("2026-03-20"), "Fever", "called"),)
    assert subject.holds == (Hold("celecoxib", day("2026-03-10"), day("2026-03-12"), "gastritis"),)
    assert subject.screenings == (Screening(day("2026-01-05"), True, "infection"), Screening(day("2026-02-20")))
    assert subject.end == End("withdrawn", day("2026-04-02"), "own wish")


def test_a_list_and_json_lines_come_in_order():
    two = [changed(subject="A"), {**changed(subject="B"), "patient": {"id": "P-2"}}]
    assert [result.subject.number for result in read(two)] == ["A", "B"]
    lines = "\n".join(json.dumps(one) for one in two).encode()
    assert [result.subject.number for result in read(lines)] == ["A", "B"]


def test_a_plain_patient_is_a_subject_without_an_arm():
    (result,) = read(FULL["patient"])
    assert (result.subject.number, result.subject.arm, result.subject.visits) == ("P-1", None, ())


def test_a_table_of_patients_is_read_as_subjects():
    (result,) = read(b"patient_id,fact,value,unit,date\nP-9,weight,70,kg,2026-03-01\n")
    assert (result.subject.number, result.subject.arm) == ("P-9", None)


def test_a_subject_without_a_number_has_the_patients():
    (result,) = read({key: value for key, value in FULL.items() if key != "subject"})
    assert result.subject.number == "P-1"


def test_two_subjects_of_one_number_are_refused():
    first, second = read([FULL, {**FULL, "patient": {"id": "P-2"}}])
    assert first.subject is not None
    assert [problem.code for problem in second.problems] == ["TR210"]


def test_all_problems_are_found_in_one_run_with_near_names():
    document = changed(
        arm="lo",
        colour="red",
        visits=[
            {"visit": "inf", "status": "done", "date": "2026-03-02"},
            {"visit": "fu", "status": "done", "date": "2026-03-02"},
            {"visit": "inf1", "status": "don", "date": "2026-02-30", "dose": []},
            {"visit": "inf1", "status": "booked"},
            {"visit": "pre", "status": "done", "date": "2026-03-01", "doses": [{"dose": "cgbm1", "amount": {"value": "much"}}]},
        ],
        holds=[{"what": "celecoxb", "from": "2026-03-10", "to": "2026-03-01"}],
        end={"status": "gone", "date": "2026-04-02"},
    )
    assert problems(document) == [
        ("", "`colour` is no key of a subject.", f"Keys: {', '.join(FULL)}."),
        ("/arm", "The rule file has no arm `lo`.", "Did you mean `low`?"),
        ("/visits/0/visit", "The rule file has no visit `inf`.", "Did you mean `inf1`?"),
        ("/visits/1/visit", "`fu` is a repeated visit; which one is meant?", "Write `fu.1` for the first."),
        ("/visits/2/dose", "`dose` is no key here.", "Did you mean `doses`?"),
        ("/visits/2/date", "`2026-02-30` is no date.", "Write a day `2026-03-01`, or a time `2026-03-01T08:30+08:00`."),
        ("/visits/2/status", "`don` is no status.", "Did you mean `done`?"),
        ("/visits/3", "A visit that is booked needs its `date`.", "Add it."),
        ("/visits/4/doses/0/amount", "An amount has a number and its unit.", '`{"value": 7.1e7, "unit": "cells"}`'),
        ("/visits/4/doses/0/dose", "The rule file has no dose `cgbm1`.", "Did you mean `cg_bm1`?"),
        ("/holds/0/what", "The rule file has no dose or series `celecoxb`.", "Did you mean `celecoxib`?"),
        ("/holds/0", "The hold ends on 2026-03-01, before it begins on 2026-03-10.", "Correct one of the two dates."),
        ("/end/status", "`gone` is no status.", "Say one of completed, withdrawn, lost, died, screen failed."),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer", "message"),
    [
        ({"part": "phase3"}, "/part", "The rule file has no part `phase3`."),
        ({"part": "phase2"}, "/arm", "`low` is an arm of phase1, and the subject is in phase2."),
        ({"visits": [{"visit": "dose1", "status": "missed"}]}, "/visits/0/visit", "`dose1` is no visit of phase1."),
        ({"visits": [{"visit": "inf1.2", "status": "missed"}]}, "/visits/0/visit", "`inf1` is no repeated visit."),
        ({"visits": [{"visit": "fu.0", "status": "missed"}]}, "/visits/0/visit", "`fu` is a repeated visit; which one is meant?"),
        ({"visits": [{"visit": "fu.99999", "status": "missed"}]}, "/visits/0/visit", "`fu` is a repeated visit; which one is meant?"),
        ({"visits": [{"visit": "a:b:c", "status": "missed"}]}, "/visits/0/visit", "`a:b:c` is no key of a visit."),
        (
            {"visits": [{"visit": "screening3:pre", "status": "missed"}]},
            "/visits/0/visit",
            "`screening3:pre` belongs to a screening that is not recorded.",
        ),
        ({"visits": [{"visit": "pre"}]}, "/visits/0", "A visit needs a `status`, or at least a `date`."),
        (
            {"visits": [{"visit": "pre", "date": "2026-03-09"}]},
            "/visits/0",
            "2026-03-09 is after 2026-03-05: a visit still to come needs its `status`.",
        ),
        (
            {"visits": [{"visit": "pre", "status": "moved", "date": "2026-03"}]},
            "/visits/0/date",
            "A visit is moved for a day, not for 2026-03.",
        ),
        (
            {"visits": [{"visit": "pre", "status": "missed", "date": "2026-03-01"}]},
            "/visits/0/date",
            "A visit that was missed has no day of its own.",
        ),
        (
            {"visits": [{"visit": "pre", "status": "booked", "date": "2026-03-09", "doses": []}]},
            "/visits/0/doses",
            "A visit that is booked gave no doses.",
        ),
        ({"visits": "none"}, "/visits", "`visits` is a list."),
        ({"visits": [7]}, "/visits/0", "An entry of `visits` is an object."),
        ({"schema": "trialrules/subject/2"}, "", "This program reads `trialrules/subject/1`, not `trialrules/subject/2`."),
        ({"subject": 7}, "/subject", "`subject` is text, not `7`."),
        ({"patient": {"sex": "male"}}, "/patient/id", "A patient needs `id`."),
        ({"screenings": [{"failed": "no"}]}, "/screenings/0", "`date` is missing here."),
        ({"end": []}, "/end", "`end` is an object."),
        ({"unscheduled": [{"title": "x"}]}, "/unscheduled/0", "`date` is missing here."),
    ],
)
def test_one_thing_wrong_is_said_at_its_place(changes, pointer, message):
    assert (pointer, message) in [found[:2] for found in problems(changed(**changes))]


def test_one_visit_recorded_twice_in_one_way_is_refused():
    twice = changed(visits=[{"visit": "pre", "date": "2026-03-01"}, {"visit": "pre", "status": "done", "date": "2026-03-02"}])
    assert problems(twice) == [("/visits/1", "`pre` is recorded as done twice, here and in /visits/0.", "Keep the one that is right.")]


def test_a_subject_without_a_patient_is_refused():
    assert [message for _, message, _ in problems({"subject": "S", "arm": "low"})] == [
        "A subject needs its `patient`, the record of the person."
    ]


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"subject": "S", "patient": {"id": "P"}, "visits": [NaN]}', b"[1, 2", b"\xff\xfe", b'{"subject": 1e999}']
)
def test_what_can_not_be_read_gives_a_problem(data):
    results = read(data)
    assert results
    assert all(result.subject is None and result.problems for result in results)


def test_a_file_that_does_not_exist_gives_a_problem():
    (result,) = read_subjects("no such file", PROTOCOL)
    assert [problem.code for problem in result.problems] == ["TR201"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2026-03-02", "inf1", "done", "fu.1", "moved"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["visit", "status", "date", "doses", "dose", "amount", "value", "what", "from", "to", "end"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"patient": st.just({"id": "P"})}, optional={key: json_values for key in (*FULL, "x") if key != "patient"}))
def test_nothing_is_raised_for_any_json(document):
    (result,) = read(document)
    assert (result.subject is None) == bool(result.problems)


def test_the_published_schema_agrees():
    patient = json.loads((SCHEMAS / "patient.schema.json").read_text(encoding="utf-8"))
    schema = json.loads((SCHEMAS / "subject.schema.json").read_text(encoding="utf-8"))
    registry = Registry().with_resource(patient["$id"], Resource.from_contents(patient))
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    validator.validate(FULL)
    for bad in (
        {"visits": [{"visit": "pre"}]},
        {"visits": [{"visit": "pre", "status": "missed", "date": "2026-03-01"}]},
        {"colour": 1},
        {"end": {"status": "gone"}},
    ):
        assert not validator.is_valid(changed(**bad))


# ---------------------------------------------------------------- writing back

PRETTY = """{
  "schema": "trialrules/subject/1",   "subject": "S-0007",
  "arm": "low",
  "patient": {"id": "P-1", "facts": [ {"fact":"weight","value":7.130e1,"unit":"kg","date":"2026-03-01"} ]},
  "visits": [
    {"visit": "inf1", "status": "done", "date": "2026-03-02"},
    {"visit": "fu.1",   "status": "moved", "date": "2026-03-30", "reason": "holiday"},
    {"visit": "fu.3", "status": "missed"}
  ]
}
"""


def rewritten(text, change):
    (result,) = read_subjects(text.encode(), PROTOCOL, day("2026-03-05"))
    assert result.problems == ()
    return write_subject(text, result.subject, change(result.subject))


def with_visits(*records):
    return lambda subject: evolve(subject, visits=records)


def edited(index, **changes):
    def change(subject):
        return evolve(subject, visits=tuple(evolve(one, **changes) if at == index else one for at, one in enumerate(subject.visits)))

    return change


def test_a_changed_day_touches_nothing_but_that_day():
    assert rewritten(PRETTY, edited(1, date=day("2026-04-01"))) == PRETTY.replace("2026-03-30", "2026-04-01")


def test_a_new_reason_stands_behind_the_last_key():
    text = rewritten(PRETTY, edited(1, reason="strike", by="nurse 3"))
    assert text == PRETTY.replace('"reason": "holiday"', '"reason": "strike", "by": "nurse 3"')


def test_a_new_record_stands_on_a_line_of_its_own():
    text = rewritten(
        PRETTY, lambda one: evolve(one, visits=(*one.visits, VisitRecord("fu.2", "moved", day("2026-04-28"), reason='Zoë\'s "day"')))
    )
    line = '{"visit": "fu.2", "status": "moved", "date": "2026-04-28", "reason": "Zoë\'s \\"day\\""}'
    assert text == PRETTY.replace('"missed"}', f'"missed"}},\n    {line}')


@pytest.mark.parametrize("gone", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2)])
def test_records_that_go_take_one_comma_along(gone):
    text = rewritten(PRETTY, lambda one: evolve(one, visits=tuple(record for at, record in enumerate(one.visits) if at not in gone)))
    kept = [visit for at, visit in enumerate(json.loads(PRETTY)["visits"]) if at not in gone]
    assert json.loads(text)["visits"] == kept
    assert text.startswith(PRETTY[: PRETTY.index('"visits"')])


def test_no_record_left_is_an_empty_list():
    assert json.loads(rewritten(PRETTY, with_visits()))["visits"] == []


def test_the_first_record_makes_the_list():
    text = '{\n  "subject": "S",\n  "patient": {"id": "P"}\n}'
    assert rewritten(text, with_visits(VisitRecord("pre", "missed"))) == (
        '{\n  "subject": "S",\n  "patient": {"id": "P"},\n  "visits": [{"visit": "pre", "status": "missed"}]\n}'
    )


def test_a_plain_patient_becomes_a_subject_around_the_same_patient():
    text = '{"id": "P-1",  "sex": "male"}\n'
    assert rewritten(text, with_visits(VisitRecord("pre", "missed"))) == (
        '{"schema": "trialrules/subject/1", "subject": "P-1", "patient": {"id": "P-1",  "sex": "male"}, '
        '"visits": [{"visit": "pre", "status": "missed"}]}\n'
    )


def test_in_json_lines_only_the_line_of_the_subject_changes():
    lines = [json.dumps({"subject": number, "patient": {"id": number}, "visits": []}) for number in ("A", "B", "C")]
    text = "\n".join(lines) + "\n"
    second = list(read_subjects(text.encode(), PROTOCOL))[1].subject
    after = write_subject(text, second, evolve(second, visits=(VisitRecord("pre", "missed"),)))
    assert after == "\n".join([lines[0], lines[1].replace("[]", '[{"visit": "pre", "status": "missed"}]'), lines[2]]) + "\n"


def test_a_document_that_somebody_changed_meanwhile_is_left_alone():
    (result,) = read_subjects(PRETTY.encode(), PROTOCOL, day("2026-03-05"))
    after = evolve(result.subject, visits=())
    assert write_subject(PRETTY.replace("S-0007", "S-0008"), result.subject, after) is None
    assert write_subject(PRETTY.replace(',\n    {"visit": "fu.3", "status": "missed"}', ""), result.subject, after) is None
    assert write_subject("{", result.subject, after) is None


records = st.builds(
    VisitRecord,
    st.sampled_from(["pre", "inf1", "fu.1", "fu.2", "fu.3"]),
    st.sampled_from(["done", "booked", "moved"]),
    st.sampled_from(["2026-02-01", "2026-03-01", "2026-03-02T09:00Z"]).map(day),
    reason=st.none() | st.sampled_from(["a", 'quote " and \\ and ü']),
    by=st.none() | st.just("nurse"),
)
courses = st.lists(records, max_size=5, unique_by=lambda one: (one.key, one.status)).map(tuple)


@given(courses, courses, st.sampled_from([None, 2]))
def test_what_is_written_is_what_is_read(before, after, indent):
    text = json.dumps({"subject": "S", "patient": {"id": "P"}, "visits": [visit_json(one) for one in before]}, indent=indent)
    written = rewritten(text, with_visits(*after))
    (result,) = read_subjects(written.encode(), PROTOCOL, day("2026-03-05"))
    assert result.problems == ()
    # Null and a missing key are the same.
    assert sorted(map(repr, result.subject.visits)) == sorted(map(repr, after))
