"""`trialrules soa`: what is done at which visit, in every form, with footnotes, and no cell that is a formula."""

from __future__ import annotations

import builtins
import csv
import io
import re

import pytest

from .study import ends, golden, write


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_text_has_visits_grid_and_footnotes(folder, lang):
    code, out, err = ends("soa", "knees.rules", "--lang", lang)
    assert (code, err) == (0, "")
    golden(f"soa_{lang}.txt", re.sub(r"(rules|规则) [0-9a-f]{12}", r"\1 …", out))


def test_cells_stand_below_their_visits(folder):
    _, out, _ = ends("soa", "knees.rules", "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    heads = rows[0]
    weight = next(row for row in rows if row[:1] and row[0].startswith("Weight"))
    assert {head.split(" [")[0] for head, cell in zip(heads[1:], weight[1:], strict=True) if cell == "X"} == {"Before", "Treatment 1"}
    tablets = next(row for row in rows if row[:1] and row[0].startswith("Tablets"))
    names = [head.lstrip("'").split(" [")[0] for head in heads[1:]]
    assert {name for name, cell in zip(names, tablets[1:], strict=True) if cell == "─"} == {
        "Treatment 1", "Treatment 2", "Week 1", "Pregnancy test", "=Day 28",
    }  # fmt: skip


def test_a_title_that_begins_like_a_formula_is_defused_in_csv(folder):
    _, out, _ = ends("soa", "knees.rules", "--format", "csv")
    assert "'=Day 28" in out
    assert not re.search(r"(?m)(^|,)=", out)


def test_a_workbook_holds_texts_only(folder):
    openpyxl = pytest.importorskip("openpyxl")
    code, _, err = ends("soa", "knees.rules", "--format", "xlsx", "-o", "grid.xlsx")
    assert (code, err) == (0, "grid.xlsx written\n")
    sheet = openpyxl.load_workbook("grid.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "=Day 28" in [str(cell.value).split(" [")[0] for cell in cells]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sheet.freeze_panes == "B4"


def test_parts_with_one_schedule_each_have_a_sheet_each(folder):
    openpyxl = pytest.importorskip("openpyxl")
    ends("soa", "climb.rules", "--format", "xlsx", "-o", "grid.xlsx")
    assert openpyxl.load_workbook("grid.xlsx").sheetnames == ["Part one", "Part two"]


def test_without_the_library_the_message_names_the_extra(folder, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    code, out, err = ends("soa", "knees.rules", "--format", "xlsx", "-o", "grid.xlsx")
    assert (code, out) == (2, "")
    assert "pip install 'trialrules[xlsx]'" in err
    assert not (folder / "grid.xlsx").exists()


def test_the_page_escapes_and_runs_nothing(folder):
    text = (folder / "knees.rules").read_text(encoding="utf-8").replace('"Week 1"', '"Week <b>1</b> & more"')
    (folder / "knees.rules").write_text(text, encoding="utf-8")
    code, out, _ = ends("soa", "knees.rules", "--format", "html")
    assert code == 0
    assert "Week &lt;b&gt;1&lt;/b&gt; &amp; more" in out
    assert "<script" not in out


def test_markdown_is_one_table_with_equal_rows(folder):
    _, out, _ = ends("soa", "knees.rules", "--format", "md")
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert any("| Examination | X |" in line for line in rows)


def test_csv_wants_one_part(folder):
    assert ends("soa", "climb.rules", "--format", "csv")[0] == 2
    code, out, _ = ends("soa", "climb.rules", "--format", "csv", "--part", "late_part")
    assert code == 0
    assert out.splitlines()[0] == "Activity,Infusion,Day 90"


def test_an_unknown_part_and_a_file_without_schedule_are_told(folder):
    code, _, err = ends("soa", "climb.rules", "--part", "late_prat")
    assert (code, err) == (2, "--part late_prat: climb has no such part; did you mean `late_part`?\n")
    (folder / "none.rules").write_text('protocol none version 1.0 language 1\ninclusion I1 "All"\n  always\n', encoding="utf-8")
    assert ends("soa", "none.rules") == (2, "", "none has no schedule.\n")
