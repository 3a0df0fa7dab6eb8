"""The main story without scripts: forms are sent, links lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .patients import allocate, bundle_without_creatinine, today
from .person import PASSWORD, ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SUBJECT = "/s/as/subjects/A-31"


def test_the_story_without_scripts(person):
    coordinator = person("coordinator", scripts=False)
    page = coordinator.open("/s/as/new-subject").page
    page.select_option("#site", "SH")
    page.fill("#code", "A-31")
    page.set_input_files("#file", bundle_without_creatinine())
    page.click("main form button")
    assert "1 unknown (E10)" in coordinator.text("h1")
    page.click(".chips a[data-show=open]")
    assert [one.get_attribute("id") for one in page.locator(".row:visible").all()] == ["c-E10"]
    page.click("#c-E10 summary")
    assert page.locator("#c-E10 .tree").is_visible()
    page.fill("#f1-value", "80")
    page.fill("#f1-date", today().isoformat())
    page.click("#missing .need:first-child button")
    assert "E10 unknown → not met" in coordinator.text("#saved")
    coordinator.keep("plain-saved").settled()
    sign_and_enrol(person("investigator", scripts=False))
    allocate(person("pharmacist", scripts=False), "A-31", "placebo")
    coordinator.open(f"{SUBJECT}/schedule")
    move_the_first_infusion(coordinator)
    make_and_end_a_link(coordinator)
    coordinator.settled()


def sign_and_enrol(investigator):
    page = investigator.open(f"{SUBJECT}/sign").page
    for box in page.locator("input[type=checkbox][name^=confirm]").all():
        box.check()
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("fieldset button")
    assert "✎ Signed by Dr Lin" in investigator.text()
    investigator.open(f"{SUBJECT}/page")
    page.click("button:has-text('Enrol')")
    assert "enrolled" in investigator.settled().text("h1")


def move_the_first_infusion(coordinator):
    page, to = coordinator.page, today() + timedelta(days=1)
    page.click("#v-inf1 .p-do a")
    form = page.locator("form[action$='/move']")
    form.locator("[name=to]").fill(to.isoformat())
    form.locator("button").click()
    assert str(to) in coordinator.text(".p-plan")
    coordinator.keep("plain-move")
    page.fill("[name=reason]", "the cells come a day later")
    page.click("form[method=post].p-form button")
    assert "done=moved" in page.url
    assert str(to) in coordinator.text("#v-inf1")


def make_and_end_a_link(coordinator):
    page = coordinator.page
    page.click(".p-links a[href*='feeds?kind=subject']")
    page.click("form:has([value=create]) button")
    assert page.input_value("#new-link").endswith(".ics")
    coordinator.keep("plain-link")
    coordinator.open("/s/as/feeds")
    page.click(".p-menu summary")
    page.click(".p-menu button.danger")
    assert page.locator("tr.revoked").count() == 1


def test_the_editor_without_scripts(person):
    writer = person("writer", scripts=False)
    page = writer.open("/s/as/editor").page
    text = page.input_value("#source")
    assert "inclusion I4" in text
    page.fill("#source", text.replace("back_pain_vas >= 40 mm", "back_pain_vaz >= 40 mm"))
    page.click("button[value=check]")
    assert "back_pain_vas" in writer.text("#problems"), "it says what was meant"
    assert "back_pain_vaz" in page.input_value("#source")
    writer.keep("plain-editor")
    page.fill("#source", text.replace("back_pain_vas >= 40 mm", "back_pain_vas >= 38 mm"))
    page.fill("[name=record]", (ROOT / "demo" / "as_04_near_miss.json").read_text(encoding="utf-8"))
    page.click("button[value=evaluate]")
    assert "AS-004" in writer.text("#values")
    page.fill("[name=label]", "1.2")
    page.fill("[name=note]", "back pain of 38 mm is enough")
    page.click("button[value=store]")
    assert page.url.endswith("/rules/1.2")
    writer.settled()
