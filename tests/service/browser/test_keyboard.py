"""The main story with the keyboard alone: one always sees where one is, and is taken to what changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .patients import today
from .person import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_from_why_to_the_evidence_to_the_missing_value(person):
    someone = person("coordinator").open("/s/aclf1/subjects/L-03/why")
    page = someone.page
    someone.press("Tab").focused(".skip")
    assert page.locator(".skip").bounding_box()["y"] >= 0, "the way past the bar is to be seen"
    someone.press("Enter").tab_to("#main *")
    someone.tab_to(".chips a[data-show=open]").press("Enter")
    assert [one.get_attribute("id") for one in page.locator(".row:visible").all()] == ["c-I5", "c-E16"]
    assert page.url.endswith("?show=open#criteria")
    assert someone.announced() == "Open 2"
    someone.tab_to("#c-I5 summary").press("Enter")
    assert page.locator("#c-I5 .tree").is_visible()
    someone.keep("keys-evidence")
    someone.tab_to("#f1-value").write("1.8")
    someone.tab_to("#f1-date").write(today().isoformat())
    someone.tab_to("#missing .need:first-child button").press("Enter").focused("#saved")
    assert "1 unknown (E16)" in someone.text("#saved")
    assert someone.announced().startswith("✓ INR")
    someone.look("keys-saved")


def test_a_faulty_value_is_said_where_it_stands(person):
    someone = person("coordinator").open("/s/aclf1/subjects/L-03/missing")
    someone.tab_to("select[name=value]").press("ArrowDown")
    someone.tab_to("[name=date]").write("yesterday")
    someone.tab_to("[name=reason]").write("none seen")
    someone.tab_to(".need button:focus").press("Enter").focused("[role=alert]")
    assert "yesterday" in someone.text("[role=alert]")
    someone.complaints.clear()


def test_signing(person):
    someone = person("investigator").open("/s/as/subjects/A-04/sign")
    page = someone.page
    boxes = page.locator("input[type=checkbox][name^=confirm]")
    for number in range(boxes.count()):
        name = boxes.nth(number).get_attribute("name")
        someone.tab_to(f"[name='{name}']", most=60).press(" ")
    someone.tab_to("#username").write("investigator")
    someone.tab_to("#password").write(PASSWORD)
    someone.press("Enter")
    page.wait_for_url("**/why")
    assert "✎ Signed by Dr Lin" in someone.text()


def test_moving_a_visit(person):
    someone = person("coordinator").open("/s/aclf2/subjects/S-07/schedule")
    page, to = someone.page, today() + timedelta(days=15)
    someone.tab_to("#v-d60 .p-do a").press("Enter")
    page.wait_for_url("**/visits/d60")
    someone.tab_to("form[action$='/move'] [name=to]")
    someone.page.keyboard.type(to.strftime("%m%d%Y"))
    someone.press("Enter")
    page.wait_for_url(f"**/move?to={to}")
    someone.tab_to("[name=reason]").write("the subject travels")
    someone.tab_to("form[method=post] button").press("Enter")
    page.wait_for_url("**/schedule?done=moved*")
    assert str(to) in someone.text("#v-d60")
    someone.look("keys-moved")


def test_single_keys_lead_through_the_pages_and_can_be_switched_off(person):
    someone = person("investigator").open("/s/aclf1/subjects/L-02/why")
    page = someone.page
    page.click(".chips a:has-text('Fail')")
    assert [one.get_attribute("id") for one in page.locator(".row:visible").all()] == ["c-I5", "c-E5"]
    someone.press("j", "Enter")
    assert page.locator("#c-I5 details").get_attribute("open") is not None
    assert "MELD, formula of the source" in page.locator("#c-I5 .tree").inner_text()
    someone.press("?")
    assert page.locator("dialog#keys").is_visible()
    someone.press("Escape", "g", "w")
    page.wait_for_url("**/worklist")
    someone.press("/")
    page.keyboard.type("L-02")
    someone.press("Enter")
    page.wait_for_url("**q=L-02")
    someone.press("?")
    page.uncheck("#keys-on")
    someone.press("Escape", "g", "l")
    someone.open("/s/aclf1/worklist").press("?")
    assert not page.locator("dialog#keys").is_visible()
