"""The rule editor: a plain form that works without scripts, and what its script asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from trialrules.dsl import catalog
from trialrules.dsl.resolve import KEYWORDS
from trialrules.service.models.studies import RuleVersion
from trialrules.service.pages import code_page
from trialrules.service.pages.editor_names import example
from trialrules.service.work import integrity, replay, rules, screening

from ..world import World, rule_files

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(db, noon):
    """With the examples of the included rules."""
    return World(examples=True)


def editor_fields(world, source=None, **more):
    return {"version": "1.0", "source": world.version.files[world.version.main] if source is None else source, **more}


def data_of(page, name):
    return json.loads(re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page.html, re.DOTALL)[1])


def test_the_editor_works_as_a_plain_form(world, browse):
    browser = browse(world.writer)
    page = browser.get("editor?version=1.0")
    assert "✓ No problems." in page.words
    assert '<textarea id="source"' in page.html
    broken = world.version.files[world.version.main].replace(">= 18 years", ">= 18 yeers")
    page = browser.post("editor", editor_fields(world, broken, what="check"))
    assert "yeers" in page.words
    assert "1 problem " in page.words
    page = browser.post("editor", editor_fields(world, what="store", label="9.9", note="from the editor"))
    assert page.status == 302
    assert RuleVersion.objects.get(label="9.9").note == "from the editor"
    assert browse(world.monitor).post("editor", editor_fields(world, what="store", label="9.8")).status == 403


def test_diagnostics_come_with_places_that_browsers_count(world, browse):
    text = '# 😀\nprotocol x version 1.0 language 1\ninclusion I1 "Adult"\n  agee >= 18 years\n'
    page = browse(world.writer).post("editor/check", editor_fields(world, text))
    data = data_of(page, "diagnostics-data")
    first = data["diagnostics"][0]
    assert data["good"] is False
    assert text.encode("utf-16-le")[2 * first["from"] : 2 * first["to"]].decode("utf-16-le").startswith("agee")
    assert first["line"] == 4
    assert page.html.lstrip().startswith('<div id="problems"')


def test_names_for_completion(world, browse):
    page = browse(world.writer).post("editor/check", editor_fields(world))
    names = {one["label"] for one in data_of(page, "diagnostics-data")["names"]}
    assert {"total_bilirubin", "inr"} <= names


def test_formatting(world, browse):
    text = world.version.files[world.version.main]
    page = browse(world.writer).post("editor/format", editor_fields(world, text.replace("age at screening >=", "age at   screening  >=")))
    assert data_of(page, "formatted-data") == text
    assert "Formatted." in page.words
    assert "no errors" in browse(world.writer).post("editor/format", editor_fields(world, "protocol")).words


@pytest.mark.req("T-21")
def test_nobody_evaluates_on_a_subject_that_is_not_theirs(world, browse):
    world.decided()
    for user in (world.writer, world.local, world.administrator):
        assert "There is no such subject." in browse(user).post("editor/evaluate", editor_fields(world, subject="S-01")).words


def test_who_may_see_no_subject_is_offered_none(world, browse):
    assert 'name="subject"' not in browse(world.writer).get("editor").html
    assert 'name="subject"' in browse(world.coordinator).get("editor").html


def test_a_writer_evaluates_on_a_record_of_their_own(world, browse):
    record = (ROOT / "demo" / "aclf_01_eligible.json").read_text(encoding="utf-8")
    page = browse(world.writer).post("editor/evaluate", editor_fields(world, record=record))
    assert "eligible" in page.words
    assert "values-data" in page.html
    for wrong in ("{", "[]", '{"schema": "trialrules/patient/1"}', "\u0000"):
        assert 'class="bad"' in browse(world.writer).post("editor/evaluate", editor_fields(world, record=wrong)).html


def test_the_editor_knows_the_words_of_the_language():
    found = re.search(r"KEYWORDS = \[(.*?)\]", (ROOT / "editor" / "src" / "keywords.js").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', found)) == set(KEYWORDS)


# ---------------------------------------------------------------- mends, names, outline


def applied(text, fix):
    """The text with a mend, as a browser counts places."""
    units = text.encode("utf-16-le")
    return (units[: 2 * fix["from"]] + fix["insert"].encode("utf-16-le") + units[2 * fix["to"] :]).decode("utf-16-le")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("age at screening >= 18 years", "age at screning >= 18 years"),
        ("he_grade = 4", "he_grad = 4"),
        ("inclusion I2", "inclusoin I2"),
        ("gi_bleeding on screening", "gi_bleeding on screeening"),
    ],
)
def test_a_name_that_was_nearly_right_is_mended_at_one_click(world, browse, right, wrong):
    text = "# 😀\n" + world.version.files[world.version.main]
    assert right in text
    data = data_of(browse(world.writer).post("editor/check", editor_fields(world, text.replace(right, wrong, 1))), "diagnostics-data")
    mended = {applied(text.replace(right, wrong, 1), fix) for one in data["diagnostics"] for fix in one["fixes"]}
    assert text in mended


def test_a_whole_amount_is_never_replaced_by_a_unit(world, browse):
    text = 'protocol x version 1.0 language 1\nmoments\n  screening "S"\nfacts\n  hb "Hb" lab in g/dL\n'
    text += 'inclusion I1 "Hb"\n  hb within 7 days before screening >= 10 g/dl\n'
    data = data_of(browse(world.writer).post("editor/check", editor_fields(world, text)), "diagnostics-data")
    assert data["good"] is False
    mended = [applied(text, fix) for one in data["diagnostics"] for fix in one["fixes"]]
    assert all(">= 10 g/" in one for one in mended)


def test_other_places_of_a_problem_are_told(world, browse):
    text = world.version.files[world.version.main]
    doubled = text + '\nexclusion E4 "Twice"\n  source exclusion 4\n  he_grade = 4\n'
    data = data_of(browse(world.writer).post("editor/check", editor_fields(world, doubled)), "diagnostics-data")
    line = text[: text.index("exclusion E4")].count("\n") + 1
    assert any(f"{world.version.main}:{line}: " in one["message"] for one in data["diagnostics"])


def test_each_name_comes_with_what_it_is_and_an_example(world, browse):
    names = {one["label"]: one for one in data_of(browse(world.writer).get("editor"), "diagnostics-data")["names"]}
    inr = names["inr"]
    assert (inr["type"], inr["detail"]) == ("fact", "lab")
    assert inr["info"].splitlines()[-1] == "Such as: inr within 28 days before screening <= 1"
    assert inr["declared"].startswith("inr ")
    assert names["meld"]["declared"].startswith("define meld ")
    assert "components" in names["meld"]["declared"] or "\n" in names["meld"]["declared"]
    assert names["screening"]["type"] == "moment"
    assert names["meld"]["detail"].startswith("number")
    assert names["inclusion"]["info"].startswith("A criterion that has to be met.")
    assert all(one["info"] for one in names.values())


@pytest.mark.parametrize("file", ["aclf_phase1.rules", "aclf_phase2.rules", "ankylosing_spondylitis.rules"])
def test_every_example_is_a_condition_that_the_checker_takes(file):
    main, texts = rule_files(file)
    protocol = rules.check(main, texts).protocol
    examples = [example(one, next(iter(protocol.moments))) for one in protocol.facts.values()]
    assert len(examples) > 20
    added = "".join(f'\nexclusion X{at} "Example"\n  {text}\n' for at, text in enumerate(examples, 900))
    found = rules.check(main, {**texts, main: texts[main] + added})
    assert [(one.code, one.message) for one in found.diagnostics if one.severity == "error"] == []


def test_names_are_offered_while_the_text_has_errors(world, browse):
    page = browse(world.writer).post("editor/check", editor_fields(world, "protocol"))
    assert "he_grade" in {one["label"] for one in data_of(page, "diagnostics-data")["names"]}


def test_the_outline_has_every_block_with_its_line(world, browse):
    page = browse(world.writer).get("editor")
    lines = world.version.files[world.version.main].splitlines()
    outline = data_of(page, "diagnostics-data")["outline"]
    assert [one["text"] for one in outline if one["kind"] == "inclusion"][1] == "I2 18 years or older"
    assert all(lines[one["line"] - 1].startswith(one["kind"]) for one in outline)
    assert "inclusion I2 18 years or older" in page.words


def test_of_a_name_only_the_number_of_subjects_is_told(world, browse):
    world.subject("S-01")
    world.subject("S-02", change=lambda patient: {**patient, "facts": []})
    world.subject("S-03", site=world.other_site)
    for user, having, looked in ((world.investigator, 2, 3), (world.local, 1, 1), (world.writer, 0, 0)):
        found = browse(user).json("editor/name?name=inr")
        assert (found["recorded"], found["subjects"]) == (having, looked)
        assert found["said"] == (f"Recorded for {having} of {looked} subjects" if looked else "")
    assert browse(world.investigator).json("editor/name?name=screening")["recorded"] == 3
    assert browse(world.investigator).json("editor/name?name=sex")["recorded"] == 3
    assert browse(world.investigator).json("editor/name?name=nothing")["recorded"] == 0


def test_a_value_stands_behind_each_expression(world, browse):
    world.decided()
    source = world.version.files[world.version.main]
    page = browse(world.investigator).post("editor/evaluate", editor_fields(world, subject="S-01"))
    assert "S-01 · eligible As of 2026-03-02" in page.words
    beside = {source[:at].splitlines()[-1].strip(): text for at, text in data_of(page, "values-data")}
    assert beside["age at screening >= 18 years"].startswith("✓")
    assert beside["gi_bleeding on screening"].startswith("✗")
    assert "A trial: nothing is decided or kept." in page.words


# ---------------------------------------------------------------- examples


def test_the_examples_of_a_version_run_on_the_text(world, browse):
    browser = browse(world.writer)
    page = browser.post("editor/tests", editor_fields(world))
    assert "✓ All examples hold: 225." in page.words
    stricter = world.version.files[world.version.main].replace("age at screening >= 18 years", "age at screening >= 90 years")
    page = browser.post("editor/tests", editor_fields(world, stricter))
    assert re.search(r"✗ \d+ of 225 examples do not hold\.", page.words)
    assert "I2 : expected met, got not met" in page.words
    assert "Mend the errors first." in browser.post("editor/tests", editor_fields(world, "protocol")).words


def test_examples_are_handed_in_with_the_text_and_kept(world, browse):
    one = 'scenario "Only one"\n  given screening 2026-03-02\n  expect I2 unknown\n'
    page = browse(world.writer).post("editor", editor_fields(world, what="tests", examples=one))
    assert "All examples hold: 1." in page.words
    assert browse(world.writer).post("editor", editor_fields(world, what="store", label="1.1", examples=one)).status == 302
    version = RuleVersion.objects.get(label="1.1")
    assert version.files["aclf_phase1.scenarios.rules"] == one
    assert version.sha256 == world.version.sha256
    wrong = one.replace("I2", "I99")
    page = browse(world.writer).post("editor", editor_fields(world, what="store", label="1.2", examples=wrong))
    assert page.status == 422
    assert "The examples do not fit the rules." in page.words
    assert "I99" in page.html
    assert browse(world.writer).post("editor", editor_fields(world, what="store", label="1.3", examples=" ")).status == 302
    assert "aclf_phase1.scenarios.rules" not in RuleVersion.objects.get(label="1.3").files


def test_examples_that_somebody_changed_behind_our_back_are_found(world):
    assert list(integrity.flaws(world.study)) == []
    name = "aclf_phase1.scenarios.rules"
    RuleVersion.objects.filter(pk=world.version.pk).update(files={**world.version.files, name: world.version.files[name] + "# more\n"})
    assert [(one.target, one.why) for one in integrity.flaws(world.study)] == [
        ("rules 1.0", "the examples are not those that were handed in")
    ]


def test_a_decision_does_not_carry_the_examples(world):
    subject = world.decided()
    record = replay.record_of(screening.latest(subject))
    assert set(record["rules"]["files"]) == {"aclf_phase1.rules", "lib/common.rules", "lib/hepatology.rules"}


# ---------------------------------------------------------------- what it would change, and storing


@pytest.mark.req("T-19")
def test_the_effect_of_a_text_is_shown_before_it_is_stored(world, browse):
    world.decided("S-01")
    text = world.version.files[world.version.main].replace("age at screening >= 18 years", "age at screening >= 50 years")
    page = browse(world.investigator).post("editor/effect", editor_fields(world, text))
    assert "The verdict changes for 1 of 1 subjects compared. More not eligible: 1; more eligible: 0; more undetermined: 0." in page.words
    assert "S-01 GZ eligible not eligible I2: met → not met" in page.words
    assert "S-01" not in browse(world.writer).post("editor/effect", editor_fields(world, text)).html
    assert (
        "No subject's verdict changes (1 compared)." in browse(world.investigator).post("editor", editor_fields(world, what="effect")).words
    )
    assert RuleVersion.objects.count() == 1


def test_a_stale_text_is_refused_with_both_versions_and_kept(world, browse):
    browser = browse(world.writer)
    seen = browser.get("editor").hidden("seen")
    text = world.version.files[world.version.main]
    mine, theirs = text.replace(">= 18 years", ">= 21 years"), text.replace(">= 18 years", ">= 30 years")
    assert browser.post("editor", editor_fields(world, theirs, what="store", label="2.0", seen=seen)).status == 302
    page = browser.post("editor", editor_fields(world, mine, what="store", label="2.1", seen=seen))
    assert page.status == 409
    assert "Version 2.0 was handed in since you began." in page.words
    assert "<del>  age at screening &gt;= 30 years</del>" in page.html
    assert "<ins>  age at screening &gt;= 21 years</ins>" in page.html
    assert "age at screening &gt;= 21 years" in re.search(r"<textarea id=\"source\".*?</textarea>", page.html, re.DOTALL)[0]
    assert not RuleVersion.objects.filter(label="2.1").exists()
    # Whoever has seen the other version may store after all.
    again = browser.post("editor", editor_fields(world, mine, what="store", label="2.1", seen=page.hidden("seen")))
    assert again.status == 302


def test_storing_by_script_leaves_the_page_alone_until_it_worked(world, browse):
    browser = browse(world.writer)
    send = {"headers": {"HX-Request": "true"}}
    refused = browser.client.post("/s/aclf1/editor", editor_fields(world, what="store", label="../x"), **send)
    assert refused.status_code == 422
    assert refused.content.decode().startswith('<div id="store-result">')
    assert "label-wrong" in refused.content.decode()
    done = browser.client.post("/s/aclf1/editor", editor_fields(world, what="store", label="2.0"), **send)
    assert (done.status_code, done.headers["HX-Redirect"]) == (200, "/s/aclf1/rules/2.0")


def test_what_was_typed_stays_where_storing_is_refused(world, browse):
    text = world.version.files[world.version.main] + "\n# my own remark\n"
    page = browse(world.writer).post("editor", editor_fields(world, text, what="store", label="1.0", note="because"))
    assert page.status == 409
    assert "# my own remark" in page.html
    assert "data-changed" in page.html
    assert ">because</textarea>" in page.html
    assert "data-changed" not in browse(world.writer).get("editor").html


def test_the_editor_says_who_can_store_what_is_tried(world, browse):
    said = "You may try changes here; only rule writers can store them."
    assert said in browse(world.coordinator).get("editor").words
    assert "Store as a new draft" not in browse(world.coordinator).get("editor").words
    assert said not in browse(world.writer).get("editor").words


def test_a_writer_who_sees_no_subjects_is_asked_for_a_record_at_once(world, browse):
    page = browse(world.writer).get("editor").words
    assert "Try on a record A record (JSON) Of a made-up case; it is not stored. Evaluate" in page
    assert "Or a record (JSON)" not in page
    assert "Try on a subject Subject Evaluate" in browse(world.coordinator).get("editor").words


def test_the_bounds_are_said_and_kept(world, browse):
    page = browse(world.writer).get("editor")
    assert "At most 1,000,000 bytes; the first 100 problems are shown, 500 examples run, 500 subjects compared." in page.words
    for part in ("check", "format", "evaluate", "tests", "effect"):
        assert browse(world.writer).post(f"editor/{part}", editor_fields(world, "#" * 1_000_001)).status == 413


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize("code", ["TR012", "TR030", "TR104", "TR309"])
def test_each_code_has_its_page(world, browse, code):
    response = browse(world.writer).client.get(f"/codes/{code}")
    assert response.status_code == 200
    assert f"<code>{code}</code>" in response.content.decode()
    twin = browse(world.writer).client.get(f"/codes/{code}.json").json()
    assert (twin["schema"], twin["code"]) == ("trialrules/code/1", code)
    assert twin["title"]


def test_a_problem_leads_to_the_page_of_its_code(world, browse):
    page = browse(world.writer).post("editor/check", editor_fields(world, "protocl x"))
    address = re.search(r'href="(/codes/TR\d{3})"', page.html)[1]
    assert browse(world.writer).client.get(address).status_code == 200
    assert browse(world.writer).client.get("/codes/TR999").status_code == 404


def test_every_page_of_a_code_is_understood_whole():
    for page in catalog.pages().values():
        text = page.read_text(encoding="utf-8")
        shown = " ".join(part.text for part in code_page.parts(text))
        for line in text.splitlines()[1:]:
            if line.strip() and not line.startswith("```"):
                assert line.lstrip("# ") in shown, page.name
