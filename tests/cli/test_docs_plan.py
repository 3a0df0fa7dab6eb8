"""The plan of a study in `docs`: arms, drawing, grid, escalation, outcomes; and the words about plans in both languages."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from string import Formatter

import pytest
from trialrules.engine import plan_words
from trialrules.engine.plan_words import PlanWords

from .study import ends, write


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def drawings(page: str) -> list[ET.Element]:
    return [ET.fromstring(text) for text in re.findall(r"<svg role=.*?</svg>", page, re.DOTALL)]  # noqa: S314 - our own output


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_drawing_has_a_name_a_description_and_every_visit(folder, lang):
    _, page, _ = ends("docs", "knees.rules", "--lang", lang)
    (drawing,) = drawings(page)
    title, desc = drawing.find("title"), drawing.find("desc")
    assert drawing.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert desc.text
    # Two doses are circles; the other visits are ticks, the repeated one three of them.
    assert len([one for one in drawing.iter("circle") if one.get("class") == "given"]) == 2
    assert len([one for one in drawing.iter("line") if one.get("class") == "target"]) == 4 + 3
    kinds = [one.get("class") for one in drawing.iter("rect")]
    assert (kinds.count("series"), kinds.count("watch")) == (1, 2)
    places = [float(one.get("x").rstrip("%")) for one in drawing.iter("rect")]
    assert all(0 <= place <= 100 for place in places)


def test_arms_grid_escalation_and_outcomes_have_their_sections(folder):
    _, page, _ = ends("docs", "climb.rules")
    for name in ("plan-arms", "c-SoA", "plan-escalation", "plan-outcomes"):
        assert page.count(f'<section id="{name}">') == 1
        assert f'href="#{name}"' in page
    assert "Low dose → High dose" in page
    assert "Cells 1.0e6 cells/kg, IV, at most 70000000 cells" in page
    assert len(drawings(page)) == 2


def test_ids_are_unique_and_links_lead_somewhere(folder):
    for rules in ("knees.rules", "climb.rules"):
        _, page, _ = ends("docs", rules)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_file_without_a_study_has_no_such_sections(folder):
    (folder / "none.rules").write_text('protocol none version 1.0 language 1\ninclusion I1 "All"\n  always\n', encoding="utf-8")
    assert "plan-arms" not in ends("docs", "none.rules")[1]


def test_every_word_has_the_same_places_in_both_languages():
    for key, texts in plan_words._TABLE.items():
        assert len(texts) == 2, key
        places = [sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None) for text in texts]
        assert set(places[0]) == set(places[1]), key


def test_every_word_is_used():
    """By name, or as one of a family: `status.{visit.status}`."""
    roots = [plan_words.files("trialrules").joinpath(name) for name in ("commands", "engine", "engine/schedule")]
    code = "".join(path.read_text(encoding="utf-8") for folder in roots for path in folder.iterdir() if path.name.endswith(".py"))
    families = tuple(re.findall(r'f["\']([a-z][a-z .]*)\{', code))
    names = set(re.findall(r'["\']([a-z][a-z .]*)["\']', code))
    unused = [key for key in plan_words._TABLE if key.removesuffix(".one") not in names and not key.startswith(families)]
    assert unused == []


@pytest.mark.parametrize(
    ("timing", "english", "chinese"),
    [
        ("day -14 to -1", "day −14 to −1", "第 −14 至 −1 天"),
        ("day 0 to week 26", "day 0 to week 26", "第 0 天至第 26 周"),
        ("week 4", "week 4", "第 4 周"),
        ("7 days after t1", "7 days after t1", "t1 后 7 天"),
        ("1 week before t1", "1 week before t1", "t1 前 1 周"),
        ("every 4 weeks from week 8 to week 52", "every 4 weeks from week 8 to week 52", "每 4 周，第 8 周至第 52 周"),
        ("every 2 weeks from day 0, 5 times", "every 2 weeks from day 0, 5 times", "每 2 周，自第 0 天起，共 5 次"),
        ("twice daily from day 0 until last_dose", "twice daily from day 0 until last_dose", "每日两次，第 0 天至 last_dose"),
    ],
)
def test_timings_in_both_languages(timing, english, chinese):
    assert PlanWords("en").timing(timing) == english
    assert PlanWords("zh").timing(timing) == chinese


def test_the_catalogue_is_one_line_a_key():
    text = plan_words.files("trialrules.engine").joinpath("plan_words.json").read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(json.loads(text)) + 2
