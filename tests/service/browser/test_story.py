"""A coordinator finds out why, enters what is missing, an investigator signs, a monitor reads it; on a wide screen and a narrow one."""

from __future__ import annotations

import pytest

from .conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_from_the_worklist_to_the_signature(person):
    coordinator = person("coordinator").arrive()
    page = coordinator.page
    coordinator.look("studies")
    page.click("text=ACLF I >> nth=0")
    coordinator.look("worklist")

    page.click("summary:has-text('Missing item')")
    page.click(".f-missing a:has-text('INR')")
    assert "missing=inr" in page.url
    assert page.locator("tbody tr").count() == 1
    page.click("tbody a:has-text('Undetermined')")
    assert "Undetermined: nothing fails; 2 unknown (I5 and E16)" in coordinator.text("h1")
    coordinator.look("why-open")

    page.fill("#f1-value", "1.8")
    page.click("#missing .need:first-child button")
    page.wait_for_selector("#saved")
    assert "was: ? Undetermined: nothing fails; 2 unknown (I5 and E16)" in coordinator.text("#saved")
    assert "now: ? Undetermined: nothing fails; 1 unknown (E16)" in coordinator.text("#saved")
    assert "I5 unknown → met" in coordinator.text("#saved")
    assert page.evaluate("document.activeElement.id") == "saved"
    assert page.locator(".answer h1").inner_text().endswith("1 unknown (E16)")
    coordinator.look("why-saved")

    page.select_option("#f1-value", "no")
    page.fill("#f1-reason", "none seen")
    page.click("#missing .need:first-child button")
    page.wait_for_selector(".answer.good")
    assert "✓ Eligible" in coordinator.text(".answer h1")
    subject = page.url
    assert page.locator("text=Sign off").count() == 0

    investigator = person("investigator").arrive()
    page = investigator.page
    page.goto(subject)
    page.click("a:has-text('Sign off')")
    investigator.look("sign")
    boxes = page.locator("input[type=checkbox][name^=confirm]")
    for at in range(boxes.count() - 1):
        boxes.nth(at).check()
    page.fill("#username", "investigator")
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign') >> nth=-1")
    assert page.url.endswith("/sign"), "the browser lets nobody sign before every box is checked"
    boxes.last.check()
    page.click("button:has-text('Sign') >> nth=-1")
    page.wait_for_url("**/why")
    assert "✎ Signed by Dr Lin" in investigator.text()
    investigator.look("signed")

    monitor = person("monitor").arrive()
    monitor.page.goto(subject)
    assert "✎ Signed by Dr Lin" in monitor.text()
    assert monitor.page.locator("main form").count() == 0
    monitor.page.click("text=Replay")
    assert "the same answer, byte for byte" in monitor.text()


def test_keys_filters_and_dialogs(person):
    someone = person("investigator").arrive()
    page = someone.page
    someone.open("/s/aclf1/subjects/L-02/why")
    page.click(".chips a:has-text('Fail')")
    assert page.url.endswith("?show=fails#criteria")
    assert [one.get_attribute("id") for one in page.locator(".row:visible").all()] == ["c-I5", "c-E5"]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator("#c-I5 details").get_attribute("open") is not None
    assert "MELD, formula of the source" in page.locator("#c-I5 .tree").inner_text()
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/worklist")
    page.keyboard.press("/")
    page.keyboard.type("L-02")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=L-02")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_on_a_telephone(person, lang):
    someone = person("investigator", width=375).arrive()
    if lang == "zh":
        someone.page.click("button:has-text('中文')")
        someone.page.wait_for_selector("html[lang=zh-Hans]")
    pages = {
        "worklist": "/s/as/worklist", "log": "/s/as/log", "subject": "/s/as/subjects/A-02/page", "why": "/s/aclf1/subjects/L-02/why",
        "criterion": "/s/aclf1/subjects/L-02/criteria/E5", "missing": "/s/aclf1/subjects/L-03/missing", "sign": "/s/as/subjects/A-04/sign",
        "new": "/s/as/new-subject",
    }  # fmt: skip
    for name, path in pages.items():
        someone.open(path).look(f"{name}-375-{lang}")
