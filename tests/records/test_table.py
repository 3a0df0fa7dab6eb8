"""Tables in long form: CSV in its dialects, Parquet, bad rows."""

from __future__ import annotations

import builtins
import datetime as dt
import gzip
import io
from decimal import Decimal

import pytest
from trialrules.engine.dates import parse_partial
from trialrules.engine.record import Entry, Quantity
from trialrules.records.detect import read_patients

from .demo_protocol import protocol

SAMPLE = """patient_id,fact,date,start,end,value,unit,comparator,range_high,dose,dose_unit,by,reason
P-1,sex,,,,Female,,,,,,,
P-2,sex,,,,male,,,,,,,
P-1,birth_date,,,,1980-05,,,,,,,
P-1,moment:screening,2026-03-02,,,,,,,,,,
P-1,randomization,2026-03-05,,,,,,,,,,
P-1,total_bilirubin,2026-03-01 08:30,,,10,mg/dL,,1.2,,,,
P-1,crp,2026-03-01,,,<5,mg/L,,,,,,
P-1,crp,2026-03-01,,,5,mg/L,<=,,,,,
P-1,pulmonary_embolism,2025-12-05,,,,,,,,,,
P-1,pregnancy,2026-03-01,,,no,,,,,,,
P-1,methotrexate,,2025-06,,,,,,15,mg/week,,
P-1,E18,2026-03-02,,,false,,,,,,investigator 7,"none, seen"
P-2,birth_date,1970-01-01,,,,,,,,,,
"""


def day(text):
    found = parse_partial(text)
    assert found is not None
    return found


def read(text, **options):
    return list(read_patients(text if isinstance(text, bytes) else text.encode(), protocol(), **options))


def complaints(text, **options):
    return [(problem.code, problem.where.row, problem.where.column) for result in read(text, **options) for problem in result.problems]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", "\t").replace("none\t", "none,"),
    ],
)
def test_the_sample(change):
    one, two = read(change(SAMPLE))
    patient = one.patient
    assert one.problems == ()
    assert (patient.id, patient.sex, patient.birth_date) == ("P-1", "female", day("1980-05"))
    assert patient.moments == {"screening": day("2026-03-02"), "randomization": day("2026-03-05")}
    assert list(patient.entries) == [
        Entry(
            "total_bilirubin",
            Decimal(10),
            "mg/dL",
            start=day("2026-03-01T08:30"),
            range_high=Decimal("1.2"),
            range_unit="mg/dL",
            source="row 7",
        ),
        Entry("crp", Decimal(5), "mg/L", "<", start=day("2026-03-01"), source="row 8"),
        Entry("crp", Decimal(5), "mg/L", "<=", start=day("2026-03-01"), source="row 9"),
        Entry("pulmonary_embolism", value=True, start=day("2025-12-05"), source="row 10"),
        Entry("pregnancy", value=False, start=day("2026-03-01"), source="row 11"),
        Entry("methotrexate", value=True, start=day("2025-06"), attributes={"dose": Quantity(Decimal(15), "mg/week")}, source="row 12"),
        Entry("other_unsuitability", "no", start=day("2026-03-02"), by="investigator 7", reason="none, seen", source="row 13"),
    ]
    assert (two.patient.id, two.patient.sex, two.patient.birth_date, two.patient.entries) == ("P-2", "male", day("1970-01-01"), ())


def test_codes_and_texts():
    text = """Patient ID;System;Code;Date;Value;Text
p;LOINC;1975-2;2026-03-01;2;
p;http://loinc.org;2118-8;2026-03-01;;Positive
p;LOINC;0-0;2026-03-01;2;
p;urn:trialrules:moment;screening;2026-03-02;;
p;urn:trialrules:fact;crp;2026-03-01;1e-1;
"""
    (result,) = read(text)
    assert [(entry.fact, entry.value) for entry in result.patient.entries] == [
        ("total_bilirubin", Decimal(2)),
        ("hcg_serum", "positive"),
        ("crp", Decimal("0.1")),
    ]
    assert result.patient.moments == {"screening": day("2026-03-02")}
    assert [item.reason for item in result.patient.unused] == ["1 rows have codes that no fact of this protocol has"]


def test_every_bad_row_is_reported_and_other_patients_go_on():
    text = """patient_id,fact,date,value,end,dose
a,crp,2026-02-30,1,,
b,crp,2026-03-01,1,,
a,crp,2026-03-01,"1,5",,
,crp,2026-03-01,1,,
a,crp,2026-03-01,1
a,pregnancy,2026-03-01,maybe,,
a,crp,2026-03-01,1,,15
a,methotrexate,,,2026-03-01,15
a,sex,,,,
a,sex,,male,,
a,birth_date,,19800101,,
a,screening,,,,
c,,,,,
"""
    results = read(text)
    assert [result.patient and result.patient.id for result in results] == [None, "b", "c", None]
    assert [(problem.code, problem.where.row, problem.where.column) for problem in results[0].problems] == [
        ("TR206", 2, "date"),
        ("TR204", 4, "value"),
        ("TR204", 6, None),
        ("TR204", 7, "value"),
        ("TR203", 8, "dose"),
        ("TR204", 9, "dose"),
        ("TR205", 10, "value"),
        ("TR206", 12, "date"),
        ("TR206", 13, "date"),
    ]
    assert [(problem.code, problem.where.row) for problem in results[3].problems] == [("TR205", 5)]


