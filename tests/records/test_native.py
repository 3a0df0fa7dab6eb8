"""`trialrules/patient/1`: exact entries, and every problem with its place."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from trialrules.engine.dates import parse_partial
from trialrules.engine.record import Entry, Quantity
from trialrules.records.detect import read_patients

from .demo_protocol import protocol

SAMPLE = """{"schema": "trialrules/patient/1", "id": "P-001", "sex": "female", "birth_date": "1980-05",
 "moments": {"screening": "2026-03-02", "randomization": "2026-03-05"},
 "facts": [
  {"fact": "total_bilirubin", "value": 10, "unit": "mg/dL", "date": "2026-03-01", "range": {"high": 1.2, "unit": "mg/dL"}},
  {"fact": "pulmonary_embolism", "date": "2025-12-05"},
  {"fact": "pregnancy", "value": false, "date": "2026-03-01"},
  {"fact": "methotrexate", "start": "2025-06", "end": null, "dose": {"value": 15, "unit": "mg/week"}},
  {"fact": "crp", "value": 5, "comparator": "<", "unit": "mg/L", "date": "2026-03-01"},
  {"fact": "other_unsuitability", "value": false, "by": "investigator 7", "date": "2026-03-02", "reason": "none seen"}]}"""


def day(text):
    found = parse_partial(text)
    assert found is not None
    return found


def read(text, *, strict=False, now=None):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_patients(data, protocol(), now and day(now), strict=strict))


def patient_of(text, **options):
    (result,) = read(text, **options)
    assert result.problems == ()
    return result.patient


def entries(*facts):
    return list(patient_of(json.dumps({"id": "p", "facts": list(facts)})).entries)


def complaints(document, **options):
    """Code and JSON pointer of each problem."""
    results = read(document if isinstance(document, str) else json.dumps(document), **options)
    assert all(result.patient is None for result in results)
    return [(problem.code, problem.where.pointer) for result in results for problem in result.problems]


def fact_complaints(*facts, **options):
    return complaints({"id": "p", "facts": list(facts)}, **options)


def test_the_published_sample():
    patient = patient_of(SAMPLE)
    assert (patient.id, patient.sex, patient.birth_date) == ("P-001", "female", day("1980-05"))
    assert patient.moments == {"screening": day("2026-03-02"), "randomization": day("2026-03-05")}
    assert patient.unused == ()
    assert list(patient.entries) == [
        Entry("total_bilirubin", Decimal(10), "mg/dL", start=day("2026-03-01"), range_high=Decimal("1.2"), range_unit="mg/dL"),
        Entry("pulmonary_embolism", value=True, start=day("2025-12-05")),
        Entry("pregnancy", value=False, start=day("2026-03-01")),
        Entry("methotrexate", value=True, start=day("2025-06"), attributes={"dose": Quantity(Decimal(15), "mg/week")}),
        Entry("crp", Decimal(5), "mg/L", "<", start=day("2026-03-01")),
        Entry("other_unsuitability", "no", start=day("2026-03-02"), by="investigator 7", reason="none seen"),
    ]


@pytest.mark.parametrize(
    ("fact", "entry"),
    [
        ({"fact": "crp", "value": 4.20, "unit": "mg/L"}, Entry("crp", Decimal("4.2"), "mg/L")),
        ({"fact": "crp", "date": "2026"}, Entry("crp", None, start=day("2026"))),
        ({"fact": "crp", "value": None, "unit": None, "date": None}, Entry("crp")),
        (
            {"fact": "crp", "value": 1, "unit": "mg/L", "range": {"low": 1, "high": 5}},
            Entry("crp", Decimal(1), "mg/L", range_low=Decimal(1), range_high=Decimal(5), range_unit="mg/L"),
        ),
        ({"fact": "uterus_present", "value": True}, Entry("uterus_present", "yes")),
        ({"fact": "uterus_present", "value": "No"}, Entry("uterus_present", "no")),
        ({"fact": "hcg_serum", "value": "Positive"}, Entry("hcg_serum", "positive")),
        ({"fact": "hcg_serum", "value": "borderline"}, Entry("hcg_serum", "borderline")),
        ({"fact": "lesion_risk", "value": True}, Entry("lesion_risk", "yes")),
        ({"fact": "pregnancy", "date": "2026-03-01"}, Entry("pregnancy", value=True, start=day("2026-03-01"))),
        ({"fact": "pregnancy", "value": True, "end": "2026-03"}, Entry("pregnancy", value=True, end=day("2026-03"), end_kind="given")),
        ({"fact": "pregnancy", "value": False, "start": "2026-03"}, Entry("pregnancy", value=False, start=day("2026-03"))),
        (
            {"fact": "malignancy", "start": "2020", "end": "2021", "type": "lymphoma", "severity": "SEVERE", "source": "letter", "id": "x"},
            Entry(
                "malignancy",
                value=True,
                start=day("2020"),
                end=day("2021"),
                end_kind="given",
                attributes={"type": "lymphoma", "severity": "severe"},
                source="letter",
                id="x",
            ),
        ),
        (
            {"fact": "donation", "date": "2026-03-01T08:30+08:00", "volume": {"value": 200, "unit": "mL"}, "bags": 2},
            Entry(
                "donation",
                value=True,
                start=day("2026-03-01T08:30+08:00"),
                attributes={"volume": Quantity(Decimal(200), "mL"), "bags": Quantity(Decimal(2))},
            ),
        ),
        (
            {"fact": "trial", "start": "2026-01-01", "of_drug": True, "half_life": {"value": 30, "unit": "d"}},
            Entry("trial", value=True, start=day("2026-01-01"), attributes={"half_life": Quantity(Decimal(30), "d"), "of_drug": "yes"}),
        ),
        ({"fact": "E18", "value": True}, Entry("other_unsuitability", "yes")),
        ({"fact": "E8", "value": False}, Entry("lesion_risk", "no")),
    ],
)
def test_a_fact_becomes_an_entry(fact, entry):
    assert entries(fact) == [entry]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"fact": "crp", "valu": 3}, ("TR203", "/facts/0/valu")),
        ({"fact": "crp", "dose": {"value": 1}}, ("TR203", "/facts/0/dose")),
        ({"fact": "crp", "value": "3"}, ("TR204", "/facts/0/value")),
        ({"fact": "crp", "value": True}, ("TR204", "/facts/0/value")),
        ({"fact": "crp", "value": [3]}, ("TR204", "/facts/0/value")),
        ({"fact": "crp", "value": 3, "unit": 3}, ("TR204", "/facts/0/unit")),
        ({"fact": "crp", "value": 3, "comparator": "~"}, ("TR204", "/facts/0/comparator")),
        ({"fact": "crp", "comparator": "<"}, ("TR204", "/facts/0/comparator")),
        ({"fact": "crp", "value": 3, "range": 5}, ("TR204", "/facts/0/range")),
        ({"fact": "crp", "value": 3, "range": {"hi": 5}}, ("TR203", "/facts/0/range/hi")),
        ({"fact": "crp", "value": 3, "range": {"high": "5"}}, ("TR204", "/facts/0/range/high")),
        ({"fact": "crp", "value": 3, "range": {"low": 6, "high": 5}}, ("TR204", "/facts/0/range")),
        ({"fact": "crp", "value": 3, "date": "2026-02-30"}, ("TR206", "/facts/0/date")),
        ({"fact": "crp", "value": 3, "date": 2026}, ("TR206", "/facts/0/date")),
        ({"fact": "crp", "value": 3, "start": "2026-02"}, ("TR204", "/facts/0/start")),
        ({"fact": "pulmonary_embolism", "end": "2026-02"}, ("TR204", "/facts/0/end")),
        ({"fact": "pulmonary_embolism", "value": "yes"}, ("TR204", "/facts/0/value")),
        ({"fact": "pregnancy", "unit": "mg"}, ("TR204", "/facts/0/unit")),
        ({"fact": "pregnancy", "date": "2026", "start": "2026"}, ("TR204", "/facts/0/date")),
        ({"fact": "pregnancy", "start": "2026-03", "end": "2026-02-28"}, ("TR208", "/facts/0/end")),
        ({"fact": "pregnancy", "start": "2026-03-01T10:00", "end": "2026-03-01T09:00"}, ("TR208", "/facts/0/end")),
        ({"fact": "pregnancy", "value": False, "end": "2026-02-28"}, ("TR204", "/facts/0/end")),
        ({"fact": "methotrexate", "value": 15}, ("TR204", "/facts/0/value")),
        ({"fact": "methotrexate", "dose": 15}, ("TR204", "/facts/0/dose")),
        ({"fact": "methotrexate", "dose": {"value": 15, "units": "mg"}}, ("TR204", "/facts/0/dose")),
        ({"fact": "methotrexate", "route": 3}, ("TR204", "/facts/0/route")),
        ({"fact": "hcg_serum", "value": True}, ("TR204", "/facts/0/value")),
        ({"fact": "hcg_serum", "value": 3}, ("TR204", "/facts/0/value")),
        ({"fact": "lesion_risk", "value": "no", "by": 7}, ("TR204", "/facts/0/by")),
        ({"fact": "lesion_risk", "value": "no", "reason": "x" * 10_001}, ("TR212", "/facts/0/reason")),
        ({"fact": "sex", "value": "male"}, ("TR204", "/facts/0/fact")),
        ({"value": 3}, ("TR205", "/facts/0/fact")),
        ({"fact": 3}, ("TR204", "/facts/0/fact")),
        (3, ("TR204", "/facts/0")),
    ],
)
def test_a_bad_fact_is_a_problem_with_its_place(fact, expected):
    assert fact_complaints(fact) == [expected]


def test_a_time_before_another_of_a_different_offset_is_let_pass():
    fact = {"fact": "pregnancy", "start": "2026-03-01T10:00Z", "end": "2026-03-01T09:00-05:00"}
    assert entries(fact)[0].end == day("2026-03-01T09:00-05:00")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({}, [("TR205", "/id")]),
        ({"id": None}, [("TR205", "/id")]),
        ({"id": " "}, [("TR205", "/id")]),
        ({"id": 3}, [("TR204", "/id")]),
        ({"id": "p", "sex": 1, "birthdate": "1980", "fact": []}, [("TR203", "/birthdate"), ("TR203", "/fact"), ("TR204", "/sex")]),
        ({"id": "p", "birth_date": "1980-13"}, [("TR206", "/birth_date")]),
        (
            {"id": "p", "moments": {"screening": "2026-02-30", "randomization": 3}},
            [("TR206", "/moments/screening"), ("TR206", "/moments/randomization")],
        ),
        ({"id": "p", "moments": []}, [("TR204", "/moments")]),
        ({"id": "p", "facts": {}}, [("TR204", "/facts")]),
        ({"id": "p", "schema": "trialrules/patient/2"}, [("TR204", "/schema")]),
        ([{"id": "p"}, {"id": "p"}], [("TR210", "/1/id")]),
    ],
)
def test_a_bad_frame(frame, expected):
    found = [(problem.code, problem.where.pointer) for result in read(json.dumps(frame)) for problem in result.problems]
    assert found == expected


def test_all_problems_of_a_patient_are_reported_in_one_run():
    found = complaints({"id": "p", "sexx": "male", "facts": [{"fact": "crp", "a": 1, "b": 2}, {"fact": "crp", "date": "x"}]})
    assert found == [("TR203", "/sexx"), ("TR203", "/facts/0/a"), ("TR203", "/facts/0/b"), ("TR206", "/facts/1/date")]


def test_the_nearest_key_is_named():
    (result,) = read(json.dumps({"id": "p", "sexx": "male", "facts": [{"fact": "crp", "valeu": 1}]}))
    assert [problem.help for problem in result.problems] == ["Did you mean `sex`?", "Did you mean `value`?"]
    assert str(result.problems[0]) == "TR203 -, /sexx: `sexx` is no key of a patient. Did you mean `sex`?"


def test_birth_in_the_future():
    document = json.dumps({"id": "p", "birth_date": "2026-03-03"})
    assert complaints(document, now="2026-03-02") == [("TR207", "/birth_date")]
    assert patient_of(document, now="2026-03-03")
    assert patient_of(json.dumps({"id": "p", "birth_date": "2026-03"}), now="2026-03-02")


def test_what_the_rule_file_does_not_declare_is_unused():
    document = {
        "id": "p",
        "moments": {"screning": "2026-03-02", "screening": None},
        "facts": [{"fact": "creatinin", "value": 1}, {"fact": "creatinin", "x": 1}, {"fact": "hcg"}],
    }
    patient = patient_of(json.dumps(document))
    assert patient.moments == {}
    assert [(item.code, item.where, item.nearest) for item in patient.unused] == [
        ("moment not declared", "-, /moments/screning", "screening"),
        ("fact not declared", "-, /facts/0/fact", "creatinine"),
        ("group", "-, /facts/2/fact", None),
    ]
    assert patient.unused[1].reason == "the rule file declares no fact `creatinin` (2 records)"
    assert complaints(document, strict=True) == [
        ("TR209", "/facts/0/fact"),
        ("TR209", "/facts/1/fact"),
        ("TR209", "/facts/2/fact"),
        ("TR209", "/moments/screning"),
    ]


def test_a_criterion_that_tests_two_judgements_is_no_alias():
    patient = patient_of(json.dumps({"id": "p", "facts": [{"fact": "E9", "value": True}, {"fact": "E7", "value": True}]}))
    assert patient.entries == ()
    assert [item.code for item in patient.unused] == ["fact not declared", "fact not declared"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"id": "p",\n "facts": [{"fact": "crp", "value": NaN}]}', 2),
        ('{"id": "p",\n "facts": [{"fact": "crp",\n "value": 1, "value": 2}]}', 3),
        ('{"id": "p",\n "id": "q"}', 2),
        ('{"id": "p", "facts": [' + "[" * 100 + "]" * 100 + "]}", 1),
        ('{"id": "p", "facts": [' + "[" * 100_000 + "]" * 100_000 + "]}", 1),
        ('{"id": "p", "facts": [{"fact": "crp", "value": ' + "9" * 5000 + "}]}", 1),
        ('{"id": "p", "facts": [{"fact": "crp", "value": 1e400}]}', 1),
        ('{"id": "p",\n\n "facts": [', 3),
        ('{"id": "p"', 1),
        ('{"id": "p",}', 1),
        ('{"id": "p"} x', 1),
        ('[{"id": "p"}', 1),
        ("[{}, nul]", 1),
        ('{"id": "\\ud800"}', 1),
        ("{", 1),
        ("[", 1),
    ],
)
def test_what_is_no_strict_json_is_a_problem_with_its_line(text, line):
    last = read(text)[-1]
    assert last.patient is None
    assert [(problem.code, problem.where.line) for problem in last.problems] == [("TR202", line)]


def test_a_list_of_patients():
    results = read(json.dumps([{"id": "a"}, {"id": "b", "x": 1}, 7, {"id": "c"}]))
    assert [result.patient and result.patient.id for result in results] == ["a", None, None, "c"]
    assert [result.origin for result in results] == ["-, /0", "-, /1", "-, /2", "-, /3"]
    assert read("[]")[0].problems[0].code == "TR211"


def test_json_lines_go_on_after_a_bad_line():
    results = read(b'\xef\xbb\xbf{"id": "a"}\n\n{"id": "b"\n{"id": "c", "y": 2}\n\xff\n{"id": "a"}\n{"id": "d"} {"id": "e"}\n{"id": "f"}\n')
    assert [result.patient.id if result.patient else result.problems[0].code for result in results] == [
        "a",
        "TR202",
        "TR203",
        "TR201",
        "TR210",
        "TR202",
        "f",
    ]
    assert [result.problems[0].where.line for result in results if result.problems] == [3, 4, 5, 6, 7]


def test_patients_that_follow_one_another_in_any_layout():
    results = read('{\n"id": "a"\n}\n{\n"id": "b", "q": 1\n}')
    assert [result.patient.id if result.patient else str(result.problems[0].where) for result in results] == ["a", "-, line 4, /q"]


def test_long_lists_of_facts_keep_their_order_and_places():
    facts = [{"fact": "crp", "value": number, "date": "2026-03-01"} for number in range(3000)]
    assert [entry.value for entry in entries(*facts)] == list(range(3000))
    facts[2500]["value"] = "x"
    assert fact_complaints(*facts) == [("TR204", "/facts/2500/value")]


def test_a_flood_of_problems_is_cut():
    (result,) = read(json.dumps({"id": "p", "facts": [{"fact": "crp", "value": "x"}] * 1000}))
    assert len(result.problems) == 201
    assert result.problems[-1].code == "TR215"
