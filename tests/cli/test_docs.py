"""The verb `docs`: everything about a protocol is on the page, safely; and `explain-code`."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from trialrules import cli
from trialrules.commands import explain_code
from trialrules.commands._docs_labels import LABELS

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "rules").glob("*[!s].rules")) or [ROOT / "rules" / "aclf_phase1.rules"]
RULES = """protocol demo version 1.2 language 1
  title "A <b>demo</b>"
  title zh "示例"
  registry NCT00000000
  source "page.md" from "Inclusion Criteria"
  timezone Asia/Shanghai
  months round down

moments
  screening "Screening" given
  infusion "Infusion" given, else planned 14 days after screening assume "planning default"

facts
  creatinine "Creatinine" lab in umol/L LOINC 2160-0, 38483-4 1 mg/dL = 88.4 umol/L reach 28 days assume "no window stated"
    title zh "肌酐"
  dialysis "Dialysis" event absent unless recorded assume "asked for"
  asked "Asked" finding yes, no reach 28 days
  drug "Drug" exposure in mg/week with route oral, sc absent unless recorded

define kidney "Kidney failure" =
  any of
    high : creatinine > 2 mg/dL
    dialysis ever

inclusion I1 "Willing & able"
  title zh "愿意"
  source inclusion 1
  text "Says <yes>."
  assume "an assumption"
  when drug on screening
    asked is yes
  warn if drug dose on screening > 20 mg/week "much of it"
exclusion E1 "Kidney"
  source exclusion 1
  quote "Kidneys that fail."
  kidney
not a rule exclusion 2 because "no condition"

scenario "an example <x>"
  given screening 2026-03-02, drug from 2026-01-01, asked yes on screening
  expect I1 met
  expect E1 unknown
"""
SOURCE = "Inclusion Criteria\n1. Willing <script>.\nExclusion Criteria\n1. Kidney:\n   - failed\n2. Nothing\n"


class Reader(HTMLParser):
    """Collects tags, ids, links and text, and holds that tags are closed in order."""

    VOID = ("meta", "br", "link", "img", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.rules").write_text(RULES, encoding="utf-8")
    Path("page.md").write_text(SOURCE, encoding="utf-8")

    def make(*args: str) -> str:
        assert cli.run(["docs", "a.rules", *args]) == 0
        return capsys.readouterr().out

    return make


def test_everything_is_on_the_page(page):
    text = re.sub(r"\s+", " ", read(page()).text)
    for word in (
        "A <b>demo</b>", "1.2", "NCT00000000", "Asia/Shanghai", "planning default", "round down", "I1", "Willing & able", "Says <yes>.",
        "inclusion 1", "an assumption", "much of it", "Kidneys that fail.", "no condition", "an example <x>", "Creatinine", "umol/L",
        "2160-0", "28 days", "no window stated", "taken as absent", "asked for", "Kidney failure", "any of", "route (oral,",
    ):  # fmt: skip
        assert word in text, word
    assert re.search(r"[0-9a-f]{64}", text)


def test_the_page_is_sound_and_fetches_nothing(page):
    made = page("--sources", ".")
    reader = read(made)
    assert "script" not in reader.tags
    assert reader.tags & {"link", "img", "iframe", "form"} == set()
    assert len(reader.ids) == len(set(reader.ids))
    assert {link for link in reader.links if not (link.startswith("#") and link[1:] in reader.ids)} == set()
    assert "http" not in made.replace("http-equiv", "")
    assert "@media print" in made


def test_the_source_shows_its_words(page):
    assert "Willing <script>." not in read(page()).text
    text = read(page("--sources", ".")).text
    assert "Willing <script>." in text
    assert "failed" in text
    assert "Kidneys that fail." not in text


def test_chinese(page):
    text = read(page("--lang", "zh")).text
    for word in ("示例", "愿意", "肌酐", "入选标准", "所需数据"):
        assert word in text, word
    assert "Data needed" not in text


def test_languages_have_the_same_labels_with_the_same_places():
    assert LABELS["en"].keys() == LABELS["zh"].keys()
    assert {key for key in LABELS["en"] if LABELS["en"][key].count("{}") != LABELS["zh"][key].count("{}")} == set()


def test_equal_rules_give_equal_pages(page):
    assert page() == page()


def test_output_to_a_file(page, capsys):
    Path("x").mkdir()
    assert cli.run(["docs", "a.rules", "-o", "x/a.html"]) == 0
    assert capsys.readouterr().out == ""
    assert Path("x/a.html").read_text(encoding="utf-8") == page()


def test_rules_with_errors_are_an_input_error(page, capsys):
    Path("a.rules").write_text(RULES.replace("\n  kidney\n", "\n  kidny\n"), encoding="utf-8")
    assert cli.run(["docs", "a.rules"]) == 2
    assert "kidny" in capsys.readouterr().err


@pytest.mark.parametrize("rules", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_shipped_protocols_have_sound_pages(rules, lang, capsys):
    assert cli.run(["docs", str(rules), "--lang", lang]) == 0
    reader = read(capsys.readouterr().out)
    assert {link for link in reader.links if link[1:] not in reader.ids} == set()


# ---------------------------------------------------------------- explain-code


@pytest.fixture
def codes(tmp_path, monkeypatch):
    (tmp_path / "TR012.md").write_text("# TR012: a name is missing\n\nWhy, and the mend.\n", encoding="utf-8")
    (tmp_path / "TR030.md").write_text("# TR030 an unknown name\n\nText.\n", encoding="utf-8")
    monkeypatch.setattr(explain_code, "pages", lambda: {path.stem: path for path in sorted(tmp_path.iterdir())})


@pytest.mark.parametrize("typed", ["TR012", "tr012", "12", "TR12", "[TR012]"])
def test_a_code_shows_its_page(codes, capsys, typed):
    assert cli.run(["explain-code", typed]) == 0
    assert capsys.readouterr().out == "# TR012: a name is missing\n\nWhy, and the mend.\n"


def test_without_a_code_all_are_listed(codes, capsys):
    assert cli.run(["explain-code"]) == 0
    assert capsys.readouterr().out == "TR012  a name is missing\nTR030  an unknown name\n"
    assert cli.run(["explain-code", "--format", "json"]) == 0
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["codes"]] == ["TR012", "TR030"]


@pytest.mark.parametrize(("typed", "hint"), [("TR013", "did you mean TR012"), ("what", "lists all codes"), ("TR0120000", "TR012")])
def test_an_unknown_code_gets_the_near_one(codes, capsys, typed, hint):
    assert cli.run(["explain-code", typed]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert hint in err


def test_a_page_as_json(codes, capsys):
    assert cli.run(["explain-code", "TR030", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": "trialrules/code/1",
        "code": "TR030",
        "title": "an unknown name",
        "text": "# TR030 an unknown name\n\nText.\n",
    }


def test_pages_come_with_the_package():
    assert list(explain_code.pages()) == sorted(path.stem for path in (ROOT / "docs" / "errors").glob("TR*.md"))