def test_statements_that_contradict_each_other():
    said = "sex,male", "sex,male", "sex,female", "birth_date,1980", "birth_date,1981", "screening,2026-03-02", "screening,2026-03-03"
    text = "patient_id,fact,value\n" + "".join(f"a,{one}\n" for one in said)
    assert complaints(text) == [("TR210", 4, "value"), ("TR210", 6, "value"), ("TR210", 8, "date")]


def test_birth_in_the_future_and_what_is_not_declared():
    text = "patient_id,fact,value\na,birth_date,2027\n"
    assert complaints(text, now=day("2026-03-01")) == [("TR207", 2, "value")]
    text = "patient_id,fact,value\na,creatinin,3\na,moment:screning,2026\n"
    (result,) = read(text)
    assert [(item.code, item.nearest) for item in result.patient.unused] == [
        ("moment not declared", "screening"),
        ("fact not declared", "creatinine"),
    ]
    assert complaints(text, strict=True) == [("TR209", 2, "fact"), ("TR209", 3, "fact")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patient_id,fact,valeu\np,crp,1\n", [("TR203", 1, None)]),
        ("patient_id,fact,fact\np,crp,crp\n", [("TR203", 1, None)]),
        ("patient_id,value\np,1\n", [("TR211", 1, None)]),
        ("patient_id,fact\n", [("TR211", None, None)]),
        ('patient_id,fact\np,"crp\n', [("TR204", 2, None)]),
        ('patient_id,fact\np,"crp"x\nq,crp\n', [("TR204", 2, None)]),
        (b"patient_id,fact,reason\np,crp,\xff\nq,crp,x\n", [("TR204", 2, None)]),
        ("patient,fact\np,crp\n", [("TR211", None, None)]),
        ("patient_id,system,code\np,LOINC,\n", [("TR205", 2, "fact")]),
    ],
)
def test_tables_that_are_not_right(text, expected):
    assert complaints(text) == expected


def test_a_wrong_column_is_reported_together_with_all_bad_rows():
    """Nobody is decided by such a table, not even who stands in good rows: what the column says may matter."""
    text = "patient_id,fact,date,value,unti\na,crp,2026-02-30,1,mg/L\nb,crp,2026-03-01,1,mg/L\n,crp,2026-03-01,1,\nc,crp,2026-03-01,high,\n"
    results = read(text)
    assert [result.patient for result in results] == [None] * 4
    assert complaints(text) == [("TR203", 1, None), ("TR206", 2, "date"), ("TR204", 5, "value"), ("TR205", 4, "patient_id")]


def test_a_csv_file_that_lacks_the_column_is_told_so(tmp_path):
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"patientid,fact\np,crp\n"))
    (result,) = read_patients(tmp_path / "x.csv.gz", protocol())
    assert [(problem.code, problem.help) for problem in result.problems] == [("TR211", "Is it the column `patientid`? Rename it.")]


def parquet_bytes(columns):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()


def test_parquet_with_typed_columns(tmp_path):
    data = parquet_bytes(
        {
            "patient_id": [7, 7, 7, 7, 8],
            "fact": ["crp", "pregnancy", "crp", "birth_date", "crp"],
            "value": [1.5, None, float("nan"), None, float("inf")],
            "date": [dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 8, 30), None, dt.datetime(1980, 5, 1), None],  # noqa: DTZ001
            "text": [None, "yes", None, None, None],
        }
    )
    (tmp_path / "x").write_bytes(data)
    for source in (data, tmp_path / "x"):
        one, two = read_patients(source, protocol())
        assert (one.patient.id, one.patient.birth_date) == ("7", day("1980-05-01"))
        assert list(one.patient.entries) == [
            Entry("crp", Decimal("1.5"), start=day("2026-03-01"), source="row 1"),
            Entry("pregnancy", value=True, start=day("2026-03-01T08:30"), source="row 2"),
            Entry("crp", source="row 3"),
        ]
        assert [(problem.code, problem.where.row) for problem in two.problems] == [("TR204", 5)]


def test_parquet_that_is_broken():
    assert complaints(parquet_bytes({"patient_id": ["a"], "fact": ["crp"]})[:-20]) == [("TR201", None, None)]


def test_parquet_without_the_extra(monkeypatch):
    data = parquet_bytes({"patient_id": ["a"], "fact": ["crp"]})
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    (result,) = read(data)
    assert [(problem.code, problem.help) for problem in result.problems] == [("TR214", "Install trialrules[parquet], or write CSV.")]
